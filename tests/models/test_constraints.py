"""What the database itself refuses, told by SQL that goes round every guard."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict
from fund.models import Application, Award, Call, Disbursement, Subject
from fund.services.steps import take_step
from tests.scenario import World


def by_sql(factory: SessionFactory, statement: str, **values: Any) -> None:
    with unit_of_work(factory) as session:
        session.execute(text(statement), values)


def refusal(factory: SessionFactory, statement: str, **values: Any) -> str:
    """The name of the constraint that refuses the statement, at once or at the commit."""
    with pytest.raises(Conflict) as caught:
        by_sql(factory, statement, **values)
    return caught.value.code


@pytest.fixture
def make(factory: SessionFactory, world: World) -> Callable[[Callable[[Session], Subject]], int]:
    """Commit what the function makes; its number."""

    def run(build: Callable[[Session], Subject]) -> int:
        with unit_of_work(factory) as session:
            subject = build(session)
            session.flush()
            return subject.id

    return run


Make = Callable[[Callable[[Session], Subject]], int]


def ordered(world: World, session: Session) -> Disbursement:
    tranche = world.active_award(session).live_tranches[0]
    take_step(session, world["officer"], tranche, "release")
    take_step(session, world["officer"], tranche, "order")
    return tranche


def test_one_person_cannot_order_and_approve(factory: SessionFactory, world: World, make: Make) -> None:
    tranche = make(lambda session: ordered(world, session))
    statement = "UPDATE disbursements SET approved_by_id = ordered_by_id WHERE id = :id"
    assert refusal(factory, statement, id=tranche) == "ck_disbursements_two_people"


def test_no_more_is_paid_than_ordered(factory: SessionFactory, world: World, make: Make) -> None:
    tranche = make(lambda session: ordered(world, session))
    statement = "UPDATE disbursements SET paid_amount = amount + 0.01 WHERE id = :id"
    assert refusal(factory, statement, id=tranche) == "ck_disbursements_paid_within_ordered"


def test_a_paid_tranche_has_its_date_and_amount(factory: SessionFactory, world: World, make: Make) -> None:
    tranche = make(lambda session: ordered(world, session))
    statement = "UPDATE disbursements SET state = 'paid' WHERE id = :id"
    assert refusal(factory, statement, id=tranche) == "ck_disbursements_paid_whole"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE disbursements SET amount = amount + 0.01 WHERE award_id = :id", "tranches_equal_award"),
        ("DELETE FROM disbursements WHERE award_id = :id", "tranches_equal_award"),
        ("UPDATE disbursements SET state = 'cancelled' WHERE award_id = :id", "tranches_equal_award"),
        ("UPDATE awards SET amount = amount - 0.01 WHERE id = :id", "tranches_equal_award"),
    ],
)
def test_the_tranches_of_an_award_in_force_sum_to_it(
    factory: SessionFactory, world: World, make: Make, statement: str, constraint: str
) -> None:
    award = make(world.active_award)
    assert refusal(factory, statement, id=award) == constraint


def test_a_schedule_may_be_rewritten_if_it_balances_at_the_commit(
    factory: SessionFactory, world: World, make: Make
) -> None:
    award = make(world.active_award)
    shift = "UPDATE disbursements SET amount = amount + :by WHERE award_id = :id AND position = :position"
    with unit_of_work(factory) as session:
        session.execute(text(shift), {"id": award, "by": Decimal(100), "position": 1})
        session.execute(text(shift), {"id": award, "by": Decimal(-100), "position": 2})
    with factory() as session:
        assert [t.amount for t in session.get_one(Award, award).disbursements] == [Decimal(10_100), Decimal(4_900)]


def test_awards_stay_within_the_envelope(factory: SessionFactory, world: World, make: Make) -> None:
    award = make(world.award)
    lower = "UPDATE calls SET envelope = 14999.99 WHERE id = :id"
    assert refusal(factory, lower, id=world.call_id) == "awards_within_envelope"
    by_sql(factory, "UPDATE calls SET envelope = 15000 WHERE id = :id", id=world.call_id)
    more = "UPDATE awards SET amount = 15000.01, shared_total = 20000 WHERE id = :id"
    assert refusal(factory, more, id=award) == "awards_within_envelope"
    with factory() as session:
        assert session.get_one(Call, world.call_id).remaining_envelope() == 0


def test_a_cancelled_award_is_not_brought_back_beyond_the_envelope(
    factory: SessionFactory, world: World, make: Make
) -> None:
    award = make(world.award)
    by_sql(factory, "UPDATE awards SET state = 'cancelled' WHERE id = :id", id=award)
    by_sql(factory, "UPDATE calls SET envelope = 10000 WHERE id = :id", id=world.call_id)
    back = "UPDATE awards SET state = 'draft' WHERE id = :id"
    assert refusal(factory, back, id=award) == "awards_within_envelope"


@pytest.mark.parametrize(
    ("assignment", "constraint"),
    [
        ("state = 'unknown'", "ck_applications_state_known"),
        ("state = 'submitted'", "ck_applications_submitted_whole"),
        ("requested_amount = 0", "ck_applications_request_positive"),
        ("requested_amount = total_budget + 1", "ck_applications_request_within_budget"),
        ("ends_on = starts_on - 1", "ck_applications_dates_in_order"),
    ],
)
def test_a_file_cannot_be_written_wrong(
    factory: SessionFactory, world: World, make: Make, assignment: str, constraint: str
) -> None:
    application = make(world.draft)
    statement = f"UPDATE applications SET {assignment} WHERE id = :id"  # noqa: S608 - our own table of cases
    assert refusal(factory, statement, id=application) == constraint


def test_money_keeps_its_cents(factory: SessionFactory, world: World, make: Make) -> None:
    amounts = {"requested_amount": Decimal("999999999999.99"), "total_budget": Decimal("999999999999.99")}
    application = make(lambda session: world.draft(session, **amounts))
    with factory() as session:
        kept = session.get_one(Application, application)
        assert (kept.requested_amount, kept.total_budget) == tuple(amounts.values())
        assert kept.starts_on == date(2027, 1, 1)
