"""Quorum and majorities on plain numbers."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.reasons import ReasonCode
from workflows.voting import (
    Choice,
    Counts,
    Majority,
    MotionResult,
    QuorumBasis,
    people_for_quorum,
    quorum_is_there,
    settle,
)

ADOPTED, REJECTED = MotionResult.ADOPTED, MotionResult.REJECTED


@dataclass
class Sitting:
    needed: int

    def people_for_quorum(self) -> int:
        return self.needed


@pytest.mark.parametrize(
    ("quorum", "basis", "members", "people"),
    [
        (3, QuorumBasis.PEOPLE, 12, 3),
        (50, QuorumBasis.PERCENT, 7, 4),
        (50, QuorumBasis.PERCENT, 8, 4),
        (1, QuorumBasis.PERCENT, 3, 1),
        (100, QuorumBasis.PERCENT, 5, 5),
    ],
)
def test_a_share_of_the_members_is_rounded_up(quorum: int, basis: QuorumBasis, members: int, people: int) -> None:
    assert people_for_quorum(quorum, basis, members) == people


def test_a_missing_quorum_says_how_many_are_there() -> None:
    assert quorum_is_there(Sitting(3), 3) is None
    missing = quorum_is_there(Sitting(3), 2)
    assert missing is not None
    assert (missing.code, missing.params) == (ReasonCode.QUORUM_MISSING, {"present": 2, "quorum": 3})


@pytest.mark.parametrize(
    ("majority", "votes", "in_room", "result"),
    [
        # Abstentions do not count under the simple majority, and nobody decides by abstaining.
        (Majority.SIMPLE, (2, 1, 9), 12, ADOPTED),
        (Majority.SIMPLE, (1, 2, 0), 3, REJECTED),
        (Majority.SIMPLE, (1, 1, 0), 2, REJECTED),
        (Majority.SIMPLE, (0, 0, 3), 3, REJECTED),
        # More than half of those in the room, also of those who did not vote.
        (Majority.ABSOLUTE, (3, 0, 0), 5, ADOPTED),
        (Majority.ABSOLUTE, (2, 0, 0), 4, REJECTED),
        (Majority.ABSOLUTE, (2, 0, 2), 5, REJECTED),
        # Exactly two thirds are enough.
        (Majority.TWO_THIRDS, (2, 1, 4), 7, ADOPTED),
        (Majority.TWO_THIRDS, (3, 2, 0), 5, REJECTED),
        (Majority.TWO_THIRDS, (0, 0, 2), 2, REJECTED),
    ],
)
def test_majorities(majority: Majority, votes: tuple[int, int, int], in_room: int, result: MotionResult) -> None:
    assert settle(Counts(*votes, in_room), majority) is result


def test_the_casting_vote_breaks_a_tie_of_the_simple_majority_alone() -> None:
    tie = Counts(2, 2, 0, 4)
    assert settle(tie, Majority.SIMPLE, casting=Choice.FOR) is ADOPTED
    assert settle(tie, Majority.SIMPLE, casting=Choice.AGAINST) is REJECTED
    assert settle(tie, Majority.ABSOLUTE, casting=Choice.FOR) is REJECTED
    assert settle(Counts(1, 2, 0, 3), Majority.SIMPLE, casting=Choice.FOR) is REJECTED


counts = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 10)).map(
    lambda drawn: Counts(*drawn[:3], sum(drawn))
)


@given(counts, st.sampled_from(Majority))
def test_one_more_vote_for_never_loses_what_was_won(drawn: Counts, majority: Majority) -> None:
    more = Counts(drawn.votes_for + 1, drawn.votes_against, drawn.votes_abstain, drawn.in_room + 1)
    # Under the absolute majority one more vote comes with one more person, of whom it is more than half.
    if settle(drawn, majority) is ADOPTED:
        assert settle(more, majority) is ADOPTED


@given(counts, st.sampled_from(Majority))
def test_nothing_is_adopted_against_a_majority(drawn: Counts, majority: Majority) -> None:
    if settle(drawn, majority) is ADOPTED:
        assert drawn.votes_for > drawn.votes_against or drawn.votes_against == 0
        assert drawn.votes_for > 0
