"""Who reads what: the best assignment of readers to files, and the best replacement for one.

The proposal maximises the sum of the fits (``fund.analysis.fit``) less the cost of uneven loads, and is exact
(``fund.analysis.transport``). Hard limits: nobody reads a file that is forbidden to him, the same file twice,
more than he takes, or while not available. As many places as possible are filled before any fit counts, and places
that must stay empty are spread over the files. Files and readers enter in the order of their keys, so the same
facts give the same proposal whatever order they come in.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np

from fund.analysis.fit import FULL, FileToRead, Fits, Reader, Weights, Why, measure_fits
from fund.analysis.transport import Matrix, Transport, Vector, solve_transport

__all__ = [
    "Because",
    "Candidate",
    "FileToRead",
    "Pair",
    "Proposal",
    "Quality",
    "Reader",
    "Unmet",
    "Weights",
    "Why",
    "propose",
    "replacement",
]

Forbidden = Collection[tuple[str, str]]
"""Pairs (file, reader) that must not be: conflicts of interest, refusals."""

_POINT: Final = 100  # costs are whole hundredths of a point of fit
_DEFAULTS: Final = Weights()


class Because(StrEnum):
    """Why a place stays empty. Of several reasons the first of this order that suffices by itself is named."""

    NO_READER_LEFT = "no_reader_left"
    """There are not so many readers, whoever they are."""
    CONFLICTS = "conflicts"
    """There would be enough, but for those to whom the file is forbidden."""
    UNAVAILABLE = "unavailable"
    """There would be enough, but for those who are not available."""
    CAPACITY = "capacity"
    """There are enough, but they take no more files."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A file proposed to a reader; ``fit`` in points from 0 to 100."""

    file: str
    reader: str
    fit: int
    why: frozenset[Why]


@dataclass(frozen=True, slots=True)
class Unmet:
    """A file that stays ``missing`` readers."""

    file: str
    missing: int
    because: Because


