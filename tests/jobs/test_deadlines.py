"""What the program does by itself, through the rows that the services wrote."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from redis import Redis
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import DeadlineRule, LateRule
from fund.jobs.deadlines import act
from fund.jobs.relay import relay_due
from fund.messages.render import render
from fund.models import AuditEvent, Call, Disbursement, OutboxRow, OutboxState, Report
from fund.models.base import utc_now
from fund.services import calls
from fund.services.alliance import edit_member
from fund.services.reports import edit_report
from fund.services.steps import take_step
from tests.alliances import ask, member_of, represented, say
from tests.filling import DECLARED, complete_draft, empty_draft, example, open_call
from tests.scenario import World
from workflows.call import CallState
from workflows.disbursement import DisbursementState, HoldCause
from workflows.engine import PARIS
from workflows.topics import Deadline, Topic

pytestmark = pytest.mark.usefixtures("job_settings")


@pytest.fixture
def run_due(factory: SessionFactory, redis: Redis) -> Callable[[Deadline], int]:
    """Have the relay take what is due, and carry out the rows of a deadline; returns how many there were."""

    def run(deadline: Deadline) -> int:
        relay_due(factory, redis)
        with factory() as session:
            taken = select(OutboxRow.id).where(
                OutboxRow.topic == deadline, OutboxRow.state == OutboxState.ENQUEUED
            )
            ids = list(session.scalars(taken))
        for row_id in ids:
            act(row_id)
        with factory() as session:
            assert all(session.get_one(OutboxRow, row_id).state is OutboxState.DONE for row_id in ids)
        return len(ids)

    return run


def announced_call(factory: SessionFactory, world: World) -> Call:
    """A call that is published, opens in two days and closes ten days later."""
    copied = (
        "funder_id",
        "title_fr",
        "title_en",
        "summary_fr",
        "summary_en",
        "envelope",
        "min_grant",
        "max_grant",
    )
    with unit_of_work(factory) as session:
        template = session.get_one(Call, world.call_id)
        call = calls.create_call(
            session,
            world["officer"],
            criteria=[
                {"label_fr": "Intérêt", "label_en": "Interest", "weight": Decimal(100), "scale_max": 5},
            ],
            opens_at=utc_now() + timedelta(days=2),
            closes_at=utc_now() + timedelta(days=12),
            **{name: getattr(template, name) for name in copied},
        )
        take_step(session, world["officer"], call, "publish")
        return call


def state_of(factory: SessionFactory, subject: Any) -> Any:
    with factory() as session:
        return session.get_one(type(subject), subject.id).state


def test_a_call_opens_and_closes_by_itself(
    factory: SessionFactory, world: World, run_due: Callable[[Deadline], int]
) -> None:
    call = announced_call(factory, world)
    run_due(Deadline.CALL_OPENS)
    assert state_of(factory, call) is CallState.PUBLISHED
    with time_machine.travel(call.opens_at, tick=False):
        assert run_due(Deadline.CALL_OPENS) == 1
        assert state_of(factory, call) is CallState.OPEN
    with time_machine.travel(call.closes_at, tick=False):
        run_due(Deadline.CALL_CLOSES)
        assert state_of(factory, call) is CallState.CLOSED
    with factory() as session:
        actors = session.scalars(
            select(AuditEvent.body["actor"].as_string()).where(
                AuditEvent.subject_id == call.id,
                AuditEvent.subject_type == "call",
                AuditEvent.action.in_(("call.open", "call.close")),
            )
        ).all()
    assert actors == ["system", "system"]


def test_a_call_whose_opening_came_too_late_is_opened_and_closed(
    factory: SessionFactory, world: World, run_due: Callable[[Deadline], int]
) -> None:
    call = announced_call(factory, world)
    with time_machine.travel(call.closes_at, tick=False):
        run_due(Deadline.CALL_CLOSES)
    assert state_of(factory, call) is CallState.CLOSED


def test_an_extended_call_closes_at_its_new_instant(
    factory: SessionFactory, world: World, run_due: Callable[[Deadline], int]
) -> None:
    with unit_of_work(factory) as session:
        call = session.get_one(Call, world.call_id)
        first, later = call.closes_at, call.closes_at + timedelta(days=5)
        inputs = {"closes_at": later, "reason": "Les vacances."}
        take_step(session, world["officer"], call, "extend", inputs=inputs)
    with time_machine.travel(first, tick=False):
        assert run_due(Deadline.CALL_CLOSES) == 1
        assert state_of(factory, call) is CallState.OPEN
    with time_machine.travel(later, tick=False):
        assert run_due(Deadline.CALL_CLOSES) == 1
        assert state_of(factory, call) is CallState.CLOSED


def test_a_tranche_falls_due_by_itself_and_only_where_nothing_stands_in_its_way(
    factory: SessionFactory, world: World, run_due: Callable[[Deadline], int]
) -> None:
    with unit_of_work(factory) as session:
        world.active_award(session)
        held = session.scalars(select(Disbursement).order_by(Disbursement.position)).first()
        assert held is not None
        take_step(session, world["officer"], held, "hold", inputs={"reason": "Vérification."})

    # The signature asked for it, and the verification of the bank details once more: of each tranche.
    assert run_due(Deadline.DISBURSEMENT_DUE) == 4

    with factory() as session:
        states = session.scalars(select(Disbursement.state).order_by(Disbursement.position)).all()
    assert states == [DisbursementState.HELD, DisbursementState.DUE]


def reminders(factory: SessionFactory) -> list[OutboxRow]:
    with factory() as session:
        return list(
            session.scalars(
                select(OutboxRow).where(OutboxRow.topic == Topic.REPORT_REMINDER).order_by(OutboxRow.id)
            )
        )


def test_a_report_is_reminded_of_before_it_is_due_on_the_day_and_while_it_is_late(
    factory: SessionFactory, world: World, run_due: Callable[[Deadline], int]
) -> None:
    with unit_of_work(factory) as session:
        world.active_award(session)
        [report] = session.scalars(select(Report)).all()
    noon = datetime.combine(report.due_on, time(12), PARIS)
    assert run_due(Deadline.REPORT_DUE) == 0
    told = []
    for days in (-31, -30, -29, -8, -7, 0, 1, 7, 29, 30, 31, 400):
        with time_machine.travel(noon + timedelta(days=days), tick=False):
            told += [days] * run_due(Deadline.REPORT_DUE)
            assert run_due(Deadline.REPORT_DUE) == 0
    assert told == [-30, -7, 0, 7, 30]
    rows = reminders(factory)
    assert [(row.payload.get("days_left"), row.payload.get("days_late")) for row in rows] == [
        (30, None),
        (7, None),
        (None, None),
        (None, 7),
        (None, 30),
    ]
    assert {row.recipient_id for row in rows} == {world.people["applicant"]}
    assert {date.fromisoformat(row.payload["due_on"]) for row in rows} == {report.due_on}
    with factory() as session:
        found = session.scalars(
            select(OutboxRow).where(OutboxRow.topic == Topic.REPORT_REMINDER).order_by(OutboxRow.id)
        )
        bodies = [render(row, "fr", public_url="https://fonds.example").body for row in found]
    told_so = ("dans 30 jours", "dans 7 jours", "aujourd’hui", "il y a 7 jours", "il y a 30 jours")
    assert [words in body for words, body in zip(told_so, bodies, strict=True)] == [True] * 5


def test_a_due_date_that_moved_is_not_told_of_too_soon(
    factory: SessionFactory, world: World, run_due: Callable[[Deadline], int]
) -> None:
    with unit_of_work(factory) as session:
        world.active_award(session)
        [report] = session.scalars(select(Report)).all()
        before = report.due_on
        report.due_on = before + timedelta(days=90)
    noon = datetime.combine(before, time(12), PARIS)
    with time_machine.travel(noon - timedelta(days=30), tick=False):
        assert run_due(Deadline.REPORT_DUE) == 1
    assert reminders(factory) == []
    with time_machine.travel(noon + timedelta(days=60), tick=False):
        assert run_due(Deadline.REPORT_DUE) == 1
    assert [row.payload["days_left"] for row in reminders(factory)] == [30]


def test_a_report_that_is_in_needs_no_reminder(
    factory: SessionFactory, world: World, run_due: Callable[[Deadline], int]
) -> None:
    with unit_of_work(factory) as session:
        report = world.submitted_report(session)
    with time_machine.travel(datetime.combine(report.due_on, datetime.min.time(), utc_now().tzinfo), tick=False):
        assert run_due(Deadline.REPORT_DUE) == 1
    assert reminders(factory) == []


def test_on_its_first_late_day_a_report_holds_what_is_to_be_paid(
    factory: SessionFactory, world: World, run_due: Callable[[Deadline], int]
) -> None:
    with unit_of_work(factory) as session:
        award = world.active_award(session)
        report = award.reports[0]
    run_due(Deadline.DISBURSEMENT_DUE)
    first_late = datetime.combine(report.due_on + timedelta(days=1), time(0), PARIS)
    with time_machine.travel(first_late - timedelta(days=8), tick=False):
        assert run_due(Deadline.REPORT_DUE) == 1
    with time_machine.travel(first_late - timedelta(seconds=1), tick=False):
        assert run_due(Deadline.REPORT_LATE) == 0
    with time_machine.travel(first_late, tick=False):
        assert run_due(Deadline.REPORT_LATE) == 1
    with factory() as session:
        assert set(session.scalars(select(Disbursement.hold_cause))) == {HoldCause.LATE_REPORT}
    with unit_of_work(factory) as session, time_machine.travel(first_late, tick=False):
        found = session.get_one(Report, report.id)
        edit_report(session, world["applicant"], found, narrative="Tout est fait.", spent_amount=Decimal(39_000))
        take_step(session, world["applicant"], found, "submit")
    with time_machine.travel(first_late, tick=False):
        assert run_due(Deadline.DISBURSEMENT_DUE) == 2
    with factory() as session:
        assert set(session.scalars(select(Disbursement.state))) == {DisbursementState.DUE}


def closing_reminders(factory: SessionFactory) -> list[OutboxRow]:
    """What those who still write were told of the closing, oldest first."""
    with factory() as session:
        query = select(OutboxRow).where(OutboxRow.topic == Topic.CALL_CLOSING_SOON)
        return list(session.scalars(query.order_by(OutboxRow.id)))


def test_who_still_writes_is_told_three_times_before_the_closing_and_who_deposited_is_not(
    factory: SessionFactory, world: World, run_due: Callable[[Deadline], int]
) -> None:
    with unit_of_work(factory) as session:
        content = replace(example(), deadline=DeadlineRule(LateRule.GRACE, 45))
        call = open_call(session, world, content, closes_at=utc_now() + timedelta(days=10))
        empty_draft(session, world, call)
        author, world.actors["applicant"] = world["applicant"], world["stranger"]
        submitted = complete_draft(session, world, call)
        take_step(session, world["stranger"], submitted, "submit", inputs=DECLARED)
        closes_at = call.closes_at
    told = []
    for before in (timedelta(days=7), timedelta(hours=48), timedelta(hours=3)):
        with time_machine.travel(closes_at - before + timedelta(seconds=1), tick=False):
            run_due(Deadline.CALL_REMINDER)
            told.append(len(closing_reminders(factory)))
    assert told == [1, 2, 3]
    assert {(row.recipient_id, row.payload["minutes"]) for row in closing_reminders(factory)} == {
        (author.person_id, 45)
    }


def test_a_confirmed_member_whose_part_changed_is_asked_again_after_a_rest(
    factory: SessionFactory, world: World, run_due: Callable[[Deadline], int]
) -> None:
    with unit_of_work(factory) as session:
        application = represented(session, world)
        member = member_of(application, world.town_id)
        say(session, ask(session, world, application, member))
        edit_member(session, world["applicant"], application, member, identity={}, share={"part": "Autre chose"})
    assert run_due(Deadline.CONSENTS_OUTDATED) == 0
    with time_machine.travel(utc_now() + timedelta(minutes=20), tick=False):
        assert run_due(Deadline.CONSENTS_OUTDATED) == 1
    with factory() as session:
        asked = select(OutboxRow).where(OutboxRow.topic == Topic.ALLIANCE_CONSENT_ASKED).order_by(OutboxRow.id)
        assert [row.payload["again"] for row in session.scalars(asked)] == [False, True]
