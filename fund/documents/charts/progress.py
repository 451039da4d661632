"""Where the reviews stand, in all and for each reviewer."""

from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element

from fund.documents.charts import words
from fund.documents.charts.facts import Progress, ReviewerProgress
from fund.documents.charts.frame import framed
from fund.documents.charts.key import Entry, area, draw_key
from fund.documents.charts.layout import Bar, Plot, draw_bars, first_only, sentences
from fund.documents.charts.palette import DONE, OPEN, RECUSED, REFUSED, UNDER_WAY, Ink
from fund.documents.charts.rendering import render
from fund.documents.charts.strip import HEIGHT, draw_strip
from fund.documents.charts.svg import SIZE, WIDTH, fitted, label
from fund.documents.tables import Kind, shown
from fund.forms.definition import Words

SHOWN: Final = 60
_LEFT: Final = 270
_RIGHT: Final = 190
_STATES: Final[tuple[tuple[Words, Ink], ...]] = (
    (words.SUBMITTED, DONE),
    (words.ACCEPTED, UNDER_WAY),
    (words.ASSIGNED, OPEN),
    (words.DECLINED, REFUSED),
    (words.RECUSED, RECUSED),
)


def draw_progress(facts: Progress, language: str) -> str:
    """A bar of all reviews with the number in each state, then one for each of the first sixty reviewers."""
    reviewers = facts.reviewers[:SHOWN]
    remark = first_only(len(reviewers), len(facts.reviewers), language)
    sums = [sum(counts) for counts in zip(*map(counts_of, facts.reviewers), strict=True)]
    key, top = _head(sums, remark, language)
    plot = Plot(rows=len(reviewers), row=26, top=top, left=_LEFT, right=_RIGHT)
    bars: list[Bar] = []
    texts: list[Element] = []
    for place, reviewer in enumerate(reviewers):
        start = 0
        for count, (_, ink) in zip(counts_of(reviewer), _STATES, strict=True):
            bars.append(Bar(start, start + count, plot.middle(place) - 9, 18, ink))
            start += count
        texts += [
            plot.column(place, 4, fitted(reviewer.reviewer, _LEFT - 18)),
            plot.column(place, WIDTH - 8, _done(reviewer, language), text_anchor="end"),
        ]
    most = max(sum(counts_of(reviewer)) for reviewer in reviewers) or 1
    marks = render(plot.specification([draw_bars(bars, (0, most), "d")]), language)
    return framed(
        [*key, *marks, *texts],
        height=plot.height,
        title=facts.title,
        description=sentences(words.PROGRESS.of(language), remark, words.IN_TABLE.of(language)),
    )


def counts_of(reviewer: ReviewerProgress) -> tuple[int, ...]:
    """The numbers of reviews, in the order in which the states are drawn."""
    return reviewer.submitted, reviewer.accepted, reviewer.assigned, reviewer.declined, reviewer.recused


def _head(sums: Sequence[int], remark: str, language: str) -> tuple[list[Element], float]:
    entries = [
        area(
            ink,
            words.LABELLED.of(language).format(what=word.of(language), value=shown(count, Kind.COUNT, language)),
        )
        for count, (word, ink) in zip(sums, _STATES, strict=True)
    ]
    key, top = draw_key([*entries, *([Entry(remark)] if remark else [])])
    parts = [(float(count), ink) for count, (_, ink) in zip(sums, _STATES, strict=True)]
    name = label(4, top + SIZE + 4, words.IN_ALL.of(language), font_weight=650)
    strip_top = top + SIZE + 14
    return [*key, name, *draw_strip(parts, strip_top)], strip_top + HEIGHT + 12


def _done(reviewer: ReviewerProgress, language: str) -> str:
    word = {0: words.NONE_DONE, 1: words.ONE_DONE}.get(reviewer.submitted, words.DONE)
    return word.of(language).format(done=reviewer.submitted, all=reviewer.expected)
