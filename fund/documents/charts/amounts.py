"""Lines of amounts: for each a bar per series, the euros written beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from fund.documents.charts import words
from fund.documents.charts.facts import Amount
from fund.documents.charts.frame import framed
from fund.documents.charts.key import Entry, area, draw_key
from fund.documents.charts.layout import Bar, Plot, draw_bars, first_only, sentences
from fund.documents.charts.palette import PAPER, Ink
from fund.documents.charts.rendering import render
from fund.documents.charts.svg import SMALL, fitted, label
from fund.documents.tables import Kind, shown
from fund.forms.definition import Words

_BAR: Final = 17
_SPACE: Final = 14
SEAM: Final[Mapping[str, str | float]] = {
    "stroke": PAPER,
    "stroke_width": 4,
    "stroke_linejoin": "round",
    "paint_order": "stroke",
}
"""Paper around figures, which keeps them apart from the lines of the scale."""
_LEFT: Final = 290
_RIGHT: Final = 170


@dataclass(frozen=True, slots=True)
class Series:
    """What one bar of every line is, and how it is filled."""

    word: Words
    ink: Ink


@dataclass(frozen=True, slots=True)
class Line:
    """One amount for each series; the number of files is written where there are any."""

    label: str
    amounts: tuple[Amount, ...]


def draw_amounts(
    title: str, description: Words, series: Sequence[Series], lines: Sequence[Line], language: str, *, at_most: int
) -> str:
    """The first lines, ``at_most`` so many, on one scale."""
    drawn = lines[:at_most]
    remark = first_only(len(drawn), len(lines), language)
    brackets = words.IN_BRACKETS.of(language) if any(each.files for line in lines for each in line.amounts) else ""
    entries = [area(each.ink, each.word.of(language)) for each in series]
    key, top = draw_key([*entries, *([Entry(said)] if (said := sentences(brackets, remark)) else [])])
    plot = Plot(rows=len(drawn), row=_BAR * len(series) + _SPACE, top=top, left=_LEFT, right=_RIGHT)
    most = max(float(amount.euros) for line in drawn for amount in line.amounts) or 1_000.0
    bars = [
        Bar(0, float(amount.euros), _top(plot, place, number), _BAR - 3, series[number].ink)
        for place, line in enumerate(drawn)
        for number, amount in enumerate(line.amounts)
    ]
    marks = render(plot.specification([draw_bars(bars, (0, most), "$,.0f")]), language)
    return framed(
        [*key, *marks, *_texts(plot, drawn, most, language)],
        height=plot.height,
        title=title,
        description=sentences(description.of(language), remark, words.IN_TABLE.of(language)),
    )


def _texts(plot: Plot, lines: Sequence[Line], most: float, language: str) -> list[Element]:
    drawn: list[Element] = []
    for place, line in enumerate(lines):
        drawn.append(plot.column(place, 4, fitted(line.label, _LEFT - 18)))
        for number, amount in enumerate(line.amounts):
            written = shown(amount.euros, Kind.EUROS, language)
            if amount.files:
                written += f" ({shown(amount.files, Kind.COUNT, language)})"
            x = _LEFT + plot.width * float(amount.euros) / most + 7
            y = plot.start + _top(plot, place, number) + _BAR - 5
            drawn.append(label(x, y, written, font_size=SMALL, **SEAM))
    return drawn


def _top(plot: Plot, place: int, number: int) -> float:
    return place * plot.row + _SPACE / 2 + number * _BAR
