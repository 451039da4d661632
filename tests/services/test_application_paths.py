"""An application beside its main path, and who may do what with it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from fund.models import Organisation, OutboxRow, Outcome, Right
from fund.models.base import utc_now
from fund.services import applications, calls, committee, reviews, sharing, waitlist
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.makers import (
    BECAUSE,
    GRANT,
    before_committee,
    on_agenda,
    sitting_of,
    waitlisted,
)
from workflows.application import ApplicationState
from workflows.award import AwardState
from workflows.committee import CommitteeState
from workflows.disbursement import DisbursementState
from workflows.engine import StepForbidden, StepRefused, StepUnavailable
from workflows.permissions import SYSTEM
from workflows.reasons import ReasonCode
from workflows.report import ReportState
from workflows.review import ReviewState

# --- reports owed on earlier grants ---------------------------------------------------------------------------


def test_no_new_file_while_a_report_is_overdue(session: Session, world: World) -> None:
    report = world.active_award(session).reports[0]
    application = world.draft(session)
    report.due_on = utc_now().date() - timedelta(days=2)
    session.flush()
    with pytest.raises(StepRefused) as caught:
        take_step(session, world["applicant"], application, "submit")
    assert [(r.code, r.params) for r in caught.value.reasons] == [
        (ReasonCode.REPORT_OVERDUE, {"reference": report.reference})
    ]
    take_step(session, world["officer"], report, "waive", inputs=BECAUSE)
    take_step(session, world["applicant"], application, "submit")
    assert application.state is ApplicationState.SUBMITTED


# --- beside the path ------------------------------------------------------------------------------------------


def test_an_ineligible_file_is_reinstated_and_goes_on(session: Session, world: World) -> None:
    application = world.assigned(session)
    take_step(session, world["officer"], application, "declare_ineligible", inputs=BECAUSE)
    with pytest.raises(StepUnavailable):
        take_step(session, world["officer"], application, "start_review")
    take_step(session, world["officer"], application, "reinstate", inputs={"reason": "Erreur de notre part."})
    take_step(session, world["officer"], application, "start_review")
    assert application.state is ApplicationState.IN_REVIEW


def test_a_waitlisted_file_is_funded_when_the_envelope_frees(session: Session, world: World) -> None:
    """In the committee's order and with its amount; the next one stays until there is enough for it too."""
    application, second = waitlisted(world, session), waitlisted(world, session)
    assert (application.waitlist_rank, second.waitlist_rank) == (1, 2)
    application.call.envelope = Decimal(14_999)
    session.flush()
    assert waitlist.advance(session, application.call) == []
    calls.raise_envelope(session, world["officer"], application.call, Decimal(1), reason="Un don.")
    assert len(waitlist.advance(session, application.call)) == 1
    assert second.state is ApplicationState.WAITLISTED
    assert application.state is ApplicationState.FUNDED
    assert application.waitlist_rank is None
    assert application.award is not None
    assert application.award.amount == Decimal(15_000)
    assert application.items[0].outcome is Outcome.WAITLISTED  # what the session decided stays what it decided


@pytest.mark.parametrize("name", ["chair", "officer", "admin"])
def test_nobody_decides_by_herself(session: Session, world: World, name: str) -> None:
    application = waitlisted(world, session)
    with pytest.raises(StepForbidden):
        take_step(session, world[name], application, "fund", inputs=GRANT)


def test_nobody_overtakes_on_the_waiting_list(session: Session, world: World) -> None:
    waitlisted(world, session)
    second = waitlisted(world, session)
    with pytest.raises(StepRefused) as caught:
        take_step(session, SYSTEM, second, "fund", inputs=GRANT)
    assert [r.code for r in caught.value.reasons] == [ReasonCode.NOT_NEXT_ON_WAITLIST]


def test_a_deferred_file_comes_before_another_session(session: Session, world: World) -> None:
    application = world.decided(session, Outcome.DEFERRED, None, "Pièces à revoir.")
    assert application.state is ApplicationState.REVIEWED
    assert application.items[0].outcome is Outcome.DEFERRED
    later = world.sitting(session)
    committee.put_on_agenda(session, world["officer"], later, application)
    world.open_sitting(session, later)
    world.decide(session, application, Outcome.DECLINED)
    assert [item.outcome for item in application.items] == [Outcome.DEFERRED, Outcome.DECLINED]


def test_a_recalled_file_leaves_the_agenda_and_can_come_back_to_it(session: Session, world: World) -> None:
    application = on_agenda(world, session)
    sitting = sitting_of(session, application)
    take_step(session, world["officer"], application, "recall")
    assert application.state is ApplicationState.REVIEWED
    assert sitting.items == []
    committee.put_on_agenda(session, world["officer"], sitting, application)
    assert ApplicationState(application.state) is ApplicationState.COMMITTEE
    assert [item.application_id for item in sitting.items] == [application.id]


