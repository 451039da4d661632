"""Where the euros of each envelope lie: one bar a call, all on one scale."""

from typing import Final
from xml.etree.ElementTree import Element

from fund.documents.charts import words
from fund.documents.charts.facts import Accounts, AccountsLine
from fund.documents.charts.frame import framed
from fund.documents.charts.key import Entry, area, draw_key
from fund.documents.charts.layout import Bar, Plot, draw_bars, first_only, sentences
from fund.documents.charts.palette import AGREED, DONE, NEW, OPEN, PROMISED, REFUSED, UNDER_WAY, Ink
from fund.documents.charts.rendering import render
from fund.documents.charts.svg import WIDTH, fitted
from fund.documents.tables import Kind, shown
from fund.forms.definition import Words

SHOWN: Final = 30
_LEFT: Final = 270
_RIGHT: Final = 130
_PLACES: Final[tuple[tuple[str, Words, Ink], ...]] = (
    ("paid", words.PAID, DONE),
    ("to_recover", words.TO_RECOVER, NEW),
    ("recovered", words.RECOVERED, REFUSED),
    ("ordered", words.ORDERED, UNDER_WAY),
    ("approved", words.APPROVED, AGREED),
    ("committed", words.COMMITTED, PROMISED),
    ("available", words.AVAILABLE, OPEN),
)
"""What is furthest on its way stands first; those of which there is nothing are left out of the key."""


def draw_accounts(facts: Accounts, language: str) -> str:
    lines = facts.lines[:SHOWN]
    remark = first_only(len(lines), len(facts.lines), language)
    drawn = [place for place in _PLACES if any(getattr(line, place[0]) for line in lines)]
    entries = [area(ink, word.of(language)) for _, word, ink in drawn]
    key, top = draw_key([*entries, *([Entry(remark)] if remark else [])])
    plot = Plot(rows=len(lines), row=28, top=top, left=_LEFT, right=_RIGHT)
    bars = [bar for place, line in enumerate(lines) for bar in _bars(line, plot.middle(place) - 9)]
    most = max(float(line.total) for line in lines) or 1_000.0
    marks = render(plot.specification([draw_bars(bars, (0, most), "$,.0f")]), language)
    texts: list[Element] = []
    for place, line in enumerate(lines):
        total = shown(line.total, Kind.EUROS, language)
        texts += [
            plot.column(place, 4, fitted(line.label, _LEFT - 18)),
            plot.column(place, WIDTH - 8, total, text_anchor="end"),
        ]
    return framed(
        [*key, *marks, *texts],
        height=plot.height,
        title=facts.title,
        description=sentences(words.ACCOUNTS.of(language), remark, words.IN_TABLE.of(language)),
    )


def _bars(line: AccountsLine, top: float) -> list[Bar]:
    bars, start = [], 0.0
    for name, _, ink in _PLACES:
        end = start + float(getattr(line, name))
        bars.append(Bar(start, end, top, 18, ink))
        start = end
    return bars
