"""A rubric under a reviewer's work: words are corrected in their rows, marks never change their meaning."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import InvalidInput
from fund.forms.definition import CallContent, RubricLine, Scoring, Words
from fund.models import Call, Review
from fund.services import call_versions, calls, reviews
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.call_making import retitled
from tests.services.makers import draft_call

Reading = Callable[[World, Session, Review], None]
Change = Callable[[tuple[RubricLine, ...]], tuple[RubricLine, ...]]
BECAUSE = {"reason": "Essai."}


def accepted(world: World, session: Session, review: Review) -> None:
    take_step(session, world["reviewer"], review, "accept")


def begun(world: World, session: Session, review: Review) -> None:
    accepted(world, session, review)
    first = review.application.call.criteria[0].id
    reviews.save_scores(session, world["reviewer"], review, scores={first: {"comment": "À relire."}})


def submitted(world: World, session: Session, review: Review) -> None:
    world.score(session, review)


def given_back(world: World, session: Session, review: Review) -> None:
    """A reading that was begun and then cancelled leaves its marks in the rows."""
    begun(world, session, review)
    take_step(session, world["officer"], review, "cancel", inputs=BECAUSE)


def heavier(rubric: tuple[RubricLine, ...]) -> tuple[RubricLine, ...]:
    first, second = rubric
    return replace(first, weight=Decimal(70)), replace(second, weight=Decimal(30))


def finer(rubric: tuple[RubricLine, ...]) -> tuple[RubricLine, ...]:
    return replace(rubric[0], scale=10), rubric[1]


def stricter(rubric: tuple[RubricLine, ...]) -> tuple[RubricLine, ...]:
    return replace(rubric[0], threshold=2), rubric[1]


def shorter(rubric: tuple[RubricLine, ...]) -> tuple[RubricLine, ...]:
    return (replace(rubric[0], weight=Decimal(100)),)


def longer(rubric: tuple[RubricLine, ...]) -> tuple[RubricLine, ...]:
    first, second = rubric
    return first, replace(second, weight=Decimal(20)), RubricLine(Words("Coût", "Cost"), Decimal(20))


def turned(rubric: tuple[RubricLine, ...]) -> tuple[RubricLine, ...]:
    return rubric[::-1]


def with_rubric(content: CallContent, change: Change) -> CallContent:
    return replace(content, rubric=change(content.rubric))


def refusal(act: Callable[[], object]) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as refused:
        act()
    return {path: [str(problem) for problem in problems] for path, problems in refused.value.errors.items()}


@pytest.mark.parametrize("reading", [accepted, begun, submitted, given_back])
@pytest.mark.parametrize("change", [heavier, finer, stricter, shorter, longer, turned])
def test_what_marks_mean_stays_once_somebody_reads(
    session: Session, world: World, reading: Reading, change: Change
) -> None:
    application = world.in_review(session)
    reading(world, session, application.reviews[0])
    call = application.call
    content = with_rubric(call.content, change)
    assert refusal(lambda: call_versions.save_content(session, world["officer"], call, content)) == {
        "rubric": ["rubric_in_use"]
    }
    assert call.revision is None


def test_words_are_corrected_in_their_rows_under_the_marks(session: Session, world: World) -> None:
    application = world.reviewed(session)
    call = application.call
    before = {criterion.id: criterion.weight for criterion in call.criteria}
    marks = {(score.review_id, score.criterion_id, score.value) for r in application.reviews for score in r.scores}
    first, second = call.content.rubric
    corrected = replace(
        first,
        key="public_good",
        label=Words("Intérêt collectif", "Common good"),
        help=Words("À qui le projet sert-il ?", "Whom does the project serve?"),
        anchors=tuple(Words(f"Repère {mark}", f"Anchor {mark}") for mark in range(6)),
    )
    content = replace(call.content, rubric=(corrected, second), scoring=Scoring(minimum=Decimal(50)))
    call_versions.save_content(session, world["officer"], call, content)
    event = call_versions.publish_revision(session, world["officer"], call)
    session.commit()
    session.expire_all()
    assert event is not None
    assert event.body["details"]["changed"][:3] == [
        "rubric.1.key",
        "rubric.1.label.fr",
        "rubric.1.label.en",
    ]
    assert call.content == content
    assert {criterion.id: criterion.weight for criterion in call.criteria} == before
    assert {(s.review_id, s.criterion_id, s.value) for r in application.reviews for s in r.scores} == marks
    assert [review.score for review in application.reviews] == [80, 80]
    assert call.versions[-1].read().rubric[0] == corrected


def test_a_rubric_that_nobody_reads_by_yet_is_replaced(session: Session, world: World) -> None:
    call = world.in_review(session).call  # both readings are asked, neither is accepted
    for change in (longer, shorter):
        content = replace(call.content, rubric=change(call.content.rubric[:2]))
        call_versions.save_content(session, world["officer"], call, content)
        call_versions.publish_revision(session, world["officer"], call)
        session.commit()
        session.expire_all()
        assert call.content == content
        assert [criterion.position for criterion in call.criteria] == [*range(1, len(content.rubric) + 1)]


def test_a_rubric_put_aside_in_time_is_held_back_and_keeps_nothing_else_from_being_written(
    session: Session, world: World
) -> None:
    review = world.in_review(session).reviews[0]
    call = review.application.call
    before = call.content
    call_versions.save_content(session, world["officer"], call, with_rubric(before, heavier))
    accepted(world, session, review)
    content = retitled(call_versions.revised_content(call), "Un autre titre")
    call_versions.save_content(session, world["officer"], call, content)
    session.commit()
    assert refusal(lambda: call_versions.publish_revision(session, world["officer"], call)) == {
        "rubric": ["rubric_in_use"]
    }
    session.rollback()
    assert (call.content, call.revision is not None) == (before, True)
    # As it was, it can be put back, and what else was written is published.
    back = replace(call_versions.revised_content(call), rubric=before.rubric)
    call_versions.save_content(session, world["officer"], call, back)
    call_versions.publish_revision(session, world["officer"], call)
    assert call.content == retitled(before, "Un autre titre")


def test_nobody_accepts_to_read_while_the_rubric_is_replaced(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        review_id = world.in_review(session).reviews[0].id
        call = session.get_one(Call, world.call_id)
        call_versions.save_content(session, world["officer"], call, with_rubric(call.content, heavier))
    waiting = select(Review.id).where(Review.id == review_id).with_for_update(nowait=True)
    with unit_of_work(factory) as session, factory() as other:
        call = session.get_one(Call, world.call_id)
        assert other.scalar(waiting) == review_id
        other.rollback()
        call_versions.publish_revision(session, world["officer"], call)
        with pytest.raises(OperationalError, match="could not obtain lock"):
            other.scalar(waiting)


def test_a_line_edited_by_label_and_weight_keeps_what_its_marks_mean(session: Session, world: World) -> None:
    call = draft_call(world, session)
    anchors = tuple(Words(f"note {mark}", f"mark {mark}") for mark in range(6))
    call.criteria[0].line = replace(call.criteria[0].line, anchors=anchors, threshold=2)
    session.flush()
    kept = {"label_fr": "Intérêt", "label_en": "Interest", "weight": Decimal(40), "scale_max": 5}
    new = {"label_fr": "Alliance", "label_en": "Alliance", "weight": Decimal(60), "scale_max": 5}
    calls.edit_call(session, world["officer"], call, criteria=[new, kept])
    first, second = (criterion.line for criterion in call.criteria)
    assert (first.anchors, first.threshold) == ((), None)
    assert (second.anchors, second.threshold, second.weight) == (anchors, 2, Decimal(40))