def test_a_decision_needs_an_open_session(session: Session, world: World) -> None:
    application = on_agenda(world, session)
    with pytest.raises(NotEditable):
        world.decide(session, application)


def test_withdrawing_cancels_readings_and_settles_the_agenda(session: Session, world: World) -> None:
    application = world.in_review(session)
    world.score(session, application.reviews[0])
    take_step(session, world["applicant"], application, "withdraw", inputs=BECAUSE)
    assert [review.state for review in application.reviews] == [ReviewState.SUBMITTED, ReviewState.CANCELLED]
    told = {row.recipient_id for row in session.query(OutboxRow).filter_by(topic="review.cancelled")}
    assert told == {world.people["reviewer2"]}

    before = before_committee(world, session)
    sitting = sitting_of(session, before)
    take_step(session, world["applicant"], before, "withdraw", inputs=BECAUSE)
    assert before.items[0].outcome is Outcome.WITHDRAWN
    take_step(session, world["chair"], sitting, "close")
    assert sitting.state is CommitteeState.CLOSED


@pytest.mark.parametrize("state", ["funded", "reported"])
def test_a_granted_file_is_not_withdrawn(session: Session, world: World, state: str) -> None:
    application = getattr(world, state)(session)
    with pytest.raises(StepUnavailable):
        take_step(session, world["applicant"], application, "withdraw", inputs=BECAUSE)


def test_a_granted_file_is_cancelled_only_with_its_award(session: Session, world: World) -> None:
    application = world.funded(session)
    with pytest.raises(StepRefused) as caught:
        take_step(session, world["officer"], application, "cancel", inputs=BECAUSE)
    assert [r.code for r in caught.value.reasons] == [ReasonCode.AWARD_NOT_CANCELLED]
    with pytest.raises(StepRefused) as caught:
        take_step(session, world["officer"], application, "report")
    assert [r.code for r in caught.value.reasons] == [ReasonCode.AWARD_NOT_CLOSED]


@pytest.mark.parametrize("is_refused", [False, True])
def test_an_award_that_falls_takes_tranches_reports_and_file_with_it(
    session: Session, world: World, is_refused: bool
) -> None:
    award = world.offered_award(session)
    remaining = award.call.remaining_envelope()
    if is_refused:
        take_step(session, world["applicant"], award.agreements[0], "refuse", inputs=BECAUSE)
    else:
        take_step(session, world["officer"], award, "cancel", inputs=BECAUSE)
    session.expire_all()
    assert award.state in (AwardState.CANCELLED, AwardState.REFUSED)
    assert {tranche.state for tranche in award.disbursements} == {DisbursementState.CANCELLED}
    assert {report.state for report in award.reports} == {ReportState.WAIVED}
    assert award.application.state is ApplicationState.CANCELLED
    assert award.call.remaining_envelope() == remaining + award.amount


# --- who ------------------------------------------------------------------------------------------------------


def test_a_co_author_writes_but_does_not_sign(session: Session, world: World) -> None:
    application = world.draft(session)
    stranger = world.person(session, "stranger")
    with pytest.raises(NotPermitted):
        applications.edit_application(session, world["stranger"], application, title="Non")
    sharing.give_right(session, world["applicant"], application, stranger, Right.WRITE)
    applications.edit_application(session, world["stranger"], application, title="Oui")
    with pytest.raises(StepRefused) as caught:
        take_step(session, world["stranger"], application, "submit")
    assert [r.code for r in caught.value.reasons] == [ReasonCode.NOT_PERMITTED]
    sharing.give_right(session, world["applicant"], application, stranger, Right.SIGN)
    take_step(session, world["stranger"], application, "submit")
    assert application.state is ApplicationState.SUBMITTED


def test_an_interest_is_known_by_author_organisation_and_siren(session: Session, world: World) -> None:
    application = world.submitted(session)
    town = session.get_one(Organisation, world.town_id)
    reviewer = world.person(session, "reviewer")
    other_site = Organisation(kind=town.kind, name="Régie d’essai", siren=town.siren)
    session.add(other_site)
    assert not application.is_interested(world["reviewer"])
    for organisation in (town, other_site):
        reviewer.organisation = organisation
        session.flush()
        assert application.is_interested(world["reviewer"])
    assert application.is_interested(world["applicant"])


def test_a_reviewer_with_an_interest_is_not_assigned(session: Session, world: World) -> None:
    application = world.submitted(session)
    reviewer = world.person(session, "reviewer")
    reviewer.organisation_id = world.company_id
    session.flush()
    session.expire_all()
    with pytest.raises(StepRefused) as caught:
        reviews.assign(session, world["officer"], application, reviewer)
    assert [r.code for r in caught.value.reasons] == [ReasonCode.REVIEWER_INTERESTED]
