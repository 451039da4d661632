"""What stands around every picture, so that it can stand on any page of ours.

A name and a description for those who do not see it, one font for the whole, patterns that print, no identifier
that another picture on the page has too, and nothing that a strict content security policy refuses.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final
from xml.etree.ElementTree import Element, tostring

from fund.documents.charts.palette import PAPER, TEXT, tile
from fund.documents.charts.svg import WIDTH, node
from fund.documents.words import one_line

SVG: Final = "http://www.w3.org/2000/svg"
_FONT: Final = "'Source Sans 3', 'Segoe UI', system-ui, 'Noto Sans', sans-serif"
_TILE = re.compile(r"url\(#([a-z]+-[0-9a-f]{6})\)")


def framed(parts: Iterable[Element], *, height: float, title: str, description: str) -> str:
    """A whole picture: as wide as the place it stands in, and named by its title and its description."""
    body, title, description = list(parts), one_line(title), one_line(description)
    content = b"".join(tostring(part) for part in body)
    # Of the content, so that the same facts give the same text; of the name, so that two empty pictures differ.
    prefix = "p" + sha256(f"{title}\n{description}\n".encode() + content).hexdigest()[:12]
    root = Element(
        "svg",
        {
            "xmlns": SVG,
            "viewBox": f"0 0 {WIDTH} {height:g}",
            "width": "100%",
            "role": "img",
            "aria-labelledby": f"{prefix}-title {prefix}-desc",
            "font-family": _FONT,
            "fill": TEXT,
        },
    )
    root.append(node("title", title, id=f"{prefix}-title"))
    root.append(node("desc", description, id=f"{prefix}-desc"))
    root.append(node("rect", width=WIDTH, height=height, fill=PAPER))
    if names := sorted(set(_TILE.findall(content.decode()))):
        definitions = node("defs")
        definitions.extend(tile(name, f"{prefix}-{name}") for name in names)
        root.append(definitions)
    root.extend(body)
    _name_tiles(body, prefix)
    return tostring(root, encoding="unicode")


def _name_tiles(parts: Sequence[Element], prefix: str) -> None:
    for part in parts:
        for element in part.iter():
            if found := _TILE.fullmatch(element.get("fill", "")):
                element.set("fill", f"url(#{prefix}-{found[1]})")
