"""Entries and the journal: each names its event, stands in its place, counts for its day, and none is missing."""

from typing import Any

from sqlalchemy import (
    CTE,
    Date,
    DateTime,
    Numeric,
    ScalarSelect,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on

from fund.models import AuditEvent, LedgerEntry, LedgerLine
from fund.services.ledger_faults import FaultCode, fault, of_entry
from workflows.award import AWARD
from workflows.call import CALL
from workflows.disbursement import DisbursementStep
from workflows.engine import PARIS
from workflows.ledger import ORIGINS, PLACES, LedgerAccount
from workflows.repayment import REPAYMENT, RepaymentStep

OPENING = "ledger.open"
"""The action of the entries with which the ledger began: they have no event."""
DATED = (DisbursementStep.PAY, RepaymentStep.RECEIVE, RepaymentStep.RECEIVE_PART)
"""The steps that count for the day on which money moved, which may lie before the step."""


def entry_faults(standing: CTE) -> list[Select[Any]]:
    told = _told()
    return [
        _unbalanced(),
        _without_event(),
        _of_other_event(),
        _misplaced(standing),
        _misdated(standing),
        _opened_twice(),
        _unbooked(standing, told),
        _in_another_state(standing, told),
    ]


def _of_entry(code: FaultCode, *, expected: Any = None, found: Any = None) -> Select[Any]:
    return fault(
        code,
        kind=LedgerEntry.subject_type,
        reference=LedgerEntry.subject_reference,
        entry=LedgerEntry.id,
        expected=expected,
        found=found,
    )


def _told() -> CTE:
    """What the journal tells of these subjects: each change of state, and of an amount."""
    changes = AuditEvent.body["changes"]
    kinds = tuple(PLACES)
    amounts = or_(
        and_(AuditEvent.subject_type == CALL.name, changes.has_key("envelope")),
        and_(AuditEvent.subject_type == AWARD.name, changes.has_key("amount")),
        and_(AuditEvent.subject_type == REPAYMENT.name, AuditEvent.action == RepaymentStep.RECEIVE_PART.value),
    )
    return (
        select(
            AuditEvent.subject_type.label("kind"),
            AuditEvent.subject_id.label("subject_id"),
            AuditEvent.id.label("id"),
            AuditEvent.seq.label("seq"),
            AuditEvent.action.label("action"),
            AuditEvent.body["recorded"].astext.label("recorded"),
            changes["state"][0].astext.label("before"),
            changes["state"][1].astext.label("after"),
            amounts.label("amounts"),
        )
        .where(AuditEvent.subject_type.in_(kinds), or_(changes.has_key("state"), amounts))
        .cte("told")
    )


def _unbalanced() -> Select[Any]:
    gained = func.coalesce(func.sum(LedgerLine.debit), 0)
    given = func.coalesce(func.sum(LedgerLine.credit), 0)
    return (
        _of_entry(FaultCode.ENTRY_UNBALANCED, expected=gained, found=given)
        .select_from(LedgerEntry)
        .outerjoin(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .group_by(LedgerEntry.id)
        .having(or_(gained != given, gained == 0))
    )


def _without_event() -> Select[Any]:
    return _of_entry(FaultCode.ENTRY_WITHOUT_EVENT, expected=LedgerEntry.action).where(
        LedgerEntry.event_id.is_(None), LedgerEntry.action != OPENING
    )


def _of_other_event() -> Select[Any]:
    is_its_own = and_(
        AuditEvent.subject_type == LedgerEntry.subject_type,
        AuditEvent.subject_id == LedgerEntry.subject_id,
        AuditEvent.action == LedgerEntry.action,
    )
    return (
        _of_entry(FaultCode.ENTRY_OF_OTHER_EVENT, expected=LedgerEntry.action, found=AuditEvent.action)
        .select_from(LedgerEntry)
        # Outer: an event that was deleted past the foreign key is found too.
        .outerjoin(AuditEvent, AuditEvent.id == LedgerEntry.event_id)
        .where(LedgerEntry.event_id.is_not(None), is_its_own.is_not(True))
    )


def _misplaced(standing: CTE) -> Select[Any]:
    """Entries that stand under another call or award than their subject: balances would count them there."""
    return (
        _of_entry(FaultCode.ENTRY_MISPLACED)
        .select_from(LedgerEntry)
        .join(standing, of_entry(standing))
        .where(
            or_(
                LedgerEntry.call_id != standing.c.call_id,
                LedgerEntry.award_id.is_distinct_from(standing.c.award_id),
                LedgerEntry.subject_reference != standing.c.reference,
            )
        )
    )


def _misdated(standing: CTE) -> Select[Any]:
    """Entries that count for another day than their event's; a payment may lie before it, never after.

    What is corrected in imported history counts from its beginning.
    """
    instant = cast(AuditEvent.body["at"].astext, DateTime(timezone=True))
    day = cast(func.timezone(PARIS.key, instant), Date)
    return (
        _of_entry(
            FaultCode.ENTRY_MISDATED,
            expected=day,
            found=LedgerEntry.day,
        )
        .select_from(LedgerEntry)
        .join(AuditEvent, AuditEvent.id == LedgerEntry.event_id)
        .join(standing, of_entry(standing))
        .where(
            ~standing.c.imported,
            or_(LedgerEntry.day > day, and_(LedgerEntry.day < day, LedgerEntry.action.not_in(DATED))),
        )
    )


def _opened_twice() -> Select[Any]:
    """Openings that follow another entry: an opening needs no event, so it must be the first."""
    earlier = LedgerEntry.__table__.alias("earlier")
    return _of_entry(
        FaultCode.OPENING_NOT_FIRST,
    ).where(
        LedgerEntry.action == OPENING,
        exists().where(
            earlier.c.subject_type == LedgerEntry.subject_type,
            earlier.c.subject_id == LedgerEntry.subject_id,
            earlier.c.id < LedgerEntry.id,
        ),
    )


def _unbooked(standing: CTE, told: CTE) -> Select[Any]:
    """Events that moved euros and have no entry, from the ledger's first entry on."""
    first = select(LedgerEntry.event_id, LedgerEntry.booked_at).order_by(LedgerEntry.id).limit(1).subquery("first")
    begun = or_(
        told.c.id >= first.c.event_id,
        and_(first.c.event_id.is_(None), cast(told.c.recorded, DateTime(timezone=True)) > first.c.booked_at),
    )
    places = _places()
    before, after = places.alias("place_before"), places.alias("place_after")
    moved = before.c.account != after.c.account
    # A call's envelope is with the endowment while the call is a draft, and an empty one moves nothing.
    open_states = [state.value for state, place in PLACES[CALL.name].items() if place is LedgerAccount.AVAILABLE]
    of_others = told.c.kind != CALL.name
    return (
        fault(
            FaultCode.EVENT_WITHOUT_ENTRY,
            kind=told.c.kind,
            reference=standing.c.reference,
            expected=told.c.action,
        )
        .select_from(told)
        .join(first, begun)
        .join(standing, and_(standing.c.kind == told.c.kind, standing.c.id == told.c.subject_id))
        .outerjoin(before, and_(before.c.kind == told.c.kind, before.c.state == func.coalesce(told.c.before, "")))
        .outerjoin(after, and_(after.c.kind == told.c.kind, after.c.state == told.c.after))
        .where(
            or_(
                and_(moved, or_(of_others, cast(_at_that_time(told, "envelope"), Numeric) != 0)),
                and_(told.c.amounts, or_(of_others, _at_that_time(told, "state").in_(open_states))),
            ),
            ~exists().where(LedgerEntry.event_id == told.c.id),
        )
    )


def _at_that_time(told: CTE, column: str) -> ScalarSelect[str]:
    """What the column of the event's subject held once the event was written, by its chain."""
    earlier = AuditEvent.__table__.alias("earlier")
    value = earlier.c.body["changes"][column][1].astext
    return (
        select(value)
        .where(
            earlier.c.subject_type == told.c.kind,
            earlier.c.subject_id == told.c.subject_id,
            earlier.c.seq <= told.c.seq,
            value.is_not(None),
        )
        .order_by(earlier.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )


def _places() -> CTE:
    """The accounts of all states; of the empty state, the one from which a new subject's euros come."""
    rows = [(kind, state.value, place.value) for kind, places in PLACES.items() for state, place in places.items()]
    rows += [(kind, "", account.value) for kind, account in ORIGINS.items()]
    selects = [
        select(
            *(
                literal(value, Text).label(name)
                for name, value in zip(("kind", "state", "account"), row, strict=True)
            )
        )
        for row in rows
    ]
    # Not VALUES: SQLAlchemy would compile the whole statement anew each time.
    return union_all(*selects).cte("places")


def _in_another_state(standing: CTE, told: CTE) -> Select[Any]:
    last = (
        select(told.c.kind, told.c.subject_id, told.c.after)
        .where(told.c.after.is_not(None))
        .ext(distinct_on(told.c.kind, told.c.subject_id))
        .order_by(told.c.kind, told.c.subject_id, told.c.seq.desc())
        .subquery("last")
    )
    return (
        fault(
            FaultCode.STATE_DIFFERS,
            kind=standing.c.kind,
            reference=standing.c.reference,
            expected=last.c.after,
            found=standing.c.state,
        )
        .select_from(standing)
        .join(last, and_(last.c.kind == standing.c.kind, last.c.subject_id == standing.c.id))
        .where(last.c.after != standing.c.state)
    )
