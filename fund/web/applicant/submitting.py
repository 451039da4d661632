"""Reading the file over and submitting it, or submitting its corrections."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField

from config.communes import commune_label
from fund.edge.access import SIGNED_IN, access
from fund.edge.requests import current_actor, writing
from fund.edge.sentences import reason_sentence
from fund.errors import StaleVersion
from fund.models import Application
from fund.services.applications import EDITABLE
from fund.services.steps import take_step
from fund.web.applicant.missing import missing_of
from fund.web.applicant.own import blueprint, own_file
from fund.web.forms import sent_version
from fund.web.steps import STALE_SENTENCE
from workflows.application import ApplicationState, ApplicationStep
from workflows.engine import StepForbidden, StepRefused
from workflows.permissions import Permission, allows


class DeclarationForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """What the signatory of the lead organisation declares."""

    declared = BooleanField(
        _l(
            "I declare that these answers are true, and that I act for the lead organisation "
            "with the consent of every member."
        )
    )


@blueprint.get("/mes-dossiers/<reference>/depot")
@access(SIGNED_IN)
def review(reference: str) -> str:
    """The whole file to read over, what is missing, the declaration, the button."""
    return _page(own_file(reference), DeclarationForm())


@blueprint.post("/mes-dossiers/<reference>/depot")
@access(SIGNED_IN)
def submit(reference: str) -> Response | tuple[str, int]:
    application = own_file(reference)
    form = DeclarationForm()
    if not form.declared.data:
        form.declared.errors = [gettext("Tick the box to declare it: without it the file cannot be submitted.")]
        return _page(application, form), 422
    try:
        with writing() as session:
            version = sent_version(request.form)
            take_step(session, current_actor(), application, _step_of(application), expected_version=version)
    except StepForbidden:
        raise
    except StepRefused as refusal:
        form.form_errors.extend(reason_sentence(reason) for reason in refusal.reasons)
        return _page(application, form), 409
    except StaleVersion:
        form.form_errors.append(STALE_SENTENCE)
        return _page(application, form), 409
    flash(gettext("Your file is submitted. A confirmation is on its way to you."), "success")
    return redirect(url_for("applicant.show", reference=application.reference), 303)


def _step_of(application: Application) -> ApplicationStep:
    is_returned = application.state is ApplicationState.RETURNED
    return ApplicationStep.RESUBMIT if is_returned else ApplicationStep.SUBMIT


def _page(application: Application, form: DeclarationForm) -> str:
    actor = current_actor()
    return render_template(
        "applicant/review.html",
        application=application,
        form=form,
        step=_step_of(application),
        is_open=application.state in EDITABLE,
        may_sign=allows(Permission.APPLICATION_SIGN, actor, application.relations(actor)),
        missing=missing_of(application),
        commune=commune_label(application.commune_code) if application.commune_code else None,
    )
