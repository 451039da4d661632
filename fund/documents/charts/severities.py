"""How severe the reviewers are, and how sure that is."""

from collections.abc import Sequence
from math import ceil
from typing import Final
from xml.etree.ElementTree import Element

import altair as alt

from fund.documents.charts import words
from fund.documents.charts.facts import ReviewerSeverity, Severities
from fund.documents.charts.frame import framed
from fund.documents.charts.key import Entry, draw_key
from fund.documents.charts.layout import Plot, Row, across, down, first_only, on, sentences
from fund.documents.charts.palette import BRAND, BRAND_WASH, PAPER, SOFT_TEXT, TEXT
from fund.documents.charts.rendering import render
from fund.documents.charts.svg import SMALL, WIDTH, fitted, label, node
from fund.documents.tables import Kind, shown

SHOWN: Final = 60
_LEFT: Final = 240
_RIGHT: Final = 210
_STEP: Final = 5.0
"""The scale reaches a multiple of so many points, and one at least: small differences must not look large."""


def draw_severities(facts: Severities, language: str) -> str:
    """A line for each reviewer, the most severe first; the first sixty of them."""
    reviewers = facts.from_severe[:SHOWN]
    remark = first_only(len(reviewers), len(facts.reviewers), language)
    key, top = draw_key(_key(remark, language))
    plot = Plot(rows=len(reviewers), row=26, top=top + 20, left=_LEFT, right=_RIGHT)
    marks = render(plot.specification(_layers(plot, reviewers)), language)
    return framed(
        [*key, *marks, *_columns(plot, reviewers, language)],
        height=plot.height,
        title=facts.title,
        description=sentences(words.SEVERITIES.of(language), remark, words.IN_TABLE.of(language)),
    )


def _key(remark: str, language: str) -> list[Entry]:
    effect = (node("circle", cx=14, cy=0, r=6, fill=BRAND, stroke=PAPER),)
    interval = (node("rect", x=0, y=-5, width=28, height=10, fill=BRAND_WASH, stroke=BRAND),)
    entries = [Entry(words.EFFECT.of(language), effect), Entry(words.INTERVAL.of(language), interval)]
    return entries + ([Entry(remark)] if remark else [])


def _columns(plot: Plot, reviewers: Sequence[ReviewerSeverity], language: str) -> list[Element]:
    soft: dict[str, str | float] = {"font_size": SMALL, "fill": SOFT_TEXT}
    above = plot.start - 30
    drawn = [
        label(_LEFT, above, words.MORE_SEVERE.of(language), **soft),
        label(WIDTH - _RIGHT, above, words.MORE_GENEROUS.of(language), text_anchor="end", **soft),
        plot.heading(WIDTH - 106, words.POINTS.of(language)),
        plot.heading(WIDTH - 8, words.REVIEWS.of(language)),
    ]
    for place, reviewer in enumerate(reviewers):
        effect = shown(reviewer.effect, Kind.DIFFERENCE, language)
        drawn += [
            plot.column(place, 4, fitted(reviewer.reviewer, _LEFT - 18)),
            plot.column(place, WIDTH - 106, effect, text_anchor="end", font_weight=650),
            plot.column(place, WIDTH - 8, shown(reviewer.reviews, Kind.COUNT, language), text_anchor="end"),
        ]
    return drawn


def _layers(plot: Plot, reviewers: Sequence[ReviewerSeverity]) -> list[alt.Chart]:
    effects: list[Row] = []
    intervals: list[Row] = []
    for place, reviewer in enumerate(reviewers):
        middle = plot.middle(place)
        effects.append({"effect": reviewer.effect, "y": middle})
        if reviewer.low is not None and reviewer.high is not None:
            intervals.append({"low": reviewer.low, "high": reviewer.high, "y": middle - 5, "y2": middle + 5})
    farthest = max(abs(value) for row in effects + intervals for name, value in row.items() if name[0] != "y")
    reach = _STEP * max(ceil(farthest / _STEP), 1)
    domain = (-reach, reach)
    return [
        on([{"zero": 0}]).mark_rule(color=TEXT, strokeWidth=1.5).encode(x=across("zero", domain, "+d")),
        on(intervals)
        .mark_rect(fill=BRAND_WASH, stroke=BRAND, strokeWidth=1)
        .encode(x=across("low", domain, "+d"), x2="high:Q", y=down(), y2="y2:Q"),
        on(effects)
        .mark_point(shape="circle", fill=BRAND, stroke=PAPER, strokeWidth=1, size=110, opacity=1)
        .encode(x=across("effect", domain, "+d"), y=down()),
    ]
