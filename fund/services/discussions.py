"""A round of discussion between the reviewers of one file: opened by an officer, closed with a report.

Whoever has given a reading in takes part; the officers do too, without a say in the adoption of the report.
Agreement is to a text: each change of the report asks everybody anew. Words stand in rows of their own, out of the
journal's chain, which keeps their hashes.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.errors import Conflict, NotFound
from fund.models import (
    Application,
    AuditEvent,
    Discussion,
    DiscussionNote,
    DiscussionOutcome,
    DiscussionPosition,
    Person,
    Review,
)
from fund.models.base import utc_now
from fund.models.interest import people_kept_off
from fund.services import journal, outbox
from fund.services.perform import NotEditable, NotPermitted, lock
from fund.services.writing import digest_of
from workflows.engine import Refused
from workflows.permissions import Actor, Permission, Role, allows
from workflows.reasons import Reason, ReasonCode
from workflows.review import SCORING_PHASE, ReviewState
from workflows.topics import Audience, Topic, tell

READINGS_NEEDED = 2


def open_discussion(
    session: Session, actor: Actor, application: Application, *, question: str, due_at: datetime | None
) -> Discussion:
    """Ask the reviewers to discuss what they gave. They are told.

    Raises NotPermitted, NotEditable, Conflict (``kept_off``, ``uq_discussions_open``: one is open), Refused for
    fewer than two readings.
    """
    lock(session, application)
    _require_officer(actor, application)
    _require_phase(application)
    if application.has_open_discussion:
        raise Conflict("uq_discussions_open")
    given = application.count_submitted_reviews()
    if given < READINGS_NEEDED:
        reason = Reason(ReasonCode.REVIEWS_TOO_FEW, {"submitted": given, "required": READINGS_NEEDED})
        raise Refused("discussion", (reason,))
    discussion = Discussion(opened_by_id=actor.person_id, opened_at=utc_now(), question=question, due_at=due_at)
    application.discussions.append(discussion)
    session.flush()
    details = {"discussion": discussion.id, "words_sha256": _sha256(question), "due_at": due_at}
    _note(session, actor, application, "application.open_discussion", details)
    outbox.write_messages(
        session,
        actor,
        application,
        (tell(Audience.REVIEWERS, Topic.DISCUSSION_OPENED),),
        inputs={},
        facts={"question": question, "due_at": due_at} if due_at else {"question": question},
        at=discussion.opened_at,
    )
    return discussion


def add_note(session: Session, actor: Actor, discussion: Discussion, text: str) -> DiscussionNote:
    """Say something. Raises NotPermitted, NotEditable, Conflict (``kept_off``, ``discussion_closed``)."""
    _enter(session, actor, discussion)
    note = DiscussionNote(discussion_id=discussion.id, person_id=actor.person_id, text=text)
    discussion.notes.append(note)
    session.flush()
    details = {"discussion": discussion.id, "words_sha256": _sha256(text)}
    _note(session, actor, discussion.application, "application.note_discussion", details)
    return note


def write_report(
    session: Session, actor: Actor, discussion: Discussion, *, report: str, score: Decimal | None, seen: str
) -> AuditEvent | None:
    """Put a report before the reviewers, in the place of the one whose digest is ``seen``; the others are told.

    Whoever writes as a reviewer agrees to what she writes; everybody else is asked anew. Raises NotPermitted,
    NotEditable, Conflict (``kept_off``, ``discussion_closed``, ``report_changed``).
    """
    _enter(session, actor, discussion)
    if (report, score) == (discussion.report, discussion.score):
        return None
    _require_seen(discussion, seen)
    discussion.report, discussion.score = report, score
    discussion.positions.clear()
    session.flush()
    if is_party(actor, discussion.application):
        _take(discussion, actor, agrees=True, dissent="")
    details = {"discussion": discussion.id, "report_sha256": _sha256(report), "agreed_score": score}
    event = _note(session, actor, discussion.application, "application.report_discussion", details)
    _tell_others(session, actor, discussion, {})
    return event


def take_position(
    session: Session, actor: Actor, discussion: Discussion, *, agrees: bool, dissent: str = "", seen: str
) -> AuditEvent:
    """Agree to the report whose digest is ``seen``, or say what speaks against it. For reviewers alone.

    Raises NotPermitted, NotEditable, Conflict (``kept_off``, ``discussion_closed``, ``report_changed``,
    ``report_missing``).
    """
    _enter(session, actor, discussion)
    if not is_party(actor, discussion.application):
        raise NotPermitted(Permission.REVIEW_ANSWER)
    if not discussion.report:
        raise Conflict("report_missing")
    _require_seen(discussion, seen)
    words = "" if agrees else dissent
    _take(discussion, actor, agrees=agrees, dissent=words)
    details = {
        "discussion": discussion.id,
        "report_sha256": _sha256(discussion.report),
        "agrees": agrees,
        "words_sha256": _sha256(words) if words else None,
    }
    return _note(session, actor, discussion.application, "application.answer_discussion", details)


def close_discussion(
    session: Session, actor: Actor, discussion: Discussion, *, outcome: DiscussionOutcome, seen: str
) -> AuditEvent:
    """End the round with its report; the reviewers are told. ``outcome`` is what the officer read it would be.

    Without everybody's agreement there is no agreed score: the readings stand as they are. Raises NotPermitted,
    NotEditable, Conflict (``kept_off``, ``discussion_closed``, ``report_missing``, ``report_changed``;
    ``positions_changed``: somebody answered meanwhile).
    """
    lock(session, discussion.application)
    _require_officer(actor, discussion.application)
    _require_open(discussion)
    if not discussion.report:
        raise Conflict("report_missing")
    _require_seen(discussion, seen)
    if outcome is not outcome_of(discussion):
        raise Conflict("positions_changed")
    discussion.outcome, discussion.closed_at = outcome, utc_now()
    if outcome is DiscussionOutcome.DISSENT:
        discussion.score = None
    details = {
        "discussion": discussion.id,
        "discussion_outcome": outcome,
        "report_sha256": _sha256(discussion.report),
        "agreed_score": discussion.score,
    }
    event = _note(session, actor, discussion.application, "application.close_discussion", details)
    _tell_others(session, actor, discussion, {"outcome": outcome})
    return event


def outcome_of(discussion: Discussion) -> DiscussionOutcome:
    """What closing now would record: consensus when every reviewer who gave a reading agrees."""
    agreeing = {position.person_id for position in discussion.positions if position.agrees}
    parties = {review.reviewer_id for review in parties_of(discussion.application)}
    return DiscussionOutcome.CONSENSUS if parties and parties <= agreeing else DiscussionOutcome.DISSENT


def report_digest(discussion: Discussion) -> str:
    """What a page sends back to say which report it showed."""
    score = "" if discussion.score is None else f"{discussion.score:.2f}"
    return digest_of(f"{score}\n{discussion.report}")


def discussion_of(application: Application) -> Discussion | None:
    """The latest round on the file, open or closed."""
    return application.discussions[-1] if application.discussions else None


def parties_of(application: Application) -> list[Review]:
    """The readings whose authors take part: those given in, and those taken back since to be changed.

    Whoever reviews no more is not waited for.
    """
    given = [
        review
        for review in application.reviews
        if review.state is ReviewState.SUBMITTED
        or (review.state is ReviewState.ACCEPTED and any(version.submitted for version in review.versions))
    ]
    return [review for review in given if Role.REVIEWER in review.reviewer.roles]


def is_party(actor: Actor, application: Application) -> bool:
    """Whether the actor's own reading of the file is in now."""
    return any(
        review.reviewer_id == actor.person_id and review.state is ReviewState.SUBMITTED
        for review in application.reviews
    )


