"""Files read by several reviewers, with the marks that a test needs."""

from typing import Any

from sqlalchemy.orm import Session

from fund.models import Application, Review
from fund.services import reviews
from fund.services.steps import take_step
from tests.scenario import World

Marks = tuple[int, ...]


def read_file(session: Session, world: World, marks: dict[str, Marks | None], **fields: Any) -> Application:
    """A file in review; each named reviewer gave these marks in the order of the rubric, or nothing yet (None)."""
    application = world.submitted(session, **fields)
    for name in marks:
        reviews.assign(session, world["officer"], application, world.person(session, name))
    application.call.reviews_required = min(len(marks), 2)
    take_step(session, world["officer"], application, "start_review")
    for name, values in marks.items():
        if values is not None:
            give(session, world, review_of(application, world, name), values)
    session.expire(application)
    return application


def give(session: Session, world: World, review: Review, values: Marks) -> None:
    """Accept (or take up again), mark and submit, as the reviewer."""
    actor = review.reviewer_as_actor
    if review.state == "assigned":
        take_step(session, actor, review, "accept")
    criteria = review.application.call.criteria
    marks = {criterion.id: {"value": value} for criterion, value in zip(criteria, values, strict=True)}
    reviews.save_scores(session, actor, review, scores=marks)
    take_step(session, actor, review, "submit")


def review_of(application: Application, world: World, name: str) -> Review:
    return next(review for review in application.reviews if review.reviewer_id == world.people[name])
