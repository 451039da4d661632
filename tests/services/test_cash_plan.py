"""The cash plan: each tranche in its place, and all that is granted and not paid in it once."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import Award, Disbursement
from fund.services import awards, cash_plan
from fund.services.cash_plan import CashPlan, PlanLine, Span
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.makers import BECAUSE, published_call
from tests.services.money_makers import (
    approved_tranche,
    due_tranche,
    failed_tranche,
    held_tranche,
    ordered_tranche,
    paid_tranche,
    planned_tranche,
    sent_tranche,
)
from tests.services.refusals import staff_joins_the_lead
from tests.web.counting import count_statements
from workflows.disbursement import DisbursementState

Where = tuple[Span, date | None]
MARCH, NEXT_FEBRUARY = date(2030, 3, 1), date(2031, 2, 1)
TENTH = date(2030, 3, 10)
NEW_YEAR = date(2026, 1, 1)
"""The day of the first tranche of the world's awards; the second one's is a month later."""


def line_of(plan: CashPlan, span: Span, month: date | None = None) -> PlanLine:
    return next(line for line in plan.lines if (line.span, line.month) == (span, month))


def euros(*amounts: int) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, amounts))


def scheduled(world: World, session: Session, *lines: tuple[int, date | None]) -> Award:
    """A draft award in these tranches."""
    award = world.funded(session, Decimal(sum(amount for amount, _ in lines))).award
    assert award is not None
    tranches = [{"amount": Decimal(amount), "due_on": day} for amount, day in lines]
    awards.set_schedule(session, world["officer"], award, tranches=tranches)
    session.expire(award)
    return award


def in_force(world: World, session: Session, *lines: tuple[int, date | None]) -> Award:
    award = scheduled(world, session, *lines)
    world.send_agreement(session, award)
    world.sign_agreement(session, award)
    world.verified_account(session, award.beneficiary)
    return award


def test_each_tranche_falls_to_the_month_of_its_day(world: World, session: Session) -> None:
    in_force(
        world,
        session,
        (1_000, TENTH - timedelta(days=1)),
        (2_000, TENTH),
        (3_000, date(2030, 3, 31)),
        (4_000, date(2031, 2, 28)),
        (4_500, date(2031, 3, 1)),
        (500, None),
    )
    plan = cash_plan.draw_up(session, today=TENTH)
    found = {(line.span, line.month): line.total for line in plan.lines if line.total}
    assert found == {
        (Span.LATE, None): 1_000,
        (Span.MONTH, MARCH): 5_000,
        (Span.MONTH, NEXT_FEBRUARY): 4_000,
        (Span.LATER, None): 4_500,
        (Span.UNDATED, None): 500,
    }
    assert [line.month for line in plan.lines if line.span is Span.MONTH] == [
        *(date(2030, month, 1) for month in range(3, 13)),
        date(2031, 1, 1),
        NEXT_FEBRUARY,
    ]
    assert [so_far for _, so_far in plan.cumulated()] == [1_000, *[6_000] * 11, 10_000, 14_500, 15_000]
    assert [plan.needed_within(months) for months in (0, 1, 11, 12)] == [1_000, 6_000, 6_000, 10_000]


@pytest.mark.parametrize(
    ("make", "state"),
    [
        (planned_tranche, DisbursementState.PLANNED),
        (due_tranche, DisbursementState.DUE),
        (held_tranche, DisbursementState.HELD),
        (ordered_tranche, DisbursementState.ORDERED),
        (approved_tranche, DisbursementState.APPROVED),
        (sent_tranche, DisbursementState.SENT),
        (failed_tranche, DisbursementState.FAILED),
    ],
)
def test_what_is_not_paid_stands_by_its_state(
    world: World, session: Session, make: Callable[[World, Session], Disbursement], state: DisbursementState
) -> None:
    make(world, session)
    plan = cash_plan.draw_up(session, today=NEW_YEAR)
    january = line_of(plan, Span.MONTH, NEW_YEAR)
    assert january.states == {**dict.fromkeys(cash_plan.UNPAID, Decimal(0)), state: Decimal(10_000)}
    assert line_of(plan, Span.MONTH, date(2026, 2, 1)).states[DisbursementState.PLANNED] == 5_000
    assert (plan.total, plan.probable, plan.bound, plan.difference) == euros(15_000, 0, 15_000, 0)


def test_what_is_paid_is_not_to_be_paid(world: World, session: Session) -> None:
    paid_tranche(world, session)
    plan = cash_plan.draw_up(session, today=NEW_YEAR)
    assert line_of(plan, Span.MONTH, NEW_YEAR).total == 0
    assert (plan.total, plan.bound) == euros(5_000, 5_000)


def test_what_is_not_signed_is_only_probable(world: World, session: Session) -> None:
    world.award(session)
    offered = world.offered_award(session)
    plan = cash_plan.draw_up(session, today=NEW_YEAR)
    assert line_of(plan, Span.MONTH, NEW_YEAR).probable == 20_000
    assert (plan.total, plan.probable, plan.bound, plan.difference) == euros(0, 30_000, 30_000, 0)
    take_step(session, world["officer"], offered, "cancel", inputs=BECAUSE)
    plan = cash_plan.draw_up(session, today=NEW_YEAR)
    assert (plan.total, plan.probable, plan.bound) == euros(0, 15_000, 15_000)


def test_what_is_suspended_is_still_owed(world: World, session: Session) -> None:
    award = world.active_award(session)
    take_step(session, world["officer"], award, "suspend", inputs=BECAUSE)
    assert cash_plan.draw_up(session, today=NEW_YEAR).total == 15_000


def test_the_plan_of_a_call_is_its_own(world: World, session: Session) -> None:
    world.active_award(session)
    other = published_call(world, session)
    own = cash_plan.draw_up(session, today=NEW_YEAR, call_id=world.call_id)
    assert (own.total, own.bound) == euros(15_000, 15_000)
    empty = cash_plan.draw_up(session, today=NEW_YEAR, call_id=other.id)
    assert (empty.total, empty.bound) == euros(0, 0)
    assert [call.id for call in cash_plan.calls_with_awards(session)] == [world.call_id]


def test_a_difference_from_the_ledger_is_seen(world: World, session: Session) -> None:
    award = world.active_award(session)
    award.disbursements[0].amount += 1
    session.flush()
    assert cash_plan.draw_up(session, today=NEW_YEAR).difference == 1


def test_the_tranches_behind_it_leave_out_what_the_reader_keeps_off(world: World, session: Session) -> None:
    award = world.active_award(session)
    assert cash_plan.unpaid_tranches(session, world["finance"]) == award.live_tranches
    staff_joins_the_lead(world, session, None)
    assert cash_plan.unpaid_tranches(session, world["finance"]) == []
    assert cash_plan.draw_up(session, today=NEW_YEAR).total == 15_000


def test_it_costs_as_much_for_many_as_for_one(world: World, session: Session) -> None:
    world.active_award(session)

    def ask() -> None:
        cash_plan.draw_up(session, today=NEW_YEAR)

    ask()
    alone = count_statements(ask)
    world.active_award(session)
    assert count_statements(ask) == alone == 2


def part_of(due_on: date | None, today: date) -> Where:
    """Where a tranche falls, worked out another way than by the database."""
    if due_on is None:
        return Span.UNDATED, None
    if due_on < today:
        return Span.LATE, None
    months = 12 * (due_on.year - today.year) + due_on.month - today.month
    return (Span.MONTH, due_on.replace(day=1)) if months < cash_plan.MONTHS else (Span.LATER, None)


days = st.dates(date(2027, 12, 1), date(2030, 1, 31))


def test_every_euro_that_is_granted_and_not_paid_stands_in_one_part(world: World, session: Session) -> None:
    in_force(world, session, *[(1_000 + number, TENTH) for number in range(5)])
    scheduled(world, session, (10_000, TENTH), (777, TENTH))
    tranches: Sequence[Disbursement] = session.scalars(select(Disbursement).order_by(Disbursement.id)).all()

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(dates=st.lists(st.none() | days, min_size=len(tranches), max_size=len(tranches)), today=days)
    def holds(dates: list[date | None], today: date) -> None:
        for tranche, due_on in zip(tranches, dates, strict=True):
            tranche.due_on = due_on
        session.flush()
        plan = cash_plan.draw_up(session, today=today)
        assert plan.difference == 0
        assert plan.total + plan.probable == plan.bound == 5_010 + 10_777
        for line in plan.lines:
            here = [one for one in tranches if part_of(one.due_on, today) == (line.span, line.month)]
            live = [one for one in here if one.state is DisbursementState.PLANNED]
            assert line.total + line.probable == sum(one.amount for one in live)
            behind = cash_plan.falls_to(line.span, line.month, today=today)
            assert set(session.scalars(select(Disbursement).where(behind))) == set(live)
        assert [so_far for _, so_far in plan.cumulated()][-1] == plan.total

    holds()
