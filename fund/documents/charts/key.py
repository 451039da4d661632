"""The key of a picture: what each mark means, above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from fund.documents.charts.palette import Ink
from fund.documents.charts.svg import WIDTH, breadth, label, node

LINE: Final = 26
_LEFT: Final = 4
_SIGN: Final = 34
_GAP: Final = 26


@dataclass(frozen=True, slots=True)
class Entry:
    """A sign, drawn around 14, 0 and at most 28 wide, and what it means. Without sign, a remark."""

    text: str
    sign: tuple[Element, ...] = ()


def area(ink: Ink, text: str) -> Entry:
    """An entry for what is filled with an ink."""
    return Entry(text, (node("rect", x=0, y=-8, width=28, height=16, fill=ink.fill, stroke=ink.colour),))


def draw_key(entries: Sequence[Entry], top: float = 0) -> tuple[list[Element], float]:
    """The entries one after the other, on as many lines as they need; and the height where they end."""
    drawn: list[Element] = []
    x, y = float(_LEFT), top + LINE / 2
    for entry in entries:
        indent = _SIGN if entry.sign else 0
        width = indent + breadth(entry.text)
        if x > _LEFT and x + width > WIDTH:
            x, y = float(_LEFT), y + LINE
        if entry.sign:
            sign = node("g", transform=f"translate({x:g},{y:g})")
            sign.extend(entry.sign)
            drawn.append(sign)
        drawn.append(label(x + indent, y + 5, entry.text))
        x += width + _GAP
    return drawn, y + LINE / 2
