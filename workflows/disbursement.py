"""One tranche of an award and its payment (versement).

Two people pay: an officer orders, the treasury approves; the database refuses the same person twice.
"""

from enum import StrEnum
from typing import Any

from workflows.engine import Context, Step, Workflow
from workflows.guards import no_conflict_of_interest
from workflows.permissions import Permission, Role
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Audience, Topic, tell


class DisbursementState(StrEnum):
    PLANNED = "planned"
    DUE = "due"
    HELD = "held"
    ORDERED = "ordered"
    APPROVED = "approved"
    PAID = "paid"
    FAILED = "failed"
    REPAID = "repaid"
    CANCELLED = "cancelled"


class DisbursementStep(StrEnum):
    RELEASE = "disbursement.release"
    HOLD = "disbursement.hold"
    LIFT = "disbursement.lift"
    ORDER = "disbursement.order"
    REJECT = "disbursement.reject"
    APPROVE = "disbursement.approve"
    PAY = "disbursement.pay"
    FAIL = "disbursement.fail"
    REORDER = "disbursement.reorder"
    REPAY = "disbursement.repay"
    CANCEL = "disbursement.cancel"


def award_is_active(disbursement: Any, _: Context) -> Reason | None:
    return None if disbursement.award.is_active else Reason(ReasonCode.AWARD_NOT_ACTIVE)


def award_does_not_bind(disbursement: Any, _: Context) -> Reason | None:
    """A tranche falls away while the award is a draft, or once it was cancelled or refused; never in between."""
    award = disbursement.award
    free = award.is_draft or award.is_cancelled or award.is_refused
    return None if free else Reason(ReasonCode.AWARD_NOT_CANCELLED)


def due_date_is_reached(disbursement: Any, context: Context) -> Reason | None:
    if disbursement.due_on is None or disbursement.due_on <= context.today:
        return None
    return Reason(ReasonCode.NOT_YET_DUE, {"date": disbursement.due_on})


def awaited_report_is_accepted(disbursement: Any, _: Context) -> Reason | None:
    if not disbursement.needs_report or disbursement.award.has_accepted_report:
        return None
    return Reason(ReasonCode.REPORT_AWAITED)


def someone_else_ordered(disbursement: Any, context: Context) -> Reason | None:
    """Four eyes: whoever ordered a payment does not approve it (the import of history has no people)."""
    if context.actor.has_role(Role.IMPORT) or disbursement.ordered_by_id != context.actor.person_id:
        return None
    return Reason(ReasonCode.SAME_PERSON_TWICE)


def payment_is_dated(_: Any, context: Context) -> Reason | None:
    paid_on = context.inputs.get("paid_on")
    if paid_on is None:
        return Reason(ReasonCode.PAYMENT_DATE_MISSING, field="paid_on")
    if paid_on > context.today:
        return Reason(ReasonCode.PAYMENT_DATE_AHEAD, field="paid_on")
    return None


def repayment_is_dated(_: Any, context: Context) -> Reason | None:
    repaid_on = context.inputs.get("repaid_on")
    if repaid_on is None:
        return Reason(ReasonCode.PAYMENT_DATE_MISSING, field="repaid_on")
    if repaid_on > context.today:
        return Reason(ReasonCode.PAYMENT_DATE_AHEAD, field="repaid_on")
    return None


DISBURSEMENT = Workflow(
    name="disbursement",
    states=DisbursementState,
    initial=DisbursementState.PLANNED,
    finals=(DisbursementState.REPAID, DisbursementState.CANCELLED),
    steps=(
        Step(
            name=DisbursementStep.RELEASE,
            sources=(DisbursementState.PLANNED,),
            target=DisbursementState.DUE,
            permission=Permission.DISBURSEMENT_ORDER,
            guards=(no_conflict_of_interest, award_is_active, due_date_is_reached, awaited_report_is_accepted),
        ),
        Step(
            name=DisbursementStep.HOLD,
            sources=(DisbursementState.PLANNED, DisbursementState.DUE, DisbursementState.ORDERED),
            target=DisbursementState.HELD,
            permission=Permission.DISBURSEMENT_HOLD,
            guards=(no_conflict_of_interest,),
            needs_reason=True,
        ),
        Step(
            name=DisbursementStep.LIFT,
            sources=(DisbursementState.HELD,),
            target=DisbursementState.PLANNED,
            permission=Permission.DISBURSEMENT_HOLD,
            guards=(no_conflict_of_interest,),
            needs_reason=True,
        ),
        Step(
            name=DisbursementStep.ORDER,
            sources=(DisbursementState.DUE,),
            target=DisbursementState.ORDERED,
            permission=Permission.DISBURSEMENT_ORDER,
            guards=(award_is_active, no_conflict_of_interest),
            notifies=(tell(Audience.FINANCE, Topic.DISBURSEMENT_ORDERED),),
        ),
        Step(
            name=DisbursementStep.REJECT,
            sources=(DisbursementState.ORDERED,),
            target=DisbursementState.DUE,
            permission=Permission.DISBURSEMENT_PAY,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.OFFICERS, Topic.DISBURSEMENT_REJECTED),),
            needs_reason=True,
        ),
        Step(
            name=DisbursementStep.APPROVE,
            sources=(DisbursementState.ORDERED,),
            target=DisbursementState.APPROVED,
            permission=Permission.DISBURSEMENT_PAY,
            guards=(award_is_active, no_conflict_of_interest, someone_else_ordered),
        ),
        Step(
            name=DisbursementStep.PAY,
            sources=(DisbursementState.APPROVED,),
            target=DisbursementState.PAID,
            permission=Permission.DISBURSEMENT_PAY,
            guards=(award_is_active, no_conflict_of_interest),
            checks=(payment_is_dated,),
            notifies=(tell(Audience.AUTHORS, Topic.DISBURSEMENT_PAID),),
        ),
        Step(
            name=DisbursementStep.FAIL,
            sources=(DisbursementState.APPROVED, DisbursementState.PAID),
            target=DisbursementState.FAILED,
            permission=Permission.DISBURSEMENT_PAY,
            guards=(no_conflict_of_interest, award_is_active),
            notifies=(tell(Audience.OFFICERS, Topic.DISBURSEMENT_FAILED),),
            needs_reason=True,
        ),
        Step(
            name=DisbursementStep.REORDER,
            sources=(DisbursementState.FAILED,),
            target=DisbursementState.ORDERED,
            permission=Permission.DISBURSEMENT_ORDER,
            guards=(award_is_active, no_conflict_of_interest),
            notifies=(tell(Audience.FINANCE, Topic.DISBURSEMENT_ORDERED),),
        ),
        Step(
            name=DisbursementStep.REPAY,
            sources=(DisbursementState.PAID,),
            target=DisbursementState.REPAID,
            permission=Permission.DISBURSEMENT_PAY,
            guards=(no_conflict_of_interest,),
            checks=(repayment_is_dated,),
            needs_reason=True,
        ),
        Step(
            name=DisbursementStep.CANCEL,
            sources=(
                DisbursementState.PLANNED,
                DisbursementState.DUE,
                DisbursementState.HELD,
                DisbursementState.ORDERED,
                DisbursementState.APPROVED,
                DisbursementState.FAILED,
            ),
            target=DisbursementState.CANCELLED,
            permission=Permission.DISBURSEMENT_ORDER,
            guards=(no_conflict_of_interest, award_does_not_bind),
            needs_reason=True,
        ),
    ),
)
