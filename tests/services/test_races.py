"""Two people at one step: real threads, each with its own connection, meeting at a barrier."""

from decimal import Decimal
from itertools import cycle, islice
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import StaleVersion
from fund.models import AuditEvent, Call, OutboxRow, Subject
from fund.services import calls, journal
from fund.services.perform import judge_steps
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.arrangements import ARRANGEMENTS, topics_of
from tests.services.racing import race
from workflows import WORKFLOWS
from workflows.call import CallStep
from workflows.engine import Step, StepRefused, StepUnavailable
from workflows.repayment import RepaymentStep

ROUNDS = 26
ONE_MORE = (RepaymentStep.RECEIVE_PART,)
"""Two people may each note a receipt of their own: only the version tells that they mean the same one."""


@pytest.mark.parametrize("machine", WORKFLOWS)
def test_of_two_people_at_one_step_exactly_one_wins(factory: SessionFactory, world: World, machine: str) -> None:
    """The loser who names the version that she saw learns that it is stale; else, that the step is gone."""
    with unit_of_work(factory) as session:  # every round may need an award of its own
        call = session.get_one(Call, world.call_id)
        calls.raise_envelope(session, world["officer"], call, Decimal(10_000_000), reason="Pour essai.")
    for number, step in enumerate(islice(cycle(WORKFLOWS[machine].steps.values()), ROUNDS)):
        run_round(factory, world, step, with_version=number % 2 == 0 or step.name in ONE_MORE)
    with factory() as session:
        assert journal.verify(session).broken == []


def run_round(factory: SessionFactory, world: World, step: Step, *, with_version: bool) -> None:
    arranged = ARRANGEMENTS[step.name]
    with unit_of_work(factory) as session:
        made = arranged.make(world, session)
        model: type[Any] = type(made)
        row_id = made.id
        session.flush()
        rows_before = session.scalar(select(func.max(OutboxRow.id))) or 0
    inputs = arranged.inputs()

    def act(session: Session, barrier: Barrier) -> str:
        subject = session.get_one(model, row_id)
        judge_steps(world[arranged.actor], subject)  # what a page reads first, and what is stale a moment later
        version = subject.version if with_version else None
        barrier.wait()
        take_step(session, world[arranged.actor], subject, str(step.name), expected_version=version, inputs=inputs)
        return "won"

    results = race(factory, act, act)

    losses = [result for result in results if result != "won"]
    assert len(losses) == 1, (step.name, results)
    assert isinstance(losses[0], loss_of(step, with_version=with_version)), (step.name, losses)
    with factory() as session:
        subject = session.get_one(model, row_id)
        assert subject.state is step.target
        assert count_events(session, subject, step) == 1
        assert_told_once(session, subject, step, rows_before)


def loss_of(step: Step, *, with_version: bool) -> type[Exception]:
    if with_version:
        return StaleVersion
    # An open call may be extended again, but not to the instant to which the other one has just moved it.
    return StepRefused if step.name is CallStep.EXTEND else StepUnavailable


def count_events(session: Session, subject: Subject, step: Step) -> int:
    query = select(func.count()).where(
        AuditEvent.subject_type == subject.workflow.name,
        AuditEvent.subject_id == subject.id,
        AuditEvent.action == str(step.name),
    )
    return session.scalar(query) or 0


def assert_told_once(session: Session, subject: Subject, step: Step, since_id: int) -> None:
    query = (
        select(OutboxRow.topic, OutboxRow.recipient_id, func.count().label("times"))
        .where(
            OutboxRow.id > since_id,
            OutboxRow.subject_type == subject.workflow.name,
            OutboxRow.subject_id == subject.id,
            OutboxRow.recipient_id.is_not(None),
        )
        .group_by(OutboxRow.topic, OutboxRow.recipient_id)
    )
    rows: list[Any] = list(session.execute(query))
    assert {row.topic for row in rows} == topics_of(step)
    assert [row for row in rows if row.times != 1] == []
