"""What is said against each step of an application, and what lifts it."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
import time_machine
from sqlalchemy import update
from sqlalchemy.orm import Session

from fund.errors import InvalidInput
from fund.models import Application, CommitteeSession, Outcome
from fund.models.base import utc_now
from fund.services import applications
from fund.services.call_versions import freeze_version
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.makers import (
    BECAUSE,
    MARK,
    in_days,
    returned,
    sitting_of,
)
from tests.services.refusals import Spoil, assert_sayable, refused, setting, staff_joins_the_lead
from workflows.application import ApplicationState, ApplicationStep
from workflows.completeness import form_is_complete
from workflows.engine import Context, Refused, StepRefused
from workflows.reasons import ReasonCode


def on_version(**fields: Any) -> Spoil:
    """The call is changed, and the file has taken the new version over."""

    def spoil(world: World, session: Session, subject: Any) -> None:
        for name, value in fields.items():
            setattr(subject.call, name, value)
        subject.call_version = freeze_version(session, world["officer"], subject.call)

    return spoil


def on_call(**fields: Any) -> Spoil:
    def spoil(_world: World, _session: Session, subject: Any) -> None:
        for name, value in fields.items():
            setattr(subject.call, name, value)

    return spoil


def without_the_company(world: World, _: Session, application: Application) -> None:
    member = next(m for m in application.members if m.organisation_id == world.company_id)
    application.members.remove(member)


def cancel_the_call(world: World, session: Session, application: Application) -> None:
    take_step(session, world["officer"], application.call, "cancel", inputs=BECAUSE)


def one_reviewer_declines(world: World, session: Session, application: Application) -> None:
    take_step(session, world["reviewer"], application.reviews[0], "decline", inputs=BECAUSE)


def one_review_is_reopened(world: World, session: Session, application: Application) -> None:
    take_step(session, world["reviewer"], application.reviews[0], "reopen")


def one_review_is_recused(world: World, session: Session, application: Application) -> None:
    take_step(session, world["reviewer"], application.reviews[0], "recuse", inputs=BECAUSE)


def off_the_agenda(_: World, __: Session, application: Application) -> None:
    sitting = application.items[0].session
    sitting.items.remove(application.items[0])


def open_the_session(world: World, session: Session, application: Application) -> None:
    world.open_sitting(session, sitting_of(session, application))


def decided_otherwise(_: World, session: Session, application: Application) -> None:
    item = application.items[0]
    item.outcome = Outcome.WITHDRAWN
    session.flush()


def session_only_signed(_: World, session: Session, application: Application) -> None:
    """As if the release had never been; by SQL, since no step leads back."""
    sitting = application.items[0].session
    session.execute(update(CommitteeSession).where(CommitteeSession.id == sitting.id).values(state="signed"))
    session.expire_all()


REFUSALS: list[tuple[StrEnum, Spoil, ReasonCode]] = [
    (ApplicationStep.SUBMIT, cancel_the_call, ReasonCode.CALL_CANCELLED),
    (ApplicationStep.SUBMIT, on_call(opens_at=in_days(1)), ReasonCode.OPENING_AHEAD),
    (ApplicationStep.SUBMIT, on_call(closes_at=in_days(-1)), ReasonCode.DEADLINE_PASSED),
    *(
        (ApplicationStep.SUBMIT, setting(**{name: None}), ReasonCode.FIELD_MISSING)
        for name in ("commune_code", "requested_amount", "total_budget", "starts_on", "ends_on")
    ),
    (ApplicationStep.SUBMIT, setting(title=""), ReasonCode.FIELD_MISSING),
    (ApplicationStep.SUBMIT, setting(summary=""), ReasonCode.FIELD_MISSING),
    (ApplicationStep.SUBMIT, on_version(max_grant=Decimal("19999.99")), ReasonCode.AMOUNT_OUT_OF_RANGE),
    (ApplicationStep.SUBMIT, on_version(min_grant=Decimal("20000.01")), ReasonCode.AMOUNT_OUT_OF_RANGE),
    (ApplicationStep.SUBMIT, on_version(max_rate=Decimal("49.99")), ReasonCode.RATE_TOO_HIGH),
    (ApplicationStep.SUBMIT, without_the_company, ReasonCode.KIND_MISSING),
    (ApplicationStep.RETURN, staff_joins_the_lead, ReasonCode.CONFLICT_OF_INTEREST),
    (ApplicationStep.RESUBMIT, setting(return_due_at=in_days(-0.1)), ReasonCode.CORRECTION_DEADLINE_PASSED),
    (ApplicationStep.RESUBMIT, setting(title=""), ReasonCode.FIELD_MISSING),
    (ApplicationStep.RESUBMIT, on_version(max_rate=Decimal("49.99")), ReasonCode.RATE_TOO_HIGH),
    (ApplicationStep.RESUBMIT, without_the_company, ReasonCode.KIND_MISSING),
    (ApplicationStep.DECLARE_INELIGIBLE, staff_joins_the_lead, ReasonCode.CONFLICT_OF_INTEREST),
    (ApplicationStep.REINSTATE, staff_joins_the_lead, ReasonCode.CONFLICT_OF_INTEREST),
    (ApplicationStep.START_REVIEW, staff_joins_the_lead, ReasonCode.CONFLICT_OF_INTEREST),
    (ApplicationStep.START_REVIEW, one_reviewer_declines, ReasonCode.REVIEWERS_TOO_FEW),
    (ApplicationStep.CONCLUDE_REVIEW, staff_joins_the_lead, ReasonCode.CONFLICT_OF_INTEREST),
    (ApplicationStep.CONCLUDE_REVIEW, one_review_is_reopened, ReasonCode.REVIEWS_PENDING),
    (ApplicationStep.CONCLUDE_REVIEW, one_review_is_recused, ReasonCode.REVIEWS_TOO_FEW),
    (ApplicationStep.SEND_TO_COMMITTEE, staff_joins_the_lead, ReasonCode.CONFLICT_OF_INTEREST),
    (ApplicationStep.SEND_TO_COMMITTEE, off_the_agenda, ReasonCode.NOT_ON_AGENDA),
    (ApplicationStep.RECALL, open_the_session, ReasonCode.SESSION_OPEN),
    *(
        (step, spoil, ReasonCode.DECISION_NOT_RELEASED)
        for step in (
            ApplicationStep.FUND,
            ApplicationStep.WAITLIST,
            ApplicationStep.DECLINE,
            ApplicationStep.DEFER,
        )
        for spoil in (decided_otherwise, session_only_signed)
    ),
    (ApplicationStep.EXPIRE, staff_joins_the_lead, ReasonCode.CONFLICT_OF_INTEREST),
]


@pytest.mark.parametrize(("step", "spoil", "code"), REFUSALS)
def test_a_step_is_refused_with_its_reason(
    session: Session, world: World, step: StrEnum, spoil: Spoil, code: ReasonCode
) -> None:
    assert refused(world, session, step, spoil=spoil) == [code]


def test_a_project_does_not_end_before_it_starts(session: Session, world: World) -> None:
    """The database refuses such dates too, so the guard is asked of a file that is not yet written."""
    application = world.draft(session)
    session.flush()
    with session.no_autoflush:
        application.ends_on = date(2026, 12, 31)
        reason = form_is_complete(application, Context(world["applicant"], utc_now()))
    assert reason is not None
    assert (reason.code, reason.field) == (ReasonCode.PROJECT_DATES_DISORDERED, "ends_on")
    session.rollback()


@pytest.mark.parametrize(
    ("step", "inputs", "code"),
    [
        (ApplicationStep.RETURN, {"return_due_at": None}, ReasonCode.CORRECTION_DEADLINE_MISSING),
        (ApplicationStep.RETURN, {"return_due_at": in_days(-1)}, ReasonCode.CORRECTION_DEADLINE_MISSING),
        (ApplicationStep.FUND, {"amount": None}, ReasonCode.AMOUNT_MISSING),
        (ApplicationStep.FUND, {"amount": Decimal(0)}, ReasonCode.AMOUNT_MISSING),
        (ApplicationStep.FUND, {"amount": Decimal("20000.01")}, ReasonCode.AMOUNT_ABOVE_REQUEST),
        (ApplicationStep.FUND, {"motivation": " "}, ReasonCode.MOTIVATION_MISSING),
        (ApplicationStep.WAITLIST, {"motivation": ""}, ReasonCode.MOTIVATION_MISSING),
        (ApplicationStep.DECLINE, {"motivation": None}, ReasonCode.MOTIVATION_MISSING),
    ],
)
def test_what_is_given_with_a_step_is_judged(
    session: Session, world: World, step: StrEnum, inputs: Mapping[str, Any], code: ReasonCode
) -> None:
    assert refused(world, session, step, inputs=inputs) == [code]


def test_a_grant_beyond_the_envelope_is_refused_with_what_remains(session: Session, world: World) -> None:
    world.funded(session)
    application = world.before_committee(session)
    application.call.envelope = Decimal(29_999)
    session.flush()
    with pytest.raises(Refused) as caught:
        world.decide(session, application)
    assert [(r.code, r.params) for r in caught.value.reasons] == [
        (ReasonCode.ENVELOPE_EXCEEDED, {"remaining": Decimal(14_999)})
    ]
    assert_sayable(caught.value.reasons[0])


# --- instants -------------------------------------------------------------------------------------------------


def test_a_file_is_in_time_until_the_very_instant_of_the_deadline(session: Session, world: World) -> None:
    late, in_time = world.draft(session), world.draft(session)
    closing = late.call.closes_at
    with time_machine.travel(closing, tick=False), pytest.raises(StepRefused) as caught:
        take_step(session, world["applicant"], late, "submit")
    assert [(r.code, r.params) for r in caught.value.reasons] == [
        (ReasonCode.DEADLINE_PASSED, {"instant": closing})
    ]
    with time_machine.travel(closing - timedelta(seconds=1), tick=False):
        take_step(session, world["applicant"], in_time, "submit")
    assert in_time.submitted_at == closing - timedelta(seconds=1)


def test_an_individual_extension_is_journalled_and_counts_to_the_second(session: Session, world: World) -> None:
    application, other = world.draft(session), world.draft(session)
    until = application.call.closes_at + timedelta(days=2)
    event = applications.extend_deadline(session, world["officer"], application, until=until, reason="Incendie.")
    assert event is not None
    assert (event.action, event.body["reason"]) == ("application.extend_deadline", "Incendie.")
    assert event.body["changes"]["extended_to"] == [None, until.isoformat(timespec="microseconds")]
    with time_machine.travel(until - timedelta(seconds=1), tick=False):
        with pytest.raises(StepRefused):
            take_step(session, world["applicant"], other, "submit")
        take_step(session, world["applicant"], application, "submit")
    assert application.state is ApplicationState.SUBMITTED
    with pytest.raises(NotEditable):
        applications.extend_deadline(session, world["officer"], application, until=until, reason="Encore.")
    with pytest.raises(NotPermitted):
        applications.extend_deadline(session, world["applicant"], other, until=until, reason="Pour moi.")


def test_an_extension_that_gives_no_time_is_refused(session: Session, world: World) -> None:
    draft, file = world.draft(session), returned(world, session)
    for application, until, code in (
        (draft, draft.call.closes_at, "deadline_before_closing"),
        (file, utc_now() - timedelta(seconds=1), "deadline_behind"),
    ):
        with pytest.raises(InvalidInput) as caught:
            applications.extend_deadline(session, world["officer"], application, until=until, reason="Trop tard.")
        assert caught.value.errors == {"until": [code]}


def test_corrections_are_in_time_until_their_deadline_and_an_officer_can_move_it(
    session: Session, world: World
) -> None:
    application = returned(world, session)
    due = application.return_due_at
    assert due is not None
    with time_machine.travel(due, tick=False):
        with pytest.raises(StepRefused) as caught:
            take_step(session, world["applicant"], application, "resubmit")
        assert [r.code for r in caught.value.reasons] == [ReasonCode.CORRECTION_DEADLINE_PASSED]
        later = due + timedelta(days=1)
        applications.extend_deadline(session, world["officer"], application, until=later, reason="Maladie.")
        take_step(session, world["applicant"], application, "resubmit")
    assert application.state is ApplicationState.SUBMITTED


def test_a_returned_file_is_corrected_after_the_call_has_closed(session: Session, world: World) -> None:
    application = returned(world, session, return_due_at=in_days(30), corrections={"title": MARK})
    assert application.corrections == {"title": MARK}
    with time_machine.travel(in_days(20)):
        take_step(session, world["officer"], application.call, "close")
        applications.edit_application(
            session, world["applicant"], application, title="Un atelier partagé, précisé"
        )
        take_step(session, world["applicant"], application, "resubmit")
    assert application.state is ApplicationState.SUBMITTED


def test_a_submitted_file_is_no_longer_edited(session: Session, world: World) -> None:
    application = world.submitted(session)
    with pytest.raises(NotEditable):
        applications.edit_application(session, world["applicant"], application, title="Trop tard")
