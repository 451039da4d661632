"""Reading the report over, signing it and handing it in: GET, POST /comptes-rendus/<ref>/remise"""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import StringField

from fund.edge.access import access
from fund.edge.requests import current_actor
from fund.models import Report
from fund.schemas.steps import HandInReportInput
from fund.services.steps import take_step
from fund.web.forms import SchemaForm, sent_version
from fund.web.people import current_person
from fund.web.reports.facts import reading_of
from fund.web.reports.own import WRITERS, Page, blueprint, writable_report
from fund.web.reports.parts import gaps_of
from fund.web.saving import UNUSABLE, save
from workflows.report import ReportState, ReportStep


class HandInForm(SchemaForm):
    """Under whose name the report is handed in."""

    schema = HandInReportInput
    signatory_name = StringField(_l("Name of the signatory"), render_kw={"maxlength": 200, "autocomplete": "name"})
    signatory_function = StringField(
        _l("Function of the signatory"), render_kw={"maxlength": 200, "autocomplete": "organization-title"}
    )


@blueprint.get("/comptes-rendus/<reference>/remise")
@access(WRITERS)
def hand_in(reference: str) -> Page:
    report, form, person = writable_report(reference), HandInForm(), current_person()
    form.signatory_name.data = report.signatory_name or (person.name if person else "")
    form.signatory_function.data = report.signatory_function
    return _page(report, form)


@blueprint.post("/comptes-rendus/<reference>/remise")
@access(WRITERS)
def sign(reference: str) -> Page:
    """Hand the report in, or show what still stands in the way."""
    report, form = writable_report(reference), HandInForm()
    given = form.read()
    if given is None:
        return _page(report, form), UNUSABLE
    step = ReportStep.SUBMIT if report.state is ReportState.EXPECTED else ReportStep.RESUBMIT
    version = sent_version(request.form)

    def act(session: Session) -> object:
        return take_step(session, current_actor(), report, step, expected_version=version, inputs=given)

    if status := save(form, act):
        return _page(report, form), status
    flash(gettext("Your report is handed in. A fund officer will read it."), "success")
    return redirect(url_for("reports.show", reference=reference), 303)


def _page(report: Report, form: HandInForm) -> str:
    return render_template(
        "reports/hand_in.html",
        report=report,
        award=report.award,
        form=form,
        gaps=gaps_of(report),
        version=report.version,
        **reading_of(report),
    )
