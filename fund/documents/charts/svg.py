"""Elements of a picture, and texts that fit into it."""

import unicodedata
from typing import Final
from xml.etree.ElementTree import Element

from fund.documents.words import one_line

WIDTH: Final = 960
"""Of every picture, in its own units: about a page's column, so that a unit is about a pixel there."""
SIZE: Final = 15
SMALL: Final = 14

_NARROW: Final = "iljtfrI.,:;'’!|()[]-\u2013 \u00a0\u202f/«»°"
_WIDE: Final = "mwMWOQœŒæÆ%@€→←—…"
_ELLIPSIS: Final = "…"


def node(tag: str, text: str = "", **attributes: str | float) -> Element:
    """An element; ``stroke_width`` becomes ``stroke-width``, and numbers are written short."""
    written = {name.replace("_", "-"): _number(value) for name, value in attributes.items()}
    element = Element(tag, written)
    element.text = text or None
    return element


def label(x: float, y: float, text: str, **attributes: str | float) -> Element:
    """A text whose baseline starts at a point."""
    return node("text", text, **({"x": x, "y": y, "font_size": SIZE} | attributes))


def fitted(text: str, width: float, size: float = SIZE) -> str:
    """The text on one line, cut where it would be wider than ``width``.

    Widths are estimated, for the broader of the fonts with which a reader's browser may draw.
    """
    line = one_line(text)
    if breadth(line, size) <= width:
        return line
    room = width - breadth(_ELLIPSIS, size)
    kept = ""
    for char in line:
        room -= breadth(char, size)
        if room < 0:
            break
        kept += char
    return kept.rstrip(" ,;:-") + _ELLIPSIS


def breadth(text: str, size: float = SIZE) -> float:
    """About how wide a text is drawn."""
    return size * sum(map(_em, text))


def _em(char: str) -> float:
    if char in _NARROW:
        return 0.31
    if char in _WIDE:
        return 0.88
    if unicodedata.combining(char):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.05
    return 0.67 if char.isupper() else 0.54


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
