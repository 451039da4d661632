"""The kinds of answer that a call's form takes beyond those of ``fields``, each with its own refusals."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields

from config.communes import commune_label, resolve_commune
from config.territories import LEVELS, Territory, exists, search_territories
from fund.forms.fields import COMMON, Messages, Money, Problem, Text

MOST_LISTED: Final = 5  # names offered in a refusal; more is for the page that searches

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,12})?")
_PHONE_SIGNS = re.compile(r"[\s.\-/()\u2010-\u2015]+")
_FRENCH_PHONE = re.compile(r"0[1-9][0-9]{8}")
_WORLD_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_OVERSEAS: Final = {  # beginnings of numbers that are dialled 0… in France and have a country code of their own
    **dict.fromkeys(("590", "690", "691"), "+590"),
    **dict.fromkeys(("594", "694"), "+594"),
    **dict.fromkeys(("596", "696", "697"), "+596"),
    **dict.fromkeys(("262", "263", "269", "639", "692", "693"), "+262"),
}
_ADDRESS: Final = ("street", "postcode", "commune")


class Answer(fields.Field[Any]):
    """An answer that may still be empty: null and blanks give ``empty``, all else is for ``inner``."""

    def __init__(self, inner: fields.Field[Any], empty: Callable[[], Any]) -> None:
        super().__init__(allow_none=True, pre_load=[_null_as_blank])
        self.inner = inner
        self.empty = empty

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str) and not value.strip():
            return self.empty()
        return self.inner.deserialize(value, attr, data, **kwargs)


def _null_as_blank(value: Any) -> Any:
    return "" if value is None else value


class Number(fields.Field[Decimal]):
    """A number, which may be written the French way (« 1 250,5 »)."""

    default_error_messages: Messages = COMMON

    def __init__(
        self, *, decimals: int = 0, minimum: Decimal | None = None, maximum: Decimal | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.decimals = decimals
        self.minimum = minimum
        self.maximum = maximum

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:  # noqa: ARG002
        number = _read_number(value)
        rounded = number.quantize(Decimal(1).scaleb(-self.decimals))
        if rounded != number:
            code = "not_a_whole_number" if self.decimals == 0 else "too_precise"
            raise ValidationError(Problem(code, decimals=self.decimals))
        if self.minimum is not None and number < self.minimum:
            raise ValidationError(Problem("number_too_small", limit=self.minimum))
        if self.maximum is not None and number > self.maximum:
            raise ValidationError(Problem("number_too_large", limit=self.maximum))
        return rounded


def _read_number(value: Any) -> Decimal:
    is_number = isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**15)
    text = str(value) if is_number and not isinstance(value, bool) else value
    if isinstance(text, str) and len(text) <= 60:
        plain = "".join(text.split()).replace("\N{MINUS SIGN}", "-").replace(",", ".")
        if _NUMBER.fullmatch(plain):
            return Decimal(plain)
    raise ValidationError(Problem("not_a_number"))


class Amount(Money):
    """An amount in euros, of at most ``maximum``."""

    def __init__(self, *, maximum: Decimal | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.maximum = maximum

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        amount = super()._deserialize(value, attr, data, **kwargs)
        if self.maximum is not None and amount > self.maximum:
            raise ValidationError(Problem("amount_too_large", maximum=self.maximum))
        return amount


class Telephone(Text):
    """A French number (0X XX XX XX XX) or an international one, kept as ``+33561…``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(maximum=40, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        digits = _PHONE_SIGNS.sub("", text.replace("(0)", ""))
        if digits.startswith("00"):
            digits = f"+{digits[2:]}"
        if _FRENCH_PHONE.fullmatch(digits):
            digits = _OVERSEAS.get(digits[1:4], "+33") + digits[1:]
        if not _WORLD_PHONE.fullmatch(digits) or (digits.startswith("+33") and len(digits) != 12):
            raise ValidationError(Problem("not_a_telephone"))
        return digits


class WebAddress(Text):
    """An address that a browser opens, with http or https; ``www.…`` gets https."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(maximum=2000, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        address = f"https://{text}" if text.lower().startswith("www.") else text
        if text and not _is_web_address(address):
            raise ValidationError(Problem("not_a_web_address"))
        return address


def _is_web_address(text: str) -> bool:
    if any(sign.isspace() or sign in '<>"\\`{}|^' for sign in text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port  # the port is looked at for its ValueError
    except ValueError:
        return False
    # A name before the host (https://bank.example@elsewhere.example) serves only to mislead.
    return parts.scheme in ("http", "https") and "." in host.strip(".") and "@" not in parts.netloc


class OneOption(fields.Field[str]):
    """One of the values offered."""

    default_error_messages: Messages = COMMON

    def __init__(self, offered: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.offered = frozenset(offered)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # noqa: ARG002
        if not isinstance(value, str):
            raise ValidationError(Problem("not_a_text"))
        if value not in self.offered:
            raise ValidationError(Problem("not_an_option"))
        return value


class Texts(fields.Field[list[str]]):
    """A list of texts, blanks left out, none of them twice, at most ``maximum``."""

    default_error_messages: Messages = COMMON

    def __init__(self, *, maximum: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.maximum = maximum
        self.text = Text(maximum=300)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:  # noqa: ARG002
        if not isinstance(value, list):
            raise ValidationError(Problem("not_a_list"))
        written = [text for text in map(self.text.deserialize, value) if text]
        if len(written) > self.maximum:
            raise ValidationError(Problem("too_many_choices", maximum=self.maximum, count=len(written)))
        read = [self.read(text) for text in written]
        if len(set(read)) < len(read):
            raise ValidationError(Problem("choice_twice"))
        return read

    def read(self, text: str) -> str:
        """The value that one text means. Raises ValidationError."""
        return text


class SeveralOptions(Texts):
    """Some of the values offered."""

    def __init__(self, offered: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.offered = frozenset(offered)

    def read(self, text: str) -> str:
        if text not in self.offered:
            raise ValidationError(Problem("not_an_option"))
        return text


class Territories(Texts):
    """Codes of territories (``dep:31``) of the ``levels`` asked for; typed names are looked up."""

    def __init__(self, levels: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.levels = tuple(levels) or LEVELS

    def read(self, text: str) -> str:
        if exists(text):
            if text.partition(":")[0] not in self.levels:
                raise ValidationError(Problem("territory_of_other_level", levels=",".join(self.levels)))
            return text
        found = _search(text, self.levels)
        named = [place for place in found if _is_name_of(text, place.label)]
        certain = named if len(named) == 1 else found
        if len(certain) == 1:
            return certain[0].code
        if not found:
            raise ValidationError(Problem("not_a_place", text=text[:100]))
        raise ValidationError(Problem("which_place", names=_listed([place.label for place in found])))


@lru_cache(maxsize=1024)
def _search(text: str, levels: tuple[str, ...]) -> tuple[Territory, ...]:
    """Kept, because what was typed is judged at every reading of a file."""
    return tuple(search_territories(text[:100], levels, MOST_LISTED + 1))


def _is_name_of(text: str, label: str) -> bool:
    return text.casefold() in (label.casefold(), label.partition(" (")[0].casefold())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_LISTED]) + (", …" if len(names) > MOST_LISTED else "")


class Address(fields.Field[dict[str, str] | None]):
    """``{"street", "postcode", "commune"}`` as typed becomes ``{"street", "postcode", "commune_code"}``."""

    default_error_messages: Messages = COMMON

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.street = Text(maximum=300)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str] | None:  # noqa: ARG002
        if not isinstance(value, Mapping):
            raise ValidationError(Problem("not_an_object"))
        if not set(value) <= set(_ADDRESS):
            raise ValidationError(Problem("unknown_field"))
        street, postcode, commune = (self.street.deserialize(value.get(part) or "") for part in _ADDRESS)
        if not (street or postcode or commune):
            return None
        return {"street": street, "postcode": _postcode(postcode), "commune_code": _commune_code(commune)}


def is_whole_address(value: Mapping[str, str]) -> bool:
    return all(value.values())


def _postcode(text: str) -> str:
    digits = "".join(text.split())
    if digits and not (len(digits) == 5 and digits.isascii() and digits.isdigit()):
        raise ValidationError(Problem("not_a_postcode"))
    return digits


def _commune_code(text: str) -> str:
    if not text:
        return ""
    code, candidates = resolve_commune(text)
    if code is not None:
        return code
    if candidates:
        names = [commune_label(commune.code) for commune in candidates]
        raise ValidationError(Problem("which_place", names=_listed(names)))
    is_code = len(text) == 5 and text[-3:].isdigit()
    raise ValidationError(Problem("not_a_commune") if is_code else Problem("not_a_place", text=text[:100]))
