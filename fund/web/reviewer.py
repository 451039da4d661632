"""The reviewer's desk: the files to read, each beside its grid. Officers and the committee read reviews here too.

GET  /evaluations          what is to be read, and what was
GET  /evaluations/<ref>    the file beside the grid
POST /evaluations/<ref>    keep the marks, complete or not; and submit when asked to
"""

from collections.abc import Sequence

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from werkzeug.wrappers import Response

from fund.edge.access import SIGNED_IN, access, only
from fund.edge.requests import current_actor, current_session
from fund.edge.sentences import reason_sentence
from fund.models import Application, Criterion, Review, Score
from fund.models.base import utc_now
from fund.services import reviews
from fund.services.access import find, visible
from fund.services.listing import Order, paginate
from fund.services.perform import judge_steps
from fund.services.steps import take_step
from fund.web.forms import sent_version
from fund.web.lists import cursor, neighbours
from fund.web.reading import read_deposited
from fund.web.reviewer_form import COMMENT_LENGTH, LONGEST_ROW, GridForm
from fund.web.saving import UNUSABLE, save
from fund.web.steps import offers_of
from workflows.permissions import STAFF_ROLES, Actor, Role
from workflows.reasons import ReasonCode
from workflows.review import ReviewState, ReviewStep

blueprint = Blueprint("reviewer", __name__)
log = structlog.get_logger()

Page = str | Response | tuple[str, int]
TO_DO = (ReviewState.ASSIGNED, ReviewState.ACCEPTED)
LATEST_FIRST = Order((Review.id,))


@blueprint.get("/evaluations")
@access(only(Role.REVIEWER))
def index() -> Page:
    session, actor = current_session(), current_actor()
    own = visible(actor, Review).where(Review.reviewer_id == actor.person_id)
    of_file = (joinedload(Application.lead), joinedload(Application.call))
    own = own.options(joinedload(Review.application).options(*of_file))
    pending = session.scalars(
        own.where(Review.state.in_(TO_DO)).order_by(Review.due_at.asc().nulls_last(), Review.id)
    ).all()
    done = paginate(session, own.where(Review.state.not_in(TO_DO)), LATEST_FIRST, cursor=cursor())
    return render_template(
        "reviewer/index.html",
        pending=pending,
        done=done,
        progress=_progress(session, pending),
        neighbours=neighbours(done),
        now=utc_now(),
    )


def _progress(session: Session, pending: Sequence[Review]) -> dict[int, tuple[int, int]]:
    """How many criteria have a mark, of how many, by the review's id."""
    marks = select(Score.review_id, func.count(Score.value)).where(Score.review_id.in_([r.id for r in pending]))
    given = {row[0]: row[1] for row in session.execute(marks.group_by(Score.review_id))}
    calls = {review.application.call_id for review in pending}
    criteria = select(Criterion.call_id, func.count()).where(Criterion.call_id.in_(calls))
    wanted = {row[0]: row[1] for row in session.execute(criteria.group_by(Criterion.call_id))}
    return {r.id: (given.get(r.id, 0), wanted.get(r.application.call_id, 0)) for r in pending}


@blueprint.get("/evaluations/<reference>")
@access(SIGNED_IN)
def show(reference: str) -> Page:
    review, form = _find(reference), GridForm()
    form.show_review(review)
    return _page(review, form)


@blueprint.post("/evaluations/<reference>")
@access(only(Role.REVIEWER))
def write(reference: str) -> Page:
    """Keep the grid; with the button « submit », submit it once it is kept.

    Two units of work: what was typed stays kept when the submission is refused because a mark is missing.
    """
    review, form = _find(reference), GridForm()
    given = form.read_grid(review)
    if given is None:
        return _page(review, form), UNUSABLE
    version = sent_version(request.form)
    actor = current_actor()
    if status := save(form, lambda s: reviews.save_scores(s, actor, review, expected_version=version, **given)):
        return _page(review, form), status
    if "submit" not in request.form:
        flash(gettext("Your marks and comments are kept. You can go on later."), "success")
        return redirect(url_for("reviewer.show", reference=reference), 303)
    kept, step = review.version, str(ReviewStep.SUBMIT)
    if status := save(form, lambda s: take_step(s, actor, review, step, expected_version=kept)):
        form.form_errors.append(gettext("What you typed is kept all the same."))
        return _page(review, form), status
    flash(gettext("Your review is submitted. You now see those of the other reviewers."), "success")
    return redirect(url_for("reviewer.show", reference=reference), 303)


def _find(reference: str) -> Review:
    review: Review = find(current_session(), current_actor(), Review, reference)
    return review


def _page(review: Review, form: GridForm) -> str:
    session, actor = current_session(), current_actor()
    is_own = review.reviewer_id == actor.person_id
    # A recusal hides the file even from whoever was asked to read it: only the review's own line is left.
    application = session.scalar(visible(actor, Application).where(Application.id == review.application_id))
    if application is not None:
        log.info("file_read", actor=actor.reference, file=application.reference, part="reviewer.show")
    return render_template(
        "reviewer/show.html",
        review=review,
        application=application,
        reading=read_deposited(application) if application is not None else None,
        form=form,
        # Submitting is a button of the grid, so that what is typed is kept with it.
        offers=[offer for offer in offers_of(review) if offer["name"] != "submit"],
        obstacles=_obstacles(actor, review),
        is_own=is_own,
        is_open=is_own and review.state is ReviewState.ACCEPTED and application is not None,
        others=_others(session, actor, review) if application is not None else [],
        can_read_file=actor.has_role(*STAFF_ROLES, Role.COMMITTEE, Role.CHAIR),
        longest_row=LONGEST_ROW,
        comment_length=COMMENT_LENGTH,
    )


def _obstacles(actor: Actor, review: Review) -> list[str]:
    """What keeps the review from being submitted, marks still missing aside: those one sees."""
    verdicts = {verdict.step.name: verdict for verdict in judge_steps(actor, review)}
    verdict = verdicts.get(ReviewStep.SUBMIT)
    reasons = verdict.reasons if verdict else ()
    return [reason_sentence(reason) for reason in reasons if reason.code is not ReasonCode.SCORES_MISSING]


def _others(session: Session, actor: Actor, review: Review) -> Sequence[Review]:
    """The other readings of the file; for a reviewer there is none before her own is in (blind reading)."""
    query = visible(actor, Review).where(
        Review.application_id == review.application_id,
        Review.id != review.id,
        Review.state == ReviewState.SUBMITTED,
    )
    query = query.options(joinedload(Review.reviewer), selectinload(Review.scores))
    return session.scalars(query.order_by(Review.id)).all()
