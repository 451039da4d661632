"""The desk of a territorial catalyst: the files on which a word was asked of her.

GET  /accompagnements                   the list
GET  /accompagnements/<ref>             one file to read, and the answer to give
POST /accompagnements/<ref>             give one's signed word
POST /accompagnements/<ref>/decliner    decline
"""

from typing import Any

import structlog
from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.models import Application, Endorsement, EndorsementState
from fund.schemas.alliance import EndorsementInput
from fund.services.access import find
from fund.services.endorsements import decline_endorsement, endorse, endorsement_of, list_own
from fund.services.writing import EDITABLE
from fund.web.alliance.blueprint import attempt
from fund.web.forms import form_of
from fund.web.people import current_person
from fund.web.reading import read_now
from fund.web.saving import UNUSABLE, save
from workflows.permissions import Role

blueprint = Blueprint("endorsements", __name__)
log = structlog.get_logger()

Page = str | Response | tuple[str, int]
CATALYST = only(Role.CATALYST)


@blueprint.get("/accompagnements")
@access(CATALYST)
def index() -> Page:
    person = current_person()
    return render_template(
        "endorsements/index.html",
        endorsements=list_own(current_session(), current_actor()),
        territories=person.territories if person else [],
    )


@blueprint.get("/accompagnements/<reference>")
@access(CATALYST)
def show(reference: str) -> Page:
    application, endorsement = _find(reference)
    form = form_of(EndorsementInput)()
    form.signed_name.data = current_actor().name
    return _page(application, endorsement, form)


@blueprint.post("/accompagnements/<reference>")
@access(CATALYST)
def support(reference: str) -> Page:
    application, endorsement = _find(reference)
    form = form_of(EndorsementInput)()
    inputs = form.read()
    if inputs is None:
        return _page(application, endorsement, form), UNUSABLE
    if status := save(form, lambda session: endorse(session, current_actor(), application, **inputs)):
        return _page(application, endorsement, form), status
    flash(gettext("Thank you. Your word stands in the file, and the alliance is told."), "success")
    return redirect(url_for("endorsements.show", reference=reference), 303)


@blueprint.post("/accompagnements/<reference>/decliner")
@access(CATALYST)
def decline(reference: str) -> Page:
    application, _ = _find(reference)
    if attempt(lambda session: decline_endorsement(session, current_actor(), application)):
        flash(gettext("You declined. The alliance is told."), "success")
    return redirect(url_for("endorsements.index"), 303)


def _find(reference: str) -> tuple[Application, Endorsement]:
    """A file that was put before the actor. Raises NotFound."""
    application: Application = find(current_session(), current_actor(), Application, reference)
    return application, endorsement_of(application, current_actor())


def _page(application: Application, endorsement: Endorsement, form: Any) -> str:
    log.info("file_read", actor=current_actor().reference, file=application.reference, part="endorsements.show")
    return render_template(
        "endorsements/show.html",
        application=application,
        endorsement=endorsement,
        form=form,
        reading=read_now(application, with_contact=False),
        may_answer=endorsement.status is EndorsementState.ASKED and application.state in EDITABLE,
    )
