"""Krippendorff's alpha: how far reviewers agree beyond chance, whoever they are and however many read each file.

The definition, its metrics and the worked examples of the tests are those of K. Krippendorff, "Computing
Krippendorff's Alpha-Reliability" (University of Pennsylvania, 2011).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]

DRAWS = 1_000
SEED = 2011


class Metric(StrEnum):
    """What a difference between two values means."""

    NOMINAL = "nominal"
    """Values are names: they agree or they do not."""
    ORDINAL = "ordinal"
    """Values have an order: the distance is the number of ratings between them."""
    INTERVAL = "interval"
    """Values are points of a scale with equal steps, like a score."""
    RATIO = "ratio"
    """Values are amounts with a true zero: the distance is relative to their sum."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater gave to one unit. A rating that is missing is simply not in the list."""

    unit: Hashable
    rater: Hashable
    value: float


def krippendorff_alpha(ratings: Iterable[Rating], *, metric: Metric = Metric.INTERVAL) -> float | None:
    """1 for full agreement, 0 for what chance would give, below 0 for systematic disagreement.

    Units with a single rating say nothing on agreement and are left out. None where alpha has no meaning:
    nothing was rated twice, or all ratings that can be compared are equal, so that chance would agree too.

    :raises ValueError: a rater rated one unit twice, a value is not finite, or the metric is that of ratios and a
        value is negative.
    """
    return _alpha(_pairable(ratings, metric), metric)


def alpha_interval(
    ratings: Iterable[Rating], *, metric: Metric = Metric.INTERVAL, level: float = 0.95
) -> tuple[float, float] | None:
    """Between which bounds alpha would lie for other units of the same kind, read by the same sort of raters.

    Percentile bootstrap: units with all their ratings are drawn with replacement, ``DRAWS`` times, from a fixed
    seed, so that the same ratings always give the same bounds. Draws in which alpha has no meaning are set aside.
    With few units (say, fewer than twenty) the bounds are too narrow, as with any percentile bootstrap. None where
    alpha itself has no meaning, or a single unit can be compared.

    :raises ValueError: as `krippendorff_alpha`, and for a level outside 0 to 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level of {level} is not between 0 and 1")
    table = _pairable(ratings, metric)
    if len(table) < 2 or _alpha(table, metric) is None:
        return None
    random = np.random.default_rng(SEED)
    picks = random.integers(len(table), size=(DRAWS, len(table)))
    alphas = [alpha for pick in picks if (alpha := _alpha(table[pick], metric)) is not None]
    low, high = np.quantile(alphas, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _pairable(ratings: Iterable[Rating], metric: Metric) -> Floats:
    """One row per unit with two ratings or more, filled up with NaN. Who rated is of no consequence for alpha."""
    units: dict[Hashable, dict[Hashable, float]] = defaultdict(dict)
    for rating in ratings:
        if rating.rater in units[rating.unit]:
            raise ValueError(f"{rating.rater!r} rated {rating.unit!r} twice")
        units[rating.unit][rating.rater] = rating.value
    rows = [list(values.values()) for values in units.values() if len(values) > 1]
    table = np.full((len(rows), max(map(len, rows), default=0)), np.nan)
    for line, values in zip(table, rows, strict=True):
        line[: len(values)] = values
    given = np.array([value for values in units.values() for value in values.values()])
    if not np.isfinite(given).all():
        raise ValueError("a rating is not a finite number")
    if metric is Metric.RATIO and (given < 0).any():
        raise ValueError("the ratio metric has no meaning for negative values")
    return table


def _alpha(table: Floats, metric: Metric) -> float | None:
    """One minus the observed over the expected disagreement."""
    given = ~np.isnan(table)
    values = table[given]
    if metric is Metric.ORDINAL:
        # The ordinal distance of the source, ratings between two values with half of those at each end, is the
        # difference of their mean ranks.
        table = table.copy()
        values = table[given] = rankdata(values)
        metric = Metric.INTERVAL
    expected = _within_all(values, metric)
    if expected <= 0:
        return None
    return float(1 - (len(values) - 1) * _within_units(table, given.sum(axis=1) - 1, metric) / expected)


def _within_units(table: Floats, others: NDArray[np.int_], metric: Metric) -> float:
    """The squared distances of all ordered pairs within units, each divided by the unit's ratings less one."""
    columns = table.T
    return 2 * sum(float(np.nansum(_squared(a, b, metric) / others)) for a, b in combinations(columns, 2))


def _within_all(values: Floats, metric: Metric) -> float:
    """The squared distances of all ordered pairs of ratings, whatever their units; 0 where all are equal."""
    found, counts = np.unique(values, return_counts=True)
    if len(found) < 2:
        return 0.0
    if metric is Metric.INTERVAL:
        return float(2 * len(values) * np.sum((values - values.mean()) ** 2))
    return sum(
        float(count * np.sum(counts * _squared(value, found, metric)))
        for value, count in zip(found, counts, strict=True)
    )


def _squared(one: Floats, other: Floats, metric: Metric) -> Floats:
    """The squared distance, NaN where either is missing."""
    difference = one - other
    if metric is Metric.NOMINAL:
        return np.where(np.isnan(difference), np.nan, difference != 0)
    if metric is Metric.RATIO:
        total = one + other
        difference = np.divide(difference, total, out=np.zeros_like(difference), where=total != 0)
    return difference**2
