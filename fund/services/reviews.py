"""Verbs on reviews: assigning, scoring, submitting."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import InvalidInput
from fund.models import Application, AuditEvent, Person, Review, Score
from fund.models.base import utc_now
from fund.services.perform import amend, create, lock, perform, require_permission
from workflows.permissions import Actor, Permission, Role
from workflows.review import ReviewState, ReviewStep

HUNDREDTH = Decimal("0.01")


def assign(
    session: Session, actor: Actor, application: Application, reviewer: Person, *, due_at: datetime | None = None
) -> Review:
    """Ask a reviewer to read a file.

    Raises NotPermitted, InvalidInput for somebody who is no reviewer, StepRefused for an interest in the file or a
    file that is past reading; Conflict (at the commit) when the file is already with that reviewer.
    """
    require_permission(actor, Permission.REVIEW_MANAGE)
    if Role.REVIEWER not in reviewer.roles or not reviewer.active:
        raise InvalidInput({"reviewer": ["not_a_reviewer"]})
    lock(session, application)
    review = Review(application=application, reviewer=reviewer, due_at=due_at)
    create(session, actor, review)
    perform(session, actor, review, ReviewStep.ASSIGN)
    return review


def save_scores(
    session: Session,
    actor: Actor,
    review: Review,
    *,
    expected_version: int | None = None,
    scores: Mapping[int, Mapping[str, Any]],
    comment: str | None = None,
) -> AuditEvent | None:
    """Keep marks and comments, complete or not. ``scores`` maps a criterion's id to ``value`` and ``comment``.

    Raises StaleVersion, NotPermitted, NotEditable, InvalidInput for a mark outside its scale.
    """

    def change() -> Mapping[str, Any] | None:
        before = _described(review)
        _set_scores(review, scores)
        after = _described(review)
        return None if before == after else {"scores": [before, after]}

    return amend(
        session,
        actor,
        review,
        "review.score",
        Permission.REVIEW_ANSWER,
        states=(ReviewState.ACCEPTED,),
        expected_version=expected_version,
        sets={} if comment is None else {"comment": comment},
        change=change,
    )


def submit(session: Session, actor: Actor, review: Review, **given: Any) -> AuditEvent:
    lock(session, review)
    sets = {"score": weighted_score(review), "submitted_at": utc_now()}
    return perform(session, actor, review, ReviewStep.SUBMIT, sets=sets, **given)


def reopen(session: Session, actor: Actor, review: Review, **given: Any) -> AuditEvent:
    """Take a review back to change it, as long as the phase lasts; the former marks stay in the journal."""
    sets = {"score": None, "submitted_at": None}
    return perform(session, actor, review, ReviewStep.REOPEN, sets=sets, **given)


def weighted_score(review: Review) -> Decimal | None:
    """The mean of the marks given, weighted by the rubric, 0 to 100. An absent mark is left out, never zero."""
    given = {score.criterion_id: score.value for score in review.scores if score.value is not None}
    scored = [criterion for criterion in review.application.call.criteria if criterion.id in given]
    weights = sum((criterion.weight for criterion in scored), Decimal(0))
    if not weights:
        return None
    total = sum((criterion.weight * given[criterion.id] / criterion.scale_max for criterion in scored), Decimal(0))
    return (100 * total / weights).quantize(HUNDREDTH, ROUND_HALF_UP)


def _set_scores(review: Review, scores: Mapping[int, Mapping[str, Any]]) -> None:
    criteria = {criterion.id: criterion for criterion in review.application.call.criteria}
    present = {score.criterion_id: score for score in review.scores}
    for criterion_id, line in scores.items():
        criterion = criteria.get(criterion_id)
        if criterion is None:
            raise InvalidInput({f"scores.{criterion_id}": ["unknown_criterion"]})
        value, comment = line.get("value"), line.get("comment") or ""
        if value is None and not comment:
            if criterion_id in present:
                review.scores.remove(present[criterion_id])
            continue
        if value is not None and not 0 <= value <= criterion.scale_max:
            raise InvalidInput({f"scores.{criterion_id}.value": ["outside_scale"]})
        score = present.get(criterion_id)
        if score is None:
            score = Score(criterion=criterion, criterion_id=criterion_id)
            review.scores.append(score)
        score.value, score.comment = value, comment


def _described(review: Review) -> dict[str, list[Any]]:
    return {str(score.criterion_id): [score.value, score.comment] for score in review.scores}
