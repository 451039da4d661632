"""What comes in from a round of discussion between reviewers."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, validates_schema

from fund.forms.answers import Number
from fund.forms.fields import Input, Instant, Problem, Text, YesNo

QUESTION_LENGTH = 2_000
NOTE_LENGTH = 4_000
REPORT_LENGTH = 10_000


class OpeningInput(Input):
    """What the reviewers are asked to talk about, and until when (Paris time without an offset)."""

    question = Text(maximum=QUESTION_LENGTH, required=True, blank=False)
    due_at = Instant(allow_none=True, load_default=None)


class NoteInput(Input):
    text = Text(maximum=NOTE_LENGTH, required=True, blank=False)


class ReportInput(Input):
    """``score``: the score agreed on, 0 to 100; without one the readings stand."""

    report = Text(maximum=REPORT_LENGTH, required=True, blank=False)
    score = Number(decimals=2, minimum=Decimal(0), maximum=Decimal(100), allow_none=True, load_default=None)


class PositionInput(Input):
    agrees = YesNo(required=True)
    dissent = Text(maximum=NOTE_LENGTH, load_default="")

    @validates_schema
    def dissent_is_said(self, data: dict[str, Any], **_: Any) -> None:
        if not data["agrees"] and not data["dissent"]:
            raise ValidationError(Problem("dissent_missing"), "dissent")
