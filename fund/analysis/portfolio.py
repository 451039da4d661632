"""Which files to fund: the best portfolio under an envelope, floors, ceilings and choices already made.

The best portfolio is the one with the highest sum of scores; of equals the cheapest, then the one whose files
stand first by key (smallest sum of places). Scores count to the hundredth of a point, money to the cent; both are
whole numbers to the solver (``fund.analysis.selection``), and every choice is checked in whole numbers.

A limit BINDS when the sum of scores would rise without it. That is asked by solving again without it: a limit that
is used up to its last euro need not bind, and one with euros to spare may (no project may fit into what is left).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

import numpy as np

from fund.analysis.limits import (
    HUNDREDTHS,
    Bound,
    Case,
    Constraints,
    Dimension,
    Limit,
    LimitKind,
    Project,
    euros_of,
)
from fund.analysis.selection import Choice, Problem, Row, Solver, Vector

__all__ = [
    "Binding",
    "Bound",
    "Clash",
    "ClashCode",
    "Constraints",
    "Dimension",
    "Flip",
    "Limit",
    "LimitKind",
    "NextEuros",
    "Portfolio",
    "Project",
    "best_portfolio",
]

_PATIENCE: Final = 20.0  # seconds for all questions together; 200 files need a few (docs/benchmarks.md)
_ALL_FLIPS: Final = 60  # up to so many files each is told what it lacks or can lose
_NEAR_FLIPS: Final = 40  # beyond, these nearest to the edge between chosen and left out
_KEPT_LONGEST: Final = (
    *(LimitKind.ENVELOPE, LimitKind.FIXED_IN, LimitKind.FLOOR),
    *(LimitKind.MINIMUM_SCORE, LimitKind.FIXED_OUT, LimitKind.CEILING),
)
_T = TypeVar("_T")


class ClashCode(StrEnum):
    """Why there is no portfolio at all."""

    FIXED_BOTH_WAYS = "fixed_both_ways"
    """Projects are fixed in and fixed out at once."""
    FIXED_BEYOND_ENVELOPE = "fixed_beyond_envelope"
    """The projects fixed in cost ``amount`` more than the envelope holds."""
    FIXED_BEYOND_CEILING = "fixed_beyond_ceiling"
    """The projects fixed in cost ``amount`` more than a ceiling allows."""
    FLOOR_OUT_OF_REACH = "floor_out_of_reach"
    """All projects that may be chosen reach only ``amount`` of a floor."""
    LIMITS_CLASH = "limits_clash"
    """The ``limits`` cannot hold together; any one of them taken away, the others can."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Which ``limits`` exclude each other; ``amount`` in euros as the code says."""

    code: ClashCode
    limits: tuple[Limit, ...]
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A limit without which the sum of scores would be ``gain`` points higher; ``slack`` is how many euros it
    still leaves (None where it is not one of money)."""

    limit: Limit
    slack: Decimal | None
    gain: float


@dataclass(frozen=True, slots=True)
class NextEuros:
    """The smallest number of euros on top of the envelope that makes a better portfolio, and that portfolio's
    difference; ``gain`` in points."""

    extra: Decimal
    gain: float
    comes_in: tuple[str, ...]
    goes_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flip:
    """How many ``points`` the score of one project is away from changing its fate, all other scores as they are.

    Left out: that many more, and the best portfolio with it draws level with the best (a hundredth more, and it is
    in). Chosen: that many less, and the best portfolio without it draws level, or the score falls to the minimum.
    None where no score changes its fate, for the other limits alone settle it.
    """

    key: str
    chosen: bool
    points: float | None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The ``chosen`` keys in order; ``total`` and ``remaining`` in euros; ``value`` the sum of their scores.

    ``clash`` says why nothing can be chosen (then the rest is empty). ``proven``: the solver has shown that
    nothing better exists; ``complete``: it has answered, in time, every question on what binds and would change.
    """

    chosen: tuple[str, ...] = ()
    total: Decimal = Decimal("0.00")
    value: float = 0.0
    remaining: Decimal = Decimal("0.00")
    clash: Clash | None = None
    binding: tuple[Binding, ...] = ()
    next_euros: NextEuros | None = None
    flips: tuple[Flip, ...] = ()
    proven: bool = True
    complete: bool = True

    @property
    def feasible(self) -> bool:
        return self.clash is None


