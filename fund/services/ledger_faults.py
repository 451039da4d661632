"""What the check of the ledger may find, and the ground on which it looks: subjects as their states have them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from fund.models import Award, Call, Disbursement, LedgerEntry, Repayment
from fund.services.ledger import ZERO
from workflows.award import AWARD
from workflows.call import CALL
from workflows.disbursement import DISBURSEMENT
from workflows.ledger import ORIGINS, PLACES
from workflows.repayment import REPAYMENT


class FaultCode(StrEnum):
    """What does not agree. ``expected`` and ``found`` of a fault are of the kind said beside it."""

    ENTRY_UNBALANCED = "entry_unbalanced"  # debits, credits
    ENTRY_WITHOUT_EVENT = "entry_without_event"  # action, nothing
    ENTRY_OF_OTHER_EVENT = "entry_of_other_event"  # action, action
    ENTRY_MISPLACED = "entry_misplaced"  # nothing: its call, award or reference is not its subject's
    ENTRY_MISDATED = "entry_misdated"  # day, day
    OPENING_NOT_FIRST = "opening_not_first"  # nothing
    EVENT_WITHOUT_ENTRY = "event_without_entry"  # action, nothing
    POSITION_DIFFERS = "position_differs"  # euros by the state, euros in the account
    STATE_DIFFERS = "state_differs"  # state by the journal, state
    ACCOUNT_NEGATIVE = "account_negative"  # nothing, euros
    ENVELOPE_EXCEEDED = "envelope_exceeded"  # envelope, awards
    SCHEDULE_UNBALANCED = "schedule_unbalanced"  # award, tranches
    PAID_DIFFERS = "paid_differs"  # tranches paid, ledger
    RECEIPTS_DIFFER = "receipts_differ"  # received amount, receipts


@dataclass(frozen=True, slots=True)
class LedgerFault:
    """One disagreement, of one subject; of one entry where ``entry`` names it."""

    code: FaultCode
    subject_type: str
    reference: str
    entry: int | None
    account: str | None
    expected: str | None
    found: str | None


def fault(
    code: FaultCode,
    *,
    kind: Any,
    reference: Any,
    entry: Any = None,
    account: Any = None,
    expected: Any = None,
    found: Any = None,
) -> Select[Any]:
    def text(value: Any) -> ColumnElement[Any]:
        return cast(null() if value is None else value, Text)

    return select(
        literal(code.value, Text).label("code"),
        text(kind).label("subject_type"),
        text(reference).label("reference"),
        cast(null() if entry is None else entry, BigInteger).label("entry"),
        text(account).label("account"),
        text(expected).label("expected"),
        text(found).label("found"),
    )


def standing() -> CTE:
    """Every subject that holds euros: whose they are, from where they come, where they lie, and how many."""
    return union_all(
        _stands(CALL.name, Call, call_id=Call.id, award_id=null(), lying=Call.envelope),
        _stands(AWARD.name, Award, call_id=Award.call_id, award_id=Award.id, lying=Award.amount),
        _stands(
            DISBURSEMENT.name,
            Disbursement,
            call_id=Award.call_id,
            award_id=Award.id,
            lying=Disbursement.amount,
        ).join(Award, Award.id == Disbursement.award_id),
        _stands(
            REPAYMENT.name,
            Repayment,
            call_id=Award.call_id,
            award_id=Award.id,
            lying=Repayment.amount - Repayment.received_amount,
            received=Repayment.received_amount,
        ).join(Award, Award.id == Repayment.award_id),
    ).cte("standing")


def _stands(
    kind: str, model: type[Any], *, call_id: Any, award_id: Any, lying: Any, received: Any = ZERO
) -> Select[Any]:
    places = {state.value: account.value for state, account in PLACES[kind].items()}
    state = type_coerce(model.state, Text)
    return select(
        literal(kind, Text).label("kind"),
        model.id.label("id"),
        model.reference.label("reference"),
        state.label("state"),
        cast(model.imported, Boolean).label("imported"),
        cast(call_id, BigInteger).label("call_id"),
        cast(award_id, BigInteger).label("award_id"),
        literal(ORIGINS[kind].value, Text).label("origin"),
        case(places, value=state).label("place"),
        lying.label("lying"),
        cast(received, Repayment.received_amount.type).label("received"),
    ).select_from(model)


def of_entry(standing: CTE) -> ColumnElement[bool]:
    return and_(standing.c.kind == LedgerEntry.subject_type, standing.c.id == LedgerEntry.subject_id)
