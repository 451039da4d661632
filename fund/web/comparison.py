"""What became of each mark between two deposits of a file, and what else changed, word by word."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise
from typing import Final, Protocol, TypeVar

from flask import abort, request
from sqlalchemy.orm import Session

from fund.models import Application
from fund.services.corrections import find_answer, list_marks
from fund.web.reading import lines_of, place_label, read_file
from fund.web.readings import Line
from workflows.application import CorrectionKind

TOKENS: Final = re.compile(r"\s+|[^\s]+")
MOST_TOKENS: Final = 6_000
"""Beyond this many words a text is shown whole before and after: comparing them would hold up the page."""

LEAST_LIKENESS: Final = 0.5


class Numbered(Protocol):
    @property
    def number(self) -> int: ...


V = TypeVar("V", bound=Numbered)


class Op(StrEnum):
    KEPT = "kept"
    DELETED = "deleted"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Change:
    """What stood in one place before and what stands there now, as pieces: kept, deleted, inserted."""

    label: str
    pieces: tuple[tuple[Op, str], ...]


@dataclass(frozen=True, slots=True)
class MarkReading:
    """A mark in words. ``is_corrected`` is None as long as there is nothing to compare."""

    path: str
    label: str
    kind: CorrectionKind
    reason: str
    is_corrected: bool | None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Corrections:
    """The marks of the latest return, and what changed beside them."""

    marks: tuple[MarkReading, ...]
    others: tuple[Change, ...] = ()
    is_answered: bool = False


def corrections_of(session: Session, application: Application, *, with_contact: bool) -> Corrections | None:
    """The latest marks, with what was there before and what is there now once the file came back; None without."""
    given = list_marks(application)
    answer = find_answer(session, application)
    if answer is None:
        marks = tuple(_mark(application, path, mark) for path, mark in given)
        return Corrections(marks) if marks else None
    before, after = (
        lines_of(read_file(application.rules, receipt.deposited, with_contact=with_contact)) for receipt in answer
    )
    changed = dict(_changes(before, after))
    found = {path: _under(path, changed) for path, _ in given}
    marks = tuple(_mark(application, path, mark, found[path]) for path, mark in given)
    marked = {place for changes in found.values() for place in changes}
    others = tuple(change for path, change in changed.items() if path not in marked)
    return Corrections(marks, others, is_answered=True)


def chosen_pair(found: Sequence[V]) -> tuple[V | None, V | None]:
    """The two versions to compare, the later first: those asked for (``a``, ``de``), else the two latest.

    ``found`` are all of them, the latest first. One that does not exist is a 404.
    """
    by_number = {version.number: version for version in found}
    later = _asked(by_number, "a") or (found[0] if found else None)
    before = {new.number: old for new, old in pairwise(found)}
    earlier = _asked(by_number, "de") or (before.get(later.number) if later is not None else None)
    if later is not None and earlier is not None and earlier.number > later.number:
        later, earlier = earlier, later
    return later, earlier


def _asked(by_number: Mapping[int, V], name: str) -> V | None:
    text = request.args.get(name, "")
    if not text:
        return None
    if not text.isdecimal() or int(text) not in by_number:
        abort(404)
    return by_number[int(text)]


def word_changes(before: str, after: str) -> tuple[tuple[Op, str], ...]:
    """The later text as pieces of both: what was kept, deleted, inserted."""
    if before == after:
        return ((Op.KEPT, after),) if after else ()
    old, new = TOKENS.findall(before), TOKENS.findall(after)
    whole = tuple((op, text) for op, text in ((Op.DELETED, before), (Op.INSERTED, after)) if text)
    if len(old) + len(new) > MOST_TOKENS:
        return whole
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < LEAST_LIKENESS:  # another text: a word that both have by chance would only tear it apart
        return whole
    pieces: list[tuple[Op, str]] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            pieces.append((Op.KEPT, "".join(old[i:j])))
            continue
        pieces += [(Op.DELETED, "".join(old[i:j]))] if j > i else []
        pieces += [(Op.INSERTED, "".join(new[k:m]))] if m > k else []
    return tuple(pieces)


def _mark(
    application: Application, path: str, mark: Mapping[str, str], found: Mapping[str, Change] | None = None
) -> MarkReading:
    """``found`` are the changes at the place, None as long as there is nothing to compare."""
    return MarkReading(
        path,
        place_label(application, path),
        CorrectionKind(mark["kind"]),
        mark["reason"],
        None if found is None else bool(found),
        tuple((found or {}).values()),
    )


def _under(place: str, changed: dict[str, Change]) -> dict[str, Change]:
    """The changes at a place or below it."""
    return {path: change for path, change in changed.items() if path == place or path.startswith(f"{place}.")}


def _changes(before: dict[str, Line], after: dict[str, Line]) -> Iterator[tuple[str, Change]]:
    nothing = Line("", "", "")
    for path in dict.fromkeys((*after, *before)):
        old, new = before.get(path, nothing), after.get(path, nothing)
        if old.substance == new.substance:
            continue
        # Two documents of one name are another content all the same.
        same = old.text == new.text and old.text
        pieces = ((Op.DELETED, old.text), (Op.INSERTED, new.text)) if same else word_changes(old.text, new.text)
        yield path, Change(new.label or old.label, pieces)
