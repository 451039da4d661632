"""Columns side by side, each a pile of amounts: euros period by period."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from xml.etree.ElementTree import Element

import altair as alt

from fund.documents.charts.amounts import SEAM
from fund.documents.charts.frame import framed
from fund.documents.charts.key import Entry, draw_key
from fund.documents.charts.layout import on
from fund.documents.charts.palette import GRID, SOFT_TEXT, Ink
from fund.documents.charts.rendering import render
from fund.documents.charts.svg import SMALL, WIDTH, breadth, label
from fund.documents.tables import Kind, shown

_LEFT: Final = 96
_RIGHT: Final = 8
_ABOVE: Final = 28
"""Room for the amount of the highest column."""
_HEIGHT: Final = 210
_LINE: Final = 17
_FOOT: Final = 13
_PLOT: Final = WIDTH - _LEFT - _RIGHT


@dataclass(frozen=True, slots=True)
class Pile:
    """A column: its parts from the bottom, and the amount that is written above it (none where it is nought)."""

    label: str
    parts: tuple[tuple[Decimal, Ink], ...]
    written: Decimal

    @property
    def height(self) -> float:
        return float(sum((euros for euros, _ in self.parts), Decimal(0)))


def draw_columns(
    title: str, description: str, piles: Sequence[Pile], language: str, key: Sequence[Entry] = ()
) -> str:
    """A column for each pile; amounts and names where there is room for them."""
    drawn, below = draw_key(key) if key else ([], 0.0)
    top = below + _ABOVE
    most = max(pile.height for pile in piles) or 1_000.0
    step = _PLOT / len(piles)
    names, foot = _names(piles, step, top + _HEIGHT)
    marks = render(_specification(piles, step, most, top, foot), language)
    return framed(
        [*drawn, *marks, *names, *_amounts(piles, step, most, top, language)],
        height=top + _HEIGHT + foot,
        title=title,
        description=description,
    )


def _specification(piles: Sequence[Pile], step: float, most: float, top: float, foot: float) -> dict[str, Any]:
    axis = alt.Axis(title=None, tickCount=4, format="$,.0f", labelExpr="datum.value === 0 ? '0' : datum.label")
    chart = (
        on(_areas(piles, step))
        .mark_rect(strokeWidth=1.5)
        .encode(
            x=alt.X("x:Q", scale=alt.Scale(domain=[0, _PLOT], nice=False, zero=False), axis=None),
            x2="x2:Q",
            y=alt.Y("y:Q", scale=alt.Scale(domain=[0, most], nice=False), axis=axis),
            y2="y2:Q",
            fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("stroke:N", scale=None),
        )
        .properties(
            width=_PLOT,
            height=_HEIGHT,
            autosize="none",
            padding={"left": _LEFT, "top": top, "right": _RIGHT, "bottom": foot},
        )
        .configure_view(stroke=None)
        .configure_axis(
            gridColor=GRID,
            domainColor=SOFT_TEXT,
            tickColor=SOFT_TEXT,
            labelColor=SOFT_TEXT,
            labelFontSize=SMALL,
            labelPadding=4,
        )
    )
    specification: dict[str, Any] = chart.to_dict(validate=False)
    return specification | {"background": None}


def _areas(piles: Sequence[Pile], step: float) -> list[dict[str, Any]]:
    width, areas = max(min(step * 0.7, 64), 1), []
    for place, pile in enumerate(piles):
        start, left = 0.0, (place + 0.5) * step - width / 2
        for euros, ink in pile.parts:
            end = start + float(euros)
            if euros:
                across = {"x": left, "x2": left + width, "y": start, "y2": end}
                areas.append({**across, "fill": ink.fill, "stroke": ink.colour})
            start = end
    return areas


def _names(piles: Sequence[Pile], step: float, base: float) -> tuple[list[Element], float]:
    """The names under their columns, and how much room they take.

    On one line, else on two; where they fit on neither, every second of them, every third …
    """
    whole = [[pile.label] for pile in piles]
    broken = [pile.label.rsplit(" ", 1) for pile in piles]
    lines = whole if _widest(whole) <= step else broken
    every = max(-(-int(_widest(lines)) // max(int(step), 1)), 1)
    drawn = [
        label(
            _LEFT + (place + 0.5) * step,
            base + 20 + number * _LINE,
            text,
            font_size=SMALL,
            fill=SOFT_TEXT,
            text_anchor="middle",
        )
        for place, name in enumerate(lines)
        for number, text in enumerate(name)
        if place % every == 0
    ]
    return drawn, _FOOT + _LINE * max(len(name) for name in lines)


def _widest(names: Sequence[Sequence[str]]) -> float:
    """Of the lines of all names, with the space that keeps neighbours apart."""
    return max(breadth(text, SMALL) for name in names for text in name) + 8


def _amounts(piles: Sequence[Pile], step: float, most: float, top: float, language: str) -> list[Element]:
    """What is written above the columns: to the cent, else in thousands or millions, else nothing."""
    forms = (
        [shown(pile.written, Kind.EUROS, language) for pile in piles],
        [rounded(pile.written, language) for pile in piles],
    )
    fitting = next((form for form in forms if max(breadth(text, SMALL) for text in form) <= step), None)
    if fitting is None:
        return []
    return [
        label(
            _LEFT + (place + 0.5) * step,
            top + _HEIGHT * (1 - pile.height / most) - 6,
            text,
            font_size=SMALL,
            text_anchor="middle",
            **SEAM,
        )
        for place, (pile, text) in enumerate(zip(piles, fitting, strict=True))
        if pile.written
    ]


def rounded(euros: Decimal, language: str) -> str:
    """An amount where there is little room: « 950 € », « 12,5 k€ », « 480 k€ », « 1,2 M€ »."""
    for size, sign in ((Decimal(1_000_000), "M"), (Decimal(1_000), "k")):
        # 999 500 € would be rounded to 1 000 k€.
        if euros >= size * Decimal("0.9995"):
            value = euros / size
            digits = Decimal(1) if value >= Decimal("99.95") else Decimal("0.1")
            text = shown(value.quantize(digits), Kind.NUMBER, language)
            return f"{text}\u00a0{sign}€" if language == "fr" else f"€{text}{sign}"
    return shown(euros.quantize(Decimal(1)), Kind.EUROS, language)
