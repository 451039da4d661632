"""An expert outside the fund reads one question, with what she needs for it, and answers or declines."""

import structlog
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from fund.edge.access import PUBLIC, access
from fund.edge.requests import current_session
from fund.errors import NotFound
from fund.models import Advice, LinkPurpose
from fund.schemas.advice import AdviceAnswerInput
from fund.services.advice import ADVISABLE, advice_of_link, answer_advice, documents_of
from fund.services.receipts import describe_file
from fund.web.documents import send_document
from fund.web.forms import SchemaForm, form_of
from fund.web.links.blueprint import blueprint, follow, guarded
from fund.web.reading import place_label
from fund.web.saving import UNUSABLE, save

log = structlog.get_logger()

Page = str | Response | tuple[str, int]
DECLINED = _l("I give no advice on this question")


@blueprint.get("/avis/<text>")
@access(PUBLIC)
@guarded
def advice(text: str) -> Page:
    return _page(text, _find(text), _form())


@blueprint.post("/avis/<text>")
@access(PUBLIC)
@guarded
def give(text: str) -> Page:
    """Record the answer; whatever refuses it, the page comes back with what was typed."""
    link = follow(text, LinkPurpose.ADVICE)
    asked, form = advice_of_link(current_session(), link), _form()
    given = form.read()
    if given is None:
        return _page(text, asked, form), UNUSABLE
    if status := save(form, lambda session: answer_advice(session, link, **given)):
        return _page(text, asked, form), status
    flash(gettext("Your answer is recorded. Thank you."), "success")
    return redirect(url_for("links.advice", text=text), 303)


@blueprint.get("/avis/<text>/documents/<reference>")
@access(PUBLIC)
@guarded
def document(text: str, reference: str) -> Response:
    """One of the documents chosen for the question; any other does not exist for the link."""
    asked = _find(text)
    for chosen in documents_of(current_session(), asked):
        if chosen.reference == reference:
            _note_reading(asked, reference)
            return send_document(chosen)
    raise NotFound(reference)


def _find(text: str) -> Advice:
    return advice_of_link(current_session(), follow(text, LinkPurpose.ADVICE))


def _form() -> SchemaForm:
    form = form_of(AdviceAnswerInput)()
    form.declined.label.text = DECLINED
    return form


def _page(text: str, asked: Advice, form: SchemaForm) -> str:
    application = asked.application
    _note_reading(asked, "links.advice")
    # As it was handed in: what is being corrected is the alliance's own.
    receipts = application.receipts
    described = receipts[-1].deposited if receipts else describe_file(application)
    return render_template(
        "links/advice.html",
        text=text,
        advice=asked,
        application=application,
        project=described["project"],
        documents=[
            (chosen, place_label(application, chosen.slot)) for chosen in documents_of(current_session(), asked)
        ],
        form=form,
        may_answer=asked.is_awaited and application.state in ADVISABLE,
    )


def _note_reading(asked: Advice, part: str) -> None:
    log.info("file_read", actor=f"advice:{asked.id}", file=asked.application.reference, part=part)
