"""Writing to the outbox: who is told what, and what the program must do when.

Rows are written in the transaction of the step that causes them; what happens to them afterwards is the business
of ``fund.jobs``.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Insert,
    Text,
    bindparam,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session, joinedload

from fund.errors import NotFound
from fund.models import (
    Agreement,
    Application,
    Award,
    BankAccount,
    Call,
    CommitteeSession,
    Disbursement,
    OutboxRow,
    OutboxState,
    PaymentFile,
    Person,
    PersonalLink,
    Repayment,
    Report,
    Review,
    Subject,
)
from fund.models.base import utc_now
from fund.services.journal import plain
from fund.services.recipients import SUBJECT_ID, find_recipients
from workflows.engine import Step
from workflows.permissions import Actor, Role
from workflows.topics import Audience, Deadline, Notification, Topic

LINK_SUBJECT = "link"
"""The subject type of messages that concern an account and no file, and carry a link."""
ACCOUNT_SUBJECT = "person"
"""The subject type of those that carry none: the account itself."""
PROGRAM_SUBJECT = "program"
"""The subject type of deadlines of the program that concern no subject; their subject id is 0."""

# What a message may quote of the step's inputs; anything else stays in the file.
QUOTED_INPUTS = (
    *("reason", "amount", "motivation", "conditions", "rank", "letter"),
    *("return_due_at", "closes_at", "paid_on", "signed_on", "received_on", "reserve", "return_code"),
)


def notify(
    session: Session, actor: Actor, subject: Subject, step: Step, *, inputs: Mapping[str, Any], at: datetime
) -> None:
    """Write one row per person whom the step tells. Imported history is no news, and tells nobody."""
    if not actor.has_role(Role.IMPORT):
        write_messages(session, actor, subject, step.notifies, inputs=inputs, at=at)


def write_messages(
    session: Session,
    actor: Actor,
    subject: Subject,
    notifications: Iterable[Notification],
    *,
    inputs: Mapping[str, Any],
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write one row per person of each notification's audience; they quote the subject as it is now.

    ``facts`` is what else the messages say. The trial of a call is nobody's news but its author's.
    """
    is_test = isinstance(subject, Application) and subject.is_test
    for notification in notifications:
        if is_test and notification.audience is not Audience.AUTHORS:
            continue
        values = {
            "its_topic": notification.topic.value,
            "its_subject_type": subject.workflow.name,
            "its_subject": subject.id,
            "its_file": application_id_of(subject),
            "its_reviewer": getattr(subject, "reviewer_id", None),
            "its_actor": actor.person_id,
            "its_payload": {**_payload(subject, inputs), **plain(facts or {})},
            "its_at": at,
        }
        session.execute(_insert_for(notification.audience), values)


@cache
def _insert_for(audience: Audience) -> Insert:
    """The one statement that finds an audience's people and writes a row for each, however many they are."""
    people = find_recipients(audience).subquery()
    row: dict[str, Any] = {
        "topic": bindparam("its_topic", type_=Text()),
        "subject_type": bindparam("its_subject_type", type_=Text()),
        "subject_id": SUBJECT_ID,
        "recipient_id": people.c.id,
        "payload": bindparam("its_payload", type_=JSONB()),
        "state": literal(OutboxState.PENDING, OutboxRow.state.type),
        "attempts": literal(0),
        "created_at": bindparam("its_at", type_=OutboxRow.created_at.type),
        "available_at": bindparam("its_at", type_=OutboxRow.created_at.type),
    }
    # The table and not the class: an insert by the class would take the parameters for rows.
    return insert(OutboxRow.__table__).from_select(list(row), select(*row.values()), include_defaults=False)  # type: ignore[arg-type]


def write_message_to(
    session: Session, person: Person, subject: Subject, topic: Topic, *, facts: Mapping[str, Any], at: datetime
) -> None:
    """Write one message to one person, where an audience would name too many."""
    session.add(
        OutboxRow(
            topic=topic.value,
            subject_type=subject.workflow.name,
            subject_id=subject.id,
            recipient_id=person.id,
            payload={**_payload(subject, {}), **plain(facts)},
            created_at=at,
            available_at=at,
        )
    )


def write_account_message(
    session: Session, person: Person, topic: Topic, *, facts: Mapping[str, Any], at: datetime
) -> None:
    """Write one message to one person that concerns her account and no file."""
    session.add(
        OutboxRow(
            topic=topic.value,
            subject_type=ACCOUNT_SUBJECT,
            subject_id=person.id,
            recipient_id=person.id,
            payload=plain(facts),
            created_at=at,
            available_at=at,
        )
    )


