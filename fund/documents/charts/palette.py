"""Colours and patterns. Each mark differs by its pattern or its shape too, so that a print in black says the same.

The colours are those of the house's style sheet; all that carry meaning have a contrast of at least 3:1 on white,
texts of 4.5:1 (RGAA 3.2 and 3.3).
"""

from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from fund.documents.charts.svg import node

PAPER: Final = "#ffffff"
TEXT: Final = "#17222b"
SOFT_TEXT: Final = "#4a5862"
BRAND: Final = "#19486a"
BRAND_WASH: Final = "#dbe7ef"
OCHRE: Final = "#7a4406"
RED: Final = "#a3231c"
GRID: Final = "#dcd7cc"
"""Helps the eye and means nothing: figures stand beside the marks."""
SHADES: Final = ("#dbe7ef", "#9dbdd4", "#41789f", BRAND)
"""From little to much. Lightness alone tells them apart, so that a print in black says the same; a line encloses
each, and the areas that they fill bear figures."""

_TILES: Final = {
    "diagonal": (7, "M-1.75,1.75l3.5,-3.5M0,7l7,-7M5.25,8.75l3.5,-3.5", 1.8),
    "cross": (7, "M0,0l7,7M7,0l-7,7", 1.3),
    "dots": (6, "M3,1.6v2.8M1.6,3h2.8", 2.0),
    "lines": (5, "M0,2.5h5", 1.6),
}


@dataclass(frozen=True, slots=True)
class Ink:
    """How an area is filled: its colour (also of its outline), and a tile or ``solid`` or ``blank``."""

    colour: str
    pattern: str

    @property
    def fill(self) -> str:
        """The value of an SVG ``fill``; tiles are named, and the renderer adds those that a picture uses."""
        match self.pattern:
            case "solid":
                return self.colour
            case "blank":
                return PAPER
        return f"url(#{self.pattern}-{self.colour[1:]})"


DONE: Final = Ink(BRAND, "solid")
UNDER_WAY: Final = Ink(BRAND, "diagonal")
OPEN: Final = Ink(BRAND, "blank")
NEW: Final = Ink(OCHRE, "cross")
REFUSED: Final = Ink(OCHRE, "lines")
RECUSED: Final = Ink(TEXT, "dots")
EXCESS: Final = Ink(RED, "lines")
AGREED: Final = Ink(BRAND, "cross")
PROMISED: Final = Ink(BRAND, "dots")


def tile(name: str, identifier: str) -> Element:
    """The ``pattern`` element for a tile named by ``Ink.fill`` (``diagonal-19486a``)."""
    pattern, colour = name.split("-")
    size, path, width = _TILES[pattern]
    element = node("pattern", id=identifier, width=size, height=size, patternUnits="userSpaceOnUse")
    element.append(node("path", d=f"M0,0h{size}v{size}h-{size}z", fill=PAPER))
    element.append(node("path", d=path, stroke=f"#{colour}", stroke_width=width, fill="none"))
    return element
