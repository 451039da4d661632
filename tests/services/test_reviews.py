"""Scoring: saved as she types, a version a sitting, what is given in hashed in the journal, two windows."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput, StaleVersion
from fund.models import AuditEvent, Review
from fund.models.base import utc_now
from fund.services import reviews
from fund.services.perform import NotEditable, NotPermitted
from fund.services.review_versions import content_sha256
from fund.services.steps import take_step
from fund.services.writing import SITTING, digest_of
from tests.scenario import World
from workflows.engine import StepRefused
from workflows.review import ReviewState


@pytest.fixture
def review(session: Session, world: World) -> Review:
    """The accepted review of « reviewer », of a file in review."""
    found = world.in_review(session).reviews[0]
    take_step(session, world["reviewer"], found, "accept")
    return found


def marks(review: Review, *values: int | None) -> dict[int, dict[str, Any]]:
    return {
        criterion.id: {"value": value}
        for criterion, value in zip(review.application.call.criteria, values, strict=True)
    }


def events(session: Session, review: Review, action: str) -> list[AuditEvent]:
    query = select(AuditEvent).where(
        AuditEvent.subject_type == "review", AuditEvent.subject_id == review.id, AuditEvent.action == action
    )
    return list(session.scalars(query.order_by(AuditEvent.seq)))


def seen(review: Review) -> dict[str, str]:
    """What a page made now would show."""
    return {name: digest_of(text) for name, text in reviews.read_grid(review).items()}


def test_a_sitting_is_one_version_and_one_event_however_often_she_saves(
    session: Session, world: World, review: Review
) -> None:
    counted = [review.version]
    with time_machine.travel(utc_now(), tick=False) as clock:
        for value in (1, 2, 3):
            reviews.save_scores(session, world["reviewer"], review, scores=marks(review, value, None))
            counted.append(review.version)
            clock.shift(SITTING - timedelta(seconds=1))
        assert [v.marks["1"]["value"] for v in review.versions] == [3]
        assert counted == sorted(set(counted))  # by which other windows and the API see that it changed
        clock.shift(SITTING)
        reviews.save_scores(session, world["reviewer"], review, scores={}, comment="Plus tard.")
    assert [(v.number, v.comment) for v in review.versions] == [(1, ""), (2, "Plus tard.")]
    told = events(session, review, "review.score")
    assert [event.body["details"] for event in told] == [{"number": 1}, {"number": 2}]
    assert all(event.body["changes"] == {} for event in told)


def test_saving_what_is_there_already_leaves_no_trace(session: Session, world: World, review: Review) -> None:
    reviews.save_scores(session, world["reviewer"], review, scores=marks(review, 4, None), comment="Bien.")
    version = review.version
    assert reviews.save_scores(session, world["reviewer"], review, scores=marks(review, 4, None)) is None
    assert review.version == version


def test_what_is_given_in_is_a_version_whose_hash_the_journal_keeps(
    session: Session, world: World, review: Review
) -> None:
    reviews.save_scores(session, world["reviewer"], review, scores=marks(review, 5, 3), comment="Solide.")
    take_step(session, world["reviewer"], review, "submit")
    [version] = review.versions
    [event] = events(session, review, "review.submit")
    assert version.submitted
    assert version.score == review.score == 84
    assert event.body["details"] == {
        "number": 1,
        "sha256": content_sha256(version.marks, version.comment, version.score),
    }
    assert content_sha256(version.marks, "Solide !", version.score) != event.body["details"]["sha256"]


def test_a_review_taken_back_and_given_in_again_keeps_what_it_said_before(
    session: Session, world: World, review: Review
) -> None:
    reviews.save_scores(session, world["reviewer"], review, scores=marks(review, 5, 5))
    take_step(session, world["reviewer"], review, "submit")
    take_step(session, world["reviewer"], review, "reopen")
    reviews.save_scores(session, world["reviewer"], review, scores=marks(review, 1, 5))
    take_step(session, world["reviewer"], review, "submit")
    assert [(v.number, v.submitted, v.marks["1"]["value"], v.score) for v in review.versions] == [
        (1, True, 5, Decimal(100)),
        (2, True, 1, Decimal(52)),
    ]
    numbers = [event.body["details"]["number"] for event in events(session, review, "review.submit")]
    assert numbers == [1, 2]
    # Given in once more as it is: a version of its own all the same.
    take_step(session, world["reviewer"], review, "reopen")
    take_step(session, world["reviewer"], review, "submit")
    assert [v.number for v in review.versions if v.submitted] == [1, 2, 3]


def test_a_submission_that_is_refused_closes_no_version(session: Session, world: World, review: Review) -> None:
    reviews.save_scores(session, world["reviewer"], review, scores=marks(review, 5, None))
    with pytest.raises(StepRefused):
        take_step(session, world["reviewer"], review, "submit")
    assert [version.submitted for version in review.versions] == [False]


def test_two_windows_that_changed_different_answers_keep_both(
    session: Session, world: World, review: Review
) -> None:
    actor, shown = world["reviewer"], seen(review)
    reviews.save_grid(session, actor, review, {"mark-1": 4, "comment-1": "Ici."}, seen=shown)
    reviews.save_grid(session, actor, review, {"mark-1": None, "mark-2": 2, "comment": "Là."}, seen=shown)
    assert reviews.read_grid(review) == {
        "mark-1": "4",
        "comment-1": "Ici.",
        "mark-2": "2",
        "comment-2": "",
        "comment": "Là.",
    }


def test_two_windows_that_changed_the_same_answer_are_asked_and_nothing_is_kept(
    session: Session, world: World, review: Review
) -> None:
    actor, shown = world["reviewer"], seen(review)
    reviews.save_grid(session, actor, review, {"mark-1": 4}, seen=shown)
    with pytest.raises(reviews.GridConflict) as refused:
        reviews.save_grid(session, actor, review, {"mark-1": 1, "comment": "Perdu ?"}, seen=shown)
    assert (refused.value.recorded, refused.value.typed) == ({"mark-1": "4"}, {"mark-1": "1"})
    assert review.comment == ""
    reviews.save_grid(session, actor, review, {"mark-1": 1, "comment": "Perdu ?"}, seen=seen(review))
    assert reviews.read_grid(review)["mark-1"] == "1"
    # The same said in both is no conflict, and an answer that no page showed is taken as empty.
    reviews.save_grid(session, actor, review, {"mark-1": 1}, seen=shown)
    with pytest.raises(reviews.GridConflict):
        reviews.save_grid(session, actor, review, {"mark-1": 2}, seen={})


def test_marks_are_judged_in_the_grid_as_elsewhere(session: Session, world: World, review: Review) -> None:
    with pytest.raises(InvalidInput) as refused:
        reviews.save_grid(session, world["reviewer"], review, {"mark-1": 6}, seen=seen(review))
    assert list(refused.value.errors.values()) == [["outside_scale"]]


def test_only_her_own_accepted_review_of_a_file_without_interest_is_written(
    session: Session, world: World, review: Review
) -> None:
    with pytest.raises(NotPermitted):
        reviews.save_scores(session, world["reviewer2"], review, scores=marks(review, 1, 1))
    with pytest.raises(StaleVersion):
        reviews.save_scores(
            session, world["reviewer"], review, scores=marks(review, 1, 1), expected_version=review.version - 1
        )
    # She takes a post with a member of the alliance while she writes.
    world.person(session, "reviewer").organisation_id = world.town_id
    session.flush()
    with pytest.raises(Conflict, match="kept_off"):
        reviews.save_scores(session, world["reviewer"], review, scores=marks(review, 1, 1))
    take_step(session, world["officer"], review, "cancel", inputs={"reason": "Lien trouvé."})
    assert review.state is ReviewState.CANCELLED
    with pytest.raises(NotEditable):
        reviews.save_scores(session, world["reviewer"], review, scores=marks(review, 1, 1))
    assert review.scores == []
