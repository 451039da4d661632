"""What the scores of a call are worth: raw means, adjusted scores, and the order of its files.

Statistics are made of every submitted review of the call, whoever asks; what is shown is only of files that exist
for the actor. Where the reviewers agreed on a score in a discussion, the file is ranked by that score.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.analysis.severity import Estimate, Score, estimate_severity, on_scale
from fund.errors import NotFound
from fund.models import (
    AgendaItem,
    Application,
    Call,
    CommitteeSession,
    Criterion,
    Discussion,
    Review,
    SessionMember,
)
from fund.models import Score as Mark
from fund.models.interest import files_kept_from
from fund.services.access import STAFF, listed
from workflows.application import ApplicationState
from workflows.permissions import Actor
from workflows.review import ReviewState

RANKED_STATES = (
    ApplicationState.IN_REVIEW,
    ApplicationState.REVIEWED,
    ApplicationState.COMMITTEE,
    ApplicationState.WAITLISTED,
    ApplicationState.FUNDED,
    ApplicationState.REPORTED,
    ApplicationState.DECLINED,
)
"""From the beginning of the reading on; files that were taken back or found ineligible compete no more."""


@dataclass(frozen=True, slots=True)
class AdjustedScore:
    """What the readings of one file say, in points of 0 to 100.

    ``raw`` is the mean of the scores as given; ``adjusted`` is freed of the reviewers' severity, ``low`` and
    ``high`` are its 95 % interval (None where nothing is known of chance); these three may lie beyond the scale.
    ``agreed`` is the score on which the reviewers settled in a closed discussion.
    """

    raw: float
    adjusted: float
    low: float | None
    high: float | None
    reviews: int
    agreed: float | None = None

    @property
    def standing(self) -> float:
        """What the file is ranked by: the agreed score, else the adjusted one, unclipped so that none tie."""
        return self.adjusted if self.agreed is None else self.agreed

    @property
    def shown(self) -> float:
        """The same within 0 to 100, for people."""
        return on_scale(self.standing)


@dataclass(frozen=True, slots=True)
class GivenMark:
    """One mark of a submitted review, on a criterion's scale."""

    file: int
    reviewer: int
    criterion: int
    value: int


@dataclass(frozen=True, slots=True)
class RankedFile:
    """A file in its place. ``score`` is None until a review is in; ``scores`` are those of its reviews, ascending.

    ``means`` are the mean marks by the criterion's id; ``below`` the criteria on which a review is below the
    threshold. ``diverges``: the reviews lie at least as far apart as the call says that they are discussed.
    """

    application: Application
    score: AdjustedScore | None
    scores: tuple[float, ...]
    means: Mapping[int, float]
    below: tuple[Criterion, ...]
    diverges: bool

    @property
    def spread(self) -> float | None:
        """Points between the lowest and the highest review."""
        return self.scores[-1] - self.scores[0] if len(self.scores) > 1 else None

    @property
    def discussion(self) -> Discussion | None:
        """The latest round of discussion."""
        return self.application.discussions[-1] if self.application.discussions else None

    @property
    def awaits_discussion(self) -> bool:
        """Whether something speaks for a discussion, and none was held."""
        return self.discussion is None and (self.diverges or bool(self.below))


@dataclass(frozen=True, slots=True)
class Ranking:
    """The files of a call that exist for the actor, best first, those without a score last.

    ``minimum`` is the score below which a file is not proposed; ``divergence`` the points from which readings are
    discussed.
    """

    files: tuple[RankedFile, ...]
    criteria: tuple[Criterion, ...]
    minimum: Decimal | None
    divergence: Decimal


def adjusted_scores(session: Session, call_id: int) -> dict[int, AdjustedScore]:
    """What each file of the call scored, by its id; files without a submitted review are not in it.

    Show only those of files that the reader may see. Two statements.
    """
    given = given_scores(session, call_id)
    merits = estimate_of(tuple(Score(*row) for row in given)).files
    agreed = _agreed_scores(session, call_id)
    found: dict[int, AdjustedScore] = {}
    for file, _, _ in given:
        merit = merits[file]
        found[file] = AdjustedScore(
            merit.raw, merit.adjusted, merit.low, merit.high, merit.reviews, agreed.get(file)
        )
    return found


def rank_call(session: Session, actor: Actor, call: Call) -> Ranking:
    """The call's files in their order, for whoever judges them or watches; as many statements for any number.

    Raises NotFound for somebody who has no part in judging this call.
    """
    require_reader(session, actor, call)
    files = judged_files(session, actor, call)
    scores = adjusted_scores(session, call.id)
    given: dict[int, list[float]] = defaultdict(list)
    for file, _, points in given_scores(session, call.id):
        given[file].append(points)
    marks: dict[int, list[GivenMark]] = defaultdict(list)
    for mark in given_marks(session, call.id):
        marks[mark.file].append(mark)
    scoring = call.content.scoring
    ranked = [
        _ranked(file, scores.get(file.id), given[file.id], marks[file.id], call.criteria, scoring.divergence)
        for file in files
    ]
    ranked.sort(key=lambda file: (file.score is None, -file.score.standing if file.score else 0.0))
    return Ranking(tuple(ranked), tuple(call.criteria), scoring.minimum, scoring.divergence)


