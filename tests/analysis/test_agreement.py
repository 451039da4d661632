"""Krippendorff's alpha against published examples, and the properties that its definition promises."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.analysis.agreement import Metric, Rating, alpha_interval, krippendorff_alpha


def _ratings(*lines: str) -> list[Rating]:
    """One line per rater, one column per unit, a point for a missing rating."""
    return [
        Rating(unit=unit, rater=rater, value=float(value))
        for rater, line in enumerate(lines)
        for unit, value in enumerate(line.split())
        if value != "."
    ]


# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: 4 observers, 12 units, 7 missing.
FOUR_OBSERVERS = _ratings(
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
# The same, section A: 2 observers, 10 units, 2 values.
TWO_OBSERVERS = _ratings("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
# The computational example of https://en.wikipedia.org/wiki/Krippendorff%27s_alpha: 3 coders, 15 units.
THREE_CODERS = _ratings(
    ". . . . . 3 4 1 2 1 1 3 3 . 3",
    "1 . 2 1 3 3 4 3 . . . . . . .",
    ". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
)


@pytest.mark.parametrize(
    ("ratings", "metric", "published"),
    [
        (FOUR_OBSERVERS, Metric.NOMINAL, 0.743),
        (FOUR_OBSERVERS, Metric.ORDINAL, 0.815),
        (FOUR_OBSERVERS, Metric.INTERVAL, 0.849),
        (FOUR_OBSERVERS, Metric.RATIO, 0.797),
        (TWO_OBSERVERS, Metric.NOMINAL, 0.095),
        (THREE_CODERS, Metric.NOMINAL, 0.691),
        (THREE_CODERS, Metric.INTERVAL, 0.811),
    ],
)
def test_alpha_is_that_of_the_published_example(ratings: list[Rating], metric: Metric, published: float) -> None:
    alpha = krippendorff_alpha(ratings, metric=metric)
    assert alpha is not None
    assert round(alpha, 3) == published


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize(
    "ratings",
    [[], _ratings("1 2 3"), _ratings("1 2 . .", ". . 3 4"), _ratings("7 7 7", "7 7 7"), _ratings("0 0", "0 0")],
    ids=["nothing", "one rater", "nothing read twice", "no variation", "only zeros"],
)
def test_alpha_is_undefined_without_pairs_or_variation(ratings: list[Rating], metric: Metric) -> None:
    assert krippendorff_alpha(ratings, metric=metric) is None
    assert alpha_interval(ratings, metric=metric) is None


@pytest.mark.parametrize("metric", Metric)
def test_full_agreement_is_one(metric: Metric) -> None:
    assert krippendorff_alpha(_ratings("0 2 9 .", "0 2 . 4", ". 2 9 4"), metric=metric) == 1


def test_a_rating_without_a_second_one_changes_nothing() -> None:
    alone = Rating(unit="alone", rater=0, value=100)
    for metric in Metric:
        assert krippendorff_alpha([*THREE_CODERS, alone], metric=metric) == krippendorff_alpha(
            THREE_CODERS, metric=metric
        )


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 6), st.integers(0, 4)), st.integers(0, 10).map(float), min_size=2, max_size=30
    ),
    st.randoms(use_true_random=False),
)
def test_who_and_what_come_first_is_of_no_consequence(
    given_by: dict[tuple[int, int], float], order: random.Random
) -> None:
    ratings = [Rating(unit, rater, value) for (unit, rater), value in given_by.items()]
    renamed = [Rating(f"unit {6 - unit}", 4 - rater, value) for (unit, rater), value in given_by.items()]
    order.shuffle(renamed)
    for metric in Metric:
        alpha, again = krippendorff_alpha(ratings, metric=metric), krippendorff_alpha(renamed, metric=metric)
        assert (alpha is None) == (again is None)
        if alpha is not None:
            assert alpha == pytest.approx(again, abs=1e-9)
            assert alpha <= 1


@given(st.floats(-50, 50), st.floats(0.01, 50), st.booleans())
def test_interval_alpha_knows_neither_zero_nor_unit_nor_direction(zero: float, unit: float, turned: bool) -> None:
    scale = -unit if turned else unit
    moved = [Rating(it.unit, it.rater, zero + scale * it.value) for it in FOUR_OBSERVERS]
    assert krippendorff_alpha(moved) == pytest.approx(krippendorff_alpha(FOUR_OBSERVERS))


def test_ordinal_alpha_knows_only_the_order() -> None:
    stretched = [Rating(it.unit, it.rater, it.value**3) for it in FOUR_OBSERVERS]
    assert krippendorff_alpha(stretched, metric=Metric.ORDINAL) == pytest.approx(
        krippendorff_alpha(FOUR_OBSERVERS, metric=Metric.ORDINAL)
    )
    assert krippendorff_alpha(stretched) != pytest.approx(krippendorff_alpha(FOUR_OBSERVERS))


def test_scores_given_by_chance_have_an_alpha_near_zero() -> None:
    chance = np.random.default_rng(3).uniform(0, 100, size=(2_000, 3))
    ratings = [Rating(unit, rater, value) for unit, row in enumerate(chance) for rater, value in enumerate(row)]
    assert krippendorff_alpha(ratings) == pytest.approx(0, abs=0.04)


def test_the_interval_is_reproducible_holds_alpha_and_narrows_with_more_units_and_a_lower_level() -> None:
    few, many = _noisy(units=30), _noisy(units=400)
    low, high = _bounds(few)
    assert (low, high) == _bounds(few)
    alpha = krippendorff_alpha(few)
    assert alpha is not None
    assert low < alpha < high <= 1
    narrow_low, narrow_high = _bounds(many)
    assert narrow_high - narrow_low < (high - low) / 2
    half = alpha_interval(few, level=0.5)
    assert half is not None
    assert low < half[0] < alpha < half[1] < high


def test_the_interval_holds_the_true_agreement_about_as_often_as_it_says() -> None:
    """Two independent scores of one truth, with as much noise as truth: interval alpha tends to 1/2."""
    held = sum(low <= 0.5 <= high for low, high in (_bounds(_noisy(units=60, seed=seed)) for seed in range(50)))
    assert held >= 43


def _noisy(*, units: int, seed: int = 1) -> list[Rating]:
    chance = np.random.default_rng(seed)
    truth = chance.normal(0, 10, size=(units, 1))
    return [
        Rating(unit, rater, float(value))
        for unit, row in enumerate(truth + chance.normal(0, 10, size=(units, 3)))
        for rater, value in enumerate(row)
    ]


def _bounds(ratings: list[Rating]) -> tuple[float, float]:
    bounds = alpha_interval(ratings)
    assert bounds is not None
    return bounds


@pytest.mark.parametrize(
    ("ratings", "metric"),
    [
        ([Rating("a", "x", 1), Rating("a", "x", 2)], Metric.INTERVAL),
        ([Rating("a", "x", 1), Rating("a", "y", float("nan"))], Metric.INTERVAL),
        ([Rating("a", "x", float("inf"))], Metric.NOMINAL),
        ([Rating("a", "x", 1), Rating("a", "y", -1)], Metric.RATIO),
    ],
    ids=["rated twice", "not a number", "infinite", "negative ratio"],
)
def test_ratings_without_meaning_are_refused(ratings: list[Rating], metric: Metric) -> None:
    with pytest.raises(ValueError, match=r"twice|finite|negative"):
        krippendorff_alpha(ratings, metric=metric)


@pytest.mark.parametrize("level", [0, 1, -0.5, 95])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        alpha_interval(FOUR_OBSERVERS, level=level)
