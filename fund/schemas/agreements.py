"""Agreements as people write them: how one is signed, who signs, a signature, an amendment."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from marshmallow import validates_schema
from marshmallow.exceptions import ValidationError

from config.settings import LOCALES
from fund.forms.fields import Choice, Day, Email, Input, Money, Problem, Text, YesNo
from fund.schemas.steps import REASON_LENGTH, ReasonInput

NAME_LENGTH = 200


class Language(StrEnum):
    """In which language an agreement is sent; the French text alone is binding."""

    FRENCH = LOCALES[0]
    ENGLISH = LOCALES[1]


class AgreementSettingsInput(Input):
    fund_signatory = Text(maximum=NAME_LENGTH, required=True, blank=False)
    fund_function = Text(maximum=NAME_LENGTH, load_default="")
    locale = Choice(Language, required=True)
    every_member = YesNo(load_default=False)


class SignerInput(Input):
    """Who signs for a member."""

    name = Text(maximum=NAME_LENGTH, required=True, blank=False)
    function = Text(maximum=NAME_LENGTH, load_default="")
    email = Email(required=True, blank=False)


class AddressInput(Input):
    email = Email(required=True, blank=False)


class SignatureInput(Input):
    """A signature under the text whose hash is ``digest``; ``has_read`` must be said."""

    name = Text(maximum=NAME_LENGTH, required=True, blank=False)
    function = Text(maximum=NAME_LENGTH, load_default="")
    accepts_contract = YesNo(load_default=False)
    has_read = YesNo(load_default=False)
    digest = Text(maximum=64, load_default="")

    @validates_schema
    def was_read(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("has_read"):
            raise ValidationError(Problem("reading_not_confirmed"), "has_read")


class RefusalInput(ReasonInput):
    reason = Text(maximum=REASON_LENGTH, required=True, blank=False)


class RefusalByLinkInput(RefusalInput):
    name = Text(maximum=NAME_LENGTH, required=True, blank=False)


class CopyInput(Input):
    signed_on = Day(required=True)


class AmendmentInput(Input):
    """What an amendment changes beside the schedule, and why."""

    reason = Text(maximum=REASON_LENGTH, required=True, blank=False)
    amount = Money(required=True, minimum=Decimal("0.01"))
    starts_on = Day(allow_none=True, load_default=None)
    ends_on = Day(allow_none=True, load_default=None)
