"""The communes of France with their département, région and intercommunalité (EPCI).

Source: ``taxonomies/communes.tsv.gz`` and its neighbours, the official map of 2026 (INSEE, DGCL); see
``taxonomies/README.md``. A commune is named by its INSEE code, never by a postal code.

The tables are read at the first question, not at import, and kept as text: 35,000 lines and a folded copy of
the names cost far less memory than 35,000 objects, and a commune is built only when it is asked for.
"""

import gzip
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "taxonomies"
_MAX_QUERY = 100  # longer than any commune's name (45); what follows can match nothing
_SHORT_WORDS = {"st": "saint", "ste": "sainte", "sts": "saints"}


@dataclass(frozen=True, slots=True)
class Region:
    """A région, or an overseas territory that stands as one."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Departement:
    """A département, or an overseas territory that stands as one; ``region`` is a région's code."""

    code: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Epci:
    """An intercommunalité with its own taxation; ``kind`` is CC, CA, CU, METRO or MET69 (Lyon)."""

    siren: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of today: INSEE code, codes of its territories, municipal population.

    ``epci`` is None for the islands and overseas communes that belong to none; ``population`` is None where
    nobody is counted (the austral and antarctic lands).
    """

    code: str
    name: str
    departement: str
    region: str
    epci: str | None
    population: int | None


def find_commune(code: str) -> Commune | None:
    """The commune with this INSEE code (such as ``31458`` or ``2A004``), or None."""
    lines = _commune_lines()
    key = code.strip().upper() + "\t"
    place = bisect_left(lines, key)
    if place == len(lines) or not lines[place].startswith(key):
        return None
    return _commune(lines[place])


def search_communes(text: str, limit: int = 20) -> list[Commune]:
    """Up to ``limit`` communes for what a person types, accents, case, hyphens and apostrophes set aside.

    An INSEE code finds its commune. Names equal to the text come first (there is a commune named Y), then names
    that begin with it, then names of which another word begins with it; among each, the most populated first.
    ``st`` and ``ste`` are read as saint and sainte.
    """
    exact = find_commune(text)
    if exact is not None:
        return [exact][:limit]
    query = _query(text)
    if not query:
        return []
    found: dict[str, None] = {}  # an ordered set: a name that begins with the text is found again as its word
    for needle in (f"\n{query}\t", f"\n{query}", f" {query}"):
        for code in _codes_after(needle):
            if len(found) == limit:
                break
            found[code] = None
    return [commune for commune in map(find_commune, found) if commune is not None]


@lru_cache(maxsize=4096)
def resolve_commune(text: str) -> tuple[str | None, tuple[Commune, ...]]:
    """The INSEE code that a person means by « Roques », « Roques (Haute-Garonne) » or « 31458 ».

    Where that is not certain: None, and the communes to choose from (none where nothing is like the text).
    """
    name, _, departement = text.strip().removesuffix(")").partition("(")
    found = search_communes(name)
    if departement:
        found = [commune for commune in found if _sits_in(commune, departement)] or found
    same_name = [commune for commune in found if folded(commune.name) == _query(name)]
    certain = same_name if len(same_name) == 1 else found
    return (certain[0].code, ()) if len(certain) == 1 else (None, tuple(found))


def _sits_in(commune: Commune, departement: str) -> bool:
    return folded(departement) in (folded(departements()[commune.departement].name), folded(commune.departement))


def departement_of(code: str) -> Departement | None:
    """The département of the commune with this INSEE code, or None where there is no such commune."""
    commune = find_commune(code)
    return None if commune is None else departements()[commune.departement]


def commune_label(code: str) -> str:
    """The commune's name for people, with its département: ``Roques (Haute-Garonne)``.

    A code that the table does not hold (a commune merged since it was recorded) is given back as it is.
    """
    commune = find_commune(code)
    if commune is None:
        return code
    return f"{commune.name} ({departements()[commune.departement].name})"


@cache
def departements() -> Mapping[str, Departement]:
    """All départements by code, in the order of their codes."""
    return {line[0]: Departement(*line) for line in _table("departements.tsv")}


@cache
def regions() -> Mapping[str, Region]:
    """All régions by code, in the order of their codes."""
    return {line[0]: Region(*line) for line in _table("regions.tsv")}


@cache
def epcis() -> Mapping[str, Epci]:
    """All EPCI by SIREN."""
    return {line[0]: Epci(*line) for line in _table("epci.tsv")}


@cache
def departements_of_epcis() -> Mapping[str, tuple[str, ...]]:
    """The codes of the départements in which the communes of each EPCI lie, by its SIREN; some lie in several."""
    found: dict[str, set[str]] = {}
    for line in _commune_lines():
        _, _, departement, epci, _ = line.split("\t")
        if epci:
            found.setdefault(epci, set()).add(departement)
    return {siren: tuple(sorted(codes)) for siren, codes in found.items()}


@lru_cache(maxsize=256)
def communes_of_epci(siren: str) -> tuple[str, ...]:
    """The INSEE codes of the communes of the EPCI with this SIREN; none where there is no such EPCI."""
    return tuple(line.split("\t", 1)[0] for line in _commune_lines() if line.split("\t")[3] == siren)


def _table(name: str) -> Iterator[list[str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="\n") as file:
        next(file)  # the header
        for line in file:
            yield line.rstrip("\n").split("\t")


@cache
def _commune_lines() -> list[str]:
    """The table's lines in the order of their codes, without the header."""
    text = gzip.decompress((_FOLDER / "communes.tsv.gz").read_bytes()).decode()
    return text.splitlines()[1:]


@cache
def _search_text() -> str:
    """Every ``name TAB code`` on a line of its own, names folded, the most populated communes first.

    One string searched with ``str.find`` answers in about a millisecond and has no per-name overhead.
    """
    lines = sorted(_commune_lines(), key=lambda line: -int(line.rpartition("\t")[2] or 0))
    cells = (line.split("\t", 2) for line in lines)
    return "\n" + "".join(f"{folded(name)}\t{code}\n" for code, name, _ in cells)


def _codes_after(needle: str) -> Iterator[str]:
    text = _search_text()
    place = text.find(needle)
    while place != -1:
        tab = text.index("\t", place)
        end = text.index("\n", tab)
        yield text[tab + 1 : end]
        # From this line's own end, which may be the next line's beginning mark.
        place = text.find(needle, end)


def _commune(line: str) -> Commune:
    code, name, departement, epci, population = line.split("\t")
    return Commune(
        code=code,
        name=name,
        departement=departement,
        region=departements()[departement].region,
        epci=epci or None,
        population=int(population) if population else None,
    )


def _query(text: str) -> str:
    """A typed name as the names of communes are folded, short words written out."""
    return " ".join(_SHORT_WORDS.get(word, word) for word in folded(text[:_MAX_QUERY]).split())


def folded(text: str) -> str:
    """Lower case without accents, each run of other signs one space: ``L'Haÿ`` is ``l hay``."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return re.sub(r"[^a-z0-9]+", " ", re.sub(r"[\u0300-\u036f]", "", plain)).strip()
