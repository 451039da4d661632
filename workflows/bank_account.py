"""The bank details of an organisation (coordonnées bancaires): entered by one person, verified by another."""

from enum import StrEnum
from typing import Any

from workflows.engine import Context, Step, Workflow
from workflows.guards import no_conflict_of_interest
from workflows.permissions import Permission
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Audience, Topic, tell


class BankAccountState(StrEnum):
    PROPOSED = "proposed"
    VERIFIED = "verified"
    REJECTED = "rejected"
    CLOSED = "closed"


class VerifiedHow(StrEnum):
    """By which other channel than the one the details came through."""

    CALL_BACK = "call_back"  # a telephone number known before
    MEETING = "meeting"
    BANK = "bank"  # the bank's own confirmation
    LETTER = "letter"


class BankAccountStep(StrEnum):
    VERIFY = "bank_account.verify"
    REJECT = "bank_account.reject"
    CLOSE = "bank_account.close"


def someone_else_entered(account: Any, context: Context) -> Reason | None:
    """Two people: the database too refuses that one enters and verifies."""
    if account.entered_by_id != context.actor.person_id:
        return None
    return Reason(ReasonCode.BANK_DETAILS_OWN)


def channel_is_named(_: Any, context: Context) -> Reason | None:
    if context.inputs.get("verified_how") and str(context.inputs.get("verified_note") or "").strip():
        return None
    return Reason(ReasonCode.BANK_CHANNEL_MISSING, field="verified_note")


BANK_ACCOUNT = Workflow(
    name="bank_account",
    states=BankAccountState,
    initial=BankAccountState.PROPOSED,
    finals=(BankAccountState.REJECTED, BankAccountState.CLOSED),
    steps=(
        Step(
            name=BankAccountStep.VERIFY,
            sources=(BankAccountState.PROPOSED,),
            target=BankAccountState.VERIFIED,
            permission=Permission.BANK_VERIFY,
            guards=(no_conflict_of_interest, someone_else_entered),
            checks=(channel_is_named,),
            notifies=(tell(Audience.BANK_PARTIES, Topic.BANK_ACCOUNT_VERIFIED),),
        ),
        Step(
            name=BankAccountStep.REJECT,
            sources=(BankAccountState.PROPOSED,),
            target=BankAccountState.REJECTED,
            permission=Permission.BANK_VERIFY,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.BANK_PARTIES, Topic.BANK_ACCOUNT_REJECTED),),
            needs_reason=True,
        ),
        Step(
            name=BankAccountStep.CLOSE,
            sources=(BankAccountState.VERIFIED,),
            target=BankAccountState.CLOSED,
            permission=Permission.BANK_CLOSE,
            guards=(no_conflict_of_interest,),
            needs_reason=True,
        ),
    ),
)
