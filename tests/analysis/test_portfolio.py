"""The best portfolio, what binds it and what would change it: against brute force; clashes named; cents kept."""

import random
from dataclasses import replace
from decimal import Decimal
from itertools import accumulate
from math import inf

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fund.analysis.portfolio import (
    Binding,
    Bound,
    ClashCode,
    Constraints,
    Dimension,
    Limit,
    LimitKind,
    Portfolio,
    Project,
    best_portfolio,
)
from fund.analysis.selection import Problem, Row, Solver
from tests.analysis.portfolios import (
    CENT,
    ENVELOPE,
    Case,
    best_of,
    cases,
    limits_of,
    project,
    rescored,
    value_of,
    with_envelope,
)

# --- against it ---------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(cases())
def test_no_portfolio_is_better(case: Case) -> None:
    projects, constraints = case
    portfolio, expected = best_portfolio(projects[::-1], constraints), best_of(case)
    assert portfolio.feasible == (expected is not None)
    assert portfolio.proven
    assert portfolio.complete
    if expected is None:
        assert portfolio == Portfolio(clash=portfolio.clash)
        return
    (value, less_cost, less_places), _ = expected
    keys = [one.key for one in projects]
    assert (portfolio.value, portfolio.total) == (value, -less_cost)
    assert sum(map(keys.index, portfolio.chosen)) == -less_places
    assert portfolio.remaining == constraints.envelope - portfolio.total


@settings(max_examples=40, deadline=None)
@given(cases())
def test_what_binds_is_what_would_be_better_without(case: Case) -> None:
    portfolio, best = best_portfolio(*case), value_of(case)
    assume(best is not None)
    limits = limits_of(case[1])
    gains = {limit: (value_of(case, [o for o in limits if o != limit]) or 0) - (best or 0) for limit in limits}
    assert {one.limit: one.gain for one in portfolio.binding} == {
        limit: pytest.approx(gain) for limit, gain in gains.items() if gain > 0
    }


@settings(max_examples=40, deadline=None)
@given(cases())
def test_the_next_euros_are_the_fewest_that_make_it_better(case: Case) -> None:
    portfolio, best = best_portfolio(*case), value_of(case)
    assume(best is not None)
    found = portfolio.next_euros
    if found is None:
        assert value_of(case, [limit for limit in limits_of(case[1]) if limit != ENVELOPE]) == best
        return
    enough = with_envelope(case, case[1].envelope + found.extra)
    assert value_of(with_envelope(case, enough[1].envelope - CENT)) == best
    assert value_of(enough) == pytest.approx((best or 0) + found.gain)
    after = best_portfolio(*enough).chosen
    assert set(found.comes_in) == set(after) - set(portfolio.chosen)
    assert set(found.goes_out) == set(portfolio.chosen) - set(after)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_a_flip_says_which_score_changes_a_fate(case: Case) -> None:
    portfolio = best_portfolio(*case)
    assume(portfolio.feasible)
    fixed = case[1].fixed_in | case[1].fixed_out
    assert {flip.key for flip in portfolio.flips} == {one.key for one in case[0]} - fixed
    for flip in portfolio.flips:
        away = 1 if not flip.chosen else -1
        points = 1_000.0 if flip.points is None else flip.points
        assert (flip.key in portfolio.chosen) == flip.chosen
        before, after = (best_of(rescored(case, flip.key, away * (points + step))) for step in (-0.01, 0.01))
        if points > 0 and before:
            assert (flip.key in before[1]) == flip.chosen
        if flip.points is not None and after:
            assert (flip.key in after[1]) != flip.chosen


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_clash_names_limits_that_cannot_hold_together(case: Case) -> None:
    clash = best_portfolio(*case).clash
    assume(clash is not None)
    assert clash is not None
    if clash.code is ClashCode.FLOOR_OUT_OF_REACH:
        (limit,) = clash.limits
        assert limit.bound is not None
        assert clash.amount is not None
        assert clash.amount < (limit.bound.floor or 0)
        return
    assert value_of(case, list(clash.limits)) is None
    if clash.code is ClashCode.LIMITS_CLASH:
        for limit in clash.limits:
            assert value_of(case, [other for other in clash.limits if other != limit]) is not None


