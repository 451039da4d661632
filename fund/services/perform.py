"""The one gate: nothing else changes a state, and nothing else writes a journalled field.

``perform`` takes a step; ``amend`` changes fields without moving the state. Both work in the caller's
transaction: lock, version, permission, guards, change, journal, ledger, outbox. The edge commits once; before that
nobody sees any of it, and after it nobody can see a part.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from fund.errors import NotFound, StaleVersion
from fund.models import (
    Agreement,
    Application,
    AuditEvent,
    Award,
    Disbursement,
    Repayment,
    Report,
    Review,
    Subject,
)
from fund.models.base import utc_now
from fund.services import journal, ledger, outbox
from fund.services.references import new_reference
from workflows.engine import Context, Verdict
from workflows.permissions import Actor, Permission, allows, people_of
from workflows.reasons import Reason, ReasonCode

LOCKED = "locked_rows"


class NotPermitted(Exception):
    """The actor does not hold the permission to change these fields."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission)
        self.reason = Reason(ReasonCode.NOT_PERMITTED, {"roles": ",".join(people_of(permission))})


class NotEditable(Exception):
    """The subject's state does not let these fields be changed."""

    def __init__(self, state: StrEnum) -> None:
        super().__init__(state)
        self.reason = Reason(ReasonCode.WRONG_STATE, {"state": state})


def create(
    session: Session,
    actor: Actor,
    subject: Subject,
    *,
    at: datetime | None = None,
    details: Mapping[str, Any] | None = None,
) -> Subject:
    """Give a new subject its reference and the first link of its chain. The caller has checked the permission."""
    subject.reference = new_reference(subject.reference_prefix)
    if at is not None:
        subject.created_at = at
        subject.moved_at = at
    now = at or utc_now()
    event = journal.append(session, actor, subject, f"{subject.workflow.name}.create", at=now, details=details)
    ledger.book(session, subject, event, before=None, at=now)
    # Nobody else can see the row before the commit: it needs no lock.
    _locked_rows(session).add((type(subject), subject.id))
    return subject


