"""The page of one review: the file, and beside it the grid to fill in, or the marks to read."""

from collections.abc import Sequence

import structlog
from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.edge.requests import current_actor, current_session
from fund.edge.sentences import reason_sentence
from fund.models import Application, Review
from fund.models.application import PENDING_REVIEWS
from fund.schemas.forms import AssignmentInput
from fund.services.access import visible
from fund.services.advice import list_given
from fund.services.perform import judge_steps
from fund.services.review_versions import reason_of_end
from fund.services.reviews import weighted_score
from fund.web.applicant.section_page import Clash, autosave_texts, saved_line
from fund.web.forms import SchemaForm, form_of
from fund.web.reading import read_deposited
from fund.web.reviewer.blueprint import is_own
from fund.web.reviewer.grid import Grid, GridForm, Typed, grid_of
from fund.web.steps import offers_of
from workflows.permissions import STAFF_ROLES, Actor, Role
from workflows.reasons import ReasonCode
from workflows.review import ReviewState, ReviewStep

log = structlog.get_logger()

OVER = (ReviewState.CANCELLED, ReviewState.DECLINED, ReviewState.RECUSED)


def review_page(
    review: Review,
    form: GridForm | None = None,
    *,
    typed: Typed | None = None,
    clashes: Sequence[Clash] = (),
    due: SchemaForm | None = None,
) -> str:
    """The page, with what is recorded or, after a refusal, with what was typed.

    ``due`` is the officer's form of the date, where it was refused.
    """
    session, actor = current_session(), current_actor()
    own, is_officer = is_own(review), actor.has_role(Role.OFFICER)
    # A recusal hides the file even from whoever was asked to read it: only the review's own line is left.
    application = session.scalar(visible(actor, Application).where(Application.id == review.application_id))
    if application is not None:
        log.info("file_read", actor=actor.reference, file=application.reference, part="reviewer.show")
    grid = grid_of(review, typed)
    is_open = own and review.state is ReviewState.ACCEPTED and application is not None
    return render_template(
        "reviewer/show.html",
        review=review,
        application=application,
        reading=read_deposited(application) if application is not None else None,
        form=form or GridForm(),
        grid=grid,
        clashes={clash.key: clash for clash in clashes},
        # Submitting is a button of the grid, so that what is typed is kept with it.
        offers=[offer for offer in offers_of(review) if offer["name"] != "submit"],
        obstacles=_obstacles(actor, review),
        is_own=own,
        is_open=is_open,
        unsent=_unsent(grid) if typed is not None and not is_open else [],
        others=_others(session, actor, review) if application is not None else [],
        advices=list_given(session, application) if application is not None else [],
        can_read_file=actor.has_role(*STAFF_ROLES, Role.COMMITTEE, Role.CHAIR),
        can_read_versions=bool(review.versions) and (own or actor.has_role(*STAFF_ROLES)),
        due=(due or _filled(due_form(), review)) if is_officer and review.state in PENDING_REVIEWS else None,
        reason_of_end=reason_of_end(session, review) if review.state in OVER else None,
        running=weighted_score(review),
        state_line=saved_line(review.versions[-1].saved_at if review.versions else None),
        texts=_texts(),
        storage_key=f"fund:{actor.reference}:{review.reference}:grid",
        person_reference=actor.reference,
        sign_in_url=url_for("account.sign_in", next=request.path),
    )


def due_form() -> SchemaForm:
    """The officer's form of the date until which the review is expected."""
    return form_of(AssignmentInput, only=("due_at",))()


def _unsent(grid: Grid) -> list[tuple[str, str]]:
    """What was typed into a grid that is not open any more: it is shown, to be copied."""
    return [(cell.label, cell.text) for cell in grid.cells if cell.text]


def _filled(form: SchemaForm, review: Review) -> SchemaForm:
    form.fill(review)
    return form


def _texts() -> dict[str, str]:
    """The sentences of the script that saves: those of a file's parts, but where they speak of parts or people."""
    return {
        **autosave_texts(),
        "held": gettext("What is marked in red is not saved: correct it."),
        "clash": gettext("You changed the same answer in another window: choose which text to keep."),
        "refused": gettext(
            "Not saved: this review cannot be written any more. Copy your text, then reload the page: it says why."
        ),
    }


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
