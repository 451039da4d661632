"""Races over more than one subject, where the database has the last word."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict
from fund.models import Application, Call, CommitteeSession, Organisation, OrganisationKind, Outcome, Review
from fund.models.base import utc_now
from fund.services import committee, organisations, reviews
from fund.services.perform import lock
from fund.services.steps import take_step
from tests.scenario import World, siret
from tests.services.makers import BECAUSE, open_call, sitting_of
from tests.services.racing import race
from workflows.application import ApplicationState
from workflows.call import CallState
from workflows.engine import Refused
from workflows.reasons import ReasonCode

ROUNDS = 10


def test_two_decisions_at_once_never_exceed_the_envelope(factory: SessionFactory, world: World) -> None:
    """Each of the two files fits the envelope of 20,000 €, both together do not."""
    for _ in range(ROUNDS):
        with unit_of_work(factory) as session:
            call = world.make_call(session, envelope=Decimal(20_000))
            files = [world.before_committee(session, call_id=call.id).id for _ in range(2)]
            call_id = call.id

        def decide(file_id: int) -> Callable[[Session, Barrier], str]:
            def act(session: Session, barrier: Barrier) -> str:
                application = session.get_one(Application, file_id)
                barrier.wait()
                world.decide(session, application)
                return "won"

            return act

        results = race(factory, decide(files[0]), decide(files[1]))

        assert sorted(result == "won" for result in results) == [False, True]
        assert_exceeded(next(result for result in results if result != "won"))
        with factory() as session:
            assert session.get_one(Call, call_id).remaining_envelope() == Decimal(5_000)
            outcomes = [session.get_one(Application, file_id).items[0].outcome for file_id in files]
            assert sorted(outcomes, key=str) == [None, Outcome.FUNDED]


def assert_exceeded(loss: Any) -> None:
    """By the guard when the other decision was already committed, else by the database."""
    if isinstance(loss, Refused):
        assert [reason.code for reason in loss.reasons] == [ReasonCode.ENVELOPE_EXCEEDED]
    else:
        assert isinstance(loss, Conflict)
        assert loss.code == "awards_within_envelope"


def test_two_officers_assign_the_same_reviewer_once(factory: SessionFactory, world: World) -> None:
    for number in range(ROUNDS):
        with unit_of_work(factory) as session:
            file_id = world.submitted(session).id

        def assign(officer: str, file_id: int = file_id) -> Callable[[Session, Barrier], str]:
            def act(session: Session, barrier: Barrier) -> str:
                application = session.get_one(Application, file_id)
                reviewer = world.person(session, "reviewer")
                barrier.wait()
                reviews.assign(session, world[officer], application, reviewer)
                return "won"

            return act

        results = race(factory, assign("officer"), assign("officer2"))

        losses = [result for result in results if result != "won"]
        assert [getattr(loss, "code", loss) for loss in losses] == ["uq_reviews_once"], number
        with factory() as session:
            assert session.scalar(select(func.count()).where(Review.application_id == file_id)) == 1


def test_two_people_who_add_one_organisation_get_the_same_row(factory: SessionFactory) -> None:
    for number in range(ROUNDS):
        known = {"siret": siret(1_000 + number)} if number % 2 else {"rna": f"W31{number:07d}"}

        def add(session: Session, barrier: Barrier, known: dict[str, str] = known) -> int:
            barrier.wait()
            kind = OrganisationKind.ASSOCIATION
            return organisations.find_or_create(session, name="Association d'essai", kind=kind, **known).id

        first, second = race(factory, add, add)

        assert first == second
        assert isinstance(first, int)
    with factory() as session:
        assert session.scalar(select(func.count()).select_from(Organisation)) == ROUNDS


def test_two_sites_of_one_association_are_two_rows_and_its_rna_alone_finds_the_first(session: Session) -> None:
    kind = OrganisationKind.ASSOCIATION

    def find(**known: str) -> int:
        return organisations.find_or_create(session, name="Association d'essai", kind=kind, **known).id

    first = find(siret=siret(1), rna="W311234567")
    second = find(siret=siret(2), rna="W311234567")
    assert first != second
    assert find(rna="W311234567") == first


def test_a_call_is_not_cancelled_beneath_a_file_that_is_being_submitted(
    factory: SessionFactory, world: World
) -> None:
    for _ in range(ROUNDS):
        with unit_of_work(factory) as session:
            call = open_call(world, session)
            file_id, call_id = world.draft(session, call_id=call.id, requested_amount=Decimal(20_000)).id, call.id

        def submit(session: Session, barrier: Barrier, file_id: int = file_id) -> str:
            application = session.get_one(Application, file_id)
            barrier.wait()
            take_step(session, world["applicant"], application, "submit")
            return "submitted"

        def cancel(session: Session, barrier: Barrier, call_id: int = call_id) -> str:
            call = session.get_one(Call, call_id)
            barrier.wait()
            take_step(session, world["officer"], call, "cancel", inputs=BECAUSE)
            return "cancelled"

        results = race(factory, submit, cancel)

        assert len([result for result in results if isinstance(result, str)]) == 1, results
        with factory() as session:
            ends = session.get_one(Application, file_id).state, session.get_one(Call, call_id).state
            assert ends in (
                (ApplicationState.SUBMITTED, CallState.OPEN),
                (ApplicationState.DRAFT, CallState.CANCELLED),
            )


def test_a_session_is_not_cancelled_over_a_file_that_is_just_put_on_its_agenda(
    factory: SessionFactory, world: World
) -> None:
    """The second file arrives between the reading of the agenda and the lock on the session."""
    with unit_of_work(factory) as session:
        first, second = world.reviewed(session), world.reviewed(session)
        sitting = world.sitting(session)
        committee.put_on_agenda(session, world["officer"], sitting, first)
        ids = sitting.id, first.id, second.id

    def cancel() -> str:
        try:
            with unit_of_work(factory) as session:
                sitting = session.get_one(CommitteeSession, ids[0])
                take_step(session, world["officer"], sitting, "cancel", inputs=BECAUSE)
        except Conflict as conflict:
            return conflict.code
        return "cancelled"

    with ThreadPoolExecutor(1) as pool:
        with unit_of_work(factory) as session:
            lock(session, session.get_one(Application, ids[1]))
            answer = pool.submit(cancel)
            wait_for_a_blocked_connection(factory)
            second = session.get_one(Application, ids[2])
            sitting = session.get_one(CommitteeSession, ids[0])
            committee.put_on_agenda(session, world["officer"], sitting, second)
        assert answer.result(timeout=20) == "busy"
        assert pool.submit(cancel).result(timeout=20) == "cancelled"
    with factory() as session:
        assert {session.get_one(Application, number).state for number in ids[1:]} == {ApplicationState.REVIEWED}


def wait_for_a_blocked_connection(factory: SessionFactory) -> None:
    give_up = utc_now() + timedelta(seconds=10)
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while utc_now() < give_up:
        with factory() as session:
            if session.scalar(waiting):
                return
    raise AssertionError("nobody waits for the lock")


def test_two_chairs_cannot_decide_one_file_in_two_sessions(factory: SessionFactory, world: World) -> None:
    """A file awaits its decision in one session at a time; the other session is refused it."""
    with unit_of_work(factory) as session:
        file_id = world.reviewed(session).id
        sittings = [world.sitting(session).id for _ in range(2)]

    def put(sitting_id: int) -> Callable[[Session, Barrier], str]:
        def act(session: Session, barrier: Barrier) -> str:
            application = session.get_one(Application, file_id)
            sitting = session.get_one(CommitteeSession, sitting_id)
            barrier.wait()
            committee.put_on_agenda(session, world["officer"], sitting, application)
            return "won"

        return act

    results = race(factory, put(sittings[0]), put(sittings[1]))

    assert sorted(result == "won" for result in results) == [False, True]
    with factory() as session:
        application = session.get_one(Application, file_id)
        assert len(application.items) == 1
        assert sitting_of(session, application).id in sittings
