"""Minutes are what was recorded, signed as they were read, and then the same for ever."""

from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.documents.minutes import minutes_texts
from fund.errors import Conflict
from fund.models import AuditEvent, CommitteeSession, Interest, InterestKind, Outcome, PersonRole
from fund.models.base import utc_now
from fund.services import committee, voting
from fund.services.minutes import (
    describe_session,
    digest_of,
    minutes_for,
    signature_of,
    verify_minutes,
)
from fund.services.steps import take_step
from tests.deciding import MOTIVATIONS, decided_session, keep_off, open_session, signed_session, withdraw
from tests.engines.conftest import wait_until
from tests.scenario import World
from tests.services.racing import race
from workflows.committee import CommitteeState
from workflows.engine import StepForbidden
from workflows.permissions import Role
from workflows.voting import Choice, Method

FUNDED, WAITLISTED, DECLINED, DEFERRED = Outcome.FUNDED, Outcome.WAITLISTED, Outcome.DECLINED, Outcome.DEFERRED


def read(facts: dict[str, Any]) -> dict[str, Any]:
    """The minutes in words: whatever the facts lack or name wrongly fails here."""
    return minutes_texts(facts, signed=None, language="fr", instant=utc_now())


# --- what they say -------------------------------------------------------------------------------------------


def test_they_say_what_was_decided_and_why(session: Session, world: World) -> None:
    sitting = decided_session(session, world, FUNDED, WAITLISTED, DECLINED, DEFERRED)
    said = read(describe_session(session, sitting))
    decisions = [item["decision"]["said"].replace("\u202f", "\u00a0") for item in said["items"]]
    assert decisions == [
        "Retenu, 15\u00a0000,00\u00a0€",
        "Liste d’attente, 15\u00a0000,00\u00a0€, 1er\u00a0rang",
        "Non retenu",
        "Reporté à une séance ultérieure",
    ]
    assert [item["decision"]["motivation"] for item in said["items"]] == [[text] for text in MOTIVATIONS.values()]
    assert {row[0]: row[1] for row in said["members"]} == {"Chair": "Présidence", "Member": "Membre"}
    facts = describe_session(session, sitting)
    assert facts["envelope"] == {
        "total": "200000.00", "before": "0.00", "decided": "15000.00", "remaining": "185000.00"
    }  # fmt: skip
    score = facts["items"][0]["score"]
    assert (score["raw"], score["adjusted"], score["agreed"], score["reviews"]) == ("80.0", "80.0", None, 2)


def test_a_vote_that_is_still_open_is_not_told(session: Session, world: World) -> None:
    sitting = open_session(session, world, 1)
    motion = voting.open_motion(
        session, world["chair"], sitting.items[0], outcome=DECLINED, motivation="Non.", secret=True
    )
    voting.cast_vote(session, world["chair"], motion, Choice.FOR)
    assert describe_session(session, sitting)["items"][0]["motions"] == []


def test_a_secret_vote_tells_its_counts_and_no_choice(session: Session, world: World) -> None:
    sitting = open_session(session, world, 1)
    motion = voting.open_motion(
        session, world["chair"], sitting.items[0], outcome=DECLINED, motivation="Non.", secret=True
    )
    for name, choice in (("chair", Choice.FOR), ("member", Choice.ABSTAIN)):
        voting.cast_vote(session, world[name], motion, choice)
    voting.close_motion(session, world["chair"], motion)
    [told] = describe_session(session, sitting)["items"][0]["motions"]
    assert (told["for"], told["against"], told["abstain"]) == (1, 0, 1)
    assert {line["choice"] for line in told["roll"]} == {"voted"}


def test_who_left_the_room_is_named_with_the_reason(session: Session, world: World) -> None:
    sitting = open_session(session, world, 2)
    committee_size = len(sitting.members)
    sitting.quorum = 1
    keep_off(session, world, "member", sitting.items[0])
    for item in sitting.items:
        motion = voting.open_motion(
            session, world["chair"], item, outcome=DECLINED, motivation="Non.", method=Method.HANDS
        )
        voting.close_motion(session, world["chair"], motion, hands=(1, 0, 0))
    first, second = describe_session(session, sitting)["items"]
    assert first["recused"] == [{"name": "Member", "because": "declared"}]
    assert second["recused"] == []
    assert len(first["motions"][0]["roll"]) == committee_size
    assert read(describe_session(session, sitting))["items"][0]["recused"] == ["Member (lien d’intérêts déclaré)"]