@dataclass(frozen=True, slots=True)
class Quality:
    """What a proposal is worth.

    ``mean_fit`` is that of the proposed pairs (None without any). ``competent`` is the share of the files wanting
    readers and stating goals or levers that have a reader, new or old, who shares one with them (None where there
    is no such file). Loads count old and new files of the readers available; ``spread`` is their standard
    deviation.
    """

    mean_fit: float | None
    competent: float | None
    load_min: int
    load_max: int
    load_mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """New ``pairs`` in the order of files, the better fit first; what they are worth; which files lack readers.

    ``optimal`` says that the solver has proven that nothing better exists; ``seconds`` is wall-clock time.
    """

    pairs: tuple[Pair, ...]
    quality: Quality
    unmet: tuple[Unmet, ...]
    optimal: bool
    seconds: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could read the file; ``load`` is what he reads already."""

    reader: str
    fit: int
    why: frozenset[Why]
    load: int


def propose(
    files: Sequence[FileToRead], readers: Sequence[Reader], forbidden: Forbidden, weights: Weights = _DEFAULTS
) -> Proposal:
    """The best assignment of the readers still wanted. Keys must be unique among files, and among readers."""
    start = time.perf_counter()
    files = sorted(files, key=lambda file: file.key)
    readers = sorted(readers, key=lambda reader: reader.key)
    fits = measure_fits(files, readers, weights)
    free = _free(files, readers, forbidden)
    shipment = solve_transport(_problem(files, readers, free, fits, weights))
    return Proposal(
        pairs=_pairs(files, readers, fits, shipment.chosen),
        quality=_quality(files, readers, fits, shipment.chosen),
        unmet=_unmet(files, readers, free, shipment.chosen),
        optimal=shipment.optimal,
        seconds=time.perf_counter() - start,
    )


def replacement(
    file: FileToRead,
    readers: Sequence[Reader],
    forbidden: Forbidden,
    weights: Weights = _DEFAULTS,
    limit: int = 5,
) -> tuple[Candidate, ...]:
    """Who could best read this one file, best first, by the same fit and the same cost of loads as a proposal."""
    readers = sorted(readers, key=lambda reader: reader.key)
    fits = measure_fits([file], readers, weights)
    free = _free([file], readers, forbidden)[0]
    average = _average_load([file], readers)
    able = [place for place, reader in enumerate(readers) if free[place] and reader.room]
    cost = {place: _pair_cost(fits)[0, place] + _steps(readers[place], 1, average, weights)[0] for place in able}
    return tuple(
        Candidate(readers[place].key, int(fits.points[0, place]), fits.why(0, place), readers[place].load)
        for place in sorted(able, key=lambda place: (cost[place], place))[:limit]
    )


def _free(files: Sequence[FileToRead], readers: Sequence[Reader], forbidden: Forbidden) -> Matrix:
    """Which pairs nothing forbids, whether or not the reader has room."""
    lines = {file.key: line for line, file in enumerate(files)}
    columns = {reader.key: column for column, reader in enumerate(readers)}
    free = np.ones((len(files), len(readers)), dtype=bool)
    taken = ((file.key, reader) for file in files for reader in file.already)
    for file, reader in (*forbidden, *taken):
        if file in lines and reader in columns:
            free[lines[file], columns[reader]] = False
    return free


def _problem(
    files: Sequence[FileToRead], readers: Sequence[Reader], free: Matrix, fits: Fits, weights: Weights
) -> Transport:
    wanted = np.array([file.open for file in files], dtype=np.int64)
    room = np.array([reader.room > 0 for reader in readers], dtype=bool)
    average = _average_load(files, readers)
    most = int((wanted > 0).sum())
    steps = tuple(_steps(reader, most, average, weights) for reader in readers)
    dearest = max((int(costs[-1]) for costs in steps if len(costs)), default=0)
    return Transport(
        cost=_pair_cost(fits),
        allowed=free & room & (wanted > 0)[:, None],
        wanted=wanted,
        steps=steps,
        # Filling one more place may shift one file at every reader, each at the price of the whole fit at most.
        empty=FULL * _POINT * (len(readers) + 1) + dearest + 1,
    )


def _pair_cost(fits: Fits) -> Matrix:
    """From 0 for a full fit."""
    cost: Matrix = (FULL - fits.points) * _POINT
    return cost


def _average_load(files: Sequence[FileToRead], readers: Sequence[Reader]) -> float:
    """What each available reader reads in the end if all share alike; never below one file, or the first file
    would already be dear where there are more readers than places."""
    there = [reader for reader in readers if reader.available]
    total = sum(reader.load for reader in there) + sum(file.open for file in files)
    return max(total / max(len(there), 1), 1.0)


def _steps(reader: Reader, most: int, average: float, weights: Weights) -> Vector:
    """The cost of each further file of a reader, in proportion to what he then reads already."""
    before = reader.load + np.arange(min(reader.room, most))
    costs: Vector = np.rint(_POINT * weights.balance * before / average).astype(np.int64)
    return costs


def _pairs(files: Sequence[FileToRead], readers: Sequence[Reader], fits: Fits, chosen: Matrix) -> tuple[Pair, ...]:
    found = [
        Pair(files[line].key, readers[column].key, int(fits.points[line, column]), fits.why(line, column))
        for line, column in np.argwhere(chosen).tolist()
    ]
    return tuple(sorted(found, key=lambda pair: (pair.file, -pair.fit, pair.reader)))


def _quality(files: Sequence[FileToRead], readers: Sequence[Reader], fits: Fits, chosen: Matrix) -> Quality:
    reads = chosen.copy()
    for line, file in enumerate(files):
        reads[line] |= np.array([reader.key in file.already for reader in readers], dtype=bool)
    wanting = np.array([file.needed > 0 for file in files], dtype=bool) & fits.asks
    well_read: Vector = np.any(reads & fits.competent, axis=1)[wanting]
    added = chosen.sum(axis=0).tolist()
    loads = [reader.load + more for reader, more in zip(readers, added, strict=True) if reader.available]
    return Quality(
        mean_fit=float(fits.points[chosen].mean()) if chosen.any() else None,
        competent=float(well_read.mean()) if wanting.any() else None,
        load_min=min(loads, default=0),
        load_max=max(loads, default=0),
        load_mean=float(np.mean(loads)) if loads else 0.0,
        spread=float(np.std(loads)) if loads else 0.0,
    )


def _unmet(
    files: Sequence[FileToRead], readers: Sequence[Reader], free: Matrix, chosen: Matrix
) -> tuple[Unmet, ...]:
    available = np.array([reader.available for reader in readers], dtype=bool)
    found = []
    for line, file in enumerate(files):
        missing = file.open - int(chosen[line].sum())
        if missing:
            others = sum(reader.key not in file.already for reader in readers)
            found.append(Unmet(file.key, missing, _because(file.open, others, free[line], available)))
    return tuple(found)


def _because(wanted: int, others: int, free: Vector, available: Vector) -> Because:
    if others < wanted:
        return Because.NO_READER_LEFT
    if free.sum() < wanted:
        return Because.CONFLICTS
    if (free & available).sum() < wanted:
        return Because.UNAVAILABLE
    return Because.CAPACITY
