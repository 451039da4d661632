"""How the reviewers of a call read: how far they agree, how severe each is, how many of their reviews are in."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.analysis.agreement import Metric, Rating, alpha_interval, krippendorff_alpha
from fund.analysis.severity import Score
from fund.models import Application, Call, Criterion, Person, Review
from fund.services.access import listed
from fund.services.ranking import estimate_of, given_marks, given_scores, judged_by, require_reader
from workflows.permissions import STAFF_ROLES, Actor
from workflows.review import ReviewState

NORMAL = 1.96
"""Standard errors on either side that make a 95 % interval."""
RELIABLE, TENTATIVE = 0.800, 0.667
"""Krippendorff, Content Analysis, 2004, p. 241: rely on data with alpha of 0.800 or more; from 0.667 on, draw
tentative conclusions."""
FEW_FILES = 20
"""With fewer files read twice, the interval of alpha is too narrow."""


class Verdict(StrEnum):
    """How alpha is to be read."""

    RELIABLE = "reliable"
    TENTATIVE = "tentative"
    UNRELIABLE = "unreliable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's alpha with its 95 % interval, None where it has no meaning; ``files`` were read twice."""

    alpha: float | None
    low: float | None
    high: float | None
    files: int

    @property
    def verdict(self) -> Verdict:
        if self.alpha is None:
            return Verdict.UNKNOWN
        if self.alpha >= RELIABLE:
            return Verdict.RELIABLE
        return Verdict.TENTATIVE if self.alpha >= TENTATIVE else Verdict.UNRELIABLE

    @property
    def is_rough(self) -> bool:
        """Whether the files are too few for the interval to be believed."""
        return self.files < FEW_FILES


@dataclass(frozen=True, slots=True)
class Reader:
    """A reviewer of the call: a letter, and for the fund's own people the name."""

    code: str
    name: str | None


@dataclass(frozen=True, slots=True)
class ReaderSeverity:
    """Points that a reviewer gives less than the others (negative: more), with its 95 % interval if known."""

    reader: Reader
    points: float
    low: float | None
    high: float | None
    files: int


@dataclass(frozen=True, slots=True)
class ReaderProgress:
    """How many of a reviewer's reviews are in each state."""

    reader: Reader
    counts: Mapping[ReviewState, int]


@dataclass(frozen=True, slots=True)
class Assessment:
    """``tau`` is the standard deviation of the severities in points: 0 where they differ no more than by chance,
    None where the data are too few to tell. ``groups``: in how many groups the reviewers fall that share no file.
    """

    overall: Agreement
    by_criterion: tuple[tuple[Criterion, Agreement], ...]
    severities: tuple[ReaderSeverity, ...]
    tau: float | None
    groups: int
    progress: tuple[ReaderProgress, ...]


def assess_reviewers(session: Session, actor: Actor, call: Call) -> Assessment:
    """How the call is read. Every submitted review counts; progress is that of files which the actor may see.

    Raises NotFound for somebody who has no part in judging this call.
    """
    require_reader(session, actor, call)
    given = given_scores(session, call.id)
    estimate = estimate_of(tuple(Score(*row) for row in given))
    readers = _readers(session, actor, call)
    severities: list[ReaderSeverity] = []
    for who in dict.fromkeys(row[1] for row in given):
        found = estimate.reviewers[who]
        margin = None if found.standard_error is None else NORMAL * found.standard_error
        severities.append(
            ReaderSeverity(
                reader=readers[who],
                points=found.points,
                low=None if margin is None else found.points - margin,
                high=None if margin is None else found.points + margin,
                files=found.files,
            )
        )
    return Assessment(
        overall=_agreement(tuple(Rating(*row) for row in given), Metric.INTERVAL),
        by_criterion=_by_criterion(session, call),
        severities=tuple(sorted(severities, key=lambda one: (-one.points, one.reader.code))),
        tau=estimate.tau,
        groups=estimate.groups,
        progress=_progress(session, actor, call, readers),
    )


def _by_criterion(session: Session, call: Call) -> tuple[tuple[Criterion, Agreement], ...]:
    ratings: dict[int, list[Rating]] = {criterion.id: [] for criterion in call.criteria}
    for mark in given_marks(session, call.id):
        if mark.criterion in ratings:
            ratings[mark.criterion].append(Rating(mark.file, mark.reviewer, mark.value))
    return tuple(
        (criterion, _agreement(tuple(ratings[criterion.id]), Metric.ORDINAL)) for criterion in call.criteria
    )


@lru_cache(maxsize=128)
def _agreement(ratings: tuple[Rating, ...], metric: Metric) -> Agreement:
    """Kept: a thousand draws for each criterion are not made again until a mark changes."""
    low, high = alpha_interval(ratings, metric=metric) or (None, None)
    return Agreement(krippendorff_alpha(ratings, metric=metric), low, high, _read_twice(ratings))


def _read_twice(ratings: Iterable[Rating]) -> int:
    return sum(count > 1 for count in Counter(rating.unit for rating in ratings).values())


def _readers(session: Session, actor: Actor, call: Call) -> dict[int, Reader]:
    """The reviewers of the call by id. Letters go by the reference, which says nothing of anybody."""
    asked = (
        select(Review.reviewer_id)
        .join(Application, Application.id == Review.application_id)
        .where(Application.call_id == call.id)
    )
    query = select(Person.id, Person.name).where(Person.id.in_(asked)).order_by(Person.reference)
    is_staff = actor.has_role(*STAFF_ROLES)
    return {
        who: Reader(letters_of(place), name if is_staff else None)
        for place, (who, name) in enumerate(session.execute(query))
    }


def letters_of(place: int) -> str:
    """« A » for 0 … « Z », « AA », as the columns of a spreadsheet."""
    before, last = divmod(place, 26)
    return (letters_of(before - 1) if before else "") + chr(ord("A") + last)


def _progress(
    session: Session, actor: Actor, call: Call, readers: Mapping[int, Reader]
) -> tuple[ReaderProgress, ...]:
    files = listed(actor, Application).where(Application.call_id == call.id, judged_by(actor))
    query = (
        select(Review.reviewer_id, Review.state, func.count())
        .where(Review.application_id.in_(files.with_only_columns(Application.id)))
        .group_by(Review.reviewer_id, Review.state)
    )
    counts: dict[int, dict[ReviewState, int]] = {}
    for who, state, count in session.execute(query):
        counts.setdefault(who, {})[state] = count
    found = (ReaderProgress(readers[who], states) for who, states in counts.items())
    return tuple(sorted(found, key=lambda one: (one.reader.name or "", len(one.reader.code), one.reader.code)))
