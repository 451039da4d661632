"""What each picture is made of: plain values, compared by value, with labels in the reader's language."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RankedFile:
    """A file in its place: scores from 0 to 100, None while there are none.

    ``mean`` is the raw mean of ``scores`` (one for each review handed in); ``adjusted`` is the score freed of the
    reviewers' severity, ``low`` and ``high`` its 95 % interval. They are written as they are given; their marks
    are kept within the scale.
    """

    reference: str
    title: str
    scores: tuple[float, ...]
    mean: float | None
    adjusted: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The files of a call, best first as the caller ranks them; ``minimum`` is the score to be reached, if any."""

    title: str
    files: tuple[RankedFile, ...]
    minimum: float | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """So many files, for so many euros."""

    files: int
    euros: Decimal


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """What falls to one territory, goal or lever."""

    label: str
    asked: Amount
    proposed: Amount
    awarded: Amount


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the money spreads along one dimension, in the caller's order.

    ``dimension`` is its name, the head of the table's first column (« Département »).
    """

    title: str
    dimension: str
    lines: tuple[CoverageLine, ...]


@dataclass(frozen=True, slots=True)
class ReviewerProgress:
    """How many of one reviewer's reviews are in each state."""

    reviewer: str
    assigned: int
    accepted: int
    submitted: int
    declined: int
    recused: int

    @property
    def expected(self) -> int:
        """The reviews that are or will be handed in: those declined and recused are not waited for."""
        return self.submitted + self.accepted + self.assigned


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the reviews of a call stand, a line for each reviewer in the caller's order."""

    title: str
    reviewers: tuple[ReviewerProgress, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope of ``total`` euros: what was awarded before, what this session decided, what is still proposed.

    The three do not overlap. Their sum may exceed the total while proposals are only proposals.
    """

    title: str
    total: Decimal
    awarded: Decimal
    decided: Decimal
    proposed: Decimal

    @property
    def remaining(self) -> Decimal:
        """Euros left; below zero where the proposals go beyond the envelope."""
        return self.total - self.awarded - self.decided - self.proposed


@dataclass(frozen=True, slots=True)
class ReviewerSeverity:
    """How many points a reviewer gives above the others (severe: below zero), with the 95 % interval if known."""

    reviewer: str
    effect: float
    low: float | None
    high: float | None
    reviews: int


@dataclass(frozen=True, slots=True)
class Severities:
    """The reviewers of a call, by codes or names as the caller gives them, in any order."""

    title: str
    reviewers: tuple[ReviewerSeverity, ...]

    @property
    def from_severe(self) -> tuple[ReviewerSeverity, ...]:
        """The most severe first."""
        return tuple(sorted(self.reviewers, key=lambda reviewer: (reviewer.effect, reviewer.reviewer)))


Facts = Ranking | Coverage | Progress | Envelope | Severities
