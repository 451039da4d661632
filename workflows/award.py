"""The award (attribution). Its agreement has a life of its own (``workflows.agreement``), which it follows."""

from enum import StrEnum
from typing import Any

from workflows.engine import Context, Step, Workflow
from workflows.guards import no_conflict_of_interest
from workflows.permissions import Permission
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Audience, Topic, tell


class AwardState(StrEnum):
    DRAFT = "draft"
    OFFERED = "offered"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class AwardStep(StrEnum):
    OFFER = "award.offer"
    SIGN = "award.sign"
    REFUSE = "award.refuse"
    SUSPEND = "award.suspend"
    RESUME = "award.resume"
    RECALL = "award.recall"
    CLOSE = "award.close"
    REOPEN = "award.reopen"
    CANCEL = "award.cancel"


def signature_is_not_ahead(_: Any, context: Context) -> Reason | None:
    signed_on = context.inputs.get("signed_on")
    if signed_on is None or signed_on <= context.today:
        return None
    return Reason(ReasonCode.SIGNATURE_DATE_AHEAD, field="signed_on")


def final_report_is_accepted(award: Any, _: Context) -> Reason | None:
    return None if award.has_accepted_final_report else Reason(ReasonCode.FINAL_REPORT_MISSING)


def every_tranche_is_settled(award: Any, _: Context) -> Reason | None:
    count = award.count_open_tranches()
    return Reason(ReasonCode.TRANCHES_OPEN, {"count": count}) if count else None


def no_repayment_is_open(award: Any, _: Context) -> Reason | None:
    count = award.count_open_repayments()
    return Reason(ReasonCode.REPAYMENTS_OPEN, {"count": count}) if count else None


def no_amendment_is_open(award: Any, _: Context) -> Reason | None:
    return Reason(ReasonCode.AMENDMENT_OPEN) if award.has_open_amendment else None


def no_money_is_out(award: Any, _: Context) -> Reason | None:
    if paid := award.paid_total:
        return Reason(ReasonCode.MONEY_PAID_OUT, {"amount": paid})
    sent = award.sent_total
    return Reason(ReasonCode.MONEY_UNDER_WAY, {"amount": sent}) if sent else None


AWARD = Workflow(
    name="award",
    states=AwardState,
    initial=AwardState.DRAFT,
    finals=(AwardState.REFUSED, AwardState.CANCELLED),
    steps=(
        Step(
            name=AwardStep.OFFER,
            sources=(AwardState.DRAFT,),
            target=AwardState.OFFERED,
            permission=Permission.AWARD_CONCLUDE,
        ),
        Step(
            name=AwardStep.RECALL,
            sources=(AwardState.OFFERED,),
            target=AwardState.DRAFT,
            permission=Permission.AWARD_CONCLUDE,
        ),
        Step(
            name=AwardStep.SIGN,
            sources=(AwardState.OFFERED,),
            target=AwardState.ACTIVE,
            permission=Permission.AWARD_CONCLUDE,
            checks=(signature_is_not_ahead,),
        ),
        Step(
            name=AwardStep.REFUSE,
            sources=(AwardState.OFFERED,),
            target=AwardState.REFUSED,
            permission=Permission.AWARD_CONCLUDE,
            needs_reason=True,
        ),
        Step(
            name=AwardStep.SUSPEND,
            sources=(AwardState.ACTIVE,),
            target=AwardState.SUSPENDED,
            permission=Permission.AWARD_MANAGE,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.AUTHORS, Topic.AWARD_SUSPENDED),),
            needs_reason=True,
        ),
        Step(
            name=AwardStep.RESUME,
            sources=(AwardState.SUSPENDED,),
            target=AwardState.ACTIVE,
            permission=Permission.AWARD_MANAGE,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.AUTHORS, Topic.AWARD_RESUMED),),
        ),
        Step(
            name=AwardStep.CLOSE,
            sources=(AwardState.ACTIVE,),
            target=AwardState.CLOSED,
            permission=Permission.AWARD_MANAGE,
            guards=(
                no_conflict_of_interest,
                final_report_is_accepted,
                every_tranche_is_settled,
                no_repayment_is_open,
                no_amendment_is_open,
            ),
        ),
        Step(
            name=AwardStep.REOPEN,
            sources=(AwardState.CLOSED,),
            target=AwardState.ACTIVE,
            permission=Permission.AWARD_REOPEN,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.OFFICERS, Topic.AWARD_REOPENED),),
            needs_reason=True,
        ),
        Step(
            name=AwardStep.CANCEL,
            sources=(AwardState.DRAFT, AwardState.OFFERED, AwardState.ACTIVE, AwardState.SUSPENDED),
            target=AwardState.CANCELLED,
            permission=Permission.AWARD_MANAGE,
            guards=(no_conflict_of_interest, no_money_is_out),
            needs_reason=True,
        ),
    ),
)
