"""Verbs on calls."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict
from fund.models import AuditEvent, Call, Criterion
from fund.models.base import utc_now
from fund.services import call_versions, outbox
from fund.services.call_dates import schedule_closing, schedule_opening
from fund.services.journal import plain
from fund.services.perform import amend, create, perform, require_permission
from workflows.call import CallState, CallStep
from workflows.permissions import Actor, Permission
from workflows.topics import Deadline

KEPT_OF_CRITERIA = ("key", "help_fr", "help_en", "anchors", "threshold")
EDITABLE = (CallState.DRAFT, CallState.PUBLISHED)


def create_call(
    session: Session,
    actor: Actor,
    *,
    criteria: Sequence[Mapping[str, Any]] = (),
    at: datetime | None = None,
    **fields: Any,
) -> Call:
    """Start a call as a draft. Raises NotPermitted."""
    require_permission(actor, Permission.CALL_MANAGE)
    call = Call(**fields)
    _set_criteria(call, criteria)
    create(session, actor, call, at=at, details={"criteria": plain(criteria)})
    return call


def edit_call(
    session: Session,
    actor: Actor,
    call: Call,
    *,
    expected_version: int | None = None,
    criteria: Sequence[Mapping[str, Any]] | None = None,
    **fields: Any,
) -> AuditEvent | None:
    """Change a call that nobody can answer yet.

    Raises StaleVersion, NotPermitted, NotEditable; Conflict (``revision_waits``) where changes of its whole
    content wait to be published, which would undo this one.
    """

    def change() -> Mapping[str, Any] | None:
        if call.revision is not None:
            raise Conflict("revision_waits")
        if criteria is None or _described(call) == [dict(line) for line in criteria]:
            return None
        before = plain(_described(call))
        _set_criteria(call, criteria)
        return {"criteria": [before, plain(criteria)]}

    event = amend(
        session,
        actor,
        call,
        "call.edit",
        Permission.CALL_MANAGE,
        states=EDITABLE,
        expected_version=expected_version,
        sets=fields,
        change=change,
    )
    if event is not None and call.state is CallState.PUBLISHED:
        schedule_opening(session, call)
        call_versions.freeze_version(session, actor, call)
    return event


def raise_envelope(session: Session, actor: Actor, call: Call, amount: Decimal, *, reason: str) -> None:
    """Add to a call's envelope, in euros; possible as long as the call is alive.

    Where the largest grant is the whole envelope, it stays so.
    """
    states = tuple(state for state in CallState if state is not CallState.CANCELLED)
    amend(
        session,
        actor,
        call,
        "call.raise_envelope",
        Permission.CALL_MANAGE,
        states=states,
        change=lambda: _raise(call, amount),
        reason=reason,
    )
    outbox.schedule(session, call, Deadline.WAITLIST_MOVES, utc_now())


def _raise(call: Call, amount: Decimal) -> Mapping[str, Any]:
    if call.max_grant == call.envelope:
        call.max_grant += amount
    call.envelope += amount
    call_versions.carry_envelope(call, amount)
    return {"added": amount}


def latest_funder(session: Session) -> int | None:
    """The organisation that gives the money of the latest call, imported history aside."""
    return session.scalar(select(Call.funder_id).where(Call.imported.is_(False)).order_by(Call.id.desc()).limit(1))


def publish(session: Session, actor: Actor, call: Call, **given: Any) -> AuditEvent:
    """Announce the call; what it says is frozen as a version."""
    event = perform(session, actor, call, CallStep.PUBLISH, **given)
    schedule_opening(session, call)
    if not call.imported:
        call_versions.freeze_version(session, actor, call)
    return event


def unpublish(session: Session, actor: Actor, call: Call, **given: Any) -> AuditEvent:
    """Take the call back to draft, which goes on with the changes that waited to be published."""
    event = perform(session, actor, call, CallStep.UNPUBLISH, **given)
    call_versions.take_over_revision(session, actor, call)
    return event


def extend(session: Session, actor: Actor, call: Call, **given: Any) -> AuditEvent:
    """Move the closing of an open call to a later instant (input ``closes_at``)."""
    return _set_closing(session, actor, call, CallStep.EXTEND, **given)


def reopen(session: Session, actor: Actor, call: Call, **given: Any) -> AuditEvent:
    """Open a closed call again until a later instant (input ``closes_at``)."""
    return _set_closing(session, actor, call, CallStep.REOPEN, **given)


def _set_closing(
    session: Session, actor: Actor, call: Call, step: CallStep, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    sets = {"closes_at": inputs["closes_at"]} if inputs.get("closes_at") else {}
    event = perform(session, actor, call, step, inputs=inputs, sets=sets, **given)
    call_versions.carry_closing(call)
    schedule_closing(session, call)
    return event


def _set_criteria(call: Call, criteria: Sequence[Mapping[str, Any]]) -> None:
    """Replace the rubric. A line that keeps its label and its scale keeps what else the rubric says of it."""
    former = {(criterion.label_fr, criterion.scale_max): criterion for criterion in call.criteria}
    made = [Criterion(position=position, **line) for position, line in enumerate(criteria, start=1)]
    for criterion in made:
        before = former.get((criterion.label_fr, criterion.scale_max or 5))
        for name in KEPT_OF_CRITERIA if before is not None else ():
            setattr(criterion, name, getattr(before, name))
    call.criteria = made


def _described(call: Call) -> list[dict[str, Any]]:
    names = ("label_fr", "label_en", "weight", "scale_max")
    return [{name: getattr(criterion, name) for name in names} for criterion in call.criteria]
