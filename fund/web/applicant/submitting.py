"""Reading the file over, signing it and submitting it, or submitting its corrections.

GET, POST /mes-dossiers/<ref>/depot          the whole file, what is missing, the declaration, the button
GET       /mes-dossiers/<ref>/recus/<n>.pdf  the receipt of a deposit, for the authors and the staff
"""

from typing import Any, cast

import structlog
from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, StringField

from config.settings import Settings
from fund.documents.receipt import render_receipt
from fund.documents.receipt_facts import facts_of
from fund.edge.access import SIGNED_IN, access
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import problem_sentence, reason_sentence
from fund.errors import NotFound, StaleVersion
from fund.models import Application, Receipt
from fund.models.base import utc_now
from fund.schemas.steps import SubmitInput
from fund.services.access import find
from fund.services.receipts import find_receipt
from fund.services.steps import take_step
from fund.services.writing import EDITABLE
from fund.web.applicant.missing import missing_of
from fund.web.applicant.own import blueprint, is_own, own_file
from fund.web.applicant.standing import deadline_of
from fund.web.forms import SchemaForm, sent_version
from fund.web.people import current_person
from fund.web.reading import read_now
from fund.web.steps import STALE_SENTENCE
from workflows.application import ApplicationState, ApplicationStep
from workflows.engine import StepForbidden, StepRefused
from workflows.permissions import STAFF_ROLES, Permission, allows
from workflows.reasons import ReasonCode

log = structlog.get_logger()

Page = str | AnyResponse | tuple[str, int]
REFUSED, UNUSABLE = 409, 422
LATE = (ReasonCode.DEADLINE_PASSED, ReasonCode.CORRECTION_DEADLINE_PASSED)


class SignatureForm(SchemaForm):
    """What the signatory of the lead declares, and under what name where the call has a text to sign."""

    schema = SubmitInput
    declared = BooleanField(
        _l(
            "I declare that these answers are true, and that I act for the lead organisation "
            "with the consent of every member."
        )
    )
    signatory_name = StringField(
        _l("Name of the signatory"), render_kw={"maxlength": 200, "autocomplete": "name", "required": True}
    )
    signatory_function = StringField(
        _l("Function of the signatory"), render_kw={"maxlength": 200, "autocomplete": "organization-title"}
    )

    def suit(self, application: Application) -> None:
        """Ask what this file's call asks."""
        if not application.rules.declaration:
            del self.signatory_name, self.signatory_function
            return
        self.declared.label.text = gettext("I have read this declaration, and I make it.")
        if request.method == "POST":
            return
        person = current_person()
        lead = next((member for member in application.members if member.is_lead), None)
        if person is not None:
            self.signatory_name.data = person.name
        if lead is not None and person is not None and lead.representative_name == person.name:
            self.signatory_function.data = lead.representative_function

    def read_signature(self) -> dict[str, Any] | None:
        """The inputs of the step, or None: then the form says what is missing."""
        inputs = self.read()
        if inputs is None:
            return None
        if not inputs["declared"]:
            self.declared.errors = [
                gettext("Tick the box to declare it: without it the file cannot be submitted.")
            ]
        if "signatory_name" in self and not inputs["signatory_name"]:
            self.signatory_name.errors = [problem_sentence("required")]
        return None if self.errors else inputs


@blueprint.get("/mes-dossiers/<reference>/depot")
@access(SIGNED_IN)
def review(reference: str) -> Page:
    application = own_file(reference)
    return _page(application, _form(application))


@blueprint.post("/mes-dossiers/<reference>/depot")
@access(SIGNED_IN)
def submit(reference: str) -> Page:
    application = own_file(reference)
    form = _form(application)
    inputs = form.read_signature() if application.state in EDITABLE else {}
    if inputs is None:
        return _page(application, form), UNUSABLE
    try:
        with writing() as session:
            version = sent_version(request.form)
            step = _step_of(application)
            take_step(session, current_actor(), application, step, expected_version=version, inputs=inputs)
    except StepForbidden:
        raise
    except StepRefused as refusal:
        if application.state not in EDITABLE:
            return _settled_page(application), REFUSED
        if any(reason.code in LATE for reason in refusal.reasons):
            return _late_page(application), REFUSED
        form.form_errors.extend(reason_sentence(reason) for reason in refusal.reasons)
        return _page(application, form), REFUSED
    except StaleVersion:
        if application.state not in EDITABLE:
            return _settled_page(application), REFUSED
        form.form_errors.append(STALE_SENTENCE)
        return _page(application, form), REFUSED
    flash(
        gettext(
            "Your file is submitted. Its receipt is ready, on this page, and a confirmation is on its way to you."
        ),
        "success",
    )
    return redirect(url_for("applicant.show", reference=application.reference), 303)


@blueprint.get("/mes-dossiers/<reference>/recus/<int:number>.pdf")
@access(SIGNED_IN)
def receipt(reference: str, number: int) -> Response:
    """The receipt as it was issued, in the reader's language."""
    application: Application = find(current_session(), current_actor(), Application, reference)
    if not (is_own(application) or current_actor().has_role(*STAFF_ROLES)):
        raise NotFound(reference)
    if not is_own(application):
        log.info("file_read", actor=current_actor().reference, file=reference, part=f"receipt {number}")
    issued = find_receipt(application, number)
    locale = current_language()
    content = render_receipt(facts_of(issued, locale, verify_url=verify_url(issued)), locale)
    name = f"{'recu' if locale == 'fr' else 'receipt'}-{application.reference}-{number}.pdf"
    return Response(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def verify_url(issued: Receipt) -> str:
    """Where anybody can check the receipt: the site's public address, the reference and the fingerprint."""
    settings = cast(Settings, current_app.config["FUND_SETTINGS"])
    path = url_for("verify.index", reference=issued.facts["reference"], empreinte=issued.content_sha256)
    return settings.public_url + path


def _form(application: Application) -> SignatureForm:
    form = SignatureForm()
    form.suit(application)
    return form


def _step_of(application: Application) -> ApplicationStep:
    is_returned = application.state is ApplicationState.RETURNED
    return ApplicationStep.RESUBMIT if is_returned else ApplicationStep.SUBMIT


def _page(application: Application, form: SignatureForm) -> str:
    actor = current_actor()
    return render_template(
        "applicant/review.html",
        application=application,
        form=form,
        step=_step_of(application),
        is_open=application.state in EDITABLE,
        may_sign=allows(Permission.APPLICATION_SIGN, actor, application.relations(actor)),
        missing=missing_of(application),
        reading=read_now(application),
        declaration=application.rules.declaration.of(current_language()),
        deadline=deadline_of(application),
    )


def _settled_page(application: Application) -> str:
    """Somebody of the alliance was faster, or pressed the button twice."""
    return render_template("applicant/refused.html", application=application, is_late=False, deadline=None)


def _late_page(application: Application) -> str:
    deadline = deadline_of(application)
    return render_template(
        "applicant/refused.html", application=application, is_late=True, deadline=deadline, now=utc_now()
    )
