"""The database refuses grants beyond the envelope: awards, decisions not yet in force, an envelope lowered."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Call
from tests.deciding import open_session
from tests.models.test_constraints import by_sql, refusal
from tests.scenario import World
from workflows.voting import Outcome

DECIDE = (
    "UPDATE agenda_items SET outcome = 'funded', amount = :amount, motivation = 'Oui.', decided_at = now() "
    "WHERE id = :id"
)
WITHIN, OF_REQUEST = "awards_within_envelope", "grant_within_request"


@pytest.fixture
def items(factory: SessionFactory, world: World) -> list[int]:
    """Three files of 20,000 euros before a session that sits; the call has 35,000, of which 15,000 are awarded."""
    with unit_of_work(factory) as session:
        world.funded(session)
        sitting = open_session(session, world, 3)
        session.get_one(Call, world.call_id).envelope = Decimal(35_000)
        return [item.id for item in sitting.items]


def left(session: Session, world: World) -> Decimal:
    return session.get_one(Call, world.call_id).remaining_envelope()


def test_a_decision_beyond_what_awards_leave(
    factory: SessionFactory, session: Session, world: World, items: list[int]
) -> None:
    by_sql(factory, DECIDE, id=items[0], amount=12_000)
    assert left(session, world) == Decimal(8_000)
    assert refusal(factory, DECIDE, id=items[1], amount=Decimal("8000.01")) == WITHIN
    by_sql(factory, DECIDE, id=items[1], amount=8_000)
    assert left(session, world) == 0
    assert refusal(factory, DECIDE, id=items[2], amount=Decimal("0.01")) == WITHIN


def test_a_decided_amount_is_not_raised_beyond(factory: SessionFactory, world: World, items: list[int]) -> None:
    by_sql(factory, DECIDE, id=items[0], amount=12_000)
    by_sql(factory, DECIDE, id=items[1], amount=8_000)
    raised = "UPDATE agenda_items SET amount = amount + 0.01 WHERE id = :id"
    assert refusal(factory, raised, id=items[0]) == WITHIN


def test_an_award_does_not_take_what_is_decided(factory: SessionFactory, world: World, items: list[int]) -> None:
    by_sql(factory, DECIDE, id=items[0], amount=20_000)
    more = "UPDATE awards SET amount = 15000.01, shared_total = 20000 WHERE call_id = :id"
    assert refusal(factory, more, id=world.call_id) == WITHIN


def test_the_envelope_is_not_lowered_below_awards_and_decisions(
    factory: SessionFactory, world: World, items: list[int]
) -> None:
    by_sql(factory, DECIDE, id=items[0], amount=12_000)
    lower = "UPDATE calls SET envelope = :envelope WHERE id = :id"
    assert refusal(factory, lower, id=world.call_id, envelope=Decimal("26999.99")) == WITHIN
    by_sql(factory, lower, id=world.call_id, envelope=27_000)


def test_what_was_withdrawn_does_not_come_back_beyond(
    factory: SessionFactory, session: Session, world: World, items: list[int]
) -> None:
    by_sql(factory, DECIDE, id=items[0], amount=20_000)
    by_sql(factory, "UPDATE agenda_items SET lapsed_at = now() WHERE id = :id", id=items[0])
    assert left(session, world) == Decimal(20_000)
    by_sql(factory, DECIDE, id=items[1], amount=20_000)
    back = "UPDATE agenda_items SET lapsed_at = NULL WHERE id = :id"
    assert refusal(factory, back, id=items[0]) == WITHIN


def test_the_waiting_list_takes_nothing_of_it(factory: SessionFactory, world: World, items: list[int]) -> None:
    waiting = (
        "UPDATE agenda_items SET outcome = 'waitlisted', rank = :rank, amount = 20000, motivation = 'Plus tard.', "
        "decided_at = now() WHERE id = :id"
    )
    for rank, item in enumerate(items, start=1):
        by_sql(factory, waiting, id=item, rank=rank)
    granted = "UPDATE agenda_items SET outcome = 'funded' WHERE id = ANY(:ids)"
    assert refusal(factory, granted, ids=items[:2]) == WITHIN
    by_sql(factory, granted, ids=items[:1])


@pytest.mark.parametrize("outcome", [Outcome.FUNDED, Outcome.WAITLISTED])
def test_no_more_than_was_asked(factory: SessionFactory, world: World, items: list[int], outcome: Outcome) -> None:
    by_sql(factory, "UPDATE calls SET envelope = 200000 WHERE id = :id", id=world.call_id)
    decide = DECIDE.replace("'funded'", f"'{outcome}', rank = 1")
    assert refusal(factory, decide, id=items[0], amount=Decimal("20000.01")) == OF_REQUEST
    by_sql(factory, decide, id=items[0], amount=20_000)
