"""Writing to the outbox: who is told what, and what the program must do when.

Rows are written in the transaction of the step that causes them; what happens to them afterwards is the business
of ``fund.jobs``.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from fund.errors import NotFound
from fund.models import (
    Application,
    Award,
    Call,
    Collaborator,
    CommitteeSession,
    Disbursement,
    OutboxRow,
    OutboxState,
    Person,
    PersonRole,
    Report,
    Review,
    SessionMember,
    Subject,
)
from fund.models.base import utc_now
from fund.services.journal import plain
from workflows.application import ApplicationState
from workflows.engine import Step
from workflows.permissions import Actor, Role
from workflows.topics import Audience, Deadline

# What a message may quote of the step's inputs; anything else stays in the file.
QUOTED_INPUTS = ("reason", "amount", "motivation", "return_due_at", "closes_at", "paid_on", "signed_on")


def notify(
    session: Session, actor: Actor, subject: Subject, step: Step, *, inputs: Mapping[str, Any], at: datetime
) -> None:
    """Write one row per person whom the step tells. Imported history is no news, and tells nobody."""
    if actor.has_role(Role.IMPORT):
        return
    rows: list[dict[str, Any]] = []
    for notification in step.notifies:
        payload = _payload(subject, inputs)
        rows.extend(
            {
                "topic": notification.topic.value,
                "subject_type": subject.workflow.name,
                "subject_id": subject.id,
                "recipient_id": person_id,
                "payload": payload,
                "state": OutboxState.PENDING,
                "created_at": at,
                "available_at": at,
            }
            for person_id in session.scalars(find_recipients(notification.audience, subject, actor))
        )
    if rows:
        session.execute(insert(OutboxRow), rows)


def schedule(session: Session, subject: Subject, deadline: Deadline, at: datetime) -> None:
    """Have the program come back to the subject at that instant; asking twice for one instant is asking once."""
    session.execute(
        pg_insert(OutboxRow)
        .values(
            topic=deadline.value,
            subject_type=subject.workflow.name,
            subject_id=subject.id,
            payload={},
            state=OutboxState.PENDING,
            created_at=utc_now(),
            available_at=at,
        )
        .on_conflict_do_nothing()
    )


def _payload(subject: Subject, inputs: Mapping[str, Any]) -> dict[str, Any]:
    quoted = {name: plain(inputs[name]) for name in QUOTED_INPUTS if inputs.get(name) is not None}
    return {"reference": subject.reference, "title": title_of(subject), **quoted}


def title_of(subject: Subject) -> str:
    """What people call the file that the subject belongs to."""
    match subject:
        case Call():
            return subject.title_fr
        case CommitteeSession():
            return subject.title
        case Application():
            return subject.title
        case Review() | Award():
            return subject.application.title
        case Disbursement() | Report():
            return subject.award.application.title


def application_id_of(subject: Subject) -> int | None:
    match subject:
        case Application():
            return subject.id
        case Review() | Award():
            return subject.application_id
        case Disbursement() | Report():
            return subject.award.application_id
    return None


def find_recipients(audience: Audience, subject: Subject, actor: Actor) -> Select[int]:
    """The people of an audience. Whoever acts as staff is not told of her own act."""
    active = select(Person.id).where(Person.active).order_by(Person.id)
    match audience:
        case Audience.AUTHORS:
            ours = select(Collaborator.person_id).where(Collaborator.application_id == application_id_of(subject))
            return active.where(Person.id.in_(ours))
        case Audience.OFFICERS:
            return _staff(active, Role.OFFICER, actor)
        case Audience.FINANCE:
            return _staff(active, Role.FINANCE, actor)
        case Audience.REVIEWER:
            return active.where(Person.id == getattr(subject, "reviewer_id", None))
        case Audience.COMMITTEE:
            return active.where(
                Person.id.in_(select(SessionMember.person_id).where(SessionMember.session_id == subject.id))
            )
        case Audience.DRAFTERS:
            drafts = (
                select(Collaborator.person_id)
                .join(Application, Application.id == Collaborator.application_id)
                .where(Application.call_id == subject.id, Application.state == ApplicationState.DRAFT)
            )
            return active.where(Person.id.in_(drafts))


def _staff(active: Select[int], role: Role, actor: Actor) -> Select[int]:
    holders = select(PersonRole.person_id).where(PersonRole.role == role)
    return active.where(Person.id.in_(holders), Person.id.is_distinct_from(actor.person_id))


def list_rows(session: Session, states: Iterable[OutboxState], *, limit: int = 100) -> list[OutboxRow]:
    """Rows in these states, the oldest first."""
    query = select(OutboxRow).where(OutboxRow.state.in_(tuple(states))).order_by(OutboxRow.id).limit(limit)
    return list(session.scalars(query))


def retry(session: Session, row_id: int) -> OutboxRow:
    """Send a parked row again, with a fresh count of attempts. Raises NotFound unless it is parked."""
    row = session.scalar(
        select(OutboxRow).where(OutboxRow.id == row_id, OutboxRow.state == OutboxState.PARKED).with_for_update()
    )
    if row is None:
        raise NotFound(f"no parked message {row_id}")
    row.state, row.attempts, row.available_at = OutboxState.PENDING, 0, utc_now()
    return row


def retry_all(session: Session) -> int:
    """Send every parked row again; returns how many."""
    result = session.execute(
        update(OutboxRow)
        .where(OutboxRow.state == OutboxState.PARKED)
        .values(state=OutboxState.PENDING, attempts=0, available_at=utc_now())
        .returning(OutboxRow.id)
    )
    return len(result.all())


def inbox(session: Session, actor: Actor, *, before_id: int | None = None, limit: int = 30) -> list[OutboxRow]:
    """What the person was told, the newest first."""
    query = select(OutboxRow).where(OutboxRow.recipient_id == actor.person_id)
    if before_id is not None:
        query = query.where(OutboxRow.id < before_id)
    return list(session.scalars(query.order_by(OutboxRow.id.desc()).limit(limit)))


def count_unread(session: Session, actor: Actor) -> int:
    query = select(func.count()).where(OutboxRow.recipient_id == actor.person_id, OutboxRow.read_at.is_(None))
    return session.scalar(query) or 0


def mark_read(session: Session, actor: Actor, row_ids: Iterable[int] | None = None) -> None:
    """Mark messages of the actor's own inbox as read: these, or all."""
    query = update(OutboxRow).where(OutboxRow.recipient_id == actor.person_id, OutboxRow.read_at.is_(None))
    if row_ids is not None:
        query = query.where(OutboxRow.id.in_(tuple(row_ids)))
    session.execute(query.values(read_at=utc_now()))
