"""A budget as a spreadsheet: written for people to fill in elsewhere, and read again line by line.

The side of a line (charges, products) is told by its account, so tables may stand below each other, on one sheet
or in a file of one's own, as long as a row names its columns « Compte » and « Montant ».
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from config.communes import folded
from fund.documents import budget_columns as words
from fund.documents.budget_columns import COLUMNS, NO_WORDS, STATUSES, SUM_WORDS, SYNONYMS, YES_WORDS
from fund.documents.sheet_rows import Cell, Row, SheetFault, Table, read_tables
from fund.documents.workbooks import EUROS, cell_text, new_workbook
from fund.forms.accounts import Side, offered_accounts, plan
from fund.forms.budget import BudgetLine, read_line
from fund.forms.definition import BudgetRule
from fund.forms.fields import Problem
from fund.forms.shielding import unshielded

_SHOWN: Final = 60
_ACCOUNT = re.compile(r"\s*([0-9]{2,3})(?![0-9])")
_AMBIGUOUS = re.compile(r"\s*[0-9]{1,3}[.,][0-9]{3}\s*€?\s*")
_CHARGE_FIELDS: Final = ("account", "label", "amount")
_SPARE: Final = 12  # blank rows under each table, inside its totals
_PLAN: Final = "Plan"
_LETTERS: Final[Mapping[str, str]] = {
    "account": "A",
    "name": "B",
    "label": "C",
    "amount": "D",
    "status": "E",
    "evidence": "F",
    "fund": "G",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that was taken: its number in the file, and the path of its line (``products.0``)."""

    row: int
    path: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row was not taken. ``row`` is 0 and ``cell`` empty where the file as a whole cannot be read."""

    row: int
    cell: str
    value: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class SheetRead:
    """What a file gave: a raw budget, the rows that it was made of, and the refusals of the others."""

    raw: dict[str, list[dict[str, str]]]
    taken: tuple[Taken, ...]
    refusals: tuple[Refusal, ...]


def write_budget_sheet(raw: Any, rule: BudgetRule, locale: str) -> bytes:
    """An XLSX file of a raw budget: charges, products, totals as formulas, and the accounts to choose from.

    ``locale`` is the language of the words (``fr`` or ``en``). A draft is written as it is: what is no amount
    stays a text. ``read_budget_sheet`` gives back every budget without faults as it was, its amounts with two
    decimals.
    """
    out = BytesIO()
    with new_workbook(out) as book:
        _SheetWriter(book, rule, locale).write(raw)
    return out.getvalue()


def read_budget_sheet(data: bytes, rule: BudgetRule) -> SheetRead:
    """Read an XLSX file (results of formulas are taken) or a CSV (``;`` or ``,``; UTF-8 or Windows-1252).

    The first sheet with a row of column names is read. A row with anything wrong is refused, with a refusal for
    each fault, and the others are still taken. Titles, totals and rows without amount and detail are passed over.
    Never raises: a file that cannot be read gives one refusal.
    """
    try:
        table = next((table for table in read_tables(data) if any(map(_columns_of, table))), None)
    except SheetFault as fault:
        return _refused(fault.problem)
    if table is None:
        return _refused(Problem("sheet_without_columns"))
    raw: dict[str, list[dict[str, str]]] = {side.value: [] for side in Side}
    taken: list[Taken] = []
    refusals: list[Refusal] = []
    for row, cells in _lines(table):
        side, line, faults = _read_row(row, cells, rule)
        if faults:
            refusals += faults
        else:
            taken.append(Taken(row.number, f"{side}.{len(raw[side])}"))
            raw[side].append(line)
    return SheetRead(raw, tuple(taken), tuple(refusals))


def _refused(problem: Problem) -> SheetRead:
    return SheetRead({side.value: [] for side in Side}, (), (Refusal(0, "", "", problem),))


def _columns_of(row: Row) -> dict[str, str]:
    """Column letters by field, where the row names at least the account and the amount; else nothing."""
    found: dict[str, str] = {}
    for letter, cell in row.cells.items():
        field = SYNONYMS.get(folded(cell.value)) if isinstance(cell.value, str) else None
        if field:
            found.setdefault(field, letter)
    return found if {"account", "amount"} <= found.keys() else {}


def _lines(table: Table) -> Iterator[tuple[Row, Mapping[str, Cell]]]:
    """The rows that mean a line of the budget, with their cells by field."""
    columns: dict[str, str] = {}
    for row in table:
        named = _columns_of(row)
        columns = named or columns
        cells = {field: row.cells[letter] for field, letter in columns.items() if letter in row.cells}
        if not named and cells.keys() & {"label", "amount"} and not _is_sum(row, cells):
            yield row, cells


def _is_sum(row: Row, cells: Mapping[str, Cell]) -> bool:
    if "account" in cells and _account(cells["account"].value) in plan():
        return False
    texts = (folded(cell.value) for cell in row.cells.values() if isinstance(cell.value, str))
    return any(text.startswith(SUM_WORDS) for text in texts) or "amount" not in cells


def _read_row(row: Row, cells: Mapping[str, Cell], rule: BudgetRule) -> tuple[Side, dict[str, str], list[Refusal]]:
    unsolved = [
        Refusal(row.number, cell.place, "", Problem("formula_without_value"))
        for field, cell in cells.items()
        if field in COLUMNS and cell.value is None
    ]
    typed = {field: _typed(field, cells[field].value) if field in cells else "" for field in COLUMNS}
    account = plan().get(typed["account"])
    side = account.side if account else Side.CHARGES
    if side is Side.CHARGES:
        typed = {field: typed[field] for field in _CHARGE_FIELDS}
    line, problems = read_line("", side, typed, rule)
    found = [(path.removeprefix("."), problem) for path, problem in problems]
    if not typed["account"]:
        found.append(("account", Problem("unknown_account")))
    if _AMBIGUOUS.fullmatch(typed["amount"]) and isinstance(cells["amount"].value, str):
        found = [("amount", Problem("amount_ambiguous"))]
    if unsolved or found or line is None:
        return side, {}, unsolved or [_refusal(row, cells, field, problem) for field, problem in found]
    return side, typed | {"label": line.label, "amount": "" if line.amount is None else f"{line.amount:.2f}"}, []


def _refusal(row: Row, cells: Mapping[str, Cell], field: str, problem: Problem) -> Refusal:
    cell = cells.get(field)
    shown = "" if cell is None else str(cell.value)[:_SHOWN]
    return Refusal(row.number, cell.place if cell else "", shown, problem)


def _typed(field: str, value: Any) -> str:
    """A cell as a person would have typed it into the form."""
    text = _as_text(value)
    match field:
        case "account":
            return _account(value)
        case "status":
            return STATUSES.get(folded(text), text)
        case "fund":
            return "yes" if folded(text) in YES_WORDS else "" if folded(text) in NO_WORDS else text
    return text


def _account(value: Any) -> str:
    """« 601 », also where the cell holds a number or goes on (« 601 - Achats de matières »)."""
    text = _as_text(value)
    number = _ACCOUNT.match(text)
    return number[1] if number else text.strip()


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return unshielded(value.strip())
        case bool() | date() | time():
            return str(value)
        case int() | float():
            # Fifteen digits are what a spreadsheet itself keeps: 0.1 + 0.2 is 0.3 there.
            return f"{Decimal(format(value, '.15g')):f}" if abs(value) < 1e15 else str(value)
    return str(value)


class _SheetWriter:
    """One file being written. Row numbers are those that people see, from 1."""

    def __init__(self, book: Workbook, rule: BudgetRule, locale: str) -> None:
        self.rule = rule
        self.locale = locale
        self.sheet: Worksheet = book.add_worksheet("Budget")
        self.accounts: Worksheet = book.add_worksheet(_PLAN)
        self.bold: Format = book.add_format({"bold": True})
        self.head: Format = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self.text: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.euros: Format = book.add_format({"num_format": EUROS, "valign": "top"})
        self.total: Format = book.add_format({"num_format": EUROS, "bold": True, "top": 1})

    def write(self, raw: Any) -> None:
        self.sheet.write_string("A1", words.TITLE.of(self.locale), self.bold)
        self.sheet.write_string("A2", words.HOW.of(self.locale))
        for letters, width in (("A:A", 10), ("B:C", 42), ("D:D", 16), ("E:E", 12), ("F:G", 18)):
            self.sheet.set_column(letters, width)
        self._write_plan()
        charges_at, charges = self._write_side(Side.CHARGES, raw, 4)
        products_at, products = self._write_side(Side.PRODUCTS, raw, charges_at + 3)
        row = products_at + 2
        self.sheet.write_string(f"B{row}", words.BALANCE.of(self.locale), self.bold)
        formula = f"=D{products_at}-D{charges_at}"
        self.sheet.write_formula(f"D{row}", formula, self.total, float(products - charges))

    def _write_plan(self) -> None:
        self.accounts.set_column("B:B", 60)
        self.accounts.write_string("A1", COLUMNS["account"].of(self.locale), self.head)
        self.accounts.write_string("B1", words.NAME.of(self.locale), self.head)
        for row, account in enumerate(offered_accounts(self.rule).values(), 2):
            self.accounts.write_number(f"A{row}", int(account.code))
            self.accounts.write_string(f"B{row}", account.label.of(self.locale))

    def _write_side(self, side: Side, raw: Any, row: int) -> tuple[int, Decimal]:
        """Give the row of the side's total (without contributions in kind) and that total."""
        fields = _CHARGE_FIELDS if side is Side.CHARGES else tuple(COLUMNS)
        self.sheet.write_string(f"A{row}", words.SIDES[side].of(self.locale), self.bold)
        for field in fields:
            self.sheet.write_string(f"{_LETTERS[field]}{row + 1}", COLUMNS[field].of(self.locale), self.head)
        self.sheet.write_string(f"B{row + 1}", words.NAME.of(self.locale), self.head)
        first = row + 2
        lines = list(_written_lines(side, raw, self.rule))
        for place, (typed, line) in enumerate(lines, first):
            self._write_line(place, fields, typed, line)
        last = first + len(lines) + _SPARE - 1
        self._offer_choices(side, first, last)
        return self._write_totals(side, first, last, [line for _, line in lines])

    def _write_line(self, row: int, fields: tuple[str, ...], typed: Mapping[str, str], line: BudgetLine) -> None:
        account = plan().get(line.account)
        if account:
            self.sheet.write_number(f"A{row}", int(account.code), self.text)
            self.sheet.write_string(f"B{row}", account.label.of(self.locale), self.text)
        if line.amount is not None:
            self.sheet.write_number(f"D{row}", float(line.amount), self.euros)
        for field in fields:
            is_number = (field == "account" and account) or (field == "amount" and line.amount is not None)
            if typed[field] and not is_number:
                self.sheet.write_string(f"{_LETTERS[field]}{row}", self._shown(field, typed[field]), self.text)

    def _shown(self, field: str, text: str) -> str:
        """The word of the reader's language for a code; any other text safe for a spreadsheet and for XML."""
        coded = {
            "status": {"asked": words.ASKED, "granted": words.GRANTED},
            "fund": {"yes": words.YES},
        }
        word = coded.get(field, {}).get(text)
        return word.of(self.locale) if word else cell_text(text)

    def _offer_choices(self, side: Side, first: int, last: int) -> None:
        codes = f"={_PLAN}!$A$2:$A${len(offered_accounts(self.rule)) + 1}"
        self.sheet.data_validation(f"A{first}:A{last}", {"validate": "list", "source": codes})
        self.sheet.data_validation(
            f"D{first}:D{last}", {"validate": "decimal", "criteria": ">=", "value": 0, "ignore_blank": True}
        )
        if side is Side.PRODUCTS:
            statuses = [word.of(self.locale) for word in (words.ASKED, words.GRANTED)]
            self.sheet.data_validation(f"E{first}:E{last}", {"validate": "list", "source": statuses})
            yes = [words.YES.of(self.locale)]
            self.sheet.data_validation(f"G{first}:G{last}", {"validate": "list", "source": yes})

    def _write_totals(self, side: Side, first: int, last: int, lines: list[BudgetLine]) -> tuple[int, Decimal]:
        def added(*, in_kind: bool) -> Decimal:
            return sum((line.amount or Decimal(0) for line in lines if line.is_in_kind is in_kind), Decimal(0))

        chapter = 86 if side is Side.CHARGES else 87
        codes, amounts = f"A{first}:A{last}", f"D{first}:D{last}"
        in_kind = (
            f'SUMIF({codes},{chapter},{amounts})+SUMIFS({amounts},{codes},">={chapter}0",{codes},"<={chapter}9")'
        )
        row = last + 1
        self.sheet.write_string(f"B{row}", words.TOTALS[side].of(self.locale), self.bold)
        cash = added(in_kind=False)
        self.sheet.write_formula(f"D{row}", f"=SUM({amounts})-({in_kind})", self.total, float(cash))
        if self.rule.in_kind:
            self.sheet.write_string(f"B{row + 1}", words.IN_KIND[side].of(self.locale), self.bold)
            self.sheet.write_formula(f"D{row + 1}", f"={in_kind}", self.total, float(added(in_kind=True)))
        return row, cash


def _written_lines(side: Side, raw: Any, rule: BudgetRule) -> Iterator[tuple[dict[str, str], BudgetLine]]:
    """The rows of a raw budget that are not blank: each as typed, and as far as it could be read."""
    rows = raw.get(side.value) if isinstance(raw, Mapping) else None
    for row in rows if isinstance(rows, list) else ():
        line, _ = read_line("", side, row, rule)
        if line is not None:
            values = {field: row.get(field) for field in COLUMNS}
            yield {field: "" if value is None else str(value).strip() for field, value in values.items()}, line
