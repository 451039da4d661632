"""Votes of a committee, and everything for which one is refused."""

from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fund.models import AuditEvent, AuditPersonal, Ballot
from fund.services import committee, voting
from fund.services.perform import NotPermitted
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.sitting import ABSTAIN, AGAINST, FOR, Committee, refused
from workflows.application import ApplicationState
from workflows.committee import CommitteeState
from workflows.reasons import ReasonCode
from workflows.voting import Majority, Method, MotionResult, Outcome


@pytest.fixture
def sat(session: Session, world: World) -> Committee:
    return Committee.make(session, world, files=2)


# --- a vote --------------------------------------------------------------------------------------------------


def test_an_adopted_proposal_decides_the_file_and_moves_nothing_yet(session: Session, sat: Committee) -> None:
    motion = sat.open(session, conditions="Un comité de suivi.")
    sat.vote(session, motion, chair=FOR, deputy=AGAINST, alix=FOR, claude=ABSTAIN, sacha=FOR)
    assert sat.close(session, motion) is MotionResult.ADOPTED
    item = sat.item(session)
    assert (item.outcome, item.amount, item.conditions) == (
        Outcome.FUNDED,
        Decimal(15_000),
        "Un comité de suivi.",
    )
    assert (motion.votes_for, motion.votes_against, motion.votes_abstain, motion.in_room) == (3, 1, 1, 5)
    assert sat.file(session).state is ApplicationState.COMMITTEE
    assert sat.file(session).award is None
    assert sat.sitting(session).call.remaining_envelope() == Decimal(35_000)


def test_a_rejected_proposal_decides_nothing_and_another_may_follow(session: Session, sat: Committee) -> None:
    motion = sat.open(session)
    sat.vote(session, motion, chair=AGAINST, deputy=AGAINST, alix=FOR)
    assert sat.close(session, motion) is MotionResult.REJECTED
    assert sat.item(session).is_open
    second = sat.open(session, outcome=Outcome.DECLINED, motivation="Trop loin du territoire.")
    sat.vote(session, second, chair=FOR, deputy=FOR, alix=AGAINST)
    assert sat.close(session, second) is MotionResult.ADOPTED
    assert (second.number, sat.item(session).outcome, sat.item(session).amount) == (2, Outcome.DECLINED, None)


def test_a_show_of_hands_counts_what_was_typed(session: Session, sat: Committee) -> None:
    motion = sat.open(session, method=Method.HANDS)
    assert refused(lambda: sat.vote(session, motion, alix=FOR)) == {ReasonCode.VOTE_IS_BY_HANDS}
    assert refused(lambda: sat.close(session, motion)) == {ReasonCode.VOTES_MISSING}
    session.refresh(motion)
    assert refused(lambda: sat.close(session, motion, hands=(5, 1, 0))) == {ReasonCode.VOTES_MISCOUNTED}
    session.refresh(motion)
    assert refused(lambda: sat.close(session, motion, hands=(5, -1, 0))) == {ReasonCode.VOTES_MISCOUNTED}
    session.refresh(motion)
    assert sat.close(session, motion, hands=(3, 2, 0)) is MotionResult.ADOPTED


# --- who may vote --------------------------------------------------------------------------------------------


def test_a_vote_is_refused_twice_absent_and_recused(session: Session, sat: Committee) -> None:
    sat.leave(session, "claude")
    sat.declare(session, "sacha")
    motion = sat.open(session)
    sat.vote(session, motion, alix=FOR)
    assert refused(lambda: sat.vote(session, motion, alix=AGAINST)) == {ReasonCode.VOTED_ALREADY}
    assert refused(lambda: sat.vote(session, motion, claude=FOR)) == {ReasonCode.NOT_IN_THE_ROOM}
    assert refused(lambda: sat.vote(session, motion, sacha=FOR)) == {ReasonCode.RECUSED_FROM_ITEM}
    assert (motion.votes_for, motion.votes_against) == (1, 0)


def test_whoever_does_not_sit_does_not_vote(session: Session, sat: Committee) -> None:
    motion = sat.open(session)
    for name in ("officer", "member", "reviewer"):
        with pytest.raises(NotPermitted):
            voting.cast_vote(session, sat[name], motion, FOR)


