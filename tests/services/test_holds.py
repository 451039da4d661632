"""What the program holds by itself, and what lifts it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import Award, BankAccount, Disbursement, OutboxRow
from fund.services import awards, bank_accounts, reports
from fund.services.holds import refresh_holds
from fund.services.report_dates import remind
from fund.services.steps import take_step
from tests.scenario import World
from workflows.bank_account import VerifiedHow
from workflows.disbursement import DisbursementState, HoldCause
from workflows.engine import PARIS, StepRefused, paris_day
from workflows.reasons import ReasonCode
from workflows.report import ReportState
from workflows.topics import Deadline, Topic

OTHER_IBAN = "FR1420041010050500013M02606"
OTHER_BIC = "PSSTFRPPTOU"
VERIFIED = {"verified_how": VerifiedHow.CALL_BACK, "verified_note": "Appel au secrétariat."}
BECAUSE = {"reason": "Pour essai."}


@pytest.fixture
def award(session: Session, world: World) -> Award:
    """In force, its three tranches due, ordered and approved."""
    award = world.award(session)
    lines = [{"amount": Decimal(5_000), "due_on": date(2026, month, 1)} for month in (1, 2, 3)]
    awards.set_schedule(session, world["officer"], award, tranches=lines)
    session.expire(award)
    world.send_agreement(session, award)
    world.sign_agreement(session, award)
    world.verified_account(session, award.beneficiary)
    for tranche, steps in zip(award.live_tranches, STEPS, strict=True):
        for name, who in steps:
            take_step(session, world[who], tranche, name)
    return award


STEPS = (
    (("release", "officer"),),
    (("release", "officer"), ("order", "officer")),
    (("release", "officer"), ("order", "officer"), ("approve", "finance")),
)


def states(award: Award) -> list[DisbursementState]:
    return [tranche.state for tranche in award.live_tranches]


def causes(award: Award) -> set[HoldCause | None]:
    return {tranche.hold_cause for tranche in award.live_tranches}


def change_account(session: Session, world: World, award: Award) -> BankAccount:
    lead = award.beneficiary
    return bank_accounts.propose(
        session, world["applicant"], lead, holder=lead.name, iban=OTHER_IBAN, bic=OTHER_BIC
    )


def scheduled(session: Session, subject_id: int, deadline: Deadline) -> list[datetime]:
    query = select(OutboxRow.available_at).where(OutboxRow.topic == deadline, OutboxRow.subject_id == subject_id)
    return list(session.scalars(query.order_by(OutboxRow.available_at)))


# --- bank details --------------------------------------------------------------------------------------------


def test_changed_details_hold_what_is_due_ordered_and_approved(
    session: Session, world: World, award: Award
) -> None:
    change_account(session, world, award)
    assert states(award) == [DisbursementState.HELD] * 3
    assert causes(award) == {HoldCause.BANK_DETAILS}
    assert {tranche.ordered_by_id for tranche in award.live_tranches} == {None}
    assert {tranche.approved_by_id for tranche in award.live_tranches} == {None}


@pytest.mark.parametrize("step", ["verify", "reject"])
def test_the_hold_ends_with_the_verification(session: Session, world: World, award: Award, step: str) -> None:
    account = change_account(session, world, award)
    take_step(session, world["finance"], account, step, inputs={**VERIFIED, **BECAUSE})
    assert states(award) == [DisbursementState.PLANNED] * 3
    assert causes(award) == {None}
    # The program comes back to each of them at once.
    for tranche in award.live_tranches:
        assert scheduled(session, tranche.id, Deadline.DISBURSEMENT_DUE)


def test_an_officers_hold_is_lifted_by_a_person(session: Session, world: World, award: Award) -> None:
    first = award.live_tranches[0]
    take_step(session, world["officer"], first, "hold", inputs=BECAUSE)
    account = change_account(session, world, award)
    take_step(session, world["finance"], account, "verify", inputs=VERIFIED)
    assert (first.state, first.hold_cause, first.hold_reason) == (
        DisbursementState.HELD,
        HoldCause.OFFICER,
        "Pour essai.",
    )
    take_step(session, world["finance"], first, "lift", inputs=BECAUSE)
    assert (first.state, first.hold_cause, first.hold_reason) == (DisbursementState.PLANNED, None, None)


def test_nothing_goes_on_while_details_are_unverified(session: Session, world: World, award: Award) -> None:
    account = change_account(session, world, award)
    first = award.live_tranches[0]
    # Lifted by hand, it still is neither released nor ordered.
    take_step(session, world["officer"], first, "lift", inputs=BECAUSE)
    with pytest.raises(StepRefused) as refusal:
        take_step(session, world["officer"], first, "release")
    assert [reason.code for reason in refusal.value.reasons] == [ReasonCode.BANK_DETAILS_UNVERIFIED]
    take_step(session, world["officer"], account, "reject", inputs=BECAUSE)
    take_step(session, world["officer"], first, "release")
    assert first.state is DisbursementState.DUE


def test_a_closed_account_holds_too(session: Session, world: World, award: Award) -> None:
    account = award.beneficiary.bank_account
    assert account is not None
    take_step(session, world["finance"], account, "close", inputs=BECAUSE)
    assert causes(award) == {HoldCause.BANK_DETAILS}


# --- late reports --------------------------------------------------------------------------------------------


def late_award(session: Session, world: World, award: Award) -> Award:
    """Its report was due yesterday, and the program has noticed."""
    award.reports[0].due_on = paris_day(datetime.now(PARIS)) - timedelta(days=1)
    session.flush()
    refresh_holds(session, award)
    return award


def test_a_late_report_holds_and_its_arrival_lifts(session: Session, world: World, award: Award) -> None:
    late_award(session, world, award)
    assert causes(award) == {HoldCause.LATE_REPORT}
    report = award.reports[0]
    reports.edit_report(
        session, world["applicant"], report, narrative="Tout est fait.", spent_amount=Decimal(39_000)
    )
    take_step(session, world["applicant"], report, "submit")
    assert states(award) == [DisbursementState.PLANNED] * 3
    # Sent back after its date, it is late again: what is due meanwhile is held.
    take_step(session, world["officer"], award.live_tranches[0], "release")
    take_step(session, world["officer"], report, "return", inputs=BECAUSE)
    assert report.state is ReportState.RETURNED
    assert award.live_tranches[0].hold_cause is HoldCause.LATE_REPORT


def test_a_report_that_is_waived_is_late_no_more(session: Session, world: World, award: Award) -> None:
    late_award(session, world, award)
    take_step(session, world["officer"], award.reports[0], "waive", inputs=BECAUSE)
    assert states(award) == [DisbursementState.PLANNED] * 3


def test_one_cause_follows_another(session: Session, world: World, award: Award) -> None:
    late_award(session, world, award)
    account = change_account(session, world, award)
    take_step(session, world["finance"], account, "verify", inputs=VERIFIED)
    # The first cause still holds: planned, they are not released.
    for tranche in award.live_tranches:
        with pytest.raises(StepRefused) as refusal:
            take_step(session, world["officer"], tranche, "release")
        assert [reason.code for reason in refusal.value.reasons] == [ReasonCode.REPORT_LATE]


def test_the_program_comes_back_on_the_first_late_day(session: Session, world: World, award: Award) -> None:
    report = award.reports[0]
    remind(session, report)
    first_late = datetime.combine(report.due_on + timedelta(days=1), datetime.min.time(), PARIS)
    assert scheduled(session, report.id, Deadline.REPORT_LATE) == [first_late]
    with time_machine.travel(first_late - timedelta(seconds=1), tick=False):
        refresh_holds(session, award)
        assert causes(award) == {None}
    with time_machine.travel(first_late, tick=False):
        refresh_holds(session, award)
        assert causes(award) == {HoldCause.LATE_REPORT}


def test_staff_is_told_why(session: Session, world: World, award: Award) -> None:
    late_award(session, world, award)
    rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.DISBURSEMENT_HELD)).all()
    assert {row.recipient_id for row in rows} == {
        world.people[name] for name in ("officer", "officer2", "finance")
    }
    assert {row.payload["hold_cause"] for row in rows} == {"late_report"}


def held(session: Session, world: World, award: Award) -> Disbursement:
    tranche = award.live_tranches[0]
    take_step(session, world["officer"], tranche, "hold", inputs=BECAUSE)
    return tranche


def test_what_is_held_falls_away_with_its_award(session: Session, world: World, award: Award) -> None:
    tranche = held(session, world, award)
    take_step(session, world["officer"], award, "cancel", inputs=BECAUSE)
    assert (tranche.state, tranche.hold_cause, tranche.hold_reason) == (DisbursementState.CANCELLED, None, None)


def test_what_is_held_falls_away_when_the_award_is_reduced(session: Session, world: World, award: Award) -> None:
    tranche = held(session, world, award)
    awards.reduce(session, world["officer"], award, award.amount - tranche.amount, reason="Moins cher.")
    session.flush()
    assert (tranche.state, tranche.hold_cause, tranche.hold_reason) == (DisbursementState.CANCELLED, None, None)
