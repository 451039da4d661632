"""An agreement (convention, number 0) or one of its amendments (avenants): drafted, sent, signed by all."""

from enum import StrEnum
from typing import Any

from workflows.engine import Context, Step, Workflow
from workflows.guards import no_conflict_of_interest
from workflows.permissions import Permission
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Audience, Topic, tell


class AgreementState(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    SIGNED = "signed"
    REFUSED = "refused"
    DROPPED = "dropped"


class AgreementStep(StrEnum):
    SEND = "agreement.send"
    WITHDRAW = "agreement.withdraw"
    SIGN = "agreement.sign"
    REFUSE = "agreement.refuse"
    DROP = "agreement.drop"


def award_can_be_agreed(agreement: Any, _: Context) -> Reason | None:
    """The first agreement is sent while the award is a draft, an amendment while it is in force."""
    award = agreement.award
    ready = award.is_draft if agreement.number == 0 else (award.is_active or award.is_suspended)
    return None if ready else Reason(ReasonCode.AWARD_NOT_AGREEABLE)


def schedule_balances(agreement: Any, _: Context) -> Reason | None:
    total = agreement.tranche_total
    if total == agreement.amount:
        return None
    return Reason(ReasonCode.SCHEDULE_UNBALANCED, {"total": total, "amount": agreement.amount}, field="tranches")


def everybody_signed(agreement: Any, context: Context) -> Reason | None:
    """Imported history was signed elsewhere; a paper copy carries all signatures at once."""
    if agreement.imported or agreement.scan_id is not None or context.inputs.get("scan"):
        return None
    count = agreement.count_missing_signatures()
    return Reason(ReasonCode.SIGNATURES_MISSING, {"count": count}) if count else None


def is_an_amendment(agreement: Any, _: Context) -> Reason | None:
    """Without its agreement an award is cancelled, not dropped."""
    return Reason(ReasonCode.AWARD_NOT_AGREEABLE) if agreement.number == 0 else None


AGREEMENT = Workflow(
    name="agreement",
    states=AgreementState,
    initial=AgreementState.DRAFT,
    finals=(AgreementState.SIGNED, AgreementState.REFUSED, AgreementState.DROPPED),
    steps=(
        Step(
            name=AgreementStep.SEND,
            sources=(AgreementState.DRAFT,),
            target=AgreementState.SENT,
            permission=Permission.AWARD_MANAGE,
            guards=(no_conflict_of_interest, award_can_be_agreed, schedule_balances),
            notifies=(tell(Audience.AUTHORS, Topic.AGREEMENT_SENT),),
        ),
        Step(
            name=AgreementStep.WITHDRAW,
            sources=(AgreementState.SENT,),
            target=AgreementState.DRAFT,
            permission=Permission.AWARD_MANAGE,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.AUTHORS, Topic.AGREEMENT_WITHDRAWN),),
            needs_reason=True,
        ),
        Step(
            name=AgreementStep.SIGN,
            sources=(AgreementState.SENT,),
            target=AgreementState.SIGNED,
            permission=Permission.AWARD_CONCLUDE,
            guards=(everybody_signed,),
            notifies=(tell(Audience.AUTHORS, Topic.AGREEMENT_SIGNED), tell(Audience.OFFICERS, Topic.AWARD_SIGNED)),
        ),
        Step(
            name=AgreementStep.REFUSE,
            sources=(AgreementState.SENT,),
            target=AgreementState.REFUSED,
            permission=Permission.AGREEMENT_ANSWER,
            notifies=(tell(Audience.AUTHORS, Topic.AWARD_REFUSED), tell(Audience.OFFICERS, Topic.AWARD_REFUSED)),
            needs_reason=True,
        ),
        Step(
            name=AgreementStep.DROP,
            sources=(AgreementState.DRAFT,),
            target=AgreementState.DROPPED,
            permission=Permission.AWARD_MANAGE,
            guards=(no_conflict_of_interest, is_an_amendment),
        ),
    ),
)
