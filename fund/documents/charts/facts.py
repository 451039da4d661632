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


@dataclass(frozen=True, slots=True)
class MapLine:
    """What was awarded in one département. ``code`` is its own (« 31 »); empty where no département is known."""

    code: str
    label: str
    awarded: Amount


@dataclass(frozen=True, slots=True)
class FranceMap:
    """What was awarded over the territory, in the caller's order; each award in one département."""

    title: str
    lines: tuple[MapLine, ...]


@dataclass(frozen=True, slots=True)
class BreakdownLine:
    """What falls to one code of an axis of the balance, in euros."""

    label: str
    asked: Decimal
    awarded: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The money of a period along one axis, in the caller's order; ``dimension`` is the axis's name."""

    title: str
    dimension: str
    lines: tuple[BreakdownLine, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its short name, and its euros."""

    label: str
    euros: Decimal


@dataclass(frozen=True, slots=True)
class Months:
    """Euros month by month, without a gap."""

    title: str
    months: tuple[Month, ...]


@dataclass(frozen=True, slots=True)
class AccountsLine:
    """Where the euros of one envelope lie. Each lies in one place: the parts come to the envelope."""

    label: str
    available: Decimal
    committed: Decimal
    approved: Decimal
    ordered: Decimal
    paid: Decimal
    to_recover: Decimal
    recovered: Decimal

    @property
    def total(self) -> Decimal:
        parts = (self.available, self.committed, self.approved, self.ordered, self.paid)
        return sum((*parts, self.to_recover, self.recovered), Decimal(0))


@dataclass(frozen=True, slots=True)
class Accounts:
    """The ledger's accounts of some calls, in the caller's order."""

    title: str
    lines: tuple[AccountsLine, ...]


@dataclass(frozen=True, slots=True)
class CashColumn:
    """What is still to be paid in one period, in euros by what it waits for; ``probable``: of unsigned awards."""

    label: str
    planned: Decimal
    held: Decimal
    failed: Decimal
    due: Decimal
    ordered: Decimal
    approved: Decimal
    sent: Decimal
    probable: Decimal

    @property
    def total(self) -> Decimal:
        """Without what is only probable."""
        waiting = (self.planned, self.held, self.failed, self.due, self.ordered)
        return sum((*waiting, self.approved, self.sent), Decimal(0))


@dataclass(frozen=True, slots=True)
class CashNeeds:
    """What is still to be paid, period by period in the caller's order."""

    title: str
    columns: tuple[CashColumn, ...]


Facts = (
    Ranking | Coverage | Progress | Envelope | Severities | FranceMap | Breakdown | Months | Accounts | CashNeeds
)
