"""When the authors of a report are told of it: before it is due, on the day, and while it is late."""

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from fund.models import Report
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.awards import start_of
from workflows.engine import paris_day
from workflows.permissions import SYSTEM
from workflows.topics import Audience, Deadline, Topic, tell

REMINDERS: Final = (-30, -7, 0, 7, 30)
"""The days around the due date, in Paris, on which a report that is owed is reminded of."""


def is_late(report: Report) -> bool:
    return report.is_owed and report.due_on < paris_day(utc_now())


def remind(session: Session, report: Report) -> None:
    """Tell the authors of a report that is still owed how long they have or how late it is, and come back.

    A row that was ordered for an earlier due date comes too soon: then only the next one is ordered.
    """
    if not report.is_owed:
        return
    now = utc_now()
    days = (report.due_on - paris_day(now)).days
    if days <= -REMINDERS[0]:
        facts = {"days_left": days} if days > 0 else {"days_late": -days} if days < 0 else {}
        reminder = tell(Audience.AUTHORS, Topic.REPORT_REMINDER)
        outbox.write_messages(session, SYSTEM, report, (reminder,), inputs={}, facts=facts, at=now)
    instants = (start_of(report.due_on + timedelta(days=days), now) for days in REMINDERS)
    following = next((instant for instant in instants if instant > now), None)
    if following is not None:
        outbox.schedule(session, report, Deadline.REPORT_DUE, following)
    # On its first late day the payments are held, which is no reminder's business.
    late_from = start_of(report.due_on + timedelta(days=1), now)
    outbox.schedule(session, report, Deadline.REPORT_LATE, max(now, late_from))
