"""Assignment: against brute force on small instances, hard limits, what stays empty and why, balance, order."""

from collections import Counter
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.analysis.assignment import Because, FileToRead, Proposal, Reader, Weights, Why, propose, replacement
from fund.analysis.fit import measure_fits
from tests.bench.assignment import mixed

TOULOUSE, ROQUES, ALBI, LILLE = "31555", "31458", "81004", "59350"
Instance = tuple[list[FileToRead], list[Reader], set[tuple[str, str]]]


def file(key: str = "a", **more: Any) -> FileToRead:
    return replace(FileToRead(key, needed=1), **more)


def reader(key: str = "r", **more: Any) -> Reader:
    return replace(Reader(key, capacity=10), **more)


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    readers = [
        Reader(
            key=key,
            sdgs=draw(st.frozensets(st.integers(1, 4), max_size=3)),
            levers=draw(st.frozensets(st.sampled_from("12"))),
            territories=draw(st.sampled_from([(), ("dep:31",), ("reg:76",), ("epci:243100518",)])),
            capacity=draw(st.integers(0, 3)),
            load=draw(st.integers(0, 3)),
            available=draw(st.integers(0, 4)) > 0,
        )
        for key in draw(st.sampled_from(["", "r", "rs", "rst"]))
    ]
    keys = [one.key for one in readers]
    files = [
        FileToRead(
            key=key,
            sdgs=draw(st.frozensets(st.integers(1, 4), max_size=3)),
            levers=draw(st.frozensets(st.sampled_from("12"))),
            commune=draw(st.sampled_from([None, TOULOUSE, ALBI, LILLE])),
            needed=draw(st.integers(0, 3)),
            already=frozenset(draw(st.sets(st.sampled_from(keys), max_size=1))) if keys else frozenset(),
        )
        for key in draw(st.sampled_from(["", "a", "ab", "abc"]))
    ]
    pairs = list(product([one.key for one in files], keys))
    return files, readers, set(draw(st.lists(st.sampled_from(pairs), max_size=3))) if pairs else set()


@settings(max_examples=150, deadline=None)
@given(instances(), st.sampled_from([Weights(), Weights(balance=0), Weights(10, 90, 100)]))
def test_nothing_better_exists(instance: Instance, weights: Weights) -> None:
    files, readers, forbidden = instance
    proposal = propose(files, readers, forbidden, weights)
    assert proposal.optimal
    chosen = frozenset((pair.file, pair.reader) for pair in proposal.pairs)
    judge = Judge(instance, weights)
    assert judge.keeps_limits(chosen)
    assert judge.worth(chosen) == pytest.approx(max(judge.worth(choice) for choice in judge.choices()), abs=0.05)


class Judge:
    """Every choice of pairs, and what each is worth, by the plain words of the rule."""

    def __init__(self, instance: Instance, weights: Weights) -> None:
        self.files, self.readers, self.forbidden = instance
        self.balance = weights.balance
        points = measure_fits(self.files, self.readers, weights).points
        self.fit = {
            (one.key, other.key): points[line, column]
            for line, one in enumerate(self.files)
            for column, other in enumerate(self.readers)
        }
        there = [one for one in self.readers if one.available]
        total = sum(one.load for one in there) + sum(one.open for one in self.files)
        self.average = max(1.0, total / len(there)) if there else 1.0

    def choices(self) -> list[frozenset[tuple[str, str]]]:
        """Everything that keeps the limits."""
        per_file = [
            [
                frozenset(zip([one.key] * count, who, strict=True))
                for count in range(one.open + 1)
                for who in combinations([other.key for other in self.readers], count)
            ]
            for one in self.files
        ]
        unions = [frozenset[tuple[str, str]]().union(*choice) for choice in product(*per_file)]
        return [choice for choice in unions if self.keeps_limits(choice)]

    def keeps_limits(self, choice: frozenset[tuple[str, str]]) -> bool:
        loads = Counter(who for _, who in choice)
        places = Counter(what for what, _ in choice)
        return (
            not choice & self.forbidden
            and all(who not in one.already for one in self.files for what, who in choice if what == one.key)
            and all(places[one.key] <= one.open for one in self.files)
            and all(loads[one.key] <= (one.capacity if one.available else 0) for one in self.readers)
        )

    def worth(self, choice: frozenset[tuple[str, str]]) -> tuple[int, int, float]:
        """First how many places are filled, then how evenly the empty ones lie, then fits less loads."""
        places, loads = Counter(what for what, _ in choice), Counter(who for _, who in choice)
        uneven = sum((one.open - places[one.key]) ** 2 for one in self.files)
        strain = sum(
            round(self.balance * (one.load + number) / self.average, 2)
            for one in self.readers
            for number in range(loads[one.key])
        )
        return len(choice), -uneven, sum(self.fit[pair] for pair in choice) - strain


