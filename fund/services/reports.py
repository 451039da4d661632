"""Verbs on reports."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fund.models import AuditEvent, Report
from fund.models.base import utc_now
from fund.services.awards import schedule_releases
from fund.services.perform import amend, perform
from workflows.permissions import Actor, Permission
from workflows.report import OWED_STATES, ReportStep


def edit_report(
    session: Session, actor: Actor, report: Report, *, expected_version: int | None = None, **fields: Any
) -> AuditEvent | None:
    """Write the report: narrative, amount spent (euros), people reached. Raises NotEditable once it is in."""
    return amend(
        session,
        actor,
        report,
        "report.edit",
        Permission.REPORT_WRITE,
        states=OWED_STATES,
        expected_version=expected_version,
        sets=fields,
    )


def submit(
    session: Session, actor: Actor, report: Report, *, at: datetime | None = None, **given: Any
) -> AuditEvent:
    sets = {"submitted_at": at or utc_now()}
    return perform(session, actor, report, ReportStep.SUBMIT, sets=sets, at=at, **given)


def resubmit(session: Session, actor: Actor, report: Report, **given: Any) -> AuditEvent:
    return perform(session, actor, report, ReportStep.RESUBMIT, sets={"submitted_at": utc_now()}, **given)


def accept(session: Session, actor: Actor, report: Report, **given: Any) -> AuditEvent:
    """Accept the report; tranches that waited for it are released."""
    return _clear(session, actor, report, ReportStep.ACCEPT, **given)


def waive(session: Session, actor: Actor, report: Report, **given: Any) -> AuditEvent:
    """Do without the report; tranches that waited for it are released."""
    return _clear(session, actor, report, ReportStep.WAIVE, **given)


def _clear(session: Session, actor: Actor, report: Report, step: ReportStep, **given: Any) -> AuditEvent:
    event = perform(session, actor, report, step, **given)
    if not report.imported:
        schedule_releases(session, report.award, utc_now())
    return event
