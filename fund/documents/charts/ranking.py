"""The ranking of files: what they scored, how sure that is, and how far the reviewers were apart."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element

import altair as alt

from fund.documents.charts import words
from fund.documents.charts.facts import RankedFile, Ranking
from fund.documents.charts.frame import framed
from fund.documents.charts.key import Entry, draw_key
from fund.documents.charts.layout import Plot, Row, across, down, first_only, on, sentences
from fund.documents.charts.palette import BRAND, BRAND_WASH, OCHRE, PAPER, RED, SOFT_TEXT, TEXT
from fund.documents.charts.rendering import render
from fund.documents.charts.svg import SMALL, WIDTH, breadth, fitted, node
from fund.documents.tables import Kind, shown
from fund.documents.words import number_text

SHOWN: Final = 60
_SCALE: Final = (0.0, 100.0)
_REFERENCE_AT: Final = 42
_LEFT: Final = 440
_RIGHT: Final = 170


def draw_ranking(facts: Ranking, language: str) -> str:
    """A line for each file, best first; the first sixty of them."""
    files = facts.files[:SHOWN]
    remark = first_only(len(files), len(facts.files), language)
    key, top = draw_key(_key(facts, remark, language))
    # Sixty lines still fit on a printed page.
    plot = Plot(rows=len(files), row=26 if len(files) <= SHOWN / 2 else 21, top=top, left=_LEFT, right=_RIGHT)
    marks = render(plot.specification(_layers(plot, files, facts.minimum)), language)
    return framed(
        [*key, *marks, *_columns(plot, files, language)],
        height=plot.height,
        title=facts.title,
        description=sentences(words.RANKING.of(language), remark, words.IN_TABLE.of(language)),
    )


def _key(facts: Ranking, remark: str, language: str) -> list[Entry]:
    ticks = (
        node("path", d="M6,-7v14", stroke=TEXT, stroke_width=1.5),
        node("path", d="M20,-7v14", stroke=TEXT, stroke_width=4),
    )
    entries = [
        Entry(words.ADJUSTED_SCORE.of(language), (node("path", d="M14,-7l7,7l-7,7l-7,-7z", fill=BRAND),)),
        Entry(
            words.INTERVAL.of(language),
            (node("rect", x=0, y=-5, width=28, height=10, fill=BRAND_WASH, stroke=BRAND),),
        ),
        Entry(
            words.MEAN_SCORE.of(language),
            (node("circle", cx=14, cy=0, r=6, fill=PAPER, stroke=OCHRE, stroke_width=2.2),),
        ),
        Entry(words.ONE_REVIEW.of(language), ticks),
    ]
    if facts.minimum is not None:
        score = number_text(Decimal(str(facts.minimum)), language)
        line = node("path", d="M14,-11v22", stroke=RED, stroke_width=2, stroke_dasharray="5,3")
        entries.append(Entry(words.MINIMUM.of(language).format(score=score), (line,)))
    return entries + ([Entry(remark)] if remark else [])


def _columns(plot: Plot, files: Sequence[RankedFile], language: str) -> list[Element]:
    references = [fitted(file.reference, 130, SMALL) for file in files]
    title_at = _REFERENCE_AT + max((breadth(each, SMALL) for each in references), default=0) + 12
    drawn = [
        plot.heading(WIDTH - 86, words.MEAN.of(language)),
        plot.heading(WIDTH - 8, words.ADJUSTED.of(language)),
    ]
    for place, (file, reference) in enumerate(zip(files, references, strict=True)):
        is_ranked = file.mean is not None or file.adjusted is not None
        drawn += [
            plot.column(place, _REFERENCE_AT - 10, str(place + 1) if is_ranked else "–", text_anchor="end"),
            plot.column(place, _REFERENCE_AT, reference, font_size=SMALL, fill=SOFT_TEXT),
            plot.column(place, title_at, fitted(file.title, _LEFT - 14 - title_at)),
        ]
        if not is_ranked:
            nothing = words.NO_SCORE.of(language)
            drawn.append(plot.column(place, WIDTH - 8, nothing, text_anchor="end", fill=SOFT_TEXT))
            continue
        for x, value, weight in ((WIDTH - 86, file.mean, 400), (WIDTH - 8, file.adjusted, 650)):
            drawn.append(
                plot.column(place, x, shown(value, Kind.POINTS, language), text_anchor="end", font_weight=weight)
            )
    return drawn


def _layers(plot: Plot, files: Sequence[RankedFile], minimum: float | None) -> list[alt.Chart]:
    x = {name: across(name, _SCALE, "d") for name in ("low", "score", "mean", "adjusted", "minimum")}
    layers = [
        on(_intervals(plot, files))
        .mark_rect(fill=BRAND_WASH, stroke=BRAND, strokeWidth=1)
        .encode(x=x["low"], x2="high:Q", y=down(), y2="y2:Q"),
        on(_ticks(plot, files)).mark_rect(fill=TEXT).encode(x=x["score"], x2="end:Q", y=down(), y2="y2:Q"),
        on(_points(plot, files, "mean"))
        .mark_point(shape="circle", filled=False, fill=PAPER, stroke=OCHRE, strokeWidth=2.2, size=120, opacity=1)
        .encode(x=x["mean"], y=down()),
        on(_points(plot, files, "adjusted"))
        .mark_point(shape="diamond", fill=BRAND, stroke=PAPER, strokeWidth=1, size=95, opacity=1)
        .encode(x=x["adjusted"], y=down()),
    ]
    if minimum is not None:
        rule = on([{"minimum": minimum}]).mark_rule(color=RED, strokeWidth=2, strokeDash=[5, 3])
        layers.insert(0, rule.encode(x=x["minimum"]))
    return layers


def _intervals(plot: Plot, files: Sequence[RankedFile]) -> list[Row]:
    rows: list[Row] = []
    for place, file in enumerate(files):
        if file.low is not None and file.high is not None:
            y = plot.middle(place) - 5
            rows.append({"low": _held(file.low), "high": _held(file.high), "y": y, "y2": y + 10})
    return rows


def _ticks(plot: Plot, files: Sequence[RankedFile]) -> list[Row]:
    """A tick for each score; the more reviewers gave it, the wider."""
    rows: list[Row] = []
    for place, file in enumerate(files):
        middle = plot.middle(place)
        for score, count in Counter(file.scores).items():
            half = (1.5 + 2.5 * (min(count, 3) - 1)) / plot.width * (_SCALE[1] - _SCALE[0]) / 2
            rows.append({"score": score - half, "end": score + half, "y": middle - 8, "y2": middle + 8})
    return rows


def _points(plot: Plot, files: Sequence[RankedFile], field: str) -> list[Row]:
    values = [(place, getattr(file, field)) for place, file in enumerate(files)]
    return [{field: _held(value), "y": plot.middle(place)} for place, value in values if value is not None]


def _held(value: float) -> float:
    """Within the scale: an adjusted score and its interval may lie beyond it."""
    return min(max(value, _SCALE[0]), _SCALE[1])
