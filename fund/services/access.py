"""Who may see what, decided in the query (Law 7): ``visible_to`` stands on every select of a subject.

Who has an interest in a file (``fund.models.interest``) is not returned it, whatever other role she has; but an
author keeps her own file, and the catalyst who accompanies it. Drafts are the alliance's own.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session, aliased, contains_eager

from fund.errors import NotFound
from fund.models import (
    SUBJECTS,
    AgendaItem,
    Agreement,
    Application,
    AuditEvent,
    Award,
    BankAccount,
    Call,
    Collaborator,
    CommitteeSession,
    Document,
    Endorsement,
    PaymentFile,
    Review,
    SessionMember,
    Subject,
    ThreadMessage,
)
from fund.models.application import ENGAGED_REVIEWS
from fund.models.call import PUBLIC_STATES
from fund.models.document import DEPOSITED
from fund.models.interest import files_kept_from
from workflows.agreement import AgreementState
from workflows.application import ApplicationState
from workflows.permissions import STAFF_ROLES, Actor, Role
from workflows.review import ReviewState

STAFF = (*STAFF_ROLES, Role.SYSTEM, Role.IMPORT)
TREASURY = (Role.FINANCE, Role.OFFICER, Role.AUDITOR, Role.ADMIN, Role.SYSTEM)
COMMITTEE_ROLES = (Role.COMMITTEE, Role.CHAIR)


def visible_to(actor: Actor, model: type[Any]) -> ColumnElement[bool]:
    """The condition under which a row of the model exists for this actor."""
    return _condition(actor, model.workflow.name)


@lru_cache(maxsize=1_024)
def _condition(actor: Actor, kind: str) -> ColumnElement[bool]:
    """Kept for those who come often: building a condition costs as much as asking the database."""
    model = SUBJECTS[kind]
    if model is Call:
        return true() if actor.has_role(*STAFF) else Call.state.in_(PUBLIC_STATES)
    if model is Application:
        return _visible_applications(actor)
    if model is Review:
        return _visible_reviews(actor)
    if model is CommitteeSession:
        return _visible_sessions(actor)
    if model is Award:
        return _of_visible_file(actor, Award.application_id)
    if model is BankAccount:
        return _visible_accounts(actor)
    if model is PaymentFile:
        return true() if actor.has_role(*TREASURY) else false()
    award_id = model.award_id  # type: ignore[union-attr]  # all that is left hangs on an award
    own = award_id.in_(select(Award.id).where(_of_author(actor, Award.application_id)))
    if model is Agreement:
        # What the fund still writes, or gave up, is not the alliance's to read.
        own = and_(own, Agreement.state.not_in((AgreementState.DRAFT, AgreementState.DROPPED)))
    return or_(own, award_id.not_in(_kept_awards(actor))) if actor.has_role(*STAFF) else own


def find(session: Session, actor: Actor, model: type[Any], reference: str) -> Any:
    """The subject of that reference. Raises NotFound where it does not exist for this actor."""
    subject = session.scalar(select(model).where(model.reference == reference, visible_to(actor, model)))
    if subject is None:
        raise NotFound(f"{model.__name__} {reference}")
    return subject


def find_by_type(session: Session, actor: Actor, subject_type: str, reference: str) -> Subject:
    """Like ``find``, by the name of the workflow. Raises NotFound for an unknown name too."""
    if subject_type not in SUBJECTS:
        raise NotFound(subject_type)
    subject: Subject = find(session, actor, SUBJECTS[subject_type], reference)
    return subject


def visible(actor: Actor, model: type[Any]) -> Select[Any]:
    """A select of the rows that exist for this actor."""
    return select(model).where(visible_to(actor, model))


def listed(actor: Actor, model: type[Any]) -> Select[Any]:
    """A select of the rows that lists show this actor: test files stand in none, not even in their author's."""
    query = visible(actor, model)
    return query.where(Application.is_test.is_(False)) if model is Application else query


def find_document(session: Session, actor: Actor, reference: str) -> Document:
    """The document of that reference, with its file. Raises NotFound where it does not exist for this actor.

    Whoever may see a file reads its documents; what is attached to a message only the two sides of the thread.
    """
    of_thread = and_(Document.slot.like("message.%"), threads_visible_to(actor))
    of_file = and_(or_(*_deposited()), visible_to(actor, Application))
    # What came after the deposit is between the alliance and the fund: no reviewer reads an IBAN.
    of_award = and_(
        Document.slot.not_like("message.%"),
        or_(_of_author(actor, Application.id), visible_to(actor, Application))
        if actor.has_role(*STAFF)
        else _of_author(actor, Application.id),
    )
    query = select(Document).join(Document.application).options(contains_eager(Document.application))
    document = session.scalar(query.where(Document.reference == reference, or_(of_thread, of_file, of_award)))
    if document is None:
        raise NotFound(f"Document {reference}")
    return document


def _deposited() -> list[ColumnElement[bool]]:
    return [Document.slot.like(f"{place}%") for place in DEPOSITED]


def find_thread(session: Session, actor: Actor, reference: str) -> Application:
    """The file whose thread the actor may read. Raises NotFound. Of a draft this opens no more."""
    query = select(Application).where(Application.reference == reference, threads_visible_to(actor))
    application = session.scalar(query)
    if application is None:
        raise NotFound(f"thread of {reference}")
    return application


