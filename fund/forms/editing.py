"""Changing a call's content as data (that of ``dump_content``), one place of a form at a time.

A place is the keys on the way: a section, its field, a column of a field with repeating rows.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fund.forms.conditions import RESERVED as CONDITION_WORDS
from fund.forms.content_schema import KEY_LIMIT
from fund.forms.form_rules import FORM_NAMES
from fund.forms.project import RESERVED as OWN_SECTIONS

Place = tuple[str, ...]
Item = dict[str, Any]

DEPTH: Final = 3  # section, field, column
_TAKEN: Final = frozenset({*CONDITION_WORDS, *FORM_NAMES, *OWN_SECTIONS})
_LONG_ENOUGH: Final = 30  # of a key made from a label, so that a condition stays readable


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text of options: its number, from 1, and what it says."""

    number: int
    option: Item


def children(form: Mapping[str, Any], parent: Place) -> list[Item]:
    """What stands in a place, in its order: sections, fields, columns. Raises KeyError."""
    found: list[Item] = form["sections"]
    for key in parent:
        found = found[_index(found, key)]["fields"]
    return found


def element(form: Mapping[str, Any], place: Place) -> Item:
    """The section, field or column of that place. Raises KeyError."""
    siblings = children(form, place[:-1])
    return siblings[_index(siblings, place[-1])]


def path_of(form: Mapping[str, Any], place: Place) -> str:
    """The path under which faults of the place are found: ``sections.0.fields.2``. Raises KeyError."""
    steps = []
    for depth, key in enumerate(place):
        number = _index(children(form, place[:depth]), key)
        steps.append(f"{'fields' if depth else 'sections'}.{number}")
    return ".".join(steps)


def move(form: Mapping[str, Any], place: Place, by: int) -> None:
    """Move an element up (``by`` -1) or down (1) among its siblings; at the edge it stays. Raises KeyError."""
    siblings = children(form, place[:-1])
    here = _index(siblings, place[-1])
    there = min(max(here + by, 0), len(siblings) - 1)
    siblings.insert(there, siblings.pop(here))


def remove(form: Mapping[str, Any], place: Place) -> None:
    """Raises KeyError."""
    siblings = children(form, place[:-1])
    del siblings[_index(siblings, place[-1])]


def make_key(label: str, taken: Iterable[str]) -> str:
    """A key from a label, unlike those taken: « À quel besoin ? » gives ``a_quel_besoin``."""
    plain = unicodedata.normalize("NFKD", label.casefold().replace("œ", "oe").replace("æ", "ae"))
    words = re.findall("[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))
    key = ""
    for word in words:
        if key and len(key) + 1 + len(word) > _LONG_ENOUGH:
            break
        key = f"{key}_{word}" if key else word[:_LONG_ENOUGH]
    if not key or not key[0].isalpha():
        key = f"q_{key}".rstrip("_")
    known = {*taken, *_TAKEN}
    number, free = 1, key
    while free in known:
        number += 1
        free = f"{key[: KEY_LIMIT - 5]}_{number}"
    return free


def give_keys(items: Sequence[Item], label: str) -> None:
    """Make the missing keys of rows from their French label, which stands under the name ``label``."""
    for item in items:
        if not item.get("key"):
            taken = [other["key"] for other in items if other.get("key")]
            words = item.get(label)
            item["key"] = make_key(str(words.get("fr", "")) if isinstance(words, dict) else "", taken)


def read_options(text: str) -> list[Line]:
    """Options from lines « value | français | English »; blank lines are passed over.

    A line of one part is a label, of which the value is made; one of two parts has no English. A bar that belongs
    to the text is written with a backslash before it.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    found: list[Line] = []
    for number, line in lines:
        parts = [part.strip().replace(r"\|", "|") for part in re.split(r"(?<!\\)\|", line, maxsplit=2)]
        if len(parts) == 1:
            parts.insert(0, make_key(parts[0], [earlier.option["value"] for earlier in found]))
        value, fr, en = [*parts, ""][:3]
        found.append(Line(number, {"value": value, "label": {"fr": fr, "en": en}}))
    return found


def write_options(options: Iterable[Mapping[str, Any]]) -> str:
    """The options as lines that ``read_options`` reads back."""
    return "\n".join(
        " | ".join(
            part.replace("|", r"\|")
            for part in (option["value"], option["label"]["fr"], option["label"]["en"])
            if part
        )
        for option in options
    )


def _index(items: Sequence[Item], key: str) -> int:
    for number, item in enumerate(items):
        if item["key"] == key:
            return number
    raise KeyError(key)
