"""What is said against the steps of awards, tranches and reports."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.errors import InvalidInput
from fund.models import OutboxRow
from fund.services import awards, reports
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.makers import (
    BECAUSE,
    accounted_award,
    active_award,
    approved_tranche,
    draft_award,
    due_tranche,
    failed_tranche,
    given_report,
    held_tranche,
    offered_award,
    ordered_tranche,
    paid_tranche,
    planned_tranche,
    returned_report,
    today,
)
from tests.services.refusals import Spoil, refused, setting, staff_joins_the_lead
from workflows.award import AwardState, AwardStep
from workflows.disbursement import DisbursementState, DisbursementStep
from workflows.engine import PARIS, StepRefused
from workflows.permissions import Role
from workflows.reasons import ReasonCode
from workflows.report import ReportState, ReportStep

TOMORROW = today() + timedelta(days=1)


def unbalance(_: World, __: Session, award: Any) -> None:
    award.disbursements[0].amount -= 1


def forget_the_report(_: World, session: Session, award: Any) -> None:
    """As if the accepted report had been an interim one."""
    award.reports[0].final = False


def tranche_fails(world: World, session: Session, award: Any) -> None:
    take_step(session, world["finance"], award.live_tranches[0], "fail", inputs=BECAUSE)


def pay_first_tranche(world: World, session: Session, award: Any) -> None:
    tranche = award.live_tranches[0]
    take_step(session, world["officer"], tranche, "release")
    take_step(session, world["officer"], tranche, "order")
    take_step(session, world["finance"], tranche, "approve")
    take_step(session, world["finance"], tranche, "pay", inputs={"paid_on": today()})


def suspend_the_award(world: World, session: Session, tranche: Any) -> None:
    take_step(session, world["officer"], tranche.award, "suspend", inputs=BECAUSE)


def offer_the_award(world: World, session: Session, tranche: Any) -> None:
    take_step(session, world["officer"], tranche.award, "offer")


def finance_ordered_it(world: World, _: Session, tranche: Any) -> None:
    tranche.ordered_by_id = world.people["finance"]


REFUSALS: list[tuple[StrEnum, Spoil, list[ReasonCode]]] = [
    (AwardStep.OFFER, unbalance, [ReasonCode.SCHEDULE_UNBALANCED]),
    (AwardStep.CLOSE, forget_the_report, [ReasonCode.FINAL_REPORT_MISSING]),
    (AwardStep.CLOSE, tranche_fails, [ReasonCode.TRANCHES_OPEN]),
    (AwardStep.CANCEL, pay_first_tranche, [ReasonCode.MONEY_PAID_OUT]),
    (DisbursementStep.RELEASE, suspend_the_award, [ReasonCode.AWARD_NOT_ACTIVE]),
    (DisbursementStep.RELEASE, setting(due_on=TOMORROW), [ReasonCode.NOT_YET_DUE]),
    (DisbursementStep.RELEASE, setting(needs_report=True), [ReasonCode.REPORT_AWAITED]),
    (DisbursementStep.ORDER, suspend_the_award, [ReasonCode.AWARD_NOT_ACTIVE]),
    (DisbursementStep.APPROVE, suspend_the_award, [ReasonCode.AWARD_NOT_ACTIVE]),
    (DisbursementStep.APPROVE, finance_ordered_it, [ReasonCode.SAME_PERSON_TWICE]),
    (DisbursementStep.PAY, suspend_the_award, [ReasonCode.AWARD_NOT_ACTIVE]),
    (DisbursementStep.REORDER, suspend_the_award, [ReasonCode.AWARD_NOT_ACTIVE]),
    (DisbursementStep.CANCEL, offer_the_award, [ReasonCode.AWARD_NOT_CANCELLED]),
    (ReportStep.SUBMIT, setting(narrative=" "), [ReasonCode.NARRATIVE_MISSING]),
    (ReportStep.SUBMIT, setting(spent_amount=None), [ReasonCode.SPENT_AMOUNT_MISSING]),
    (ReportStep.RESUBMIT, setting(narrative=""), [ReasonCode.NARRATIVE_MISSING]),
    (ReportStep.RESUBMIT, setting(spent_amount=None), [ReasonCode.SPENT_AMOUNT_MISSING]),
    *(
        (step, staff_joins_the_lead, [ReasonCode.CONFLICT_OF_INTEREST])
        for step in (
            AwardStep.OFFER,
            AwardStep.SUSPEND,
            AwardStep.RESUME,
            AwardStep.CLOSE,
            AwardStep.CANCEL,
            DisbursementStep.ORDER,
            DisbursementStep.APPROVE,
            DisbursementStep.PAY,
            DisbursementStep.REORDER,
            ReportStep.RETURN,
            ReportStep.ACCEPT,
            ReportStep.WAIVE,
        )
    ),
]


@pytest.mark.parametrize(("step", "spoil", "codes"), REFUSALS)
def test_a_step_is_refused_with_its_reason(
    session: Session, world: World, step: StrEnum, spoil: Spoil, codes: list[ReasonCode]
) -> None:
    assert refused(world, session, step, spoil=spoil) == codes


@pytest.mark.parametrize(
    ("step", "inputs", "code"),
    [
        (AwardStep.SIGN, {"signed_on": TOMORROW}, ReasonCode.SIGNATURE_DATE_AHEAD),
        (DisbursementStep.PAY, {"paid_on": None}, ReasonCode.PAYMENT_DATE_MISSING),
        (DisbursementStep.PAY, {"paid_on": TOMORROW}, ReasonCode.PAYMENT_DATE_AHEAD),
        (DisbursementStep.REPAY, {"repaid_on": None}, ReasonCode.PAYMENT_DATE_MISSING),
        (DisbursementStep.REPAY, {"repaid_on": TOMORROW}, ReasonCode.PAYMENT_DATE_AHEAD),
    ],
)
def test_what_is_given_with_a_step_is_judged(
    session: Session, world: World, step: StrEnum, inputs: Mapping[str, Any], code: ReasonCode
) -> None:
    assert refused(world, session, step, inputs=inputs) == [code]


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
    lines = [{"amount": Decimal(15_000), "due_on": date(2026, 3, 1), "needs_report": False}]
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
    with pytest.raises(StepRefused) as caught:
        take_step(session, world["stranger"], award, "sign")
    assert [r.code for r in caught.value.reasons] == [ReasonCode.NOT_PERMITTED]
    take_step(session, world["applicant"], award, "sign", inputs={"signed_on": today()})
    assert award.signed_on == today()
    deadlines = (
        select(OutboxRow.topic, func.count()).where(OutboxRow.recipient_id.is_(None)).group_by(OutboxRow.topic)
    )
    rows = {row[0]: row[1] for row in session.execute(deadlines)}
    assert rows["deadline.disbursement_due"] == 2
    assert rows["deadline.report_due"] == 1


def test_an_award_is_cancelled_again_once_the_money_is_back(session: Session, world: World) -> None:
    award = active_award(world, session)
    pay_first_tranche(world, session, award)
    inputs = {**BECAUSE, "repaid_on": today()}
    take_step(session, world["finance"], award.live_tranches[0], "repay", inputs=inputs)
    take_step(session, world["officer"], award, "cancel", inputs=BECAUSE)
    session.expire_all()
    assert award.state is AwardState.CANCELLED
    assert [tranche.state for tranche in award.disbursements] == [
        DisbursementState.REPAID,
        DisbursementState.CANCELLED,
    ]


def test_closing_the_award_closes_the_file(session: Session, world: World) -> None:
    award = accounted_award(world, session)
    take_step(session, world["officer"], award, "close")
    assert award.application.state.value == "reported"


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
    tranche.needs_report = True
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
    take_step(session, world["officer"], tranche, "reorder")
    assert (tranche.state, tranche.approved_by_id) == (DisbursementState.ORDERED, None)
    take_step(session, world["finance"], tranche, "approve")
    take_step(session, world["finance"], tranche, "pay", inputs={"paid_on": today(), "bank_reference": "VIR-2"})
    assert (tranche.state, tranche.paid_amount) == (DisbursementState.PAID, tranche.amount)


def test_a_payment_that_fails_before_it_is_noted_as_paid(session: Session, world: World) -> None:
    tranche = approved_tranche(world, session)
    take_step(session, world["finance"], tranche, "fail", inputs=BECAUSE)
    assert tranche.state is DisbursementState.FAILED


def test_a_repaid_tranche_keeps_what_was_paid(session: Session, world: World) -> None:
    tranche = paid_tranche(world, session)
    take_step(session, world["finance"], tranche, "repay", inputs={**BECAUSE, "repaid_on": today()})
    assert (tranche.repaid_on, tranche.paid_on, tranche.paid_amount) == (today(), today(), tranche.amount)


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
    take_step(session, world["officer"], award, "close")
    assert award.state is AwardState.CLOSED
