"""(j) Seconds to find the best portfolio, with all that binds it and would change it, of 30, 60 and 200 files.

``python -m tests.bench.portfolio`` measures it alone; no database is needed.
"""

import random
import time
from decimal import Decimal
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from fund.analysis.portfolio import Bound, Constraints, Dimension, Project, best_portfolio
from tests.bench.ground import Ground

SIZES: Final = (30, 60, 200)


def measure(_: Ground) -> dict[str, Any]:
    return _results()


def _results() -> dict[str, dict[str, float]]:
    return {
        f"{size}_files_in_{'cents' if in_cents else 'round_sums'}": _measure(size, in_cents=in_cents)
        for size in SIZES
        for in_cents in (False, True)
    }


def _measure(size: int, *, in_cents: bool) -> dict[str, float]:
    instance = _instance(size, in_cents=in_cents)
    start = time.perf_counter()
    portfolio = best_portfolio(*instance)
    seconds = time.perf_counter() - start
    if not (portfolio.chosen and portfolio.proven and portfolio.complete):
        raise RuntimeError("the portfolio is not proven to be the best")
    return {
        "seconds": seconds,
        "chosen": len(portfolio.chosen),
        "flips": len(portfolio.flips),
        "binding": len(portfolio.binding),
    }


def _instance(size: int, *, in_cents: bool) -> tuple[list[Project], Constraints]:
    """Money for three files in ten, a floor and a ceiling for each of five départements, a minimum score."""
    chance = random.Random(17)  # noqa: S311 - a reproducible instance, not a secret
    projects = [
        Project(
            key=f"file-{number:03}",
            score=round(chance.gauss(65, 12), 2),
            amount=Decimal(chance.randrange(500_000, 6_000_000, 1 if in_cents else 10_000)) / 100,
            territory=frozenset({f"dep:{chance.randrange(5)}"}),
        )
        for number in range(size)
    ]
    envelope = Decimal(int(sum(project.amount for project in projects)) * 3 // 10)
    floor, ceiling = envelope // 20, envelope * 3 // 10
    bounds = tuple(Bound(Dimension.TERRITORY, f"dep:{number}", floor, ceiling) for number in range(5))
    return projects, Constraints(envelope, 50.0, bounds)


def main() -> None:
    table = Table("files", "seconds", "chosen", "flips asked", "limits that bind")
    for name, figures in _results().items():
        table.add_row(
            name, f"{figures['seconds']:.2f}", *(str(figures[key]) for key in ("chosen", "flips", "binding"))
        )
    Console().print(table)


if __name__ == "__main__":
    main()