def test_an_interest_that_came_after_the_vote_does_not_change_who_sat(session: Session, world: World) -> None:
    sitting = decided_session(session, world, DECLINED)
    before = describe_session(session, sitting)
    keep_off(session, world, "member", sitting.items[0])
    assert describe_session(session, sitting) == before


def test_a_file_withdrawn_before_or_after_its_decision(session: Session, world: World) -> None:
    sitting = open_session(session, world, 2)
    world.decide(session, sitting.items[1].application)
    for item in list(sitting.items):
        withdraw(session, world, item.application)
    session.expire_all()
    first, second = describe_session(session, sitting)["items"]
    assert first["decision"]["outcome"] == "withdrawn"
    assert second["decision"]["outcome"] == "funded"
    assert first["withdrawn_at"]
    assert second["withdrawn_at"]
    assert describe_session(session, sitting)["envelope"]["decided"] == "0.00"


def test_as_many_questions_for_one_file_as_for_six(session: Session, world: World) -> None:
    small, large = decided_session(session, world, DECLINED), decided_session(session, world, *[DECLINED] * 6)

    def count(sitting: CommitteeSession) -> int:
        session.expire_all()
        asked: list[str] = []
        connection = session.connection()

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            asked.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        describe_session(session, session.get_one(CommitteeSession, sitting.id))
        event.remove(connection, "before_cursor_execute", note)
        return len(asked)

    assert count(small) == count(large)


# --- who reads what ------------------------------------------------------------------------------------------


def test_who_keeps_off_a_file_reads_its_number_and_after_the_release_its_outcome(
    session: Session, world: World
) -> None:
    sitting = decided_session(session, world, FUNDED, DECLINED)
    world.sign_minutes(session, sitting)
    keep_off(session, world, "member", sitting.items[0])
    seen = minutes_for(session, world["member"], sitting)
    assert seen["items"][0] == {
        "position": 1, "reference": None, "title": "", "lead": "", "requested": None, "score": None,
        "recused": [], "notes": "", "motions": [], "withdrawn_at": None, "decision": None,
    }  # fmt: skip
    assert seen["items"][1]["title"] == "Projet 2"
    assert seen["envelope"] == {"total": "200000.00", "before": None, "decided": None, "remaining": None}
    assert read(seen)["items"][0]["heading"] == "1. Dossier qui ne vous est pas montré"
    assert minutes_for(session, world["chair"], sitting) == describe_session(session, sitting)

    world.check_letters(session, sitting)
    world.release_now(session, sitting)
    after = minutes_for(session, world["member"], sitting)
    assert after["items"][0]["decision"] == {
        "outcome": "funded", "amount": None, "rank": None, "conditions": "", "motivation": ""
    }  # fmt: skip
    assert after["envelope"]["decided"] == "15000.00"


# --- signing -------------------------------------------------------------------------------------------------


def test_signed_they_are_what_was_read_and_stay_so(session: Session, world: World) -> None:
    sitting = decided_session(session, world, FUNDED)
    take_step(session, world["chair"], sitting, "close")
    facts = describe_session(session, sitting)
    take_step(session, world["chair"], sitting, "sign", inputs={"digest": digest_of(facts)})
    sitting.items[0].application.title = "Un tout autre titre"
    sitting.items[0].notes = "Ajouté après coup."
    session.flush()
    session.expire_all()
    assert describe_session(session, sitting) == facts
    assert sitting.minutes_sha256 == digest_of(facts)


@pytest.mark.parametrize("what", ["notes", "title", "withdrawal", "award"])
def test_what_changed_since_they_were_read_is_not_signed(session: Session, world: World, what: str) -> None:
    sitting = decided_session(session, world, FUNDED, FUNDED)
    take_step(session, world["chair"], sitting, "close")
    shown = digest_of(describe_session(session, sitting))
    match what:
        case "notes":
            committee.write_notes(session, world["officer"], sitting.items[0], "Encore un mot.")
        case "title":
            sitting.title = "Un autre nom"
        case "withdrawal":
            withdraw(session, world, sitting.items[0].application)
        case "award":  # another session of the call takes of the envelope that these minutes state
            world.funded(session)
    session.flush()
    session.expire_all()
    with pytest.raises(Conflict) as refused:
        take_step(session, world["chair"], sitting, "sign", inputs={"digest": shown})
    assert refused.value.code == "minutes_changed"
    assert sitting.state is CommitteeState.CLOSED
    assert sitting.minutes is None


