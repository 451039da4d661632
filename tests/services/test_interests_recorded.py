"""Interests found: what is recorded of them, when, and what follows."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import (
    Application,
    Interest,
    InterestKind,
    InterestState,
)
from fund.services import access, committee, interest_lists, interests, journal, reviews
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.ties import events, find, statements, told
from workflows.engine import StepRefused
from workflows.reasons import ReasonCode
from workflows.review import ReviewState
from workflows.topics import Topic
from workflows.voting import Outcome


def test_a_deposit_records_the_interests_of_everybody_with_a_role(session: Session, world: World) -> None:
    for name in ("reviewer", "officer2", "stranger"):
        world.person(session, name).organisation_id = world.town_id
    world.person(session, "finance").email = "finance@essai.example"
    file = world.submitted(session)
    rows = session.scalars(select(Interest).where(Interest.application_id == file.id)).all()
    assert {(row.person.name, row.kind, row.state) for row in rows} == {
        ("Reviewer", InterestKind.ORGANISATION, InterestState.STANDING),
        ("Officer2", InterestKind.ORGANISATION, InterestState.STANDING),
        ("Finance", InterestKind.MAIL_DOMAIN, InterestState.STANDING),
    }
    (entry,) = events(session, file, "application.find_interests")
    assert entry.body["actor"] == "system"
    references = {world[name].reference for name in ("reviewer", "officer2", "finance")}
    assert {line["person"] for line in entry.body["details"]["interests"]} == references
    assert "essai.example" not in str(entry.body)
    assert journal.verify_subject(session, file) is None
    assert told(session, Topic.INTEREST_FOUND) == {"Officer"}  # the other officer is kept off the file


def test_a_deposit_without_interests_leaves_no_trace(session: Session, world: World) -> None:
    file = world.submitted(session)
    assert events(session, file, "application.find_interests") == []
    assert told(session, Topic.INTEREST_FOUND) == set()


def test_a_trial_of_a_call_and_imported_history_record_nothing(session: Session, world: World) -> None:
    file = world.submitted(session)
    world.person(session, "reviewer").organisation_id = world.town_id
    file.is_test = True
    assert interests.record_found(session, file) == []
    file.is_test, file.imported = False, True
    assert interests.record_found(session, file) == []
    assert interests.record_found_of(session, world.person(session, "reviewer")) == []


def test_a_found_interest_ends_readings_under_way_and_given(session: Session, world: World) -> None:
    file = world.in_review(session)
    given, pending = file.reviews
    world.score(session, given)
    for review in (given, pending):
        review.reviewer.organisation_id = world.company_id
    interests.record_found(session, file)
    assert {review.state for review in (given, pending)} == {ReviewState.RECUSED}
    assert "Officer" in told(session, Topic.REVIEW_DECLINED)
    assert "Reviewer" not in told(session, Topic.REVIEW_CANCELLED)


def test_before_the_committee_stands_what_was_given(session: Session, world: World) -> None:
    file = world.before_committee(session)
    review = file.reviews[0]
    review.reviewer.organisation_id = world.company_id
    (found,) = interests.record_found(session, file)
    assert found.person_id == review.reviewer_id
    assert review.state is ReviewState.SUBMITTED
    assert access.visible(world["reviewer"], Application) is not None
    assert not find(session, review.reviewer.as_actor(), file)


def test_who_changes_her_employer_is_kept_off_the_files_in_play(session: Session, world: World) -> None:
    in_play = world.in_review(session)
    decided = world.decided(session, Outcome.DECLINED, None)
    reviewer = world.person(session, "reviewer")
    reviewer.organisation_id = world.company_id
    found = interests.record_found_of(session, reviewer)
    assert [(one.application_id, one.kind) for one in found] == [(in_play.id, InterestKind.ORGANISATION)]
    assert in_play.reviews[0].state is ReviewState.RECUSED
    assert decided.reviews[0].state is ReviewState.SUBMITTED
    assert not find(session, reviewer.as_actor(), decided)  # closed all the same
    assert interests.record_found_of(session, reviewer) == []


def test_the_agenda_records_what_arose_since_the_deposit(session: Session, world: World) -> None:
    file = world.reviewed(session)
    world.person(session, "member").organisation_id = world.town_id
    committee.put_on_agenda(session, world["officer"], world.sitting(session), file)
    assert len(events(session, file, "application.find_interests")) == 1
    assert not find(session, world.person(session, "member").as_actor(), file)
    assert find(session, world["chair"], file)


def test_an_assignment_records_it_and_is_refused(session: Session, world: World) -> None:
    file = world.submitted(session)
    other = world.person(session, "reviewer2")
    other.organisation_id = world.town_id
    reviews.assign(session, world["officer"], file, world.person(session, "reviewer"))
    assert [tie.person.name for tie in interest_lists.list_for_file(session, file)] == ["Reviewer2"]
    with pytest.raises(StepRefused) as caught:
        reviews.assign(session, world["officer"], file, other)
    assert [reason.code for reason in caught.value.reasons] == [ReasonCode.REVIEWER_INTERESTED]


def test_an_interested_officer_neither_assigns_nor_cancels(session: Session, world: World) -> None:
    file = world.in_review(session)
    world.person(session, "officer2").organisation_id = world.town_id
    session.flush()
    officer = world.person(session, "officer2").as_actor()
    with pytest.raises(StepRefused):
        reviews.assign(session, officer, file, world.person(session, "reviewer3"))
    with pytest.raises(StepRefused):
        take_step(session, officer, file.reviews[0], "cancel", inputs={"reason": "Non."})


def test_recording_takes_as_many_statements_for_many_as_for_one(session: Session, world: World) -> None:
    few, many = world.submitted(session), world.submitted(session, title="Un autre projet")
    world.person(session, "reviewer").organisation_id = world.town_id
    session.flush()
    with statements(session) as for_one:
        assert len(interests.record_found(session, few)) == 1
    for name in ("reviewer2", "reviewer3", "member", "finance", "auditor", "officer2"):
        world.person(session, name).organisation_id = world.town_id
    session.flush()
    with statements(session) as for_many:
        assert len(interests.record_found(session, many)) == 7
    assert 0 < len(for_many) <= len(for_one)