# --- by example ---------------------------------------------------------------------------------------------

A = project("a", 80, "30000", territory=frozenset({"dep:31"}))
B = project("b", 70, "20000", territory=frozenset({"dep:81"}))
C = project("c", 60, "15000", territory=frozenset({"dep:81"}))
THREE = [A, B, C]
IN_31 = Bound(Dimension.TERRITORY, "dep:31", floor=Decimal(30_000))


def test_what_one_more_euro_and_one_changed_score_would_do() -> None:
    portfolio = best_portfolio(THREE, Constraints(Decimal(49_999)))
    assert portfolio.chosen == ("a", "c")
    assert (portfolio.value, portfolio.total, portfolio.remaining) == (140.0, Decimal(45_000), Decimal(4_999))
    assert portfolio.binding == (Binding(ENVELOPE, Decimal("4999.00"), 70.0),)
    found = portfolio.next_euros
    assert found is not None
    assert (found.extra, found.gain, found.comes_in, found.goes_out) == (Decimal("1.00"), 10.0, ("b",), ("c",))
    # With b, the best is b and c: ten points short of a and c.
    assert {flip.key: flip.points for flip in portfolio.flips} == {"a": 10.0, "b": 10.0, "c": 60.0}


def test_a_score_below_the_minimum_must_reach_it_first() -> None:
    portfolio = best_portfolio(THREE, Constraints(Decimal(100_000), minimum_score=65))
    assert portfolio.chosen == ("a", "b")
    assert [flip.points for flip in portfolio.flips] == [15.0, 5.0, 5.0]
    assert [(one.limit.kind, one.gain) for one in portfolio.binding] == [(LimitKind.MINIMUM_SCORE, 60.0)]
    assert best_portfolio(THREE, Constraints(Decimal(100_000), minimum_score=70)).chosen == ("a", "b")
    wanted = best_portfolio(THREE, Constraints(Decimal(100_000), 65, fixed_in=frozenset({"c"})))
    assert wanted.chosen == ("a", "b", "c")


def test_a_hundredth_of_a_point_is_better() -> None:
    found = best_portfolio(
        [project("a", 70, "10"), project("b", 70.01, "11")], Constraints(Decimal(10))
    ).next_euros
    assert found is not None
    assert (found.extra, found.gain) == (Decimal("1.00"), 0.01)


def test_a_used_up_limit_need_not_bind() -> None:
    exact = best_portfolio(THREE, Constraints(Decimal(65_000), bounds=(IN_31,)))
    assert exact.chosen == ("a", "b", "c")
    assert exact.remaining == 0
    assert exact.binding == ()
    assert exact.next_euros is None


