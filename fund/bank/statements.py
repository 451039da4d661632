"""What the bank says has happened on the account: statements, ISO 20022 camt.053 of any version.

Banks write the same transfer in several ways, and all are read as lines of money that moved:

- an entry with one transaction, or with several (a batch whose parts are told): a line for each transaction;
- an entry for a batch whose parts are not told, or do not add up to it: one line for the whole, with how many
  transactions it stands for;
- money that came back: a line that credits, with the bank's reason (``return_code``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element

from fund.bank.faults import BankFault, FaultCode
from fund.bank.xml_values import (
    LONGEST_TEXT,
    amount_of,
    day_at,
    forget_namespaces,
    instant_at,
    parse,
    reference_at,
    signed_amount,
    text_at,
)

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_LINES: Final = 20_000

_ROOT = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.[0-9]{2}\}Document")
_COUNT = re.compile(r"[0-9]{1,9}")
_OPENING: Final = ("OPBD", "PRCD")  # booked balance at the beginning, or at the previous closing
_CLOSING: Final = ("CLBD",)
_REMITTANCES: Final = ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RtrInf/AddtlInf")


@dataclass(frozen=True, slots=True)
class StatementLine:
    """Euros that came (``is_credit``) or went; ``amount`` is above zero. What the bank does not tell is empty.

    ``end_to_end_id``, ``message_id`` and ``payment_information_id`` are those of the transfer file. References
    have at most 35 characters, other texts 500. The counterpart is the other party, as the bank names it: of money
    that came back, whom it had been sent to. ``bank_reference`` is the bank's own. ``is_reversal``: the bank takes
    back an entry of its own. ``batch_count`` is how many transactions the line stands for, where that is told and
    they are not.
    """

    booked_on: date
    value_on: date | None
    amount: Decimal
    is_credit: bool
    currency: str
    end_to_end_id: str
    message_id: str
    payment_information_id: str
    counterpart_name: str
    counterpart_iban: str
    remittance: str
    bank_reference: str
    return_code: str
    is_reversal: bool
    batch_count: int | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one account. Balances are euros (below zero: overdrawn), None where they are not given.

    ``unbooked_count`` is how many entries were left out because the bank has not booked them.
    """

    account_iban: str
    identification: str
    created_at: datetime | None
    from_day: date | None
    to_day: date | None
    opening: Decimal | None
    closing: Decimal | None
    lines: tuple[StatementLine, ...]
    unbooked_count: int


def read_statements(data: bytes) -> tuple[Statement, ...]:
    """The statements of a file, at least one. Entries of no euros are left out.

    Raises BankFault: ``too_large`` (5 MB, 20,000 lines), ``xml_malformed``, ``xml_forbidden`` (DTD or entities),
    ``not_camt053``, ``account_missing`` (no IBAN), ``currency_not_euro``, ``amount_malformed``,
    ``date_malformed``, ``sums_differ`` (the opening balance and the entries do not make the closing balance;
    ``about`` is the statement).
    """
    if len(data) > MAX_BYTES:
        raise BankFault(FaultCode.TOO_LARGE)
    root = parse(data)
    if not _ROOT.fullmatch(root.tag):
        raise BankFault(FaultCode.NOT_CAMT053)
    forget_namespaces(root)
    statements = tuple(_statement(root, element) for element in root.iterfind("BkToCstmrStmt/Stmt"))
    if not statements:
        raise BankFault(FaultCode.NOT_CAMT053)
    if sum(len(statement.lines) for statement in statements) > MAX_LINES:
        raise BankFault(FaultCode.TOO_LARGE)
    return statements


def _statement(root: Element, element: Element) -> Statement:
    iban = _iban_at(element, "Acct")
    identification = text_at(element, "Id")
    if not iban:
        raise BankFault(FaultCode.ACCOUNT_MISSING, identification)
    if (currency := text_at(element, "Acct/Ccy")) not in {"", "EUR"}:
        raise BankFault(FaultCode.CURRENCY_NOT_EURO, currency)
    created_at = instant_at(element, "CreDtTm") or instant_at(root, "BkToCstmrStmt/GrpHdr/CreDtTm")
    entries = element.findall("Ntry")
    booked = [entry for entry in entries if text_at(entry, "Sts/Cd", "Sts") == "BOOK"]
    opening, closing = _balance(element, _OPENING), _balance(element, _CLOSING)
    moved = sum(map(signed_amount, booked), Decimal(0))
    if opening is not None and closing is not None and opening + moved != closing:
        raise BankFault(FaultCode.SUMS_DIFFER, identification)
    return Statement(
        account_iban=iban,
        identification=identification,
        created_at=created_at,
        from_day=day_at(element, "FrToDt/FrDtTm"),
        to_day=day_at(element, "FrToDt/ToDtTm"),
        opening=opening,
        closing=closing,
        lines=tuple(line for entry in booked for line in _lines(entry, iban)),
        unbooked_count=len(entries) - len(booked),
    )


def _balance(statement: Element, kinds: tuple[str, ...]) -> Decimal | None:
    for kind in kinds:
        for balance in statement.iterfind("Bal"):
            if text_at(balance, "Tp/CdOrPrtry/Cd") == kind:
                return signed_amount(balance)
    return None


