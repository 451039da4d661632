"""Verbs on reviewers: what they can judge, how much and when, whom they are tied to, and when they stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from fund.errors import NotFound
from fund.models import (
    Affiliation,
    Organisation,
    OrganisationKind,
    Person,
    PersonalLink,
    PersonRole,
    Review,
    ReviewerProfile,
)
from fund.models.application import PENDING_REVIEWS
from fund.models.base import utc_now
from fund.models.reviewer import CAPACITY
from fund.services.interests import record_found_of
from fund.services.invitations import find_pending
from fund.services.listing import Order, Page, paginate
from fund.services.people import set_territories
from fund.services.perform import NotPermitted, perform, require_permission
from workflows.engine import paris_day
from workflows.permissions import Actor, Permission, Role
from workflows.review import ReviewState, ReviewStep

BY_NAME = Order((Person.name, Person.id), descending=False)


def find_profile(session: Session, person: Person) -> ReviewerProfile:
    """The person's profile; where she has said nothing yet, an empty one that is not kept."""
    return session.get(ReviewerProfile, person.id) or new_profile(person.id)


def new_profile(person_id: int) -> ReviewerProfile:
    """What holds for a reviewer who has said nothing: no competence, the usual load, no absence."""
    return ReviewerProfile(
        person_id=person_id, sdgs=[], levers=[], territories=[], capacity=CAPACITY, note="", updated_at=utc_now()
    )


def edit_profile(session: Session, actor: Actor, person: Person, **fields: Any) -> ReviewerProfile:
    """Change competences, load or absence (``sdgs``, ``levers``, ``capacity``, ``away_from``, ``away_until``, …).

    Raises NotPermitted unless it is one's own profile or one is an officer.
    """
    profile = _own(session, actor, person)
    for name, value in fields.items():
        setattr(profile, name, value)
    return profile


def set_known_territories(session: Session, actor: Actor, person: Person, codes: Sequence[str]) -> None:
    """The territories that the reviewer knows. Raises NotPermitted, InvalidInput."""
    set_territories(_own(session, actor, person), codes)


def set_organisation(session: Session, actor: Actor, person: Person, *, name: str, siren: str) -> None:
    """For whom the person works; nothing given: for nobody. The organisation that she leaves stays a past link.

    An organisation is recognised by its SIREN, else made. Interests that follow are recorded. Raises NotPermitted.
    """
    _require_own(actor, person)
    former = person.organisation
    if former is not None and not siren and name.casefold() == former.name.casefold():
        return
    present = _find_organisation(session, siren) or _make_organisation(session, name, siren)
    if former is present:
        return
    if former is not None:
        past = Affiliation(
            person_id=person.id,
            organisation_id=former.id,
            name=former.name,
            siren=former.siren,
            until=paris_day(utc_now()),
        )
        session.add(past)
    person.organisation = present
    session.flush()
    record_found_of(session, person)


def list_affiliations(session: Session, person: Person) -> list[Affiliation]:
    """The organisations to which the person is or was tied, as declared, the latest first."""
    query = select(Affiliation).where(Affiliation.person_id == person.id).order_by(Affiliation.id.desc())
    return list(session.scalars(query))


def add_affiliation(
    session: Session,
    actor: Actor,
    person: Person,
    *,
    name: str,
    siren: str,
    until: date | None,
    note: str,
) -> Affiliation:
    """Declare an organisation to which the person is or was tied; interests that follow are recorded.

    Raises NotPermitted.
    """
    _require_own(actor, person)
    known = _find_organisation(session, siren)
    link = Affiliation(
        person_id=person.id,
        organisation_id=known.id if known else None,
        name=name or (known.name if known else siren),
        siren=siren or None,
        until=until,
        note=note,
    )
    session.add(link)
    session.flush()
    record_found_of(session, person)
    return link


def remove_affiliation(session: Session, actor: Actor, person: Person, affiliation_id: int) -> None:
    """Take a declared link away. An officer's act: whoever judges does not take back what keeps her off.

    Interests recorded because of it stand until an officer lifts them. Raises NotPermitted, NotFound.
    """
    require_permission(actor, Permission.REVIEW_MANAGE)
    if actor.person_id == person.id:
        raise NotPermitted(Permission.REVIEW_MANAGE)
    link = session.get(Affiliation, affiliation_id)
    if link is None or link.person_id != person.id:
        raise NotFound(f"affiliation {affiliation_id}")
    session.delete(link)
    session.flush()


