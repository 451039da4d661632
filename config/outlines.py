"""The outlines of the départements, to draw maps from.

Source: ``taxonomies/outlines.tsv``; see ``taxonomies/README.md``. The mainland and Corsica share one plane of
``MAINLAND`` units; each département overseas has a square of its own, ``OVERSEAS`` units wide, north up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

MAINLAND: Final = (1226, 1170)
OVERSEAS: Final = 200


@dataclass(frozen=True, slots=True)
class Outline:
    """An SVG path, and the point within it where a figure can be written."""

    x: int
    y: int
    path: str


@cache
def outlines() -> Mapping[str, Outline]:
    """By the code of the département; the collectivities overseas have none."""
    text = (Path(__file__).parent / "taxonomies" / "outlines.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {code: Outline(int(x), int(y), path) for code, x, y, path in rows}


def is_overseas(code: str) -> bool:
    """Whether the département with this code lies overseas (971 to 989)."""
    return len(code) == 3
