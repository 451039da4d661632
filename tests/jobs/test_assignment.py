"""A proposal of who reads what, worked on by the program: computed, sent pair by pair, killed in the middle."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from redis import Redis
from sqlalchemy import Engine, func, select, text

from fund.db import SessionFactory, unit_of_work
from fund.jobs import assignment as job
from fund.jobs.registry import JOBS, QUEUES
from fund.jobs.relay import relay_due
from fund.models import AssignmentPlan, OutboxRow, OutboxState, PlanState, Review
from fund.services import assignment_plans
from tests.jobs.conftest import Programs
from tests.scenario import World
from tests.services.assigning import asked, planned
from workflows.topics import Deadline, Topic

pytestmark = pytest.mark.usefixtures("job_settings")
Until = Callable[[Callable[[], bool]], None]
GATE = 4_712


@pytest.fixture
def work(factory: SessionFactory, redis: Redis) -> Callable[[], int]:
    """Have the relay take what is due, and carry out the rows of assignment; returns how many there were."""

    def run() -> int:
        relay_due(factory, redis)
        with factory() as session:
            rows = select(OutboxRow.id).where(
                OutboxRow.topic == Deadline.ASSIGNMENT_PLAN, OutboxRow.state == OutboxState.ENQUEUED
            )
            ids = list(session.scalars(rows))
        for row_id in ids:
            job.work_on_plan(row_id)
        return len(ids)

    return run


def started(factory: SessionFactory, world: World, files: int = 3) -> int:
    with unit_of_work(factory) as session:
        for _ in range(files):
            world.submitted(session)
        return planned(session, world).id


def ready(factory: SessionFactory, world: World, work: Callable[[], int], files: int = 3) -> int:
    """A proposal that was computed and is sent from now on."""
    plan_id = started(factory, world, files)
    work()
    with unit_of_work(factory) as session:
        assignment_plans.send_plan(session, world["officer"], session.get_one(AssignmentPlan, plan_id))
    return plan_id


def plan_of(factory: SessionFactory, plan_id: int) -> AssignmentPlan:
    with factory() as session:
        return session.get_one(AssignmentPlan, plan_id)


def test_the_optimiser_has_a_queue_of_its_own() -> None:
    assert JOBS[Deadline.ASSIGNMENT_PLAN].queue == "assignments"
    assert "assignments" in QUEUES


def test_a_proposal_is_computed_then_sent(factory: SessionFactory, world: World, work: Callable[[], int]) -> None:
    plan_id = started(factory, world)
    assert work() == 1
    assert plan_of(factory, plan_id).state is PlanState.READY
    with factory() as session:
        assert asked(session) == set()
    assert work() == 0

    with unit_of_work(factory) as session:
        assignment_plans.send_plan(session, world["officer"], session.get_one(AssignmentPlan, plan_id))
    assert work() == 1
    plan = plan_of(factory, plan_id)
    assert (plan.state, plan.applied_count, plan.refused) == (PlanState.APPLIED, 6, [])
    with factory() as session:
        assert len(asked(session)) == 6
        told = select(func.count()).where(OutboxRow.topic == Topic.REVIEW_ASSIGNED)
        assert session.scalar(told) == 6


def test_a_slice_leaves_the_rest_to_the_next_job(
    factory: SessionFactory, world: World, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id = ready(factory, world, work)
    monkeypatch.setattr(job, "SLICE_SECONDS", 0)
    counts = []
    while plan_of(factory, plan_id).state is PlanState.APPLYING:
        assert work() == 1
        counts.append(plan_of(factory, plan_id).applied_count)
    assert counts == [1, 2, 3, 4, 5, 6, 6]
    with factory() as session:
        assert len(asked(session)) == 6


def test_a_fault_of_the_optimiser_is_told_and_blocks_nothing(
    factory: SessionFactory, world: World, work: Callable[[], int]
) -> None:
    plan_id = started(factory, world)
    with unit_of_work(factory) as session:
        plan = session.get_one(AssignmentPlan, plan_id)
        plan.parameters = {**plan.parameters, "weights": {"competence": -1, "territory": 1, "balance": 1}}
    work()
    assert plan_of(factory, plan_id).state is PlanState.FAILED
    with unit_of_work(factory) as session:
        again = planned(session, world).id
    work()
    assert plan_of(factory, again).state is PlanState.READY


@contextmanager
def standing_at(engine: Engine, count: int) -> Iterator[None]:
    """While the block runs, whoever counts that pair stands still in PostgreSQL, before its commit."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION test_pair_gate() RETURNS trigger LANGUAGE plpgsql AS "
                f"'BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NEW; END'"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER test_pair_gate BEFORE UPDATE ON assignment_plans FOR EACH ROW "
                f"WHEN (NEW.applied_count = {count}) EXECUTE FUNCTION test_pair_gate()"
            )
        )
    try:
        with engine.begin() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({GATE})"))
            yield
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP FUNCTION test_pair_gate CASCADE"))


def someone_stands(engine: Engine) -> bool:
    with engine.connect() as connection:
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return bool(connection.scalar(text(query)))


def test_a_worker_killed_in_the_middle_goes_on_where_it_was(
    factory: SessionFactory, world: World, engine: Engine, programs: Programs, until: Until
) -> None:
    """SIGKILL between a pair and its commit: that pair is undone and given again, the others stay as they are."""
    plan_id = started(factory, world, files=4)
    relay, worker = programs.relay(), programs.worker("assignments")
    until(lambda: plan_of(factory, plan_id).state is PlanState.READY)
    with standing_at(engine, 4):
        with unit_of_work(factory) as session:
            assignment_plans.send_plan(session, world["officer"], session.get_one(AssignmentPlan, plan_id))
        until(lambda: someone_stands(engine))
        assert plan_of(factory, plan_id).applied_count == 3
        worker.kill()
    until(lambda: not someone_stands(engine))
    with factory() as session:
        assert len(asked(session)) == 3

    programs.worker("assignments")
    until(lambda: plan_of(factory, plan_id).state is PlanState.APPLIED)
    relay.kill()
    plan = plan_of(factory, plan_id)
    assert (plan.applied_count, plan.refused) == (8, [])
    with factory() as session:
        assert len(asked(session)) == 8
        assert session.scalar(select(func.count(Review.id))) == 8
        told = select(func.count()).where(OutboxRow.topic == Topic.REVIEW_ASSIGNED)
        assert session.scalar(told) == 8
