"""Computing a proposal of who reads what, and giving its pairs once an officer has sent it."""

import time

from sqlalchemy.orm import Session

from fund.db import unit_of_work
from fund.jobs.handling import handle
from fund.jobs.runtime import open_sessions
from fund.models import AssignmentPlan, Call, OutboxRow, PlanState
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.assignment_plans import apply_next, compute_plan, pairs_to_send, running_plan
from workflows.topics import Deadline

SLICE_SECONDS = 60.0
"""How long one job gives pairs before it leaves the rest to the next; far below the job's timeout."""


def work_on_plan(outbox_id: int) -> None:
    """Compute the call's proposal, or give some of its pairs; nothing where there is none."""
    handle(outbox_id, _work)


def _work(session: Session, row: OutboxRow) -> None:
    call = session.get(Call, row.subject_id)
    plan = running_plan(session, call.id) if call is not None else None
    if call is None or plan is None:
        return
    if plan.state is PlanState.COMPUTING:
        compute_plan(session, plan)
    elif not _apply_slice(plan):
        outbox.schedule(session, call, Deadline.ASSIGNMENT_PLAN, utc_now())


def _apply_slice(plan: AssignmentPlan) -> bool:
    """Give pairs for a while, each in a unit of work of its own; whether nothing is left to do.

    On a connection beside the one that holds the outbox's row: what is given is committed at once, and the row
    stays in these hands, so that a job that dies here is taken up again.
    """
    pairs = pairs_to_send(plan)
    end = time.monotonic() + SLICE_SECONDS
    with open_sessions() as factory:
        while True:
            with unit_of_work(factory) as session:
                if not apply_next(session, plan.id, pairs):
                    return True
            if time.monotonic() >= end:
                return False
