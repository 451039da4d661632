"""The journal: appending a link to a subject's chain, and verifying the chains.

Each subject has a chain of its own. The subject's row lock, which every writer holds, orders the links, so no
global lock is needed. A link's hash covers its canonical body, which holds the hash before it; the subject keeps
the length and the head of its chain, against which a tail that was cut off shows. Signed seals over all chains
(Law 5) will stand beside: ``AuditEvent.transaction`` is what they will cut by.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import Row, Select, func, select
from sqlalchemy import inspect as inspect_model
from sqlalchemy.orm import ColumnProperty, InstanceState, Session

from fund.models import SUBJECTS, AuditEvent, AuditPersonal, Subject
from fund.models.base import utc_now
from workflows.permissions import Actor, Role

FORMAT = 1
UNJOURNALLED = frozenset(
    {
        *("version", "moved_at", "created_at", "journal_length", "journal_head", "id"),
        # A whole call: its verbs tell which places changed, with the digest; what was published is frozen.
        *("definition", "revision"),
        # Signed minutes name people, and are frozen: their hash stands in the chain.
        "minutes",
        # So does a frozen agreement; a file of transfers is bytes, and its hash stands in the chain.
        *("facts", "content"),
        # A report as it is typed: each sitting tells the hash of its part, the handing in that of the whole.
        *("planned", "realised", "explanations", "answers"),
    }
)
VERIFY_BATCH = 1_000


def canonical(value: Any) -> bytes:
    """One text for one meaning: sorted keys, no spaces, UTF-8, and no floats anywhere."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def plain(value: Any) -> Any:
    """A value as the journal writes it: money as a decimal text, instants in UTC."""
    match value:
        case None | bool() | int():
            return value
        case Enum():
            return value.value
        case str():
            return value
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
    raise TypeError(f"the journal has no form for {type(value).__name__}")