def best_portfolio(projects: Sequence[Project], constraints: Constraints, seconds: float = _PATIENCE) -> Portfolio:
    """The best portfolio, what binds it, and what would change it.

    Of more than 60 files, flips are asked for 40: the chosen with the fewest points per euro and the left out with
    the most. What was not answered within ``seconds`` is missing, and ``complete`` is False.

    Raises ``ValueError`` for facts that contradict themselves (``fund.analysis.limits.Case``), ``Unsolved``.
    """
    search = _Search(Case(projects, constraints), Solver(seconds))
    return search.portfolio()


class _Late(Exception):
    """An answer was not proven in time."""


class _Search:
    """One search: the case, and a solver with the time that is left."""

    def __init__(self, case: Case, solver: Solver) -> None:
        self.case = case
        self.solver = solver
        self.complete = True

    def portfolio(self) -> Portfolio:
        case = self.case
        if clash := self._plain_clash():
            return Portfolio(clash=clash)
        problem = case.problem(case.limits)
        best = self._best(problem)
        if best.chosen is None:
            return Portfolio(
                clash=self._clash() if best.proven else None, proven=best.proven, complete=best.proven
            )
        chosen, total = best.chosen, int(case.cents[best.chosen].sum())
        bare = Portfolio(
            chosen=case.keys(chosen),
            total=euros_of(total),
            value=self._value(chosen) / HUNDREDTHS,
            remaining=euros_of(case.envelope - total),
            proven=best.proven,
            complete=best.proven,
        )
        if not best.proven:  # what would change it cannot be told before it is known
            return bare
        return replace(
            bare,
            binding=self._answered(self._binding(chosen)),
            next_euros=next(iter(self._answered(self._next_euros(chosen))), None),
            flips=self._answered(self._flips(problem, chosen)),
            complete=self.complete,
        )

    def _best(self, problem: Problem) -> Choice:
        """The highest value, of these the cheapest, of these the first by key."""
        scores, cents = self.case.scores, self.case.cents
        highest = self.solver.maximise(scores, problem)
        if highest.chosen is None:
            return highest
        problem = problem.with_rows(Row.at_least(scores, self._value(highest.chosen)))
        cheapest = self.solver.lightest(cents, problem)
        if cheapest.chosen is None:
            return Choice(highest.chosen, proven=False)
        problem = problem.with_rows(Row.at_most(cents, int(cents[cheapest.chosen].sum())))
        first = self.solver.maximise(-np.arange(len(scores)), problem)
        if first.chosen is None:
            return Choice(cheapest.chosen, proven=False)
        return Choice(first.chosen, highest.proven and cheapest.proven and first.proven)

    def _value(self, chosen: Vector) -> int:
        return int(self.case.scores[chosen].sum())

    def _ask(self, problem: Problem) -> int | None:
        """The highest value under these limits; None where no choice keeps them. Raises ``_Late``."""
        answer = self.solver.maximise(self.case.scores, problem)
        if not answer.proven:
            raise _Late
        return None if answer.chosen is None else self._value(answer.chosen)

    def _answered(self, answers: Iterable[_T]) -> tuple[_T, ...]:
        """The answers that came in time. Time once over stays over, so the first late one ends them."""
        found: list[_T] = []
        try:
            for answer in answers:
                found.append(answer)  # noqa: PERF402 - what came before the late one is kept
        except _Late:
            self.complete = False
        return tuple(found)

    def _without(self, limit: Limit) -> Problem:
        return self.case.problem([other for other in self.case.limits if other != limit])

    def _binding(self, chosen: Vector) -> Iterator[Binding]:
        for limit in self.case.limits:
            value = self._ask(self._without(limit))
            gain = 0 if value is None else value - self._value(chosen)
            if gain > 0:
                slack = self.case.slack(limit, chosen)
                yield Binding(limit, None if slack is None else euros_of(slack), gain / HUNDREDTHS)

    def _next_euros(self, chosen: Vector) -> Iterator[NextEuros]:
        """One, or none where no money would make it better."""
        case = self.case
        unlimited = self._without(Limit(LimitKind.ENVELOPE))
        better = self.solver.lightest(
            case.cents, unlimited.with_rows(Row.at_least(case.scores, self._value(chosen) + 1))
        )
        if not better.proven:
            raise _Late
        if better.chosen is None:
            return
        needed = int(case.cents[better.chosen].sum())
        then = self._best(unlimited.with_rows(Row.at_most(case.cents, needed)))
        if then.chosen is None or not then.proven:
            raise _Late
        yield NextEuros(
            extra=euros_of(needed - case.envelope),
            gain=(self._value(then.chosen) - self._value(chosen)) / HUNDREDTHS,
            comes_in=case.keys(then.chosen & ~chosen),
            goes_out=case.keys(chosen & ~then.chosen),
        )

    def _flips(self, problem: Problem, chosen: Vector) -> Iterator[Flip]:
        case, best = self.case, self._value(chosen)
        for place in _near_the_edge(case, chosen):
            is_in = bool(chosen[place])
            value = self._ask(problem.with_fixed(place, chosen=not is_in))
            level = None if value is None else best - value
            above = case.above_minimum(place)
            if is_in:
                points = min((change for change in (level, above) if change is not None), default=None)
            else:
                points = None if level is None else max(level, -(above or 0))
            yield Flip(case.projects[place].key, is_in, None if points is None else points / HUNDREDTHS)

    def _plain_clash(self) -> Clash | None:
        """A clash that plain adding up finds, and can put into figures."""
        case = self.case
        problem = case.problem(case.limits)
        fixed_in = tuple(limit for limit in case.limits if limit.kind is LimitKind.FIXED_IN)
        both = tuple(limit for limit in case.limits if limit.key and limit.key in case.fixed_both_ways)
        if both:
            return Clash(ClashCode.FIXED_BOTH_WAYS, both)
        for limit in case.limits:
            must, may = (case.slack(limit, side > 0) for side in (problem.lower, problem.upper))
            if must is None or may is None:
                continue
            if limit.kind is LimitKind.FLOOR and may < 0:
                reached = euros_of(may + case.allowance(limit))
                return Clash(ClashCode.FLOOR_OUT_OF_REACH, (limit,), reached)
            if limit.kind is not LimitKind.FLOOR and must < 0:
                is_envelope = limit.kind is LimitKind.ENVELOPE
                code = ClashCode.FIXED_BEYOND_ENVELOPE if is_envelope else ClashCode.FIXED_BEYOND_CEILING
                return Clash(code, (limit, *fixed_in), euros_of(-must))
        return None

    def _clash(self) -> Clash:
        """The limits that exclude each other: each is taken away in turn, and for good if the rest still clash."""
        left = sorted(self.case.limits, key=lambda limit: _KEPT_LONGEST.index(limit.kind), reverse=True)
        for limit in tuple(left):
            others = [other for other in left if other != limit]
            answer = self.solver.maximise(self.case.scores, self.case.problem(others))
            if answer.chosen is None and answer.proven:
                left = others
        return Clash(ClashCode.LIMITS_CLASH, tuple(limit for limit in self.case.limits if limit in left))


def _near_the_edge(case: Case, chosen: Vector) -> list[int]:
    """The projects to ask flips for, in the order of their keys; those of which the fate is fixed have none."""
    movable = [place for key, place in case.places.items() if key not in case.fixed]
    if len(movable) <= _ALL_FLIPS:
        return movable
    worth = case.scores / np.maximum(case.cents, 1)
    inside = sorted((place for place in movable if chosen[place]), key=lambda place: worth[place])
    outside = sorted((place for place in movable if not chosen[place]), key=lambda place: -worth[place])
    half = _NEAR_FLIPS // 2
    shares = max(half, _NEAR_FLIPS - len(outside)), max(half, _NEAR_FLIPS - len(inside))
    return sorted((*inside[: shares[0]], *outside[: shares[1]]))
