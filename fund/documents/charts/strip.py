"""One bar of several parts side by side."""

from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element

from fund.documents.charts.palette import Ink
from fund.documents.charts.svg import WIDTH, node

HEIGHT: Final = 40
LEFT: Final = 4


def draw_strip(parts: Sequence[tuple[float, Ink]], top: float) -> list[Element]:
    """The parts that are not nothing, to the scale of their sum; each outlined, so that neighbours stay apart."""
    total = sum(value for value, _ in parts)
    drawn: list[Element] = []
    x = float(LEFT)
    for value, ink in parts:
        if value > 0:
            width = (WIDTH - 2 * LEFT) * value / total
            rect = node("rect", x=x, y=top, width=width, height=HEIGHT, fill=ink.fill)
            rect.set("stroke", ink.colour)
            drawn.append(rect)
            x += width
    return drawn