def test_a_note_that_is_being_written_is_waited_for_and_not_left_out(
    factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        sitting = decided_session(session, world, DECLINED)
        take_step(session, world["chair"], sitting, "close")
        digest, number = digest_of(describe_session(session, sitting)), sitting.id

    def note(session: Session, barrier: Barrier) -> str:
        item = session.get_one(CommitteeSession, number).items[0]
        committee.write_notes(session, world["officer"], item, "Un mot de plus.")
        barrier.wait()
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        wait_until(lambda: bool(session.scalar(waiting)))
        return "noted"

    def sign(session: Session, barrier: Barrier) -> str:
        sitting = session.get_one(CommitteeSession, number)
        barrier.wait()
        take_step(session, world["chair"], sitting, "sign", inputs={"digest": digest})
        return "signed"

    noted, signed = race(factory, note, sign)
    assert noted == "noted"
    assert isinstance(signed, Conflict)
    assert signed.code == "minutes_changed"


def test_the_deputy_signs_where_the_chair_cannot_and_nobody_else(session: Session, world: World) -> None:
    sitting = decided_session(session, world, DECLINED)
    deputy = world.person(session, "finance")
    deputy.role_rows.append(PersonRole(role=Role.CHAIR))
    sitting.deputy_id = deputy.id
    session.flush()
    take_step(session, world["chair"], sitting, "close")
    for name in ("member", "officer", "admin"):
        with pytest.raises(StepForbidden):
            take_step(session, world[name], sitting, "sign")
    take_step(session, deputy.as_actor(), sitting, "sign")
    signature = signature_of(session, sitting)
    assert signature is not None
    assert signature["name"] == "Finance"


@pytest.mark.parametrize(
    "change",
    [
        'minutes = minutes || \'{"notes": "autre"}\'',
        "minutes_sha256 = repeat('0', 64)",
        "signed_at = now()",
        "minutes = NULL",
    ],
)
def test_the_database_keeps_signed_minutes(factory: SessionFactory, world: World, change: str) -> None:
    with unit_of_work(factory) as session:
        number = signed_session(session, world, DECLINED).id
    with factory() as session, pytest.raises(IntegrityError, match="signed minutes are frozen"):
        session.execute(text(f"UPDATE committee_sessions SET {change} WHERE id = :id"), {"id": number})  # noqa: S608 - ours


def test_the_journal_holds_the_hash_and_names_nobody(session: Session, world: World) -> None:
    sitting = signed_session(session, world, DECLINED)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "committee.sign")).one()
    assert event.body["changes"]["minutes_sha256"] == [None, sitting.minutes_sha256]
    assert "minutes" not in event.body["changes"]
    assert "Member" not in str(event.body)


# --- checking ------------------------------------------------------------------------------------------------


def test_anybody_can_check_them_by_either_hash(session: Session, world: World) -> None:
    sitting = signed_session(session, world, DECLINED)
    signature = signature_of(session, sitting)
    assert signature is not None
    for digest in (signature["sha256"], signature["journal_hash"], f" {signature['sha256'].upper()} "):
        assert verify_minutes(session, sitting.reference.lower(), digest) is sitting
    assert verify_minutes(session, sitting.reference, "0" * 64) is None
    assert verify_minutes(session, "CO-NULLE", signature["sha256"]) is None


@pytest.mark.parametrize("tampered", ["minutes", "both"])
def test_minutes_that_were_tampered_with_past_the_triggers_are_not_genuine(
    session: Session, world: World, tampered: str
) -> None:
    sitting = signed_session(session, world, DECLINED)
    other = {**(sitting.minutes or {}), "notes": "Tout le monde est d’accord."}
    digest = digest_of(other) if tampered == "both" else sitting.minutes_sha256
    session.execute(text("SET LOCAL session_replication_role = replica"))
    sitting.minutes, sitting.minutes_sha256 = other, digest
    session.flush()
    assert verify_minutes(session, sitting.reference, str(digest)) is None


def test_an_interest_found_and_lifted_later_keeps_its_reason_in_the_minutes(
    session: Session, world: World
) -> None:
    sitting = open_session(session, world, 1)
    sitting.quorum = 1
    item = sitting.items[0]
    keep_off(session, world, "member", item)
    motion = voting.open_motion(
        session, world["chair"], item, outcome=DECLINED, motivation="Non.", method=Method.HANDS
    )
    voting.close_motion(session, world["chair"], motion, hands=(1, 0, 0))
    interest = session.scalars(select(Interest)).one()
    interest.kind = InterestKind.PAST_LINK
    session.flush()
    assert describe_session(session, sitting)["items"][0]["recused"] == [
        {"name": "Member", "because": "past_link"}
    ]
