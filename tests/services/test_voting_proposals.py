"""What a committee puts to the vote, what becomes of it in the session, and the envelope around it."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fund.errors import Conflict, StaleVersion
from fund.models import AuditEvent, CommitteeSession
from fund.services import committee, journal, voting
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.sitting import AGAINST, FOR, Committee, refused
from workflows.engine import StepRefused
from workflows.permissions import SYSTEM
from workflows.reasons import ReasonCode
from workflows.voting import Method, MotionResult, Outcome


@pytest.fixture
def sat(session: Session, world: World) -> Committee:
    return Committee.make(session, world, files=2)


# --- what may be put to the vote -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": Decimal("20000.01")}, ReasonCode.AMOUNT_ABOVE_REQUEST),
        ({"amount": Decimal(0)}, ReasonCode.AMOUNT_MISSING),
        ({"amount": None}, ReasonCode.AMOUNT_MISSING),
        ({"motivation": " "}, ReasonCode.MOTIVATION_MISSING),
        (
            {"outcome": Outcome.WAITLISTED, "amount": Decimal(20_001)},
            ReasonCode.AMOUNT_ABOVE_REQUEST,
        ),
    ],
)
def test_a_proposal_that_cannot_be_is_refused(
    session: Session, sat: Committee, fields: dict[str, Any], code: ReasonCode
) -> None:
    assert refused(lambda: sat.open(session, **fields)) == {code}


def test_more_than_is_asked_is_refused_by_the_database_too(session: Session, sat: Committee) -> None:
    session.flush()
    with pytest.raises(IntegrityError, match="grant of"):
        session.execute(
            text(
                "UPDATE agenda_items SET outcome = 'funded', amount = 20001, decided_at = now() WHERE id = :item"
            ),
            {"item": sat.items[0]},
        )


def test_one_vote_is_open_at_a_time(session: Session, sat: Committee) -> None:
    motion = sat.open(session)
    assert refused(lambda: sat.open(session)) == {ReasonCode.VOTE_OPEN}
    assert refused(lambda: sat.open(session, 1)) == {ReasonCode.VOTE_OPEN}
    assert refused(lambda: committee.call_item(session, sat["chair"], sat.sitting(session), 2)) == {
        ReasonCode.VOTE_OPEN
    }
    with pytest.raises(StepRefused):
        take_step(session, sat["chair"], sat.sitting(session), "close")
    voting.withdraw_motion(session, sat["chair"], motion)
    assert motion.result is MotionResult.WITHDRAWN
    assert sat.fund(session, 1) is MotionResult.ADOPTED


def test_a_decided_file_is_decided_until_it_is_taken_up_again(session: Session, sat: Committee) -> None:
    undecided = refused(lambda: voting.reconsider(session, sat["chair"], sat.item(session), "Erreur."))
    assert undecided == {ReasonCode.ITEM_UNDECIDED}
    sat.fund(session)
    assert refused(lambda: sat.open(session)) == {ReasonCode.ITEM_DECIDED}
    assert refused(lambda: voting.reconsider(session, sat["chair"], sat.item(session), "")) == {
        ReasonCode.REASON_MISSING
    }
    voting.reconsider(session, sat["chair"], sat.item(session), "Erreur de montant.")
    assert sat.item(session).is_open
    assert sat.sitting(session).call.remaining_envelope() == Decimal(50_000)
    assert sat.fund(session, amount=Decimal(12_000)) is MotionResult.ADOPTED
    assert [motion.result for motion in sat.item(session).motions] == [MotionResult.ADOPTED] * 2
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "committee.reconsider")).one()
    assert event.body["reason"] == "Erreur de montant."


def test_ranks_of_the_waiting_list_follow_each_other_and_are_given_once(session: Session, world: World) -> None:
    sat = Committee.make(session, world, files=3)

    def put(number: int, rank: int | None) -> None:
        waiting = sat.open(session, number, outcome=Outcome.WAITLISTED, method=Method.HANDS, rank=rank)
        sat.close(session, waiting, hands=(5, 0, 0))

    put(0, 2)
    assert refused(lambda: put(1, 2)) == {ReasonCode.WAITLIST_RANK_TAKEN}
    put(1, None)
    put(2, 1)
    assert [sat.item(session, number).rank for number in range(3)] == [2, 3, 1]


def test_whoever_scored_a_file_does_not_decide_it_alone(session: Session, sat: Committee) -> None:
    for review in sat.file(session).reviews:
        review.reviewer_id = sat.world.people["alix" if review.id % 2 else "claude"]
    session.flush()
    motion = sat.open(session)
    sat.vote(session, motion, alix=FOR, claude=FOR)
    assert refused(lambda: sat.close(session, motion)) == {ReasonCode.ONLY_SCORERS_VOTED}
    session.refresh(motion)
    sat.vote(session, motion, sacha=AGAINST)
    assert sat.close(session, motion) is MotionResult.ADOPTED


def test_an_interest_that_comes_to_light_after_the_vote_spoils_it(session: Session, sat: Committee) -> None:
    motion = sat.open(session, secret=True)
    sat.vote(session, motion, chair=FOR, alix=FOR, claude=FOR)
    sat.declare(session, "alix")
    assert refused(lambda: sat.close(session, motion)) == {ReasonCode.VOTER_RECUSED}
    session.refresh(motion)
    voting.withdraw_motion(session, sat["chair"], motion)
    assert sat.fund(session, amount=Decimal(10_000)) is MotionResult.ADOPTED


# --- the session around it -----------------------------------------------------------------------------------


def test_no_vote_outside_the_session(session: Session, sat: Committee) -> None:
    for number in (0, 1):
        sat.fund(session, number)
    take_step(session, sat["chair"], sat.sitting(session), "close")
    with pytest.raises(NotEditable):
        sat.open(session)
    with pytest.raises(NotEditable):
        voting.reconsider(session, sat["chair"], sat.item(session), "Trop tard.")


def test_a_session_with_open_files_does_not_close(session: Session, sat: Committee) -> None:
    sat.fund(session)
    with pytest.raises(StepRefused) as caught:
        take_step(session, sat["chair"], sat.sitting(session), "close")
    assert [(reason.code, reason.params) for reason in caught.value.reasons] == [
        (ReasonCode.ITEMS_OPEN, {"count": 1})
    ]


def test_a_stale_page_opens_no_vote(session: Session, sat: Committee) -> None:
    version = sat.sitting(session).version
    sat.leave(session, "sacha")
    with pytest.raises(StaleVersion):
        sat.open(session, expected_version=version)


def test_a_file_withdrawn_during_its_vote_ends_the_vote(session: Session, sat: Committee) -> None:
    motion = sat.open(session)
    sat.vote(session, motion, alix=FOR)
    take_step(session, sat["applicant"], sat.file(session), "withdraw", inputs={"reason": "Nous renonçons."})
    assert motion.result is MotionResult.WITHDRAWN
    assert refused(lambda: sat.vote(session, motion, chair=FOR)) == {ReasonCode.VOTE_NOT_OPEN}
    assert refused(lambda: sat.close(session, motion)) == {ReasonCode.VOTE_NOT_OPEN}
    assert refused(lambda: sat.open(session)) == {ReasonCode.ITEM_DECIDED}
    assert sat.fund(session, 1) is MotionResult.ADOPTED
    take_step(session, sat["chair"], sat.sitting(session), "close")


def test_a_decision_on_a_file_withdrawn_since_weighs_no_more(session: Session, sat: Committee) -> None:
    sat.fund(session)
    take_step(session, sat["applicant"], sat.file(session), "withdraw", inputs={"reason": "Nous renonçons."})
    assert sat.sitting(session).call.remaining_envelope() == Decimal(50_000)
    assert not sat.item(session).awaits_force


def test_every_act_is_in_the_journal_and_the_journal_holds(session: Session, sat: Committee) -> None:
    motion = sat.open(session)
    sat.vote(session, motion, chair=FOR, alix=AGAINST, claude=FOR)
    sat.close(session, motion)
    committee.write_notes(session, sat["officer"], sat.item(session), "Un échange nourri.")
    chain = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_type == CommitteeSession.workflow.name)
        .order_by(AuditEvent.seq)
    ).all()
    actions = [event.action for event in chain]
    assert actions[-6:] == [
        "committee.open_vote",
        *["committee.vote"] * 3,
        "committee.close_vote",
        "committee.write_notes",
    ]
    told = chain[-2].body["details"]
    assert (told["result"], told["for"], told["against"], told["in_room"]) == ("adopted", 2, 1, 5)
    assert journal.verify(session).broken == []


# --- notes, proposals, the envelope --------------------------------------------------------------------------


def test_notes_are_not_written_over_those_of_somebody_else(session: Session, sat: Committee) -> None:
    item = sat.item(session)
    committee.write_notes(session, sat["officer"], item, "Première note.", seen="")
    with pytest.raises(Conflict, match="notes_changed"):
        committee.write_notes(session, sat["chair"], item, "Autre note.", seen="")
    committee.write_notes(session, sat["chair"], item, "Première note. Autre note.", seen="Première note.")
    with pytest.raises(NotPermitted):
        committee.write_notes(session, sat["alix"], item, "La mienne.")
    sat.declare(session, "chair")
    assert refused(lambda: committee.write_notes(session, sat["chair"], item, "Rien.")) == {
        ReasonCode.CONFLICT_OF_INTEREST
    }


def test_the_envelope_is_never_exceeded(session: Session, world: World) -> None:
    sat = Committee.make(session, world, files=4)
    for number in (0, 1):
        sat.fund(session, number, Decimal(20_000))
    assert refused(lambda: sat.fund(session, 2, Decimal("10000.01"))) == {ReasonCode.ENVELOPE_EXCEEDED}
    # The waiting list waits for the envelope.
    waiting = sat.open(session, 2, outcome=Outcome.WAITLISTED, amount=Decimal(20_000), method=Method.HANDS)
    assert sat.close(session, waiting, hands=(4, 0, 1)) is MotionResult.ADOPTED
    assert sat.fund(session, 3, Decimal(10_000)) is MotionResult.ADOPTED
    session.flush()
    with pytest.raises(IntegrityError, match="exceed the envelope"):
        session.execute(text("UPDATE agenda_items SET amount = 10000.01 WHERE id = :item"), {"item": sat.items[3]})


def test_what_the_envelope_had_when_the_vote_opened_may_be_gone_when_it_closes(
    session: Session, world: World
) -> None:
    sat = Committee.make(session, world)
    call = sat.sitting(session).call
    other = Committee(world)
    other.sitting_id, other.items = other.sit(session, call, 3)
    motion = sat.open(session, amount=Decimal(20_000))
    sat.vote(session, motion, chair=FOR, alix=FOR)
    for number, amount in ((0, 20_000), (1, 20_000)):
        other.fund(session, number, Decimal(amount))
    assert refused(lambda: sat.close(session, motion)) == {ReasonCode.ENVELOPE_EXCEEDED}


def test_the_program_decides_nothing(session: Session, sat: Committee) -> None:
    with pytest.raises(NotPermitted):
        voting.open_motion(session, SYSTEM, sat.item(session), outcome=Outcome.DECLINED, motivation="Automatique.")
