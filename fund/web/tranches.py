"""What a tranche waits for, in words, and why somebody sent a thing back: said alike on several pages."""

from enum import StrEnum

from flask_babel import gettext
from sqlalchemy import select

from fund.edge.formats import day
from fund.edge.requests import current_session
from fund.models import AuditEvent, Disbursement, Report, Subject
from fund.models.base import utc_now
from workflows.disbursement import DISBURSEMENT, DisbursementState, DisbursementStep
from workflows.engine import Context
from workflows.permissions import SYSTEM
from workflows.reasons import Reason, ReasonCode
from workflows.report import ReportState


def waits_for(tranche: Disbursement) -> str | None:
    """What must happen next for the money to move; None where nothing more is to come."""
    match tranche.state:
        case DisbursementState.PLANNED:
            return _before_release(tranche)
        case DisbursementState.DUE:
            return str(gettext("a fund officer to order it"))
        case DisbursementState.ORDERED:
            return str(gettext("the approval of a second person, from finance"))
        case DisbursementState.APPROVED:
            return str(gettext("the transfer by finance"))
        case DisbursementState.HELD:
            return str(gettext("the hold to be lifted"))
        case DisbursementState.FAILED:
            return str(gettext("a new order by a fund officer"))
    return None


def _before_release(tranche: Disbursement) -> str:
    """The reasons of the release itself, by the guards that enforce it, as things waited for."""
    release = DISBURSEMENT.steps[DisbursementStep.RELEASE]
    verdict = DISBURSEMENT.judge(tranche, release, Context(actor=SYSTEM, now=utc_now()))
    awaited = [_awaited(tranche, reason) for reason in verdict.reasons]
    return ", ".join(awaited) or str(gettext("its release"))


def _awaited(tranche: Disbursement, reason: Reason) -> str:
    match reason.code:
        case ReasonCode.NOT_YET_DUE:
            return str(gettext("its date, %(date)s", date=day(reason.params["date"])))
        case ReasonCode.REPORT_AWAITED:
            return _awaited_report(tranche)
    return str(gettext("an agreement in force"))


def _awaited_report(tranche: Disbursement) -> str:
    # The earliest report still open: the one whose acceptance lifts the condition first.
    report: Report | None = next((r for r in tranche.award.reports if r.state is not ReportState.ACCEPTED), None)
    if report is None:
        return str(gettext("a report to be accepted"))
    name = gettext("the final report") if report.final else gettext("the interim report")
    return str(gettext("%(report)s, due on %(date)s", report=name, date=day(report.due_on)))


def last_reason(subject: Subject, *steps: StrEnum) -> str | None:
    """The reason given the last time that one of these steps was taken; the journal keeps it."""
    query = (
        select(AuditEvent.body)
        .where(
            AuditEvent.subject_type == subject.workflow.name,
            AuditEvent.subject_id == subject.id,
            AuditEvent.action.in_([str(step) for step in steps]),
        )
        .order_by(AuditEvent.seq.desc())
        .limit(1)
    )
    body = current_session().scalar(query)
    return body.get("reason") if body else None
