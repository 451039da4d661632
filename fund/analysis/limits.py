"""What a portfolio is chosen from, and under which limits; both in whole numbers for the solver.

Scores count to the hundredth of a point, money to the cent.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

import numpy as np

from fund.analysis.selection import Problem, Row, Vector

HUNDREDTHS: Final = 100  # of a point, and of a euro


class Dimension(StrEnum):
    TERRITORY = "territory"
    LEVER = "lever"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Project:
    """A file to decide on.

    ``amount`` is in euros, ``territory`` the codes in which it lies (its département, its région), ``kinds`` those
    of its alliance. Raises ``ValueError`` for an amount below 0.
    """

    key: str
    score: float
    amount: Decimal
    territory: frozenset[str] = frozenset()
    levers: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError(f"{self.key}: an amount is not negative")

    def has(self, dimension: Dimension, value: str) -> bool:
        held = {Dimension.TERRITORY: self.territory, Dimension.LEVER: self.levers, Dimension.KIND: self.kinds}
        return value in held[dimension]


@dataclass(frozen=True, slots=True)
class Bound:
    """At least ``floor`` and at most ``ceiling`` euros for the projects that have this value."""

    dimension: Dimension
    value: str
    floor: Decimal | None = None
    ceiling: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Constraints:
    """``envelope`` in euros; projects below ``minimum_score`` are left out unless they are in ``fixed_in``;
    ``fixed_in`` and ``fixed_out`` are the keys of the projects that the committee has settled."""

    envelope: Decimal
    minimum_score: float | None = None
    bounds: tuple[Bound, ...] = ()
    fixed_in: frozenset[str] = frozenset()
    fixed_out: frozenset[str] = frozenset()


class LimitKind(StrEnum):
    ENVELOPE = "envelope"
    FLOOR = "floor"
    CEILING = "ceiling"
    MINIMUM_SCORE = "minimum_score"
    FIXED_IN = "fixed_in"
    FIXED_OUT = "fixed_out"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: with its ``bound`` for a floor or ceiling, with its ``key`` for a fixed choice."""

    kind: LimitKind
    bound: Bound | None = None
    key: str | None = None


class Case:
    """The projects in the order of their keys, with their scores and amounts in whole numbers, and all limits.

    Raises ``ValueError`` for an amount with fractions of a cent, a key that two projects share, and a fixed choice
    of a project that is not there.
    """

    def __init__(self, projects: Sequence[Project], constraints: Constraints) -> None:
        self.projects = sorted(projects, key=lambda project: project.key)
        self.places = {project.key: place for place, project in enumerate(self.projects)}
        if len(self.places) < len(self.projects):
            raise ValueError("two projects share a key")
        self.fixed = constraints.fixed_in | constraints.fixed_out
        if unknown := self.fixed - self.places.keys():
            raise ValueError(f"fixed choices of unknown projects: {sorted(unknown)}")
        self.envelope = cents_of(constraints.envelope)
        self.minimum = None if constraints.minimum_score is None else points_of(constraints.minimum_score)
        self.scores = np.array([points_of(project.score) for project in self.projects], dtype=np.int64)
        self.cents = np.array([cents_of(project.amount) for project in self.projects], dtype=np.int64)
        self.fixed_both_ways = constraints.fixed_in & constraints.fixed_out
        self.limits = _limits(constraints)

    def problem(self, limits: Collection[Limit]) -> Problem:
        """These limits, of all there are, as the solver takes them."""
        lower = np.zeros(len(self.projects), dtype=np.int64)
        upper = np.ones(len(self.projects), dtype=np.int64)
        rows = []
        for limit in limits:
            match limit.kind:
                case LimitKind.ENVELOPE | LimitKind.CEILING:
                    rows.append(Row.at_most(self.weights(limit), self.allowance(limit)))
                case LimitKind.FLOOR:
                    rows.append(Row.at_least(self.weights(limit), self.allowance(limit)))
                case LimitKind.FIXED_IN:
                    lower[self.places[limit.key or ""]] = 1
                case LimitKind.FIXED_OUT:
                    upper[self.places[limit.key or ""]] = 0
        if self.minimum is not None and Limit(LimitKind.MINIMUM_SCORE) in limits:
            upper[(self.scores < self.minimum) & (lower == 0)] = 0
        return Problem(tuple(rows), lower, upper)

    def above_minimum(self, place: int) -> int | None:
        """How far the score is above the minimum (below 0: under it), None where there is no minimum."""
        return None if self.minimum is None else int(self.scores[place]) - self.minimum

    def weights(self, limit: Limit) -> Vector:
        """The cents that each project puts into a limit of money."""
        if limit.bound is None:
            return self.cents
        held = [project.has(limit.bound.dimension, limit.bound.value) for project in self.projects]
        return self.cents * np.array(held, dtype=np.int64)

    def allowance(self, limit: Limit) -> int:
        """The cents of a limit of money."""
        if limit.bound is None:
            return self.envelope
        euros = limit.bound.floor if limit.kind is LimitKind.FLOOR else limit.bound.ceiling
        return cents_of(euros or Decimal(0))

    def slack(self, limit: Limit, chosen: Vector) -> int | None:
        """The cents that a choice leaves of a limit of money; None for other limits."""
        if limit.kind not in (LimitKind.ENVELOPE, LimitKind.FLOOR, LimitKind.CEILING):
            return None
        left = self.allowance(limit) - int(self.weights(limit)[chosen].sum())
        return -left if limit.kind is LimitKind.FLOOR else left

    def keys(self, chosen: Vector) -> tuple[str, ...]:
        return tuple(self.projects[place].key for place in np.flatnonzero(chosen))


def cents_of(euros: Decimal) -> int:
    """An amount in cents. Raises ``ValueError`` where it has fractions of one."""
    cents = euros * HUNDREDTHS
    if cents != int(cents):
        raise ValueError(f"{euros} is not in whole cents")
    return int(cents)


def euros_of(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def points_of(score: float) -> int:
    """A score in hundredths of a point."""
    return round(score * HUNDREDTHS)


def _limits(constraints: Constraints) -> tuple[Limit, ...]:
    found = [Limit(LimitKind.ENVELOPE)]
    for bound in constraints.bounds:
        if bound.floor is not None:
            found.append(Limit(LimitKind.FLOOR, bound=bound))
        if bound.ceiling is not None:
            found.append(Limit(LimitKind.CEILING, bound=bound))
    if constraints.minimum_score is not None:
        found.append(Limit(LimitKind.MINIMUM_SCORE))
    found += [Limit(LimitKind.FIXED_IN, key=key) for key in sorted(constraints.fixed_in)]
    found += [Limit(LimitKind.FIXED_OUT, key=key) for key in sorted(constraints.fixed_out)]
    return tuple(found)