@pytest.mark.parametrize(
    ("constraints", "code", "kinds", "amount"),
    [
        (
            Constraints(Decimal(50_000), fixed_in=frozenset("ab"), fixed_out=frozenset("b")),
            ClashCode.FIXED_BOTH_WAYS,
            [LimitKind.FIXED_IN, LimitKind.FIXED_OUT],
            None,
        ),
        (
            Constraints(Decimal(49_999), fixed_in=frozenset("ab")),
            ClashCode.FIXED_BEYOND_ENVELOPE,
            [LimitKind.ENVELOPE, LimitKind.FIXED_IN, LimitKind.FIXED_IN],
            Decimal(1),
        ),
        (
            Constraints(
                Decimal(90_000),
                bounds=(Bound(Dimension.TERRITORY, "dep:81", ceiling=Decimal("34999.99")),),
                fixed_in=frozenset("bc"),
            ),
            ClashCode.FIXED_BEYOND_CEILING,
            [LimitKind.CEILING, LimitKind.FIXED_IN, LimitKind.FIXED_IN],
            CENT,
        ),
        (
            Constraints(Decimal(90_000), 65, (Bound(Dimension.TERRITORY, "dep:81", floor=Decimal(20_001)),)),
            ClashCode.FLOOR_OUT_OF_REACH,
            [LimitKind.FLOOR],
            Decimal(20_000),
        ),
        (
            Constraints(
                Decimal(49_000), bounds=(IN_31, Bound(Dimension.TERRITORY, "dep:81", floor=Decimal(16_000)))
            ),
            ClashCode.LIMITS_CLASH,
            [LimitKind.ENVELOPE, LimitKind.FLOOR, LimitKind.FLOOR],
            None,
        ),
        (
            Constraints(Decimal(90_000), bounds=(replace(IN_31, ceiling=Decimal(29_999)),)),
            ClashCode.LIMITS_CLASH,
            [LimitKind.FLOOR, LimitKind.CEILING],
            None,
        ),
    ],
)
def test_no_portfolio_has_a_reason(
    constraints: Constraints, code: ClashCode, kinds: list[LimitKind], amount: Decimal | None
) -> None:
    portfolio = best_portfolio(THREE, constraints)
    assert not portfolio.feasible
    assert portfolio.clash is not None
    assert portfolio.clash.code is code
    assert [limit.kind for limit in portfolio.clash.limits] == kinds
    assert portfolio.clash.amount == amount


def test_no_projects_and_all_settled() -> None:
    empty = best_portfolio([], Constraints(Decimal(10)))
    assert empty == Portfolio(remaining=Decimal("10.00"))
    settled = Constraints(Decimal(65_000), fixed_in=frozenset("ac"), fixed_out=frozenset("b"))
    portfolio = best_portfolio(THREE, settled)
    assert portfolio.chosen == ("a", "c")
    assert portfolio.flips == ()
    assert portfolio.next_euros is None
    assert portfolio.binding == (Binding(Limit(LimitKind.FIXED_OUT, key="b"), None, 70.0),)


def test_of_equals_the_cheaper_then_the_first_by_key() -> None:
    same = [project(key, 50, amount) for key, amount in (("c", "20"), ("b", "20"), ("a", "21"), ("d", "20"))]
    assert best_portfolio(same, Constraints(Decimal(41))).chosen == ("b", "c")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=4, max_size=12), st.integers(1, 120))
def test_of_equals_the_cheapest(amounts: list[int], envelope: int) -> None:
    projects = [project(f"{number:02}", 50, str(amount)) for number, amount in enumerate(amounts)]
    affordable = [total for total in accumulate(sorted(amounts)) if total <= envelope]
    portfolio = best_portfolio(projects, Constraints(Decimal(envelope)))
    assert len(portfolio.chosen) == len(affordable)
    assert portfolio.total == max(affordable, default=0)


@pytest.mark.parametrize("million", [1, 10, 1_000])
def test_a_cent_beyond_the_envelope_is_beyond(million: int) -> None:
    """The solver alone would return the ten best, which cost one cent too much."""
    amounts = [Decimal(million * 1_000_000) + number * CENT for number in range(20)]
    projects = [Project(f"{number:02}", 90 - number, amount) for number, amount in enumerate(amounts)]
    portfolio = best_portfolio(projects, Constraints(sum(amounts[:10], -CENT)))
    # Nine of them fit in any case; every ten cost at least as much as the ten best, which are the cheapest.
    assert portfolio.chosen == tuple(f"{number:02}" for number in range(9))
    assert portfolio.next_euros is not None
    assert portfolio.next_euros.extra == CENT
    assert portfolio.complete


def test_a_call_of_sixty_files_reaches_what_counting_through_reaches() -> None:
    chance = random.Random(60)  # noqa: S311 - a reproducible instance, not a secret
    amounts = [chance.randrange(20, 400) for _ in range(60)]
    scores = [chance.randrange(40, 100) for _ in range(60)]
    reached = np.zeros(4_001, dtype=np.int64)  # the best sum of scores for each envelope in hundreds of euros
    for amount, score in zip(amounts, scores, strict=True):
        reached[amount:] = np.maximum(reached[amount:], reached[:-amount] + score)
    projects = [Project(f"{n:02}", scores[n], Decimal(amounts[n] * 100)) for n in range(60)]
    portfolio = best_portfolio(projects, Constraints(Decimal(400_000)))
    assert portfolio.value == reached[-1]
    assert portfolio.total == 100 * int(np.argmax(reached == reached[-1]))
    assert portfolio.proven