def read_discussed(session: Session, application: Application) -> Application:
    """The same file with all that its discussions show, in a number of statements that does not grow."""
    query = (
        select(Application)
        .where(Application.id == application.id)
        .options(
            selectinload(Application.discussions).options(
                joinedload(Discussion.opened_by),
                selectinload(Discussion.notes).joinedload(DiscussionNote.person),
                selectinload(Discussion.positions).joinedload(DiscussionPosition.person),
            ),
            selectinload(Application.reviews).options(
                joinedload(Review.reviewer), selectinload(Review.scores), selectinload(Review.versions)
            ),
        )
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one()


def find_latest(application: Application) -> Discussion:
    """The latest round. Raises NotFound."""
    discussion = discussion_of(application)
    if discussion is None:
        raise NotFound(f"discussion of {application.reference}")
    return discussion


def _enter(session: Session, actor: Actor, discussion: Discussion) -> None:
    """Lock the file and see that the actor may act in this round now."""
    application = discussion.application
    lock(session, application)
    if not is_party(actor, application):
        _require_officer(actor, application)
    elif application.is_interested(actor):
        raise Conflict("kept_off")
    _require_open(discussion)


def _require_officer(actor: Actor, application: Application) -> None:
    if not allows(Permission.REVIEW_MANAGE, actor, application.relations(actor)):
        raise NotPermitted(Permission.REVIEW_MANAGE)
    if application.is_interested(actor):
        raise Conflict("kept_off")


def _require_phase(application: Application) -> None:
    if application.state not in SCORING_PHASE:
        raise NotEditable(application.state)


def _require_open(discussion: Discussion) -> None:
    if not discussion.is_open:
        raise Conflict("discussion_closed")
    _require_phase(discussion.application)


def _require_seen(discussion: Discussion, seen: str) -> None:
    if seen != report_digest(discussion):
        raise Conflict("report_changed")


def _take(discussion: Discussion, actor: Actor, *, agrees: bool, dissent: str) -> None:
    position = next((one for one in discussion.positions if one.person_id == actor.person_id), None)
    if position is None:
        position = DiscussionPosition(person_id=actor.person_id)
        discussion.positions.append(position)
    position.agrees, position.dissent, position.given_at = agrees, dissent, utc_now()


def _tell_others(session: Session, actor: Actor, discussion: Discussion, facts: Mapping[str, Any]) -> None:
    """Tell the reviewers whose reading is in, but not of what they did themselves."""
    application, now = discussion.application, utc_now()
    readers = [review.reviewer_id for review in application.reviews if review.state is ReviewState.SUBMITTED]
    query = select(Person).where(
        Person.active,
        Person.id.in_(readers),
        Person.id.is_distinct_from(actor.person_id),
        Person.id.not_in(people_kept_off(application.id)),
    )
    for person in session.scalars(query.order_by(Person.id)):
        outbox.write_message_to(session, person, application, Topic.DISCUSSION_REPORT, facts=facts, at=now)


def _note(
    session: Session, actor: Actor, application: Application, action: str, details: Mapping[str, Any]
) -> AuditEvent:
    """Into the file's chain; what stands in it of people's words is their hash."""
    said = {name: value for name, value in details.items() if value is not None}
    event = journal.append(session, actor, application, action, at=utc_now(), details=said)
    session.flush()
    return event


def _sha256(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
