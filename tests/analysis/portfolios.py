"""Small portfolios made at random, and the rule of the best one in plain words: every choice is tried."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from fund.analysis.portfolio import (
    Bound,
    Constraints,
    Dimension,
    Limit,
    LimitKind,
    Project,
)

CENT = Decimal("0.01")
ENVELOPE = Limit(LimitKind.ENVELOPE)
Case = tuple[list[Project], Constraints]
euros = st.integers(0, 400).map(lambda cents: Decimal(cents) / 100)


def project(key: str, score: float, amount: str, **more: Any) -> Project:
    return replace(Project(key, score, Decimal(amount)), **more)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    projects = [
        Project(
            key=key,
            score=draw(st.integers(0, 40)) / 4,
            amount=draw(euros),
            territory=frozenset({draw(st.sampled_from(["dep:31", "dep:81"]))}),
            levers=draw(st.frozensets(st.sampled_from("12"))),
            kinds=draw(st.frozensets(st.sampled_from("xy"))),
        )
        for key in "abcdef"[: draw(st.integers(0, 6))]
    ]
    keys = [one.key for one in projects]
    bounds = st.builds(
        lambda held, floor, ceiling: Bound(held[0], held[1], floor, ceiling),
        st.sampled_from([(Dimension.TERRITORY, "dep:31"), (Dimension.LEVER, "1"), (Dimension.KIND, "x")]),
        st.none() | euros,
        st.none() | euros,
    )
    some = st.frozensets(st.sampled_from(keys), max_size=2) if keys else st.just(frozenset[str]())
    constraints = Constraints(
        envelope=draw(st.integers(0, 1200).map(lambda cents: Decimal(cents) / 100)),
        minimum_score=draw(st.none() | st.integers(0, 20).map(lambda quarters: quarters / 4)),
        bounds=tuple(draw(st.lists(bounds, max_size=2))),
        fixed_in=draw(st.just(frozenset[str]()) | some),
        fixed_out=draw(st.just(frozenset[str]()) | some),
    )
    return projects, constraints


# --- the rule again, in plain words -------------------------------------------------------------------------


def limits_of(constraints: Constraints) -> list[Limit]:
    floors = [Limit(LimitKind.FLOOR, bound=bound) for bound in constraints.bounds if bound.floor is not None]
    ceilings = [Limit(LimitKind.CEILING, bound=bound) for bound in constraints.bounds if bound.ceiling is not None]
    minimum = [] if constraints.minimum_score is None else [Limit(LimitKind.MINIMUM_SCORE)]
    fixed_in = [Limit(LimitKind.FIXED_IN, key=key) for key in constraints.fixed_in]
    return [
        *(ENVELOPE, *floors, *ceilings, *minimum, *fixed_in),
        *(Limit(LimitKind.FIXED_OUT, key=key) for key in constraints.fixed_out),
    ]


def keeps(chosen: tuple[Project, ...], limit: Limit, limits: list[Limit], constraints: Constraints) -> bool:
    keys = {one.key for one in chosen}
    spent = sum(one.amount for one in chosen)
    held = sum(one.amount for one in chosen if limit.bound and one.has(limit.bound.dimension, limit.bound.value))
    match limit.kind:
        case LimitKind.ENVELOPE:
            return spent <= constraints.envelope
        case LimitKind.FLOOR:
            return limit.bound is not None and held >= (limit.bound.floor or 0)
        case LimitKind.CEILING:
            return limit.bound is not None and held <= (limit.bound.ceiling or 0)
        case LimitKind.MINIMUM_SCORE:
            wanted = {other.key for other in limits if other.kind is LimitKind.FIXED_IN}
            return all(one.score >= (constraints.minimum_score or 0) or one.key in wanted for one in chosen)
        case LimitKind.FIXED_IN:
            return limit.key in keys
        case LimitKind.FIXED_OUT:
            return limit.key not in keys


Rank = tuple[float, Decimal, int]


def best_of(case: Case, limits: list[Limit] | None = None) -> tuple[Rank, set[str]] | None:
    """The best rank (value, less cost, less sum of places) and its keys; None where nothing keeps the limits."""
    projects, constraints = case
    under = limits_of(constraints) if limits is None else limits
    found: list[tuple[Rank, set[str]]] = [
        (
            (
                sum(one.score for one in chosen),
                -sum((one.amount for one in chosen), Decimal(0)),
                -sum(map(projects.index, chosen)),
            ),
            {one.key for one in chosen},
        )
        for count in range(len(projects) + 1)
        for chosen in combinations(projects, count)
        if all(keeps(chosen, limit, under, constraints) for limit in under)
    ]
    return max(found, key=lambda ranked: ranked[0], default=None)


def value_of(case: Case, limits: list[Limit] | None = None) -> float | None:
    found = best_of(case, limits)
    return None if found is None else found[0][0]


def rescored(case: Case, key: str, change: float) -> Case:
    projects, constraints = case
    return [replace(one, score=one.score + change) if one.key == key else one for one in projects], constraints


def with_envelope(case: Case, envelope: Decimal) -> Case:
    return case[0], replace(case[1], envelope=envelope)
