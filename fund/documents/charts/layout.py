"""The common ground of the pictures that Vega draws: rows of a fixed height between columns of text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import Element

import altair as alt

from fund.documents.charts import words
from fund.documents.charts.palette import GRID, SOFT_TEXT, Ink
from fund.documents.charts.svg import SIZE, SMALL, WIDTH, label

Row = dict[str, Any]

MARGIN: Final = 12
_AXIS: Final = 34
_BASELINE: Final = SIZE * 0.34


@dataclass(frozen=True, slots=True)
class Plot:
    """Where the rows stand: the key is above, ``top`` high; ``left`` and ``right`` of them are columns of text."""

    rows: int
    row: float
    top: float
    left: float
    right: float

    @property
    def width(self) -> float:
        return WIDTH - self.left - self.right

    @property
    def start(self) -> float:
        """The upper edge of the first row."""
        return self.top + _AXIS

    @property
    def height(self) -> float:
        """Of the whole picture."""
        return self.start + self.rows * self.row + MARGIN

    def middle(self, place: int) -> float:
        """The middle of a row, from the upper edge of the first."""
        return (place + 0.5) * self.row

    def column(self, place: int, x: float, text: str, **attributes: str | float) -> Element:
        """A text in a row, ``x`` counted from the left edge of the picture."""
        return label(x, self.start + self.middle(place) + _BASELINE, text, **attributes)

    def heading(self, x: float, text: str) -> Element:
        """What a column of texts is called, above the rows."""
        return label(x, self.start - 10, text, font_size=SMALL, fill=SOFT_TEXT, text_anchor="end")

    def specification(self, layers: Sequence[alt.Chart]) -> dict[str, Any]:
        """The layers as Vega-Lite, placed so that they meet the columns of text."""
        chart = alt.layer(*layers).properties(
            width=self.width,
            height=self.rows * self.row,
            autosize="none",
            padding={"left": self.left, "top": self.start, "right": self.right, "bottom": MARGIN},
        )
        configured = chart.configure_view(stroke=None).configure_axis(
            gridColor=GRID,
            domainColor=SOFT_TEXT,
            tickColor=SOFT_TEXT,
            labelColor=SOFT_TEXT,
            labelFontSize=SMALL,
            labelPadding=4,
        )
        # Altair's own validation costs more than the drawing of a small picture; Vega refuses what it cannot draw.
        specification: dict[str, Any] = configured.to_dict(validate=False)
        # The frame lays the paper, below the key too.
        return specification | {"background": None}


def on(rows: Sequence[Row]) -> alt.Chart:
    """A layer to be: marks for these rows."""
    return alt.Chart(alt.InlineData(values=list(rows)))


def across(field: str, domain: tuple[float, float], form: str) -> alt.X:
    """Along a scale that every layer shares, its figures above the rows, written in d3's ``form``."""
    axis = alt.Axis(
        orient="top",
        title=None,
        tickCount=5,
        format=form,
        labelFlush=False,
        labelExpr="datum.value === 0 ? '0' : datum.label",  # not « +0 », nor « 0 € »
    )
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=list(domain), nice=False, zero=False), axis=axis)


def down() -> alt.Y:
    """Down the rows, in units of the picture."""
    return alt.Y("y:Q", scale=None, axis=None)


@dataclass(frozen=True, slots=True)
class Bar:
    """An area along the scale: from, to, its upper edge from the first row's, its height, and its ink."""

    start: float
    end: float
    y: float
    height: float
    ink: Ink


def draw_bars(bars: Sequence[Bar], domain: tuple[float, float], form: str) -> alt.Chart:
    """The layer of these bars; those of no width are left out."""
    values = [
        {
            "from": bar.start,
            "to": bar.end,
            "y": bar.y,
            "y2": bar.y + bar.height,
            "fill": bar.ink.fill,
            "stroke": bar.ink.colour,
        }
        for bar in bars
        if bar.end > bar.start
    ]
    layer: alt.Chart = (
        on(values)
        .mark_rect(strokeWidth=1.5)
        .encode(
            x=across("from", domain, form),
            x2="to:Q",
            y=down(),
            y2="y2:Q",
            fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("stroke:N", scale=None),
        )
    )
    return layer


def first_only(shown: int, all_: int, language: str) -> str:
    """That the picture leaves lines out; nothing where it does not."""
    return words.FIRST_ONLY.of(language).format(shown=shown, all=all_) if shown < all_ else ""


def sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
