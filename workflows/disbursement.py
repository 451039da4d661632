"""One tranche of an award and its payment (versement).

Two people pay: an officer orders, the treasury approves; the database refuses the same person twice. What is
approved goes into a file for the bank (``workflows.payment_file``), or is paid by hand with a document for proof.
Imported history has no bank details, no evidence and no people.
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
    SENT = "sent"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


class HoldCause(StrEnum):
    """Why a tranche is held: an officer's own word, or what the program found and lifts by itself."""

    OFFICER = "officer"
    LATE_REPORT = "late_report"
    BANK_DETAILS = "bank_details"


class ConditionKind(StrEnum):
    """What a tranche may wait for, beside the agreement and its date."""

    REPORT_ACCEPTED = "report_accepted"
    COFINANCING_PROVEN = "cofinancing_proven"
    EXPENSE_EVIDENCE = "expense_evidence"


class DisbursementStep(StrEnum):
    RELEASE = "disbursement.release"
    HOLD = "disbursement.hold"
    LIFT = "disbursement.lift"
    REPLAN = "disbursement.replan"
    ORDER = "disbursement.order"
    REJECT = "disbursement.reject"
    APPROVE = "disbursement.approve"
    SEND = "disbursement.send"
    UNSEND = "disbursement.unsend"
    PAY = "disbursement.pay"
    FAIL = "disbursement.fail"
    REORDER = "disbursement.reorder"
    CANCEL = "disbursement.cancel"


def award_is_active(disbursement: Any, _: Context) -> Reason | None:
    return None if disbursement.award.is_active else Reason(ReasonCode.AWARD_NOT_ACTIVE)


def award_does_not_bind(disbursement: Any, context: Context) -> Reason | None:
    """A tranche falls away while the award is a draft, or once it was cancelled or refused.

    In between only the program takes one away: an amendment or the final account has another in its place.
    """
    award = disbursement.award
    free = award.is_draft or award.is_cancelled or award.is_refused or context.actor.has_role(Role.SYSTEM)
    return None if free else Reason(ReasonCode.AWARD_NOT_CANCELLED)


def due_date_is_reached(disbursement: Any, context: Context) -> Reason | None:
    if disbursement.due_on is None or disbursement.due_on <= context.today:
        return None
    return Reason(ReasonCode.NOT_YET_DUE, {"date": disbursement.due_on})


def awaited_report_is_accepted(disbursement: Any, _: Context) -> Reason | None:
    condition = disbursement.first_unmet(ConditionKind.REPORT_ACCEPTED)
    if condition is None:
        return None
    report = condition.report
    return Reason(
        ReasonCode.REPORT_AWAITED, {"report": report.reference, "final": report.final, "date": report.due_on}
    )


def cofinancing_is_proven(disbursement: Any, _: Context) -> Reason | None:
    condition = disbursement.first_unmet(ConditionKind.COFINANCING_PROVEN)
    return None if condition is None else Reason(ReasonCode.COFINANCING_UNPROVEN, {"label": condition.label})


def expenses_are_evidenced(disbursement: Any, _: Context) -> Reason | None:
    condition = disbursement.first_unmet(ConditionKind.EXPENSE_EVIDENCE)
    return None if condition is None else Reason(ReasonCode.EVIDENCE_AWAITED, {"label": condition.label})


def bank_details_are_verified(disbursement: Any, _: Context) -> Reason | None:
    """Also frozen while a change of them waits for its verification."""
    if disbursement.imported:
        return None
    beneficiary = disbursement.award.beneficiary
    if beneficiary.has_unverified_account:
        return Reason(ReasonCode.BANK_DETAILS_UNVERIFIED)
    return None if beneficiary.bank_account is not None else Reason(ReasonCode.BANK_DETAILS_MISSING)


def no_report_is_late(disbursement: Any, context: Context) -> Reason | None:
    report = disbursement.award.late_report(context.today)
    if disbursement.imported or report is None:
        return None
    return Reason(ReasonCode.REPORT_LATE, {"report": report.reference, "date": report.due_on})


def payment_is_proven(disbursement: Any, _: Context) -> Reason | None:
    """Paid by hand, a document says so; paid by a file, the bank does."""
    by_hand = disbursement.state is DisbursementState.APPROVED and not disbursement.imported
    if by_hand and disbursement.evidence_id is None:
        return Reason(ReasonCode.PAYMENT_EVIDENCE_MISSING)
    return None


