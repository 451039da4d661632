"""What the pages of reports share: the blueprint, and one report for whoever may see or write it."""

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from fund.edge.access import only
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.models import Report
from fund.services.access import find
from fund.services.report_writing import require_writable
from workflows.permissions import STAFF_ROLES, Permission, Role, allows
from workflows.report import ReportState

blueprint = Blueprint("reports", __name__)

READERS = only(*STAFF_ROLES, Role.APPLICANT)
WRITERS = only(Role.APPLICANT)
Page = str | Response | tuple[Any, int]


def find_report(reference: str) -> Report:
    """The report of that reference, for whoever may see it. Raises NotFound."""
    report: Report = find(current_session(), current_actor(), Report, reference)
    return report


def readable_report(reference: str) -> Report:
    """The report, once there is one to read: what an alliance is still writing is its own. Raises NotFound."""
    report = find_report(reference)
    if report.state is ReportState.EXPECTED and current_actor().has_role(*STAFF_ROLES):
        raise NotFound(reference)
    return report


def writable_report(reference: str) -> Report:
    """The report, if the signed-in person may write it now. Raises NotFound, NotPermitted, NotEditable."""
    report = find_report(reference)
    require_writable(current_actor(), report)
    return report


def may_write(report: Report) -> bool:
    """Whether the signed-in person is one of its authors and it is still owed."""
    actor = current_actor()
    return report.is_owed and allows(Permission.REPORT_WRITE, actor, report.relations(actor))
