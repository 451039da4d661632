"""What an alliance reads of the decision on its file, as the rules of its call say."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from fund.edge.i18n import current_language
from fund.forms.definition import Feedback as Rule
from fund.models import Application, Review, Score
from workflows.application import ApplicationState
from workflows.review import ReviewState

DECIDED = (
    ApplicationState.FUNDED,
    ApplicationState.REPORTED,
    ApplicationState.DECLINED,
    ApplicationState.WAITLISTED,
    ApplicationState.CANCELLED,
)


@dataclass(frozen=True, slots=True)
class Comments:
    """Comments on one criterion, or on the whole file (no ``title``)."""

    title: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feedback:
    motivation: str | None
    comments: tuple[Comments, ...]


def feedback_of(session: Session, application: Application) -> Feedback | None:
    """The motivation and the reviewers' comments, as far as the call gives them; None before any decision.

    A file on the waiting list is decided again: comments wait until that is done.
    """
    if application.state not in DECIDED:
        return None
    motivation = application.motivation if application.tells_motivation else None
    is_final = application.state is not ApplicationState.WAITLISTED
    tells_comments = application.rules.feedback is Rule.COMMENTS and is_final
    return Feedback(motivation, _comments(session, application) if tells_comments else ())


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
