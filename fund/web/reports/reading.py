"""One report, by who reads it: GET /comptes-rendus/<ref>

The alliance that owes it finds its parts and what is missing; everybody else, and the alliance once it is in,
reads it whole.
"""

from flask import render_template

from fund.edge.access import access
from fund.edge.requests import current_actor
from fund.models import Report
from fund.services.report_dates import is_late
from fund.web.reports.facts import reading_of
from fund.web.reports.own import READERS, blueprint, find_report, may_write
from fund.web.reports.parts import gaps_of, parts_of
from fund.web.steps import offers_of
from fund.web.tranches import last_reason
from workflows.permissions import STAFF_ROLES, Role
from workflows.report import ReportState, ReportStep

HAND_IN = (ReportStep.SUBMIT, ReportStep.RESUBMIT)
EXPLAINED = {ReportState.RETURNED: ReportStep.RETURN, ReportState.WAIVED: ReportStep.WAIVE}


@blueprint.get("/comptes-rendus/<reference>")
@access(READERS)
def show(reference: str) -> str:
    report = find_report(reference)
    explained = EXPLAINED.get(report.state)
    frame = {
        "report": report,
        "award": report.award,
        "late": is_late(report),
        "reason": last_reason(report, explained) if explained else None,
        "others": [other for other in report.award.reports if other is not report],
        "is_staff": current_actor().has_role(*STAFF_ROLES),
    }
    if may_write(report):
        gaps = gaps_of(report)
        return render_template("reports/overview.html", gaps=gaps, parts=parts_of(report, gaps), **frame)
    return render_template(
        "reports/show.html",
        offers=_offers(report),
        may_ask_back=current_actor().has_role(Role.OFFICER, Role.FINANCE),
        **reading_of(report),
        **frame,
    )


def _offers(report: Report) -> list[dict[str, object]]:
    """The officer's steps; handing in is the alliance's, on a page of its own."""
    return [offer for offer in offers_of(report) if f"report.{offer['name']}" not in HAND_IN]
