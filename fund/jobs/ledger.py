"""The nightly check of the ledger."""

from sqlalchemy.orm import Session

from fund.db import unit_of_work
from fund.jobs.handling import handle
from fund.jobs.runtime import open_sessions
from fund.models import OutboxRow
from fund.services.ledger_check import run_check, schedule_next_check


def check_ledger(outbox_id: int) -> None:
    """Check the ledger, keep what was found and tell it; the next night is set, whatever becomes of this one."""
    # On its own, before: a check that fails to its last attempt must not be the last.
    with open_sessions() as factory, unit_of_work(factory) as session:
        schedule_next_check(session)
    handle(outbox_id, _check)


def _check(session: Session, _row: OutboxRow) -> None:
    run_check(session)
