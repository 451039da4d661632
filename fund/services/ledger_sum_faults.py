"""Amounts: what the states say, what the ledger holds, and the limits that neither may pass."""

from typing import Any

from sqlalchemy import CTE, Select, Subquery, Text, and_, func, literal, select, type_coerce, union_all

from fund.models import Award, Call, Disbursement, LedgerEntry, LedgerLine, Repayment, RepaymentReceipt
from fund.models.award import SIGNED_STATES
from fund.services.ledger_faults import FaultCode, fault
from workflows.award import AWARD
from workflows.call import CALL
from workflows.disbursement import DisbursementState
from workflows.ledger import PLACES, LedgerAccount
from workflows.repayment import REPAYMENT

UNBOUNDED = (LedgerAccount.ENDOWMENT, LedgerAccount.AVAILABLE)
"""The accounts from which euros come: of an award they are below zero."""


def sum_faults(standing: CTE) -> list[Select[Any]]:
    return [
        _elsewhere(standing),
        _negative(),
        _beyond_envelope(),
        _unscheduled(),
        _paid_otherwise(),
        _received_otherwise(),
    ]


def _elsewhere(standing: CTE) -> Select[Any]:
    """Subjects whose state and amount say something else than the ledger holds."""
    due, held = _due(standing), _held()
    same = and_(due.c.kind == held.c.kind, due.c.id == held.c.id, due.c.account == held.c.account)
    kind, id_ = func.coalesce(due.c.kind, held.c.kind), func.coalesce(due.c.id, held.c.id)
    expected, found = func.coalesce(due.c.amount, 0), func.coalesce(held.c.amount, 0)
    return (
        fault(
            FaultCode.POSITION_DIFFERS,
            kind=kind,
            # The ledger alone knows what a subject that is gone was called.
            reference=func.coalesce(standing.c.reference, held.c.reference),
            account=func.coalesce(due.c.account, held.c.account),
            expected=expected,
            found=found,
        )
        .select_from(due.join(held, same, full=True))
        .outerjoin(standing, and_(standing.c.kind == kind, standing.c.id == id_))
        .where(expected != found)
    )


def _due(standing: CTE) -> Subquery:
    """What each account should hold of each subject, by its state."""
    own = (standing.c.kind, standing.c.id)
    recovered, paid = literal(LedgerAccount.RECOVERED.value, Text), literal(LedgerAccount.PAID.value, Text)
    sides = union_all(
        select(*own, standing.c.place.label("account"), standing.c.lying.label("amount")),
        select(*own, standing.c.origin, -standing.c.lying),
        select(*own, recovered, standing.c.received).where(standing.c.received != 0),
        select(*own, paid, -standing.c.received).where(standing.c.received != 0),
    ).subquery("sides")
    amount = func.sum(sides.c.amount)
    return (
        select(sides.c.kind, sides.c.id, sides.c.account, amount.label("amount"))
        .group_by(sides.c.kind, sides.c.id, sides.c.account)
        .having(amount != 0)
        .subquery("due")
    )


def _held() -> Subquery:
    """What the ledger holds of each subject, by account."""
    amount = func.sum(LedgerLine.debit - LedgerLine.credit)
    return (
        select(
            LedgerEntry.subject_type.label("kind"),
            LedgerEntry.subject_id.label("id"),
            func.max(LedgerEntry.subject_reference).label("reference"),
            type_coerce(LedgerLine.account, Text).label("account"),
            amount.label("amount"),
        )
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .group_by(LedgerEntry.subject_type, LedgerEntry.subject_id, LedgerLine.account)
        .having(amount != 0)
        .subquery("held")
    )


def _negative() -> Select[Any]:
    amount = func.sum(LedgerLine.debit - LedgerLine.credit)
    return (
        fault(
            FaultCode.ACCOUNT_NEGATIVE,
            kind=literal(AWARD.name, Text),
            reference=func.max(Award.reference),
            account=type_coerce(LedgerLine.account, Text),
            found=amount,
        )
        .select_from(LedgerEntry)
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .join(Award, Award.id == LedgerEntry.award_id)
        .where(LedgerLine.account.not_in(UNBOUNDED))
        .group_by(LedgerEntry.award_id, LedgerLine.account)
        .having(amount < 0)
    )


def _beyond_envelope() -> Select[Any]:
    weighing = [state for state, place in PLACES[AWARD.name].items() if place is LedgerAccount.COMMITTED]
    awarded = func.sum(Award.amount)
    return (
        fault(
            FaultCode.ENVELOPE_EXCEEDED,
            kind=literal(CALL.name, Text),
            reference=Call.reference,
            expected=Call.envelope,
            found=awarded,
        )
        .select_from(Call)
        .join(Award, Award.call_id == Call.id)
        .where(Award.state.in_(weighing))
        .group_by(Call.id)
        .having(awarded > Call.envelope)
    )


def _unscheduled() -> Select[Any]:
    planned = func.coalesce(func.sum(Disbursement.amount), 0)
    live = and_(Disbursement.award_id == Award.id, Disbursement.state != DisbursementState.CANCELLED)
    return (
        fault(
            FaultCode.SCHEDULE_UNBALANCED,
            kind=literal(AWARD.name, Text),
            reference=Award.reference,
            expected=Award.amount,
            found=planned,
        )
        .select_from(Award)
        .outerjoin(Disbursement, live)
        .where(Award.state.in_(SIGNED_STATES))
        .group_by(Award.id)
        .having(planned != Award.amount)
    )


def _paid_otherwise() -> Select[Any]:
    """Awards of whose paid tranches the ledger tells another sum: paid, asked back and paid back together."""
    out = (LedgerAccount.PAID, LedgerAccount.TO_RECOVER, LedgerAccount.RECOVERED)
    ledger = (
        select(LedgerEntry.award_id, func.sum(LedgerLine.debit - LedgerLine.credit).label("amount"))
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .where(LedgerLine.account.in_(out))
        .group_by(LedgerEntry.award_id)
        .subquery("gone_out")
    )
    tranches = (
        select(Disbursement.award_id, func.sum(Disbursement.paid_amount).label("amount"))
        .where(Disbursement.state == DisbursementState.PAID)
        .group_by(Disbursement.award_id)
        .subquery("tranches_paid")
    )
    expected, found = func.coalesce(tranches.c.amount, 0), func.coalesce(ledger.c.amount, 0)
    return (
        fault(
            FaultCode.PAID_DIFFERS,
            kind=literal(AWARD.name, Text),
            reference=Award.reference,
            expected=expected,
            found=found,
        )
        .select_from(Award)
        .outerjoin(tranches, tranches.c.award_id == Award.id)
        .outerjoin(ledger, ledger.c.award_id == Award.id)
        .where(expected != found)
    )


def _received_otherwise() -> Select[Any]:
    received = func.coalesce(func.sum(RepaymentReceipt.amount), 0)
    return (
        fault(
            FaultCode.RECEIPTS_DIFFER,
            kind=literal(REPAYMENT.name, Text),
            reference=Repayment.reference,
            expected=Repayment.received_amount,
            found=received,
        )
        .select_from(Repayment)
        .outerjoin(RepaymentReceipt, RepaymentReceipt.repayment_id == Repayment.id)
        .group_by(Repayment.id)
        .having(received != Repayment.received_amount)
    )
