"""The engine's own rules, on a machine of three states."""

import gc
import weakref
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest

from workflows.engine import (
    Context,
    DeclarationError,
    StateIsTheEnginesOwn,
    Step,
    StepForbidden,
    StepRefused,
    StepUnavailable,
    Workflow,
    require_engine,
)
from workflows.permissions import Actor, Permission, Relation, Role
from workflows.reasons import Reason, ReasonCode


class Door(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    SEALED = "sealed"


class Window(StrEnum):
    CLOSED = "closed"


class DoorStep(StrEnum):
    OPEN = "door.open"
    SHUT = "door.shut"
    SEAL = "door.seal"


class Subject:
    """A thing with a state, guarded as the models guard theirs."""

    def __init__(self, workflow: Workflow) -> None:
        workflow.start(self)

    @property
    def state(self) -> Any:
        return self._state

    @state.setter
    def state(self, value: Any) -> None:
        require_engine(self)
        self._state = value

    def relations(self, _actor: Actor) -> frozenset[Relation]:
        return frozenset()


OFFICER = Actor("PE-1", "Officer", frozenset({Role.OFFICER}))
AUDITOR = Actor("PE-2", "Auditor", frozenset({Role.AUDITOR}))


def jammed(_: Any, context: Context) -> Reason | None:
    return Reason(ReasonCode.DATE_MISSING) if context.inputs.get("jammed") else None


def keyless(_: Any, context: Context) -> Reason | None:
    return None if context.inputs.get("key") else Reason(ReasonCode.FIELD_MISSING, field="key")


OPEN = Step(
    name=DoorStep.OPEN,
    sources=(Door.CLOSED,),
    target=Door.OPEN,
    permission=Permission.CALL_MANAGE,
    guards=(jammed,),
    checks=(keyless,),
)
SHUT = Step(name=DoorStep.SHUT, sources=(Door.OPEN,), target=Door.CLOSED, permission=Permission.CALL_MANAGE)
SEAL = Step(
    name=DoorStep.SEAL,
    sources=(Door.CLOSED, Door.OPEN),
    target=Door.SEALED,
    permission=Permission.CALL_MANAGE,
    needs_reason=True,
)


def door(*steps: Step, finals: tuple[StrEnum, ...] = (Door.SEALED,)) -> Workflow:
    return Workflow(name="door", states=Door, initial=Door.CLOSED, finals=finals, steps=steps)


def circumstances(actor: Actor = OFFICER, **inputs: Any) -> Context:
    return Context(actor=actor, now=datetime(2026, 3, 1, 12, tzinfo=UTC), inputs=inputs)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((replace(OPEN, target=Window.CLOSED), SHUT, SEAL), "unknown state"),
        ((replace(OPEN, sources=(Window.CLOSED,)), SHUT, SEAL), "unknown state"),
        ((replace(OPEN, sources=("closed",)), SHUT, SEAL), "unknown state"),  # type: ignore[arg-type]  # the fault
        ((OPEN, SHUT), "no step leads to sealed"),
        ((replace(OPEN, sources=(Door.CLOSED, Door.CLOSED)), SHUT, SEAL), "leaves one state twice"),
        ((OPEN, replace(OPEN, sources=(Door.OPEN,)), SHUT, SEAL), "declared twice"),
        ((replace(OPEN, permission="door.open"), SHUT, SEAL), "unknown permission"),  # type: ignore[arg-type]  # idem
        ((OPEN, replace(SEAL, sources=(Door.CLOSED,))), "no step leaves open"),
        ((OPEN, SHUT, SEAL, replace(SHUT, name=Window.CLOSED)), "another machine"),
    ],
)
def test_a_contradictory_declaration_stops_the_program(steps: tuple[Step, ...], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        door(*steps)


def test_a_final_state_has_no_way_out() -> None:
    with pytest.raises(DeclarationError, match="a step leaves open, which is final"):
        door(OPEN, SHUT, SEAL, finals=(Door.OPEN, Door.SEALED))


def test_a_step_cannot_be_declared_without_a_permission() -> None:
    with pytest.raises(TypeError, match="permission"):
        Step(name=DoorStep.OPEN, sources=(Door.CLOSED,), target=Door.OPEN)  # type: ignore[call-arg]  # the fault


@pytest.mark.parametrize(
    ("step", "context", "refusal", "code"),
    [
        (SHUT, circumstances(), StepUnavailable, ReasonCode.WRONG_STATE),
        (SHUT, circumstances(AUDITOR), StepUnavailable, ReasonCode.WRONG_STATE),
        (OPEN, circumstances(AUDITOR, key=True), StepForbidden, ReasonCode.NOT_PERMITTED),
        (OPEN, circumstances(key=True, jammed=True), StepRefused, ReasonCode.DATE_MISSING),
        (OPEN, circumstances(), StepRefused, ReasonCode.FIELD_MISSING),
        (SEAL, circumstances(), StepRefused, ReasonCode.REASON_MISSING),
        (SEAL, circumstances(reason=" \n"), StepRefused, ReasonCode.REASON_MISSING),
    ],
)
def test_a_refusal_comes_before_anything_has_moved(
    step: Step, context: Context, refusal: type[StepRefused], code: ReasonCode
) -> None:
    workflow = door(OPEN, SHUT, SEAL)
    subject = Subject(workflow)
    with pytest.raises(StepRefused) as caught:
        workflow.fire(subject, step, context)
    assert type(caught.value) is refusal
    assert [reason.code for reason in caught.value.reasons] == [code]
    assert subject.state is Door.CLOSED


def test_every_guard_and_check_that_speaks_against_it_is_named_at_once() -> None:
    workflow = door(OPEN, SHUT, SEAL)
    with pytest.raises(StepRefused) as caught:
        workflow.fire(Subject(workflow), OPEN, circumstances(jammed=True))
    assert [reason.code for reason in caught.value.reasons] == [ReasonCode.DATE_MISSING, ReasonCode.FIELD_MISSING]


def test_a_refusal_names_the_people_who_may_and_not_the_program() -> None:
    workflow = door(OPEN, SHUT, SEAL)
    verdict = workflow.judge(Subject(workflow), OPEN, circumstances(AUDITOR))
    assert verdict.reasons[0].params == {"roles": "officer"}


def test_judging_asks_the_guards_but_not_the_checks_of_what_is_not_yet_given() -> None:
    workflow = door(OPEN, SHUT, SEAL)
    subject = Subject(workflow)
    assert [
        (verdict.step.name, verdict.allowed) for verdict in workflow.available_steps(subject, circumstances())
    ] == [
        (DoorStep.OPEN, True),
        (DoorStep.SEAL, True),
    ]
    assert not workflow.judge(subject, OPEN, circumstances(jammed=True)).allowed
    assert not workflow.judge(subject, SHUT, circumstances()).allowed


def test_a_step_is_found_with_or_without_the_name_of_its_machine() -> None:
    workflow = door(OPEN, SHUT, SEAL)
    assert workflow.find("open") is workflow.find("door.open") is OPEN
    assert workflow.find("break") is None
    assert workflow.find("call.open") is None


def test_a_state_is_assigned_by_no_one_else() -> None:
    workflow = door(OPEN, SHUT, SEAL)
    subject, other = Subject(workflow), Subject(workflow)

    def meddling(_: Any, __: Context) -> None:
        other.state = Door.SEALED

    for target in (subject, other):
        with pytest.raises(StateIsTheEnginesOwn):
            target.state = Door.OPEN
    with pytest.raises(StateIsTheEnginesOwn):
        workflow.fire(subject, replace(OPEN, guards=(meddling,), checks=()), circumstances())
    assert (subject.state, other.state) == (Door.CLOSED, Door.CLOSED)


def test_one_machine_serves_all_subjects_and_keeps_none_of_them() -> None:
    workflow = door(OPEN, SHUT, SEAL)
    machine = workflow._machine
    subject = Subject(workflow)
    for _ in range(3):
        workflow.fire(subject, OPEN, circumstances(key=True))
        workflow.fire(subject, SHUT, circumstances())
    assert subject.state is Door.CLOSED
    assert workflow._machine is machine
    assert machine.models == []
    assert set(vars(subject)) == {"_state"}
    trace = weakref.ref(subject)
    del subject
    gc.collect()
    assert trace() is None


def test_a_day_is_the_day_in_paris() -> None:
    context = Context(actor=OFFICER, now=datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    assert context.today.isoformat() == "2026-07-01"
