"""Tables of figures: for the page, as texts; for a spreadsheet, as numbers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from io import BytesIO
from typing import Final

from babel.numbers import format_currency, format_decimal
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from fund.documents.words import one_line
from fund.documents.workbooks import EUROS, cell_text, new_workbook
from fund.forms.definition import Words
from fund.messages.formats import NBSP

Value = str | int | float | Decimal | None

_SHEET_NAME: Final = 31
_WIDEST: Final = 60
_LONGEST_HEADING: Final = 200  # a header on paper holds 255 characters
_UNNAMED: Final = Words("Tableau", "Table")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]+")


class Kind(StrEnum):
    """What the values of a column are, and so how they are written."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    """With as many decimals as it has."""
    EUROS = "euros"
    POINTS = "points"
    """A score or a bound, with one decimal."""
    DIFFERENCE = "difference"
    """Points with their sign."""
    PERCENT = "percent"
    """From 0 to 100."""
    COEFFICIENT = "coefficient"
    """At most 1, with three decimals."""


_PATTERNS: Final = {
    Kind.COUNT: "#,##0",
    Kind.NUMBER: "#,##0.######",
    Kind.POINTS: "0.0",
    Kind.DIFFERENCE: "+0.0;-0.0",
    Kind.PERCENT: "0.0",
    Kind.COEFFICIENT: "0.000",
}
_CELLS: Final = _PATTERNS | {Kind.EUROS: EUROS, Kind.NUMBER: "General", Kind.DIFFERENCE: "+0.0;-0.0;0.0"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the reader's language, and what it holds."""

    label: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns; the first column names the row. None is a cell with nothing in it.

    Raises ValueError where a row has not one value for each column.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row has one value for each column")


def shown(value: Value, kind: Kind, language: str) -> str:
    """A value as people read it: « 1 200,50 € », « 72,4 », « −3,1 »; nothing for None.

    Amounts without cents are written without them.
    """
    match value:
        case None:
            return ""
        case str():
            return value
    if kind is Kind.EUROS:
        amount = Decimal(str(value))
        digits = "" if amount == amount.to_integral_value() else ".00"
        form = f"#,##0{digits}{NBSP}¤" if language == "fr" else f"¤#,##0{digits}"
        written = format_currency(amount, "EUR", form, locale=language, currency_digits=False)
    elif kind is Kind.DIFFERENCE and round(value, 1) == 0:
        written = format_decimal(0, "0.0", locale=language)
    else:
        written = format_decimal(value, _PATTERNS[kind], locale=language)
    return written.replace("-", "\N{MINUS SIGN}")


def write_sheet(tables: Sequence[Table], title: str, language: str) -> bytes:
    """An XLSX file, a sheet for each table: numbers as numbers, heads that stay in sight, filters, set for print.

    ``title`` is the document's name, on each printed page too. ``language`` (``fr`` or ``en``) is that of the
    names given to tables without a title.
    """
    out, title = BytesIO(), one_line(title)
    with new_workbook(out) as book:
        book.set_properties({"title": title})
        formats = {kind: book.add_format(_format(kind)) for kind in Kind}
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        for name, table in zip(_names(tables, language), tables, strict=True):
            _write_table(_new_sheet(book, name, title), table, formats, head)
    return out.getvalue()


def _format(kind: Kind) -> dict[str, str | bool]:
    if kind is Kind.TEXT:
        return {"text_wrap": True, "valign": "top"}
    return {"num_format": _CELLS[kind], "valign": "top"}


def _new_sheet(book: Workbook, name: str, title: str) -> Worksheet:
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header(f"&L{title[:_LONGEST_HEADING].replace('&', '&&')}&R&P / &N")
    return sheet


def _write_table(sheet: Worksheet, table: Table, formats: dict[Kind, Format], head: Format) -> None:
    sheet.freeze_panes(1, 1)
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, cell_text(column.label), head)
        sheet.set_column(place, place, _width(table, place))
    for number, row in enumerate(table.rows, 1):
        for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            if isinstance(value, str):
                sheet.write_string(number, place, cell_text(value), formats[column.kind])
            elif value is not None:
                sheet.write_number(number, place, value, formats[column.kind])
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _width(table: Table, place: int) -> int:
    """In characters, of the longest value and of the head's longest word (with room for the filter's arrow)."""
    kind = table.columns[place].kind
    values = (len(shown(row[place], kind, "fr")) for row in table.rows)
    words = (len(word) + 3 for word in table.columns[place].label.split(" "))
    # Cents, which the page may leave out, stand in every amount of a sheet.
    spare = 4 if kind is Kind.EUROS else 2
    return min(max(*values, *words, 8) + spare, _WIDEST)


def _names(tables: Sequence[Table], language: str) -> Iterator[str]:
    """Names that a spreadsheet takes: short, without its own signs, and no two alike."""
    taken: set[str] = set()
    for table in tables:
        whole = _NOT_IN_A_NAME.sub(" ", one_line(table.title)).strip(" '") or _UNNAMED.of(language)
        name, number = _short(whole, _SHEET_NAME), 2
        while name.casefold() in taken:
            ending = f" {number}"
            name, number = _short(whole, _SHEET_NAME - len(ending)) + ending, number + 1
        taken.add(name.casefold())
        yield name


def _short(name: str, units: int) -> str:
    """The beginning of a name, in units of UTF-16, by which spreadsheets count."""
    return name.encode("utf-16-le")[: 2 * units].decode("utf-16-le", errors="ignore").strip(" '")
