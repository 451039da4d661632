"""The release by the program itself: at its instant, once, whatever is moved, doubled or killed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from redis import Redis
from sqlalchemy import Engine, select

from fund.db import SessionFactory, unit_of_work
from fund.jobs.deadlines import act
from fund.jobs.relay import relay_due
from fund.models import CommitteeSession, OutboxRow, OutboxState, Outcome
from fund.models.base import utc_now
from fund.services import letters
from fund.services.release import schedule_release
from tests.deciding import checked_session
from tests.jobs.conftest import Programs
from tests.jobs.test_kills import someone_stands, standing_before
from tests.scenario import World
from workflows.committee import CommitteeState
from workflows.topics import Deadline, Topic

Until = Callable[[Callable[[], bool]], None]
NEWS = (Topic.APPLICATION_FUNDED, Topic.APPLICATION_DECLINED)

pytestmark = pytest.mark.usefixtures("job_settings")


@pytest.fixture
def checked(factory: SessionFactory, world: World) -> int:
    """The id of a session whose letters are read over: a file funded, a file declined."""
    with unit_of_work(factory) as session:
        return checked_session(session, world, Outcome.FUNDED, Outcome.DECLINED).id


@pytest.fixture
def run_due(factory: SessionFactory, redis: Redis) -> Callable[[], int]:
    """Have the relay take what is due and carry out the releases among it; how many there were."""

    def run() -> int:
        relay_due(factory, redis)
        with factory() as session:
            taken = select(OutboxRow.id).where(
                OutboxRow.topic == Deadline.SESSION_RELEASE, OutboxRow.state == OutboxState.ENQUEUED
            )
            ids = list(session.scalars(taken))
        for row_id in ids:
            act(row_id)
        return len(ids)

    return run


def set_release(factory: SessionFactory, world: World, number: int, at: datetime) -> None:
    with unit_of_work(factory) as session:
        schedule_release(session, world["officer"], session.get_one(CommitteeSession, number), at)


def state_of(factory: SessionFactory, number: int) -> CommitteeState:
    with factory() as session:
        return session.get_one(CommitteeSession, number).state


def count_news(factory: SessionFactory) -> int:
    with factory() as session:
        return len(session.scalars(select(OutboxRow).where(OutboxRow.topic.in_(NEWS))).all())


def test_at_the_instant_and_not_before(
    factory: SessionFactory, world: World, checked: int, run_due: Callable[[], int]
) -> None:
    at = utc_now() + timedelta(hours=3)
    set_release(factory, world, checked, at)
    assert run_due() == 0
    with time_machine.travel(at - timedelta(seconds=1), tick=False):
        assert run_due() == 0
        assert state_of(factory, checked) is CommitteeState.SIGNED
        assert count_news(factory) == 0
    with time_machine.travel(at, tick=False):
        assert run_due() == 1
    assert state_of(factory, checked) is CommitteeState.RELEASED
    assert count_news(factory) == 2


@pytest.mark.parametrize("later", [True, False])
def test_an_instant_that_was_moved_holds_and_the_former_does_not(
    factory: SessionFactory, world: World, checked: int, run_due: Callable[[], int], later: bool
) -> None:
    early, late = utc_now() + timedelta(hours=1), utc_now() + timedelta(hours=5)
    for at in (early, late) if later else (late, early):
        set_release(factory, world, checked, at)
    with time_machine.travel(early, tick=False):
        run_due()
        assert (state_of(factory, checked) is CommitteeState.SIGNED) == later
    with time_machine.travel(late, tick=False):
        run_due()
    assert state_of(factory, checked) is CommitteeState.RELEASED
    assert count_news(factory) == 2


def test_an_instant_that_a_change_took_back_does_nothing(
    factory: SessionFactory, world: World, checked: int, run_due: Callable[[], int]
) -> None:
    at = utc_now() + timedelta(hours=1)
    set_release(factory, world, checked, at)
    with unit_of_work(factory) as session:
        item = session.get_one(CommitteeSession, checked).items[0]
        letters.edit_letter(session, world["officer"], item, subject="Autre", body="Autre")
    with time_machine.travel(at, tick=False):
        assert run_due() == 1
    assert state_of(factory, checked) is CommitteeState.SIGNED
    with factory() as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.topic == Deadline.SESSION_RELEASE)).one()
        assert (row.state, row.last_error) == (OutboxState.DONE, None)


def test_killed_in_the_middle_it_is_done_again_and_once(
    engine: Engine,
    factory: SessionFactory,
    world: World,
    checked: int,
    programs: Programs,
    until: Until,
) -> None:
    """The worker dies after every step was taken and before the commit: nobody has learnt anything."""
    with standing_before(engine, OutboxState.DONE):
        set_release(factory, world, checked, utc_now())
        programs.relay()
        worker = programs.worker("deadlines")
        until(lambda: someone_stands(engine))
        worker.kill()
        assert state_of(factory, checked) is CommitteeState.SIGNED
        assert count_news(factory) == 0

    programs.worker("deadlines")
    until(lambda: state_of(factory, checked) is CommitteeState.RELEASED)
    assert count_news(factory) == 2


def test_two_relays_and_two_workers_release_once(
    factory: SessionFactory, world: World, checked: int, programs: Programs, until: Until
) -> None:
    for _ in range(2):
        programs.relay()
        programs.worker("deadlines")
    set_release(factory, world, checked, utc_now())
    until(lambda: state_of(factory, checked) is CommitteeState.RELEASED)

    def is_settled() -> bool:
        with factory() as session:
            query = select(OutboxRow.state).where(OutboxRow.topic == Deadline.SESSION_RELEASE)
            return set(session.scalars(query)) == {OutboxState.DONE}

    until(is_settled)
    assert count_news(factory) == 2
