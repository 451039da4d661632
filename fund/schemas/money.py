"""What comes in about money beside the steps: bank details, a demand for repayment, an award brought down."""

from decimal import Decimal

from fund.forms.fields import Day, Input, Money, Text
from fund.schemas.steps import REASON_LENGTH

NOTE_LENGTH = 500


class BankDetailsInput(Input):
    """``iban`` and ``bic`` as people type them; without a BIC, the one that the IBAN tells."""

    holder = Text(maximum=140, required=True, blank=False)
    iban = Text(maximum=60, required=True, blank=False)
    bic = Text(maximum=20, load_default="")


class RepaymentInput(Input):
    """``amount`` in euros; without ``due_on``, the usual time to pay."""

    amount = Money(required=True, minimum=Decimal("0.01"))
    due_on = Day(allow_none=True, load_default=None)
    reason = Text(maximum=REASON_LENGTH, required=True, blank=False)


class ReductionInput(Input):
    """What the award is brought down to, in euros."""

    amount = Money(required=True, minimum=Decimal("0.01"))
    reason = Text(maximum=REASON_LENGTH, required=True, blank=False)


class ConfirmInput(Input):
    """How a condition was proven."""

    note = Text(maximum=NOTE_LENGTH, required=True, blank=False)
