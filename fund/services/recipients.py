"""Who an audience is: the people whom a message is for, found when it is written."""

from sqlalchemy import BigInteger, ColumnElement, ScalarSelect, Select, bindparam, select

from fund.models import (
    Application,
    Award,
    BankAccount,
    Collaborator,
    Person,
    PersonRole,
    Review,
    Right,
    SessionMember,
)
from fund.models.interest import people_kept_off, people_kept_off_any
from workflows.application import ApplicationState
from workflows.permissions import Role
from workflows.review import ReviewState
from workflows.topics import Audience

SUBJECT_ID = bindparam("its_subject", type_=BigInteger())
FILE_ID = bindparam("its_file", type_=BigInteger())


def find_recipients(audience: Audience) -> Select[int]:
    """The people of an audience, for the parameters of a message. Staff are not told of their own acts."""
    active = select(Person.id).where(Person.active).order_by(Person.id)
    match audience:
        case Audience.AUTHORS:
            return active.where(
                _among(select(Collaborator.person_id).where(Collaborator.application_id == FILE_ID))
            )
        case Audience.OFFICERS:
            # A message may quote the file: an officer who is kept off it does not read it that way either.
            return _staff(active, Role.OFFICER).where(~_among(people_kept_off(FILE_ID)))
        case Audience.FINANCE:
            return _staff(active, Role.FINANCE).where(~_among(people_kept_off(FILE_ID)))
        case Audience.BANK_PARTIES:
            led = select(Award.application_id).where(Award.beneficiary_id == _organisation_of_account())
            authors = select(Collaborator.person_id).where(
                Collaborator.application_id.in_(led), Collaborator.right.in_((Right.WRITE, Right.SIGN))
            )
            return active.where(_among(authors))
        case Audience.BANK_STAFF:
            led = select(Application.id).where(Application.lead_id == _organisation_of_account())
            holders = select(PersonRole.person_id).where(PersonRole.role.in_((Role.OFFICER, Role.FINANCE)))
            return active.where(_among(holders), _is_not_actor(), ~_among(people_kept_off_any(led)))
        case Audience.REVIEWER:
            reviewer = Person.id == bindparam("its_reviewer", type_=BigInteger())
            return active.where(reviewer, ~_among(people_kept_off(FILE_ID)))
        case Audience.REVIEWERS:
            readers = select(Review.reviewer_id).where(
                Review.application_id == FILE_ID, Review.state == ReviewState.SUBMITTED
            )
            return active.where(_among(readers), ~_among(people_kept_off(FILE_ID)))
        case Audience.COMMITTEE:
            return active.where(
                _among(select(SessionMember.person_id).where(SessionMember.session_id == SUBJECT_ID))
            )
        case Audience.DRAFTERS:
            return active.where(
                _among(
                    select(Collaborator.person_id)
                    .join(Application, Application.id == Collaborator.application_id)
                    .where(Application.call_id == SUBJECT_ID, Application.state == ApplicationState.DRAFT)
                    .where(Application.is_test.is_(False))
                )
            )


def _among(people: Select[int]) -> ColumnElement[bool]:
    return Person.id.in_(people)


def _staff(active: Select[int], role: Role) -> Select[int]:
    holders = select(PersonRole.person_id).where(PersonRole.role == role)
    return active.where(_among(holders), _is_not_actor())


def _is_not_actor() -> ColumnElement[bool]:
    return Person.id.is_distinct_from(bindparam("its_actor", type_=BigInteger()))


def _organisation_of_account() -> ScalarSelect[int]:
    return select(BankAccount.organisation_id).where(BankAccount.id == SUBJECT_ID).scalar_subquery()