@dataclass(frozen=True, slots=True)
class _Booking:
    """What an entry says once for all its transactions."""

    own_iban: str
    booked_on: date
    value_on: date | None
    bank_reference: str
    is_reversal: bool
    added: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A transaction of an entry (or the whole entry: nothing is told of it then) and the batch that it was in."""

    told: Element
    message_id: str
    payment_information_id: str
    batch_count: int | None


def _lines(entry: Element, own_iban: str) -> Iterator[StatementLine]:
    """The lines of a booked entry: of its transactions where they add up to it, else of the whole."""
    moved = signed_amount(entry)
    if not moved:
        return
    booking = _booking(entry, own_iban)
    parts = [_part(group, part) for group in entry.iterfind("NtryDtls") for part in group.iterfind("TxDtls")]
    if len(parts) > 1:
        amounts = [_part_amount(part.told, is_credit=moved > 0) for part in parts]
        if None not in amounts and sum(filter(None, amounts)) == moved:
            told = ((replace(part, batch_count=None), amount) for part, amount in zip(parts, amounts, strict=True))
            yield from (_line(booking, part, amount) for part, amount in told if amount)
            return
    if len(parts) == 1:
        # What the account shows counts: the bank may have kept its charges from what the transaction moved.
        yield _line(booking, parts[0], moved)
    else:
        group = entry.find("NtryDtls")
        whole = _part(Element("NtryDtls") if group is None else group, Element("TxDtls"))
        yield _line(booking, replace(whole, batch_count=len(parts) or whole.batch_count), moved)


def _booking(entry: Element, own_iban: str) -> _Booking:
    value_on = day_at(entry, "ValDt/Dt", "ValDt/DtTm")
    booked_on = day_at(entry, "BookgDt/Dt", "BookgDt/DtTm") or value_on
    if booked_on is None:
        raise BankFault(FaultCode.DATE_MALFORMED)
    return _Booking(
        own_iban=own_iban,
        booked_on=booked_on,
        value_on=value_on,
        bank_reference=reference_at(entry, "AcctSvcrRef"),
        is_reversal=text_at(entry, "RvslInd") in {"true", "1"},
        added=text_at(entry, "AddtlNtryInf"),
    )


def _part(group: Element, part: Element) -> _Part:
    batch = group.find("Btch")
    batch = Element("Btch") if batch is None else batch
    text = text_at(batch, "NbOfTxs")
    count = int(text) if _COUNT.fullmatch(text) else 0
    return _Part(
        told=part,
        message_id=reference_at(part, "Refs/MsgId") or reference_at(batch, "MsgId"),
        payment_information_id=reference_at(part, "Refs/PmtInfId") or reference_at(batch, "PmtInfId"),
        batch_count=count if count > 1 else None,
    )


def _part_amount(part: Element, *, is_credit: bool) -> Decimal | None:
    """What a transaction of an entry moved, below zero for a debit; None where it is not told in euros."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        found = part.find(path)
        if found is not None and found.get("Ccy") == "EUR":
            indicator = text_at(part, "CdtDbtInd") or ("CRDT" if is_credit else "DBIT")
            return amount_of(found) * (1 if indicator == "CRDT" else -1)
    return None


def _line(booking: _Booking, part: _Part, moved: Decimal) -> StatementLine:
    told = part.told
    return_code = text_at(told, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry").upper()
    # The parties of what came back are those of the transfer that it undoes.
    is_to_creditor = (moved < 0) != (bool(return_code) or booking.is_reversal)
    name, iban = _counterpart(told, booking.own_iban, is_to_creditor=is_to_creditor)
    return StatementLine(
        booked_on=booking.booked_on,
        value_on=booking.value_on,
        amount=abs(moved),
        is_credit=moved > 0,
        currency="EUR",
        end_to_end_id=reference_at(told, "Refs/EndToEndId"),
        message_id=part.message_id,
        payment_information_id=part.payment_information_id,
        counterpart_name=name,
        counterpart_iban=iban,
        remittance=_remittance(told) or text_at(told, "AddtlTxInf") or booking.added,
        bank_reference=reference_at(told, "Refs/AcctSvcrRef") or booking.bank_reference,
        return_code=return_code,
        is_reversal=booking.is_reversal,
        batch_count=part.batch_count,
    )


def _counterpart(part: Element, own_iban: str, *, is_to_creditor: bool) -> tuple[str, str]:
    """The other party's name and IBAN. Banks do not agree on who is who in a return: our own side is skipped."""
    roles = ("Cdtr", "Dbtr") if is_to_creditor else ("Dbtr", "Cdtr")
    for role in roles:
        name = text_at(part, f"RltdPties/{role}/Pty/Nm", f"RltdPties/{role}/Nm")
        iban = _iban_at(part, f"RltdPties/{role}Acct")
        if (name or iban) and iban != own_iban:
            return name, iban
    return "", ""


def _iban_at(element: Element, account: str) -> str:
    return text_at(element, f"{account}/Id/IBAN").replace(" ", "").upper()


def _remittance(part: Element) -> str:
    lines = (text_at(line, ".") for kind in _REMITTANCES for line in part.iterfind(kind))
    return " ".join(filter(None, lines))[:LONGEST_TEXT]
