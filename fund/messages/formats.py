"""How a message writes amounts, days and instants, in a given language (``fr`` or ``en``)."""

from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency

from workflows.engine import PARIS

NBSP = "\u00a0"


def money(amount: Decimal, locale: str) -> str:
    """An amount in euros with its cents: « 12 450,00 € »."""
    return format_currency(amount, "EUR", locale=locale)


def day(value: date, locale: str) -> str:
    """« 3 février 2026 », « 1er mars 2026 »."""
    number = "1er" if value.day == 1 and locale == "fr" else str(value.day)
    return NBSP.join((number, format_date(value, "MMMM", locale=locale), str(value.year)))


def moment(value: datetime, locale: str) -> str:
    """An instant in Paris time: « 3 février 2026 à 14 h 05 »."""
    local = value.astimezone(PARIS)
    if locale == "fr":
        return f"{day(local.date(), locale)} à {local:%H}{NBSP}h{NBSP}{local:%M}"
    return f"{day(local.date(), locale)} at {local:%H:%M}"
