"""The one place where Vega draws. What it drew is stripped to shapes and texts: no style, no script, no role.

The engine (V8, in threads of its own) weighs about 110 MB once it has drawn, and lets other threads run
meanwhile. It does not survive a fork: a child of a process that has drawn would wait for ever, hence ``_ENGINE``.
"""

import os
from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element

import vl_convert
from defusedxml.ElementTree import fromstring

from fund.documents.charts.frame import SVG

_TAGS: Final = frozenset({"g", "path", "line", "rect", "text", "tspan"})
_PLACES: Final = frozenset({"d", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "transform"})
_LOOKS: Final = frozenset({"fill", "stroke", "stroke-width", "stroke-dasharray"})
_LETTERS: Final = frozenset({"text-anchor", "font-size", "font-weight"})
_KEPT: Final = _PLACES | _LOOKS | _LETTERS
_ENGINE: Final = {"process": 0}
"""The process in which the engine was started; 0 before."""

_FORMATS: Final[dict[str, dict[str, Any]]] = {
    "fr": {"decimal": ",", "thousands": "\u202f", "grouping": [3], "currency": ["", "\u00a0€"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["€", ""]},
}


def render(spec: dict[str, Any], language: str) -> list[Element]:
    """The elements that Vega draws for a Vega-Lite specification, cleaned.

    Nothing is fetched, whatever the specification says. Raises RuntimeError in a process forked from one that has
    drawn; ValueError for a specification that Vega refuses, or that draws what no picture of ours has.
    """
    if _ENGINE["process"] not in (0, os.getpid()):
        raise RuntimeError("the drawing engine was started before this process was forked")
    _ENGINE["process"] = os.getpid()
    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[], format_locale=_FORMATS[language])
    return list(_cleaned(fromstring(drawn)))


def _cleaned(parent: Element) -> Iterator[Element]:
    """The children that draw something, each with only the attributes that say what it looks like."""
    for child in parent:
        tag = child.tag.removeprefix(f"{{{SVG}}}")
        if tag not in _TAGS:
            raise ValueError(f"a picture has no {tag}")
        if child.get("display") == "none" or (tag == "path" and child.get("class") == "background"):
            continue
        attributes = {name: value for name, value in child.attrib.items() if name in _KEPT and value}
        if "font-size" in attributes:
            attributes["font-size"] = attributes["font-size"].removesuffix("px")
        parts = list(_cleaned(child))
        if tag != "g":
            element = Element(tag, attributes)
            element.text = child.text
            element.extend(parts)
            yield element
        elif attributes.keys() - {"fill"} and parts:
            group = Element("g", attributes)
            group.extend(parts)
            yield group
        else:
            yield from parts
