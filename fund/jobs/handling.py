"""How any row of the outbox is carried out: once, and with its failures kept where people see them."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.jobs.runtime import open_sessions
from fund.models import OutboxRow, OutboxState
from fund.models.base import utc_now

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""The pauses between attempts."""
MAX_ATTEMPTS = len(BACK_OFF) + 1
OPEN_STATES = (OutboxState.PENDING, OutboxState.ENQUEUED)
ERROR_LENGTH = 500

Act = Callable[[Session, OutboxRow], None]

_log = structlog.get_logger(__name__)


class Hopeless(Exception):
    """Trying again will not help; the row is parked at once."""


def handle(row_id: int, act: Act) -> None:
    """Carry out the row and mark it done, in one transaction; nothing happens when it is done or in other hands.

    Whatever ``act`` raises is kept beside the row, which is taken again after a pause, or parked after the last
    attempt or where ``act`` raised Hopeless. An error of PostgreSQL itself is raised: the row's lease ends by
    itself.
    """
    with open_sessions() as factory:
        try:
            with unit_of_work(factory) as session:
                row = _take(session, row_id)
                if row is not None:
                    act(session, row)
                    row.state, row.done_at, row.last_error = OutboxState.DONE, utc_now(), None
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs beside the row
            note_failure(factory, row_id, error)


def note_failure(factory: SessionFactory, row_id: int, error: Exception) -> None:
    """Count a failed attempt and set the next one. A row that is done in spite of it all stays done."""
    with unit_of_work(factory) as session:
        row = session.scalar(_open_row(row_id).with_for_update())
        if row is None:
            return
        row.attempts += 1
        row.last_error = f"{type(error).__name__}: {error}"[:ERROR_LENGTH].replace("\0", "")
        if isinstance(error, Hopeless) or row.attempts >= MAX_ATTEMPTS:
            row.state = OutboxState.PARKED
        else:
            row.state, row.available_at = OutboxState.PENDING, utc_now() + BACK_OFF[row.attempts - 1]
        _log.warning(
            "outbox row failed", row=row_id, topic=row.topic, attempts=row.attempts, state=row.state.value
        )


def _take(session: Session, row_id: int) -> OutboxRow | None:
    # SKIP LOCKED: whoever holds the row is carrying it out or handing it over; waiting would do it twice.
    return session.scalar(_open_row(row_id).with_for_update(skip_locked=True))


def _open_row(row_id: int) -> Select[OutboxRow]:
    return select(OutboxRow).where(OutboxRow.id == row_id, OutboxRow.state.in_(OPEN_STATES))