def test_a_closed_vote_takes_no_more(session: Session, sat: Committee) -> None:
    motion = sat.open(session)
    sat.vote(session, motion, chair=FOR, alix=FOR, claude=FOR)
    sat.close(session, motion)
    assert refused(lambda: sat.vote(session, motion, sacha=FOR)) == {ReasonCode.VOTE_NOT_OPEN}
    assert refused(lambda: sat.close(session, motion)) == {ReasonCode.VOTE_NOT_OPEN}
    assert refused(lambda: voting.withdraw_motion(session, sat["chair"], motion)) == {ReasonCode.VOTE_NOT_OPEN}


def test_the_same_person_cannot_vote_twice_in_the_database_either(session: Session, sat: Committee) -> None:
    motion = sat.open(session)
    sat.vote(session, motion, alix=FOR)
    with pytest.raises(IntegrityError):
        session.execute(
            text("INSERT INTO ballots (motion_id, person_id, choice) VALUES (:motion, :person, 'for')"),
            {"motion": motion.id, "person": sat.world.people["alix"]},
        )


def test_only_who_presides_opens_and_closes(session: Session, sat: Committee) -> None:
    for name in ("officer", "alix"):
        with pytest.raises(NotPermitted):
            sat.open(session, who=name)
    motion = sat.open(session, who="deputy")
    with pytest.raises(NotPermitted):
        sat.close(session, motion, who="alix")


# --- the secret vote -----------------------------------------------------------------------------------------


def test_of_a_secret_vote_only_counts_and_who_took_part_are_kept(session: Session, world: World) -> None:
    sat = Committee.make(session, world, secret_ballot=True)
    motion = sat.open(session)
    sat.vote(session, motion, chair=FOR, deputy=AGAINST, alix=FOR)
    assert motion.secret
    assert {ballot.choice for ballot in session.scalars(select(Ballot))} == {None}
    sat.close(session, motion)
    said = {line["name"]: line["choice"] for line in motion.roll}
    assert said == {"Chair": "voted", "Deputy": "voted", "Alix": "voted", "Claude": "present", "Sacha": "present"}
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "committee.vote")).all()
    assert len(events) == 3
    assert [event for event in events if "choice" in str(event.body)] == []
    kept = session.scalars(select(AuditPersonal)).all()
    assert [row for row in kept if "choice" in row.data.get("changes", {})] == []


def test_the_database_refuses_a_choice_in_a_secret_vote(session: Session, sat: Committee) -> None:
    motion = sat.open(session, secret=True)
    session.flush()
    with pytest.raises(IntegrityError, match="secret"):
        session.execute(
            text("INSERT INTO ballots (motion_id, person_id, choice) VALUES (:motion, :person, 'for')"),
            {"motion": motion.id, "person": sat.world.people["alix"]},
        )


def test_a_vote_can_be_public_where_the_rule_says_secret(session: Session, world: World) -> None:
    sat = Committee.make(session, world, secret_ballot=True)
    motion = sat.open(session, secret=False)
    sat.vote(session, motion, alix=FOR)
    assert [ballot.choice for ballot in motion.ballots] == [FOR]


# --- quorum --------------------------------------------------------------------------------------------------


def test_no_vote_without_a_quorum_for_the_file(session: Session, sat: Committee) -> None:
    """Five are present, but three keep off the first file: the second can be decided, the first cannot."""
    for name in ("alix", "claude", "sacha"):
        sat.declare(session, name)
    assert refused(lambda: sat.open(session)) == {ReasonCode.QUORUM_MISSING}
    assert sat.fund(session, 1) is MotionResult.ADOPTED


def test_a_quorum_lost_while_the_vote_is_open_decides_nothing(session: Session, sat: Committee) -> None:
    motion = sat.open(session)
    sat.vote(session, motion, chair=FOR, deputy=FOR)
    sat.leave(session, "alix", "claude", "sacha")
    assert sat.close(session, motion) is MotionResult.NO_QUORUM
    assert sat.item(session).is_open
    assert sat.sitting(session).call.remaining_envelope() == Decimal(50_000)
    committee.attend(session, sat["alix"], sat.sitting(session), present=True)
    again = sat.open(session)
    sat.vote(session, again, chair=FOR, alix=FOR)
    assert sat.close(session, again) is MotionResult.ADOPTED


def test_who_leaves_after_voting_still_counts(session: Session, sat: Committee) -> None:
    motion = sat.open(session)
    sat.vote(session, motion, chair=FOR, alix=AGAINST, claude=AGAINST)
    sat.leave(session, "alix", "claude", "sacha")
    assert sat.close(session, motion) is MotionResult.REJECTED
    assert (motion.in_room, motion.votes_against) == (4, 2)


