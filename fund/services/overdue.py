"""No new grant while a report on an earlier one is overdue, unless an officer waives that with a reason."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict
from fund.models import Application, AuditEvent, Call, Report
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.perform import amend
from workflows.application import ApplicationState
from workflows.permissions import Actor, Permission
from workflows.topics import Deadline

WAIVABLE = (
    ApplicationState.DRAFT,
    ApplicationState.RETURNED,
    ApplicationState.SUBMITTED,
    ApplicationState.IN_REVIEW,
    ApplicationState.REVIEWED,
    ApplicationState.COMMITTEE,
    ApplicationState.WAITLISTED,
)
"""The states in which a grant may still come of the file."""


def waive_overdue(
    session: Session, actor: Actor, application: Application, *, reason: str, expected_version: int | None = None
) -> AuditEvent | None:
    """Let the file be submitted and funded although its lead owes an overdue report; the journal keeps why.

    Raises Conflict (``nothing_overdue``) where there is nothing to waive, NotPermitted, NotEditable, StaleVersion.
    """
    if application.find_overdue_report(utc_now()) is None or application.overdue_waived_at is not None:
        raise Conflict("nothing_overdue")
    event = amend(
        session,
        actor,
        application,
        "application.waive_overdue",
        Permission.APPLICATION_PROCESS,
        states=WAIVABLE,
        expected_version=expected_version,
        sets={"overdue_waived_at": utc_now(), "overdue_waived_reason": reason},
        reason=reason,
    )
    if application.state is ApplicationState.WAITLISTED:
        outbox.schedule(session, application.call, Deadline.WAITLIST_MOVES, utc_now())
    return event


def free_waiting_files(session: Session, report: Report) -> None:
    """What kept the organisation's files from coming up on a waiting list is gone: those lists may move."""
    query = (
        select(Call)
        .join(Application, Application.call_id == Call.id)
        .where(
            Application.lead_id == report.award.beneficiary_id,
            Application.state == ApplicationState.WAITLISTED,
        )
        .distinct()
    )
    for call in session.scalars(query):
        outbox.schedule(session, call, Deadline.WAITLIST_MOVES, utc_now())
