"""The release: every decision of a session comes into force at one instant, or none does."""

from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, InvalidInput
from fund.forms.definition import Feedback
from fund.models import Application, AuditEvent, Award, CommitteeSession, OutboxRow, Outcome, PersonRole
from fund.models.base import utc_now
from fund.services import letters
from fund.services.journal import verify
from fund.services.perform import NotEditable, NotPermitted
from fund.services.release import release, schedule_release
from tests.deciding import AMOUNT, MOTIVATIONS, checked_session, signed_session, withdraw
from tests.scenario import World
from tests.services.racing import race
from workflows.application import ApplicationState
from workflows.committee import CommitteeState
from workflows.engine import Refused
from workflows.permissions import Role
from workflows.reasons import ReasonCode
from workflows.topics import Deadline, Topic

FUNDED, WAITLISTED, DECLINED, DEFERRED = Outcome.FUNDED, Outcome.WAITLISTED, Outcome.DECLINED, Outcome.DEFERRED
NEWS = (
    Topic.APPLICATION_FUNDED,
    Topic.APPLICATION_WAITLISTED,
    Topic.APPLICATION_DECLINED,
    Topic.APPLICATION_DEFERRED,
)


def told(session: Session, *topics: Topic) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).where(OutboxRow.topic.in_(topics)).order_by(OutboxRow.id)))


def files_of(sitting: CommitteeSession) -> list[Application]:
    return [item.application for item in sitting.items]


# --- at the instant ------------------------------------------------------------------------------------------


def test_before_it_nothing_is_in_force_and_at_it_everything_is(session: Session, world: World) -> None:
    sitting = checked_session(
        session, world, FUNDED, WAITLISTED, DECLINED, DEFERRED, conditions="Un bilan à mi-parcours."
    )
    assert {file.state for file in files_of(sitting)} == {ApplicationState.COMMITTEE}
    assert all(file.motivation is None and file.award is None for file in files_of(sitting))
    assert told(session, *NEWS, Topic.COMMITTEE_RELEASED) == []

    world.release_now(session, sitting)
    session.expire_all()

    assert sitting.state is CommitteeState.RELEASED
    assert [file.state.value for file in files_of(sitting)] == ["funded", "waitlisted", "declined", "reviewed"]
    assert [file.motivation for file in files_of(sitting)] == list(MOTIVATIONS.values())
    award = files_of(sitting)[0].award
    assert award is not None
    assert award.amount == AMOUNT
    assert {item.in_force_at is not None for item in sitting.items} == {True}
    for item in sitting.items:
        assert item.letter is not None
        assert item.letter.sent_at is not None
        assert item.letter.facts is not None
        assert item.letter.facts["outcome"] == item.outcome
        assert item.letter.facts["chair"] == "Chair"
    assert sitting.call.remaining_envelope() == Decimal(185_000)


def test_everybody_is_told_at_once_with_the_letter_the_conditions_and_the_rank(
    session: Session, world: World
) -> None:
    sitting = checked_session(session, world, FUNDED, WAITLISTED, DECLINED, DEFERRED, conditions="Un bilan.")
    world.release_now(session, sitting)
    rows = told(session, *NEWS)
    assert sorted(row.topic for row in rows) == sorted(NEWS)
    assert {row.recipient_id for row in rows} == {world.people["applicant"]}
    assert {row.payload["letter"] for row in rows} == {"decision.pdf"}
    assert {row.payload["conditions"] for row in rows} == {"Un bilan."}
    assert [row.payload.get("rank") for row in rows if row.topic == Topic.APPLICATION_WAITLISTED] == [1]
    assert all("rank" not in row.payload for row in rows if row.topic != Topic.APPLICATION_WAITLISTED)
    insiders = {row.recipient_id for row in told(session, Topic.COMMITTEE_RELEASED)}
    assert insiders == {world.people[name] for name in ("chair", "member", "officer", "officer2")}


def test_a_call_that_does_not_tell_motivations_tells_none(session: Session, world: World) -> None:
    call = world.make_call(session, definition={"feedback": Feedback.NONE.value})
    sitting = checked_session(session, world, DECLINED, call_id=call.id)
    world.release_now(session, sitting)
    [row] = told(session, *NEWS)
    assert "motivation" not in row.payload
    letter = sitting.items[0].letter
    assert letter is not None
    assert letter.facts is not None
    assert letter.facts["motivation"] == ""


