"""Reminders of a review: before its date, on the day, after it; none for a date moved or a review given in."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.errors import InvalidInput
from fund.jobs.deadlines import act
from fund.models import OutboxRow, OutboxState, Review
from fund.models.base import utc_now
from fund.services import reviews
from fund.services.perform import NotEditable, NotPermitted
from fund.services.review_dates import set_due
from fund.services.steps import take_step
from tests.scenario import World
from workflows.topics import Deadline, Topic

pytestmark = pytest.mark.usefixtures("job_settings")

DAY = timedelta(days=1)


@pytest.fixture
def due_at() -> datetime:
    return utc_now() + 10 * DAY


@pytest.fixture
def review(factory: SessionFactory, world: World, due_at: datetime) -> int:
    with unit_of_work(factory) as session:
        application = world.in_review(session)
        third = world.person(session, "reviewer3")
        return reviews.assign(session, world["officer"], application, third, due_at=due_at).id


@pytest.fixture
def run_until(factory: SessionFactory) -> Callable[[datetime], None]:
    """Carry out every reminder that is due by then, each at its own instant."""

    def run(until: datetime) -> None:
        with factory() as session:
            query = select(OutboxRow).where(
                OutboxRow.topic == Deadline.REVIEW_DUE,
                OutboxRow.state == OutboxState.PENDING,
                OutboxRow.available_at <= until,
            )
            rows = [(row.available_at, row.id) for row in session.scalars(query)]
        for instant, row_id in sorted(rows):
            with time_machine.travel(instant, tick=False):
                act(row_id)

    return run


def told(factory: SessionFactory) -> list[tuple[str, datetime]]:
    topics = (Topic.REVIEW_DUE_SOON, Topic.REVIEW_OVERDUE)
    with factory() as session:
        query = select(OutboxRow).where(OutboxRow.topic.in_(topics)).order_by(OutboxRow.id)
        return [(row.topic, row.created_at) for row in session.scalars(query)]


def test_three_reminders_go_to_the_reviewer(
    factory: SessionFactory,
    world: World,
    review: int,
    due_at: datetime,
    run_until: Callable[[datetime], None],
) -> None:
    run_until(due_at + 30 * DAY)
    assert told(factory) == [
        (Topic.REVIEW_DUE_SOON, due_at - 3 * DAY),
        (Topic.REVIEW_OVERDUE, due_at),
        (Topic.REVIEW_OVERDUE, due_at + 3 * DAY),
    ]
    with factory() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.REVIEW_OVERDUE)).all()
        assert {row.recipient_id for row in rows} == {world.people["reviewer3"]}
        assert rows[0].payload["accepted"] is False


def test_a_row_that_comes_twice_or_late_tells_once(
    factory: SessionFactory, review: int, due_at: datetime, run_until: Callable[[datetime], None]
) -> None:
    run_until(due_at - DAY)
    with unit_of_work(factory) as session:
        for row in session.scalars(select(OutboxRow).where(OutboxRow.topic == Deadline.REVIEW_DUE)):
            if row.state is OutboxState.DONE:
                row.state, row.available_at = OutboxState.PENDING, due_at - 2 * DAY
    run_until(due_at - DAY)
    assert [topic for topic, _ in told(factory)] == [Topic.REVIEW_DUE_SOON]


@pytest.mark.parametrize("days", [3, 6, 8])
def test_a_date_that_was_moved_has_its_own_reminders_only(
    factory: SessionFactory,
    world: World,
    review: int,
    due_at: datetime,
    run_until: Callable[[datetime], None],
    days: int,
) -> None:
    later = due_at + days * DAY
    with unit_of_work(factory) as session:
        event = set_due(session, world["officer"], session.get_one(Review, review), later)
        assert event is not None
        assert event.action == "review.set_due"
    run_until(later + 30 * DAY)
    assert [instant for _, instant in told(factory)] == [later - 3 * DAY, later, later + 3 * DAY]


def test_a_review_given_in_or_a_closed_phase_is_reminded_of_no_more(
    factory: SessionFactory,
    world: World,
    review: int,
    due_at: datetime,
    run_until: Callable[[datetime], None],
) -> None:
    with unit_of_work(factory) as session:
        world.score(session, session.get_one(Review, review))
    run_until(due_at + 30 * DAY)
    assert told(factory) == []


def test_who_has_an_interest_by_now_is_told_nothing_of_the_file(
    factory: SessionFactory,
    world: World,
    review: int,
    due_at: datetime,
    run_until: Callable[[datetime], None],
) -> None:
    with unit_of_work(factory) as session:
        world.person(session, "reviewer3").organisation_id = world.company_id
    run_until(due_at + 30 * DAY)
    assert told(factory) == []


def test_nobody_is_late_before_the_scoring_begins(
    factory: SessionFactory, world: World, due_at: datetime, run_until: Callable[[datetime], None]
) -> None:
    with unit_of_work(factory) as session:
        application = world.submitted(session)
        reviews.assign(session, world["officer"], application, world.person(session, "reviewer"), due_at=due_at)
    run_until(due_at + 30 * DAY)
    assert [topic for topic, _ in told(factory)] == [Topic.REVIEW_DUE_SOON]


def test_only_an_officer_moves_the_date_and_only_forward_while_the_review_is_awaited(
    factory: SessionFactory, world: World, review: int
) -> None:
    with unit_of_work(factory) as session:
        found = session.get_one(Review, review)
        with pytest.raises(InvalidInput):
            set_due(session, world["officer"], found, utc_now() - DAY)
        with pytest.raises(NotPermitted):
            set_due(session, world["reviewer3"], found, utc_now() + DAY)
        take_step(session, world["reviewer3"], found, "decline", inputs={"reason": "Pas le temps."})
        with pytest.raises(NotEditable):
            set_due(session, world["officer"], found, utc_now() + DAY)
