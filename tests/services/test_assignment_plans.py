"""A proposal of who reads what: nothing is told before it is sent, and no pair is given twice."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.analysis.assignment import Weights
from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import (
    AssignmentPlan,
    AuditEvent,
    Call,
    OutboxRow,
    Person,
    PersonRole,
    PlanState,
)
from fund.models.base import utc_now
from fund.services import assignment_plans
from fund.services.assignment import Obstacle, assign_pair
from fund.services.perform import NotPermitted
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.assigning import apply_all, asked, computed, known, planned, references
from workflows.permissions import Role
from workflows.topics import Deadline, Topic


def test_a_proposal_is_computed_and_tells_nobody(session: Session, world: World) -> None:
    files = [world.submitted(session) for _ in range(3)]
    known(session, world, "reviewer", territories=["dep:31"])
    plan = computed(session, world)
    assert plan.state is PlanState.READY
    pairs = assignment_plans.pairs_of(plan)
    assert {pair.file for pair in pairs} == {file.reference for file in files}
    assert len(pairs) == 6
    near = references(session, world)["reviewer"]
    assert {pair.why for pair in pairs if pair.reader == near} == {("dep",)}
    assert sum(plan.result["loads"].values()) == 0
    assert plan.result["quality"]["load_mean"] == 2.0
    assert (plan.result["unmet"], plan.result["optimal"]) == ([], True)
    assert asked(session) == set()
    assert session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.REVIEW_ASSIGNED)).all() == []


def test_what_cannot_be_met_is_named(session: Session, world: World) -> None:
    application = world.submitted(session)
    known(session, world, "reviewer", capacity=0)
    plan = computed(session, world, needed=2, names=["reviewer", "reviewer2"])
    assert plan.result["unmet"] == [[application.reference, 1, "capacity"]]


def test_sending_gives_every_pair_once(session: Session, world: World) -> None:
    world.submitted(session)
    plan = computed(session, world)
    assignment_plans.send_plan(session, world["officer"], plan)
    assert apply_all(session, plan) == 2
    assert (plan.state, plan.applied_count, plan.refused) == (PlanState.APPLIED, 2, [])
    assert len(asked(session)) == 2
    told = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.REVIEW_ASSIGNED)).all()
    assert len(told) == 2
    assert all(row.payload["due_at"] for row in told)
    journal = session.scalars(select(AuditEvent).where(AuditEvent.action == "call.send_assignment")).one()
    assert journal.body["details"] == {"plan": plan.id, "pairs": 2}
    assert apply_all(session, plan) == 0


def test_struck_pairs_are_not_sent_and_can_be_put_back(session: Session, world: World) -> None:
    world.submitted(session)
    plan = computed(session, world)
    first, second = assignment_plans.pairs_of(plan)
    for pair in (first, second):
        assignment_plans.strike(session, world["officer"], plan, file=pair.file, reader=pair.reader)
    with pytest.raises(Conflict, match="plan_empty"):
        assignment_plans.send_plan(session, world["officer"], plan)
    assignment_plans.strike(session, world["officer"], plan, file=first.file, reader=first.reader, back=True)
    assignment_plans.send_plan(session, world["officer"], plan)
    assert apply_all(session, plan) == 1
    person = session.scalars(select(Person).where(Person.reference == first.reader)).one()
    assert {reader for _, reader in asked(session)} == {person.id}
    other = computed(session, world)
    with pytest.raises(NotFound):
        assignment_plans.strike(session, world["officer"], other, file="DO-AUCUN", reader=first.reader)


def test_what_changed_since_is_refused_pair_by_pair(session: Session, world: World) -> None:
    """An interest found since, a reader of another's choice, a role that ended: each with its reason."""
    world.submitted(session)
    plan = computed(session, world, needed=3)
    assignment_plans.send_plan(session, world["officer"], plan)
    people = references(session, world)
    world.person(session, "reviewer").organisation_id = world.town_id
    pair = assignment_plans.pairs_of(plan)[0]
    officer = world["officer2"]
    assert assign_pair(session, officer, file=pair.file, reader=people["reviewer2"], due_at=None) is None
    third = world.person(session, "reviewer3")
    third.role_rows[:] = []
    session.flush()
    assert apply_all(session, plan) == 3
    assert plan.state is PlanState.APPLIED
    assert {one["reader"]: one["because"] for one in plan.refused} == {
        people["reviewer"]: Obstacle.INTEREST,
        people["reviewer2"]: Obstacle.HAS_IT,
        people["reviewer3"]: Obstacle.NOT_A_REVIEWER,
    }


def test_a_file_taken_back_is_given_to_nobody(session: Session, world: World) -> None:
    application = world.submitted(session)
    plan = computed(session, world)
    assignment_plans.send_plan(session, world["officer"], plan)
    take_step(session, world["applicant"], application, "withdraw", inputs={"reason": "Reporté."})
    apply_all(session, plan)
    assert {one["because"] for one in plan.refused} == {Obstacle.PHASE_OVER}
    assert asked(session) == set()