def test_the_waiting_list_takes_them_in_the_order_of_the_committee(session: Session, world: World) -> None:
    """After whoever waits already, and the letter says the rank that the file really has."""
    earlier = checked_session(session, world, WAITLISTED)
    world.release_now(session, earlier)
    sitting = signed_session(session, world, WAITLISTED, FUNDED, WAITLISTED)
    first, _, last = sitting.items
    first.rank, last.rank = 8, 5
    session.flush()
    world.check_letters(session, sitting)
    world.release_now(session, sitting)
    session.expire_all()
    assert [item.application.waitlist_rank for item in (*earlier.items, last, first)] == [1, 2, 3]
    for item in (last, first):
        assert item.letter is not None
        assert item.letter.facts is not None
        assert item.letter.facts["rank"] == item.application.waitlist_rank


def test_what_left_is_described_as_it_left(session: Session, world: World) -> None:
    sitting = checked_session(session, world, FUNDED)
    world.release_now(session, sitting)
    item = sitting.items[0]
    item.application.title = "Un autre titre"
    item.application.lead.name = "Un autre nom"
    session.flush()
    described = letters.describe_letter(item, rank=None, signer="Autre", released_at=None)
    assert (described["title"], described["lead"], described["chair"]) == (
        "Projet 1",
        "Association d'essai",
        "Chair",
    )


# --- what it is refused for ----------------------------------------------------------------------------------


def test_not_with_a_letter_that_nobody_has_read(session: Session, world: World) -> None:
    sitting = signed_session(session, world, DECLINED, FUNDED)
    with pytest.raises(Refused) as refused:
        schedule_release(session, world["officer"], sitting, utc_now())
    [reason] = refused.value.reasons
    assert (reason.code, reason.params) == (ReasonCode.LETTERS_UNCHECKED, {"count": 2})
    session.rollback()


def test_nor_where_one_was_unread_behind_its_back(session: Session, world: World) -> None:
    sitting = checked_session(session, world, DECLINED, FUNDED)
    schedule_release(session, world["officer"], sitting, utc_now())
    letter = sitting.items[1].letter
    assert letter is not None
    letter.checked_at = letter.checked_by_id = None
    session.flush()
    with pytest.raises(Refused):
        release(session, sitting)
    assert files_of(sitting)[0].state is ApplicationState.COMMITTEE


def test_not_before_its_instant_and_not_without_one(session: Session, world: World) -> None:
    sitting = checked_session(session, world, DECLINED)
    with pytest.raises(Refused) as refused:
        release(session, sitting)
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.EMBARGO_AHEAD]
    tomorrow = utc_now() + timedelta(days=1)
    schedule_release(session, world["officer"], sitting, tomorrow)
    with pytest.raises(Refused):
        release(session, sitting)
    with time_machine.travel(tomorrow, tick=False):
        release(session, sitting)
    assert sitting.state is CommitteeState.RELEASED


def test_not_twice(session: Session, world: World) -> None:
    sitting = checked_session(session, world, FUNDED)
    world.release_now(session, sitting)
    with pytest.raises(Refused) as refused:
        release(session, sitting)
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.WRONG_STATE]
    with pytest.raises(NotEditable):
        schedule_release(session, world["officer"], sitting, utc_now())
    assert len(told(session, *NEWS)) == 1


def test_an_instant_of_this_very_minute_is_taken_and_an_earlier_one_is_not(session: Session, world: World) -> None:
    """Forms have minutes and no seconds: « now » as people type it must not be too late."""
    sitting = checked_session(session, world, DECLINED)
    with time_machine.travel("2031-03-01T10:00:40Z", tick=False):
        now = utc_now()
        schedule_release(session, world["officer"], sitting, now.replace(second=0))
        assert sitting.releases_at == now.replace(second=0)
        with pytest.raises(InvalidInput):
            schedule_release(session, world["officer"], sitting, now - timedelta(minutes=1))


@pytest.mark.parametrize("name", ["chair", "member", "finance", "auditor", "admin", "applicant"])
def test_only_officers_set_it(session: Session, world: World, name: str) -> None:
    sitting = checked_session(session, world, DECLINED)
    with pytest.raises(NotPermitted):
        schedule_release(session, world[name], sitting, utc_now())


# --- one transaction -----------------------------------------------------------------------------------------


def test_where_one_decision_cannot_come_into_force_none_does(factory: SessionFactory, world: World) -> None:
    """An envelope that was lowered past every rule: the award is refused by the database, and nobody is told."""
    with unit_of_work(factory) as session:
        sitting = checked_session(session, world, DECLINED, FUNDED, WAITLISTED)
        schedule_release(session, world["officer"], sitting, utc_now())
        number = sitting.id
    with factory.begin() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE calls SET envelope = 10"))
    with pytest.raises((Conflict, Refused)), unit_of_work(factory) as session:
        release(session, session.get_one(CommitteeSession, number))
    with factory() as session:
        sitting = session.get_one(CommitteeSession, number)
        assert sitting.state is CommitteeState.SIGNED
        assert {file.state for file in files_of(sitting)} == {ApplicationState.COMMITTEE}
        assert told(session, *NEWS, Topic.COMMITTEE_RELEASED) == []


