"""Money asked back: proposed from the final account, received in parts, given up; awards brought down."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import AuditEvent, Award, OutboxRow, Repayment
from fund.services import awards, bank_accounts, interests, ledger, repayments, reports
from fund.services.access import find
from fund.services.journal import verify_subject
from fund.services.perform import NotPermitted
from fund.services.repayment_facts import describe_receipt, describe_repayment
from fund.services.steps import take_step
from tests.scenario import IBAN, World
from tests.services.racing import race
from workflows.application import ApplicationState
from workflows.award import AwardState
from workflows.disbursement import DisbursementState
from workflows.engine import PARIS, StepForbidden, StepRefused, paris_day
from workflows.ledger import LedgerAccount
from workflows.reasons import ReasonCode
from workflows.repayment import RepaymentState
from workflows.topics import Deadline, Topic

BECAUSE = {"reason": "Pour essai."}


def today() -> date:
    return paris_day(datetime.now(PARIS))


def euros(amount: int) -> Decimal:
    """As an amount comes from a form."""
    return Decimal(amount).quantize(Decimal("0.01"))


def hand_in(session: Session, world: World, award: Award, spent: Decimal) -> None:
    """The final report, of a project that cost less than planned (a call's share is 80 % of it)."""
    report = award.reports[-1]
    because = {"because_charges": "Moins cher que prévu.", "because_products": "Moins cher que prévu."}
    reports.edit_report(
        session, world["applicant"], report, account=because, narrative="Tout est fait.", spent_amount=spent
    )
    take_step(session, world["applicant"], report, "submit")


def ask(session: Session, world: World, award: Award, amount: int = 3_000, **given: Any) -> Repayment:
    reason = given.pop("reason", "Dépenses moindres que prévu.")
    return repayments.ask(session, world["officer"], award, amount=euros(amount), reason=reason, **given)


def receive(session: Session, world: World, repayment: Repayment, amount: int | None = None) -> None:
    inputs = {"received_on": today(), "amount": euros(amount) if amount is not None else None}
    take_step(session, world["finance"], repayment, "receive", inputs={**inputs, "bank_reference": "VIR-9"})


def lies(session: Session, award: Award) -> dict[LedgerAccount, Decimal]:
    session.flush()
    found = ledger.balances(session, award_id=award.id)
    return {account: amount for account, amount in found.items() if amount and account in MONEY_OUT}


MONEY_OUT = (LedgerAccount.PAID, LedgerAccount.TO_RECOVER, LedgerAccount.RECOVERED)


def codes(refusal: StepRefused) -> list[ReasonCode]:
    return [reason.code for reason in refusal.reasons]


@pytest.fixture
def award(session: Session, world: World) -> Award:
    """15 000 € paid in two tranches."""
    return world.paid_award(session)


# --- proposing -----------------------------------------------------------------------------------------------


def test_what_was_paid_beyond_what_was_earned_is_proposed(session: Session, world: World, award: Award) -> None:
    assert repayments.propose(award) is None
    # 80 % of 15 000 € are 12 000 €: 3 000 € of the 15 000 € paid are unspent.
    hand_in(session, world, award, Decimal(15_000))
    proposal = repayments.propose(award)
    assert proposal is not None
    assert (proposal.use.earned, proposal.repay, proposal.reduce_to) == (Decimal(12_000), Decimal(3_000), None)
    ask(session, world, award, 1_000)
    proposal = repayments.propose(award)
    assert proposal is not None
    assert proposal.repay == Decimal(2_000)


def test_what_is_not_paid_yet_is_freed_and_not_asked_back(session: Session, world: World) -> None:
    award = world.active_award(session)
    world.pay(session, award.live_tranches[0])
    hand_in(session, world, award, Decimal(15_000))
    proposal = repayments.propose(award)
    assert proposal is not None
    assert (proposal.repay, proposal.reduce_to) == (Decimal(0), Decimal(12_000))


# --- asking --------------------------------------------------------------------------------------------------


def test_it_is_asked_with_how_to_pay(session: Session, world: World, award: Award) -> None:
    [funder] = bank_accounts.funders(session)
    world.verified_account(session, funder)
    repayment = ask(session, world, award)
    assert (repayment.state, repayment.outstanding) == (RepaymentState.ASKED, Decimal(3_000))
    assert repayment.due_on == today() + timedelta(days=30)
    row = session.scalars(
        select(OutboxRow).where(
            OutboxRow.topic == Topic.REPAYMENT_ASKED, OutboxRow.recipient_id == world.people["applicant"]
        )
    ).one()
    assert row.payload["iban"].replace(" ", "") == IBAN
    assert (row.payload["demanded"], row.payload["reference"]) == ("3000.00", repayment.reference)
    assert lies(session, award) == {LedgerAccount.PAID: 12_000, LedgerAccount.TO_RECOVER: 3_000}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("15000.01")}, "amount"),
        ({"reason": "  "}, "reason"),
        ({"due_on": date(2020, 1, 1)}, "due_on"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    session: Session, world: World, award: Award, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        repayments.ask(session, world["finance"], award, **{"amount": Decimal(1), "reason": "Essai.", **given})
    assert list(refusal.value.errors) == [field]
    assert award.repayments == []


def test_no_euro_is_asked_back_twice(session: Session, world: World, award: Award) -> None:
    first = ask(session, world, award, 10_000)
    with pytest.raises(InvalidInput):
        ask(session, world, award, 6_000)
    ask(session, world, award, 5_000)
    receive(session, world, first)
    with pytest.raises(InvalidInput):
        ask(session, world, award, 1)


def test_others_do_not_ask(session: Session, world: World, award: Award) -> None:
    for name in ("applicant", "auditor", "reviewer"):
        with pytest.raises(NotPermitted):
            repayments.ask(session, world[name], award, amount=Decimal(1), reason="Essai.")
    interests.declare(session, world["officer2"], award.application, "Mon voisin.")
    with pytest.raises(Conflict, match="kept_off"):
        repayments.ask(session, world["officer2"], award, amount=Decimal(1), reason="Essai.")


def test_the_alliance_and_the_fund_see_it_and_nobody_else(session: Session, world: World, award: Award) -> None:
    repayment = ask(session, world, award)
    interests.declare(session, world["officer2"], award.application, "Mon voisin.")
    for name in ("applicant", "officer", "finance", "auditor", "admin"):
        assert find(session, world[name], Repayment, repayment.reference) is repayment
    for name in ("stranger", "reviewer", "chair", "officer2"):
        with pytest.raises(NotFound):
            find(session, world[name], Repayment, repayment.reference)


def test_asking_opens_closed_accounts_and_the_receipt_closes_them(session: Session, world: World) -> None:
    application = world.reported(session)
    award = application.award
    assert award is not None
    assert award.state is AwardState.CLOSED
    repayment = ask(session, world, award)
    assert (award.state, application.state) == (AwardState.ACTIVE, ApplicationState.FUNDED)
    rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.AWARD_REOPENED)).all()
    assert world.people["officer2"] in {row.recipient_id for row in rows}
    receive(session, world, repayment)
    assert (award.state, application.state) == (AwardState.CLOSED, ApplicationState.REPORTED)


