"""The ledger for the accountant: a text file in the form of the FEC, and a spreadsheet.

The FEC (fichier des écritures comptables) is what article A47 A-1 of the Livre des procédures fiscales asks of
accounts kept by computer: 18 columns under names that it states, fields between tabs, a decimal comma, days as
YYYYMMDD. Accounting programs import it. This ledger is not the fund's accounts, only the part of them that follows
grants.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from config.vocabularies import read_taxonomy
from fund.documents.words import one_line
from fund.documents.workbooks import EUROS, cell_text, new_workbook
from fund.forms.definition import Words
from fund.forms.shielding import shielded
from workflows.ledger import LedgerAccount

FEC_COLUMNS: Final = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
)
_SHEET: Final = Words("Écritures", "Entries")
_COLUMNS: Final = {
    Words("Journal", "Journal"): 9,
    Words("Libellé du journal", "Name of the journal"): 24,
    Words("Écriture", "Entry"): 10,
    Words("Date", "Date"): 12,
    Words("Compte", "Account"): 10,
    Words("Libellé du compte", "Name of the account"): 32,
    Words("Tiers", "Third party"): 18,
    Words("Nom du tiers", "Name of the third party"): 40,
    Words("Pièce", "Document"): 20,
    Words("Date de la pièce", "Date of the document"): 12,
    Words("Libellé", "Label"): 50,
    Words("Débit", "Debit"): 16,
    Words("Crédit", "Credit"): 16,
    Words("Enregistrée le", "Booked on"): 12,
}
"""The columns of the spreadsheet, with their widths in characters."""


@dataclass(frozen=True, slots=True)
class AccountingNumber:
    """How the accountant's chart numbers and names an account of the ledger."""

    number: str
    label: Words


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A line of an entry; lines of one entry have its ``number``. Amounts are euros, nought on the other side.

    ``day`` is the accounting date, ``booked_on`` the day on which the program wrote the entry (both in Paris).
    ``aux_number`` and ``aux_label`` are the third party (the beneficiary), empty where there is none. ``piece`` is
    the reference of what justifies the entry.
    """

    number: int
    day: date
    booked_on: date
    journal_code: str
    journal_label: str
    account_number: str
    account_label: str
    aux_number: str
    aux_label: str
    piece: str
    piece_on: date
    label: str
    debit: Decimal
    credit: Decimal


@cache
def accounting_plan() -> Mapping[LedgerAccount, AccountingNumber]:
    """The numbers of the ledger's accounts, from ``config/taxonomies/ledger_accounts.yaml``.

    Raises ValueError where an account has no number, or two have the same: lines could not be told apart.
    """
    return _plan(read_taxonomy("ledger_accounts"))


def fec_lines(rows: Iterable[LedgerRow]) -> Iterator[str]:
    """The lines of the text file one by one, the head first; to be sent as UTF-8.

    Columns that the ledger has nothing for (lettering, foreign currency) stay empty, as the article allows.
    """
    yield "\t".join(FEC_COLUMNS) + "\r\n"
    for row in rows:
        fields = (
            _text(row.journal_code),
            _text(row.journal_label),
            str(row.number),
            _day(row.day),
            _text(row.account_number),
            _text(row.account_label),
            _text(row.aux_number),
            _text(row.aux_label),
            _text(row.piece),
            _day(row.piece_on),
            _text(row.label),
            _amount(row.debit),
            _amount(row.credit),
            "",
            "",
            _day(row.booked_on),
            "",
            "",
        )
        yield "\t".join(fields) + "\r\n"


def ledger_workbook(rows: Iterable[LedgerRow], language: str) -> bytes:
    """The same lines as an XLSX file, heads in that language (``fr`` or ``en``), days and amounts as values."""
    out = BytesIO()
    with new_workbook(out) as book:
        sheet = book.add_worksheet(_SHEET.of(language))
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, 0)
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        for place, (label, width) in enumerate(_COLUMNS.items()):
            sheet.write_string(0, place, label.of(language), head)
            sheet.set_column(place, place, width)
        if last := _write_rows(book, sheet, rows, language):
            sheet.autofilter(0, 0, last, len(_COLUMNS) - 1)
    return out.getvalue()


def _write_rows(book: Workbook, sheet: Worksheet, rows: Iterable[LedgerRow], language: str) -> int:
    """How many there were."""
    day = book.add_format({"num_format": "dd/mm/yyyy" if language == "fr" else "yyyy-mm-dd"})
    euros = book.add_format({"num_format": EUROS})
    number = 0
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(_values(row)):
            match value:
                case str():
                    sheet.write_string(number, place, cell_text(value))
                case date():
                    sheet.write_datetime(number, place, value, day)
                case Decimal():
                    sheet.write_number(number, place, value, euros)
                case int():
                    sheet.write_number(number, place, value)
    return number


def _values(row: LedgerRow) -> tuple[str | int | date | Decimal, ...]:
    return (
        row.journal_code,
        row.journal_label,
        row.number,
        row.day,
        row.account_number,
        row.account_label,
        row.aux_number,
        row.aux_label,
        row.piece,
        row.piece_on,
        row.label,
        row.debit,
        row.credit,
        row.booked_on,
    )


def _text(text: str) -> str:
    """One line without a tab, and no formula where the file is opened in a spreadsheet."""
    return shielded(one_line(text))


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _plan(entries: Iterable[Mapping[str, str]]) -> dict[LedgerAccount, AccountingNumber]:
    plan = {
        LedgerAccount(entry["code"]): AccountingNumber(entry["number"], Words(entry["fr"], entry["en"]))
        for entry in entries
    }
    if len({account.number for account in plan.values()}) < len(LedgerAccount):
        raise ValueError("ledger_accounts.yaml: each account of the ledger has a number of its own")
    return plan
