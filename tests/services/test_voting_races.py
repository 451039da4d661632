"""Votes that meet: real threads, each with a connection of its own."""

from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, FundError
from fund.models import AgendaItem, AuditEvent, Award, Ballot, Call, CommitteeSession, Motion
from fund.services import committee, journal, voting
from fund.services.perform import NotEditable
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.racing import race
from tests.services.sitting import AGAINST, CALL_ENVELOPE, FOR, VOTERS, Committee
from workflows.committee import CommitteeState
from workflows.engine import Refused, StepUnavailable
from workflows.reasons import ReasonCode
from workflows.voting import Method, MotionResult, Outcome


@pytest.fixture
def sat(factory: SessionFactory, world: World) -> Committee:
    with unit_of_work(factory) as session:
        return Committee.make(session, world, files=2)


def opened(factory: SessionFactory, sat: Committee, number: int = 0, **fields: Any) -> int:
    with unit_of_work(factory) as session:
        return sat.open(session, number, **fields).id


def code_of(refusal: object) -> ReasonCode | str | None:
    if isinstance(refusal, Refused):
        return refusal.reasons[0].code
    return refusal.code if isinstance(refusal, Conflict) else None


def meet(session: Session, sat: Committee, barrier: Barrier) -> None:
    """Read what a page reads, then wait for the others: all of it is stale a moment later."""
    sitting = sat.sitting(session)
    assert [item.open_motion for item in sitting.items]
    barrier.wait()


def test_of_two_votes_of_one_person_one_counts(factory: SessionFactory, sat: Committee) -> None:
    number = opened(factory, sat)

    def vote(session: Session, barrier: Barrier) -> str:
        meet(session, sat, barrier)
        voting.cast_vote(session, sat["alix"], session.get_one(Motion, number), FOR)
        return "counted"

    results = race(factory, vote, vote, vote)
    assert results.count("counted") == 1
    assert [code_of(result) for result in results if result != "counted"] == [ReasonCode.VOTED_ALREADY] * 2
    with factory() as session:
        motion = session.get_one(Motion, number)
        assert (motion.votes_for, len(motion.ballots)) == (1, 1)


def test_votes_cast_at_once_are_all_counted(factory: SessionFactory, sat: Committee) -> None:
    number = opened(factory, sat, secret=True)

    def voter(name: str) -> Any:
        def vote(session: Session, barrier: Barrier) -> str:
            meet(session, sat, barrier)
            voting.cast_vote(session, sat[name], session.get_one(Motion, number), FOR)
            return "counted"

        return vote

    assert race(factory, *(voter(name) for name in VOTERS)) == ["counted"] * 5
    with factory() as session:
        assert session.get_one(Motion, number).votes_for == 5
        assert session.scalar(select(func.count()).select_from(Ballot)) == 5
        assert journal.verify(session).broken == []


def test_a_vote_that_meets_the_closing_counts_or_is_refused(factory: SessionFactory, sat: Committee) -> None:
    number = opened(factory, sat)
    with unit_of_work(factory) as session:
        sat.vote(session, session.get_one(Motion, number), chair=FOR, deputy=FOR)

    def vote(session: Session, barrier: Barrier) -> str:
        meet(session, sat, barrier)
        voting.cast_vote(session, sat["alix"], session.get_one(Motion, number), FOR)
        return "counted"

    def close(session: Session, barrier: Barrier) -> MotionResult:
        meet(session, sat, barrier)
        return sat.close(session, session.get_one(Motion, number))

    voted, closed = race(factory, vote, close)
    assert closed is MotionResult.ADOPTED
    with factory() as session:
        motion = session.get_one(Motion, number)
        assert motion.votes_for == len(motion.ballots) == (3 if voted == "counted" else 2)
        on_roll = [line for line in motion.roll if line["choice"] == "for"]
        assert len(on_roll) == motion.votes_for
    assert voted == "counted" or code_of(voted) is ReasonCode.VOTE_NOT_OPEN


def test_of_chair_and_deputy_who_close_one_vote_one_does(factory: SessionFactory, sat: Committee) -> None:
    number = opened(factory, sat)
    with unit_of_work(factory) as session:
        sat.vote(session, session.get_one(Motion, number), chair=FOR, deputy=FOR, alix=FOR)

    def closing(who: str) -> Any:
        def close(session: Session, barrier: Barrier) -> MotionResult:
            meet(session, sat, barrier)
            return sat.close(session, session.get_one(Motion, number), who=who)

        return close

    results = race(factory, closing("chair"), closing("deputy"))
    assert results.count(MotionResult.ADOPTED) == 1
    assert [code_of(result) for result in results if result is not MotionResult.ADOPTED] == [
        ReasonCode.VOTE_NOT_OPEN
    ]
    with factory() as session:
        assert count_events(session, "committee.close_vote") == 1


