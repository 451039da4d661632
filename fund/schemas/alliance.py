"""What people write about an alliance: its members, their answers, who writes the file, who vouches for it."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, validates_schema

from fund.forms.fields import Choice, Email, Input, Money, Problem, Text, YesNo
from fund.models import ConsentAnswer, Right
from fund.schemas.forms import OrganisationInput


class ShareInput(Input):
    """What a member brings, in euros. ``territory`` is a place as it is typed; the page finds its code."""

    part = Text(maximum=500, load_default="")
    contribution = Money(load_default=Decimal(0))
    in_kind = Money(load_default=Decimal(0))
    skills = Money(load_default=Decimal(0))
    skills_note = Text(maximum=500, load_default="")
    territory = Text(maximum=100, load_default="")
    commune = Text(maximum=100, load_default="")


class AllianceMemberInput(OrganisationInput, ShareInput):
    """A member other than the lead, with who answers for it."""

    representative_name = Text(maximum=200, load_default="")
    representative_email = Email(load_default="")
    representative_function = Text(maximum=200, load_default="")

    @validates_schema
    def representative_has_a_name(self, data: dict[str, Any], **_: Any) -> None:
        if data["representative_email"] and not data["representative_name"]:
            raise ValidationError(Problem("representative_needed"), "representative_name")


class ConsentInput(Input):
    """A member's answer. ``email`` is typed again, so that a forwarded link does not answer in another's name."""

    answer = Choice(ConsentAnswer, required=True)
    note = Text(maximum=2_000, load_default="")
    name = Text(maximum=200, required=True, blank=False)
    function = Text(maximum=200, required=True, blank=False)
    email = Email(required=True, blank=False)
    mandated = YesNo(load_default=False)

    @validates_schema
    def says_what_it_must(self, data: dict[str, Any], **_: Any) -> None:
        if data["answer"] is ConsentAnswer.CONFIRMED and not data["mandated"]:
            raise ValidationError(Problem("mandate_missing"), "mandated")
        if data["answer"] is not ConsentAnswer.CONFIRMED and not data["note"]:
            raise ValidationError(Problem("note_missing"), "note")


class InvitationInput(Input):
    name = Text(maximum=200, required=True, blank=False)
    email = Email(required=True, blank=False)
    right = Choice(Right, required=True)


class RightInput(Input):
    right = Choice(Right, required=True)


class EndorsementInput(Input):
    words = Text(maximum=2_000, required=True, blank=False)
    signed_name = Text(maximum=200, required=True, blank=False)


class AccountInput(Input):
    """Who wants an account."""

    name = Text(maximum=200, required=True, blank=False)
    email = Email(required=True, blank=False)


class AddressInput(Input):
    email = Email(required=True, blank=False)
