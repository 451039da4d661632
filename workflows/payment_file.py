"""A file of transfers for the bank (fichier de virements): made once, handed over, answered."""

from enum import StrEnum
from typing import Any

from workflows.engine import Context, Step, Workflow
from workflows.permissions import Permission
from workflows.reasons import Reason, ReasonCode


class PaymentFileState(StrEnum):
    MADE = "made"
    TRANSMITTED = "transmitted"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class PaymentFileStep(StrEnum):
    TRANSMIT = "payment_file.transmit"
    CANCEL = "payment_file.cancel"
    SETTLE = "payment_file.settle"


def every_order_is_answered(file: Any, _: Context) -> Reason | None:
    count = file.count_unanswered()
    return Reason(ReasonCode.ORDERS_UNANSWERED, {"count": count}) if count else None


def no_order_is_answered(file: Any, _: Context) -> Reason | None:
    """What the bank has carried out is not called back by a button."""
    return Reason(ReasonCode.ORDERS_ANSWERED) if file.has_answers else None


PAYMENT_FILE = Workflow(
    name="payment_file",
    states=PaymentFileState,
    initial=PaymentFileState.MADE,
    finals=(PaymentFileState.SETTLED, PaymentFileState.CANCELLED),
    steps=(
        Step(
            name=PaymentFileStep.TRANSMIT,
            sources=(PaymentFileState.MADE,),
            target=PaymentFileState.TRANSMITTED,
            permission=Permission.PAYMENT_FILE_MANAGE,
        ),
        Step(
            name=PaymentFileStep.CANCEL,
            sources=(PaymentFileState.MADE, PaymentFileState.TRANSMITTED),
            target=PaymentFileState.CANCELLED,
            permission=Permission.PAYMENT_FILE_MANAGE,
            guards=(no_order_is_answered,),
            needs_reason=True,
        ),
        Step(
            name=PaymentFileStep.SETTLE,
            sources=(PaymentFileState.MADE, PaymentFileState.TRANSMITTED),
            target=PaymentFileState.SETTLED,
            permission=Permission.PAYMENT_FILE_SETTLE,
            guards=(every_order_is_answered,),
        ),
    ),
)
