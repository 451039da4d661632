"""The waiting list moves in the committee's order, as far as the envelope reaches, whoever frees it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Award, Call, OutboxRow, Outcome
from fund.services import call_versions, calls, waitlist
from fund.services.steps import take_step
from tests.engines.conftest import wait_until
from tests.scenario import World
from workflows.application import ApplicationState
from workflows.engine import StepForbidden
from workflows.topics import Deadline, Topic

BECAUSE = {"reason": "Le projet ne se fait plus."}
GIVEN = Decimal(15_000)


def waiting_call(session: Session, world: World, *amounts: int, awards: int = 2) -> Call:
    """A call whose envelope is given to the last euro, and files that wait for these amounts, in their order."""
    call = world.make_call(session, envelope=awards * GIVEN)
    for _ in range(awards):
        world.funded(session, call_id=call.id)
    for amount in amounts:
        application = world.before_committee(session, call_id=call.id)
        item = world.decide(session, application, Outcome.WAITLISTED, Decimal(amount), conditions="Un bail signé.")
        world.release(session, item.session)
    session.execute(text("DELETE FROM outbox"))
    return call


def awards_of(session: Session, call: Call) -> list[Award]:
    return list(session.scalars(select(Award).where(Award.call_id == call.id).order_by(Award.id)))


def cancel(session: Session, world: World, award: Award) -> None:
    take_step(session, world["officer"], award, "cancel", inputs=BECAUSE)


def waiting(session: Session, call: Call) -> list[Decimal | None]:
    return [file.items[-1].amount for file in waitlist.waiting_files(session, call)]


def moves_asked(session: Session, call: Call) -> int:
    query = select(func.count()).where(OutboxRow.topic == Deadline.WAITLIST_MOVES, OutboxRow.subject_id == call.id)
    return session.scalar(query) or 0


def test_several_come_up_at_once_in_their_order(session: Session, world: World) -> None:
    call = waiting_call(session, world, 9_000, 6_000, 1_000)
    assert waitlist.advance(session, call) == []
    cancel(session, world, awards_of(session, call)[0])
    assert moves_asked(session, call) == 1
    waitlist.advance(session, call)
    assert waiting(session, call) == [Decimal(1_000)]
    assert [award.amount for award in awards_of(session, call)[2:]] == [Decimal(9_000), Decimal(6_000)]
    assert call.remaining_envelope() == 0


def test_a_smaller_one_does_not_overtake(session: Session, world: World) -> None:
    call = waiting_call(session, world, 16_000, 1_000)
    cancel(session, world, awards_of(session, call)[0])
    assert waitlist.advance(session, call) == []
    assert waiting(session, call) == [Decimal(16_000), Decimal(1_000)]


def test_what_the_committee_said_is_what_is_granted_and_told(session: Session, world: World) -> None:
    call = waiting_call(session, world, 9_000)
    [file] = waitlist.waiting_files(session, call)
    cancel(session, world, awards_of(session, call)[0])
    waitlist.advance(session, call)
    assert file.state is ApplicationState.FUNDED
    assert file.waitlist_rank is None
    [told] = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.APPLICATION_FUNDED))
    assert told.recipient_id == world.people["applicant"]
    assert Decimal(told.payload["amount"]) == Decimal(9_000)
    assert told.payload["conditions"] == "Un bail signé."


def test_who_is_taken_off_makes_room(session: Session, world: World) -> None:
    call = waiting_call(session, world, 16_000, 1_000)
    cancel(session, world, awards_of(session, call)[0])
    waitlist.advance(session, call)
    session.execute(text("DELETE FROM outbox"))
    head = waitlist.waiting_files(session, call)[0]
    take_step(session, world["officer"], head, "expire", inputs=BECAUSE)
    assert head.state is ApplicationState.DECLINED
    assert head.motivation == BECAUSE["reason"]
    assert moves_asked(session, call) == 1
    waitlist.advance(session, call)
    assert waiting(session, call) == []


@pytest.mark.parametrize("name", ["chair", "applicant", "finance"])
def test_others_take_nobody_off(session: Session, world: World, name: str) -> None:
    call = waiting_call(session, world, 9_000)
    [file] = waitlist.waiting_files(session, call)
    with pytest.raises(StepForbidden):
        take_step(session, world[name], file, "expire", inputs=BECAUSE)
    assert file.state is ApplicationState.WAITLISTED


def test_a_withdrawal_from_the_list_makes_room(session: Session, world: World) -> None:
    call = waiting_call(session, world, 16_000, 1_000)
    cancel(session, world, awards_of(session, call)[0])
    session.execute(text("DELETE FROM outbox"))
    take_step(session, world["applicant"], waitlist.waiting_files(session, call)[0], "withdraw", inputs=BECAUSE)
    assert moves_asked(session, call) == 1
    waitlist.advance(session, call)
    assert waiting(session, call) == []


def test_a_raised_envelope_moves_it(session: Session, world: World) -> None:
    call = waiting_call(session, world, 9_000)
    calls.raise_envelope(session, world["officer"], call, Decimal(9_000), reason="Un don.")
    assert moves_asked(session, call) == 1
    assert len(waitlist.advance(session, call)) == 1


@pytest.mark.parametrize(("more", "asked"), [(9_000, 1), (0, 0)])
def test_a_published_revision_with_a_larger_envelope_moves_it(
    session: Session, world: World, more: int, asked: int
) -> None:
    call = waiting_call(session, world, 9_000)
    content = replace(
        call.content, envelope=call.envelope + more, summary=replace(call.content.summary, fr="Dit.")
    )
    call_versions.save_content(session, world["officer"], call, content)
    assert moves_asked(session, call) == 0, "nothing has changed for those who wait"
    call_versions.publish_revision(session, world["officer"], call)
    assert moves_asked(session, call) == asked


def test_two_frees_at_once(
    factory: SessionFactory, engine: Engine, world: World, committed: Callable[..., object]
) -> None:
    """The second move waits for the first file's row; finding it funded, it goes on to the next."""
    with unit_of_work(factory) as session:
        call = waiting_call(session, world, 15_000, 15_000, 15_000)
        call_id, awards = call.id, [award.id for award in awards_of(session, call)]
    committed(lambda session: cancel(session, world, session.get_one(Award, awards[0])))

    def move(_: int) -> int:
        with unit_of_work(factory) as session:
            return len(waitlist.advance(session, session.get_one(Call, call_id)))

    with factory() as first, ThreadPoolExecutor(1) as pool:
        assert len(waitlist.advance(first, first.get_one(Call, call_id))) == 1
        committed(lambda session: cancel(session, world, session.get_one(Award, awards[1])))
        second = pool.submit(move, 2)
        wait_until(lambda: _somebody_waits(engine))
        first.commit()
        assert second.result(20) == 1
    with factory() as session:
        call = session.get_one(Call, call_id)
        assert waiting(session, call) == [GIVEN]
        assert call.remaining_envelope() == 0


def test_two_moves_at_once_grant_nothing_twice(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        call = waiting_call(session, world, 5_000, 5_000, 5_000, 5_000)
        call_id = call.id
        cancel(session, world, awards_of(session, call)[0])

    def move(_: int) -> int:
        with unit_of_work(factory) as session:
            return len(waitlist.advance(session, session.get_one(Call, call_id)))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(move, range(4))) == 3
    with factory() as session:
        call = session.get_one(Call, call_id)
        assert waiting(session, call) == [Decimal(5_000)]
        assert call.remaining_envelope() == 0
        funded = select(func.count()).where(
            Application.call_id == call_id, Application.state == ApplicationState.FUNDED
        )
        assert session.scalar(funded) == 4


def _somebody_waits(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
