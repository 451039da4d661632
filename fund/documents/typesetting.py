"""From a template and plain data to a PDF that is archived for good: PDF/A-2a, tagged, and accessible (PDF/UA-1).

The same data and instant give the same bytes. Only fonts that the typst package carries are used, so that a
document looks the same on every machine.
"""

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).parent / "templates"
STANDARDS: list[Any] = ["a-2a", "ua-1"]
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def typeset(template: str, data: Mapping[str, Any], *, instant: datetime) -> bytes:
    """The PDF of ``templates/<template>.typ`` for this data; ``instant``, an aware datetime, is its date.

    Texts reach the template as data, never as its source: nothing that people write is an instruction to it.
    """
    return typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(_printable(data), ensure_ascii=False)},
        pdf_standards=STANDARDS,
        timestamp=int(instant.timestamp()),
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


def _printable(value: Any) -> Any:
    """The data with every text made printable: PDF/A refuses what no font draws, and a receipt must not fail."""
    match value:
        case str():
            return _printable_text(value)
        case Mapping():
            return {key: _printable(part) for key, part in value.items()}
        case list() | tuple():
            return [_printable(part) for part in value]
    return value


def _printable_text(text: str) -> str:
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    return "".join(char if char.isascii() and char.isprintable() else _drawn(char) for char in lines)


@lru_cache(maxsize=10_000)
def _drawn(char: str) -> str:
    """The character; nothing for one that only steers (as to the left); a sign for one that no font has."""
    if char == "\n":
        return char
    category = unicodedata.category(char)
    if category in {"Cc", "Cf", "Zl", "Zp"}:
        return ""
    if category in {"Cs", "Co", "Cn"}:
        return REPLACEMENT
    try:
        typst.compile(
            b"#set document(title: sys.inputs.char)\n#sys.inputs.char",
            font_paths=_fonts(),
            sys_inputs={"char": char},
            pdf_standards=STANDARDS,
            timestamp=0,
        )
    except typst.TypstError:
        return REPLACEMENT
    return char