def test_a_cent_below_a_floor_is_below() -> None:
    held = {"levers": frozenset({"1"})}
    projects = [project("a", 90, "10000000.00", **held), project("b", 10, "10000000.01", **held)]
    floor = Bound(Dimension.LEVER, "1", floor=Decimal("10000000.01"))
    assert best_portfolio(projects, Constraints(Decimal(15_000_000), bounds=(floor,))).chosen == ("b",)


def test_a_cut_follows_from_its_row() -> None:
    """Every choice that a row allows, the cut allows; the choice that broke the row, not."""
    rows = [
        Row(np.array([5, 4, 3, 0]), 8),
        Row(np.array([-5, -4, -3, 0]), -8),
        Row(np.array([5, -4, 3, -1]), 2),
        Row(np.array([7, 6, 5, 5]), 9),
    ]
    choices = [np.array([bool(number >> place & 1) for place in range(4)]) for number in range(16)]
    for row in rows:
        broken = [chosen for chosen in choices if row.is_broken_by(chosen)]
        assert broken
        for chosen in broken:
            cut = row.cut_off(chosen)
            assert cut.is_broken_by(chosen)
            assert not [other for other in choices if cut.is_broken_by(other) and not row.is_broken_by(other)]


def test_time_over_is_said() -> None:
    late = best_portfolio(THREE, Constraints(Decimal(49_999)), seconds=0)
    assert (late.chosen, late.clash, late.proven, late.complete) == ((), None, False, False)
    worth = np.array([1, 1])
    choice = Solver(0).maximise(worth, Problem((Row(worth, 1),), 0 * worth, worth))
    assert (choice.chosen, choice.proven) == (None, False)


def test_what_was_not_answered_in_time_is_missing() -> None:
    """The first time, of doubling ones, that suffices for the portfolio does not for all further questions."""
    chance = random.Random(60)  # noqa: S311 - a reproducible instance, not a secret
    projects = [
        project(f"{n:02}", chance.randrange(40, 100), str(chance.randrange(2_000, 40_000))) for n in range(60)
    ]
    times = [0.02 * 2**number for number in range(10)]
    tries = (best_portfolio(projects, Constraints(Decimal(400_000)), seconds) for seconds in times)
    first = next(portfolio for portfolio in tries if portfolio.proven)
    assert first.chosen
    assert not first.complete
    assert len(first.flips) < len(projects)


def test_many_files_are_asked_near_the_edge_only() -> None:
    projects = [project(f"{number:02}", 99 - number, "10") for number in range(70)]
    flips = best_portfolio(projects, Constraints(Decimal(300))).flips
    assert [flip.key for flip in flips] == [f"{number:02}" for number in range(10, 50)]
    assert [flip.points for flip in flips if flip.chosen] == [float(number) for number in range(20, 0, -1)]


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (lambda: project("a", 1, "-1"), "negative"),
        (lambda: best_portfolio([project("a", 1, "1.001")], Constraints(Decimal(1))), "cents"),
        (lambda: best_portfolio([A, A], Constraints(Decimal(1))), "share a key"),
        (lambda: best_portfolio([A], Constraints(Decimal(1), fixed_in=frozenset("z"))), "unknown"),
    ],
)
def test_facts_that_cannot_be_are_refused(act: object, what: str) -> None:
    assert callable(act)
    with pytest.raises(ValueError, match=what):
        act()


def test_infinity_is_no_score() -> None:
    with pytest.raises(OverflowError):
        best_portfolio([project("a", inf, "1")], Constraints(Decimal(1)))
