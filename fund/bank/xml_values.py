"""XML from a bank, read without trusting it: no DTD, no entities, and values that are what they claim to be."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from fund.bank.faults import BankFault, FaultCode
from workflows.engine import PARIS

LONGEST_TEXT: Final = 500
"""Characters kept of a text; the standard's longest (what the bank adds to an entry) has as many."""
_LONGEST_REFERENCE: Final = 35

_AMOUNT = re.compile(r"\+?(\d{1,18}(\.\d{0,5})?|\.\d{1,5})", re.ASCII)
_CENT: Final = Decimal("0.01")
_GREATEST: Final = Decimal(10) ** 12
_SIGNS: Final[Mapping[str, int]] = MappingProxyType({"CRDT": 1, "DBIT": -1})


def parse(data: bytes) -> Element:
    """The root element. Raises BankFault: ``xml_forbidden`` for a DTD or an entity, ``xml_malformed``."""
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise BankFault(FaultCode.XML_FORBIDDEN) from error
    except (ParseError, ValueError, LookupError) as error:  # the last two of encodings
        raise BankFault(FaultCode.XML_MALFORMED) from error
    return root


def forget_namespaces(root: Element) -> None:
    """Leaves the local names: versions of a message differ by their namespace more than by their elements."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]


def text_at(element: Element, *paths: str) -> str:
    """The first text at one of the paths that is not blank, each run of space as one; else nothing."""
    for path in paths:
        for found in element.iterfind(path):
            if text := " ".join((found.text or "").split()):
                return text[:LONGEST_TEXT]
    return ""


def reference_at(element: Element, *paths: str) -> str:
    """A reference; nothing where the bank says that none was given, or where it is longer than the standard's."""
    text = text_at(element, *paths)
    return "" if text == "NOTPROVIDED" or len(text) > _LONGEST_REFERENCE else text


def amount_of(element: Element) -> Decimal:
    """An amount in euros (an ``Amt`` with its currency).

    Raises BankFault: ``currency_not_euro``; ``amount_malformed`` where it is no amount in cents below 10^12.
    """
    if (currency := element.get("Ccy", "")) != "EUR":
        raise BankFault(FaultCode.CURRENCY_NOT_EURO, currency)
    text = (element.text or "").strip()
    amount = Decimal(text) if _AMOUNT.fullmatch(text) else _GREATEST
    if amount >= _GREATEST or amount != amount.quantize(_CENT):
        raise BankFault(FaultCode.AMOUNT_MALFORMED, text[:LONGEST_TEXT])
    return amount.quantize(_CENT)


def signed_amount(element: Element) -> Decimal:
    """The ``Amt`` of a balance or an entry, below zero for a debit.

    Raises BankFault as ``amount_of``; ``amount_malformed`` also where amount or direction is missing.
    """
    amount = element.find("Amt")
    indicator = text_at(element, "CdtDbtInd")
    if amount is None or indicator not in _SIGNS:
        raise BankFault(FaultCode.AMOUNT_MALFORMED, indicator)
    return _SIGNS[indicator] * amount_of(amount)


def day_at(element: Element, *paths: str) -> date | None:
    """The day (in Paris) at the first of the paths that has one. Raises BankFault ``date_malformed``."""
    text = text_at(element, *paths)
    if not text:
        return None
    # Midnight at the end of a day may be written as its hour 24, which is still that day.
    if "T" not in text or "T24:" in text:
        return _date(text[:10])
    return _instant(text, PARIS).date()


def instant_at(element: Element, *paths: str) -> datetime | None:
    """The instant (UTC) at the first of the paths that has one. Raises BankFault ``date_malformed``."""
    text = text_at(element, *paths)
    return _instant(text, UTC) if text else None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BankFault(FaultCode.DATE_MALFORMED, text) from error


def _instant(text: str, zone: tzinfo) -> datetime:
    """An instant without a time zone is one of Paris."""
    try:
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=PARIS)).astimezone(zone)
    except (ValueError, OverflowError) as error:  # the latter at the ends of the calendar
        raise BankFault(FaultCode.DATE_MALFORMED, text) from error
