"""Verbs on reviews: assigning, scoring, submitting."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from fund.errors import Conflict, FundError, InvalidInput
from fund.models import Application, AuditEvent, Person, Review, Score
from fund.models.base import utc_now
from fund.services.interests import record_found
from fund.services.perform import (
    NotEditable,
    NotPermitted,
    create,
    lock,
    perform,
    require_permission,
    require_version,
)
from fund.services.review_dates import schedule_reminders
from fund.services.review_versions import describe_given, keep_version, mark_given, marks_of
from fund.services.writing import digest_of
from workflows.permissions import Actor, Permission, Role, allows
from workflows.review import ReviewState, ReviewStep

HUNDREDTH = Decimal("0.01")


class GridConflict(FundError):
    """The same answers were changed in another window; ``recorded`` and ``typed`` are the two texts of each."""

    def __init__(self, recorded: Mapping[str, str], typed: Mapping[str, str]) -> None:
        super().__init__(", ".join(typed))
        self.recorded = dict(recorded)
        self.typed = dict(typed)


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
    record_found(session, application)
    review = Review(application=application, reviewer=reviewer, due_at=due_at)
    create(session, actor, review)
    perform(session, actor, review, ReviewStep.ASSIGN)
    schedule_reminders(session, review)
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

    Saved as often as she types: the journal has an event a sitting (``review_versions``), which is returned.
    Raises StaleVersion, NotPermitted, NotEditable, Conflict (``kept_off``), InvalidInput for a mark outside its
    scale.
    """
    lock(session, review)
    require_version(review, expected_version)
    require_scorable(actor, review)
    before = (marks_of(review), review.comment)
    _set_scores(review, scores)
    if comment is not None:
        review.comment = comment
    if before == (marks_of(review), review.comment):
        return None
    # The version counts each saving, also one that touched only marks, which are rows of their own.
    flag_modified(review, "comment")
    event = keep_version(session, actor, review, at=utc_now())
    session.flush()
    return event


def save_grid(
    session: Session,
    actor: Actor,
    review: Review,
    answers: Mapping[str, int | str | None],
    *,
    seen: Mapping[str, str],
) -> AuditEvent | None:
    """Keep the answers of a page: only those that were changed there, beside what other windows changed.

    ``answers`` go by the names of ``read_grid``; ``seen`` holds the digest of each as the page had it. An answer
    that another window changed since, to something else, is a conflict, and then nothing is kept.
    Raises GridConflict and what ``save_scores`` raises.
    """
    lock(session, review)
    recorded = read_grid(review)
    changed = {
        name: value
        for name, value in answers.items()
        if name in recorded and digest_of(_text(value)) not in (digest_of(recorded[name]), seen.get(name, ""))
    }
    clashes = [name for name in changed if digest_of(recorded[name]) != seen.get(name, "")]
    if clashes:
        typed = {name: _text(changed[name]) for name in clashes}
        raise GridConflict({name: recorded[name] for name in clashes}, typed)
    present = {score.criterion_id: score for score in review.scores}
    scores: dict[int, dict[str, Any]] = {}
    for criterion in review.application.call.criteria:
        mark, comment = f"mark-{criterion.position}", f"comment-{criterion.position}"
        if mark in changed or comment in changed:
            score = present.get(criterion.id)
            scores[criterion.id] = {
                "value": changed.get(mark, score.value if score else None),
                "comment": changed.get(comment, score.comment if score else ""),
            }
    whole = _text(changed["comment"]) if "comment" in changed else None
    return save_scores(session, actor, review, scores=scores, comment=whole)


def read_grid(review: Review) -> dict[str, str]:
    """Every answer of the grid as it is recorded: ``mark-1``, ``comment-1`` … by position, and ``comment``."""
    marks = marks_of(review)
    found: dict[str, str] = {}
    for criterion in review.application.call.criteria:
        line = marks.get(str(criterion.position), {})
        found[f"mark-{criterion.position}"] = _text(line.get("value"))
        found[f"comment-{criterion.position}"] = line.get("comment", "")
    return {**found, "comment": review.comment}


def require_scorable(actor: Actor, review: Review) -> None:
    """Whether the actor may write in this review now. Raises NotPermitted, NotEditable, Conflict."""
    if not allows(Permission.REVIEW_ANSWER, actor, review.relations(actor)):
        raise NotPermitted(Permission.REVIEW_ANSWER)
    if review.state is not ReviewState.ACCEPTED:
        raise NotEditable(review.state)
    if review.is_interested(actor):
        raise Conflict("kept_off")


def submit(session: Session, actor: Actor, review: Review, **given: Any) -> AuditEvent:
    """Give the review in. What is given in is a version of its own, whose hash the journal keeps."""
    lock(session, review)
    now, score = utc_now(), weighted_score(review)
    details = describe_given(review, score)
    sets = {"score": score, "submitted_at": now}
    event = perform(session, actor, review, ReviewStep.SUBMIT, sets=sets, details=details, **given)
    mark_given(review, at=now)
    session.flush()
    return event


def reopen(session: Session, actor: Actor, review: Review, **given: Any) -> AuditEvent:
    """Take a review back to change it, as long as the phase lasts; what was given in stays among its versions."""
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


def _text(value: int | str | None) -> str:
    return "" if value is None else str(value)
