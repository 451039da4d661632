"""The cells of a file that says it is a spreadsheet: XLSX, or CSV as the programs of the trade write it.

The file comes from outside, so its size is judged by what the ZIP declares before anything is unpacked (Python's
zipfile never unpacks more of a part than is declared), and no XML entity is expanded (openpyxl uses defusedxml).
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any, Final
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from fund.forms.fields import Problem

MAX_ROWS: Final = 1_000
MAX_PLACE: Final = 10_000  # rows counted with the blank ones: a single cell may stand in row 1,048,576
MAX_COLUMNS: Final = 26
MAX_CELL: Final = 100_000
MEGABYTE: Final = 1024 * 1024
MAX_UNPACKED: Final = 50 * MEGABYTE
MAX_XML: Final = 10 * MEGABYTE  # pictures may be large; the parts that are parsed may not
MAX_RATIO: Final = 100
MAX_PARTS: Final = 1_000

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .xls, and of an XLSX with a password
_ZIP = b"PK"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class SheetFault(Exception):
    """A file that cannot be read as a whole."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with something in it. ``value`` is None for a formula whose result is not in the file."""

    place: str
    value: Any


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not blank, with its cells by column letter."""

    number: int
    cells: dict[str, Cell]


Table = list[Row]


def read_tables(data: bytes) -> Iterator[Table]:
    """The sheets of the file one after the other; for a CSV, its reading with each delimiter in turn.

    Raises SheetFault (while they are taken) where the file is no spreadsheet, has a password, is of the old
    format, is too large unpacked, or has too many rows.
    """
    if data.startswith(_OLE):
        has_password = "EncryptedPackage".encode("utf-16-le") in data
        raise SheetFault(Problem("sheet_encrypted" if has_password else "sheet_too_old"))
    if data.startswith(_ZIP):
        try:
            _judge_archive(data)
            yield from _workbook_tables(data)
        except SheetFault:
            raise
        except Exception as error:  # a damaged or hostile file makes openpyxl raise anything
            raise SheetFault(Problem("not_a_spreadsheet")) from error
    else:
        text = _decoded(data)
        yield from (_csv_table(text, delimiter) for delimiter in ";,")


def _judge_archive(data: bytes) -> None:
    with ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise SheetFault(Problem("sheet_encrypted"))
    unpacked = sum(part.file_size for part in parts)
    xml = sum(part.file_size for part in parts if part.filename.lower().endswith((".xml", ".rels")))
    is_bomb = unpacked > MEGABYTE and unpacked > MAX_RATIO * len(data)
    if is_bomb or unpacked > MAX_UNPACKED or xml > MAX_XML or len(parts) > MAX_PARTS:
        raise SheetFault(Problem("sheet_too_large"))


def _workbook_tables(data: bytes) -> Iterator[Table]:
    results = load_workbook(BytesIO(data), read_only=True, data_only=True)
    formulas = load_workbook(BytesIO(data), read_only=True)
    for sheet, twin in zip(results.worksheets, formulas.worksheets, strict=True):
        sheet.reset_dimensions()  # the declared ones may be wrong
        twin.reset_dimensions()
        rows = zip(sheet.iter_rows(max_col=MAX_COLUMNS), twin.iter_rows(max_col=MAX_COLUMNS), strict=True)
        yield _table(
            (
                [(cell.value, formula.data_type == "f") for cell, formula in zip(values, expressions, strict=True)]
                for values, expressions in rows
            )
        )


def _csv_table(text: str, delimiter: str) -> Table:
    try:
        rows = list(csv.reader(StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise SheetFault(Problem("not_a_spreadsheet")) from error
    # The reader's own limit is of the whole process, and whoever sets it sets it for everybody.
    if any(len(cell) > MAX_CELL for row in rows for cell in row):
        raise SheetFault(Problem("not_a_spreadsheet"))
    return _table([(cell, False) for cell in row] for row in rows)


def _table(rows: Iterable[list[tuple[Any, bool]]]) -> Table:
    """The rows that are not blank; each cell comes as its value and whether a formula gives it."""
    table: Table = []
    for number, row in enumerate(rows, 1):
        cells = {
            get_column_letter(column): Cell(f"{get_column_letter(column)}{number}", value)
            for column, (value, has_formula) in enumerate(row[:MAX_COLUMNS], 1)
            if has_formula or not _is_blank(value)
        }
        table += [Row(number, cells)] if cells else []
        if len(table) > MAX_ROWS or number > MAX_PLACE:
            raise SheetFault(Problem("too_many_rows", maximum=MAX_ROWS))
    return table


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, else Windows-1252, which French spreadsheets still write."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
        break
    raise SheetFault(Problem("not_a_spreadsheet"))