# --- receiving -----------------------------------------------------------------------------------------------


def test_it_comes_in_parts(session: Session, world: World, award: Award) -> None:
    repayment = ask(session, world, award)
    receive(session, world, repayment, 1_000)
    assert (repayment.state, repayment.outstanding) == (RepaymentState.ASKED, Decimal(2_000))
    receive(session, world, repayment, 2_000)
    assert repayment.state is RepaymentState.RECEIVED
    assert [receipt.amount for receipt in repayment.receipts] == [1_000, 2_000]
    assert lies(session, award) == {LedgerAccount.PAID: 12_000, LedgerAccount.RECOVERED: 3_000}
    rows = session.scalars(
        select(OutboxRow)
        .where(OutboxRow.topic == Topic.REPAYMENT_RECEIVED, OutboxRow.recipient_id == world.people["applicant"])
        .order_by(OutboxRow.id)
    ).all()
    assert [(row.payload["amount"], row.payload.get("outstanding")) for row in rows] == [
        ("1000.00", "2000.00"),
        ("2000.00", None),
    ]
    assert verify_subject(session, repayment) is None


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"amount": Decimal("3000.01")}, ReasonCode.REPAYMENT_TOO_LARGE),
        ({"amount": Decimal(0)}, ReasonCode.AMOUNT_MISSING),
        ({"received_on": None}, ReasonCode.PAYMENT_DATE_MISSING),
        ({"received_on": date(2999, 1, 1)}, ReasonCode.PAYMENT_DATE_AHEAD),
    ],
)
def test_what_cannot_have_come_is_refused(
    session: Session, world: World, award: Award, inputs: dict[str, Any], code: ReasonCode
) -> None:
    repayment = ask(session, world, award)
    given = {"received_on": today(), **inputs}
    with pytest.raises(StepRefused) as refusal:
        take_step(session, world["finance"], repayment, "receive", inputs=given)
    assert codes(refusal.value) == [code]
    assert repayment.received_amount == 0
    assert not repayment.receipts


def test_only_finance_notes_what_came(session: Session, world: World, award: Award) -> None:
    repayment = ask(session, world, award)
    for name in ("officer", "applicant", "auditor"):
        with pytest.raises(StepForbidden):
            take_step(session, world[name], repayment, "receive", inputs={"received_on": today()})


