"""From a posted HTML form to raw answers. Names: ``key``; ``key-street``, ``key-postcode``, ``key-commune`` of an
address; ``key-0-column`` in repeating rows; a list is one name several times.

What was not posted is not in the answer, so that a saving of a part leaves the rest alone. A page therefore sends
an empty ``key`` before boxes, buttons and rows: it says that they were there, and none was ticked or left.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

from fund.forms.definition import FieldType, Question, Section

LISTS: Final = (
    FieldType.CHOICES,
    FieldType.TERRITORY,
    FieldType.SDGS,
    FieldType.LEVERS,
    FieldType.MEASURES,
)
ADDRESS_PARTS: Final = ("street", "postcode", "commune")

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Posted(Protocol):
    """A posted form, such as werkzeug's MultiDict."""

    def getlist(self, key: str, /) -> list[str]: ...

    def __iter__(self) -> Iterator[str]: ...


def raw_of_post(section: Section, form: Posted) -> dict[str, Any]:
    """The raw answers of the section that were posted, as typed."""
    return _read(section.fields, form, "")


def storable(raw: Any, depth: int = 8) -> Any:
    """JSON as the database can keep it: NUL and halves of signs become U+FFFD, and what is nested deeper is cut.

    Answers are nested four deep (section, rows, row, list); nobody typed what is deeper.
    """
    match raw:
        case str():
            return _UNSTORABLE.sub("\ufffd", raw)
        case list() | dict() if depth == 0:
            return None
        case list():
            return [storable(part, depth - 1) for part in raw]
        case dict():
            return {storable(key): storable(part, depth - 1) for key, part in raw.items()}
    return raw


def _read(questions: Sequence[Question], form: Posted, prefix: str) -> dict[str, Any]:
    values = ((question.key, _value(question, form, prefix + question.key)) for question in questions)
    return {key: value for key, value in values if value is not None}


def _value(question: Question, form: Posted, name: str) -> Any:
    match question.type:
        case FieldType.FILE | FieldType.NOTE:
            return None
        case FieldType.ROWS:
            return _rows(question, form, name)
        case FieldType.ADDRESS:
            parts = {part: _last(form, f"{name}-{part}") for part in ADDRESS_PARTS}
            return (
                {part: text or "" for part, text in parts.items()}
                if any(text is not None for text in parts.values())
                else None
            )
        case kind if kind in LISTS:
            texts = [_text(text) for text in form.getlist(name)]
            return [text for text in texts if text.strip()] if texts else None
    return _last(form, name)


def _rows(question: Question, form: Posted, name: str) -> list[dict[str, Any]] | None:
    """Rows in the order of their numbers, which may have gaps; empty rows at the end are left out."""
    pattern = re.compile(rf"{re.escape(name)}-([0-9]{{1,4}})-")
    numbers = {int(found[1]) for posted in form if (found := pattern.match(posted))}
    if not numbers and not form.getlist(name):
        return None
    rows = [_read(question.fields, form, f"{name}-{number}-") for number in sorted(numbers)]
    while rows and not any(map(_says_something, rows[-1].values())):
        rows.pop()
    return rows


def _says_something(cell: Any) -> bool:
    return any(map(_says_something, cell.values())) if isinstance(cell, dict) else bool(cell)


def _last(form: Posted, name: str) -> str | None:
    """The last text of a name: the empty one before a group of buttons gives way to the one chosen."""
    texts = form.getlist(name)
    return _text(texts[-1]) if texts else None


def _text(text: str) -> str:
    cleaned: str = storable(text.replace("\r\n", "\n"))
    return cleaned
