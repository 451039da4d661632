"""How a committee decides: quorum, ballots and majorities, as plain rules on plain numbers.

The quorum is counted anew for each file, without those who left the room for it: whoever has an interest neither
votes nor makes the session able to vote. The database keeps what these rules let through from happening twice.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Any

from workflows.reasons import Reason, ReasonCode


class Outcome(StrEnum):
    """What a committee can make of a file; ``withdrawn`` is what the alliance made of it before."""

    FUNDED = "funded"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"


DECISIONS = (Outcome.FUNDED, Outcome.WAITLISTED, Outcome.DECLINED, Outcome.DEFERRED)


class QuorumBasis(StrEnum):
    """Whether a session's quorum is a number of people, or a share of its members in percent (rounded up)."""

    PEOPLE = "people"
    PERCENT = "percent"


class Majority(StrEnum):
    SIMPLE = "simple"  # more votes for than against; abstentions do not count
    ABSOLUTE = "absolute"  # more than half of those who are in the room
    TWO_THIRDS = "two_thirds"  # at least two thirds of the votes for and against


class Method(StrEnum):
    BALLOT = "ballot"  # each on her own screen
    HANDS = "hands"  # by show of hands; whoever presides types the counts


class Choice(StrEnum):
    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


class MotionResult(StrEnum):
    ADOPTED = "adopted"
    REJECTED = "rejected"
    NO_QUORUM = "no_quorum"  # the quorum was lost while the vote was open: nothing is decided
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Counts:
    """The votes cast, and how many people were in the room for the file."""

    votes_for: int
    votes_against: int
    votes_abstain: int
    in_room: int

    @property
    def cast(self) -> int:
        return self.votes_for + self.votes_against + self.votes_abstain

    @property
    def is_tied(self) -> bool:
        return self.votes_for == self.votes_against and self.votes_for > 0


def people_for_quorum(quorum: int, basis: QuorumBasis, members: int) -> int:
    """How many people the quorum asks for."""
    return ceil(quorum * members / 100) if basis is QuorumBasis.PERCENT else quorum


def quorum_is_there(session: Any, in_room: int) -> Reason | None:
    """Whether so many people in the room make the session able to decide."""
    needed = session.people_for_quorum()
    if in_room >= needed:
        return None
    return Reason(ReasonCode.QUORUM_MISSING, {"present": in_room, "quorum": needed})


def settle(counts: Counts, majority: Majority, *, casting: Choice | None = None) -> MotionResult:
    """Adopted or rejected. ``casting`` is the presiding vote that breaks a tie under the simple majority."""
    if majority is Majority.ABSOLUTE:
        adopted = counts.votes_for * 2 > counts.in_room
    elif majority is Majority.TWO_THIRDS:
        adopted = counts.votes_for > 0 and counts.votes_for * 3 >= 2 * (counts.votes_for + counts.votes_against)
    elif counts.is_tied:
        adopted = casting is Choice.FOR
    else:
        adopted = counts.votes_for > counts.votes_against
    return MotionResult.ADOPTED if adopted else MotionResult.REJECTED
