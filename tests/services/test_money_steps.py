"""What the steps on awards, tranches and reports bring about, beyond the states that they lead to."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.errors import InvalidInput
from fund.models import OutboxRow, TrancheCondition
from fund.services import awards, reports, signatures
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.makers import BECAUSE, accounted_award, draft_award, offered_award, today
from tests.services.money_makers import (
    due_tranche,
    failed_tranche,
    given_report,
    held_tranche,
    ordered_tranche,
    planned_tranche,
    returned_report,
    sent_tranche,
)
from workflows.award import AwardState
from workflows.disbursement import ConditionKind, DisbursementState
from workflows.engine import PARIS, StepRefused
from workflows.permissions import Role
from workflows.reasons import ReasonCode
from workflows.report import ReportState

# --- awards -----------------------------------------------------------------------------------------------------


def test_a_schedule_sums_to_the_award_to_the_cent(session: Session, world: World) -> None:
    award = draft_award(world, session)
    lines: list[dict[str, Any]] = [{"amount": Decimal("5000.01")}, {"amount": Decimal(10_000)}]
    with pytest.raises(InvalidInput) as caught:
        awards.set_schedule(session, world["officer"], award, tranches=lines)
    assert caught.value.errors == {"tranches": ["schedule_unbalanced"]}
    balanced = [{"amount": Decimal(5_000)}, {"amount": Decimal(10_000)}]
    with pytest.raises(NotPermitted):
        awards.set_schedule(session, world["applicant"], award, tranches=balanced)


def test_a_tranche_that_falls_away_is_cancelled_and_keeps_its_chain(session: Session, world: World) -> None:
    award = draft_award(world, session)
    lines = [{"amount": Decimal(15_000), "due_on": date(2026, 3, 1)}]
    awards.set_schedule(session, world["officer"], award, tranches=lines)
    session.expire_all()
    states = [(tranche.state, tranche.amount) for tranche in award.disbursements]
    assert states == [
        (DisbursementState.PLANNED, Decimal(15_000)),
        (DisbursementState.CANCELLED, Decimal(5_000)),
    ]
    assert award.tranche_total == award.amount


def test_the_schedule_of_an_offered_award_is_not_rewritten(session: Session, world: World) -> None:
    award = offered_award(world, session)
    with pytest.raises(NotEditable):
        awards.set_schedule(session, world["officer"], award, tranches=[{"amount": award.amount, "due_on": None}])


def test_signing_is_for_whoever_signs_and_sets_the_deadlines(session: Session, world: World) -> None:
    award = offered_award(world, session)
    agreement = award.agreements[0]
    signing: dict[str, Any] = {"digest": agreement.facts_sha256, "name": "Essai", "function": ""}
    with pytest.raises(NotPermitted):
        signatures.sign_as(
            session, world["stranger"], agreement, agreement.signers[0], accepts_contract=True, **signing
        )
    world.sign_agreement(session, award)
    assert award.signed_on == today()
    deadlines = (
        select(OutboxRow.topic, func.count()).where(OutboxRow.recipient_id.is_(None)).group_by(OutboxRow.topic)
    )
    rows = {row[0]: row[1] for row in session.execute(deadlines)}
    assert rows["deadline.disbursement_due"] == 2
    assert rows["deadline.report_due"] == 1


def test_closing_the_award_closes_the_file(session: Session, world: World) -> None:
    award = accounted_award(world, session)
    take_step(session, world["officer"], award, "close")
    assert award.application.state.value == "reported"


def test_accepting_the_final_report_closes_the_award_by_itself(session: Session, world: World) -> None:
    report = world.submitted_report(session)
    take_step(session, world["officer"], report, "accept")
    assert report.award.state is AwardState.CLOSED
    assert report.award.application.state.value == "reported"


def test_a_payment_that_comes_back_opens_closed_accounts_again(session: Session, world: World) -> None:
    award = world.reported(session).award
    assert award is not None
    take_step(session, world["finance"], award.live_tranches[0], "fail", inputs=BECAUSE)
    assert (award.state, award.application.state.value) == (AwardState.ACTIVE, "funded")


# --- tranches ---------------------------------------------------------------------------------------------------


def test_a_tranche_is_released_on_its_day_in_paris(session: Session, world: World) -> None:
    tranche = planned_tranche(world, session)
    tranche.due_on = date(2027, 7, 1)
    session.flush()
    midnight = awards.start_of(tranche.due_on, tranche.created_at)
    assert midnight.astimezone(PARIS).isoformat() == "2027-07-01T00:00:00+02:00"
    with time_machine.travel(midnight - timedelta(seconds=1), tick=False), pytest.raises(StepRefused) as caught:
        take_step(session, world["officer"], tranche, "release")
    assert [(r.code, r.params) for r in caught.value.reasons] == [
        (ReasonCode.NOT_YET_DUE, {"date": date(2027, 7, 1)})
    ]
    with time_machine.travel(midnight, tick=False):
        take_step(session, world["officer"], tranche, "release")
    assert tranche.state is DisbursementState.DUE


def test_a_tranche_that_needs_a_report_is_released_by_it(session: Session, world: World) -> None:
    report = given_report(world, session)
    tranche = report.award.live_tranches[1]
    tranche.conditions.append(TrancheCondition(kind=ConditionKind.REPORT_ACCEPTED, report=report, label=""))
    session.flush()
    with pytest.raises(StepRefused) as caught:
        take_step(session, world["officer"], tranche, "release")
    assert [r.code for r in caught.value.reasons] == [ReasonCode.REPORT_AWAITED]
    take_step(session, world["officer"], report, "accept")
    take_step(session, world["officer"], tranche, "release")
    assert tranche.state is DisbursementState.DUE


def test_a_person_with_both_roles_cannot_order_and_approve(session: Session, world: World) -> None:
    both = replace(world["officer"], roles=frozenset({Role.OFFICER, Role.FINANCE}))
    tranche = due_tranche(world, session)
    take_step(session, both, tranche, "order")
    with pytest.raises(StepRefused) as caught:
        take_step(session, both, tranche, "approve")
    assert [r.code for r in caught.value.reasons] == [ReasonCode.SAME_PERSON_TWICE]
    take_step(session, world["finance"], tranche, "approve")
    assert (tranche.ordered_by_id, tranche.approved_by_id) == (both.person_id, world.people["finance"])


def test_a_held_tranche_starts_again_and_needs_a_new_order(session: Session, world: World) -> None:
    tranche = ordered_tranche(world, session)
    take_step(session, world["finance"], tranche, "hold", inputs={"reason": "RIB à vérifier."})
    assert (tranche.state, tranche.hold_reason, tranche.ordered_by_id) == (
        DisbursementState.HELD,
        "RIB à vérifier.",
        None,
    )
    take_step(session, world["officer"], tranche, "lift", inputs=BECAUSE)
    assert (tranche.state, tranche.hold_reason) == (DisbursementState.PLANNED, None)


def test_a_rejected_order_is_due_again(session: Session, world: World) -> None:
    tranche = ordered_tranche(world, session)
    take_step(session, world["finance"], tranche, "reject", inputs=BECAUSE)
    assert (tranche.state, tranche.ordered_by_id) == (DisbursementState.DUE, None)


def test_a_failed_payment_is_ordered_and_approved_anew(session: Session, world: World) -> None:
    tranche = failed_tranche(world, session)
    assert (tranche.paid_on, tranche.paid_amount, tranche.bank_reference) == (None, None, None)
    take_step(session, world["officer"], tranche, "reorder", inputs=BECAUSE)
    assert (tranche.state, tranche.approved_by_id) == (DisbursementState.ORDERED, None)
    take_step(session, world["finance"], tranche, "approve")
    assert tranche.evidence_id is None  # the proof was of the payment that came back
    world.prove_payment(session, tranche)
    take_step(session, world["finance"], tranche, "pay", inputs={"paid_on": today(), "bank_reference": "VIR-2"})
    assert (tranche.state, tranche.paid_amount) == (DisbursementState.PAID, tranche.amount)


def test_a_payment_that_fails_before_it_is_noted_as_paid(session: Session, world: World) -> None:
    tranche = sent_tranche(world, session)
    take_step(session, world["finance"], tranche, "fail", inputs={**BECAUSE, "return_code": "AC04"})
    assert (tranche.state, tranche.return_code) == (DisbursementState.FAILED, "AC04")


def test_a_held_tranche_is_not_paid(session: Session, world: World) -> None:
    tranche = held_tranche(world, session)
    for step in ("order", "approve", "pay"):
        with pytest.raises(StepRefused) as caught:
            take_step(session, world["finance"], tranche, step, inputs={"paid_on": today()})
        assert [r.code for r in caught.value.reasons] == [ReasonCode.WRONG_STATE]


# --- reports ----------------------------------------------------------------------------------------------------


def test_a_returned_report_is_corrected_and_given_again(session: Session, world: World) -> None:
    report = returned_report(world, session)
    reports.edit_report(session, world["applicant"], report, narrative="Tout est fait, et voici comment.")
    take_step(session, world["applicant"], report, "resubmit")
    assert report.state is ReportState.SUBMITTED
    with pytest.raises(NotEditable):
        reports.edit_report(session, world["applicant"], report, narrative="Trop tard.")


def test_a_report_is_written_by_the_authors_alone(session: Session, world: World) -> None:
    report = returned_report(world, session)
    for name in ("stranger", "officer", "auditor"):
        with pytest.raises(NotPermitted):
            reports.edit_report(session, world[name], report, narrative="Non.")


def test_a_waived_report_lets_the_award_close(session: Session, world: World) -> None:
    award = world.paid_award(session)
    take_step(session, world["officer"], award.reports[0], "waive", inputs=BECAUSE)
    assert award.state is AwardState.CLOSED
