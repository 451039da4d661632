"""(i) Seconds to propose readers for 2,000 files, three each of 200 readers, exactly.

``python -m tests.bench.assignment`` measures several shapes of the same size alone; no database is needed.
"""

import random
import resource
from dataclasses import replace
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from config.communes import departements, find_commune
from fund.analysis.assignment import FileToRead, Proposal, Reader, propose
from tests.bench.ground import Ground

FILES: Final = 2_000
READERS: Final = 200
EACH: Final = 3
LEVERS: Final = tuple("1234567")
Instance = tuple[list[FileToRead], list[Reader], set[tuple[str, str]]]


def measure(_: Ground) -> dict[str, Any]:
    return _results()


def _results() -> dict[str, dict[str, float]]:
    return {name: _figures(propose(*instance)) for name, instance in _shapes().items()}


def _shapes() -> dict[str, Instance]:
    files, readers, forbidden = mixed()
    share = FILES * EACH // READERS
    tight = [replace(reader, capacity=share) for reader in readers]
    short = [replace(reader, capacity=share * 2 // 3) for reader in readers]
    alike = [FileToRead(file.key, frozenset({17}), needed=EACH) for file in files]
    same = [Reader(reader.key, frozenset({17}), capacity=2 * share) for reader in readers]
    return {
        "mixed": (files, readers, forbidden),
        "no_capacity_to_spare": (files, tight, forbidden),
        "a_third_too_few_places": (files, short, forbidden),
        "all_alike": (alike, same, forbidden),
    }


def mixed(files: int = FILES, readers: int = READERS) -> Instance:
    """Files all over France, readers with a few goals, levers and places each, 2 % of the pairs forbidden."""
    chance = random.Random(17)  # noqa: S311 - a reproducible instance, not a secret
    places = _communes(chance)
    goals = range(1, 18)
    return (
        [
            FileToRead(
                key=f"file-{number:04}",
                sdgs=frozenset(chance.sample(goals, chance.randint(1, 4))),
                levers=frozenset(chance.sample(LEVERS, chance.randint(1, 2))),
                commune=chance.choice(places),
                needed=EACH,
            )
            for number in range(files)
        ],
        [
            Reader(
                key=f"reader-{number:03}",
                sdgs=frozenset(chance.sample(goals, chance.randint(2, 6))),
                levers=frozenset(chance.sample(LEVERS, chance.randint(1, 3))),
                territories=tuple(f"dep:{code}" for code in chance.sample(sorted(departements()), 2)),
                capacity=chance.randint(20, 60),
                load=chance.randint(0, 8),
            )
            for number in range(readers)
        ],
        {
            (f"file-{chance.randrange(files):04}", f"reader-{chance.randrange(readers):03}")
            for _ in range(files * readers // 50)
        },
    )


def _communes(chance: random.Random) -> list[str]:
    """The communes numbered 001 to 040 of every département, as far as they exist."""
    codes = [f"{code}{number:0{5 - len(code)}}" for code in departements() for number in range(1, 41)]
    found = [code for code in codes if find_commune(code)]
    chance.shuffle(found)
    return found


def _figures(proposal: Proposal) -> dict[str, float]:
    if not proposal.optimal:
        raise RuntimeError("the proposal is not proven to be the best")
    return {
        "seconds": proposal.seconds,
        "pairs": len(proposal.pairs),
        "places_left_empty": sum(unmet.missing for unmet in proposal.unmet),
        "mean_fit": proposal.quality.mean_fit or 0.0,
        "load_min": proposal.quality.load_min,
        "load_max": proposal.quality.load_max,
        "load_spread": proposal.quality.spread,
    }


def main() -> None:
    results = _results()
    table = Table("figure", *results)
    for name in next(iter(results.values())):
        table.add_row(name, *(f"{figures[name]:,.2f}" for figures in results.values()))
    console = Console()
    console.print(table)
    console.print(f"Peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
