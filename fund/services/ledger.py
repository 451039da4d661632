"""The ledger: booking what the gate moves, and the balances that follow from it, in euros.

``fund.services.perform`` books every step and every change of an amount, in the transaction that makes it, so that
no verb can forget one. ``workflows.ledger`` says in which account the euros of a subject lie in each state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.models import (
    Agreement,
    AuditEvent,
    Award,
    Call,
    Disbursement,
    LedgerEntry,
    LedgerLine,
    Repayment,
    Subject,
)
from fund.models.base import utc_now
from workflows.engine import paris_day
from workflows.ledger import ORIGINS, LedgerAccount, place_of

ZERO = Decimal(0)
DATED_BY = ("paid_on", "received_on")
"""The inputs of steps that say on which day money moved."""


@dataclass(frozen=True, slots=True)
class Position:
    """In which account how many euros of a subject lie."""

    account: LedgerAccount
    amount: Decimal


def position_of(subject: Subject) -> Position | None:
    """Where the subject's euros lie now; None for what holds none."""
    account = place_of(subject.workflow.name, subject.state)
    if account is None:
        return None
    match subject:
        case Call():
            amount = subject.envelope
        case Award() | Disbursement():
            amount = subject.amount
        case Repayment():
            amount = subject.amount - (subject.received_amount or ZERO)
        case _:
            return None
    return Position(account, amount)


def book(
    session: Session,
    subject: Subject,
    event: AuditEvent,
    *,
    before: Position | None,
    at: datetime,
    inputs: Mapping[str, Any] | None = None,
) -> None:
    """Book what an act did to the subject's euros; ``before`` is where they lay, None for a new subject."""
    after = position_of(subject)
    if after is None:
        return
    moves = _moves(subject, before or Position(ORIGINS[subject.workflow.name], after.amount), after)
    if moves:
        day = _day_of(session, subject, at, inputs or {})
        for source, target, amount in moves:
            _write(session, subject, event, source, target, amount, day=day)


Move = tuple[LedgerAccount, LedgerAccount, Decimal]


def _moves(subject: Subject, before: Position, after: Position) -> list[Move]:
    moves: list[Move] = []
    if before.account is not after.account:
        moves.append((before.account, after.account, before.amount))
    change = after.amount - before.amount
    if isinstance(subject, Repayment):
        # What came of a demand lies with what was recovered; the rest stays where it was.
        if before.account is after.account and change:
            moves.append((LedgerAccount.TO_RECOVER, LedgerAccount.RECOVERED, -change))
    elif change:
        moves.append((ORIGINS[subject.workflow.name], after.account, change))
    return [(source, target, amount) for source, target, amount in moves if source is not target and amount]


def _day_of(session: Session, subject: Subject, at: datetime, inputs: Mapping[str, Any]) -> date:
    """The day that the entry counts for: never before the one that it follows, so that no past balance is torn."""
    day = paris_day(at)
    given: date | None = next((inputs[name] for name in DATED_BY if inputs.get(name)), None)
    if given is None or subject.imported:
        return day
    query = select(func.max(LedgerEntry.day)).where(
        LedgerEntry.subject_type == subject.workflow.name, LedgerEntry.subject_id == subject.id
    )
    last: date | None = session.scalar(query)
    return max(given, last) if last else given


def _write(
    session: Session,
    subject: Subject,
    event: AuditEvent,
    source: LedgerAccount,
    target: LedgerAccount,
    amount: Decimal,
    *,
    day: date,
) -> None:
    if amount < 0:
        source, target, amount = target, source, -amount
    call_id, award_id = _owners(subject)
    session.add(
        LedgerEntry(
            day=day,
            booked_at=utc_now(),
            action=event.body["action"],
            subject_type=subject.workflow.name,
            subject_id=subject.id,
            subject_reference=subject.reference,
            event=event,
            call_id=call_id,
            award_id=award_id,
            lines=[
                LedgerLine(account=target, debit=amount, credit=ZERO),
                LedgerLine(account=source, debit=ZERO, credit=amount),
            ],
        )
    )


def _owners(subject: Subject) -> tuple[int, int | None]:
    """The call and the award that the euros belong to."""
    match subject:
        case Call():
            return subject.id, None
        case Award():
            return subject.call_id, subject.id
        case Disbursement() | Repayment() | Agreement():
            return subject.award.call_id, subject.award_id
    raise TypeError(f"the ledger has no owner for {type(subject).__name__}")


Balances = dict[LedgerAccount, Decimal]


def balances(
    session: Session, *, on: date | None = None, call_id: int | None = None, award_id: int | None = None
) -> Balances:
    """What lies in each account at the end of that day (now, without one): of the fund, of a call, of an award."""
    query = (
        select(LedgerLine.account, func.sum(LedgerLine.debit - LedgerLine.credit))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .group_by(LedgerLine.account)
    )
    if on is not None:
        query = query.where(LedgerEntry.day <= on)
    if call_id is not None:
        query = query.where(LedgerEntry.call_id == call_id)
    if award_id is not None:
        query = query.where(LedgerEntry.award_id == award_id)
    found: Balances = dict(session.execute(query).all())
    return {account: found.get(account, ZERO) for account in LedgerAccount}
