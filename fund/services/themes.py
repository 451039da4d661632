"""What files are about: the goals (SDGs) and levers that their alliances chose in the call's form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.vocabularies import levers, sdgs
from fund.forms.definition import FieldType
from fund.models import Application, Section
from fund.models.call_version import read_version

KNOWN = {FieldType.SDGS: sdgs, FieldType.LEVERS: levers}


@dataclass(slots=True)
class Themes:
    """Codes as the vocabularies have them: ``"1"`` to ``"17"``, ``"1"`` to ``"7"``."""

    sdgs: set[str] = field(default_factory=set)
    levers: set[str] = field(default_factory=set)


def themes_of(session: Session, applications: Sequence[Application]) -> dict[int, Themes]:
    """The themes of each file, by its id, however many fields of its form ask for them.

    One statement for all; read the files with their ``call_version`` (a selectin or joined load).
    """
    asked = {application.id: _places(application) for application in applications}
    keys = {section for places in asked.values() for section, _, _ in places}
    query = select(Section.application_id, Section.key, Section.answers).where(
        Section.application_id.in_(asked), Section.key.in_(keys)
    )
    answers = {(file, key): given for file, key, given in session.execute(query)}
    return {file: _read(places, file, answers) for file, places in asked.items()}


Places = tuple[tuple[str, str, FieldType], ...]


def _places(application: Application) -> Places:
    version = application.call_version
    return _places_of(version.content) if version else ()


@lru_cache(maxsize=256)
def _places_of(content: str) -> Places:
    """Section, key and type of every field that asks for a theme, in a frozen version of a call."""
    return tuple(
        (section.key, question.key, question.type)
        for section in read_version(content).form.sections
        for question in section.fields
        if question.type in KNOWN
    )


def _read(places: Places, file: int, answers: Mapping[tuple[int, str], Mapping[str, Any]]) -> Themes:
    found = Themes()
    for section, key, kind in places:
        given = answers.get((file, section), {}).get(key)
        codes = _codes(given, kind)
        (found.sdgs if kind is FieldType.SDGS else found.levers).update(codes)
    return found


def _codes(given: Any, kind: FieldType) -> Iterable[str]:
    """Answers are kept as typed: what is no code of the vocabulary is left out."""
    known = KNOWN[kind]()
    return [text for text in given if text in known] if isinstance(given, list) else []
