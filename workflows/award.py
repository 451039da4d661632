"""The award and its agreement (attribution, convention)."""

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
    CLOSE = "award.close"
    CANCEL = "award.cancel"


def schedule_balances(award: Any, _: Context) -> Reason | None:
    total = award.tranche_total
    if total == award.amount:
        return None
    return Reason(ReasonCode.SCHEDULE_UNBALANCED, {"total": total, "amount": award.amount}, field="tranches")


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


def no_money_is_out(award: Any, _: Context) -> Reason | None:
    paid = award.paid_total
    return Reason(ReasonCode.MONEY_PAID_OUT, {"amount": paid}) if paid else None


AWARD = Workflow(
    name="award",
    states=AwardState,
    initial=AwardState.DRAFT,
    finals=(AwardState.CLOSED, AwardState.REFUSED, AwardState.CANCELLED),
    steps=(
        Step(
            name=AwardStep.OFFER,
            sources=(AwardState.DRAFT,),
            target=AwardState.OFFERED,
            permission=Permission.AWARD_MANAGE,
            guards=(no_conflict_of_interest, schedule_balances),
            notifies=(tell(Audience.AUTHORS, Topic.AWARD_OFFERED),),
        ),
        Step(
            name=AwardStep.SIGN,
            sources=(AwardState.OFFERED,),
            target=AwardState.ACTIVE,
            permission=Permission.AWARD_SIGN,
            checks=(signature_is_not_ahead,),
            notifies=(tell(Audience.OFFICERS, Topic.AWARD_SIGNED),),
        ),
        Step(
            name=AwardStep.REFUSE,
            sources=(AwardState.OFFERED,),
            target=AwardState.REFUSED,
            permission=Permission.AWARD_SIGN,
            notifies=(tell(Audience.OFFICERS, Topic.AWARD_REFUSED),),
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
            guards=(no_conflict_of_interest, final_report_is_accepted, every_tranche_is_settled),
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