def events_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The events of a visible subject's journal that the actor may read.

    A session's chain tells what was made of each file: whoever keeps off one does not learn it there.
    """
    if actor.person_id is None:
        return true()
    told = AuditEvent.body["details"]["application"].astext
    kept = select(Application.reference).where(Application.id.in_(files_kept_from(actor.person_id)))
    return or_(AuditEvent.subject_type != CommitteeSession.workflow.name, told.is_(None), told.not_in(kept))


def threads_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The files whose thread the actor may read: her own alliance's; for the fund also drafts that wrote to it."""
    of_author = _of_author(actor, Application.id)
    if not actor.has_role(*STAFF):
        return of_author
    written = aliased(ThreadMessage)
    was_written = exists().where(written.application_id == Application.id)
    of_fund = and_(Application.is_test.is_(False), or_(Application.submitted_at.is_not(None), was_written))
    return or_(and_(of_fund, _not_kept_off(actor, Application.id)), of_author)


def _visible_applications(actor: Actor) -> ColumnElement[bool]:
    own: list[ColumnElement[bool]] = [_of_author(actor, Application.id)]
    if actor.has_role(*STAFF):
        # Drafts are the alliance's own; so is a file withdrawn before it was ever submitted. A test is its
        # author's.
        seen_by_role = and_(
            Application.state != ApplicationState.DRAFT,
            Application.submitted_at.is_not(None),
            Application.is_test.is_(False),
        )
        return or_(*own, and_(seen_by_role, _not_kept_off(actor, Application.id)))
    if actor.has_role(Role.CATALYST):
        own.append(
            exists().where(Endorsement.application_id == Application.id, Endorsement.person_id == actor.person_id)
        )
    judged = _judged_by(actor)
    seen = or_(*own, and_(or_(*judged), _not_kept_off(actor, Application.id))) if judged else or_(*own)
    # A test is an officer's own: whoever else she tried it with never sees it.
    return and_(seen, Application.is_test.is_(False))


def _judged_by(actor: Actor) -> list[ColumnElement[bool]]:
    """What makes a file one that the actor is asked to judge: a reading of her own, a session she sits in."""
    conditions: list[ColumnElement[bool]] = []
    if actor.has_role(Role.REVIEWER):
        conditions.append(
            exists().where(
                Review.application_id == Application.id,
                Review.reviewer_id == actor.person_id,
                Review.state.in_(ENGAGED_REVIEWS),
            )
        )
    if actor.has_role(*COMMITTEE_ROLES):
        conditions.append(_sits_on_agenda(actor))
    return conditions


def _sits_on_agenda(actor: Actor) -> ColumnElement[bool]:
    """The file is on the agenda of a session of which the actor is a member."""
    return exists().where(
        AgendaItem.application_id == Application.id,
        SessionMember.session_id == AgendaItem.session_id,
        SessionMember.person_id == actor.person_id,
    )


def _visible_reviews(actor: Actor) -> ColumnElement[bool]:
    """One's own; the officers' all; another reviewer's only once one's own is in (blind until then)."""
    if actor.person_id is None:
        return true() if actor.has_role(*STAFF) else false()
    own = Review.reviewer_id == actor.person_id
    if actor.has_role(*STAFF):
        return or_(own, _not_kept_off(actor, Review.application_id))
    conditions: list[ColumnElement[bool]] = [own]
    if actor.has_role(Role.REVIEWER):
        mine = aliased(Review)
        conditions.append(
            and_(
                Review.state == ReviewState.SUBMITTED,
                _not_kept_off(actor, Review.application_id),
                exists().where(
                    mine.application_id == Review.application_id,
                    mine.reviewer_id == actor.person_id,
                    mine.state == ReviewState.SUBMITTED,
                ),
            )
        )
    if actor.has_role(*COMMITTEE_ROLES):
        # By the agenda alone: an author who sits on the committee sees her file, not what is said of it, and who
        # still reads a file does not see the others' marks because she sits on it too.
        seen = select(Application.id).where(_sits_on_agenda(actor))
        conditions.append(
            and_(
                Review.state == ReviewState.SUBMITTED,
                Review.application_id.in_(seen),
                _not_kept_off(actor, Review.application_id),
            )
        )
    return or_(*conditions)


def _visible_accounts(actor: Actor) -> ColumnElement[bool]:
    """Those of the fund's staff who keep off no file of the organisation; the authors of its funded files."""
    funded = select(Award.beneficiary_id).join(Application, Application.id == Award.application_id)
    own = BankAccount.organisation_id.in_(funded.where(_of_author(actor, Application.id)))
    if not actor.has_role(*STAFF):
        return own
    if actor.person_id is None:
        return true()
    led = select(Application.lead_id).where(Application.id.in_(files_kept_from(actor.person_id)))
    return or_(own, BankAccount.organisation_id.not_in(led))


def _visible_sessions(actor: Actor) -> ColumnElement[bool]:
    if actor.has_role(*STAFF):
        return true()
    if not actor.has_role(*COMMITTEE_ROLES):
        return false()
    return exists().where(
        SessionMember.session_id == CommitteeSession.id, SessionMember.person_id == actor.person_id
    )


def _of_visible_file(actor: Actor, application_id: Any) -> ColumnElement[bool]:
    own = _of_author(actor, application_id)
    return or_(own, _not_kept_off(actor, application_id)) if actor.has_role(*STAFF) else own


def _of_author(actor: Actor, application_id: Any) -> ColumnElement[bool]:
    if actor.person_id is None:
        return false()
    return exists().where(Collaborator.application_id == application_id, Collaborator.person_id == actor.person_id)


def _not_kept_off(actor: Actor, application_id: Any) -> ColumnElement[bool]:
    if actor.person_id is None:
        return true()
    kept: ColumnElement[bool] = application_id.not_in(files_kept_from(actor.person_id))
    return kept


def _kept_awards(actor: Actor) -> Select[int]:
    """The awards of files in which the actor has an interest."""
    if actor.person_id is None:
        return select(Award.id).where(false())
    return select(Award.id).where(Award.application_id.in_(files_kept_from(actor.person_id)))