def test_two_who_note_the_same_sum_at_once_note_it_once(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        repayment = ask(session, world, world.paid_award(session))
        repayment_id, version = repayment.id, repayment.version

    def act(session: Session, barrier: Barrier) -> str:
        found = session.get_one(Repayment, repayment_id)
        barrier.wait()
        inputs = {"received_on": today(), "amount": Decimal(2_000)}
        take_step(session, world["finance"], found, "receive", expected_version=version, inputs=inputs)
        return "noted"

    results = race(factory, act, act)
    assert sorted(one == "noted" for one in results) == [False, True]
    with factory() as session:
        assert session.get_one(Repayment, repayment_id).outstanding == Decimal(1_000)


# --- giving up -----------------------------------------------------------------------------------------------


def test_somebody_else_gives_up_what_is_left(session: Session, world: World, award: Award) -> None:
    repayment = repayments.ask(session, world["finance"], award, amount=Decimal(3_000), reason="Essai.")
    receive(session, world, repayment, 1_000)
    with pytest.raises(StepRefused) as refusal:
        take_step(session, world["finance"], repayment, "waive", inputs=BECAUSE)
    assert codes(refusal.value) == [ReasonCode.SAME_PERSON_TWICE]
    repayment.asked_by_id = world.people["officer"]
    session.flush()
    take_step(session, world["finance"], repayment, "waive", inputs=BECAUSE)
    assert repayment.state is RepaymentState.WAIVED
    assert lies(session, award) == {LedgerAccount.PAID: 14_000, LedgerAccount.RECOVERED: 1_000}
    assert award.net_paid == Decimal(14_000)


# --- papers --------------------------------------------------------------------------------------------------


def test_the_papers_say_what_was_asked_and_what_came(session: Session, world: World, award: Award) -> None:
    hand_in(session, world, award, Decimal(15_000))
    repayment = ask(session, world, award)
    receive(session, world, repayment, 1_000)
    receive(session, world, repayment)
    facts = describe_repayment(repayment, contact="fonds@fonds.example")
    assert (facts["amount"], facts["paid"], facts["spent"]) == ("3000.00", "15000.00", "12000.00")
    assert facts["account"] is None
    assert facts["agreement"] == award.agreements[0].reference
    first = describe_receipt(repayment, 1, contact="fonds@fonds.example")
    assert ([one["number"] for one in first["receipts"]], first["outstanding"]) == ([1], "2000.00")
    assert [one["number"] for one in facts["receipts"]] == [1, 2]
    assert facts["outstanding"] == "0.00"


# --- bringing an award down ----------------------------------------------------------------------------------


@pytest.fixture
def half_paid(session: Session, world: World) -> Award:
    """10 000 € paid, 5 000 € planned."""
    award = world.active_award(session)
    world.pay(session, award.live_tranches[0])
    return award


def test_tranches_shrink_and_the_envelope_is_freed(session: Session, world: World, half_paid: Award) -> None:
    available = ledger.balances(session, call_id=half_paid.call_id)[LedgerAccount.AVAILABLE]
    amount = Decimal(12_000)
    [(tranche, left)] = awards.reduced_tranches(half_paid, amount)
    assert left == Decimal(2_000)
    awards.reduce(session, world["officer"], half_paid, amount, reason="Dépenses moindres.")
    session.flush()
    assert (half_paid.amount, tranche.amount, half_paid.tranche_total) == (amount, left, amount)
    freed = ledger.balances(session, call_id=half_paid.call_id)[LedgerAccount.AVAILABLE] - available
    assert freed == Decimal(3_000)
    told = session.scalars(select(OutboxRow).where(OutboxRow.topic == Deadline.WAITLIST_MOVES)).all()
    assert told
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "award.reduce")).one()
    assert event.body["details"] == {"amount": ["15000.00", "12000"]}


def test_what_falls_away_whole_lets_the_accounts_close(session: Session, world: World, half_paid: Award) -> None:
    hand_in(session, world, half_paid, Decimal(12_500))
    take_step(session, world["officer"], half_paid.reports[-1], "accept")
    proposal = repayments.propose(half_paid)
    assert proposal is not None
    assert proposal.reduce_to == Decimal(10_000)
    awards.reduce(session, world["officer"], half_paid, proposal.reduce_to, reason="Dépenses moindres.")
    assert [tranche.state for tranche in half_paid.disbursements] == [
        DisbursementState.PAID,
        DisbursementState.CANCELLED,
    ]
    assert half_paid.state is AwardState.CLOSED


@pytest.mark.parametrize("amount", ["9999.99", "15000", "16000", "0", "-1"])
def test_an_award_comes_down_neither_below_what_is_paid_nor_up(
    session: Session, world: World, half_paid: Award, amount: str
) -> None:
    with pytest.raises(InvalidInput):
        awards.reduce(session, world["officer"], half_paid, Decimal(amount), reason="Essai.")
    assert half_paid.amount == Decimal(15_000)


def test_bringing_down_is_an_officers_with_a_reason(session: Session, world: World, half_paid: Award) -> None:
    with pytest.raises(NotPermitted):
        awards.reduce(session, world["finance"], half_paid, Decimal(12_000), reason="Essai.")
    with pytest.raises(InvalidInput):
        awards.reduce(session, world["officer"], half_paid, Decimal(12_000), reason=" ")
    interests.declare(session, world["officer2"], half_paid.application, "Mon voisin.")
    with pytest.raises(Conflict, match="kept_off"):
        awards.reduce(session, world["officer2"], half_paid, Decimal(12_000), reason="Essai.")
