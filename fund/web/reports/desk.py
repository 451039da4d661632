"""The reports in one list, the earliest date first, so that the late ones lead: GET /comptes-rendus"""

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from fund.edge.access import access
from fund.edge.requests import current_actor, current_session
from fund.models import Report
from fund.services.access import visible, visible_to
from fund.services.listing import Order, paginate
from fund.services.report_dates import is_late
from fund.web.lists import chosen, cursor, neighbours
from fund.web.reports.own import READERS, blueprint
from workflows.permissions import STAFF_ROLES
from workflows.report import OWED_STATES, ReportState

OPEN = (*OWED_STATES, ReportState.SUBMITTED)
EARLIEST_FIRST = Order((Report.due_on, Report.id), descending=False)
LATEST_FIRST = Order((Report.due_on, Report.id))


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
