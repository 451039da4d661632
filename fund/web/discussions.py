"""The discussion of one file between its reviewers: readings side by side, what is said, and the report.

GET  /dossiers/<ref>/discussion           for the reviewers whose reading is in, and the fund
POST /dossiers/<ref>/discussion           open a round (officers)
POST /dossiers/<ref>/discussion/message   say something
POST /dossiers/<ref>/discussion/rapport   write the report
POST /dossiers/<ref>/discussion/position  agree to the report, or say what speaks against it (reviewers)
POST /dossiers/<ref>/discussion/cloture   close the round (officers)
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField
from wtforms.widgets import DateTimeLocalInput

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.models import Application, Discussion, DiscussionOutcome, Review
from fund.models.base import utc_now
from fund.schemas.discussions import (
    NOTE_LENGTH,
    QUESTION_LENGTH,
    REPORT_LENGTH,
    NoteInput,
    OpeningInput,
    PositionInput,
    ReportInput,
)
from fund.services import discussions as verbs
from fund.services.access import find
from fund.web.forms import SchemaForm, written
from fund.web.saving import UNUSABLE, save
from workflows.permissions import STAFF_ROLES, Role
from workflows.review import SCORING_PHASE, ReviewState

blueprint = Blueprint("discussions", __name__)
log = structlog.get_logger()

TALKING = only(Role.REVIEWER, Role.OFFICER)
ROUND = timedelta(days=7)
"""How long a round lasts unless the officer says otherwise."""

Page = str | Response | tuple[str, int]


class OpeningForm(SchemaForm):
    schema = OpeningInput
    question = TextAreaField(
        _l("Question to the reviewers"), render_kw={"rows": 4, "maxlength": QUESTION_LENGTH, "required": True}
    )
    due_at = StringField(_l("Until"), widget=DateTimeLocalInput())


class NoteForm(SchemaForm):
    schema = NoteInput
    text = TextAreaField(_l("Your message"), render_kw={"rows": 4, "maxlength": NOTE_LENGTH, "required": True})


class ReportForm(SchemaForm):
    schema = ReportInput
    report = TextAreaField(
        _l("Text of the report"), render_kw={"rows": 10, "maxlength": REPORT_LENGTH, "required": True}
    )
    score = StringField(_l("Agreed score"), render_kw={"inputmode": "decimal", "autocomplete": "off"})


class PositionForm(SchemaForm):
    schema = PositionInput
    dissent = TextAreaField(
        _l("If you do not agree, what speaks against the report"), render_kw={"rows": 4, "maxlength": NOTE_LENGTH}
    )


@dataclass
class Forms:
    """The forms of the page; the one that was refused is put in the place of its empty like."""

    opening: OpeningForm = field(default_factory=lambda: OpeningForm(formdata=None))
    note: NoteForm = field(default_factory=lambda: NoteForm(formdata=None))
    report: ReportForm = field(default_factory=lambda: ReportForm(formdata=None))
    position: PositionForm = field(default_factory=lambda: PositionForm(formdata=None))
    refused: SchemaForm | None = None


@blueprint.get("/dossiers/<reference>/discussion")
@access(only(Role.REVIEWER, *STAFF_ROLES))
def show(reference: str) -> Page:
    application, forms = _find(reference), Forms()
    forms.opening.due_at.data = written(utc_now() + ROUND, OpeningInput().fields["due_at"])
    return _page(application, forms)


@blueprint.post("/dossiers/<reference>/discussion")
@access(only(Role.OFFICER))
def begin(reference: str) -> Page:
    application, form = _find(reference), OpeningForm()
    given = form.read()
    if given is None:
        return _page(application, Forms(opening=form, refused=form)), UNUSABLE
    if status := save(form, lambda s: verbs.open_discussion(s, current_actor(), application, **given)):
        return _page(application, Forms(opening=form, refused=form)), status
    return _done(reference, gettext("The discussion is open; the reviewers are told by e-mail."))


@blueprint.post("/dossiers/<reference>/discussion/message")
@access(TALKING)
def say(reference: str) -> Page:
    application, form = _find(reference), NoteForm()
    given = form.read()
    if given is None:
        return _page(application, Forms(note=form, refused=form)), UNUSABLE
    if status := _save(form, application, lambda s, d: verbs.add_note(s, current_actor(), d, given["text"])):
        return _page(application, Forms(note=form, refused=form)), status
    return _done(reference, gettext("Your message is kept."), "echanges")


@blueprint.post("/dossiers/<reference>/discussion/rapport")
@access(TALKING)
def report(reference: str) -> Page:
    application, form, seen = _find(reference), ReportForm(), request.form.get("seen", "")
    given = form.read()
    if given is None:
        return _page(application, Forms(report=form, refused=form)), UNUSABLE
    if status := _save(
        form, application, lambda s, d: verbs.write_report(s, current_actor(), d, seen=seen, **given)
    ):
        return _page(application, Forms(report=form, refused=form)), status
    return _done(
        reference, gettext("The report is kept; the other reviewers are asked whether they agree."), "rapport"
    )


@blueprint.post("/dossiers/<reference>/discussion/position")
@access(only(Role.REVIEWER))
def answer(reference: str) -> Page:
    application, form, seen = _find(reference), PositionForm(), request.form.get("seen", "")
    given = form.read({"agrees": request.form.get("agrees")})
    if given is None:
        return _page(application, Forms(position=form, refused=form)), UNUSABLE
    if status := _save(
        form, application, lambda s, d: verbs.take_position(s, current_actor(), d, seen=seen, **given)
    ):
        return _page(application, Forms(position=form, refused=form)), status
    return _done(reference, gettext("Your answer to the report is kept."), "rapport")


@blueprint.post("/dossiers/<reference>/discussion/cloture")
@access(only(Role.OFFICER))
def close(reference: str) -> Page:
    """End the round as the page said that it would end."""
    application, form, seen = _find(reference), SchemaForm(), request.form.get("seen", "")
    text = request.form.get("outcome", "")
    if text not in list(DiscussionOutcome):
        raise NotFound(f"outcome {text}")
    outcome = DiscussionOutcome(text)
    if status := _save(
        form,
        application,
        lambda s, d: verbs.close_discussion(s, current_actor(), d, outcome=outcome, seen=seen),
    ):
        return _page(application, Forms(refused=form)), status
    return _done(reference, gettext("The discussion is closed; the reviewers are told by e-mail."))


def _find(reference: str) -> Application:
    """The file, for the fund and for its reviewers who gave a reading in. Raises NotFound."""
    session, actor = current_session(), current_actor()
    application: Application = find(session, actor, Application, reference)
    is_reader = any(review.reviewer_id == actor.person_id for review in verbs.parties_of(application))
    if application.is_interested(actor) or not (is_reader or actor.has_role(*STAFF_ROLES)):
        raise NotFound(f"discussion of {reference}")
    return application


def _save(form: SchemaForm, application: Application, act: Callable[[Session, Discussion], object]) -> int | None:
    return save(form, lambda session: act(session, verbs.find_latest(application)))


def _done(reference: str, sentence: str, anchor: str | None = None) -> Response:
    flash(sentence, "success")
    return redirect(url_for("discussions.show", reference=reference, _anchor=anchor), 303)


def _page(application: Application, forms: Forms) -> str:
    session, actor = current_session(), current_actor()
    application = verbs.read_discussed(session, application)
    latest = verbs.discussion_of(application)
    parties = verbs.parties_of(application)
    own = next((review for review in parties if review.reviewer_id == actor.person_id), None)
    is_staff = actor.has_role(*STAFF_ROLES)
    is_party, is_officer = verbs.is_party(actor, application), actor.has_role(Role.OFFICER)
    is_going = latest is not None and latest.is_open and application.state in SCORING_PHASE
    if latest is not None and forms.report.report.data is None:
        forms.report.report.data = latest.report
        forms.report.score.data = written(latest.score, ReportInput().fields["score"])
    log.info("file_read", actor=actor.reference, file=application.reference, part="discussions.show")
    return render_template(
        "discussions/show.html",
        application=application,
        latest=latest,
        earlier=application.discussions[:-1],
        readings=[review for review in parties if review.state is ReviewState.SUBMITTED],
        parties=parties,
        own=own,
        # Whoever took her reading back is blind again until she gives it in.
        is_blind=not (is_staff or is_party),
        is_staff=is_staff,
        is_party=is_party,
        can_talk=is_going and (is_party or is_officer),
        can_close=is_going and is_officer and latest is not None and bool(latest.report),
        can_open=is_officer
        and application.state in SCORING_PHASE
        and not (latest is not None and latest.is_open)
        and application.count_submitted_reviews() >= verbs.READINGS_NEEDED,
        outcome=verbs.outcome_of(latest) if latest is not None and latest.is_open else None,
        seen=verbs.report_digest(latest) if latest is not None else "",
        own_position=_position_of(latest, own),
        forms=forms,
        form=forms.refused or forms.note,
        now=utc_now(),
    )


def _position_of(discussion: Discussion | None, own: Review | None) -> object:
    if discussion is None or own is None:
        return None
    return next((one for one in discussion.positions if one.person_id == own.reviewer_id), None)
