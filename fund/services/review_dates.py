"""Until when a review is expected, and the reminders of it: three days before, on the day, three days after."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.models import AuditEvent, OutboxRow, Review
from fund.models.application import PENDING_REVIEWS
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.perform import amend
from workflows.permissions import SYSTEM, Actor, Permission
from workflows.review import ASSIGNING_PHASE, SCORING_PHASE, ReviewState
from workflows.topics import Audience, Deadline, Topic, tell

AROUND = (timedelta(days=-3), timedelta(0), timedelta(days=3))


def schedule_reminders(session: Session, review: Review) -> None:
    """Have the program come back for each reminder that is still ahead."""
    now = utc_now()
    for instant in _reminders_of(review):
        if instant > now:
            outbox.schedule(session, review, Deadline.REVIEW_DUE, instant)


def set_due(
    session: Session, actor: Actor, review: Review, due_at: datetime, *, expected_version: int | None = None
) -> AuditEvent | None:
    """Move the date until which a review is expected, and its reminders with it.

    Raises StaleVersion, NotPermitted, NotEditable, Conflict (``kept_off``), InvalidInput for a date that is past.
    """
    if due_at <= utc_now():
        raise InvalidInput({"due_at": ["deadline_behind"]})
    if review.is_interested(actor):
        raise Conflict("kept_off")
    event = amend(
        session,
        actor,
        review,
        "review.set_due",
        Permission.REVIEW_MANAGE,
        states=PENDING_REVIEWS,
        expected_version=expected_version,
        sets={"due_at": due_at},
    )
    schedule_reminders(session, review)
    return event


def remind(session: Session, review: Review) -> None:
    """Tell the reviewer what the latest reminder's instant asks for, once; the caller holds the lock.

    Rows of a date that was moved since come too: whether there is something to say is judged by the present date
    and by what was told since, not by the row, which a failed attempt may bring late.
    """
    now = utc_now()
    passed = [instant for instant in _reminders_of(review) if instant <= now]
    if review.due_at is None or not passed or review.state not in PENDING_REVIEWS:
        return
    is_late = now >= review.due_at
    phase = SCORING_PHASE if is_late else ASSIGNING_PHASE  # before the scoring begins nobody can be late
    if review.application.state not in phase:
        return
    if _was_told(session, review, passed[-1]):
        return
    topic = Topic.REVIEW_OVERDUE if is_late else Topic.REVIEW_DUE_SOON
    facts = {"accepted": review.state is ReviewState.ACCEPTED}
    told = (tell(Audience.REVIEWER, topic),)
    outbox.write_messages(session, SYSTEM, review, told, inputs={}, facts=facts, at=now)


def _reminders_of(review: Review) -> list[datetime]:
    return [review.due_at + span for span in AROUND] if review.due_at is not None else []


def _was_told(session: Session, review: Review, since: datetime) -> bool:
    query = select(OutboxRow.id).where(
        OutboxRow.subject_type == review.workflow.name,
        OutboxRow.subject_id == review.id,
        OutboxRow.topic.in_((Topic.REVIEW_DUE_SOON.value, Topic.REVIEW_OVERDUE.value)),
        OutboxRow.created_at >= since,
    )
    return session.scalar(query.limit(1)) is not None
