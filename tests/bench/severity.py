"""What the adjusted score is worth: simulated reviewers of known severity, raw mean beside adjusted score.

``python -m tests.bench.severity`` prints the tables of docs/benchmarks.md. Everything is seeded. Merits have a
standard deviation of 12 points, chance one of 8; severities have the one that the table says.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mean

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import kendalltau, spearmanr

from fund.analysis.severity import Merit, Score, estimate_severity

Floats = NDArray[np.float64]

RUNS = 300
MERIT, CHANCE = 12.0, 8.0


@dataclass(frozen=True)
class Design:
    """Who reads what. Reviewers are loaded evenly, each file is read by so many of those who may read it."""

    title: str
    files: int
    reviewers: int
    reads: tuple[int, ...] = (3,)
    """How many read a file; of several numbers, each file has one by chance."""
    panels: int = 1
    """Into how many panels files and reviewers fall that share nothing."""
    territories: bool = False
    """Files of two territories, 12 points apart; nine reviews in ten stay in the reviewer's own."""
    severity: float = 6.0


DESIGNS = (
    Design("30 files, 3 of 10 reviewers", 30, 10),
    Design("the same, severities sd 10", 30, 10, severity=10),
    Design("the same, severities sd 3", 30, 10, severity=3),
    Design("the same, no severities: nothing to gain", 30, 10, severity=0),
    Design("200 files, 3 of 25 reviewers", 200, 25),
    Design("sparse: 40 files, 2 of 20 reviewers", 40, 20, (2,)),
    Design("very few: 10 files, 2 of 5 reviewers", 10, 5, (2,)),
    Design("the least that is adjusted: 6 files, 2 of 3 reviewers", 6, 3, (2,)),
    Design("unequal: 30 files, 1 to 4 of 10 reviewers", 30, 10, (1, 2, 3, 4)),
    Design("4 panels of 4 apart: 60 files, 2 of a panel", 60, 16, (2,), panels=4),
    Design("everybody reads everything: 30 files, 5 reviewers", 30, 5, (5,)),
    Design("by territory: 60 files, 3 of 20 reviewers", 60, 20, territories=True),
    Design("by territory: 60 files, 1 to 4 of 20 reviewers", 60, 20, (1, 2, 3, 4), territories=True),
)


@dataclass(frozen=True)
class Truth:
    """One simulated call: what files and reviewers are, and the scores that came of it."""

    merits: Floats
    severities: Floats
    reads: list[tuple[int, int]]
    """File and reviewer of each review."""
    points: list[float]

    @property
    def scores(self) -> list[Score]:
        return [Score(file, who, it) for (file, who), it in zip(self.reads, self.points, strict=True)]


@dataclass(frozen=True)
class Outcome:
    """How close one way of scoring came to the truth in one simulated call."""

    kendall: float
    spearman: float
    top: float
    """Share of the truly best third of files that it puts into its first third."""
    error: float
    """Root mean square, in points."""


@dataclass(frozen=True)
class Comparison:
    """One simulated call, scored in three ways."""

    raw: Outcome
    adjusted: Outcome
    shrunk: Outcome
    """The road not taken: merits drawn towards the mean too, with all variances known."""
    held: float
    """Share of files whose interval holds the truth."""


def simulate(design: Design, seed: int) -> Truth:
    chance = np.random.default_rng(seed)
    home = np.arange(design.files) % 2
    merits = chance.normal(60, MERIT, design.files)
    if design.territories:
        merits = np.where(home, 66, 54) + chance.normal(0, 10, design.files)
    severities = chance.normal(0, design.severity, design.reviewers)
    load = np.zeros(design.reviewers)
    reads: list[tuple[int, int]] = []
    for file in range(design.files):
        reluctance = load + chance.uniform(0, 1.5, design.reviewers)
        people = np.arange(design.reviewers)
        if design.territories:
            far = people % 2 != home[file]
            reluctance += 1_000 * (far & (chance.uniform(size=design.reviewers) < 0.9))
        reluctance[people % design.panels != file % design.panels] = np.inf
        readers = np.argsort(reluctance)[: chance.choice(design.reads)]
        load[readers] += 1
        reads += [(file, int(who)) for who in readers]
    points = [float(merits[file] - severities[who] + chance.normal(0, CHANCE)) for file, who in reads]
    return Truth(merits, severities, reads, points)