@dataclass(frozen=True, slots=True)
class ReviewerLine:
    """A line of the list: readings still ``pending`` and ``submitted``; the ``invitation`` not taken up yet."""

    person: Person
    profile: ReviewerProfile
    pending: int
    submitted: int
    invitation: PersonalLink | None


def list_reviewers(
    session: Session, *, role: Role, text: str = "", cursor: str | None = None
) -> Page[ReviewerLine]:
    """Active people with the role, by name; ``text`` is looked for in names and addresses.

    Raises InvalidInput for a cursor that is none.
    """
    query = select(Person).where(Person.active, Person.role_rows.any(PersonRole.role == role))
    if text:
        query = query.where(
            or_(Person.name.icontains(text, autoescape=True), Person.email.icontains(text, autoescape=True))
        )
    page = paginate(session, query.options(joinedload(Person.organisation)), BY_NAME, cursor=cursor)
    profiles = profiles_of(session, page.items)
    counts = count_reviews(session, page.items)
    invitations = find_pending(session, page.items)
    lines = [
        ReviewerLine(
            person,
            profiles.get(person.id) or new_profile(person.id),
            sum(counts.get((person.id, state), 0) for state in PENDING_REVIEWS),
            counts.get((person.id, ReviewState.SUBMITTED), 0),
            invitations.get(person.id),
        )
        for person in page.items
    ]
    return Page(lines, page.next_cursor, page.previous_cursor)


def profiles_of(session: Session, people: Sequence[Person]) -> dict[int, ReviewerProfile]:
    """The profiles of these people who have one, by the person's id."""
    query = select(ReviewerProfile).where(ReviewerProfile.person_id.in_([person.id for person in people]))
    return {profile.person_id: profile for profile in session.scalars(query)}


def count_reviews(session: Session, people: Sequence[Person]) -> dict[tuple[int, ReviewState], int]:
    """How many readings each of these people has in each state, in all calls."""
    query = select(Review.reviewer_id, Review.state, func.count()).where(
        Review.reviewer_id.in_([person.id for person in people])
    )
    found = session.execute(query.group_by(Review.reviewer_id, Review.state))
    return {(person_id, state): count for person_id, state, count in found}


def end_reviewing(session: Session, actor: Actor, person: Person, *, reason: str) -> int:
    """Take somebody off the reviewers: readings not given in are cancelled with the reason, those given in stay.

    What was typed is kept with each cancelled reading. Returns how many were cancelled. Raises NotPermitted.
    """
    require_permission(actor, Permission.REVIEW_MANAGE)
    query = select(Review).where(Review.reviewer_id == person.id, Review.state.in_(PENDING_REVIEWS))
    # In the order of the files, as everybody who locks several.
    pending = session.scalars(query.order_by(Review.application_id)).all()
    for review in pending:
        perform(session, actor, review, ReviewStep.CANCEL, inputs={"reason": reason})
    person.role_rows[:] = [row for row in person.role_rows if row.role is not Role.REVIEWER]
    session.flush()
    return len(pending)


def _own(session: Session, actor: Actor, person: Person) -> ReviewerProfile:
    """The profile to be written, made where it is the first time; two writers at once come after each other."""
    _require_own(actor, person)
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))
    profile = session.get(ReviewerProfile, person.id, populate_existing=True)
    if profile is None:
        profile = new_profile(person.id)
        session.add(profile)
    profile.updated_at = utc_now()
    return profile


def _require_own(actor: Actor, person: Person) -> None:
    if actor.person_id != person.id:
        require_permission(actor, Permission.REVIEW_MANAGE)
    elif not actor.has_role(Role.REVIEWER, Role.COMMITTEE, Role.CHAIR):
        raise NotPermitted(Permission.REVIEW_ANSWER)


def _find_organisation(session: Session, siren: str) -> Organisation | None:
    """The organisation first known by that SIREN; several sites share one, and one interest."""
    if not siren:
        return None
    query = select(Organisation).where(Organisation.siren == siren).order_by(Organisation.id)
    return session.scalars(query.limit(1)).one_or_none()


def _make_organisation(session: Session, name: str, siren: str) -> Organisation | None:
    if not (name or siren):
        return None
    made = Organisation(name=name or siren, kind=OrganisationKind.OTHER, siren=siren or None)
    session.add(made)
    return made