# --- meanwhile -----------------------------------------------------------------------------------------------


def test_a_file_withdrawn_between_signature_and_release(session: Session, world: World) -> None:
    sitting = checked_session(session, world, FUNDED, WAITLISTED, WAITLISTED)
    gone, head, tail = files_of(sitting)
    withdraw(session, world, gone)
    withdraw(session, world, head)
    session.expire_all()
    assert sitting.call.remaining_envelope() == Decimal(200_000)
    world.release_now(session, sitting)
    session.expire_all()
    assert (gone.state, head.state) == (ApplicationState.WITHDRAWN, ApplicationState.WITHDRAWN)
    assert (tail.state, tail.waitlist_rank) == (ApplicationState.WAITLISTED, 1)
    for item in sitting.items[:2]:
        assert item.in_force_at is None
        assert item.letter is not None
        assert item.letter.sent_at is None
    assert {row.subject_id for row in told(session, *NEWS)} == {tail.id}
    moves = select(OutboxRow).where(OutboxRow.topic == Deadline.WAITLIST_MOVES)
    assert session.scalars(moves).all(), "what was freed is for those who wait"


def test_every_file_withdrawn_leaves_a_release_without_news(session: Session, world: World) -> None:
    sitting = signed_session(session, world, DECLINED)
    withdraw(session, world, files_of(sitting)[0])
    session.expire_all()
    world.release_now(session, sitting)
    assert sitting.state is CommitteeState.RELEASED
    assert told(session, *NEWS) == []


def test_two_who_release_at_once_release_once(factory: SessionFactory, world: World) -> None:
    for _ in range(3):
        with unit_of_work(factory) as session:
            sitting = checked_session(session, world, FUNDED, DECLINED)
            schedule_release(session, world["officer"], sitting, utc_now())
            number, funded = sitting.id, files_of(sitting)[0].id

        def act(session: Session, barrier: Barrier, number: int = number) -> str:
            sitting = session.get_one(CommitteeSession, number)
            barrier.wait()
            release(session, sitting)
            return "released"

        results = race(factory, act, act)
        assert sorted(result == "released" for result in results) == [False, True]
        with factory() as session:
            count = select(func.count()).select_from(Award).where(Award.application_id == funded)
            assert session.scalar(count) == 1


def test_a_withdrawal_and_the_release_at_one_moment(factory: SessionFactory, world: World) -> None:
    """Either the alliance withdrew first and hears nothing, or it is funded and its withdrawal is refused."""
    for _ in range(5):
        with unit_of_work(factory) as session:
            sitting = checked_session(session, world, FUNDED, DECLINED)
            schedule_release(session, world["officer"], sitting, utc_now())
            number, file_id = sitting.id, files_of(sitting)[0].id

        def let_out(session: Session, barrier: Barrier, number: int = number) -> str:
            sitting = session.get_one(CommitteeSession, number)
            barrier.wait()
            release(session, sitting)
            return "released"

        def leave(session: Session, barrier: Barrier, file_id: int = file_id) -> str:
            application = session.get_one(Application, file_id)
            barrier.wait()
            withdraw(session, world, application)
            return "withdrawn"

        released, withdrawn = race(factory, let_out, leave)
        with factory() as session:
            application = session.get_one(Application, file_id)
            news = [row for row in told(session, *NEWS) if row.subject_id == file_id]
            if withdrawn == "withdrawn":
                assert application.state is ApplicationState.WITHDRAWN
                assert news == []
            else:
                assert application.state is ApplicationState.FUNDED
                assert len(news) == 1
            assert released == "released", released


def test_a_chair_who_left_meanwhile_is_still_who_signed(session: Session, world: World) -> None:
    sitting = checked_session(session, world, DECLINED)
    chair = world.person(session, "chair")
    chair.active = False
    chair.role_rows = [PersonRole(role=Role.COMMITTEE)]
    session.flush()
    world.release_now(session, sitting)
    letter = sitting.items[0].letter
    assert letter is not None
    assert letter.facts is not None
    assert letter.facts["chair"] == "Chair"


def test_the_program_takes_the_steps_and_the_journal_verifies(session: Session, world: World) -> None:
    sitting = checked_session(session, world, FUNDED, WAITLISTED, DECLINED, DEFERRED)
    world.release_now(session, sitting)
    actions = ("application.fund", "application.waitlist", "application.decline", "application.defer")
    events = session.scalars(select(AuditEvent).where(AuditEvent.action.in_(actions))).all()
    assert {event.body["actor"] for event in events} == {"system"}
    assert {event.body["details"]["session"] for event in events} == {sitting.reference}
    session.flush()
    assert verify(session).broken == []