def write_link_message(
    session: Session,
    subject: Subject | None,
    topic: Topic,
    link: PersonalLink,
    *,
    facts: Mapping[str, Any],
    at: datetime,
) -> None:
    """Write one message that goes to the address of a personal link and carries the link.

    Without a subject (an account's own links) the row hangs on the link itself.
    """
    payload = _payload(subject, {}) if subject is not None else {}
    session.add(
        OutboxRow(
            topic=topic.value,
            subject_type=subject.workflow.name if subject is not None else LINK_SUBJECT,
            subject_id=subject.id if subject is not None else link.id,
            link_id=link.id,
            payload={**payload, **plain({**facts, "expires_at": link.expires_at})},
            created_at=at,
            available_at=at,
        )
    )


def schedule(session: Session, subject: Subject, deadline: Deadline, at: datetime) -> None:
    """Have the program come back to the subject at that instant; asking twice for one instant is asking once."""
    _schedule(session, deadline, at, subject_type=subject.workflow.name, subject_id=subject.id)


def schedule_own(session: Session, deadline: Deadline, at: datetime) -> None:
    """The same for what concerns no subject, as the ledger as a whole."""
    _schedule(session, deadline, at, subject_type=PROGRAM_SUBJECT, subject_id=0)


def _schedule(session: Session, deadline: Deadline, at: datetime, *, subject_type: str, subject_id: int) -> None:
    session.execute(
        pg_insert(OutboxRow)
        .values(
            topic=deadline.value,
            subject_type=subject_type,
            subject_id=subject_id,
            payload={},
            state=OutboxState.PENDING,
            created_at=utc_now(),
            available_at=at,
        )
        .on_conflict_do_nothing()
    )


def _payload(subject: Subject, inputs: Mapping[str, Any]) -> dict[str, Any]:
    quoted = {name: inputs[name] for name in QUOTED_INPUTS if name in inputs}
    if "motivation" in quoted and isinstance(subject, Application) and not subject.tells_motivation:
        del quoted["motivation"]
    facts = {"reference": subject.reference, "title": title_of(subject), **quoted, **_facts(subject)}
    return {name: plain(value) for name, value in facts.items() if value not in (None, "")}


def _facts(subject: Subject) -> dict[str, Any]:
    """What a message must say of the subject beside its title, as it stands when the step is taken."""
    match subject:
        case Call():
            return {"title_en": subject.title_en}
        case Review():
            return {"application": subject.application.reference, "due_at": subject.due_at}
        case CommitteeSession():
            return _facts_of_session(subject)
        case Award():
            return {"amount": subject.amount}
        case Disbursement():
            return {
                "award": subject.award.reference,
                "amount": subject.amount,
                "position": subject.position,
                "hold_cause": subject.hold_cause,
            }
        case Report():
            return {"due_on": subject.due_on}
        case BankAccount():
            return {"iban": subject.masked}
        case Agreement():
            return {"award": subject.award.reference, "amount": subject.amount, "number": subject.number}
        case Repayment():
            return {
                "award": subject.award.reference,
                "demanded": subject.amount,
                "outstanding": subject.outstanding or None,
                "due_on": subject.due_on,
            }
    return {}


def _facts_of_session(sitting: CommitteeSession) -> dict[str, Any]:
    """Also what the calendar file of an invitation needs, which is made from the row alone."""
    return {
        "held_at": sitting.held_at,
        "place": sitting.place,
        "link": sitting.link,
        "files": len(sitting.items),
        "call_title_fr": sitting.call.title_fr,
        "call_title_en": sitting.call.title_en,
        "version": sitting.version,
    }


def title_of(subject: Subject) -> str:
    """What people call the file that the subject belongs to."""
    match subject:
        case Call():
            return subject.title_fr
        case CommitteeSession():
            return subject.title
        case Application():
            return subject.title or subject.reference
        case Review() | Award():
            return subject.application.title
        case Disbursement() | Report() | Agreement() | Repayment():
            return subject.award.application.title
        case BankAccount():
            return subject.organisation.name
        case PaymentFile():
            return subject.message_id


def application_id_of(subject: Subject) -> int | None:
    match subject:
        case Application():
            return subject.id
        case Review() | Award():
            return subject.application_id
        case Disbursement() | Report() | Agreement() | Repayment():
            return subject.award.application_id
    return None


def list_rows(session: Session, states: Iterable[OutboxState], *, limit: int = 100) -> list[OutboxRow]:
    """Rows in these states, the oldest first."""
    query = select(OutboxRow).where(OutboxRow.state.in_(tuple(states))).order_by(OutboxRow.id).limit(limit)
    return list(session.scalars(query.options(joinedload(OutboxRow.recipient), joinedload(OutboxRow.link))))


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
    """Send every parked row again; returns how many.

    Each gets an instant of its own: a deadline is unique per subject and instant while it waits.
    """
    instant = literal(utc_now()) + OutboxRow.id * text("interval '1 microsecond'")
    result = session.execute(
        update(OutboxRow)
        .where(OutboxRow.state == OutboxState.PARKED)
        .values(state=OutboxState.PENDING, attempts=0, available_at=instant)
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
