"""Interests declared by people and decided on by officers; who is told, and who sees which."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.errors import NotFound
from fund.models import (
    Application,
    Interest,
    InterestKind,
    InterestState,
    OutboxRow,
    PersonRole,
)
from fund.services import interest_lists, interests, reviews, voting
from fund.services.perform import NotPermitted
from fund.services.seats import kept_off
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.ties import author, events, find, told
from workflows.engine import Refused
from workflows.permissions import Permission, Role, allows
from workflows.reasons import ReasonCode
from workflows.review import ReviewState
from workflows.topics import Topic
from workflows.voting import Choice, Outcome

# --- declaring ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["member", "chair", "officer2", "finance", "auditor"])
def test_whoever_judges_declares_and_is_out(session: Session, world: World, name: str) -> None:
    file = world.before_committee(session)
    interest = interests.declare(session, world[name], file, "Ma sœur y travaille.")
    assert (interest.kind, interest.state, interest.detail) == (
        InterestKind.DECLARED,
        InterestState.STANDING,
        "Ma sœur y travaille.",
    )
    assert not find(session, world[name], file)
    (entry,) = events(session, file, "application.declare_interest")
    assert entry.body["details"] == {"person": world[name].reference, "interest": "declared"}
    assert "sœur" not in str(entry.body)
    assert told(session, Topic.INTEREST_FOUND) == {"Officer"} | ({"Officer2"} if name != "officer2" else set())


def test_declaring_twice_is_declaring_once(session: Session, world: World) -> None:
    file = world.submitted(session)
    first = interests.declare(session, world["finance"], file, "Un mot.")
    assert interests.declare(session, world["finance"], file, "Un autre mot.") is first
    assert len(events(session, file, "application.declare_interest")) == 1


def test_an_applicant_declares_nothing(session: Session, world: World) -> None:
    with pytest.raises(NotPermitted):
        interests.declare(session, world["applicant"], world.submitted(session), "Un mot.")


def test_a_reviewer_who_declares_gives_the_reading_up(session: Session, world: World) -> None:
    review = world.in_review(session).reviews[0]
    interests.declare(session, world["reviewer"], review.application, "Un mot.")
    assert review.state is ReviewState.RECUSED
    assert told(session, Topic.REVIEW_DECLINED) == {"Officer", "Officer2"}
    assert told(session, Topic.INTEREST_FOUND) == set()


def test_recusing_oneself_is_a_declaration(session: Session, world: World) -> None:
    review = world.in_review(session).reviews[0]
    take_step(session, world["reviewer"], review, "recuse", inputs={"reason": "Un mot."})
    interest = session.scalars(select(Interest)).one()
    assert (interest.kind, interest.state, interest.detail) == (
        InterestKind.DECLARED,
        InterestState.STANDING,
        "Un mot.",
    )


def test_an_officer_who_recuses_a_reviewer_can_be_put_right(session: Session, world: World) -> None:
    file = world.in_review(session)
    review = file.reviews[0]
    take_step(session, world["officer"], review, "recuse", inputs={"reason": "Elle l'a dit au téléphone."})
    interest = session.scalars(select(Interest)).one()
    assert (interest.kind, interest.state) == (InterestKind.NOTED, InterestState.CONFIRMED)
    assert interest.reason == "Elle l'a dit au téléphone."
    assert not find(session, world["reviewer"], file)
    interests.decide(session, world["officer2"], interest, lift=True, reason="Un autre reviewer était visé.")
    reviews.assign(session, world["officer"], file, world.person(session, "reviewer"))
    assert find(session, world["reviewer"], file)


def test_who_voted_in_an_open_vote_declares_after_it(session: Session, world: World) -> None:
    file = world.before_committee(session)
    item = file.current_item
    assert item is not None
    motion = voting.open_motion(session, world["chair"], item, outcome=Outcome.DECLINED, motivation="Non.")
    voting.cast_vote(session, world["member"], motion, Choice.FOR)
    with pytest.raises(Refused) as caught:
        interests.declare(session, world["member"], file, "Un mot.")
    assert [reason.code for reason in caught.value.reasons] == [ReasonCode.INTEREST_AFTER_VOTE]
    interests.declare(session, world["finance"], file, "Une autre, qui ne vote pas.")
    voting.withdraw_motion(session, world["chair"], motion)
    interests.declare(session, world["member"], file, "Un mot.")
    assert world.people["member"] in kept_off(session, item)


# --- deciding -------------------------------------------------------------------------------------------------


def found_one(session: Session, world: World, name: str = "reviewer3") -> tuple[Application, Interest]:
    file = world.in_review(session)
    world.person(session, name).organisation_id = world.town_id
    (interest,) = interests.record_found(session, file)
    return file, interest


def test_a_lifted_interest_opens_the_file_again(session: Session, world: World) -> None:
    file, interest = found_one(session, world)
    assert interest.detail == "Commune d'essai"
    entry = interests.decide(session, world["officer"], interest, lift=True, reason="Quitté depuis dix ans.")
    assert entry is not None
    assert entry.body["reason"] == "Quitté depuis dix ans."
    assert (interest.state, interest.decided_by_id) == (InterestState.LIFTED, world.people["officer"])
    review = reviews.assign(session, world["officer"], file, world.person(session, "reviewer3"))
    assert review.state is ReviewState.ASSIGNED
    assert interests.record_found(session, file) == []
    assert find(session, world.person(session, "reviewer3").as_actor(), file)


def test_lifting_one_link_lifts_no_other(session: Session, world: World) -> None:
    file, interest = found_one(session, world)
    person = world.person(session, "reviewer3")
    interests.decide(session, world["officer"], interest, lift=True, reason="Élue sans délégation.")
    person.organisation_id = world.company_id  # another member of the same alliance
    session.flush()
    assert file.is_interested(person.as_actor())
    (new,) = interests.record_found(session, file)
    assert (new.kind, new.detail) == (InterestKind.ORGANISATION, "Entreprise d'essai")


def test_confirming_after_lifting_ends_the_reading_again(session: Session, world: World) -> None:
    file, interest = found_one(session, world)
    interests.decide(session, world["officer"], interest, lift=True, reason="Par erreur.")
    review = reviews.assign(session, world["officer"], file, world.person(session, "reviewer3"))
    interests.decide(session, world["officer2"], interest, lift=False, reason="Elle y siège encore.")
    assert review.state is ReviewState.RECUSED
    assert interest.state is InterestState.CONFIRMED
    assert interests.decide(session, world["officer2"], interest, lift=False, reason="Encore.") is None


@pytest.mark.parametrize("lift", [True, False])
def test_a_declared_interest_is_nobodys_to_decide(session: Session, world: World, lift: bool) -> None:
    file = world.submitted(session)
    interest = interests.declare(session, world["finance"], file, "Un mot.")
    with pytest.raises(Refused) as caught:
        interests.decide(session, world["officer"], interest, lift=lift, reason="Elle s'est trompée.")
    assert [reason.code for reason in caught.value.reasons] == [ReasonCode.INTEREST_IS_DECLARED]


def test_nobody_decides_her_own_or_on_a_file_she_keeps_off(session: Session, world: World) -> None:
    file = world.submitted(session)
    for name in ("officer", "finance"):
        world.person(session, name).organisation_id = world.town_id
    found = {interest.person_id: interest for interest in interests.record_found(session, file)}
    own, other = found[world.people["officer"]], found[world.people["finance"]]

    def refusal(interest: Interest, *, lift: bool) -> list[ReasonCode]:
        with pytest.raises(Refused) as caught:
            interests.decide(session, world["officer"], interest, lift=lift, reason="Pour moi.")
        return [reason.code for reason in caught.value.reasons]

    assert refusal(own, lift=True) == refusal(other, lift=True) == [ReasonCode.CONFLICT_OF_INTEREST]
    interests.decide(session, world["officer2"], own, lift=True, reason="Par une autre.")
    assert refusal(own, lift=False) == [ReasonCode.CONFLICT_OF_INTEREST]  # even lifted, it is her own
    interests.decide(session, world["officer"], other, lift=True, reason="Sans délégation.")


def test_who_still_writes_the_file_is_not_let_back(session: Session, world: World) -> None:
    file = world.submitted(session)
    author(session, world, file, world.person(session, "reviewer"))
    session.flush()
    session.expire_all()
    (interest,) = interests.record_found(session, file)
    with pytest.raises(Refused) as caught:
        interests.decide(session, world["officer"], interest, lift=True, reason="Elle lit seulement.")
    assert [reason.code for reason in caught.value.reasons] == [ReasonCode.INTEREST_IS_AUTHORS]
    file.collaborators[:] = [one for one in file.collaborators if one.person_id != interest.person_id]
    session.flush()
    assert file.is_interested(world["reviewer"])  # recorded, it stands until it is lifted
    interests.decide(session, world["officer"], interest, lift=True, reason="Elle n'écrit plus.")
    assert not file.is_interested(world["reviewer"])


def test_a_decision_needs_a_reason_and_an_officer(session: Session, world: World) -> None:
    _, interest = found_one(session, world)
    with pytest.raises(Refused) as caught:
        interests.decide(session, world["officer"], interest, lift=True, reason="  ")
    assert [reason.code for reason in caught.value.reasons] == [ReasonCode.REASON_MISSING]
    with pytest.raises(NotPermitted):
        interests.decide(session, world["finance"], interest, lift=True, reason="Non.")


# --- lists and recipients -------------------------------------------------------------------------------------


def test_the_files_list_shows_also_what_is_seen_but_not_recorded(session: Session, world: World) -> None:
    file, _ = found_one(session, world)
    world.person(session, "member").organisation_id = world.company_id
    session.flush()
    ties = interest_lists.list_for_file(session, file)
    assert [(tie.person.name, tie.detail, tie.found_at is None) for tie in ties] == [
        ("Member", "Entreprise d'essai", True),
        ("Reviewer3", "Commune d'essai", False),
    ]
    reference = world["member"].reference
    recorded = interests.find_interest(session, file, reference, InterestKind.ORGANISATION, "Entreprise d'essai")
    assert recorded.found_at is not None
    with pytest.raises(NotFound):
        interests.find_interest(session, file, reference, InterestKind.ORGANISATION, "Une autre")


def test_a_calls_list_leaves_out_the_files_that_the_reader_keeps_off(session: Session, world: World) -> None:
    file, interest = found_one(session, world)
    assert session.scalars(interest_lists.in_call(world["officer"], file.call)).all() == [interest]
    assert session.scalars(interest_lists.in_call(world["officer"], file.call, InterestState.LIFTED)).all() == []
    interests.declare(session, world["officer2"], file, "Un mot.")
    assert session.scalars(interest_lists.in_call(world["officer2"], file.call)).all() == []


@pytest.mark.parametrize(
    ("name", "other"), [("officer", "officer2"), ("finance", "officer2"), ("reviewer", "reviewer2")]
)
def test_no_message_about_the_file_reaches_who_keeps_off(
    session: Session, world: World, name: str, other: str
) -> None:
    file = world.in_review(session) if name != "finance" else world.active_award(session).application
    if name == "finance":
        session.add(PersonRole(person_id=world.people[other], role=Role.FINANCE))
    world.person(session, name).organisation_id = world.company_id
    session.flush()
    last = session.scalar(select(func.max(OutboxRow.id))) or 0
    if name == "reviewer":
        for review in file.reviews:
            take_step(session, world["officer"], review, "cancel", inputs={"reason": "Un lien."})
    elif name == "finance":
        assert file.award is not None
        tranche = file.award.live_tranches[0]
        for step in ("release", "order"):
            take_step(session, world["officer"], tranche, step)
    else:
        take_step(session, world["applicant"], file, "withdraw", inputs={"reason": "Plus de projet."})
    receivers = session.scalars(select(OutboxRow.recipient_id).where(OutboxRow.id > last)).all()
    assert world.people[other] in receivers
    assert world.people[name] not in receivers


def test_everybody_of_the_funds_may_declare_and_only_officers_decide(world: World) -> None:
    declare = {name for name in world.people if allows(Permission.INTEREST_DECLARE, world[name], frozenset())}
    assert declare == set(world.people) - {"applicant", "stranger", "partner", "catalyst"}
    decide = {name for name in world.people if allows(Permission.INTEREST_DECIDE, world[name], frozenset())}
    assert decide == {"officer", "officer2"}
