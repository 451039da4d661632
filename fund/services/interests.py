"""Verbs on interests (liens d'intérêts): declared by people, found by the program, decided on by officers.

Whoever has an interest in force neither sees the file nor acts on it; that is decided in every query
(``fund.models.interest``) and needs nothing of what is written here. What is written here is the record: who was
kept off since when and why, so that officers see it, the journal has it, and what was found can be lifted.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fund.errors import NotFound
from fund.models import (
    AgendaItem,
    Application,
    AuditEvent,
    Interest,
    InterestKind,
    InterestState,
    Motion,
    Person,
    Review,
)
from fund.models.application import ENGAGED_REVIEWS, PENDING_REVIEWS
from fund.models.base import utc_now
from fund.models.interest import live_links
from fund.services import journal, outbox
from fund.services.interest_lists import unrecorded
from fund.services.perform import amend, lock, perform
from workflows.application import ApplicationState
from workflows.engine import Refused
from workflows.permissions import SYSTEM, Actor, Permission
from workflows.reasons import Reason, ReasonCode
from workflows.review import ReviewStep
from workflows.topics import Audience, Topic, tell

IN_PLAY = (
    ApplicationState.SUBMITTED,
    ApplicationState.RETURNED,
    ApplicationState.IN_REVIEW,
    ApplicationState.REVIEWED,
    ApplicationState.COMMITTEE,
    ApplicationState.WAITLISTED,
)
"""Files on which something is still to be decided."""

BEFORE_COMMITTEE = (
    ApplicationState.SUBMITTED,
    ApplicationState.RETURNED,
    ApplicationState.IN_REVIEW,
    ApplicationState.REVIEWED,
)
HANDED_IN = tuple(state for state in ApplicationState if state is not ApplicationState.DRAFT)
FOUND_REASON = "Lien d’intérêts constaté par le programme."
"""What the journal keeps as the reason where nobody gave one; it is written once, in the fund's language."""


def declare(session: Session, actor: Actor, application: Application, detail: str) -> Interest:
    """Declare an interest of one's own, for good: from now on the file is closed to her, and her reading ends.

    Raises NotPermitted, NotEditable; Refused for who has voted in a vote that is open: of a secret ballot nobody
    could take her vote out again.
    """
    made: list[Interest] = []
    lock(session, application)
    _require_no_open_ballot(session, actor, application)

    def change() -> Mapping[str, Any] | None:
        interest, is_new = _write(session, application, actor.person_id or 0, InterestKind.DECLARED, detail)
        made.append(interest)
        return {"person": actor.reference, "interest": InterestKind.DECLARED} if is_new else None

    event = amend(
        session,
        actor,
        application,
        "application.declare_interest",
        Permission.INTEREST_DECLARE,
        states=HANDED_IN,
        change=change,
    )
    if event is not None:
        readings = _readings(session, application, [made[0].person_id])
        for review in readings:
            perform(session, actor, review, ReviewStep.RECUSE, inputs={"reason": detail})
        if not readings:  # the end of a reading tells the officers already
            _tell_officers(session, actor, application, actor.name, declared=True)
    return made[0]


