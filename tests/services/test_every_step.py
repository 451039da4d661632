"""Every step of every machine, taken once through the services: what moves, what is written, who is told."""

from enum import StrEnum

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.errors import StaleVersion
from fund.models import AuditEvent, OutboxRow, Subject
from fund.services.perform import judge_steps
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.arrangements import ARRANGEMENTS, topics_of
from workflows import WORKFLOWS
from workflows.engine import StepForbidden, StepRefused
from workflows.permissions import ANONYMOUS
from workflows.reasons import ReasonCode

STEPS = [step.name for workflow in WORKFLOWS.values() for step in workflow.steps.values()]


def test_every_step_has_its_arrangement() -> None:
    assert set(ARRANGEMENTS) == set(STEPS)


@pytest.mark.parametrize("name", STEPS, ids=str)
def test_a_step_moves_the_subject_and_is_journalled_and_told(
    session: Session, world: World, name: StrEnum
) -> None:
    arranged = ARRANGEMENTS[name]
    subject, actor = arranged.make(world, session), world[arranged.actor]
    step = subject.workflow.steps[str(name)]
    session.flush()
    before, rows, version = subject.journal_length, told(session, subject), subject.version
    judged = {verdict.step.name: verdict for verdict in judge_steps(actor, subject)}
    assert judged[name].allowed, judged[name].reasons

    event = take_step(session, actor, subject, str(name), expected_version=version, inputs=arranged.inputs())

    assert subject.state is step.target
    assert subject.version > version
    assert (event.action, event.seq) == (str(name), before + 1)
    assert event.body["actor"] == actor.reference
    assert event.body.get("reason") == (arranged.inputs().get("reason") or arranged.inputs().get("motivation"))
    new = told(session, subject) - rows
    assert {topic for _, topic in new} == topics_of(step)


@pytest.mark.parametrize("name", STEPS, ids=str)
def test_a_refused_step_leaves_no_trace(session: Session, world: World, name: StrEnum) -> None:
    arranged = ARRANGEMENTS[name]
    subject, actor = arranged.make(world, session), world[arranged.actor]
    step = subject.workflow.steps[str(name)]
    session.flush()
    before = trace(session, subject)

    with pytest.raises(StepForbidden) as forbidden:
        take_step(session, ANONYMOUS, subject, str(name), inputs=arranged.inputs())
    code = ReasonCode.PROGRAMS_OWN if step.is_programs_own else ReasonCode.NOT_PERMITTED
    assert [reason.code for reason in forbidden.value.reasons] == [code]
    with pytest.raises(StaleVersion):
        take_step(
            session, actor, subject, str(name), inputs=arranged.inputs(), expected_version=subject.version - 1
        )
    if step.needs_reason:
        with pytest.raises(StepRefused) as refused:
            take_step(session, actor, subject, str(name), inputs={**arranged.inputs(), "reason": "  "})
        assert [reason.code for reason in refused.value.reasons] == [ReasonCode.REASON_MISSING]

    session.flush()
    assert trace(session, subject) == before


def told(session: Session, subject: Subject) -> set[tuple[int, str]]:
    """What people were told of this subject (deadlines of the program aside)."""
    query = select(OutboxRow.id, OutboxRow.topic).where(
        OutboxRow.subject_type == subject.workflow.name,
        OutboxRow.subject_id == subject.id,
        OutboxRow.recipient_id.is_not(None),
    )
    return {(row.id, row.topic) for row in session.execute(query)}


def trace(session: Session, subject: Subject) -> tuple[object, ...]:
    events = session.scalar(select(func.count()).select_from(AuditEvent))
    rows = session.scalar(select(func.count()).select_from(OutboxRow))
    return subject.state, subject.version, subject.journal_length, events, rows
