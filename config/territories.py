"""Territories of four sizes under one kind of code, for alliances, calls and projects.

``com:31458`` is a commune by its INSEE code, ``epci:200068641`` an intercommunalité by its SIREN, ``dep:31`` a
département, ``reg:76`` a région. The tables are those of ``config.communes``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from config.communes import (
    commune_label,
    departements,
    departements_of_epcis,
    epcis,
    find_commune,
    folded,
    regions,
    search_communes,
)

LEVELS: Final = ("com", "epci", "dep", "reg")
_KINDS_OF_EPCI: Final = ("cc ", "ca ", "cu ", "metropole ", "de ", "du ", "des ", "d ", "la ", "le ", "les ", "l ")
_MOST: Final = 500  # communes looked at for one text; a name shared by more does not exist


@dataclass(frozen=True, slots=True)
class Territory:
    """A territory for people: ``label`` is its name, ``level`` one of ``LEVELS``."""

    code: str
    label: str
    level: str


def exists(code: str) -> bool:
    """Whether this is the code of a territory of today, written as it is kept (``com:2A004``, no spaces)."""
    level, _, number = code.partition(":")
    if level == "com":
        commune = find_commune(number)
        return commune is not None and commune.code == number
    return code in _labels(level)


def territory_label(code: str) -> str:
    """The name for people: « Haute-Garonne (31) », « Occitanie », « Roques (Haute-Garonne) ».

    A code that no table holds (a commune merged since it was recorded) is given back as it is.
    """
    level, _, number = code.partition(":")
    if level == "com":
        return commune_label(number) if exists(code) else code
    return _labels(level).get(code, code)


def search_territories(text: str, levels: Sequence[str], limit: int = 20) -> list[Territory]:
    """Up to ``limit`` territories of these levels for what a person types: a name, a label, a code or its number.

    Names equal to the text come first, then names that begin with it, then names of which another word does.
    Among each, the wider come first, and communes by their population. A whole label, as a list has offered it,
    finds that territory alone.
    """
    wanted = folded(text)
    if not wanted:
        return []
    wide = [entry for level in ("reg", "dep", "epci") if level in levels for entry in _wide(level)]
    ranked = [(rank, territory) for territory, names in wide if (rank := _rank(wanted, names)) is not None]
    if "com" in levels:
        ranked += [(_rank(wanted, _names(commune)) or 0, commune) for commune in _communes(text, limit)]
    ranked.sort(key=lambda pair: pair[0])
    return [territory for _, territory in ranked][:limit]


def parents_of(commune_code: str) -> tuple[str, ...]:
    """The codes of the EPCI (unless it has none), the département and the région of a commune, by its INSEE code.

    Empty where there is no such commune.
    """
    commune = find_commune(commune_code)
    if commune is None:
        return ()
    epci = () if commune.epci is None else (f"epci:{commune.epci}",)
    return (*epci, f"dep:{commune.departement}", f"reg:{commune.region}")


def covers(code: str, commune_code: str) -> bool:
    """Whether the commune with this INSEE code is, or lies in, this territory; never for a commune unknown."""
    commune = find_commune(commune_code)
    return commune is not None and code in (f"com:{commune.code}", *parents_of(commune.code))


@lru_cache(maxsize=4096)
def surroundings(code: str) -> frozenset[str]:
    """The territory itself and every wider one in which it lies, even in part (an EPCI over two départements).

    Empty for a code that no table holds.
    """
    if not exists(code):
        return frozenset()
    level, _, number = code.partition(":")
    match level:
        case "com":
            return frozenset((code, *parents_of(number)))
        case "epci":
            inside: Sequence[str] = departements_of_epcis().get(number, ())
        case "dep":
            inside = (number,)
        case _:
            return frozenset((code,))
    wider = (
        territory for place in inside for territory in (f"dep:{place}", f"reg:{departements()[place].region}")
    )
    return frozenset((code, *wider))


@cache
def _labels(level: str) -> Mapping[str, str]:
    """Labels by code, of every level but communes."""
    match level:
        case "epci":
            return {f"epci:{code}": epci.name for code, epci in epcis().items()}
        case "dep":
            return {f"dep:{code}": f"{place.name} ({code})" for code, place in departements().items()}
        case "reg":
            return {f"reg:{code}": place.name for code, place in regions().items()}
    return {}


def _territory(code: str) -> Territory:
    return Territory(code, territory_label(code), code.partition(":")[0])


def _communes(text: str, limit: int) -> Iterator[Territory]:
    """Communes by name or INSEE code; by label, the commune that has it."""
    name, _, rest = text.partition("(")
    found: Iterable[Territory] = (
        _territory(f"com:{commune.code}")
        for commune in search_communes(name.removeprefix("com:"), _MOST if rest else limit)
    )
    if rest:
        found = (commune for commune in found if folded(commune.label).startswith(folded(text)))
    return iter(found)


@cache
def _wide(level: str) -> tuple[tuple[Territory, tuple[str, ...]], ...]:
    """The territories of a level but communes, each with the folded names by which it is found."""
    territories = [_territory(code) for code in _labels(level)]
    return tuple((territory, _names(territory)) for territory in territories)


def _names(territory: Territory) -> tuple[str, ...]:
    """The name first; then without the kind of EPCI, the label, the number and the code, all folded."""
    name = folded(territory.label.partition(" (")[0])
    number = territory.code.partition(":")[2].casefold()
    return name, _without_kind(name), folded(territory.label), number, folded(territory.code)


def _rank(wanted: str, names: Sequence[str]) -> int | None:
    """0 for one of the names as it is; 1 where one begins so; 2 where a word of the name does."""
    if wanted in names:
        return 0
    if any(name.startswith(wanted) for name in names if not name.isdigit()):
        return 1
    return 2 if f" {wanted}" in names[0] else None


def _without_kind(name: str) -> str:
    """An EPCI's name as people say it: « ca du grand chambery » is « grand chambery »."""
    for beginning in _KINDS_OF_EPCI:
        name = name.removeprefix(beginning)
    return name
