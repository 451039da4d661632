"""External advice on one file: the officers ask, and whoever judges the file reads the answers.

GET  /dossiers/<ref>/avis                 what was asked and answered
POST /dossiers/<ref>/avis                 ask an expert
POST /dossiers/<ref>/avis/<id>/renvoyer   send her a new link
POST /dossiers/<ref>/avis/<id>/retirer    ask no longer
"""

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session, writing
from fund.models import Advice, Application
from fund.schemas.advice import AdviceInput
from fund.services.access import find
from fund.services.advice import (
    ADVISABLE,
    ask_advice,
    documents_to_show,
    find_advice,
    list_advices,
    list_given,
    send_again,
    withdraw_advice,
)
from fund.web.forms import SchemaForm, form_of
from fund.web.officer_file import tabs_of
from fund.web.reading import place_label
from fund.web.saving import UNUSABLE, save
from fund.web.steps import offers_of
from workflows.permissions import STAFF_ROLES, Role

blueprint = Blueprint("advice", __name__)
log = structlog.get_logger()

DUE = _l("Answer expected by")
READERS = (*STAFF_ROLES, Role.COMMITTEE, Role.CHAIR)
Page = str | Response | tuple[str, int]


@blueprint.get("/dossiers/<reference>/avis")
@access(only(*READERS))
def of_file(reference: str) -> Page:
    return _page(_find(reference), _form())


@blueprint.post("/dossiers/<reference>/avis")
@access(only(Role.OFFICER))
def ask(reference: str) -> Page:
    application, form = _find(reference), _form()
    given = form.read({"documents": request.form.getlist("documents")})
    if given is None:
        return _page(application, form), UNUSABLE
    if status := save(form, lambda s: ask_advice(s, current_actor(), application, **given)):
        return _page(application, form), status
    flash(gettext("The question was sent to %(address)s.", address=given["expert_email"]), "success")
    return redirect(url_for(".of_file", reference=reference), 303)


@blueprint.post("/dossiers/<reference>/avis/<int:number>/renvoyer")
@access(only(Role.OFFICER))
def send(reference: str, number: int) -> Response:
    advice = _find_advice(reference, number)
    with writing() as session:
        send_again(session, current_actor(), advice)
    flash(gettext("A new link was sent to %(address)s.", address=advice.expert_email), "success")
    return redirect(url_for(".of_file", reference=reference), 303)


@blueprint.post("/dossiers/<reference>/avis/<int:number>/retirer")
@access(only(Role.OFFICER))
def withdraw(reference: str, number: int) -> Response:
    advice = _find_advice(reference, number)
    with writing() as session:
        withdraw_advice(session, current_actor(), advice)
    flash(gettext("The question is withdrawn: the link that was sent no longer opens."), "success")
    return redirect(url_for(".of_file", reference=reference), 303)


def _find(reference: str) -> Application:
    application: Application = find(current_session(), current_actor(), Application, reference)
    return application


def _find_advice(reference: str, number: int) -> Advice:
    return find_advice(current_session(), _find(reference), number)


def _form() -> SchemaForm:
    form = form_of(AdviceInput)()
    form.due_on.label.text = DUE
    return form


def _page(application: Application, form: SchemaForm) -> str:
    session, actor = current_session(), current_actor()
    is_staff, is_officer = actor.has_role(*STAFF_ROLES), actor.has_role(Role.OFFICER)
    log.info("file_read", actor=actor.reference, file=application.reference, part="advice.of_file")
    return render_template(
        "officer/advice.html",
        application=application,
        tabs=tabs_of(actor, application, "advice.of_file"),
        offers=offers_of(application),
        is_staff=is_staff,
        is_officer=is_officer,
        form=form,
        asked=list_advices(session, application) if is_staff else [],
        given=[] if is_staff else list_given(session, application),
        can_ask=is_officer and application.state in ADVISABLE,
        documents=[
            (document, place_label(application, document.slot)) for document in documents_to_show(application)
        ],
        chosen=request.form.getlist("documents"),
    )