def perform(
    session: Session,
    actor: Actor,
    subject: Subject,
    step_name: StrEnum,
    *,
    expected_version: int | None = None,
    inputs: Mapping[str, Any] | None = None,
    sets: Mapping[str, Any] | None = None,
    stamps: str | None = None,
    details: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> AuditEvent:
    """Take one step of the subject's workflow.

    ``inputs`` came with the step and are judged by its checks; ``sets`` are columns to write with the move,
    ``stamps`` one that takes the step's own instant, ``details`` what else the journal shall say. ``at`` is for
    imported history only: when the step was taken; what it writes is flushed when the caller flushes, which makes
    one UPDATE of the many steps of a row.

    Raises StaleVersion, StepUnavailable, StepForbidden, StepRefused; NotFound when the subject was deleted.
    """
    lock(session, subject)
    require_version(subject, expected_version)
    step = subject.workflow.steps[str(step_name)]
    now = at or utc_now()
    context = Context(actor=actor, now=now, inputs=inputs or {})
    written = {**(sets or {}), **({stamps: now} if stamps else {})}
    before = {name: getattr(subject, name) for name in ("state", *written)}
    lay = ledger.position_of(subject)
    subject.workflow.fire(subject, step, context)
    for name, value in written.items():
        setattr(subject, name, value)
    # Stamped always: a step that leads back to its own state must still count as a write for the version check.
    subject.moved_at = now
    reason = _reason_of(inputs)
    changes = journal.changes_since(subject, before)
    entry = journal.append(
        session, actor, subject, str(step.name), at=now, reason=reason, details=details, changes=changes
    )
    ledger.book(session, subject, entry, before=lay, at=now, inputs=inputs)
    outbox.notify(session, actor, subject, step, inputs=inputs or {}, at=now)
    if at is None:
        session.flush()
    return entry


def amend(
    session: Session,
    actor: Actor,
    subject: Subject,
    action: str,
    permission: Permission,
    *,
    states: tuple[StrEnum, ...],
    expected_version: int | None = None,
    sets: Mapping[str, Any] | None = None,
    change: Callable[[], Mapping[str, Any] | None] | None = None,
    reason: str | None = None,
) -> AuditEvent | None:
    """Change fields of a subject without moving it; in which states that may be, the caller says.

    ``change`` alters what hangs on the subject (members, scores, tranches) once the lock is held, and returns what
    the journal shall say of it. Returns None when nothing changed: an empty edit leaves no trace and no version.

    Raises StaleVersion, NotPermitted, NotEditable.
    """
    lock(session, subject)
    require_version(subject, expected_version)
    if not allows(permission, actor, subject.relations(actor)):
        raise NotPermitted(permission)
    if subject.state not in states:
        raise NotEditable(subject.state)
    lay = ledger.position_of(subject)
    for name, value in (sets or {}).items():
        setattr(subject, name, value)
    changes = journal.changed_fields(subject)
    details = change() if change is not None else None
    changes = changes.merge(journal.changed_fields(subject))
    if not (changes or details):
        return None
    now = utc_now()
    entry = journal.append(
        session, actor, subject, action, at=now, reason=reason, details=details, changes=changes
    )
    # What is corrected in imported history counts from its beginning.
    ledger.book(session, subject, entry, before=lay, at=subject.created_at if subject.imported else now)
    session.flush()
    return entry


def judge_steps(actor: Actor, subject: Subject) -> tuple[Verdict, ...]:
    """A verdict on each step that leaves the subject's state, by the guards that ``perform`` enforces.

    People are not offered what only the program does.
    """
    verdicts = subject.workflow.available_steps(subject, Context(actor=actor, now=utc_now()))
    return tuple(verdict for verdict in verdicts if actor.person_id is None or not verdict.step.is_programs_own)


def require_permission(actor: Actor, permission: Permission) -> None:
    """For what has no subject yet (a new call, a new session). Raises NotPermitted."""
    if not allows(permission, actor, frozenset()):
        raise NotPermitted(permission)


def require_version(subject: Subject, expected: int | None) -> None:
    if expected is not None and subject.version != expected:
        raise StaleVersion(expected, subject.version)


def lock(session: Session, subject: Subject) -> None:
    """Lock the subject's row, after the row of the file that it belongs to.

    The application's row orders everybody who acts on one file: its reviews, award, tranches and reports are facts
    for each other's guards. Always the file first, so that two people cannot lock in opposite order. What was read
    before the lock may be stale and is forgotten, once per transaction.
    """
    held = _locked_rows(session)
    for model, row_id in (*_file_row(subject), (type(subject), subject.id)):
        if (model, row_id) in held:
            continue
        session.flush()
        session.expire_all()
        # NO KEY UPDATE: rows that point here by foreign key may still be inserted meanwhile.
        query = select(model).where(model.id == row_id).with_for_update(key_share=True)
        if session.execute(query.execution_options(populate_existing=True)).one_or_none() is None:
            raise NotFound(f"{model.__name__} {row_id}")
        held.add((model, row_id))


def _file_row(subject: Subject) -> tuple[tuple[type[Subject], int], ...]:
    match subject:
        case Review() | Award():
            return ((Application, subject.application_id),)
        case Disbursement() | Report() | Agreement() | Repayment():
            return ((Application, subject.award.application_id),)
    return ()


def _locked_rows(session: Session) -> set[tuple[type[Subject], int]]:
    held: set[tuple[type[Subject], int]] = session.info.setdefault(LOCKED, set())
    return held


@event.listens_for(Session, "after_transaction_end")
def _forget_locks(session: Session, transaction: Any) -> None:
    """Locks end with the outermost transaction; a savepoint that is released keeps them."""
    if transaction.parent is None:
        session.info.pop(LOCKED, None)


@event.listens_for(Session, "after_soft_rollback")
def _forget_locks_rolled_back(session: Session, _transaction: Any) -> None:
    """A savepoint that is rolled back gives up the locks taken in it; locking again what is still held is free."""
    session.info.pop(LOCKED, None)


def _reason_of(inputs: Mapping[str, Any] | None) -> str | None:
    if not inputs:
        return None
    return str(inputs.get("reason") or inputs.get("motivation") or "").strip() or None
