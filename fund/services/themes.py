"""What files are about: the goals (SDGs), levers and measures that their alliances chose in the call's form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Text, any_, column, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session

from config.vocabularies import levers, measures, sdgs
from fund.forms.definition import FieldType
from fund.models import Application, CallVersion, Section
from fund.models.call_version import read_version

KNOWN = {FieldType.SDGS: sdgs, FieldType.LEVERS: levers, FieldType.MEASURES: measures}


@dataclass(slots=True)
class Themes:
    """Codes as the vocabularies have them: ``"1"`` to ``"17"``, ``"1"`` to ``"7"``, ``"1.1"`` to ``"7.3"``."""

    sdgs: set[str] = field(default_factory=set)
    levers: set[str] = field(default_factory=set)
    measures: set[str] = field(default_factory=set)


Places = tuple[tuple[str, str, FieldType], ...]
"""Section, key and type of each field that asks for a theme."""


def themes_of(session: Session, applications: Sequence[Application]) -> dict[int, Themes]:
    """The themes of each file, by its id, however many fields of its form ask for them.

    One statement for all; read the files with their ``call_version`` (a selectin or joined load).
    """
    versions = {file.id: file.call_version for file in applications}
    return _themes(
        session,
        {file: _places_of(version.content) if version else () for file, version in versions.items()},
    )


def themes_by_version(session: Session, versions: Mapping[int, int | None]) -> dict[int, Themes]:
    """The same for many files that nobody loaded: by their ids, with the id of the version that each answers.

    Two statements for all.
    """
    query = select(CallVersion.id, CallVersion.content).where(CallVersion.id.in_(set(versions.values()) - {None}))
    forms = {version: _places_of(content) for version, content in session.execute(query)}
    return _themes(session, {file: forms[version] if version else () for file, version in versions.items()})


def _themes(session: Session, places: Mapping[int, Places]) -> dict[int, Themes]:
    asked = {place for each in places.values() for place in each}
    answer = func.jsonb_each(Section.answers).table_valued(column("key", Text), column("value", JSONB))
    # Arrays, and only the answers wanted: a balance asks for ten thousand files at once, with all their texts.
    query = (
        select(Section.application_id, Section.key, answer.c.key, answer.c.value)
        .select_from(Section)
        .join(answer, true())
        .where(
            Section.application_id == any_(literal(list(places), ARRAY(BigInteger))),
            Section.key == any_(literal(sorted({section for section, _, _ in asked}), ARRAY(Text))),
            answer.c.key == any_(literal(sorted({key for _, key, _ in asked}), ARRAY(Text))),
        )
    )
    answers = {(file, section, key): given for file, section, key, given in session.execute(query)}
    return {file: _read(each, file, answers) for file, each in places.items()}


@lru_cache(maxsize=256)
def _places_of(content: str) -> Places:
    """Every field that asks for a theme, in a frozen version of a call."""
    return tuple(
        (section.key, question.key, question.type)
        for section in read_version(content).form.sections
        for question in section.fields
        if question.type in KNOWN
    )


def _read(places: Places, file: int, answers: Mapping[tuple[int, str, str], Any]) -> Themes:
    found = Themes()
    wanted = {FieldType.SDGS: found.sdgs, FieldType.LEVERS: found.levers, FieldType.MEASURES: found.measures}
    for section, key, kind in places:
        wanted[kind].update(_codes(answers.get((file, section, key)), kind))
    return found


def _codes(given: Any, kind: FieldType) -> Iterable[str]:
    """Answers are kept as typed: what is no code of the vocabulary is left out."""
    known = KNOWN[kind]()
    return [text for text in given if text in known] if isinstance(given, list) else []
