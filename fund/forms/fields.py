"""The kinds of value that come in from outside, each with its own refusals.

A refusal is a ``Problem``: a code, with parameters, that the edge turns into a sentence in the reader's language
(``fund.edge.sentences``).
"""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate
from stdnum.fr import siren as siren_rules
from stdnum.fr import siret as siret_rules

from config.communes import find_commune
from workflows.engine import PARIS

MONEY_LIMIT = Decimal("999999999999.99")  # NUMERIC(14,2)
YEARS = range(1900, 2200)
INTEGER_LIMIT = 2**31 - 1


class Problem(str):
    """A code such as ``too_long``, with what its sentence needs."""

    __slots__ = ("params",)
    params: Mapping[str, Any]

    def __new__(cls, code: str, **params: Any) -> "Problem":
        problem = super().__new__(cls, code)
        problem.params = params
        return problem


SCHEMA_MESSAGES: dict[str, str] = {"unknown": Problem("unknown_field"), "type": Problem("not_an_object")}


class Input(Schema):
    """A body from outside. What no field takes is refused, so that a misspelt name is not lost silently."""

    class Meta:
        unknown = RAISE
        ordered = True

    error_messages = SCHEMA_MESSAGES


class PageInput(Input):
    """The same, from a form or a query string, where buttons and tokens travel along."""

    class Meta:
        unknown = EXCLUDE


Messages = dict[str, str | list[Any] | dict[Any, Any]]
COMMON: Messages = {
    "required": Problem("required"),
    "null": Problem("required"),
    "validator_failed": Problem("invalid"),
}


YES_NO: Messages = {**COMMON, "invalid": Problem("not_yes_or_no")}


class Text(fields.Field[str]):
    """A text of at most ``maximum`` characters, without NUL or stray control characters, in Unicode's NFC."""

    default_error_messages: Messages = COMMON

    def __init__(self, *, maximum: int, blank: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.maximum = maximum
        self.blank = blank

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # noqa: ARG002
        if not isinstance(value, str):
            raise ValidationError(Problem("not_a_text"))
        text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
        if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in text):
            raise ValidationError(Problem("control_characters"))
        if len(text) > self.maximum:
            raise ValidationError(Problem("too_long", maximum=self.maximum, length=len(text)))
        if not text and not self.blank:
            raise ValidationError(Problem("required"))
        return text


