"""The waiting list as the program moves it: once, whatever is killed, and everybody concerned is told."""

from collections.abc import Callable

import pytest
from redis import Redis
from sqlalchemy import Engine, func, select

from fund.db import SessionFactory, unit_of_work
from fund.jobs.deadlines import act
from fund.jobs.relay import relay_due
from fund.models import Award, Call, OutboxRow, OutboxState
from tests.jobs.conftest import Outbox, Programs
from tests.jobs.mail_server import MailServer
from tests.jobs.test_kills import someone_stands, standing_before
from tests.scenario import World, address_of
from tests.services.test_waitlist import awards_of, cancel, waiting, waiting_call
from workflows.topics import Deadline, Topic

pytestmark = pytest.mark.usefixtures("job_settings")
Until = Callable[[Callable[[], bool]], None]


def freed(factory: SessionFactory, world: World, *amounts: int) -> int:
    """A call one award of which was cancelled just now, and whose list has not moved yet."""
    with unit_of_work(factory) as session:
        call = waiting_call(session, world, *amounts)
        cancel(session, world, awards_of(session, call)[0])
        return call.id


def rows(factory: SessionFactory, topic: str) -> list[OutboxRow]:
    with factory() as session:
        return list(session.scalars(select(OutboxRow).where(OutboxRow.topic == topic).order_by(OutboxRow.id)))


def count_awards(factory: SessionFactory, call_id: int) -> int:
    with factory() as session:
        return session.scalar(select(func.count()).where(Award.call_id == call_id)) or 0


def test_the_list_moves_and_everybody_is_told(factory: SessionFactory, world: World, redis: Redis) -> None:
    call_id = freed(factory, world, 9_000, 6_000, 1_000)
    [move] = rows(factory, Deadline.WAITLIST_MOVES)
    relay_due(factory, redis)
    act(move.id)
    with factory() as session:
        assert waiting(session, session.get_one(Call, call_id)) == [1_000]
        assert session.get_one(OutboxRow, move.id).state is OutboxState.DONE
    funded = rows(factory, Topic.APPLICATION_FUNDED)
    assert [row.payload["amount"] for row in funded] == ["9000.00", "6000.00"]
    assert {row.recipient_id for row in funded} == {world.people["applicant"]}
    told = rows(factory, Topic.WAITLIST_MOVED)
    assert {row.recipient_id for row in told} == {world.people["officer"], world.people["officer2"]}
    assert sorted(row.payload["amount"] for row in told) == ["6000.00", "6000.00", "9000.00", "9000.00"]


def test_a_row_carried_out_twice_moves_it_once(factory: SessionFactory, world: World) -> None:
    call_id = freed(factory, world, 15_000, 15_000)
    [move] = rows(factory, Deadline.WAITLIST_MOVES)
    for _ in range(2):
        act(move.id)
    assert count_awards(factory, call_id) == 3
    assert len(rows(factory, Topic.APPLICATION_FUNDED)) == 1


def test_a_worker_killed_in_the_middle_of_it(
    factory: SessionFactory, engine: Engine, world: World, outbox: Outbox, programs: Programs,
    mail_server: MailServer, until: Until,
) -> None:  # fmt: skip
    """Killed with both files funded and the commit ahead: nothing of it stands; then all of it does."""
    call_id = freed(factory, world, 9_000, 6_000)
    programs.relay()
    with standing_before(engine, OutboxState.DONE):
        worker = programs.worker("deadlines")
        until(lambda: someone_stands(engine))
        assert count_awards(factory, call_id) == 2, "what is not committed is nobody's to see"
        worker.kill()
    assert rows(factory, Topic.APPLICATION_FUNDED) == []

    programs.worker("deadlines")
    programs.worker()
    until(lambda: count_awards(factory, call_id) == 4)
    until(outbox.all_done)
    # Two that are funded, and the one whose award was cancelled.
    assert mail_server.recipients.count(address_of("applicant")) == 2 + 1
    with factory() as session:
        assert session.get_one(Call, call_id).remaining_envelope() == 0