def what_was_paid_stands(disbursement: Any, _: Context) -> Reason | None:
    """The bank cannot return what the alliance pays back: the same euros would come twice."""
    left = disbursement.award.net_paid
    if disbursement.state is not DisbursementState.PAID or left >= disbursement.amount:
        return None
    return Reason(ReasonCode.MONEY_ASKED_BACK, {"left": left})


PAYABLE = (bank_details_are_verified, no_report_is_late)


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


DISBURSEMENT = Workflow(
    name="disbursement",
    states=DisbursementState,
    initial=DisbursementState.PLANNED,
    finals=(DisbursementState.CANCELLED,),
    steps=(
        Step(
            name=DisbursementStep.RELEASE,
            sources=(DisbursementState.PLANNED,),
            target=DisbursementState.DUE,
            permission=Permission.DISBURSEMENT_ORDER,
            guards=(
                no_conflict_of_interest,
                award_is_active,
                due_date_is_reached,
                awaited_report_is_accepted,
                cofinancing_is_proven,
                expenses_are_evidenced,
                *PAYABLE,
            ),
        ),
        Step(
            name=DisbursementStep.HOLD,
            sources=(
                DisbursementState.PLANNED,
                DisbursementState.DUE,
                DisbursementState.ORDERED,
                DisbursementState.APPROVED,
            ),
            target=DisbursementState.HELD,
            permission=Permission.DISBURSEMENT_HOLD,
            guards=(no_conflict_of_interest,),
            notifies=(
                tell(Audience.OFFICERS, Topic.DISBURSEMENT_HELD),
                tell(Audience.FINANCE, Topic.DISBURSEMENT_HELD),
            ),
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
        # An amendment gave a tranche that was due another date or other conditions.
        Step(
            name=DisbursementStep.REPLAN,
            sources=(DisbursementState.DUE,),
            target=DisbursementState.PLANNED,
            permission=Permission.AWARD_CONCLUDE,
        ),
        Step(
            name=DisbursementStep.ORDER,
            sources=(DisbursementState.DUE,),
            target=DisbursementState.ORDERED,
            permission=Permission.DISBURSEMENT_ORDER,
            guards=(award_is_active, no_conflict_of_interest, *PAYABLE),
            notifies=(tell(Audience.FINANCE, Topic.DISBURSEMENT_ORDERED),),
        ),
        Step(
            name=DisbursementStep.REJECT,
            sources=(DisbursementState.ORDERED, DisbursementState.APPROVED),
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
            guards=(award_is_active, no_conflict_of_interest, someone_else_ordered, *PAYABLE),
        ),
        Step(
            name=DisbursementStep.SEND,
            sources=(DisbursementState.APPROVED,),
            target=DisbursementState.SENT,
            permission=Permission.DISBURSEMENT_SEND,
            guards=(award_is_active, *PAYABLE),
        ),
        Step(
            name=DisbursementStep.UNSEND,
            sources=(DisbursementState.SENT,),
            target=DisbursementState.APPROVED,
            permission=Permission.DISBURSEMENT_SEND,
        ),
        # What the bank did is a fact, whatever became of the award meanwhile.
        Step(
            name=DisbursementStep.PAY,
            sources=(DisbursementState.APPROVED, DisbursementState.SENT),
            target=DisbursementState.PAID,
            permission=Permission.DISBURSEMENT_PAY,
            guards=(no_conflict_of_interest, payment_is_proven),
            checks=(payment_is_dated,),
            notifies=(tell(Audience.AUTHORS, Topic.DISBURSEMENT_PAID),),
        ),
        Step(
            name=DisbursementStep.FAIL,
            sources=(DisbursementState.SENT, DisbursementState.PAID),
            target=DisbursementState.FAILED,
            permission=Permission.DISBURSEMENT_PAY,
            guards=(no_conflict_of_interest, what_was_paid_stands),
            notifies=(
                tell(Audience.OFFICERS, Topic.DISBURSEMENT_FAILED),
                tell(Audience.AUTHORS, Topic.DISBURSEMENT_FAILED),
            ),
            needs_reason=True,
        ),
        Step(
            name=DisbursementStep.REORDER,
            sources=(DisbursementState.FAILED,),
            target=DisbursementState.ORDERED,
            permission=Permission.DISBURSEMENT_ORDER,
            guards=(award_is_active, no_conflict_of_interest, *PAYABLE),
            notifies=(tell(Audience.FINANCE, Topic.DISBURSEMENT_ORDERED),),
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