def recuse(
    session: Session, actor: Actor, review: Review, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    """Take a reviewer off a file for an interest.

    Her own word is a declaration, for good. An officer's word about her is noted as confirmed: it may rest on an
    error, so an officer can lift it. Raises what ``perform`` raises.
    """
    event = perform(session, actor, review, ReviewStep.RECUSE, inputs=inputs, **given)
    if actor.person_id is None:  # the program acts on what it has recorded already
        return event
    word, is_own = str(inputs["reason"]).strip(), actor.person_id == review.reviewer_id
    kind = InterestKind.DECLARED if is_own else InterestKind.NOTED
    interest, _ = _write(session, review.application, review.reviewer_id, kind, word if is_own else "")
    if not is_own:
        _settle(interest, actor, lift=False, reason=word)
    journal.append(
        session,
        actor,
        review.application,
        "application.declare_interest",
        at=utc_now(),
        details={"person": review.reviewer.reference, "interest": kind},
    )
    session.flush()
    return event


def record_found(session: Session, application: Application) -> list[Interest]:
    """Record every interest in the file that is seen now and was not recorded; returns the new ones.

    Engaged readings of these people end, and the officers are told. The number of statements does not depend on
    how many people and members there are.
    """
    if application.is_test or application.imported:
        return []
    lock(session, application)
    links = live_links()
    found = _insert_found(session, links.c.application_id == application.id)
    if found:
        _follow(session, application, found)
    return found


def record_found_of(session: Session, person: Person) -> list[Interest]:
    """The same for one person, in all files in play: her organisation, her past links or her address changed."""
    links = live_links()
    files = unrecorded(links.c.person_id == person.id).subquery()
    in_play = select(Application).where(
        Application.id.in_(select(files.c.application_id)), Application.state.in_(IN_PLAY)
    )
    applications = {
        application.id: application for application in session.scalars(in_play.order_by(Application.id))
    }
    if not applications:
        return []
    # The files' rows before the insert, in everybody's order: a deposit holds its file and inserts the same rows.
    for application in applications.values():
        lock(session, application)
    found = _insert_found(session, and_(links.c.person_id == person.id, links.c.application_id.in_(applications)))
    for application_id, group in groupby(found, key=attrgetter("application_id")):
        _follow(session, applications[application_id], list(group))
    return found


def decide(session: Session, actor: Actor, interest: Interest, *, lift: bool, reason: str) -> AuditEvent | None:
    """Confirm or lift an interest that was found or noted; lifted, the file is open to the person again.

    Raises NotPermitted; Refused without a reason, for a declared one, for one's own, for who has an interest in
    the file herself, and for lifting that of somebody who still writes the file.
    """
    application, state = interest.application, InterestState.LIFTED if lift else InterestState.CONFIRMED

    def change() -> Mapping[str, Any] | None:
        if refusal := _against_deciding(actor, interest, lift=lift, reason=reason):
            raise Refused("interest.decide", (refusal,))
        if interest.state is state:
            return None
        _settle(interest, actor, lift=lift, reason=reason.strip())
        return {
            "person": interest.person.reference,
            "interest": interest.kind,
            "interest_state": state,
        }

    event = amend(
        session,
        actor,
        application,
        "application.decide_interest",
        Permission.INTEREST_DECIDE,
        states=HANDED_IN,
        change=change,
        reason=reason,
    )
    if event is not None and not lift:  # she may have been asked to read since it was lifted
        _end_readings(session, application, [interest.person_id])
    return event


def find_interest(
    session: Session, application: Application, reference: str, kind: InterestKind, detail: str
) -> Interest:
    """The interest of that person, kind and detail; what is only seen so far is recorded first.

    Raises NotFound.
    """
    record_found(session, application)
    query = (
        select(Interest)
        .join(Person, Person.id == Interest.person_id)
        .where(Interest.application_id == application.id, Person.reference == reference)
        .where(Interest.kind == kind, Interest.detail == detail)
    )
    interest = session.scalar(query)
    if interest is None:
        raise NotFound(f"interest of {reference} in {application.reference}")
    return interest


def _insert_found(session: Session, where: ColumnElement[bool]) -> list[Interest]:
    new = unrecorded(where).subquery()
    rows = select(
        new, literal(InterestState.STANDING.value), literal(utc_now(), Interest.found_at.type), literal("")
    ).order_by(new.c.application_id, new.c.person_id)
    names = ["application_id", "person_id", "kind", "detail", "state", "found_at", "reason"]
    # Two who find the same at once: the second finds nothing new.
    statement = insert(Interest).from_select(names, rows, include_defaults=False).on_conflict_do_nothing()
    found = session.scalars(statement.returning(Interest)).all()
    return sorted(found, key=attrgetter("application_id", "id"))


def _follow(session: Session, application: Application, found: Sequence[Interest]) -> None:
    """What a found interest entails: the journal's event, the end of readings, the officers' message."""
    people = session.scalars(select(Person).where(Person.id.in_({interest.person_id for interest in found})))
    by_id = {person.id: person for person in people.all()}
    told = [{"person": by_id[one.person_id].reference, "kind": one.kind} for one in found]
    journal.append(
        session,
        SYSTEM,
        application,
        "application.find_interests",
        at=utc_now(),
        details={"interests": sorted(told, key=lambda line: (line["person"], line["kind"]))},
    )
    _end_readings(session, application, by_id)
    names = ", ".join(sorted(person.name for person in by_id.values()))
    _tell_officers(session, SYSTEM, application, names, declared=False)
    session.flush()


def _end_readings(session: Session, application: Application, people: Iterable[int]) -> None:
    for review in _readings(session, application, people):
        perform(session, SYSTEM, review, ReviewStep.RECUSE, inputs={"reason": FOUND_REASON})


def _readings(session: Session, application: Application, people: Iterable[int]) -> Sequence[Review]:
    """The readings that end. One that was given counts no more, unless the committee has it before it already."""
    states = ENGAGED_REVIEWS if application.state in BEFORE_COMMITTEE else PENDING_REVIEWS
    query = select(Review).where(Review.application_id == application.id, Review.reviewer_id.in_(tuple(people)))
    return session.scalars(query.where(Review.state.in_(states)).order_by(Review.id)).all()


def _tell_officers(
    session: Session, actor: Actor, application: Application, people: str, *, declared: bool
) -> None:
    facts = {"people": people, **({"declared": True} if declared else {})}
    told = tell(Audience.OFFICERS, Topic.INTEREST_FOUND)
    outbox.write_messages(session, actor, application, (told,), inputs={}, facts=facts, at=utc_now())


def _write(
    session: Session, application: Application, person_id: int, kind: InterestKind, detail: str
) -> tuple[Interest, bool]:
    """The person's one interest of a kind that people give, made where there is none; and whether it was made."""
    query = select(Interest).where(Interest.application_id == application.id, Interest.person_id == person_id)
    known = session.scalar(query.where(Interest.kind == kind))
    if known is not None:
        return known, False
    interest = Interest(application_id=application.id, person_id=person_id, kind=kind, detail=detail)
    session.add(interest)
    session.flush()
    return interest, True


def _settle(interest: Interest, actor: Actor, *, lift: bool, reason: str) -> None:
    if lift:
        interest.state = InterestState.LIFTED
    else:
        interest.state = InterestState.CONFIRMED
    interest.reason = reason
    interest.decided_by_id, interest.decided_at = actor.person_id, utc_now()


def _against_deciding(actor: Actor, interest: Interest, *, lift: bool, reason: str) -> Reason | None:
    application = interest.application
    if interest.kind is InterestKind.DECLARED:
        return Reason(ReasonCode.INTEREST_IS_DECLARED)
    if interest.person_id == actor.person_id or application.is_interested(actor):
        return Reason(ReasonCode.CONFLICT_OF_INTEREST)
    writes = any(collaborator.person_id == interest.person_id for collaborator in application.collaborators)
    if lift and interest.kind is InterestKind.AUTHOR and writes:
        return Reason(ReasonCode.INTEREST_IS_AUTHORS)
    return None if reason.strip() else Reason(ReasonCode.REASON_MISSING, field="reason")


def _require_no_open_ballot(session: Session, actor: Actor, application: Application) -> None:
    """Raise Refused where she voted on the file in a vote that is still open."""
    query = select(Motion).join(Motion.item).where(AgendaItem.application_id == application.id)
    motion = session.scalar(query.where(Motion.result.is_(None)))
    if motion is None:
        return
    # A vote is cast under the session's lock: hers must not come between this question and the declaration.
    lock(session, motion.item.session)
    if motion.has_vote_of(actor.person_id):
        raise Refused("interest.declare", (Reason(ReasonCode.INTEREST_AFTER_VOTE),))
