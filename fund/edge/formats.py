"""How values are written for people: amounts in euros, days, instants in Paris time, percentages."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_decimal, format_percent
from flask import Flask

from fund.analysis.severity import on_scale
from fund.documents.words import instant_to_the_second
from fund.edge.i18n import current_language
from fund.messages import formats
from workflows.engine import PARIS

CENT = Decimal("0.01")
MEGABYTE = 1024 * 1024


def init_formats(app: Flask) -> None:
    """Give the templates the functions of this module as filters."""
    for function in (money, number, percent, day, moment, when, to_the_second, file_size, first_error):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.filters["clipped"] = on_scale  # a score within the scale, as it is shown


def money(amount: Decimal | None) -> str:
    """An amount in euros with its cents: « 12 450,00 € ». None gives a dash."""
    if amount is None:
        return "—"
    return formats.money(amount.quantize(CENT, ROUND_HALF_UP), current_language())


def number(value: int | Decimal) -> str:
    """A number with its thousands set apart."""
    return str(format_decimal(value, locale=current_language()))


def percent(share: Decimal | float) -> str:
    """A share of 1 as a whole percentage: « 62 % »."""
    return str(format_percent(share, "#,##0\u202f%" if current_language() == "fr" else "#,##0%"))


def day(value: date) -> str:
    """« 3 février 2026 »; an instant is first brought to Paris."""
    if isinstance(value, datetime):
        value = _in_paris(value).date()
    return formats.day(value, current_language())


def moment(value: datetime) -> str:
    """An instant in Paris time: « 3 février 2026 à 14 h 05 ». A naive datetime is a ValueError."""
    return formats.moment(_in_paris(value), current_language())


def when(value: date) -> str:
    """``moment`` of an instant, ``day`` of a date."""
    return moment(value) if isinstance(value, datetime) else day(value)


def to_the_second(value: datetime) -> str:
    """A deadline, or an attempt at one: « 3 février 2026 à 14 h 05 min 07 s (heure de Paris) »."""
    return instant_to_the_second(_in_paris(value), current_language())


def file_size(size: int) -> str:
    """A length in bytes for people: « 340 ko », « 2,4 Mo ». It counts by 1024, as the limit does."""
    kilo, mega = ("ko", "Mo") if current_language() == "fr" else ("kB", "MB")
    if size < MEGABYTE:
        return f"{number(max(1, round(size / 1024)))}\u00a0{kilo}"
    return f"{number(round(Decimal(size) / MEGABYTE, 1).normalize())}\u00a0{mega}"


def first_error(errors: Iterable[object]) -> str:
    """The first message of a field's errors, which nest for compound fields."""
    for error in errors:
        if isinstance(error, list | tuple):
            return first_error(error)
        if isinstance(error, dict):
            return first_error(error.values())
        return str(error)
    return ""


def _in_paris(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant without its zone cannot be shown")
    return value.astimezone(UTC).astimezone(PARIS)