@settings(max_examples=40, deadline=None)
@given(instances(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_come_changes_nothing(instance: Instance, chance: object) -> None:
    files, readers, forbidden = instance
    turned = propose(files[::-1], readers[::-1], sorted(forbidden)[::-1])
    assert turned == propose(files, readers, forbidden)


def test_among_equals_the_order_of_keys_decides() -> None:
    alike = [reader(key) for key in "rstuv"]
    assert propose([file()], alike[::-1], ()) == propose([file()], alike, ())


def test_goals_levers_and_nearness_make_the_fit() -> None:
    known = reader(sdgs=frozenset({1, 2}), levers=frozenset("3"), territories=("dep:31",))
    asked = file(sdgs=frozenset({1, 2, 5, 6}), levers=frozenset("3"), commune=ROQUES)
    (pair,) = propose([asked], [known], ()).pairs
    # Half of the goals and all of the levers: 0.75 of 70 points; the département: 0.6 of 30.
    assert pair.fit == round(0.75 * 70 + 0.6 * 30) == 70
    assert pair.why == {Why.SDG, Why.LEVER, Why.DEPARTEMENT}


@pytest.mark.parametrize(
    ("territory", "fit", "why"),
    [
        (f"com:{TOULOUSE}", 100, {Why.COMMUNE}),
        ("epci:243100518", 100, {Why.EPCI}),
        (f"com:{ROQUES}", 60, {Why.DEPARTEMENT}),
        ("dep:31", 60, {Why.DEPARTEMENT}),
        ("epci:243100567", 60, {Why.DEPARTEMENT}),  # lies in three départements, one of them this
        (f"com:{ALBI}", 30, {Why.REGION}),
        ("reg:76", 30, {Why.REGION}),
        (f"com:{LILLE}", 0, set()),
        ("com:00000", 0, set()),
    ],
)
def test_the_nearer_the_better(territory: str, fit: int, why: set[Why]) -> None:
    (pair,) = propose([file(commune=TOULOUSE)], [reader(territories=(territory,))], ()).pairs
    assert pair.fit == fit
    assert pair.why == why


def test_what_a_file_does_not_state_is_left_out_of_its_fit() -> None:
    knows = reader(sdgs=frozenset({1}))
    nothing, goal = file("a"), file("b", sdgs=frozenset({1}), commune="00000")
    proposal = propose([nothing, goal], [knows], ())
    assert [pair.fit for pair in proposal.pairs] == [0, 100]
    assert propose([nothing], [knows], ()).quality.competent is None
    assert proposal.quality.competent == 1.0


def test_the_better_reader_is_taken_unless_he_reads_too_much_already() -> None:
    asked = file(sdgs=frozenset({1}))
    expert, other = reader("expert", sdgs=frozenset({1})), reader("other", load=5)
    assert propose([asked], [expert, other], ()).pairs[0].reader == "expert"
    busy = replace(expert, load=50)
    assert propose([asked], [busy, other], ()).pairs[0].reader == "expert"
    assert propose([asked], [busy, other], (), Weights(balance=80)).pairs[0].reader == "other"


def test_loads_are_even_where_all_are_alike() -> None:
    files = [file(f"{number:02}", needed=3) for number in range(20)]
    readers = [reader(f"r{number}", load=number % 3, capacity=60) for number in range(6)]
    quality = propose(files, readers, ()).quality
    assert (quality.load_min, quality.load_max, quality.load_mean, quality.spread) == (11, 11, 11.0, 0.0)
    uneven = propose(files, readers, (), Weights(balance=0)).quality
    assert uneven.spread > 0


def test_who_reads_already_stays_and_counts() -> None:
    known = file(sdgs=frozenset({1}), needed=2, already=frozenset({"r", "gone"}))
    assert propose([known], [reader("r", sdgs=frozenset({1})), reader("s")], ()).pairs == ()
    third = propose([replace(known, needed=3)], [reader("r", sdgs=frozenset({1})), reader("s")], ())
    assert [(pair.file, pair.reader) for pair in third.pairs] == [("a", "s")]
    assert third.quality.competent == 1.0


@pytest.mark.parametrize(
    ("readers", "forbidden", "missing", "because"),
    [
        ([reader("r")], set(), 1, Because.NO_READER_LEFT),
        ([], set(), 2, Because.NO_READER_LEFT),
        ([reader("r"), reader("s")], {("a", "s")}, 1, Because.CONFLICTS),
        ([reader("r"), reader("s", available=False)], set(), 1, Because.UNAVAILABLE),
        ([reader("r", capacity=0), reader("s", capacity=0)], set(), 2, Because.CAPACITY),
        ([reader("r"), reader("s", available=False)], {("a", "r")}, 2, Because.CONFLICTS),
    ],
)
def test_an_empty_place_says_why(
    readers: list[Reader], forbidden: set[tuple[str, str]], missing: int, because: Because
) -> None:
    (unmet,) = propose([file(needed=2)], readers, forbidden).unmet
    assert (unmet.file, unmet.missing, unmet.because) == ("a", missing, because)


def test_empty_places_are_spread_over_the_files() -> None:
    files = [file("a", needed=3, sdgs=frozenset({1})), file("b", needed=3), file("c", needed=3)]
    readers = [reader(key, capacity=2, sdgs=frozenset({1})) for key in "rst"]
    assert [unmet.missing for unmet in propose(files, readers, ()).unmet] == [1, 1, 1]


def test_nobody_available_and_nothing_to_read() -> None:
    off = propose([file()], [reader(available=False, load=3)], ())
    assert (off.pairs, off.quality.mean_fit, off.quality.competent) == ((), None, None)
    assert (off.quality.load_max, off.optimal) == (0, True)
    for empty in (propose([], [reader(load=2)], ()), propose([file(needed=0)], [reader(load=2)], ())):
        assert (empty.pairs, empty.unmet, empty.optimal) == ((), (), True)
        assert (empty.quality.competent, empty.quality.load_min, empty.quality.load_mean) == (None, 2, 2.0)


def test_a_middling_call_keeps_every_limit_and_is_proven() -> None:
    files, readers, forbidden = mixed(300, 40)
    proposal: Proposal = propose(files, readers, forbidden)
    chosen = {(pair.file, pair.reader) for pair in proposal.pairs}
    loads = Counter(who for _, who in chosen)
    assert proposal.optimal
    assert len(chosen) == len(proposal.pairs) == 900
    assert not chosen & forbidden
    assert all(loads[one.key] <= one.capacity for one in readers)
    assert proposal.quality.competent == 1.0


def test_a_replacement_is_the_best_who_may() -> None:
    goals = frozenset({1, 2})
    asked = file(sdgs=goals, needed=3, already=frozenset({"reads"}))
    readers = [
        reader("reads", sdgs=goals),
        reader("declined", sdgs=goals),
        reader("full", sdgs=goals, capacity=0),
        reader("away", sdgs=goals, available=False),
        reader("half", sdgs=frozenset({1})),
        reader("busy", sdgs=goals, load=200),
        reader("best", sdgs=goals, load=1),
        reader("none"),
    ]
    found = replacement(asked, readers, {("a", "declined")})
    assert [(one.reader, one.fit, one.load) for one in found] == [
        ("best", 100, 1),
        ("half", 50, 0),
        ("none", 0, 0),
        ("busy", 100, 200),  # whom seven times the average load would cost more than his whole fit is worth
    ]
    assert found[0].why == {Why.SDG}
    assert len(replacement(asked, readers, (), limit=1)) == 1


def test_weights_are_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        Weights(balance=-1)
