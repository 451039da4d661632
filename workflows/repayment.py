"""Money that an alliance is asked to pay back (reversement): what it did not spend, or spent on something else."""

from enum import StrEnum
from typing import Any

from workflows.engine import Context, Step, Workflow
from workflows.guards import no_conflict_of_interest
from workflows.permissions import Permission
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Audience, Topic, tell


class RepaymentState(StrEnum):
    ASKED = "asked"
    RECEIVED = "received"
    WAIVED = "waived"


class RepaymentStep(StrEnum):
    RECEIVE_PART = "repayment.receive_part"
    RECEIVE = "repayment.receive"
    WAIVE = "repayment.waive"


def receipt_is_dated(_: Any, context: Context) -> Reason | None:
    received_on = context.inputs.get("received_on")
    if received_on is None:
        return Reason(ReasonCode.PAYMENT_DATE_MISSING, field="received_on")
    return Reason(ReasonCode.PAYMENT_DATE_AHEAD, field="received_on") if received_on > context.today else None


def part_is_less_than_due(repayment: Any, context: Context) -> Reason | None:
    amount = context.inputs.get("amount")
    if amount is None or amount <= 0:
        return Reason(ReasonCode.AMOUNT_MISSING, field="amount")
    if amount >= repayment.outstanding:
        return Reason(ReasonCode.REPAYMENT_TOO_LARGE, {"outstanding": repayment.outstanding}, field="amount")
    return None


def someone_else_asked(repayment: Any, context: Context) -> Reason | None:
    """Whoever asked for the money does not give it up."""
    same = repayment.asked_by_id is not None and repayment.asked_by_id == context.actor.person_id
    return Reason(ReasonCode.SAME_PERSON_TWICE) if same else None


REPAYMENT = Workflow(
    name="repayment",
    states=RepaymentState,
    initial=RepaymentState.ASKED,
    finals=(RepaymentState.RECEIVED, RepaymentState.WAIVED),
    steps=(
        Step(
            name=RepaymentStep.RECEIVE_PART,
            sources=(RepaymentState.ASKED,),
            target=RepaymentState.ASKED,
            permission=Permission.REPAYMENT_RECEIVE,
            guards=(no_conflict_of_interest,),
            checks=(receipt_is_dated, part_is_less_than_due),
            notifies=(tell(Audience.AUTHORS, Topic.REPAYMENT_RECEIVED),),
        ),
        Step(
            name=RepaymentStep.RECEIVE,
            sources=(RepaymentState.ASKED,),
            target=RepaymentState.RECEIVED,
            permission=Permission.REPAYMENT_RECEIVE,
            guards=(no_conflict_of_interest,),
            checks=(receipt_is_dated,),
            notifies=(tell(Audience.AUTHORS, Topic.REPAYMENT_RECEIVED),),
        ),
        Step(
            name=RepaymentStep.WAIVE,
            sources=(RepaymentState.ASKED,),
            target=RepaymentState.WAIVED,
            permission=Permission.REPAYMENT_WAIVE,
            guards=(no_conflict_of_interest, someone_else_asked),
            notifies=(tell(Audience.AUTHORS, Topic.REPAYMENT_WAIVED),),
            needs_reason=True,
        ),
    ),
)
