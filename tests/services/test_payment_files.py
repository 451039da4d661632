"""Files of transfers: what goes into one, exactly once, in the same bytes for ever."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from threading import Barrier
from typing import Any

import pytest
import time_machine
from defusedxml.ElementTree import fromstring
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.documents.control_sheet import control_sheet_pdf
from fund.errors import Conflict, InvalidInput
from fund.forms.definition import OrganisationKind
from fund.models import AuditEvent, Award, Disbursement, PaymentFile, PaymentOrder
from fund.models.base import utc_now
from fund.services import bank_accounts, disbursements, payment_files
from fund.services.journal import verify
from fund.services.ledger import balances
from fund.services.perform import NotPermitted
from fund.services.steps import take_step
from tests.documents.reading import Paper
from tests.scenario import BIC, FUND_IBAN, IBAN, World, organisation
from tests.services.makers import BECAUSE
from tests.services.money_makers import approved_tranche, made_file
from tests.services.paying import approve, approved_award, file_of, file_of_two, state_of
from tests.services.racing import race
from tests.services.refusals import staff_joins_the_lead
from workflows.bank_account import BankAccountState
from workflows.disbursement import DisbursementState
from workflows.engine import PARIS, Refused, StepRefused
from workflows.ledger import LedgerAccount
from workflows.payment_file import PaymentFileState
from workflows.reasons import ReasonCode

OTHER_IBAN = "FR7699999000010000000000115"
NAMESPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
WEDNESDAY = datetime(2026, 12, 2, 9, 0, tzinfo=PARIS)


@pytest.fixture
def on_wednesday() -> Iterator[None]:
    with time_machine.travel(WEDNESDAY, tick=True):
        yield


def told(content: bytes, path: str) -> list[str | None]:
    steps = "/".join(NAMESPACE + step for step in path.split("/"))
    return [element.text for element in fromstring(content).iterfind(f".//{steps}")]


# --- making -----------------------------------------------------------------------------------------------------


def test_a_file_says_what_was_approved_and_the_journal_its_hash(world: World, session: Session) -> None:
    file = file_of_two(world, session)
    session.commit()
    session.expire_all()
    first, second = file.orders
    award = first.disbursement.award
    assert (file.state, file.count, file.total) == (PaymentFileState.MADE, 2, Decimal(15_000))
    assert told(file.content, "EndToEndId") == [first.end_to_end_id, second.end_to_end_id]
    assert told(file.content, "InstdAmt") == ["10000.00", "5000.00"]
    assert told(file.content, "CdtrAcct/Id/IBAN") == [IBAN, IBAN]
    assert told(file.content, "DbtrAcct/Id/IBAN") == [FUND_IBAN]
    assert told(file.content, "GrpHdr/MsgId") == [file.message_id]
    assert told(file.content, "Ustrd")[0] == f"Fonds ODD 17 {award.reference} {first.end_to_end_id}"
    assert file.sha256 == sha256(file.content).hexdigest()
    assert {order.disbursement.state for order in file.orders} == {DisbursementState.SENT}
    assert balances(session, award_id=award.id)[LedgerAccount.ORDERED] == Decimal(15_000)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "payment_file.create")).one()
    assert event.body["changes"]["sha256"] == [None, file.sha256]
    assert event.body["details"]["orders"] == [first.end_to_end_id, second.end_to_end_id]
    sent = session.scalars(select(AuditEvent).where(AuditEvent.action == "disbursement.send")).first()
    assert sent is not None
    assert sent.body["details"] == {"payment_file": file.reference, "end_to_end_id": first.end_to_end_id}
    assert verify(session).broken == []


def test_its_bytes_cannot_change(world: World, session: Session) -> None:
    file = made_file(world, session)
    session.commit()
    with pytest.raises(IntegrityError, match="payment_file_is_made"):
        session.execute(text("UPDATE payment_files SET content = 'x' WHERE id = :id"), {"id": file.id})


def test_what_may_go_into_a_file_is_what_is_approved(world: World, session: Session) -> None:
    award = world.active_award(session)
    first, second = award.live_tranches
    approve(world, session, first)
    assert [[one.tranche for one in found] for _, found in payment_files.payable(session, world["finance"])] == [
        [first]
    ]
    approve(world, session, second)
    ((funder, found),) = payment_files.payable(session, world["auditor"])
    assert funder is award.call.funder
    assert [(one.tranche, one.reasons) for one in found] == [(first, ()), (second, ())]


def test_what_speaks_against_a_tranche_is_said(world: World, session: Session) -> None:
    tranche = approved_award(world, session).live_tranches[0]
    take_step(session, world["officer"], tranche.award, "suspend", inputs=BECAUSE)
    ((_, found),) = payment_files.payable(session, world["finance"])
    assert [reason.code for reason in found[0].reasons] == [ReasonCode.AWARD_NOT_ACTIVE]
    with pytest.raises(Refused) as refused:
        file_of(world, session, tranche)
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.TRANCHES_NOT_PAYABLE]
    assert refused.value.reasons[0].params == {"references": tranche.reference}


def test_it_is_the_treasurys(world: World, session: Session) -> None:
    tranche = approved_award(world, session).live_tranches[0]
    for name in ("officer", "auditor", "admin", "applicant"):
        with pytest.raises(NotPermitted):
            payment_files.make_file(session, world[name], [tranche], execution_on=date(2030, 1, 2))
    with pytest.raises(InvalidInput, match="tranches"):
        payment_files.make_file(session, world["finance"], [], execution_on=date(2030, 1, 2))


def test_nobody_sends_money_to_a_file_of_her_own_interest(world: World, session: Session) -> None:
    tranche = approved_award(world, session).live_tranches[0]
    staff_joins_the_lead(world, session, tranche)
    assert payment_files.payable(session, world["finance"]) == []
    with pytest.raises(Refused) as refused:
        file_of(world, session, tranche)
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.CONFLICT_OF_INTEREST]


def test_a_file_debits_one_account(world: World, session: Session) -> None:
    first = approved_award(world, session).live_tranches[0]
    other = organisation(session, 9, "Fondation d'essai", OrganisationKind.FOUNDATION)
    call = world.make_call(session, other)
    award = world.active_award(session, call_id=call.id)
    second = approve(world, session, award.live_tranches[0])
    assert [funder.name for funder, _ in payment_files.payable(session, world["finance"])] == [
        "Fondation d'essai",
        "Fonds d'essai",
    ]
    with pytest.raises(Conflict, match="several_funders"):
        file_of(world, session, first, second)
    with pytest.raises(Conflict, match="funder_without_account"):
        file_of(world, session, second)


@pytest.mark.usefixtures("on_wednesday")
@pytest.mark.parametrize(
    ("day", "problem"),
    [
        (date(2026, 12, 1), "execution_day_out_of_range"),
        (date(2027, 2, 1), "execution_day_out_of_range"),
        (date(2026, 12, 5), "execution_day_closed"),
        (date(2026, 12, 25), "execution_day_closed"),
        (date(2026, 12, 2), None),
        (date(2027, 1, 29), None),
    ],
)
def test_the_day_is_one_on_which_banks_work(
    world: World, session: Session, day: date, problem: str | None
) -> None:
    tranche = approved_tranche(world, session)
    world.verified_account(session, tranche.award.call.funder, FUND_IBAN)
    if problem is None:
        file = payment_files.make_file(session, world["finance"], [tranche], execution_on=day)
        assert told(file.content, "ReqdExctnDt/Dt") == [day.isoformat()]
        return
    with pytest.raises(InvalidInput) as refused:
        payment_files.make_file(session, world["finance"], [tranche], execution_on=day)
    assert refused.value.errors["execution_on"] == [problem]


def test_a_name_that_no_bank_can_read_is_refused(world: World, session: Session) -> None:
    award = approved_award(world, session)
    account = award.beneficiary.bank_account
    assert account is not None
    account.holder = "—"
    session.flush()
    with pytest.raises(InvalidInput) as refused:
        file_of(world, session, award.live_tranches[0])
    (problem,) = refused.value.errors["tranches"]
    assert (problem, problem.params["problem"]) == ("transfer_unwritable", "name_missing")


def test_a_tranche_that_came_back_gets_a_new_reference(world: World, session: Session) -> None:
    file = made_file(world, session)
    tranche = file.orders[0].disbursement
    disbursements.fail(session, world["finance"], tranche, inputs={"reason": "Rejet.", "return_code": "AC06"})
    again = file_of(world, session, approve(world, session, tranche))
    assert again.orders[0].end_to_end_id == f"{tranche.reference}-2"
    assert file.orders[0].end_to_end_id == tranche.reference
    assert (file.state, again.state) == (PaymentFileState.SETTLED, PaymentFileState.MADE)


def test_a_payment_by_hand_leaves_the_order_that_came_back_as_it_was(world: World, session: Session) -> None:
    file = made_file(world, session)
    order, tranche = file.orders[0], file.orders[0].disbursement
    disbursements.fail(session, world["finance"], tranche, inputs={"reason": "Rejet."})
    assert order.return_code == ""
    approve(world, session, tranche)
    world.prove_payment(session, tranche)
    take_step(session, world["finance"], tranche, "pay", inputs={"paid_on": utc_now().date()})
    assert order.return_code == ""


# --- two people at once -----------------------------------------------------------------------------------------


def test_of_two_people_one_puts_a_tranche_into_a_file(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        numbers = [tranche.id for tranche in approved_award(world, session).live_tranches]

    def act(session: Session, barrier: Barrier, order: int = 1) -> int:
        tranches = [session.get_one(Disbursement, number) for number in numbers[::order]]
        barrier.wait()
        return file_of(world, session, *tranches).count

    results = race(factory, act, lambda session, barrier: act(session, barrier, -1))
    refusals = [result for result in results if isinstance(result, Exception)]
    assert [result for result in results if not isinstance(result, Exception)] == [2]
    assert [type(refusal) for refusal in refusals] == [Refused]
    with factory() as session:
        assert session.scalars(select(PaymentFile)).one().count == 2
        assert len(session.scalars(select(PaymentOrder)).all()) == 2


def test_an_account_that_changes_meanwhile_is_not_paid_unverified(factory: SessionFactory, world: World) -> None:
    """Either the file was first and has the account that was verified, or the change was first and freezes."""
    with unit_of_work(factory) as session:
        award = approved_award(world, session)
        award_id, number = award.id, award.live_tranches[0].id

    def send(session: Session, barrier: Barrier) -> str:
        tranche = session.get_one(Disbursement, number)
        barrier.wait()
        return file_of(world, session, tranche).orders[0].creditor_iban

    def change(session: Session, barrier: Barrier) -> str:
        beneficiary = session.get_one(Award, award_id).beneficiary
        barrier.wait()
        bank_accounts.propose(
            session, world["officer"], beneficiary, holder=beneficiary.name, iban=OTHER_IBAN, bic=BIC
        )
        return "changed"

    sent, changed = race(factory, send, change)
    assert changed == "changed"
    with factory() as session:
        tranche = session.get_one(Disbursement, number)
        if sent == IBAN:
            assert state_of(tranche) is DisbursementState.SENT
        else:
            assert isinstance(sent, Refused)
            assert state_of(tranche) is DisbursementState.HELD


def test_the_database_takes_a_tranche_into_one_open_order(world: World, session: Session) -> None:
    """The constraint for the truth: also past the service."""
    order = made_file(world, session).orders[0]
    copied: dict[str, Any] = {
        name: getattr(order, name)
        for name in (
            *("file_id", "disbursement_id", "ordered_by_id", "approved_by_id", "amount", "remittance"),
            *("creditor_name", "creditor_iban", "creditor_bic"),
        )
    }
    session.add(PaymentOrder(end_to_end_id="VE-TWICE", **copied))
    with pytest.raises(IntegrityError, match="uq_payment_orders_open"):
        session.flush()


# --- afterwards -------------------------------------------------------------------------------------------------


def test_a_file_that_is_handed_over_says_when(world: World, session: Session) -> None:
    file = made_file(world, session)
    take_step(session, world["finance"], file, "transmit")
    assert state_of(file) is PaymentFileState.TRANSMITTED
    assert file.transmitted_at is not None
    assert utc_now() - file.transmitted_at < timedelta(minutes=1)


def test_a_cancelled_file_gives_its_tranches_back(world: World, session: Session) -> None:
    file = file_of_two(world, session)
    tranches = [order.disbursement for order in file.orders]
    take_step(session, world["finance"], file, "cancel", inputs={"reason": "Refusé par la banque."})
    assert state_of(file) is PaymentFileState.CANCELLED
    assert all(order.cancelled_at for order in file.orders)
    assert {tranche.state for tranche in tranches} == {DisbursementState.APPROVED}
    assert balances(session, award_id=tranches[0].award_id)[LedgerAccount.ORDERED] == 0
    again = file_of(world, session, *tranches)
    assert [order.end_to_end_id for order in again.orders] == [f"{one.reference}-2" for one in tranches]
    session.commit()


def test_what_was_changed_meanwhile_holds_the_tranches_of_a_cancelled_file(world: World, session: Session) -> None:
    file = made_file(world, session)
    tranche = file.orders[0].disbursement
    beneficiary = tranche.award.beneficiary
    bank_accounts.propose(
        session, world["officer"], beneficiary, holder=beneficiary.name, iban=OTHER_IBAN, bic=BIC
    )
    assert state_of(tranche) is DisbursementState.SENT
    take_step(session, world["finance"], file, "cancel", inputs=BECAUSE)
    assert state_of(tranche) is DisbursementState.HELD


def test_a_file_that_the_bank_answered_is_not_called_back(world: World, session: Session) -> None:
    file = file_of_two(world, session)
    inputs = {"paid_on": utc_now().astimezone(PARIS).date()}
    take_step(session, world["finance"], file.orders[0].disbursement, "pay", inputs=inputs)
    with pytest.raises(StepRefused) as refused:
        take_step(session, world["finance"], file, "cancel", inputs=BECAUSE)
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.ORDERS_ANSWERED]
    assert state_of(file) is PaymentFileState.MADE
    take_step(session, world["finance"], file.orders[1].disbursement, "pay", inputs=inputs)
    assert state_of(file) is PaymentFileState.SETTLED


def test_what_changed_since_is_said_of_a_file(world: World, session: Session) -> None:
    """The change of an account freezes what is in no file; of what is, whoever hands it over is told."""
    file = file_of_two(world, session)
    first, second = file.orders
    assert payment_files.second_thoughts(file.orders) == []
    beneficiary = first.disbursement.award.beneficiary
    account = bank_accounts.propose(
        session, world["officer"], beneficiary, holder=beneficiary.name, iban=OTHER_IBAN, bic=BIC
    )
    assert doubts(file) == [(order, [ReasonCode.BANK_DETAILS_UNVERIFIED]) for order in file.orders]
    inputs = {"verified_how": "meeting", "verified_note": "Au guichet."}
    take_step(session, world["finance"], account, "verify", inputs=inputs)
    assert doubts(file) == [(order, [ReasonCode.BANK_DETAILS_REPLACED]) for order in file.orders]
    disbursements.pay(session, world["finance"], first.disbursement, inputs={"paid_on": utc_now().date()})
    take_step(session, world["officer"], first.disbursement.award, "suspend", inputs=BECAUSE)
    both = [ReasonCode.AWARD_NOT_ACTIVE, ReasonCode.BANK_DETAILS_REPLACED]
    assert doubts(file) == [(second, both)]


def doubts(file: PaymentFile) -> list[tuple[PaymentOrder, list[ReasonCode]]]:
    found = payment_files.second_thoughts(file.orders)
    return [(order, [reason.code for reason in reasons]) for order, reasons in found]


def test_the_control_sheet_is_that_of_the_day(world: World, session: Session) -> None:
    """Whoever orders a tranche again later does not stand on the sheet of the former file."""
    file = made_file(world, session)
    tranche = file.orders[0].disbursement
    disbursements.fail(session, world["finance"], tranche, inputs={"reason": "Rejet."})
    take_step(session, world["officer2"], tranche, "reorder", inputs=BECAUSE)
    paper = Paper(control_sheet_pdf(payment_files.control_facts(session, file), "fr", utc_now()))
    assert "Officer Finance 10 000,00 €" in paper.text
    assert "Officer2" not in paper.text
    assert file.message_id in paper.text


def test_an_account_of_the_fund_that_is_closed_pays_nothing(world: World, session: Session) -> None:
    tranche = approved_award(world, session).live_tranches[0]
    account = tranche.award.call.funder.bank_account
    assert account is not None
    take_step(session, world["finance"], account, "close", inputs=BECAUSE)
    assert state_of(account) is BankAccountState.CLOSED
    with pytest.raises(Conflict, match="funder_without_account"):
        file_of(world, session, tranche)