def test_the_absolute_majority_counts_everybody_in_the_room(session: Session, world: World) -> None:
    sat = Committee.make(session, world, majority=Majority.ABSOLUTE)
    motion = sat.open(session)
    sat.vote(session, motion, chair=FOR, alix=FOR)
    assert sat.close(session, motion) is MotionResult.REJECTED


def test_a_file_on_which_no_vote_can_be_held_is_left_to_a_later_session(session: Session, sat: Committee) -> None:
    late = "Quorum non atteint."
    possible = refused(lambda: voting.postpone(session, sat["chair"], sat.item(session), late))
    assert possible == {ReasonCode.VOTE_POSSIBLE}
    for name in ("alix", "claude", "sacha"):
        sat.declare(session, name)
    assert refused(lambda: voting.postpone(session, sat["chair"], sat.item(session), " ")) == {
        ReasonCode.REASON_MISSING
    }
    with pytest.raises(NotPermitted):
        voting.postpone(session, sat["alix"], sat.item(session), late)
    voting.postpone(session, sat["chair"], sat.item(session), late)
    assert (sat.item(session).outcome, sat.item(session).motivation) == (Outcome.DEFERRED, late)
    sat.fund(session, 1)
    take_step(session, sat["chair"], sat.sitting(session), "close")
    assert sat.sitting(session).state is CommitteeState.CLOSED


def test_an_officer_leaves_a_file_where_nobody_may_preside(session: Session, sat: Committee) -> None:
    for name in ("chair", "deputy"):
        sat.declare(session, name)
    assert refused(lambda: voting.postpone(session, sat["chair"], sat.item(session), "Déports.")) == {
        ReasonCode.CONFLICT_OF_INTEREST
    }
    voting.postpone(session, sat["officer"], sat.item(session), "Présidence et suppléance déportées.")
    assert sat.item(session).outcome is Outcome.DEFERRED


# --- who presides --------------------------------------------------------------------------------------------


def test_the_deputy_presides_where_the_chair_keeps_off(session: Session, sat: Committee) -> None:
    sat.declare(session, "chair")
    assert refused(lambda: sat.open(session)) == {ReasonCode.CONFLICT_OF_INTEREST}
    motion = sat.open(session, who="deputy")
    sat.vote(session, motion, deputy=FOR, alix=FOR, claude=FOR)
    assert refused(lambda: sat.close(session, motion)) == {ReasonCode.CONFLICT_OF_INTEREST}
    assert sat.close(session, motion, who="deputy") is MotionResult.ADOPTED
    assert {line["name"]: line["choice"] for line in motion.roll}["Chair"] == "recused"


def test_the_casting_vote_of_a_ballot_is_how_the_chair_voted(session: Session, world: World) -> None:
    sat = Committee.make(session, world, files=2, casting_vote=True)
    motion = sat.open(session)
    sat.vote(session, motion, chair=FOR, alix=AGAINST)
    assert sat.close(session, motion, who="deputy", casting=AGAINST) is MotionResult.ADOPTED
    assert motion.casting is FOR
    second = sat.open(session, 1)
    sat.vote(session, second, chair=ABSTAIN, alix=AGAINST, sacha=FOR)
    assert sat.close(session, second) is MotionResult.REJECTED
    assert second.casting is None


def test_the_deputys_vote_casts_where_the_chair_is_away(session: Session, world: World) -> None:
    sat = Committee.make(session, world, casting_vote=True)
    sat.leave(session, "chair")
    motion = sat.open(session, who="deputy")
    sat.vote(session, motion, deputy=AGAINST, alix=FOR)
    assert sat.close(session, motion, who="deputy") is MotionResult.REJECTED
    assert motion.casting is AGAINST


def test_a_tie_of_hands_asks_for_the_casting_vote_and_a_secret_tie_never(session: Session, world: World) -> None:
    sat = Committee.make(session, world, files=2, casting_vote=True)
    motion = sat.open(session, method=Method.HANDS)
    assert refused(lambda: sat.close(session, motion, hands=(2, 2, 1))) == {ReasonCode.CASTING_VOTE_MISSING}
    session.refresh(motion)
    assert sat.close(session, motion, hands=(2, 2, 1), casting=FOR) is MotionResult.ADOPTED
    secret = sat.open(session, 1, secret=True)
    sat.vote(session, secret, chair=FOR, alix=AGAINST)
    assert sat.close(session, secret, casting=FOR) is MotionResult.REJECTED
    assert secret.casting is None
