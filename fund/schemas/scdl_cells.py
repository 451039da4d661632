"""Cells of published award files, as people and spreadsheets write them, turned into exact values.

Every function takes a cell's text without margins and not blank, and raises CellFault when it cannot be read
with certainty. The rule throughout: a spelling is accepted when it can mean one thing only.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from stdnum.exceptions import ValidationError
from stdnum.fr import siret

from fund.forms.shielding import shielded, unshielded
from fund.schemas.scdl import MAX_RAE, MAX_TEXT, MIN_SHARE, Nature, PaymentCondition, Reason

_MAX_AMOUNT = Decimal("999999999999.99")  # the database keeps NUMERIC(14, 2)
_MAX_NUMBER = 40  # characters; longer is no amount, and Decimal would take its time over a million digits
_YEARS = range(1900, 2101)
_MILLIONTH = Decimal("0.000001")

_ISO_DAY = r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:[T ]00:00(?::00(?:\.0+)?)?)?"
_FRENCH_DAY = r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}(?: 00:00(?::00)?)?"
_DAY = f"(?:{_ISO_DAY}|{_FRENCH_DAY})"
_PERIOD = re.compile(rf"(?:du\s+)?({_DAY})(?:\s*(?:/|_|;|-|–|\bau\b|\bà)\s*({_DAY}))?", re.IGNORECASE)

_NATURES = {
    frozenset({"numeraire"}): Nature.CASH,
    frozenset({"nature"}): Nature.IN_KIND,
    frozenset({"numeraire", "nature"}): Nature.CASH_AND_IN_KIND,
}
_CONDITIONS = {
    "unique": PaymentCondition.SINGLE,
    "echelonne": PaymentCondition.STAGGERED,
    "autre": PaymentCondition.OTHER,
}
_YES_OR_NO = dict.fromkeys(("oui", "vrai", "true", "1"), True) | dict.fromkeys(
    ("non", "faux", "false", "0"), False
)


class CellFault(ValueError):
    """A cell that cannot be read; ``params`` complete the sentence of the reason."""

    def __init__(self, reason: Reason, **params: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.params = params


def folded(text: str) -> str:
    """Lower case, without accents, single spaces."""
    plain = re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFKD", text.casefold()))
    return " ".join(plain.split())


def read_text(cell: str) -> str:
    """A name, an object, a reference: exact, but for the apostrophe that shields formulas (see ``shielded``)."""
    text = unshielded(cell)
    if len(shielded(text)) > MAX_TEXT:
        raise CellFault(Reason.TOO_LONG, limit=MAX_TEXT)
    return text


def read_rae(cell: str) -> str:
    """A number of the register of aids to companies, also where a spreadsheet made it ``12345.0``."""
    number = re.sub(r"(?<=[0-9])[.,]0+\Z", "", cell)
    if len(number) > MAX_RAE:
        raise CellFault(Reason.TOO_LONG, limit=MAX_RAE)
    return number


def read_siret(cell: str) -> str:
    """A SIRET: 14 digits whose checksum holds (python-stdnum; it knows the exception of La Poste).

    Accepted: spaces; ``44137080600016.0`` and an exponent with all digits, as spreadsheets write; one or two
    leading zeros lost, when the checksum holds with them. Refused: an exponent with fewer digits
    (``4.41370806e+13``) and the number ``00000`` of an establishment, which does not exist: the last digits were
    rounded away and cannot be known.
    """
    digits = _unfloated(re.sub(r"[\s\u200b'’]", "", cell))
    if not re.fullmatch(r"[0-9]+", digits):
        raise CellFault(Reason.SIRET_MALFORMED)
    if len(digits) in (12, 13):
        restored = digits.zfill(14)
        if siret.is_valid(restored):
            return restored
    if len(digits) != 14:
        raise CellFault(Reason.SIRET_LENGTH, found=len(digits))
    if digits.endswith("00000"):
        raise CellFault(Reason.SIRET_ROUNDED)
    try:
        return str(siret.validate(digits))
    except ValidationError:
        raise CellFault(Reason.SIRET_CHECKSUM) from None


def _unfloated(text: str) -> str:
    """The digits of a number that a spreadsheet took for a measure."""
    whole = re.fullmatch(r"([0-9]+)[.,]0*", text)
    if whole:
        return whole[1]
    power = re.fullmatch(r"([0-9])[.,]?([0-9]*)[eE]\+?([0-9]{1,2})", text)
    if not power:
        return text
    digits = power[1] + power[2]
    if len(digits) != int(power[3]) + 1:
        raise CellFault(Reason.SIRET_ROUNDED)
    return digits


def read_rna(cell: str) -> str:
    """An RNA: W, three signs for the prefecture (digits, or letters in Corsica and overseas), six digits."""
    number = re.sub(r"\s", "", cell).upper()
    if not re.fullmatch(r"W[0-9A-Z]{3}[0-9]{6}", number):
        raise CellFault(Reason.RNA_MALFORMED)
    return number


def read_date(cell: str) -> date:
    """A day: ``2017-04-13``, ``2017/04/13``, or the French order ``13/04/2017``; midnight after it is ignored.

    The day comes before the month wherever the year comes last: the files are French.
    """
    if not re.fullmatch(_DAY, cell):
        raise CellFault(Reason.DATE_MALFORMED)
    first, second, third = re.findall(r"[0-9]+", cell)[:3]
    year, month, day = (first, second, third) if len(first) == 4 else (third, second, first)
    if int(year) not in _YEARS:
        raise CellFault(Reason.DATE_IMPOSSIBLE)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise CellFault(Reason.DATE_IMPOSSIBLE) from None


def read_period(cell: str) -> tuple[date, date | None]:
    """One day, or two joined by ``/``, ``_`` (the decree of 2017), ``;``, ``-`` or ``au``.

    A day that does not exist and a period that ends before it begins are refused: the dates of payments go into
    the journal, and which of the two was meant is not ours to guess.
    """
    period = _PERIOD.fullmatch(cell)
    if not period:
        raise CellFault(Reason.PERIOD_MALFORMED)
    start = read_date(period[1])
    end = read_date(period[2]) if period[2] else None
    if end is not None and end < start:
        raise CellFault(Reason.PERIOD_INVERTED)
    return start, end


def read_amount(cell: str) -> Decimal:
    """An amount in euros above zero, to the cent.

    Accepted: decimal point or comma; thousands apart by any space, or by the other sign (``1.234,56``); the euro
    sign. Refused: three digits after a single sign (``10.000``), which may be ten euros or ten thousand.
    """
    text = re.sub(r"(?:€|eur|euros?)\Z", "", re.sub(r"\s", "", cell), flags=re.IGNORECASE)
    if len(text) > _MAX_NUMBER:
        raise CellFault(Reason.AMOUNT_MALFORMED)
    amount = _decimal(text)
    if amount <= 0:
        raise CellFault(Reason.AMOUNT_NOT_POSITIVE)
    if amount > _MAX_AMOUNT:
        raise CellFault(Reason.AMOUNT_TOO_LARGE)
    cents = amount.quantize(Decimal("0.01"))
    if cents != amount:
        raise CellFault(Reason.AMOUNT_PRECISION)
    return cents


def _decimal(text: str) -> Decimal:
    sign, digits = re.sub(r"[0-9.,]", "", text), text.lstrip("+-")
    if sign not in ("", "+", "-") or not re.fullmatch(r"[0-9]+(?:[.,][0-9]+)*", digits):
        raise CellFault(Reason.AMOUNT_MALFORMED)
    signs = re.sub(r"[0-9]", "", digits)
    grouped = r"[0-9]{1,3}(?:%s[0-9]{3})+"
    match (len(signs), len(set(signs))):
        case (0, _):
            plain = digits
        case (1, _):
            if re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", digits):
                raise CellFault(Reason.AMOUNT_AMBIGUOUS)
            plain = digits.replace(",", ".")
        case (_, 1) if re.fullmatch(grouped % re.escape(signs[0]), digits):
            plain = digits.replace(signs[0], "")
        case (_, 2) if re.fullmatch(grouped % re.escape(signs[0]), digits.rpartition(signs[-1])[0]):
            plain = digits.replace(signs[0], "").replace(signs[-1], ".")
        case _:
            raise CellFault(Reason.AMOUNT_MALFORMED)
    return Decimal(sign + plain)


def read_share(cell: str) -> Decimal:
    """The beneficiary's part of the award, from 0.01 to 1, rounded to the millionth.

    Above 1, or with a percent sign, it was written on the scale of 100 that the decree of 2017 used; ``1`` is the
    whole on the standard's scale.
    """
    text = re.sub(r"\s", "", cell)
    number = text.removesuffix("%").replace(",", ".")
    if len(text) > _MAX_NUMBER or not re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", number):
        raise CellFault(Reason.SHARE_MALFORMED)
    share = Decimal(number)
    if share > 1 or text.endswith("%"):
        share /= 100
    if not MIN_SHARE <= share <= 1:
        raise CellFault(Reason.SHARE_OUT_OF_RANGE)
    return share.quantize(_MILLIONTH)


def read_nature(cell: str) -> Nature:
    """Money, things or both, in any order and case; ``;`` between them, or ``,`` as the decree of 2017 had it."""
    parts = (part.strip().removeprefix("aide en ") for part in re.split("[;,]", folded(cell)))
    nature = _NATURES.get(frozenset(parts))
    if nature is None:
        raise CellFault(Reason.CHOICE_UNKNOWN, choices=_listed([*Nature]))
    return nature


def read_condition(cell: str) -> PaymentCondition:
    """How it is paid, in any case, with or without accents."""
    condition = _CONDITIONS.get(folded(cell))
    if condition is None:
        raise CellFault(Reason.CHOICE_UNKNOWN, choices=_listed([*PaymentCondition]))
    return condition


def read_yes_or_no(cell: str) -> bool:
    """``oui`` or ``non``; also the words and digits that spreadsheets put in their place."""
    answer = _YES_OR_NO.get(folded(cell))
    if answer is None:
        raise CellFault(Reason.CHOICE_UNKNOWN, choices=_listed(["oui", "non"]))
    return answer


def _listed(choices: list[str]) -> str:
    return " | ".join(choices)
