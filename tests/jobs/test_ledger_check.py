"""The nightly check: set again every night, told where something does not agree, taken again where it died."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from redis import Redis
from sqlalchemy import Engine, delete, select, text, update

from fund.db import SessionFactory, unit_of_work
from fund.jobs import ledger
from fund.jobs.ledger import check_ledger
from fund.jobs.relay import relay_due, schedule_own_work
from fund.messages.render import render
from fund.models import LedgerCheck, OutboxRow, OutboxState
from fund.services.ledger_check import next_check
from tests.jobs.conftest import Programs
from tests.jobs.mail_server import MailServer
from tests.scenario import World, address_of
from workflows.topics import Deadline, Topic

pytestmark = pytest.mark.usefixtures("job_settings")
NIGHT = datetime(2027, 1, 12, 1, 30, tzinfo=UTC)
EVENING = NIGHT - timedelta(hours=4)
Until = Callable[[Callable[[], bool]], None]


def rows(factory: SessionFactory, topic: str = Deadline.LEDGER_CHECK) -> list[OutboxRow]:
    with factory() as session:
        return list(session.scalars(select(OutboxRow).where(OutboxRow.topic == topic).order_by(OutboxRow.id)))


def checks(factory: SessionFactory) -> list[LedgerCheck]:
    with factory() as session:
        return list(session.scalars(select(LedgerCheck).order_by(LedgerCheck.id)))


def make_due(factory: SessionFactory) -> int:
    """The first night's row, as if its hour had come."""
    schedule_own_work(factory)
    [row] = rows(factory)
    with unit_of_work(factory) as session:
        session.execute(update(OutboxRow).values(available_at=datetime.now(UTC)))
    return row.id


def test_the_relay_sets_the_first_night_once(factory: SessionFactory) -> None:
    with time_machine.travel(EVENING, tick=False):
        schedule_own_work(factory)
        schedule_own_work(factory)
    [row] = rows(factory)
    assert (row.available_at, row.subject_type, row.subject_id) == (NIGHT, "program", 0)


def test_each_night_checks_and_sets_the_next(factory: SessionFactory, world: World, redis: Redis) -> None:
    with unit_of_work(factory) as session:
        world.award(session)
    with time_machine.travel(EVENING, tick=False) as clock:
        schedule_own_work(factory)
        for number in range(3):
            clock.move_to(NIGHT + timedelta(days=number, seconds=1))
            assert relay_due(factory, redis) > 0
            check_ledger(rows(factory)[-1].id)
    assert [(row.available_at, row.state) for row in rows(factory)][-1] == (
        NIGHT + timedelta(days=3),
        OutboxState.PENDING,
    )
    assert [row.state for row in rows(factory)[:-1]] == [OutboxState.DONE] * 3
    assert [(done.entries, done.fault_count) for done in checks(factory)] == [(2, 0)] * 3
    assert rows(factory, Topic.LEDGER_FAULTY) == []


def test_a_row_that_was_lost_comes_back_with_the_relay(
    factory: SessionFactory, programs: Programs, until: Until
) -> None:
    programs.relay()
    until(lambda: len(rows(factory)) == 1)
    with unit_of_work(factory) as session:
        session.execute(delete(OutboxRow))
    programs.relay()
    until(lambda: len(rows(factory)) == 1)
    assert rows(factory)[0].available_at == next_check(datetime.now(UTC))


def test_faults_are_told_by_mail(
    factory: SessionFactory,
    engine: Engine,
    world: World,
    programs: Programs,
    mail_server: MailServer,
    until: Until,
) -> None:
    with unit_of_work(factory) as session:
        world.award(session)
        session.execute(delete(OutboxRow))
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE ledger_entries SET day = day - 1 WHERE award_id IS NOT NULL"))
    make_due(factory)
    programs.relay()
    programs.worker("deadlines")
    programs.worker("notifications")
    until(lambda: len(mail_server.received) == 2)
    assert mail_server.recipients == [address_of("admin"), address_of("finance")]
    [row, _] = rows(factory, Topic.LEDGER_FAULTY)
    assert (row.subject_type, row.payload) == ("person", {"count": 1})
    assert [done.fault_count for done in checks(factory)] == [1]
    with factory() as session:
        message = render(session.merge(row), "fr", public_url="https://fonds.essai.example")
    assert "un écart" in message.body
    assert "https://fonds.essai.example/comptes/controle" in message.body


def test_a_check_that_fails_is_tried_again_and_the_next_night_stands(
    factory: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = make_due(factory)

    def fail(_session: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "run_check", fail)
        check_ledger(row_id)
    failed, following = rows(factory)
    assert (failed.state, failed.attempts) == (OutboxState.PENDING, 1)
    assert following.available_at == next_check(datetime.now(UTC))
    check_ledger(row_id)
    assert [row.state for row in rows(factory)] == [OutboxState.DONE, OutboxState.PENDING]
    assert len(checks(factory)) == 1


def test_a_worker_that_is_killed_while_it_checks_loses_nothing(
    factory: SessionFactory, engine: Engine, programs: Programs, until: Until
) -> None:
    make_due(factory)
    # The check cannot write what it found: it waits, and is killed there.
    with engine.connect() as blocking, blocking.begin() as held:
        blocking.execute(text("LOCK TABLE ledger_checks IN ACCESS EXCLUSIVE MODE"))
        programs.relay()
        worker = programs.worker("deadlines")
        until(lambda: _waits_for_lock(engine))
        worker.kill()
        held.rollback()
    assert checks(factory) == []
    programs.worker("deadlines")
    until(lambda: len(checks(factory)) == 1)
    until(lambda: rows(factory)[0].state is OutboxState.DONE)
    assert [row.state for row in rows(factory)] == [OutboxState.DONE, OutboxState.PENDING]


def _waits_for_lock(engine: Engine) -> bool:
    with engine.connect() as connection:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ledger_checks'::regclass"
        return bool(connection.scalar(text(waiting)))
