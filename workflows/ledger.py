"""Where the euros of a subject lie in each of its states: the ledger follows the states, and cannot forget one.

Every euro of the fund stands in one account at a time. A step that leads from a state to another moves the
subject's euros from the account of the one to that of the other: one debit, one credit, the same amount. A state
that is not named here holds no euro of its own.
"""

from collections.abc import Mapping
from enum import StrEnum

from workflows.award import AWARD, AwardState
from workflows.call import CALL, CallState
from workflows.disbursement import DISBURSEMENT, DisbursementState
from workflows.repayment import REPAYMENT, RepaymentState


class LedgerAccount(StrEnum):
    """In the order in which an euro passes through them."""

    ENDOWMENT = "endowment"  # what the fund has, against which envelopes are opened
    AVAILABLE = "available"  # in the envelope of a call, granted to nobody
    COMMITTED = "committed"  # granted
    APPROVED = "approved"  # to be paid: two people approved it
    ORDERED = "ordered"  # in a file that the bank has
    PAID = "paid"
    TO_RECOVER = "to_recover"  # paid, and asked back
    RECOVERED = "recovered"  # paid back


Places = Mapping[StrEnum, LedgerAccount]

PLACES: Mapping[str, Places] = {
    CALL.name: {
        CallState.DRAFT: LedgerAccount.ENDOWMENT,
        CallState.PUBLISHED: LedgerAccount.AVAILABLE,
        CallState.OPEN: LedgerAccount.AVAILABLE,
        CallState.CLOSED: LedgerAccount.AVAILABLE,
        CallState.SETTLED: LedgerAccount.AVAILABLE,
        CallState.CANCELLED: LedgerAccount.ENDOWMENT,
    },
    AWARD.name: {
        AwardState.DRAFT: LedgerAccount.COMMITTED,
        AwardState.OFFERED: LedgerAccount.COMMITTED,
        AwardState.ACTIVE: LedgerAccount.COMMITTED,
        AwardState.SUSPENDED: LedgerAccount.COMMITTED,
        AwardState.CLOSED: LedgerAccount.COMMITTED,
        AwardState.REFUSED: LedgerAccount.AVAILABLE,
        AwardState.CANCELLED: LedgerAccount.AVAILABLE,
    },
    DISBURSEMENT.name: {
        DisbursementState.PLANNED: LedgerAccount.COMMITTED,
        DisbursementState.DUE: LedgerAccount.COMMITTED,
        DisbursementState.HELD: LedgerAccount.COMMITTED,
        DisbursementState.ORDERED: LedgerAccount.COMMITTED,
        DisbursementState.APPROVED: LedgerAccount.APPROVED,
        DisbursementState.SENT: LedgerAccount.ORDERED,
        DisbursementState.PAID: LedgerAccount.PAID,
        DisbursementState.FAILED: LedgerAccount.COMMITTED,
        DisbursementState.CANCELLED: LedgerAccount.COMMITTED,
    },
    REPAYMENT.name: {
        RepaymentState.ASKED: LedgerAccount.TO_RECOVER,
        RepaymentState.RECEIVED: LedgerAccount.RECOVERED,
        RepaymentState.WAIVED: LedgerAccount.PAID,
    },
}

ORIGINS: Mapping[str, LedgerAccount] = {
    CALL.name: LedgerAccount.ENDOWMENT,
    AWARD.name: LedgerAccount.AVAILABLE,
    DISBURSEMENT.name: LedgerAccount.COMMITTED,
    REPAYMENT.name: LedgerAccount.PAID,
}
"""From where a new subject's euros come."""


def place_of(workflow: str, state: StrEnum | None) -> LedgerAccount | None:
    """The account in which a subject's euros lie; without a state, the one that they come from."""
    if workflow not in PLACES:
        return None
    return ORIGINS[workflow] if state is None else PLACES[workflow][state]
