"""Which of many things to choose, exactly: yes-or-no programmes in whole numbers, solved by HiGHS.

The solver works in floating point and calls 0.99999999 a whole number: a choice of ten million euros may exceed
its limit by a cent and still be returned. So every choice is checked in whole numbers; one that breaks a row is
cut off by a cover inequality (of so many things any ``k`` together are too heavy, so fewer than ``k`` are chosen),
which no allowed choice violates, and the search goes on.
"""

import time
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

Vector = npt.NDArray[Any]

_SOLVED, _LIMIT_REACHED, _INFEASIBLE = 0, 1, 2  # statuses of scipy.optimize.milp
_HALF: Final = 0.5


class Unsolved(RuntimeError):
    """The solver failed: a fault of ours or of the solver, never of the data."""


@dataclass(frozen=True, slots=True)
class Row:
    """The weights of what is chosen add up to ``most`` at the most. All whole numbers."""

    weights: Vector
    most: int

    @classmethod
    def at_most(cls, weights: Vector, most: int) -> "Row":
        """A row without the factor that all weights share: small numbers leave the solver less room for error."""
        factor = int(np.gcd.reduce(weights)) if weights.any() else 1
        return cls(weights // factor, most // factor)

    @classmethod
    def at_least(cls, weights: Vector, least: int) -> "Row":
        return cls.at_most(-weights, -least)

    def is_broken_by(self, chosen: Vector) -> bool:
        return int(self.weights[chosen].sum()) > self.most

    def cut_off(self, chosen: Vector) -> "Row":
        """A row that follows from this one and that this choice, which breaks this one, breaks, too."""
        size, turned = np.abs(self.weights), self.weights < 0
        # A negative weight is the positive weight of not choosing.
        present = np.flatnonzero((chosen ^ turned) & (size > 0))
        excess = int(size[present].sum()) - self.most - int(size[turned].sum())
        cover = []
        for place in present[np.argsort(size[present], kind="stable")]:
            if size[place] < excess:
                excess -= int(size[place])
            else:
                cover.append(place)
        heavy = _any_as_many_too_heavy(size, cover, excess)
        return Row(np.where(heavy, np.where(turned, -1, 1), 0), len(cover) - 1 - int((heavy & turned).sum()))


def _any_as_many_too_heavy(size: Vector, cover: Sequence[int], excess: int) -> Vector:
    """The cover, which is ``excess`` too heavy, and whatever leaves any as many of the set too heavy."""
    heavy = np.zeros(len(size), dtype=bool)
    heavy[cover] = True
    lightest = sorted(int(size[place]) for place in cover)  # the lightest of the set, as many as the cover has
    for place in np.argsort(-size, kind="stable"):
        lighter_by = max(lightest[-1] - int(size[place]), 0)
        if lighter_by >= excess or not size[place]:
            break
        if heavy[place]:
            continue
        heavy[place] = True
        if lighter_by:
            excess -= lighter_by
            insort(lightest, int(size[place]))
            lightest.pop()
    return heavy


@dataclass(frozen=True, slots=True)
class Problem:
    """The rows to keep, and for each thing whether it must (``lower`` 1) or may (``upper`` 1) be chosen."""

    rows: tuple[Row, ...]
    lower: Vector
    upper: Vector

    def with_rows(self, *rows: Row) -> "Problem":
        return Problem((*self.rows, *rows), self.lower, self.upper)

    def with_fixed(self, place: int, *, chosen: bool) -> "Problem":
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[place] = upper[place] = int(chosen)
        return Problem(self.rows, lower, upper)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen (None where nothing is allowed, or nothing was found in time), and whether that is proven."""

    chosen: Vector | None
    proven: bool


class Solver:
    """Solves until a deadline, ``seconds`` from now; afterwards every answer is unproven and empty."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds

    def maximise(self, worth: Vector, problem: Problem) -> Choice:
        """The choice of most worth (whole numbers). Raises ``Unsolved``."""
        if (problem.lower > problem.upper).any():
            return Choice(None, proven=True)
        if not len(worth):
            return Choice(
                None if any(row.most < 0 for row in problem.rows) else np.zeros(0, dtype=bool), proven=True
            )
        while (left := self._deadline - time.monotonic()) > 0:
            result = _solve(worth, problem, left)
            if result.x is None:
                return Choice(None, proven=result.status == _INFEASIBLE)
            chosen: Vector = result.x > _HALF
            broken = [row for row in problem.rows if row.is_broken_by(chosen)]
            if not broken:
                return Choice(chosen, proven=result.status == _SOLVED)
            problem = problem.with_rows(*(row.cut_off(chosen) for row in broken))
        return Choice(None, proven=False)

    def lightest(self, weights: Vector, problem: Problem) -> Choice:
        """The choice of least weight.

        Weights may be so large that a difference of 1 is lost in the solver's tolerance; so a lighter choice is
        asked for until there is none. Raises ``Unsolved``.
        """
        found = self.maximise(-weights, problem)
        while found.chosen is not None:
            limit = Row.at_most(weights, int(weights[found.chosen].sum()) - 1)
            lighter = self.maximise(-weights, problem.with_rows(limit))
            if lighter.chosen is None:
                return Choice(found.chosen, lighter.proven)
            found = lighter
        return found


def _solve(worth: Vector, problem: Problem, seconds: float) -> Any:
    total = int(np.abs(worth).sum())
    result = milp(
        -worth,
        integrality=np.ones(len(worth)),
        bounds=Bounds(problem.lower, problem.upper),
        constraints=[LinearConstraint(row.weights[None, :], -np.inf, row.most) for row in problem.rows] or None,
        # Worths are whole numbers: what is less than 1 away is the same.
        options={"time_limit": seconds, "mip_rel_gap": 0.5 / max(total, 1)},
    )
    if result.status not in (_SOLVED, _LIMIT_REACHED, _INFEASIBLE):
        raise Unsolved(result.message)
    return result
