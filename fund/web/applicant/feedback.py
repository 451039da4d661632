"""What an alliance reads of the decision on its file, as the rules of its call say."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from fund.edge.i18n import current_language
from fund.forms.definition import Feedback as Rule
from fund.models import AgendaItem, Application, Review, Score
from workflows.application import ApplicationState
from workflows.review import ReviewState
from workflows.voting import Outcome

DECIDED = (
    ApplicationState.FUNDED,
    ApplicationState.REPORTED,
    ApplicationState.DECLINED,
    ApplicationState.WAITLISTED,
    ApplicationState.CANCELLED,
)
UNDECIDED = (ApplicationState.REVIEWED, ApplicationState.COMMITTEE)
OVER = (ApplicationState.DECLINED, ApplicationState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Comments:
    """Comments on one criterion, or on the whole file (no ``title``)."""

    title: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feedback:
    """``decision`` says what was decided: the file's state, or that it was put off.

    ``item`` is its place on the agenda (imported history has none), with its letter; ``conditions`` are those of a
    decision that still holds.
    """

    decision: ApplicationState | Outcome
    item: AgendaItem | None
    conditions: str
    motivation: str | None
    comments: tuple[Comments, ...]


def feedback_of(session: Session, application: Application) -> Feedback | None:
    """The decision in force, its motivation and the reviewers' comments, as far as the call gives them.

    None before any decision is released. A file that was put off, or is on the waiting list, is decided again:
    comments wait until that is done.
    """
    item = application.released_items[-1] if application.released_items else None
    is_put_off = item is not None and item.outcome is Outcome.DEFERRED and application.state in UNDECIDED
    if application.state not in DECIDED and not is_put_off:
        return None
    motivation = application.motivation if application.tells_motivation else None
    is_final = application.state is not ApplicationState.WAITLISTED and not is_put_off
    tells_comments = application.rules.feedback is Rule.COMMENTS and is_final
    has_lapsed = item is not None and item.outcome is Outcome.WAITLISTED and application.state in OVER
    return Feedback(
        Outcome.DEFERRED if is_put_off else application.state,
        item,
        item.conditions if item is not None and not has_lapsed else "",
        motivation,
        _comments(session, application) if tells_comments else (),
    )


def _comments(session: Session, application: Application) -> tuple[Comments, ...]:
    query = (
        select(Review)
        .where(Review.application_id == application.id, Review.state == ReviewState.SUBMITTED)
        .options(selectinload(Review.scores).joinedload(Score.criterion))
    )
    reviews = session.scalars(query).all()
    whole = _shuffled(((review, review.comment) for review in reviews), "")
    groups = [Comments("", whole)]
    criteria = {score.criterion.position: score.criterion for review in reviews for score in review.scores}
    for position, criterion in sorted(criteria.items()):
        said = (
            (review, score.comment)
            for review in reviews
            for score in review.scores
            if score.criterion_id == criterion.id
        )
        groups.append(Comments(criterion.label(current_language()), _shuffled(said, str(position))))
    return tuple(group for group in groups if group.texts)


def _shuffled(said: Iterable[tuple[Review, str]], place: str) -> tuple[str, ...]:
    """In an order that is always the same, and another for each criterion: nobody is the first throughout."""

    def lot(pair: tuple[Review, str]) -> str:
        return hashlib.sha256(f"{place}:{pair[0].reference}".encode()).hexdigest()

    return tuple(text.strip() for _, text in sorted(said, key=lot) if text.strip())