def test_the_sender_gives_no_file_in_which_she_has_an_interest(session: Session, world: World) -> None:
    world.submitted(session)
    plan = computed(session, world)
    sender = world.person(session, "officer2")
    sender.organisation_id = world.town_id
    session.flush()
    assignment_plans.send_plan(session, world["officer2"], plan)
    apply_all(session, plan)
    assert [one["because"] for one in plan.refused] == [Obstacle.FILE_AWAY] * 2


def test_a_sender_who_is_no_officer_any_more_sends_nothing(session: Session, world: World) -> None:
    world.submitted(session)
    plan = computed(session, world)
    assignment_plans.send_plan(session, world["officer"], plan)
    sender = world.person(session, "officer")
    sender.role_rows[:] = [PersonRole(role=Role.AUDITOR)]
    session.flush()
    assert apply_all(session, plan) == 0
    assert plan.state is PlanState.FAILED
    assert asked(session) == set()


def test_a_stopped_sending_gives_no_more(session: Session, world: World) -> None:
    world.submitted(session)
    plan = computed(session, world)
    assignment_plans.send_plan(session, world["officer"], plan)
    pairs = assignment_plans.pairs_to_send(plan)
    assert assignment_plans.apply_next(session, plan.id, pairs)
    assignment_plans.discard_plan(session, world["officer2"], plan)
    assert not assignment_plans.apply_next(session, plan.id, pairs)
    assert len(asked(session)) == 1
    with pytest.raises(Conflict, match="plan_not_ready"):
        assignment_plans.discard_plan(session, world["officer"], plan)


def test_a_proposal_put_aside_while_it_is_computed_stays_aside(session: Session, world: World) -> None:
    world.submitted(session)
    plan = planned(session, world)
    assignment_plans.discard_plan(session, world["officer"], plan)
    assignment_plans.compute_plan(session, plan)
    assert (plan.state, plan.result) == (PlanState.DISCARDED, {})


def test_only_one_is_computed_or_sent_at_a_time(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        world.submitted(session)
        first = planned(session, world).id
    with pytest.raises(Conflict, match="uq_assignment_plans_running"), unit_of_work(factory) as session:
        planned(session, world)
    with unit_of_work(factory) as session:
        assignment_plans.compute_plan(session, session.get_one(AssignmentPlan, first))
    with unit_of_work(factory) as session:
        second = planned(session, world).id
    with factory() as session:
        states = {plan.id: plan.state for plan in session.scalars(select(AssignmentPlan))}
    assert states == {first: PlanState.DISCARDED, second: PlanState.COMPUTING}
    with factory() as session:
        rows = select(OutboxRow).where(OutboxRow.topic == Deadline.ASSIGNMENT_PLAN)
        assert {row.subject_id for row in session.scalars(rows)} == {world.call_id}


def test_what_was_sent_is_not_sent_again_nor_changed(session: Session, world: World) -> None:
    world.submitted(session)
    plan = computed(session, world)
    pair = assignment_plans.pairs_of(plan)[0]
    assignment_plans.send_plan(session, world["officer"], plan)
    acts: list[Callable[[], object]] = [
        lambda: assignment_plans.send_plan(session, world["officer"], plan),
        lambda: assignment_plans.strike(session, world["officer"], plan, file=pair.file, reader=pair.reader),
    ]
    for act in acts:
        with pytest.raises(Conflict, match="plan_not_ready"):
            act()


def test_bad_wishes_are_refused(session: Session, world: World) -> None:
    world.submitted(session)
    with pytest.raises(InvalidInput, match="readers"):
        planned(session, world, names=[])
    plan = computed(session, world)
    with pytest.raises(InvalidInput, match="due_at"):
        assignment_plans.send_plan(session, world["officer"], plan, due_at=utc_now())
    other = world.make_call(session, title_fr="Un autre appel")
    with pytest.raises(NotFound):
        assignment_plans.find_plan(session, other, plan.id)


@pytest.mark.parametrize("name", ["auditor", "admin", "reviewer"])
def test_only_officers_act_on_proposals(session: Session, world: World, name: str) -> None:
    world.submitted(session)
    plan = computed(session, world)
    pair, actor = assignment_plans.pairs_of(plan)[0], world[name]
    call = session.get_one(Call, world.call_id)
    weights = Weights()
    acts: list[Callable[[], object]] = [
        lambda: assignment_plans.send_plan(session, actor, plan),
        lambda: assignment_plans.discard_plan(session, actor, plan),
        lambda: assignment_plans.strike(session, actor, plan, file=pair.file, reader=pair.reader),
        lambda: assignment_plans.start_plan(
            session, actor, call, needed=1, readers=[pair.reader], weights=weights
        ),
    ]
    for act in acts:
        with pytest.raises(NotPermitted):
            act()
