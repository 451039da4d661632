"""What is said against the steps of calls, reviews and committee sessions."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.errors import InvalidInput
from fund.models import OutboxRow, Outcome, Review
from fund.models.base import utc_now
from fund.services import calls, committee, reviews
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import UnknownStep, take_step
from tests.scenario import World
from tests.services.makers import (
    BECAUSE,
    assigned_review,
    attended_sitting,
    complete_review,
    convened_sitting,
    draft_call,
    in_days,
    on_agenda,
    open_call,
    published_call,
    sitting_of,
    submitted_review,
)
from tests.services.refusals import Spoil, refused, setting
from workflows.application import ApplicationState
from workflows.call import CallState, CallStep, dates_in_order
from workflows.committee import CommitteeState, CommitteeStep
from workflows.engine import Context, StepRefused
from workflows.permissions import Actor, Role
from workflows.reasons import ReasonCode
from workflows.review import ReviewState, ReviewStep


def somebody_begins(world: World, session: Session, call: Any) -> None:
    world.draft(session, call_id=call.id)


def somebody_submits(world: World, session: Session, call: Any) -> None:
    call.closes_at = in_days(1)
    world.submitted(session, call_id=call.id)


def lighten_a_criterion(_: World, __: Session, call: Any) -> None:
    call.criteria[0].weight = Decimal(99)


def close_the_phase(_world: World, session: Session, review: Any) -> None:
    """The file was returned for correction meanwhile."""
    inputs = {**BECAUSE, "return_due_at": in_days(5)}
    take_step(session, _world["officer"], review.application, "return", inputs=inputs)


def reviewer_joins_the_lead(world: World, session: Session, review: Any) -> None:
    review.reviewer.organisation_id = world.lead_id
    session.flush()
    session.refresh(review.reviewer)
    world.actors["reviewer"] = review.reviewer.as_actor()


def unscore_one(_: World, __: Session, review: Any) -> None:
    review.scores.remove(review.scores[0])


def empty_the_agenda(_: World, __: Session, sitting: Any) -> None:
    sitting.items.clear()


def only_the_chair_is_there(world: World, session: Session, sitting: Any) -> None:
    committee.set_attendance(session, world["chair"], sitting, [world.people["chair"]])


def add_an_undecided_file(world: World, session: Session, sitting: Any) -> None:
    sitting.items[0].outcome = None


REFUSALS: list[tuple[StrEnum, Spoil, ReasonCode]] = [
    *(
        (CallStep.PUBLISH, setting(**{name: ""}), ReasonCode.FIELD_MISSING)
        for name in ("title_fr", "title_en", "summary_fr", "summary_en")
    ),
    (CallStep.PUBLISH, lighten_a_criterion, ReasonCode.CALL_RUBRIC_WEIGHTS),
    (CallStep.UNPUBLISH, somebody_begins, ReasonCode.CALL_HAS_APPLICATIONS),
    (CallStep.OPEN, setting(opens_at=in_days(1)), ReasonCode.CALL_NOT_YET_OPEN),
    (CallStep.CLOSE, setting(closes_at=in_days(1)), ReasonCode.CALL_NOT_YET_CLOSED),
    (CallStep.SETTLE, somebody_submits, ReasonCode.CALL_HAS_PENDING),
    (CallStep.CANCEL, somebody_submits, ReasonCode.CALL_HAS_APPLICATIONS),
    (ReviewStep.ASSIGN, reviewer_joins_the_lead, ReasonCode.REVIEWER_INTERESTED),
    (ReviewStep.ACCEPT, reviewer_joins_the_lead, ReasonCode.CONFLICT_OF_INTEREST),
    (ReviewStep.SUBMIT, reviewer_joins_the_lead, ReasonCode.CONFLICT_OF_INTEREST),
    (ReviewStep.SUBMIT, close_the_phase, ReasonCode.REVIEW_PHASE_OVER),
    (ReviewStep.SUBMIT, unscore_one, ReasonCode.SCORES_MISSING),
    (ReviewStep.REOPEN, close_the_phase, ReasonCode.REVIEW_PHASE_OVER),
    (CommitteeStep.CONVENE, setting(held_at=in_days(-1)), ReasonCode.DATE_MISSING),
    (CommitteeStep.CONVENE, setting(chair_id=None), ReasonCode.CHAIR_MISSING),
    (CommitteeStep.CONVENE, empty_the_agenda, ReasonCode.AGENDA_EMPTY),
    (CommitteeStep.OPEN, empty_the_agenda, ReasonCode.AGENDA_EMPTY),
    (CommitteeStep.OPEN, only_the_chair_is_there, ReasonCode.QUORUM_MISSING),
    (CommitteeStep.CLOSE, add_an_undecided_file, ReasonCode.ITEMS_OPEN),
]


@pytest.mark.parametrize(("step", "spoil", "code"), REFUSALS)
def test_a_step_is_refused_with_its_reason(
    session: Session, world: World, step: StrEnum, spoil: Spoil, code: ReasonCode
) -> None:
    assert refused(world, session, step, spoil=spoil) == [code]


@pytest.mark.parametrize("step", [CallStep.EXTEND, CallStep.REOPEN])
@pytest.mark.parametrize("inputs", [{"closes_at": None}, {"closes_at": in_days(-1)}, {"closes_at": in_days(-30)}])
def test_a_new_closing_is_later(session: Session, world: World, step: StrEnum, inputs: Mapping[str, Any]) -> None:
    assert refused(world, session, step, inputs=inputs) == [ReasonCode.CALL_CLOSING_NOT_LATER]


# --- calls ------------------------------------------------------------------------------------------------------


def test_a_call_opens_and_closes_at_its_instants(session: Session, world: World) -> None:
    opens, closes = in_days(3), in_days(9)
    call = published_call(world, session, opens_at=opens, closes_at=closes)
    officer = world["officer"]
    for instant, step, state in ((opens, "open", CallState.OPEN), (closes, "close", CallState.CLOSED)):
        with time_machine.travel(instant - timedelta(seconds=1), tick=False), pytest.raises(StepRefused):
            take_step(session, officer, call, step)
        with time_machine.travel(instant, tick=False):
            take_step(session, officer, call, step)
        assert call.state is state


def test_a_call_does_not_close_before_it_opens(session: Session, world: World) -> None:
    """The database refuses such dates too, so the guard is asked of a call that is not yet written."""
    call = draft_call(world, session)
    session.flush()
    with session.no_autoflush:
        call.closes_at = call.opens_at
        reason = dates_in_order(call, Context(world["officer"], utc_now()))
    assert reason is not None
    assert (reason.code, reason.field) == (ReasonCode.CALL_DATES_DISORDERED, "closes_at")
    session.rollback()


def test_an_extension_moves_the_closing_and_comes_back_to_it(session: Session, world: World) -> None:
    call = open_call(world, session)
    later = in_days(40)
    take_step(session, world["officer"], call, "extend", inputs={**BECAUSE, "closes_at": later})
    assert call.closes_at == later
    due = select(func.count()).where(OutboxRow.topic == "deadline.call_closes", OutboxRow.subject_id == call.id)
    assert session.scalar(due) == 2  # the first closing finds nothing to do, the second closes


def test_an_open_call_is_not_rewritten(session: Session, world: World) -> None:
    call = open_call(world, session)
    with pytest.raises(NotEditable):
        calls.edit_call(session, world["officer"], call, title_fr="Un autre appel")
    with pytest.raises(NotPermitted):
        calls.raise_envelope(session, world["applicant"], call, Decimal(1), reason="Pour moi.")


def test_only_an_officer_makes_a_call(session: Session, world: World) -> None:
    with pytest.raises(NotPermitted) as caught:
        calls.create_call(session, world["applicant"])
    assert caught.value.reason.params == {"roles": "officer"}


def test_an_unknown_step_is_answered_with_the_known_ones(session: Session, world: World) -> None:
    call = open_call(world, session)
    with pytest.raises(UnknownStep) as caught:
        take_step(session, world["officer"], call, "explode")
    assert set(caught.value.allowed) == {"call.extend", "call.close", "call.cancel"}


# --- reviews ----------------------------------------------------------------------------------------------------


def test_only_a_reviewer_is_assigned_and_only_by_an_officer(session: Session, world: World) -> None:
    application = world.submitted(session)
    with pytest.raises(InvalidInput) as caught:
        reviews.assign(session, world["officer"], application, world.person(session, "member"))
    assert caught.value.errors == {"reviewer": ["not_a_reviewer"]}
    with pytest.raises(NotPermitted):
        reviews.assign(session, world["reviewer"], application, world.person(session, "reviewer"))


def test_a_file_past_reading_is_not_assigned(session: Session, world: World) -> None:
    application = world.reviewed(session)
    with pytest.raises(StepRefused) as caught:
        reviews.assign(session, world["officer"], application, world.person(session, "reviewer3"))
    assert [r.code for r in caught.value.reasons] == [ReasonCode.REVIEW_PHASE_OVER]


def test_a_review_is_answered_by_its_reviewer_alone(session: Session, world: World) -> None:
    review = assigned_review(world, session)
    for name in ("reviewer2", "officer", "admin"):
        with pytest.raises(StepRefused) as caught:
            take_step(session, world[name], review, "accept")
        assert [r.code for r in caught.value.reasons] == [ReasonCode.NOT_PERMITTED]


def test_marks_stay_in_their_scale_and_on_the_rubric(session: Session, world: World) -> None:
    review = complete_review(world, session)
    criterion = review.application.call.criteria[0].id
    for number, value in ((criterion, 6), (criterion, -1), (-1, 1)):
        with pytest.raises(InvalidInput):
            reviews.save_scores(session, world["reviewer"], review, scores={number: {"value": value}})


def test_the_score_weighs_the_rubric(session: Session, world: World) -> None:
    review = complete_review(world, session)
    first, second = review.application.call.criteria
    marks: dict[int, dict[str, Any]] = {first.id: {"value": 5}, second.id: {"value": 2, "comment": "À préciser."}}
    reviews.save_scores(session, world["reviewer"], review, scores=marks)
    take_step(session, world["reviewer"], review, "submit")
    assert review.score == Decimal("76.00")  # 60 % of 5/5 and 40 % of 2/5
    with pytest.raises(NotEditable):
        reviews.save_scores(session, world["reviewer"], review, scores=marks)


def test_a_reopened_review_can_be_changed_and_has_no_score(session: Session, world: World) -> None:
    review = submitted_review(world, session)
    take_step(session, world["reviewer"], review, "reopen")
    assert (review.state, review.score, review.submitted_at) == (ReviewState.ACCEPTED, None, None)


def test_an_officer_recuses_a_reviewer_found_to_have_an_interest(session: Session, world: World) -> None:
    review = assigned_review(world, session)
    take_step(session, world["officer"], review, "recuse", inputs={"reason": "Même organisation."})
    assert review.state is ReviewState.RECUSED
    assert review.application.is_interested(world["reviewer"])
    reviewer = world.person(session, "reviewer")
    with pytest.raises(StepRefused) as caught:
        reviews.assign(session, world["officer"], review.application, reviewer)
    assert [r.code for r in caught.value.reasons] == [ReasonCode.REVIEWER_INTERESTED]


def test_a_reviewer_who_declined_may_be_asked_again(session: Session, world: World) -> None:
    review = assigned_review(world, session)
    take_step(session, world["reviewer"], review, "decline", inputs=BECAUSE)
    again = reviews.assign(session, world["officer"], review.application, world.person(session, "reviewer"))
    assert isinstance(again, Review)
    assert again.state is ReviewState.ASSIGNED


# --- committee sessions -----------------------------------------------------------------------------------------


def test_a_session_is_presided_by_its_own_chair(session: Session, world: World) -> None:
    sitting = attended_sitting(world, session)
    other = Actor("PE-AUTRE", "Autre", frozenset({Role.CHAIR}), person_id=world.people["member"])
    with pytest.raises(StepRefused) as caught:
        take_step(session, other, sitting, "open")
    assert [r.code for r in caught.value.reasons] == [ReasonCode.NOT_PERMITTED]


def test_a_chair_has_the_role(session: Session, world: World) -> None:
    call = open_call(world, session)
    member = world.person(session, "member")
    with pytest.raises(InvalidInput) as caught:
        committee.plan_session(
            session, world["officer"], call, members=[], chair=member, title="X", held_at=in_days(1)
        )
    assert caught.value.errors == {"chair": ["not_a_chair"]}


def test_a_file_of_another_call_is_not_put_on_the_agenda(session: Session, world: World) -> None:
    application = world.reviewed(session)
    other = world.sitting(session, open_call(world, session).id)
    with pytest.raises(InvalidInput) as caught:
        committee.put_on_agenda(session, world["officer"], other, application)
    assert caught.value.errors == {"application": ["other_call"]}


def test_an_agenda_is_closed_once_the_session_is_open(session: Session, world: World) -> None:
    application = world.before_committee(session)
    late = world.reviewed(session)
    with pytest.raises(NotEditable):
        committee.put_on_agenda(session, world["officer"], sitting_of(session, application), late)


def test_a_cancelled_session_gives_its_files_back(session: Session, world: World) -> None:
    application = on_agenda(world, session)
    withdrawn = world.reviewed(session)
    sitting = sitting_of(session, application)
    committee.put_on_agenda(session, world["officer"], sitting, withdrawn)
    take_step(session, world["applicant"], withdrawn, "withdraw", inputs=BECAUSE)
    take_step(session, world["officer"], sitting, "cancel", inputs=BECAUSE)
    assert sitting.state is CommitteeState.CANCELLED
    assert (application.state, withdrawn.state) == (ApplicationState.REVIEWED, ApplicationState.WITHDRAWN)
    assert [item.outcome for item in sitting.items] == [None, Outcome.WITHDRAWN]
    assert all(item.lapsed_at for item in sitting.items)
    other = world.sitting(session)
    committee.put_on_agenda(session, world["officer"], other, application)
    assert len(other.items) == 1


def test_an_open_session_is_not_cancelled(session: Session, world: World) -> None:
    sitting = sitting_of(session, world.before_committee(session))
    with pytest.raises(StepRefused) as caught:
        take_step(session, world["officer"], sitting, "cancel", inputs=BECAUSE)
    assert [r.code for r in caught.value.reasons] == [ReasonCode.WRONG_STATE]


def test_signed_minutes_carry_their_instant(session: Session, world: World) -> None:
    application = world.before_committee(session)
    sitting = sitting_of(session, application)
    world.decide(session, application, Outcome.DECLINED)
    take_step(session, world["chair"], sitting, "close")
    signing = in_days(2)
    with time_machine.travel(signing, tick=False):
        take_step(session, world["chair"], sitting, "sign")
    assert sitting.signed_at == signing


def test_attendance_is_noted_by_the_chair(session: Session, world: World) -> None:
    sitting = convened_sitting(world, session)
    with pytest.raises(NotPermitted):
        committee.set_attendance(session, world["member"], sitting, [])
    event = committee.set_attendance(session, world["chair"], sitting, [world.people["member"]])
    assert event is not None
    assert event.body["details"]["present"] == [[], [world["member"].reference]]
    assert committee.set_attendance(session, world["chair"], sitting, [world.people["member"]]) is None