@dataclass(slots=True)
class Changes:
    """Before and after of columns, by name; the personal ones stay out of the chain."""

    open: dict[str, list[Any]] = field(default_factory=dict)
    personal: dict[str, list[Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.open or self.personal)

    def merge(self, later: "Changes") -> "Changes":
        return Changes({**self.open, **later.open}, {**self.personal, **later.personal})


def changed_fields(subject: Subject) -> Changes:
    """Every journalled column changed since the last flush. A flush forgets them: ask before any query."""
    state = cast("InstanceState[Any]", inspect_model(subject))
    changes = Changes()
    for column in state.mapper.column_attrs:
        if column.key in UNJOURNALLED:
            continue
        history = state.attrs[column.key].history
        if not history.has_changes():
            continue
        before = history.deleted[0] if history.deleted else None
        after = history.added[0] if history.added else None
        if before == after:
            continue
        _side_of(changes, column)[column.key] = [plain(before), plain(after)]
    return changes


def changes_since(subject: Subject, before: Mapping[str, Any]) -> Changes:
    """What became of these columns, given by name with their former values. Asks nothing of flushes."""
    changes = Changes()
    for name, value in before.items():
        after = getattr(subject, name)
        if after != value and name not in UNJOURNALLED:
            column = subject.__mapper__.column_attrs[name]
            _side_of(changes, column)[name] = [plain(value), plain(after)]
    return changes


def initial_fields(subject: Subject) -> Changes:
    """Every journalled column of a subject just written, defaults and foreign keys included, where not empty."""
    changes = Changes()
    for column in subject.__mapper__.column_attrs:
        value = getattr(subject, column.key)
        if column.key not in UNJOURNALLED and value is not None:
            _side_of(changes, column)[column.key] = [None, plain(value)]
    return changes


def _side_of(changes: Changes, column: ColumnProperty[Any]) -> dict[str, list[Any]]:
    return changes.personal if column.columns[0].info.get("personal") else changes.open


def append(
    session: Session,
    actor: Actor,
    subject: Subject,
    action: str,
    *,
    at: datetime,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
    changes: Changes | None = None,
) -> AuditEvent:
    """Append one event to the subject's chain; the caller holds the subject's row lock, or has just made it.

    ``at`` is when it happened (for imported history: long ago); the row itself says when it was recorded.
    """
    if subject.journal_head is None:
        session.add(subject)
        session.flush()
        changes = initial_fields(subject)
    elif changes is None:
        changes = changed_fields(subject)
    body: dict[str, Any] = {
        "format": FORMAT,
        "subject": [subject.workflow.name, subject.reference],
        "seq": subject.journal_length + 1,
        "action": action,
        "actor": actor.reference,
        "at": plain(at),
        "recorded": plain(utc_now()),
        "changes": changes.open,
        "previous": subject.journal_head.hex() if subject.journal_head else None,
    }
    if reason:
        body["reason"] = reason
    if details:
        body["details"] = plain(details)
    if actor.request_id:
        body["request"] = actor.request_id
    if actor.has_role(Role.IMPORT):
        body["imported"] = True
    personal = _personal_side(actor, changes.personal)
    if personal is not None:
        body["personal"] = _personal_hash(personal.salt, personal.data)
    digest = hashlib.sha256(canonical(body)).digest()
    event = AuditEvent(
        subject_type=subject.workflow.name,
        subject_id=subject.id,
        seq=subject.journal_length + 1,
        body=body,
        hash=digest,
        personal=personal,
    )
    session.add(event)
    subject.journal_length += 1
    subject.journal_head = digest
    return event


def _personal_side(actor: Actor, changes: dict[str, list[Any]]) -> AuditPersonal | None:
    if actor.person_id is None and actor.email is None and not changes:
        return None  # the program itself, or an import: nobody
    data: dict[str, Any] = {"actor": actor.name, "email": actor.email}
    if changes:
        data["changes"] = changes
    return AuditPersonal(salt=secrets.token_bytes(16), data=data)


def _personal_hash(salt: bytes, data: Mapping[str, Any]) -> str:
    return hashlib.sha256(salt + canonical(data)).hexdigest()


class Fault(StrEnum):
    """What is wrong with a chain, at its first broken link."""

    MISSING_LINK = "missing_link"
    EDITED = "edited"
    WRONG_PREVIOUS = "wrong_previous"
    MISPLACED = "misplaced"
    TAIL_MISSING = "tail_missing"
    UNKNOWN_EVENTS = "unknown_events"
    PERSONAL_EDITED = "personal_edited"


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first broken link of one chain; ``seq`` counts from 1."""

    subject_type: str
    reference: str
    seq: int
    fault: Fault


@dataclass(slots=True)
class Verification:
    """How many chains and events were read, and what was found broken."""

    chains: int
    events: int
    broken: list[BrokenLink]


def count_events(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def verify(session: Session, *, on_events: Callable[[int], None] | None = None) -> Verification:
    """Check every chain against its own hashes and against the heads kept on the subjects.

    Reads by stream, so that memory does not grow with the journal. Run it in a REPEATABLE READ transaction
    (``fund audit verify`` does), so that heads and events are of one moment. ``on_events`` is told how many events
    were read with each chain.
    """
    result = Verification(0, 0, [])
    for name, model in SUBJECTS.items():
        for head, owner_id, events in _chains(session, name, model):
            result.chains += 1
            result.events += len(events)
            if fault := _first_fault(name, owner_id, head, events):
                result.broken.append(fault)
            if on_events is not None:
                on_events(len(events))
    result.broken.extend(_strays(session))
    return result


def verify_subject(session: Session, subject: Subject) -> BrokenLink | None:
    """Check the chain of one subject: its first broken link, or None when the chain is whole.

    One statement reads head and links, so that both are of one moment even while others write.
    """
    model = type(subject)
    chain = _links().where(model.id == subject.id).add_columns(model.journal_length, model.journal_head)
    owner = (AuditEvent.subject_type == subject.workflow.name) & (AuditEvent.subject_id == model.id)
    chain = chain.select_from(model).outerjoin(AuditEvent, owner).order_by(AuditEvent.seq)
    rows = session.execute(chain.outerjoin(AuditPersonal, AuditPersonal.event_id == AuditEvent.id)).all()
    head = _Head(subject.id, subject.reference, rows[0].journal_length, rows[0].journal_head)
    events = [row for row in rows if row.seq is not None]
    return _first_fault(subject.workflow.name, subject.id, head, events)


def _strays(session: Session) -> Iterator[BrokenLink]:
    """Events that claim a kind of subject which does not exist: no chain would ever read them."""
    query = (
        select(AuditEvent.subject_type, AuditEvent.subject_id)
        .where(AuditEvent.subject_type.not_in(tuple(SUBJECTS)))
        .distinct()
    )
    for name, owner_id in session.execute(query):
        yield BrokenLink(name, f"#{owner_id}", 1, Fault.UNKNOWN_EVENTS)


@dataclass(frozen=True, slots=True)
class _Head:
    """What a subject says of its own chain."""

    id: int
    reference: str
    length: int
    hash: bytes | None


def _chains(
    session: Session, name: str, model: type[Subject]
) -> Iterator[tuple[_Head | None, int, list[Row[Any]]]]:
    """Each subject with its events in order, and each run of events that no subject owns.

    Two streams ordered by the subject's number (each read along an index, nothing is sorted) are merged here.
    """
    heads = _stream_heads(session, model)
    head = next(heads, None)
    for owner_id, run in groupby(_stream_events(session, name), key=attrgetter("subject_id")):
        events = list(run)
        while head is not None and head.id < owner_id:
            yield head, head.id, []
            head = next(heads, None)
        if head is not None and head.id == owner_id:
            yield head, owner_id, events
            head = next(heads, None)
        else:
            yield None, owner_id, events
    while head is not None:
        yield head, head.id, []
        head = next(heads, None)


def _stream_heads(session: Session, model: type[Subject]) -> Iterator[_Head]:
    query = select(model.id, model.reference, model.journal_length, model.journal_head).order_by(model.id)
    for row in session.execute(query, execution_options={"yield_per": VERIFY_BATCH}):
        yield _Head(*row)


def _links() -> Select[Any]:
    return select(
        AuditEvent.subject_id,
        AuditEvent.seq,
        AuditEvent.body,
        AuditEvent.hash,
        AuditPersonal.salt,
        AuditPersonal.data,
    )


def _stream_events(session: Session, name: str) -> Iterator[Row[Any]]:
    query = (
        _links()
        .outerjoin(AuditPersonal, AuditPersonal.event_id == AuditEvent.id)
        .where(AuditEvent.subject_type == name)
        .order_by(AuditEvent.subject_type, AuditEvent.subject_id, AuditEvent.seq)
    )
    yield from session.execute(query, execution_options={"yield_per": VERIFY_BATCH})


def _first_fault(name: str, owner_id: int, head: _Head | None, events: list[Row[Any]]) -> BrokenLink | None:
    if head is None:
        return BrokenLink(name, f"#{owner_id}", 1, Fault.UNKNOWN_EVENTS)
    previous: bytes | None = None
    for expected, event in enumerate(events, start=1):
        if fault := _fault_of_link(name, head.reference, expected, previous, event):
            return BrokenLink(name, head.reference, expected, fault)
        previous = event.hash
    if len(events) > head.length:
        return BrokenLink(name, head.reference, head.length + 1, Fault.UNKNOWN_EVENTS)
    # Every chain begins with its subject's creation: one without any link lost it, whatever its head says.
    if not events or len(events) < head.length:
        return BrokenLink(name, head.reference, len(events) + 1, Fault.TAIL_MISSING)
    if previous != head.hash:
        return BrokenLink(name, head.reference, head.length, Fault.EDITED)
    return None


def _fault_of_link(
    name: str, reference: str, expected: int, previous: bytes | None, event: Row[Any]
) -> Fault | None:
    body = event.body
    if event.seq != expected:
        return Fault.MISSING_LINK
    if hashlib.sha256(canonical(body)).digest() != event.hash:
        return Fault.EDITED
    # A forger can give any body its right hash: nothing is taken for granted of what stands in it.
    if body.get("subject") != [name, reference] or body.get("seq") != expected:
        return Fault.MISPLACED
    if body.get("previous") != (previous.hex() if previous else None):
        return Fault.WRONG_PREVIOUS
    erased = event.salt is None
    if not erased and _personal_hash(event.salt, event.data) != body.get("personal"):
        return Fault.PERSONAL_EDITED
    return None
