"""What the room follows while the session goes on, what that costs, and what the journal keeps."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from fund.db import SessionFactory
from fund.models import AgendaItem
from fund.services import committee
from fund.services.steps import take_step
from fund.services.voting import postpone, reconsider, withdraw_motion
from tests.scenario import World
from tests.services.sitting import AGAINST, FOR, Committee
from tests.web.committee_room import REGION, RoomAt, SignIn, make_room, state_of
from tests.web.test_alliance import count_statements
from workflows.voting import Outcome


@pytest.fixture
def room(factory: SessionFactory, world: World) -> RoomAt:
    return make_room(factory, world)


# --- what the room follows ------------------------------------------------------------------------------------


def test_nothing_is_sent_while_nothing_happens(sign_in: SignIn, room: RoomAt) -> None:
    alix, claude = sign_in("alix"), sign_in("claude")
    first = state_of(alix, room)
    assert first.status_code == 200
    assert "no-store" in first.headers["Cache-Control"]
    tag = first.headers["ETag"]
    unchanged = state_of(alix, room, tag)
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["ETag"] == tag
    assert state_of(claude, room, tag).status_code == 200  # another reader may see something else


def test_every_act_is_seen_at_the_next_asking(sign_in: SignIn, room: RoomAt, world: World) -> None:
    alix, sat = sign_in("alix"), room.sat
    acts: list[Callable[[Session], object]] = [
        lambda s: sat.leave(s, "sacha"),
        lambda s: committee.set_attendance(s, sat["chair"], sat.sitting(s), list(world.people.values())),
        lambda s: sat.open(s),
        lambda s: sat.vote(s, room.item(s).motions[0], chair=FOR),
        lambda s: sat.vote(s, room.item(s).motions[0], alix=FOR),
        lambda s: sat.close(s, room.item(s).motions[0]),
        lambda s: committee.call_item(s, sat["deputy"], sat.sitting(s), 2),
        lambda s: committee.write_notes(s, sat["officer"], sat.item(s, 1), "Une note."),
        lambda s: committee.propose(s, sat["officer"], sat.item(s, 1), outcome=Outcome.DECLINED, amount=None),
        lambda s: take_step(s, sat["applicant"], sat.file(s, 1), "withdraw", inputs={"reason": "Non."}),
    ]
    tag = state_of(alix, room).headers["ETag"]
    for number, act in enumerate(acts):
        room.do(act)
        answer = state_of(alix, room, tag)
        assert answer.status_code == 200, number
        tag = answer.headers["ETag"]


def test_what_another_session_takes_of_the_envelope_is_seen(sign_in: SignIn, room: RoomAt, world: World) -> None:
    alix = sign_in("alix")
    alix.client.set_cookie("fund_language", "en")
    other = Committee(world)

    def sit(session: Session) -> None:
        call = room.sat.sitting(session).call
        other.sitting_id, other.items = other.sit(session, call, 1)

    room.do(sit)
    first = state_of(alix, room)
    assert "€50,000.00" in first.text
    room.do(lambda session: other.fund(session, 0, Decimal(20_000)))
    then = state_of(alix, room, first.headers["ETag"])
    assert then.status_code == 200
    assert "€30,000.00" in then.text


def test_forms_are_replaced_only_when_their_matter_changes(sign_in: SignIn, room: RoomAt) -> None:
    chair = sign_in("chair")

    def keys() -> dict[str, str]:
        return dict(REGION.findall(state_of(chair, room).text))

    before = keys()
    room.do(lambda session: room.sat.leave(session, "sacha"))
    after = keys()
    assert before["presence"] != after["presence"]
    for region in ("motion", "notes", "file", "closing"):
        assert before[region] == after[region]
    room.open()
    assert keys()["motion"] == "none"
    assert keys()["closing"] != after["closing"]


def test_the_room_without_a_script_is_the_same_page(sign_in: SignIn, room: RoomAt) -> None:
    room.open()
    alix = sign_in("alix")
    page = room.enter(alix)
    assert "<noscript>" in page
    fragment = state_of(alix, room).text
    assert [name for name, _ in REGION.findall(fragment)] == [name for name, _ in REGION.findall(page)]
    assert "<html" not in fragment
    assert "<style" not in page
    assert "style=" not in page


# --- what it costs --------------------------------------------------------------------------------------------


def test_a_long_agenda_costs_no_more_statements_and_little_time(
    sign_in: SignIn, room: RoomAt, world: World, factory: SessionFactory
) -> None:
    alix = sign_in("alix")
    room.do(lambda session: room.sat.open(session))
    room.do(lambda session: room.sat.vote(session, room.item(session).motions[0], chair=FOR))

    def counts() -> list[int]:
        tag = state_of(alix, room).headers["ETag"]
        return [
            count_statements(factory, lambda: alix.get(room.here)),
            count_statements(factory, lambda: state_of(alix, room)),
            count_statements(factory, lambda: state_of(alix, room, tag)),
        ]

    before = counts()

    def add(session: Session) -> None:
        sitting = room.sat.sitting(session)
        for number in range(3, 9):
            application = world.reviewed(session, call_id=sitting.call_id)
            sitting.items.append(AgendaItem(application=application, position=number))

    room.do(add)
    room.do(lambda session: room.sat.vote(session, room.item(session).motions[0], claude=FOR))
    assert counts() == before
    assert before[2] < before[1]


def test_a_file_that_the_page_shows_is_not_sent_again(
    sign_in: SignIn, room: RoomAt, factory: SessionFactory
) -> None:
    alix = sign_in("alix")
    whole = state_of(alix, room)
    assert "Une recyclerie, une école et une entreprise." in whole.text
    key = dict(REGION.findall(whole.text))["file"]

    def ask() -> TestResponse:
        return alix.get(f"{room.here}/etat", file=key)

    assert "Une recyclerie, une école et une entreprise." not in ask().text
    assert dict(REGION.findall(ask().text))["file"] == key
    assert count_statements(factory, ask) < count_statements(factory, lambda: state_of(alix, room))


def test_the_journal_says_each_act_in_words(sign_in: SignIn, room: RoomAt) -> None:
    def act(session: Session) -> None:
        sat = room.sat
        first, second = sat.item(session), sat.item(session, 1)
        committee.propose(session, sat["officer"], first, outcome=Outcome.FUNDED, amount=Decimal(12_000))
        committee.propose(session, sat["officer"], first, outcome=None, amount=None)
        motion = sat.open(session)
        sat.vote(session, motion, chair=FOR, alix=FOR, claude=AGAINST)
        sat.close(session, motion)
        reconsider(session, sat["chair"], first, "Une erreur.")
        withdraw_motion(session, sat["chair"], sat.open(session, outcome=Outcome.DECLINED))
        sat.leave(session, "alix", "claude", "sacha")
        postpone(session, sat["chair"], second, "Faute de quorum.")

    room.do(act)
    auditor = sign_in("auditor")
    auditor.client.set_cookie("fund_language", "en")
    page = re.sub(r"<[^>]+>|\s+", " ", auditor.get(f"/journal/committee/{room.reference}").text)
    for words in ("Vote cast", "Decision taken up again", "Proposal taken back", "A member came or left"):
        assert words in page
    for words in ("committee.", "15000.00", "no_quorum", "deferred"):
        assert words not in page
    assert "€15,000.00" in page
