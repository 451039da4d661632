"""The list of a reviewer's readings: what is to do, by date, and what is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.models import Application, Criterion, Review, Score
from fund.models.application import PENDING_REVIEWS
from fund.models.base import utc_now
from fund.models.interest import files_kept_from
from fund.services.access import visible
from fund.services.listing import Order, paginate
from fund.web.lists import cursor, neighbours
from fund.web.reviewer.blueprint import blueprint
from workflows.permissions import Role
from workflows.review import ReviewState

LATEST_FIRST = Order((Review.id,))
SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many criteria have a mark, of how many."""

    given: int
    wanted: int


@blueprint.get("/evaluations")
@access(only(Role.REVIEWER))
def index() -> str:
    session, actor = current_session(), current_actor()
    own = visible(actor, Review).where(Review.reviewer_id == actor.person_id)
    of_file = (joinedload(Application.lead), joinedload(Application.call))
    own = own.options(joinedload(Review.application).options(*of_file))
    pending = session.scalars(
        own.where(Review.state.in_(PENDING_REVIEWS)).order_by(Review.due_at.asc().nulls_last(), Review.id)
    ).all()
    done = paginate(session, own.where(Review.state.not_in(PENDING_REVIEWS)), LATEST_FIRST, cursor=cursor())
    now = utc_now()
    return render_template(
        "reviewer/index.html",
        pending=pending,
        done=done,
        progress=_progress(session, pending),
        closed=_closed_to(session, actor.person_id, [*pending, *done.items]),
        urgency={review.id: _urgency(review.due_at, now) for review in pending},
        neighbours=neighbours(done),
    )


def _progress(session: Session, pending: Sequence[Review]) -> dict[int, Progress]:
    """By the review's id."""
    marks = select(Score.review_id, func.count(Score.value)).where(Score.review_id.in_([r.id for r in pending]))
    given = {row[0]: row[1] for row in session.execute(marks.group_by(Score.review_id))}
    calls = {review.application.call_id for review in pending}
    criteria = select(Criterion.call_id, func.count()).where(Criterion.call_id.in_(calls))
    wanted = {row[0]: row[1] for row in session.execute(criteria.group_by(Criterion.call_id))}
    return {r.id: Progress(given.get(r.id, 0), wanted.get(r.application.call_id, 0)) for r in pending}


def _closed_to(session: Session, person_id: int | None, reviews: Sequence[Review]) -> set[int]:
    """The reviews whose file is not even named: she recused herself, or is found to have an interest in it."""
    recused = {review.id for review in reviews if review.state is ReviewState.RECUSED}
    if person_id is None:
        return recused
    files = [review.application_id for review in reviews]
    kept_off = select(Application.id).where(
        Application.id.in_(files), Application.id.in_(files_kept_from(person_id))
    )
    hidden = set(session.scalars(kept_off))
    return recused | {review.id for review in reviews if review.application_id in hidden}


def _urgency(due_at: datetime | None, now: datetime) -> str:
    """``late``, ``soon`` within three days, or nothing to be said."""
    if due_at is None or due_at > now + SOON:
        return ""
    return "late" if due_at < now else "soon"
