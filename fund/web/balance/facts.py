"""From the balance to its pictures and tables, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext

from fund.documents.charts.facts import (
    Amount,
    Breakdown,
    BreakdownLine,
    Facts,
    FranceMap,
    MapLine,
    Month,
    Months,
)
from fund.documents.tables import Column, Kind, Table
from fund.edge.i18n import current_language
from fund.services.balance import AXES, Balance, Figure, IndicatorLine, Line, Value
from fund.services.balance_rows import Axis, months_between
from fund.web.balance import words
from fund.web.balance.asking import period_words, rows_address

ON_LINES = (
    Figure.CALLS,
    Figure.APPLICATIONS,
    Figure.ASKED,
    Figure.DECIDED,
    Figure.FUNDED,
    Figure.SUCCESS,
    Figure.AWARDED,
    Figure.PAID,
    Figure.LEVERAGE,
    Figure.CONTRIBUTED,
    Figure.PEOPLE,
)
"""The figures of each line of a breakdown."""


@dataclass(frozen=True, slots=True)
class View:
    """One breakdown: its table, the addresses behind its cells (by row and column), and its picture's facts."""

    key: str
    note: str
    table: Table
    addresses: Mapping[tuple[int, int], str]
    pictures: tuple[Facts, ...]

    @property
    def title(self) -> str:
        return self.table.title


def totals_table(balance: Balance) -> Table:
    """One row, every figure in its column."""
    columns = (Column(gettext("Period")), *(_column(figure) for figure in Figure))
    row = (period_words(balance.scope), *(balance.totals[figure] for figure in Figure))
    return Table(gettext("In all"), columns, (row,))


def views_of(balance: Balance) -> list[View]:
    """The payments month by month first, then every axis, then the indicators."""
    found = [_view(balance, axis) for axis in (Axis.MONTH, *(axis for axis in AXES if axis is not Axis.MONTH))]
    return [*found, _indicators(balance)] if balance.indicators else found


def _view(balance: Balance, axis: Axis) -> View:
    lines = balance.lines[axis]
    title, dimension, _ = words.AXES[axis]
    columns = (Column(str(dimension)), *(_column(figure) for figure in ON_LINES))
    rows = [(words.code_name(axis, line.code), *(line.figures[figure] for figure in ON_LINES)) for line in lines]
    rows.append((gettext("In all"), *(balance.totals[figure] for figure in ON_LINES)))
    codes = [(axis, line.code) for line in lines]
    addresses = {
        (row, column): rows_address(balance.scope, figure, *part)
        for row, part in enumerate([*codes, (None, "")])
        for column, figure in enumerate(ON_LINES, start=1)
        if rows[row][column]
    }
    table = Table(str(title), columns, tuple(rows))
    return View(axis.value, words.note_on(axis), table, addresses, _pictures(balance, axis))


def _pictures(balance: Balance, axis: Axis) -> tuple[Facts, ...]:
    lines = balance.lines[axis]
    match axis:
        case Axis.MONTH:
            return (_months(balance),)
        case Axis.DEPARTEMENT:
            return _map(lines), _breakdown(axis, lines)
    return (_breakdown(axis, lines),)


def _map(lines: tuple[Line, ...]) -> FranceMap:
    return FranceMap(
        gettext("Awarded by département"),
        tuple(
            MapLine(
                line.code.removeprefix("dep:"),
                words.code_name(Axis.DEPARTEMENT, line.code),
                Amount(int(line.figures[Figure.AWARDS] or 0), _euros(line.figures[Figure.AWARDED])),
            )
            for line in lines
            if line.figures[Figure.AWARDS]
        ),
    )


def _column(figure: Figure) -> Column:
    name, kind, _ = words.FIGURES[figure]
    return Column(str(name), kind)


def _breakdown(axis: Axis, lines: tuple[Line, ...]) -> Breakdown:
    title, dimension, _ = words.AXES[axis]
    return Breakdown(
        str(title),
        str(dimension),
        tuple(
            BreakdownLine(
                words.code_name(axis, line.code),
                *(_euros(line.figures[figure]) for figure in (Figure.ASKED, Figure.AWARDED, Figure.PAID)),
            )
            for line in lines
        ),
    )


def _months(balance: Balance) -> Months:
    """From the first payment of the period to the last, months without any in between."""
    paid = {line.code: _euros(line.figures[Figure.PAID]) for line in balance.lines[Axis.MONTH]}
    codes = sorted(code for code, euros in paid.items() if euros)
    between = months_between(*(date.fromisoformat(f"{codes[place]}-01") for place in (0, -1))) if codes else ()
    return Months(
        gettext("Paid month by month"),
        tuple(
            Month(words.month_name(code, short=True), paid.get(code, Decimal(0)))
            for code in (f"{month:%Y-%m}" for month in between)
        ),
    )


def _indicators(balance: Balance) -> View:
    columns = (
        Column(gettext("Indicator")),
        Column(gettext("Call")),
        Column(gettext("Sum"), Kind.NUMBER),
        Column(gettext("Final reports"), Kind.COUNT),
    )
    rows = tuple(_indicator_row(balance, line) for line in balance.indicators)
    addresses = {
        (row, column): rows_address(balance.scope, Figure.REPORTS, Axis.INDICATOR, line.indicator.code)
        for row, line in enumerate(balance.indicators)
        for column in (2, 3)
    }
    note = gettext(
        "The numbers that the report forms of the calls ask for, added up within a call where the question and "
        "its wording are the same."
    )
    return View("indicators", note, Table(gettext("Indicators"), columns, rows), addresses, ())


def _indicator_row(balance: Balance, line: IndicatorLine) -> tuple[str, str, Decimal, int]:
    language = current_language()
    call = balance.calls[line.indicator.call]
    return line.indicator.label.of(language), call.title(language), line.total, line.reports


def _euros(value: Value) -> Decimal:
    return Decimal(value or 0)
