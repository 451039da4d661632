"""Files to readers at the least cost: a transportation problem, solved to a proven optimum.

Every file wants a number of readers, each at most once; every reader takes files up to a number, each further one
at least as dear as the one before; a place that stays empty has a price, too. Among so many pairs (400,000 for
2,000 files and 200 readers) few can be in a good solution, so the linear programme (HiGHS, dual simplex) begins
with the cheapest pairs of each file and is given further ones by their reduced costs, until none is missing.

The matrix is that of a network, so every vertex that the simplex method can return is in whole numbers; that is
checked all the same. All costs are whole numbers, too: as soon as the dual bound over ALL pairs lies less than 1
below the cost of a solution in whole numbers, nothing better exists, whatever the solver's tolerances.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csr_array

Vector = npt.NDArray[Any]
Matrix = npt.NDArray[Any]

_FIRST: Final = 12  # pairs per file at the start, beyond the places to fill
_MORE: Final = 6  # pairs per file added in a round
_NEAR: Final = 1_000  # pairs this near to being worth while come in, too: some soon will be, and rounds are dear
_TOLERANCE: Final = 1e-6


class Unsolved(RuntimeError):
    """The solver gave no solution in whole numbers: a fault of ours or of the solver, never of the data."""


@dataclass(frozen=True, slots=True)
class Transport:
    """The problem, all in whole numbers.

    ``cost`` of each pair (lines: files, columns: readers), ``allowed`` pairs, ``wanted`` places per file.
    ``steps`` is the cost of a reader's first, second, … file (never decreasing; as many as his capacity).
    ``empty`` is the cost of a file's first empty place, the second costing twice as much, and so on.
    """

    cost: Matrix
    allowed: Matrix
    wanted: Vector
    steps: tuple[Vector, ...]
    empty: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """``chosen`` pairs (files, readers), and whether their optimality is proven."""

    chosen: Matrix
    optimal: bool


def solve_transport(problem: Transport) -> Shipment:
    """The cheapest choice of pairs.

    Raises ``Unsolved``.
    """
    chosen = np.zeros(problem.allowed.shape, dtype=bool)
    if not (problem.allowed.any() and problem.wanted.any() and any(map(len, problem.steps))):
        return Shipment(chosen, optimal=True)
    master = _Master(problem)
    while True:  # ends, for each round adds a pair or a step
        chosen, cost, bound = master.solve()
        if cost - bound < 1 - _TOLERANCE:
            return Shipment(chosen, optimal=True)
        if not master.widen():
            return Shipment(chosen, optimal=False)


@dataclass(slots=True)
class _Master:
    """The linear programme with the pairs and steps that it has so far, and the prices of its last solution."""

    problem: Transport
    pairs: Matrix = field(init=False)
    depth: Vector = field(init=False)
    file_price: Vector = field(init=False)
    reader_price: Vector = field(init=False)

    def __post_init__(self) -> None:
        capacities = np.array([len(steps) for steps in self.problem.steps])
        mean = -(-int(self.problem.wanted.sum()) // max(int((capacities > 0).sum()), 1))
        self.depth = np.minimum(capacities, 2 * mean)
        self.pairs = np.zeros_like(self.problem.allowed)
        self._add_pairs(self.problem.cost, _FIRST + self.problem.wanted)

    def solve(self) -> tuple[Matrix, int, float]:
        """The pairs chosen, their cost, and a bound below which no choice of any pairs can go."""
        problem = self.problem
        files, readers = np.nonzero(self.pairs)
        owners = np.repeat(np.arange(len(self.depth)), self.depth)
        empties = np.repeat(np.arange(len(problem.wanted)), problem.wanted)
        costs = np.concatenate((problem.cost[files, readers], self._step_costs(), _empty_costs(problem)))
        result = linprog(
            costs,
            A_eq=self._matrix(files, readers, owners, empties),
            b_eq=np.concatenate((problem.wanted, np.zeros(len(self.depth)))),
            bounds=(0, 1),
            method="highs-ds",
        )
        if result.status != 0:
            raise Unsolved(result.message)
        whole = np.rint(result.x)
        if np.abs(result.x - whole).max() > _TOLERANCE:
            raise Unsolved("the solution is not in whole numbers")
        prices = result.eqlin.marginals
        self.file_price, self.reader_price = prices[: len(problem.wanted)], prices[len(problem.wanted) :]
        taken = whole[: len(files)] > 0
        chosen = np.zeros_like(self.pairs)
        chosen[files[taken], readers[taken]] = True
        return chosen, _cost_of(problem, chosen), self._bound()

    def widen(self) -> bool:
        """Add the pairs and steps that the prices call for; whether there were any."""
        before = int(self.pairs.sum()), int(self.depth.sum())
        self._add_pairs(self._reduced(), _MORE, below=_NEAR)
        for reader, steps in enumerate(self.problem.steps):
            cheap = int(np.searchsorted(steps, -self.reader_price[reader]))
            self.depth[reader] = max(self.depth[reader], min(cheap, 2 * self.depth[reader] + 1))
        return before != (int(self.pairs.sum()), int(self.depth.sum()))

    def _add_pairs(self, price: Matrix, count: int | Vector, below: float = np.inf) -> None:
        """The ``count`` pairs of each file whose price is lowest; among equal ones, each file begins elsewhere, or
        all files would crowd on the same few readers."""
        files, readers = price.shape
        turn = (np.arange(readers)[None, :] - np.arange(files)[:, None]) % readers
        open_to = self.problem.allowed & ~self.pairs & (price < below)
        order = np.lexsort((turn, np.where(open_to, price, np.inf)), axis=1)
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.arange(readers)[None, :], axis=1)
        self.pairs |= open_to & (rank < np.reshape(count, (-1, 1)))

    def _reduced(self) -> Matrix:
        reduced: Matrix = self.problem.cost - self.file_price[:, None] - self.reader_price[None, :]
        return reduced

    def _bound(self) -> float:
        """The dual value over all pairs, steps and empty places, in the model or not.

        By weak duality that is a bound whatever the prices are, so the solver need not be believed.
        """
        problem = self.problem
        total = float(problem.wanted @ self.file_price)
        total += float(np.minimum(self._reduced(), 0)[problem.allowed].sum())
        for price, steps in zip(self.reader_price, problem.steps, strict=True):
            total += float(np.minimum(steps + price, 0).sum())
        empties = np.repeat(self.file_price, problem.wanted)
        return total + float(np.minimum(_empty_costs(problem) - empties, 0).sum())

    def _step_costs(self) -> Vector:
        chosen = [steps[:depth] for steps, depth in zip(self.problem.steps, self.depth, strict=True)]
        return np.concatenate(chosen)

    def _matrix(self, files: Vector, readers: Vector, owners: Vector, empties: Vector) -> csr_array:
        """A line a file: pairs and empty places make what is wanted. A line a reader: pairs less steps are 0."""
        pairs, lines = len(files), len(self.problem.wanted)
        columns = np.arange(pairs + len(owners) + len(empties))
        rows = np.concatenate((files, lines + owners, empties, lines + readers))
        values = np.ones(len(rows))
        values[pairs : pairs + len(owners)] = -1
        shape = (lines + len(self.depth), len(columns))
        return csr_array((values, (rows, np.concatenate((columns, columns[:pairs])))), shape=shape)


def _empty_costs(problem: Transport) -> Vector:
    costs = [problem.empty * np.arange(1, wanted + 1) for wanted in problem.wanted]
    return np.concatenate(costs)


def _cost_of(problem: Transport, chosen: Matrix) -> int:
    """The cost of a choice, in whole numbers, after seeing that it breaks no limit."""
    places, loads = chosen.sum(axis=1), chosen.sum(axis=0)
    capacities = np.array([len(steps) for steps in problem.steps])
    if (chosen & ~problem.allowed).any() or (places > problem.wanted).any() or (loads > capacities).any():
        raise Unsolved("the solution breaks a limit")
    steps = sum(int(costs[:load].sum()) for costs, load in zip(problem.steps, loads, strict=True))
    missing = problem.wanted - places
    return int(problem.cost[chosen].sum()) + steps + problem.empty * int((missing * (missing + 1) // 2).sum())
