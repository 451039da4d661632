"""The room, as each of those present sees it, with and without its script."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Person
from fund.services import committee
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.sitting import AGAINST, FOR
from tests.web.committee_room import RoomAt, SignIn, make_room, post, state_of
from tests.web.conftest import Browser
from workflows.committee import CommitteeState
from workflows.voting import Method, MotionResult, Outcome


@pytest.fixture
def room(factory: SessionFactory, world: World) -> RoomAt:
    return make_room(factory, world)


# --- who comes in --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["applicant", "partner", "catalyst", "reviewer"])
def test_the_room_is_not_for_others(sign_in: SignIn, room: RoomAt, name: str) -> None:
    browser = sign_in(name)
    for path in ("", "/etat"):
        assert browser.get(room.here + path).status_code == 403


def test_a_committee_member_who_does_not_sit_here_finds_no_room(sign_in: SignIn, room: RoomAt) -> None:
    member = sign_in("member")
    assert member.get(room.here).status_code == 404
    assert state_of(member, room).status_code == 404


def test_before_it_is_convened_there_is_no_room(sign_in: SignIn, world: World, factory: SessionFactory) -> None:
    with unit_of_work(factory) as session:
        reference = world.sitting(session).reference
    answer = sign_in("chair").get(f"/comite/{reference}/seance")
    assert answer.status_code == 302
    assert answer.location.endswith(f"/comite/{reference}")


@pytest.mark.parametrize(
    "path",
    ["ouverture", "cloture", "presence", "appel", "dossiers/{file}/vote", "dossiers/{file}/vote/1/cloture"],
)
def test_members_and_officers_do_not_preside(sign_in: SignIn, room: RoomAt, path: str) -> None:
    room.open()
    for name in ("alix", "officer"):
        browser, target = sign_in(name), f"{room.here}/{path.format(file=room.files[0])}"
        form = {"outcome": "declined", "motivation": "Non.", "position": "2"}
        assert browser.post(target, form, on="/compte").status_code == 403


def test_officers_do_not_vote(sign_in: SignIn, room: RoomAt) -> None:
    room.open()
    assert sign_in("officer").post(room.vote_of(), {"choice": "for"}, on="/compte").status_code == 403


# --- the course of a session ----------------------------------------------------------------------------------


def test_from_coming_in_to_the_closed_session(sign_in: SignIn, world: World, factory: SessionFactory) -> None:
    with unit_of_work(factory) as session:
        sitting = world.sitting(session)
        application = world.reviewed(session, title="Jardins du bassin")
        committee.put_on_agenda(session, world["officer"], sitting, application)
        take_step(session, world["officer"], sitting, "convene")
        reference, file = sitting.reference, application.reference
    chair, member, here = sign_in("chair"), sign_in("member"), f"/comite/{reference}/seance"

    def act(browser: Browser, path: str, **form: object) -> int:
        return browser.post(f"{here}/{path}", form, on=here).status_code

    assert act(chair, "ouverture") == 409  # no quorum yet
    assert act(member, "venue", present="1") == 303
    with factory() as session:
        present = [session.get_one(Person, world.people[name]).reference for name in ("chair", "member")]
    assert act(chair, "presence", present=present) == 303
    assert act(chair, "ouverture") == 303
    assert act(chair, "appel", position="1") == 303
    assert "Jardins du bassin" in member.get(here).text
    proposal = {"outcome": "funded", "amount": "15 000,00", "motivation": "Un projet solide.", "method": "ballot"}
    assert act(chair, f"dossiers/{file}/vote", **proposal) == 303
    assert act(chair, "cloture") == 409  # a vote is open
    for browser in (chair, member):
        assert act(browser, f"dossiers/{file}/vote/1", choice="for") == 303
    assert act(chair, f"dossiers/{file}/vote/1/cloture") == 303
    assert act(chair, "cloture") == 303
    with factory() as session:
        item = session.scalars(select(Application).where(Application.reference == file)).one().items[-1]
        assert item.session.state is CommitteeState.CLOSED
        assert (item.outcome, item.amount) == (Outcome.FUNDED, Decimal(15_000))
    again = chair.post(f"{here}/cloture", {}, on="/compte")
    assert again.status_code == 303  # a second closing is told that it is done


def test_nobody_sees_a_count_before_the_vote_is_closed(sign_in: SignIn, room: RoomAt) -> None:
    room.open()
    voters = {"chair": "for", "alix": "against", "claude": "abstain"}
    for name, choice in voters.items():
        assert post(sign_in(name), room, f"/dossiers/{room.files[0]}/vote/1", choice=choice).status_code == 303
    for name in ("deputy", "officer", "chair", "alix"):
        page = room.enter(sign_in(name))
        assert "3 votes of 5 are cast" in page
        assert page.count("has voted") == 3
        assert "1 for, 1 against" not in page
    room.do(lambda session: room.sat.close(session, room.item(session).motions[0]))
    page = room.enter(sign_in("officer"))
    assert "1 for, 1 against, 1 abstentions; 5 in the room, quorum 3" in page
    assert "Alix: against" in page


def test_a_secret_vote_never_says_who_chose_what(sign_in: SignIn, room: RoomAt) -> None:
    room.open(secret=True)
    assert "Secret vote" in room.enter(sign_in("alix"))

    def finish(session: Session) -> None:
        motion = room.item(session).motions[0]
        room.sat.vote(session, motion, chair=FOR, alix=AGAINST, claude=FOR)
        room.sat.close(session, motion)

    room.do(finish)
    page = room.enter(sign_in("chair"))
    assert "2 for, 1 against, 0 abstentions" in page
    assert "Who voted how" not in page


def test_the_buttons_are_there_for_who_can_vote_and_once(sign_in: SignIn, room: RoomAt) -> None:
    room.open()
    alix = sign_in("alix")
    assert room.enter(alix).count('name="choice"') == 3
    assert post(alix, room, f"/dossiers/{room.files[0]}/vote/1", choice="for").status_code == 303
    page = room.enter(alix)
    assert 'name="choice"' not in page
    assert "You have voted already" in page
    twice = post(alix, room, f"/dossiers/{room.files[0]}/vote/1", choice="against")
    assert twice.status_code == 409
    assert "You have voted already" in twice.text
    absent = sign_in("sacha")
    assert post(absent, room, "/venue", present="0").status_code == 303
    assert "Only members who are noted as present can vote" in room.enter(absent)
    assert post(absent, room, f"/dossiers/{room.files[0]}/vote/1", choice="for").status_code == 409
    assert post(alix, room, f"/dossiers/{room.files[0]}/vote/1", choice="perhaps").status_code == 422
    assert post(alix, room, f"/dossiers/{room.files[0]}/vote/7", choice="for").status_code == 404


def test_who_keeps_off_a_file_sees_its_number_alone(sign_in: SignIn, room: RoomAt) -> None:
    room.do(lambda session: room.sat.declare(session, "alix"))
    room.do(lambda session: setattr(room.sat.file(session), "title", "Affaire de famille"))
    room.open()
    away, other = sign_in("alix"), sign_in("claude")
    assert "Affaire de famille" in room.enter(other)
    for page in (room.enter(away), state_of(away, room).text):
        assert "you have left the room for this file" in page
        assert "Affaire de famille" not in page
        assert room.files[0] not in page
        assert "15,000.00" not in page
        assert 'name="choice"' not in page
    assert post(away, room, f"/dossiers/{room.files[0]}/vote/1", choice="for").status_code == 404
    assert "has left the room for this file" in room.enter(other)

    def decide(session: Session) -> None:
        motion = room.item(session).motions[0]
        room.sat.vote(session, motion, chair=FOR, deputy=FOR, claude=FOR)
        room.sat.close(session, motion)

    room.do(decide)
    page = room.enter(away)
    # What is left of the envelope would tell what the file got.
    assert "35,000.00" not in page
    assert "Funded" not in page.split("<main")[1].split("</main>")[0]  # a link of the frame has that name
    assert "35,000.00" in room.enter(other)


def test_where_the_chair_keeps_off_only_the_deputy_is_offered_the_vote(sign_in: SignIn, room: RoomAt) -> None:
    room.do(lambda session: room.sat.declare(session, "chair"))
    chair, deputy = sign_in("chair"), sign_in("deputy")
    assert 'id="open-vote"' not in room.enter(chair)
    assert 'id="open-vote"' in room.enter(deputy)


def test_a_refused_proposal_keeps_what_was_typed(sign_in: SignIn, room: RoomAt) -> None:
    chair, path = sign_in("chair"), f"/dossiers/{room.files[0]}/vote"
    bad = {"outcome": "funded", "amount": "20000.01", "motivation": "Trop beau.", "method": "ballot"}
    answer = post(chair, room, path, **bad)
    assert answer.status_code == 409
    for text in ("20000.01", "Trop beau.", 'href="#amount"', "The alliance asked for €20,000.00"):
        assert text in answer.text
    empty = post(chair, room, path, outcome="declined", motivation="", method="ballot")
    assert empty.status_code == 422
    assert 'href="#motivation"' in empty.text


def test_a_lost_quorum_is_told_and_the_file_left_to_a_later_session(sign_in: SignIn, room: RoomAt) -> None:
    room.do(lambda session: room.sat.leave(session, "alix", "claude", "sacha"))
    chair = sign_in("chair")
    page = room.enter(chair)
    assert "No vote can be opened." in page
    assert "No vote can be held on this file" in page
    refused = post(chair, room, f"/dossiers/{room.files[0]}/vote", outcome="declined", motivation="Non.")
    assert refused.status_code == 409
    assert "2 people are present; the quorum is 3." in refused.text
    assert post(chair, room, f"/dossiers/{room.files[0]}/report", reason="").status_code == 422
    assert post(chair, room, f"/dossiers/{room.files[0]}/report", reason="Faute de quorum.").status_code == 303
    with room.factory() as session:
        assert room.item(session).outcome is Outcome.DEFERRED


def test_a_show_of_hands_is_counted_by_the_chair(sign_in: SignIn, room: RoomAt) -> None:
    room.open(method=Method.HANDS)
    chair, path = sign_in("chair"), f"/dossiers/{room.files[0]}/vote/1/cloture"
    assert 'name="choice"' not in room.enter(sign_in("alix"))
    refused = post(chair, room, path, votes_for="6", votes_against="0", votes_abstain="0")
    assert refused.status_code == 409
    assert "6 votes were counted, but 5 people are in the room." in refused.text
    assert 'value="6"' in refused.text
    assert post(chair, room, path, votes_for="-1").status_code == 422
    assert post(chair, room, path, votes_for="3", votes_against="1", votes_abstain="1").status_code == 303
    with room.factory() as session:
        assert room.item(session).outcome is Outcome.FUNDED


def test_a_proposal_is_taken_back_and_a_decision_taken_up_again(sign_in: SignIn, room: RoomAt) -> None:
    room.open()
    deputy = sign_in("deputy")
    assert post(deputy, room, f"/dossiers/{room.files[0]}/vote/1/retrait").status_code == 303
    room.do(lambda session: room.sat.fund(session))
    assert post(deputy, room, f"/dossiers/{room.files[0]}/reprise", reason="").status_code == 422
    assert post(deputy, room, f"/dossiers/{room.files[0]}/reprise", reason="Une erreur.").status_code == 303
    with room.factory() as session:
        results = [motion.result for motion in room.item(session).motions]
        assert results == [MotionResult.WITHDRAWN, MotionResult.ADOPTED]
        assert room.item(session).is_open


def test_notes_are_kept_and_not_written_over(sign_in: SignIn, room: RoomAt) -> None:
    officer, chair, path = sign_in("officer"), sign_in("chair"), f"/dossiers/{room.files[0]}/notes"
    assert post(officer, room, path, notes="Un échange.\r\nNourri.", seen="").status_code == 303
    refused = post(chair, room, path, notes="Autre chose.", seen="")
    assert refused.status_code == 409
    for text in ("Autre chose.", "Un échange.\nNourri.", "Somebody else wrote notes"):
        assert text in refused.text
    assert post(chair, room, path, notes="Les deux.", seen="Un échange.\r\nNourri.").status_code == 303
    assert post(sign_in("alix"), room, path, notes="Les miennes.", seen="").status_code == 403
    with room.factory() as session:
        assert room.item(session).notes == "Les deux."
    # Notes on a file that is no longer the one being dealt with come back with that file.
    room.do(lambda session: committee.call_item(session, room.sat["chair"], room.sat.sitting(session), 2))
    late = post(officer, room, path, notes="En retard.", seen="autre")
    assert late.status_code == 409
    assert f'{path}"' in late.text


def test_a_file_that_is_withdrawn_in_its_vote_leaves_the_room(sign_in: SignIn, room: RoomAt, world: World) -> None:
    room.open()
    alix = sign_in("alix")
    tag = state_of(alix, room).headers["ETag"]
    because = {"reason": "Nous renonçons."}
    room.do(lambda s: take_step(s, world["applicant"], room.sat.file(s), "withdraw", inputs=because))
    page = state_of(alix, room, tag)
    assert page.status_code == 200
    assert 'name="choice"' not in page.text
    assert post(alix, room, f"/dossiers/{room.files[0]}/vote/1", choice="for").status_code == 409