def test_of_chair_and_deputy_who_close_the_session_one_does(factory: SessionFactory, sat: Committee) -> None:
    with unit_of_work(factory) as session:
        for number in (0, 1):
            sat.fund(session, number)

    def closing(who: str) -> Any:
        def close(session: Session, barrier: Barrier) -> str:
            meet(session, sat, barrier)
            take_step(session, sat[who], sat.sitting(session), "close")
            return "closed"

        return close

    results = race(factory, closing("chair"), closing("deputy"))
    assert results.count("closed") == 1
    (refusal,) = (result for result in results if result != "closed")
    assert isinstance(refusal, StepUnavailable)
    assert code_of(refusal) is ReasonCode.WRONG_STATE
    with factory() as session:
        assert sat.sitting(session).state is CommitteeState.CLOSED
        assert count_events(session, "committee.close") == 1


def test_of_two_who_put_something_to_the_vote_one_does(factory: SessionFactory, sat: Committee) -> None:
    def opening(who: str, number: int) -> Any:
        def put(session: Session, barrier: Barrier) -> str:
            meet(session, sat, barrier)
            sat.open(session, number, who=who)
            return "open"

        return put

    results = race(factory, opening("chair", 0), opening("deputy", 1))
    assert results.count("open") == 1
    assert [code_of(result) for result in results if result != "open"] == [ReasonCode.VOTE_OPEN]


def test_a_withdrawal_that_meets_the_closing_of_its_vote(factory: SessionFactory, sat: Committee) -> None:
    number = opened(factory, sat)
    with unit_of_work(factory) as session:
        sat.vote(session, session.get_one(Motion, number), chair=FOR, alix=FOR, claude=FOR)

    def close(session: Session, barrier: Barrier) -> MotionResult:
        meet(session, sat, barrier)
        return sat.close(session, session.get_one(Motion, number))

    def withdraw(session: Session, barrier: Barrier) -> str:
        file = sat.file(session)
        barrier.wait()
        take_step(session, sat["applicant"], file, "withdraw", inputs={"reason": "Nous renonçons."})
        return "withdrawn"

    closed, withdrawn = race(factory, close, withdraw)
    assert withdrawn == "withdrawn"
    assert closed is MotionResult.ADOPTED or code_of(closed) is ReasonCode.VOTE_NOT_OPEN
    with factory() as session:
        item, motion = sat.item(session), session.get_one(Motion, number)
        assert item.lapsed_at is not None
        assert item.outcome is (Outcome.FUNDED if closed is MotionResult.ADOPTED else Outcome.WITHDRAWN)
        assert not motion.is_open
        assert sat.sitting(session).call.remaining_envelope() == CALL_ENVELOPE


# --- the envelope, with two sessions of one call ----------------------------------------------------------------


def two_sessions(session: Session, world: World) -> tuple[Committee, Committee]:
    """Two committees that sit at once on files of one call: three each, of 20,000 € asked."""
    first = Committee.make(session, world, files=3)
    second = Committee(world)
    second.sitting_id, second.items = second.sit(session, first.sitting(session).call, 3)
    return first, second


def spent(session: Session, call_id: int) -> Decimal:
    """Awards in force and decisions that wait for their release, asked of the database without our code."""
    awarded = select(func.coalesce(func.sum(Award.amount), 0)).where(Award.call_id == call_id)
    decided = (
        select(func.coalesce(func.sum(AgendaItem.amount), 0))
        .join(CommitteeSession, CommitteeSession.id == AgendaItem.session_id)
        .where(CommitteeSession.call_id == call_id, AgendaItem.outcome == Outcome.FUNDED)
        .where(AgendaItem.in_force_at.is_(None), AgendaItem.lapsed_at.is_(None))
    )
    return Decimal(session.scalar(awarded) or 0) + Decimal(session.scalar(decided) or 0)


