"""Taking a step from a page: the panel of steps beside a subject, and the one form that any step goes through."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from fund.edge.access import SIGNED_IN, access
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import reason_sentence
from fund.edge.step_labels import DESTRUCTIVE, event_label, step_label
from fund.errors import StaleVersion
from fund.models import Subject
from fund.schemas.steps import ReasonInput, input_of
from fund.services.access import find_by_type
from fund.services.perform import judge_steps
from fund.services.steps import take_step
from fund.web.forms import SchemaForm, form_of, sent_version
from workflows.agreement import AgreementStep
from workflows.application import ApplicationStep
from workflows.bank_account import BankAccountStep
from workflows.committee import CommitteeStep
from workflows.engine import Step, StepForbidden, StepRefused, Verdict
from workflows.repayment import RepaymentStep

blueprint = Blueprint("steps", __name__)

STALE_SENTENCE = _l(
    "Somebody changed this since you opened the page. Look at its present state; if your step still holds, send "
    "it again: nothing that you typed is lost."
)

# Where each kind of subject is shown; a step leads back there.
PAGES = {
    "call": "call_desk.show",
    "application": "officer.show",
    "review": "reviewer.show",
    "committee": "committee.show",
    "award": "awards.show",
    "agreement": "agreements.page",
    "disbursement": "disbursements.show",
    "report": "reports.show",
    "bank_account": "bank_accounts.show",
    "payment_file": "payment_files.show",
    "repayment": "repayments.show",
}
# Steps with a page of their own instead of the form below.
OWN_PAGES = {
    str(ApplicationStep.RETURN): "corrections.ask",
    str(ApplicationStep.SUBMIT): "applicant.review",
    str(ApplicationStep.RESUBMIT): "applicant.review",
    str(CommitteeStep.SIGN): "minutes.show",
    str(AgreementStep.SEND): "agreements.send",
    str(AgreementStep.REFUSE): "agreements.refusal",
    str(BankAccountStep.VERIFY): "bank_accounts.show",
    str(RepaymentStep.RECEIVE): "repayments.show",
    str(RepaymentStep.RECEIVE_PART): "repayments.show",
}


def offers_of(subject: Subject) -> list[dict[str, Any]]:
    """What the panel of steps shows: each step that leaves the subject's state, allowed or with its reasons.

    A step that is for other people altogether is not offered: a refusal that nothing here could lift is noise.
    """
    return [_offer(subject, verdict) for verdict in judge_steps(current_actor(), subject) if _concerns(verdict)]


def page_of(subject: Subject) -> str:
    """The address of the subject's page."""
    return url_for(PAGES[subject.workflow.name], reference=subject.reference)


def _concerns(verdict: Verdict) -> bool:
    return not any(reason.code == "not_permitted" for reason in verdict.reasons)


def _offer(subject: Subject, verdict: Verdict) -> dict[str, Any]:
    step = verdict.step
    address = url_for("steps.take", kind=subject.workflow.name, reference=subject.reference, name=_short(step))
    return {
        "name": _short(step),
        "label": step_label(step.name),
        "help": None,
        "url": address,
        "form_url": _form_address(subject, step, address),
        "allowed": verdict.allowed,
        "reasons": [reason_sentence(reason) for reason in verdict.reasons],
        "needs_reason": step.needs_reason,
        "is_destructive": step.name in DESTRUCTIVE,
    }


def _form_address(subject: Subject, step: Step, address: str) -> str | None:
    """Where the step's own form is; None for a step that a button and at most a reason suffice for."""
    if own_page := OWN_PAGES.get(str(step.name)):
        return url_for(own_page, reference=subject.reference)
    return None if input_of(step) is ReasonInput else address


def _short(step: Step) -> str:
    return str(step.name).partition(".")[2]


@blueprint.get("/etapes/<kind>/<reference>/<name>")
@access(SIGNED_IN)
def show(kind: str, reference: str, name: str) -> str:
    """The form of one step."""
    subject = find_by_type(current_session(), current_actor(), kind, reference)
    step = _step_of(subject, name)
    return _form_page(subject, step, form_of(input_of(step))())


@blueprint.post("/etapes/<kind>/<reference>/<name>")
@access(SIGNED_IN)
def take(kind: str, reference: str, name: str) -> Response | tuple[str, int]:
    """Take the step; a refusal shows the form again, with its reasons and with what was typed."""
    subject = find_by_type(current_session(), current_actor(), kind, reference)
    step = _step_of(subject, name)
    form = form_of(input_of(step))()
    inputs = form.read()
    if inputs is None:
        return _form_page(subject, step, form), 422
    try:
        with writing() as session:
            take_step(
                session, current_actor(), subject, name, expected_version=sent_version(request.form), inputs=inputs
            )
    except StepForbidden:
        raise
    except StepRefused as refusal:
        form.show_problems({reason.field or "_schema": [reason_sentence(reason)] for reason in refusal.reasons})
        return _form_page(subject, step, form), 409
    except StaleVersion:
        # What was typed stays; the form now bears the present version, so that sending it again is a decision.
        form.form_errors.append(STALE_SENTENCE)
        return _form_page(subject, step, form, version=subject.version), 409
    flash(gettext("Done: %(event)s.", event=event_label(step.name)), "success")
    return redirect(page_of(subject), 303)


def _step_of(subject: Subject, name: str) -> Step:
    step = subject.workflow.find(name)
    if step is None:
        abort(404)
    return step


def _form_page(subject: Subject, step: Step, form: SchemaForm, *, version: int | None = None) -> str:
    return render_template(
        "steps/form.html",
        subject=subject,
        step=step,
        form=form,
        fields=list(form.drawn().values()),
        back=page_of(subject),
        title=step_label(step.name),
        is_destructive=step.name in DESTRUCTIVE,
        version=version or request.form.get("version", subject.version),
    )
