"""How well a reader suits a file: what both know, and how near they are.

The fit is a whole number of points from 0 to 100, the weighted mean of

- the competence: the share of the file's SDGs that the reader knows, and the share of its levers, averaged;
- the nearness: 1 where one of the reader's territories is or holds the smallest territories of the file's commune
  (the commune itself, its EPCI), less for the same département, little for the same région, 0 elsewhere.

What a file does not state is left out of the mean; a file that states nothing fits nobody (0 points).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from config.territories import LEVELS, surroundings

Matrix = npt.NDArray[Any]
"""A line a file, a column a reader."""

FULL: Final = 100


class Why(StrEnum):
    """What speaks for a reader: shared goals or levers, and the narrowest territory that both have in common."""

    SDG = "sdg"
    LEVER = "lever"
    COMMUNE = "com"
    EPCI = "epci"
    DEPARTEMENT = "dep"
    REGION = "reg"


NEARNESS: Final = {Why.COMMUNE: 1.0, Why.EPCI: 1.0, Why.DEPARTEMENT: 0.6, Why.REGION: 0.3}


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much.

    ``competence`` and ``territory`` share the fit between them: at the defaults, the right goals outweigh the
    right place. ``balance`` is what a further file costs, in points of fit, with a reader who already reads as
    many as the average reader will: at the default, such a reader must fit twenty points better than one who reads
    none. The cost grows evenly with the load. At 0 loads are bounded by capacities alone.

    Raises ``ValueError`` for a negative weight.
    """

    competence: float = 70
    territory: float = 30
    balance: float = 20

    def __post_init__(self) -> None:
        if min(self.competence, self.territory, self.balance) < 0:
            raise ValueError("weights are not negative")


@dataclass(frozen=True, slots=True)
class FileToRead:
    """A file: ``commune`` is an INSEE code, ``needed`` how many readers it shall have in all, ``already`` who they
    are so far (they stay, and count)."""

    key: str
    sdgs: frozenset[int] = frozenset()
    levers: frozenset[str] = frozenset()
    commune: str | None = None
    needed: int = 0
    already: frozenset[str] = frozenset()

    @property
    def open(self) -> int:
        """How many readers are still wanted."""
        return max(self.needed - len(self.already), 0)


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader: ``territories`` are codes such as ``dep:31`` (``config.territories``), ``capacity`` is how many
    files he may take on top of the ``load`` that he reads already."""

    key: str
    sdgs: frozenset[int] = frozenset()
    levers: frozenset[str] = frozenset()
    territories: tuple[str, ...] = ()
    capacity: int = 0
    load: int = 0
    available: bool = True

    @property
    def room(self) -> int:
        """How many more files he takes now."""
        return max(self.capacity, 0) if self.available else 0


@dataclass(frozen=True, slots=True)
class Fits:
    """The fit of every reader to every file, in points, and what it is made of."""

    points: Matrix
    sdg: Matrix
    lever: Matrix
    level: Matrix
    asks: Matrix
    """Whether the file states any goal or lever."""

    def why(self, file: int, reader: int) -> frozenset[Why]:
        """What speaks for this reader of this file."""
        level = int(self.level[file, reader])
        return frozenset(
            (
                *((Why.SDG,) if self.sdg[file, reader] else ()),
                *((Why.LEVER,) if self.lever[file, reader] else ()),
                *((Why(LEVELS[level]),) if level < len(LEVELS) else ()),
            )
        )

    @property
    def competent(self) -> Matrix:
        """Who shares a goal or a lever with the file; nobody where it states none."""
        shared: Matrix = (self.sdg > 0) | (self.lever > 0)
        return shared


def measure_fits(files: Sequence[FileToRead], readers: Sequence[Reader], weights: Weights) -> Fits:
    """The fit of each file with each reader."""
    sdg, states_sdg = _shares(files, readers, lambda of: of.sdgs)
    lever, states_lever = _shares(files, readers, lambda of: of.levers)
    level, has_place = _levels(files, readers)
    asks = states_sdg | states_lever
    competence = (sdg + lever) / np.maximum(states_sdg.astype(int) + states_lever, 1)[:, None]
    nearness = np.array([*(NEARNESS[Why(code)] for code in LEVELS), 0.0])[level]
    stated = weights.competence * asks + weights.territory * has_place
    weighted = weights.competence * competence + weights.territory * nearness
    shares = np.divide(weighted, stated[:, None], out=np.zeros(weighted.shape), where=stated[:, None] > 0)
    return Fits(np.rint(FULL * shares).astype(np.int64), sdg, lever, level, asks)


def _shares(
    files: Sequence[FileToRead], readers: Sequence[Reader], terms_of: Callable[[Any], frozenset[Any]]
) -> tuple[Matrix, Matrix]:
    """Which share of its terms each file finds with each reader, and which files state any."""
    terms = {term: place for place, term in enumerate(sorted(frozenset().union(*map(terms_of, files))))}
    asked, known = (_incidence(holders, terms, terms_of) for holders in (files, readers))
    stated = asked.sum(axis=1)
    return asked @ known.T / np.maximum(stated, 1)[:, None], stated > 0


def _incidence(holders: Sequence[Any], terms: dict[Any, int], terms_of: Callable[[Any], frozenset[Any]]) -> Matrix:
    table = np.zeros((len(holders), len(terms)))
    for line, holder in enumerate(holders):
        table[line, [terms[term] for term in terms_of(holder) if term in terms]] = 1
    return table


def _levels(files: Sequence[FileToRead], readers: Sequence[Reader]) -> tuple[Matrix, Matrix]:
    """The place in ``LEVELS`` of the narrowest territory in common (one beyond where there is none), and which
    files lie in a commune that is known."""
    around = [surroundings(f"com:{file.commune}") if file.commune else frozenset[str]() for file in files]
    level = np.full((len(files), len(readers)), len(LEVELS))
    names = {code: place for place, code in enumerate(sorted(frozenset().union(*around)))}
    inside = np.zeros((len(readers), len(names)), dtype=bool)
    for line, reader in enumerate(readers):
        codes = frozenset[str]().union(*map(surroundings, reader.territories))
        inside[line, [names[code] for code in codes if code in names]] = True
    for line, codes in enumerate(around):
        for code in sorted(codes, key=_level_of, reverse=True):  # the narrower overwrites the wider
            level[line, inside[:, names[code]]] = _level_of(code)
    return level, np.array([bool(codes) for codes in around], dtype=bool)


def _level_of(code: str) -> int:
    return LEVELS.index(code.partition(":")[0])