def test_two_sessions_that_decide_at_once_stay_within_the_envelope(factory: SessionFactory, world: World) -> None:
    """30,000 € are left: each of the two may grant 20,000 €, but not both."""
    with unit_of_work(factory) as session:
        pair = two_sessions(session, world)
        pair[0].fund(session, 2, Decimal(20_000))
        call_id = pair[0].sitting(session).call_id
    motions = [opened(factory, sat, 0, amount=Decimal(20_000), method=Method.HANDS) for sat in pair]

    def closing(sat: Committee, number: int) -> Any:
        def close(session: Session, barrier: Barrier) -> MotionResult:
            motion = session.get_one(Motion, number)
            assert motion.item.session.call.remaining_envelope() == Decimal(30_000)
            barrier.wait()
            return sat.close(session, motion, hands=(5, 0, 0))

        return close

    results = race(factory, *(closing(sat, number) for sat, number in zip(pair, motions, strict=True)))
    assert results.count(MotionResult.ADOPTED) == 1
    (refusal,) = (result for result in results if result is not MotionResult.ADOPTED)
    # By the guard, or by the database where both had passed it.
    assert code_of(refusal) in (ReasonCode.ENVELOPE_EXCEEDED, "awards_within_envelope")
    with factory() as session:
        assert spent(session, call_id) == Decimal(40_000)


def test_the_database_holds_the_envelope_between_two_transactions(factory: SessionFactory, world: World) -> None:
    """Without our guards: raw statements of two transactions that overlap."""
    with unit_of_work(factory) as session:
        first, second = two_sessions(session, world)
    decide = text("UPDATE agenda_items SET outcome = 'funded', amount = 20000 WHERE id = :item")

    def write(sat: Committee, number: int) -> Any:
        def act(session: Session, barrier: Barrier) -> str:
            barrier.wait()
            session.execute(decide, {"item": sat.items[number]})
            return "written"

        return act

    results = race(factory, write(first, 0), write(first, 1), write(second, 0), write(second, 1))
    assert results.count("written") == 2
    assert [code_of(result) for result in results if result != "written"] == ["awards_within_envelope"] * 2
    lower = text("UPDATE calls SET envelope = 39999 WHERE id = :call")
    with factory() as session, pytest.raises(IntegrityError, match="exceed the envelope"):
        session.execute(lower, {"call": first.sitting(session).call_id})


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["fund", "waitlist", "decline", "reconsider", "withdraw", "open", "close"]),
        st.integers(0, 1),
        st.integers(0, 2),
        st.sampled_from([Decimal(20_000), Decimal(15_000), Decimal("19999.99"), Decimal(1)]),
    ),
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_two_sessions_do_the_envelope_holds(
    factory: SessionFactory, world: World, acts: list[tuple[str, int, int, Decimal]]
) -> None:
    with unit_of_work(factory) as session:
        pair = two_sessions(session, world)
        call_id = pair[0].sitting(session).call_id
    for name, sitting, number, amount in acts:
        try:
            with unit_of_work(factory) as session:
                do(session, pair[sitting], name, number, amount)
        except (Refused, FundError, NotEditable):
            pass
        with factory() as session:
            call = session.get_one(Call, call_id)
            total = spent(session, call_id)
            assert total <= call.envelope
            assert call.remaining_envelope() == call.envelope - total


def do(session: Session, sat: Committee, name: str, number: int, amount: Decimal) -> None:
    item = sat.item(session, number)
    match name:
        case "fund":
            sat.fund(session, number, amount)
        case "waitlist" | "decline":
            outcome = Outcome.WAITLISTED if name == "waitlist" else Outcome.DECLINED
            motion = sat.open(session, number, outcome=outcome, amount=amount, method=Method.HANDS)
            sat.close(session, motion, hands=(4, 1, 0))
        case "reconsider":
            voting.reconsider(session, sat["chair"], item, "Pour essai.")
        case "withdraw":
            take_step(session, sat["applicant"], item.application, "withdraw", inputs={"reason": "Pour essai."})
        case "open":
            sat.open(session, number, amount=amount)
        case "close":
            for open_one in [one.open_motion for one in sat.sitting(session).items]:
                if open_one is not None:
                    sat.vote(session, open_one, chair=FOR, alix=FOR, claude=AGAINST)
                    sat.close(session, open_one)


def count_events(session: Session, action: str) -> int:
    return session.scalar(select(func.count()).where(AuditEvent.action == action)) or 0


def test_attendance_noted_by_two_at_once_is_whole(factory: SessionFactory, sat: Committee) -> None:
    def leave(name: str) -> Any:
        def act(session: Session, barrier: Barrier) -> str:
            meet(session, sat, barrier)
            committee.attend(session, sat[name], sat.sitting(session), present=False)
            return "left"

        return act

    assert race(factory, leave("alix"), leave("claude")) == ["left", "left"]
    with factory() as session:
        assert sat.sitting(session).count_present() == 3
