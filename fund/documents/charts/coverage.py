"""How what was asked, proposed and awarded spreads over territories, goals or levers."""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from fund.documents.charts import words
from fund.documents.charts.facts import Amount, Coverage, CoverageLine
from fund.documents.charts.frame import framed
from fund.documents.charts.key import Entry, area, draw_key
from fund.documents.charts.layout import Bar, Plot, draw_bars, first_only, sentences
from fund.documents.charts.palette import DONE, OPEN, PAPER, UNDER_WAY, Ink
from fund.documents.charts.rendering import render
from fund.documents.charts.svg import SMALL, fitted, label
from fund.documents.tables import Kind, shown
from fund.forms.definition import Words

SHOWN: Final = 40
_BAR: Final = 17
_SPACE: Final = 14
_SEAM: Final[Mapping[str, str | float]] = {
    "stroke": PAPER,
    "stroke_width": 4,
    "stroke_linejoin": "round",
    "paint_order": "stroke",
}
"""Paper around figures, which keeps them apart from the lines of the scale."""
_LEFT: Final = 290
_RIGHT: Final = 170
Series = tuple[str, Words, Ink]
_SERIES: Final[tuple[Series, ...]] = (
    ("asked", words.ASKED, OPEN),
    ("proposed", words.PROPOSED, UNDER_WAY),
    ("awarded", words.AWARDED, DONE),
)


def draw_coverage(facts: Coverage, language: str) -> str:
    """For each line a bar of the euros asked and, where there are any at all, of those proposed and awarded."""
    lines = facts.lines[:SHOWN]
    remark = first_only(len(lines), len(facts.lines), language)
    series = [each for each in _SERIES if each[0] == "asked" or any(_of(line, each).files for line in facts.lines)]
    entries = [area(ink, word.of(language)) for _, word, ink in series]
    key, top = draw_key([*entries, Entry(sentences(words.IN_BRACKETS.of(language), remark))])
    plot = Plot(rows=len(lines), row=_BAR * len(series) + _SPACE, top=top, left=_LEFT, right=_RIGHT)
    most = max(float(_of(line, each).euros) for line in lines for each in series) or 1_000.0
    bars = [
        Bar(0, float(_of(line, each).euros), _top(plot, place, number), _BAR - 3, each[2])
        for place, line in enumerate(lines)
        for number, each in enumerate(series)
    ]
    marks = render(plot.specification([draw_bars(bars, (0, most), "$,.0f")]), language)
    return framed(
        [*key, *marks, *_texts(plot, lines, series, most, language)],
        height=plot.height,
        title=facts.title,
        description=sentences(words.COVERAGE.of(language), remark, words.IN_TABLE.of(language)),
    )


def _texts(
    plot: Plot, lines: Sequence[CoverageLine], series: Sequence[Series], most: float, language: str
) -> list[Element]:
    drawn: list[Element] = []
    for place, line in enumerate(lines):
        drawn.append(plot.column(place, 4, fitted(line.label, _LEFT - 18)))
        for number, each in enumerate(series):
            amount = _of(line, each)
            written = shown(amount.euros, Kind.EUROS, language)
            if amount.files:
                written += f" ({shown(amount.files, Kind.COUNT, language)})"
            x = _LEFT + plot.width * float(amount.euros) / most + 7
            y = plot.start + _top(plot, place, number) + _BAR - 5
            drawn.append(label(x, y, written, font_size=SMALL, **_SEAM))
    return drawn


def _top(plot: Plot, place: int, number: int) -> float:
    return place * plot.row + _SPACE / 2 + number * _BAR


def _of(line: CoverageLine, series: Series) -> Amount:
    amounts = {"asked": line.asked, "proposed": line.proposed, "awarded": line.awarded}
    return amounts[series[0]]