def compare(design: Design, seeds: Sequence[int]) -> list[Comparison]:
    return [_compare_one(design, simulate(design, seed)) for seed in seeds]


def _compare_one(design: Design, truth: Truth) -> Comparison:
    estimate = estimate_severity(truth.scores)
    files = [estimate.files[file] for file in range(design.files)]
    # What a file would get from all reviewers of the call: that is what the adjusted score is an estimate of.
    aim = truth.merits - truth.severities.mean()
    return Comparison(
        raw=_judge(np.array([it.raw for it in files]), aim),
        adjusted=_judge(np.array([it.adjusted for it in files]), aim),
        shrunk=_judge(_shrink_merits(design, truth), aim),
        held=float(np.mean([_holds(it, value) for it, value in zip(files, aim, strict=True)])),
    )


def _holds(merit: Merit, value: float) -> bool:
    return merit.low is not None and merit.high is not None and merit.low <= value <= merit.high


def _judge(points: Floats, aim: Floats) -> Outcome:
    third = len(aim) // 3
    best, chosen = (set(np.argsort(-it)[:third].tolist()) for it in (aim, points))
    return Outcome(
        kendall=float(kendalltau(points, aim).statistic),
        spearman=float(spearmanr(points, aim).statistic),
        top=len(best & chosen) / third,
        error=float(np.sqrt(np.mean((points - aim) ** 2))),
    )


def _shrink_merits(design: Design, truth: Truth) -> Floats:
    """Best linear unbiased prediction of merits held to be random as well."""
    files = np.eye(design.files)[[file for file, _ in truth.reads]]
    people = np.eye(design.reviewers)[[who for _, who in truth.reads]]
    points = np.array(truth.points)
    shared = MERIT**2 * files @ files.T + design.severity**2 * people @ people.T
    inverse = np.linalg.inv(shared + CHANCE**2 * np.eye(len(points)))
    middle = float((inverse @ points).sum() / inverse.sum())
    drawn: Floats = middle + MERIT**2 * files.T @ inverse @ (points - middle)
    return drawn


def measure(runs: int = RUNS) -> dict[str, list[Comparison]]:
    return {design.title: compare(design, range(runs)) for design in DESIGNS}


def measure_time() -> float:
    """Seconds for 2,000 files read by 3 of 200 reviewers each."""
    truth = simulate(Design("largest", 2_000, 200), seed=0)
    start = time.perf_counter()
    estimate_severity(truth.scores)
    return time.perf_counter() - start


def main() -> None:
    console = Console(width=160)
    table = Table(
        *("design", "Kendall raw → adjusted", "gain", "adjusted ≥ raw", "Spearman raw → adjusted"),
        *("top third raw → adjusted", "error (points)", "interval holds", "merits shrunk too: Kendall, top third"),
        title=f"{RUNS} simulated calls per design",
    )
    for title, comparisons in measure().items():
        table.add_row(title, *_figures(comparisons))
    console.print(table)
    console.print(f"2,000 files, 3 of 200 reviewers: {measure_time() * 1_000:.0f} ms")


def _figures(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    raw, adjusted = _means([it.raw for it in comparisons]), _means([it.adjusted for it in comparisons])
    shrunk = _means([it.shrunk for it in comparisons])
    never_worse = mean(it.adjusted.kendall >= it.raw.kendall - 1e-9 for it in comparisons)
    return (
        f"{raw.kendall:.3f} → {adjusted.kendall:.3f}",
        f"{adjusted.kendall - raw.kendall:+.3f}",
        f"{never_worse:.0%}",
        f"{raw.spearman:.3f} → {adjusted.spearman:.3f}",
        f"{raw.top:.1%} → {adjusted.top:.1%}",
        f"{raw.error:.1f} → {adjusted.error:.1f}",
        f"{mean(it.held for it in comparisons):.1%}",
        f"{shrunk.kendall:.3f}, {shrunk.top:.1%}",
    )


def _means(outcomes: Sequence[Outcome]) -> Outcome:
    return replace(
        outcomes[0],
        **{name: mean(getattr(it, name) for it in outcomes) for name in ("kendall", "spearman", "top", "error")},
    )


if __name__ == "__main__":
    main()
