"""What the program must do when a call's instants come: open it, remind those who write, close it."""

from datetime import timedelta

from sqlalchemy.orm import Session

from fund.models import Call
from fund.models.base import utc_now
from fund.services import outbox
from workflows.topics import Deadline

REMINDERS = (timedelta(days=7), timedelta(hours=48), timedelta(hours=3))
"""How long before the closing those who are still writing are reminded of it."""


def schedule_opening(session: Session, call: Call) -> None:
    """History opens and closes nothing: its instants are long past."""
    if not call.imported:
        outbox.schedule(session, call, Deadline.CALL_OPENS, call.opens_at)
        schedule_closing(session, call)


def schedule_closing(session: Session, call: Call) -> None:
    """The closing, and the reminders before it to those who are still writing."""
    outbox.schedule(session, call, Deadline.CALL_CLOSES, call.closes_at)
    for before in REMINDERS:
        if call.closes_at - before > utc_now():
            outbox.schedule(session, call, Deadline.CALL_REMINDER, call.closes_at - before)
