"""Rows of cells from a CSV file that nobody has checked, in bounded memory.

A well-behaved ``csv.reader`` over the whole file would let one unclosed quotation mark swallow all that follows
it into one cell. Here a row is put together line by line under limits, so a malformed line costs itself only.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from fund.schemas.scdl import Reason, Refusal

# Bytes of a line, and characters of a row whose quoted cells hold line breaks; a row of all 40 columns with the
# longest texts stays under 10,000.
MAX_LINE = 32_768
_SHOWN = 80
_NOT_UTF_8 = "fund.windows-1252"  # the name of our error handler among Python's


@dataclass(frozen=True, slots=True)
class Line:
    """A physical line, counted from 1, with its line break; ``text`` is None where it is longer than MAX_LINE."""

    number: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and the physical line where it begins."""

    line: int
    cells: list[str]


def read_lines(file: BinaryIO) -> Iterator[Line]:
    """The lines of the file as text.

    Bytes that are not UTF-8 are read as Windows-1252, one by one: so a few of them do not turn the accents of a
    whole UTF-8 file into other signs. A byte that is neither becomes U+FFFD, and its cell is refused later.
    """
    number = 0
    while raw := file.readline(MAX_LINE + 1):
        number += 1
        if len(raw) > MAX_LINE:
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(MAX_LINE)
            yield Line(number, None)
        else:
            text = raw.decode(errors=_NOT_UTF_8)
            yield Line(number, text.removeprefix("\ufeff") if number == 1 else text)


def _as_windows_1252(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    return fault.object[fault.start : fault.end].decode("cp1252", errors="replace"), fault.end


codecs.register_error(_NOT_UTF_8, _as_windows_1252)


def parse_line(text: str, delimiter: str) -> list[str] | None:
    """The cells of a text that holds one row, or None where its quotation marks are not in order."""
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if rows else []


def read_cells(lines: Iterator[Line], delimiter: str, width: int) -> Iterator[Row | Refusal]:
    """The rows of the file; lines without any value are passed over, as spreadsheets leave them at the end.

    ``width`` is the number of columns: lines that do not make up a row of that width are taken one by one.
    """
    waiting: list[Line] = []  # lines taken for a row that proved malformed, in reverse order
    for line in _backlog(waiting, lines):
        if line.text is None:
            yield Refusal(
                line=line.number, column=None, value="", reason=Reason.LINE_TOO_LONG, params={"limit": MAX_LINE}
            )
            continue
        cells, taken = _assemble(line.text, _backlog(waiting, lines), delimiter, width)
        if cells is None:
            # The first line alone is refused; what was taken with it may be rows of their own.
            waiting.extend(reversed(taken))
            yield Refusal(line=line.number, column=None, value=shown(line.text), reason=Reason.QUOTE_MALFORMED)
        elif any(cell.strip() for cell in cells):
            yield Row(line.number, cells)


def _assemble(
    text: str, following: Iterator[Line], delimiter: str, width: int
) -> tuple[list[str] | None, list[Line]]:
    """The cells of the row that begins with the text, or None, and the further lines taken for it."""
    cells = parse_line(text, delimiter)
    taken: list[Line] = []
    while cells is None and _is_open(text):
        line = next(following, None)
        if line is None:
            break
        taken.append(line)
        if line.text is None or len(text) + len(line.text) > MAX_LINE:
            break
        text += line.text
        if not _is_open(text):
            cells = parse_line(text, delimiter)
            # Two stray quotation marks some lines apart look like one long cell, and the count gives them away.
            if cells is not None and len(cells) != width:
                cells = None
    return cells, taken


def _backlog(waiting: list[Line], lines: Iterator[Line]) -> Iterator[Line]:
    """The lines given back, the last first, then the file's."""
    while line := waiting.pop() if waiting else next(lines, None):
        yield line


def _is_open(text: str) -> bool:
    """Whether a quotation mark is still open: in a row that is whole they come in pairs."""
    return text.count('"') % 2 == 1


def shown(text: str) -> str:
    """The text as it may stand in a message: short, and without signs that a terminal would obey."""
    visible = "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[: _SHOWN + 1].rstrip()
    )
    return visible if len(visible) <= _SHOWN else visible[: _SHOWN - 1] + "…"
