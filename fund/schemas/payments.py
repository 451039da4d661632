"""What comes in about files for the bank and its statements."""

from fund.forms.fields import Day, Input, Text

NOTE_LENGTH = 500


class PaymentFileInput(Input):
    """The day on which the bank is to pay; which tranches is a list of ticks."""

    execution_on = Day(required=True)


class MovementInput(Input):
    """What a person says of a movement: ``target`` is one of those offered (``order-12``), ``note`` why not."""

    target = Text(maximum=40, load_default="")
    note = Text(maximum=NOTE_LENGTH, load_default="")