def require_reader(session: Session, actor: Actor, call: Call) -> None:
    """Raises NotFound unless the actor is of the fund, or a member of a session of this call."""
    if actor.has_role(*STAFF):
        return
    seated = exists().where(
        CommitteeSession.call_id == call.id,
        SessionMember.session_id == CommitteeSession.id,
        SessionMember.person_id == actor.person_id,
    )
    if not session.scalar(select(seated)):
        raise NotFound(f"ranking of {call.reference}")


def judged_files(session: Session, actor: Actor, call: Call) -> Sequence[Application]:
    """The files of the call that were given to reading and whose readings the actor may see, in the order of
    their ids, with their call's version and discussions.
    """
    query = listed(actor, Application).where(Application.call_id == call.id, judged_by(actor))
    query = query.where(Application.state.in_(RANKED_STATES)).order_by(Application.id)
    loaded = (joinedload(Application.call_version), selectinload(Application.discussions))
    return session.scalars(query.options(*loaded)).all()


def given_scores(session: Session, call_id: int) -> list[tuple[int, int, float]]:
    """File, reviewer and score of every submitted review of the call; trials do not count."""
    query = (
        select(Review.application_id, Review.reviewer_id, Review.score)
        .join(Application, Application.id == Review.application_id)
        .where(_counts(call_id))
        .order_by(Review.application_id, Review.id)
    )
    return [(file, who, float(points)) for file, who, points in session.execute(query) if points is not None]


def given_marks(session: Session, call_id: int) -> list[GivenMark]:
    """Every mark of the submitted reviews of the call."""
    query = (
        select(Review.application_id, Review.reviewer_id, Mark.criterion_id, Mark.value)
        .join(Application, Application.id == Review.application_id)
        .join(Mark, Mark.review_id == Review.id)
        .where(_counts(call_id))
        .order_by(Review.application_id, Review.id, Mark.criterion_id)
    )
    rows = session.execute(query)
    return [GivenMark(file, who, criterion, value) for file, who, criterion, value in rows if value is not None]


@lru_cache(maxsize=16)
def estimate_of(scores: tuple[Score, ...]) -> Estimate:
    """The estimate for these very scores: pages of one call come one after the other, and scores rarely change."""
    return estimate_severity(scores)


def _agreed_scores(session: Session, call_id: int) -> Mapping[int, float]:
    """The agreed score of each file whose last closed discussion has one."""
    query = (
        select(Discussion.application_id, Discussion.score)
        .join(Application, Application.id == Discussion.application_id)
        .where(Application.call_id == call_id, Discussion.closed_at.is_not(None))
        .ext(distinct_on(Discussion.application_id))
        .order_by(Discussion.application_id, Discussion.id.desc())
    )
    return {file: float(score) for file, score in session.execute(query) if score is not None}


def _ranked(
    application: Application,
    score: AdjustedScore | None,
    given: Iterable[float],
    marks: Iterable[GivenMark],
    criteria: Sequence[Criterion],
    divergence: Decimal,
) -> RankedFile:
    values: dict[int, list[int]] = defaultdict(list)
    for mark in marks:
        values[mark.criterion].append(mark.value)
    below = tuple(
        criterion
        for criterion in criteria
        if criterion.threshold is not None
        and min(values[criterion.id], default=criterion.threshold) < criterion.threshold
    )
    scores = tuple(sorted(given))
    return RankedFile(
        application=application,
        score=score,
        scores=scores,
        means={criterion: sum(found) / len(found) for criterion, found in values.items() if found},
        below=below,
        diverges=len(scores) > 1 and scores[-1] - scores[0] >= float(divergence),
    )


def _counts(call_id: int) -> ColumnElement[bool]:
    """The reviews that count: given in, and of a real file of the call."""
    return and_(
        Application.call_id == call_id, Application.is_test.is_(False), Review.state == ReviewState.SUBMITTED
    )


def judged_by(actor: Actor) -> ColumnElement[bool]:
    """The files whose readings are the actor's to see.

    An author sees her own file, and a reviewer the one that she still reads; what others gave to it neither sees
    here. Of those outside the fund only who decides on the file does.
    """
    conditions: list[ColumnElement[bool]] = []
    if actor.person_id is not None:
        conditions.append(Application.id.not_in(files_kept_from(actor.person_id)))
    if not actor.has_role(*STAFF):
        conditions.append(
            exists().where(
                AgendaItem.application_id == Application.id,
                SessionMember.session_id == AgendaItem.session_id,
                SessionMember.person_id == actor.person_id,
            )
        )
    return and_(True, *conditions)
