"""Reports on the use of a grant: staff reads them, the alliance writes its own; one page, by role.

/comptes-rendus               the reports, the earliest date first, so that the late ones lead
/comptes-rendus/<reference>   one report, and its form for the alliance that owes it
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.models import Report
from fund.models.base import utc_now
from fund.schemas.forms import ReportInput
from fund.services import reports
from fund.services.access import find, visible, visible_to
from fund.services.listing import Order, paginate
from fund.services.steps import take_step
from fund.web.forms import SchemaForm, form_of, sent_version
from fund.web.lists import chosen, cursor, neighbours, version_shown
from fund.web.saving import save
from fund.web.steps import offers_of
from fund.web.tranches import last_reason
from workflows.engine import paris_day
from workflows.permissions import STAFF_ROLES, Permission, Role, allows
from workflows.report import OWED_STATES, ReportState, ReportStep

blueprint = Blueprint("reports", __name__)

READERS = only(*STAFF_ROLES, Role.APPLICANT)
OPEN = (*OWED_STATES, ReportState.SUBMITTED)
EARLIEST_FIRST = Order((Report.due_on, Report.id), descending=False)
LATEST_FIRST = Order((Report.due_on, Report.id))
HAND_IN = (ReportStep.SUBMIT, ReportStep.RESUBMIT)
EXPLAINED = {ReportState.RETURNED: ReportStep.RETURN, ReportState.WAIVED: ReportStep.WAIVE}


@blueprint.get("/comptes-rendus")
@access(READERS)
def index() -> str:
    state, actor = chosen(ReportState), current_actor()
    query = visible(actor, Report).options(joinedload(Report.award))
    query = query.where(Report.state.in_((state,) if state else OPEN))
    order = EARLIEST_FIRST if state is None or state in OPEN else LATEST_FIRST
    page = paginate(current_session(), query, order, cursor=cursor())
    counting = (
        select(Report.state, func.count())
        .where(visible_to(actor, Report), Report.state.in_(OPEN))
        .group_by(Report.state)
    )
    counted = {row[0]: row[1] for row in current_session().execute(counting)}
    return render_template(
        "reports/index.html",
        reports=[(report, is_late(report)) for report in page.items],
        state=state,
        open_states=OPEN,
        states=ReportState,
        counts={state: counted.get(state, 0) for state in OPEN},
        is_staff=actor.has_role(*STAFF_ROLES),
        **neighbours(page),
    )


def is_late(report: Report) -> bool:
    return report.state in OWED_STATES and report.due_on < paris_day(utc_now())


@blueprint.get("/comptes-rendus/<reference>")
@access(READERS)
def show(reference: str) -> str:
    report = _find(reference)
    form = form_of(ReportInput)()
    form.fill(report)
    return _report_page(report, form, report.version)


@blueprint.post("/comptes-rendus/<reference>")
@access(only(Role.APPLICANT))
def write(reference: str) -> Response | tuple[str, int]:
    """Save what is written, complete or not; then hand it in where that was asked.

    Two transactions: what cannot be handed in yet is saved all the same, so that no text is lost.
    """
    report, actor = _find(reference), current_actor()
    form = form_of(ReportInput)()
    inputs = form.read()
    if inputs is None:
        return _report_page(report, form, version_shown(report)), 422
    version = sent_version(request.form)

    def act(session: Session) -> object:
        return reports.edit_report(session, actor, report, expected_version=version, **inputs)

    if refused := save(form, act):
        return _report_page(report, form, report.version), refused
    if "submit" not in request.form:
        flash(gettext("Saved. The report is not handed in yet."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    return _hand_in(report, form)


def _hand_in(report: Report, form: SchemaForm) -> Response | tuple[str, int]:
    actor = current_actor()
    step = ReportStep.SUBMIT if report.state is ReportState.EXPECTED else ReportStep.RESUBMIT

    def act(session: Session) -> object:
        return take_step(session, actor, report, step)

    if refused := save(form, act):
        flash(gettext("What you wrote is saved, but the report cannot be handed in yet."), "warning")
        return _report_page(report, form, report.version), refused
    flash(gettext("Your report is handed in. A fund officer will read it."), "success")
    return redirect(url_for(".show", reference=report.reference), 303)


def _report_page(report: Report, form: SchemaForm, version: int | str) -> str:
    actor = current_actor()
    may_write = allows(Permission.REPORT_WRITE, actor, report.relations(actor))
    explained = EXPLAINED.get(report.state)
    return render_template(
        "reports/show.html",
        report=report,
        award=report.award,
        form=form,
        writes=may_write and report.state in OWED_STATES,
        # Handing in is a button of the form itself: beside it, one could lose what is typed and not yet saved.
        offers=[offer for offer in offers_of(report) if f"report.{offer['name']}" not in HAND_IN],
        late=is_late(report),
        reason=last_reason(report, explained) if explained else None,
        is_staff=actor.has_role(*STAFF_ROLES),
        version=version,
    )


def _find(reference: str) -> Report:
    report: Report = find(current_session(), current_actor(), Report, reference)
    return report