class Email(Text):
    """An address with one @ and a dotted host; whether it is read is known only when it is used."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(maximum=254, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        local, _, host = text.rpartition("@")
        if text and (not local or "." not in host.strip(".") or any(sign.isspace() for sign in text)):
            raise ValidationError(Problem("not_an_email"))
        return text


class Money(fields.Field[Decimal]):
    """An amount in euros with at most two decimals. Texts may be written the French way (« 12 450,50 »)."""

    default_error_messages: Messages = COMMON

    def __init__(self, *, minimum: Decimal = Decimal(0), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.minimum = minimum

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:  # noqa: ARG002
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            raise ValidationError(Problem("not_an_amount"))
        try:
            text = "".join(str(value).split()).removesuffix("€").replace(",", ".")
            amount = Decimal(text)
        except (InvalidOperation, ValueError) as error:  # ValueError: a whole number of thousands of digits
            raise ValidationError(Problem("not_an_amount")) from error
        if not amount.is_finite() or amount.copy_abs() > MONEY_LIMIT:  # abs() would overflow on 1e999999999
            raise ValidationError(Problem("not_an_amount"))
        # Counted as typed: "1.200" may well mean a thousand and two hundred, and must not become 1.20.
        if len(text.partition(".")[2]) > 2 and not isinstance(value, Decimal):
            raise ValidationError(Problem("too_many_decimals"))
        if amount != amount.quantize(Decimal("0.01")):
            raise ValidationError(Problem("too_many_decimals"))
        if amount < self.minimum:
            raise ValidationError(Problem("amount_too_small", minimum=self.minimum))
        return amount.quantize(Decimal("0.01"))

    def _serialize(self, value: Decimal | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        return None if value is None else f"{value:.2f}"


class Day(fields.Field[date]):
    """A calendar day, ``YYYY-MM-DD``."""

    default_error_messages: Messages = COMMON

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:  # noqa: ARG002
        try:
            day = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
        except ValueError:
            day = None
        if day is None or day.year not in YEARS:
            raise ValidationError(Problem("not_a_day"))
        return day

    def _serialize(self, value: date | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        return None if value is None else value.isoformat()


class Instant(fields.Field[datetime]):
    """An instant, ISO 8601. Without an offset (a form's field) it is Paris time."""

    default_error_messages: Messages = COMMON

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:  # noqa: ARG002
        try:
            instant = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        except ValueError:
            instant = None
        if instant is None or instant.year not in YEARS:
            raise ValidationError(Problem("not_an_instant"))
        return instant if instant.tzinfo else instant.replace(tzinfo=PARIS)

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        return None if value is None else value.isoformat()


class Whole(fields.Field[int]):
    """A whole number between two limits."""

    default_error_messages: Messages = COMMON

    def __init__(self, *, minimum: int = 0, maximum: int = INTEGER_LIMIT, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.minimum = minimum
        self.maximum = maximum

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:  # noqa: ARG002
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 10**18:
            value = str(value)
        text = value if isinstance(value, str) else ""
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20):
            raise ValidationError(Problem("not_a_whole_number"))
        if not self.minimum <= int(text) <= self.maximum:
            raise ValidationError(Problem("out_of_range", minimum=self.minimum, maximum=self.maximum))
        return int(text)


class YesNo(fields.Boolean):
    """Yes or no; a box that is not ticked is absent from a form."""

    default_error_messages: Messages = YES_NO


class Choice(fields.Field[StrEnum]):
    """A member of an enumeration, by its value."""

    default_error_messages: Messages = COMMON

    def __init__(self, enum: type[StrEnum], **kwargs: Any) -> None:
        super().__init__(metadata={"enum": [member.value for member in enum]}, **kwargs)
        self.enum = enum

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> StrEnum:  # noqa: ARG002
        try:
            return self.enum(value)
        except ValueError as error:
            allowed = ", ".join(self.enum)
            raise ValidationError(Problem("not_a_choice", allowed=allowed)) from error

    def _serialize(self, value: StrEnum | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        return None if value is None else value.value


class Siret(Text):
    """A SIRET: 14 digits, spaces and points forgiven; python-stdnum checks it (it knows La Poste's exception)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(maximum=40, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        number = siret_rules.compact("".join(text.split()))
        if number and not siret_rules.is_valid(number):
            is_siren = len(number) == 9 and siren_rules.is_valid(number)
            raise ValidationError(Problem("siren_for_siret" if is_siren else "not_a_siret"))
        return number


class Siren(Text):
    """The SIREN of an organisation: 9 digits, or a SIRET, of which the first 9 are kept; spaces forgiven."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(maximum=40, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        number = siren_rules.compact("".join(text.split()))
        if number and not (siren_rules.is_valid(number) or siret_rules.is_valid(number)):
            raise ValidationError(Problem("not_a_siren"))
        return number[:9]


class Rna(Text):
    """An RNA number: W and nine characters (letters where the département's code has them)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(maximum=40, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        number = "".join(text.split()).upper()
        is_rna = len(number) == 10 and number[0] == "W" and number[1:].isascii() and number[1:].isalnum()
        if number and not is_rna:
            raise ValidationError(Problem("not_an_rna"))
        return number


class Commune(Text):
    """The INSEE code of a commune that exists (not a postal code)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(maximum=5, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        code = super()._deserialize(value, attr, data, **kwargs)
        if code and find_commune(code) is None:
            raise ValidationError(Problem("not_a_commune"))
        return code


def list_of(item: Any, maximum: int, **kwargs: Any) -> fields.List[Any]:
    """A list of at most ``maximum`` of these."""
    too_many = Problem("too_many_rows", maximum=maximum)
    return fields.List(
        item,
        validate=validate.Length(max=maximum, error=too_many),
        error_messages={"invalid": Problem("not_a_list")},
        **kwargs,
    )


def nested(schema: type[Input], **kwargs: Any) -> fields.Nested:
    """An object of this shape."""
    return fields.Nested(schema, error_messages={**COMMON, "type": Problem("not_an_object")}, **kwargs)
