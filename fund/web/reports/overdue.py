"""An overdue report keeps its organisation from new grants: the officer's waiver for one file.

GET, POST /dossiers/<ref>/compte-rendu-en-retard
"""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import TextAreaField

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.forms.fields import Input, Text
from fund.models import Application, Report
from fund.models.base import utc_now
from fund.schemas.steps import REASON_LENGTH
from fund.services.access import find
from fund.services.overdue import waive_overdue
from fund.web.forms import SchemaForm, sent_version
from fund.web.reports.own import Page, blueprint
from fund.web.saving import UNUSABLE, save
from workflows.permissions import Role


class WaiverInput(Input):
    reason = Text(maximum=REASON_LENGTH, required=True, blank=False)


class WaiverForm(SchemaForm):
    schema = WaiverInput
    reason = TextAreaField(_l("Reason"), render_kw={"required": True, "rows": 4, "maxlength": REASON_LENGTH})


@blueprint.get("/dossiers/<reference>/compte-rendu-en-retard")
@access(only(Role.OFFICER))
def ask_waiver(reference: str) -> Page:
    return _page(_find(reference), WaiverForm())


@blueprint.post("/dossiers/<reference>/compte-rendu-en-retard")
@access(only(Role.OFFICER))
def waive(reference: str) -> Page:
    """Let the file go on although its organisation owes a report."""
    application, form = _find(reference), WaiverForm()
    given = form.read()
    if given is None:
        return _page(application, form), UNUSABLE
    version = sent_version(request.form)

    def act(session: Session) -> object:
        return waive_overdue(session, current_actor(), application, expected_version=version, **given)

    if status := save(form, act):
        return _page(application, form), status
    flash(gettext("The file can receive a grant all the same. The journal keeps your reason."), "success")
    return redirect(url_for("officer.show", reference=reference), 303)


def _find(reference: str) -> Application:
    application: Application = find(current_session(), current_actor(), Application, reference)
    return application


def _page(application: Application, form: SchemaForm) -> str:
    overdue = application.find_overdue_report(utc_now())
    report = find(current_session(), current_actor(), Report, overdue) if overdue else None
    return render_template(
        "reports/waiver.html",
        application=application,
        report=report,
        form=form,
        version=application.version,
    )
