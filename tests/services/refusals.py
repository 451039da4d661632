"""A step that would be taken but for one thing, and what is said against it."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fund.edge.reason_words import REASONS
from fund.models import Person
from fund.services.perform import judge_steps
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.arrangements import ARRANGEMENTS
from workflows.engine import StepRefused
from workflows.permissions import Actor
from workflows.reasons import Reason, ReasonCode

Spoil = Callable[[World, Session, Any], None]


def setting(**fields: Any) -> Spoil:
    """Give the subject other values."""

    def spoil(_world: World, _session: Session, subject: Any) -> None:
        for name, value in fields.items():
            setattr(subject, name, value)

    return spoil


def staff_joins_the_lead(world: World, session: Session, _: Any) -> None:
    """Officer, treasurer and chair turn out to belong to the organisation that leads the alliance."""
    for name in ("officer", "finance", "chair"):
        world.person(session, name).organisation_id = world.lead_id
    session.flush()
    for name in ("officer", "finance", "chair"):
        world.actors[name] = session.get_one(Person, world.people[name]).as_actor()


def refused(
    world: World,
    session: Session,
    name: StrEnum,
    *,
    spoil: Spoil | None = None,
    actor: Actor | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> list[ReasonCode]:
    """What refuses the arranged step once ``spoil`` has altered the subject, or ``inputs`` what is given."""
    arranged = ARRANGEMENTS[name]
    subject = arranged.make(world, session)
    if spoil is not None:
        spoil(world, session, subject)
        session.flush()
        session.expire_all()
    before = subject.state
    with pytest.raises(StepRefused) as caught:
        take_step(
            session,
            actor or world[arranged.actor],
            subject,
            str(name),
            inputs={**arranged.inputs(), **(inputs or {})},
        )
    assert subject.state is before
    for reason in caught.value.reasons:
        assert_sayable(reason)
    codes = [reason.code for reason in caught.value.reasons]
    if not inputs:  # "may I?" and "do it" give one answer
        judged = {
            verdict.step.name: verdict.reasons for verdict in judge_steps(actor or world[arranged.actor], subject)
        }
        assert [reason.code for reason in judged[name]] == codes
    return codes


def assert_sayable(reason: Reason) -> None:
    """The sentence of the reason asks for nothing that the guard did not give."""
    wanted = set(re.findall(r"%\((\w+)\)s", str(REASONS[reason.code])))
    assert wanted <= set(reason.params), reason
