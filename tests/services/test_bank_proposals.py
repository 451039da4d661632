"""Movements that name no transfer: by their amount, by whom the bank names, as a whole file, or as a repayment."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.models import LineCause, LineStanding, Repayment
from fund.services import bank_lines
from fund.services.bank_matching import choices_for
from fund.services.repayments import ask
from fund.services.steps import take_step
from tests.scenario import FUND_IBAN, IBAN, World
from tests.services.bank_answers import MATCHED, OPEN, debit, entry, proposed, standings, statement, take, whole
from tests.services.makers import BECAUSE, today
from tests.services.money_makers import made_file
from tests.services.paying import file_of, file_of_two, state_of, twins
from workflows.disbursement import DisbursementState
from workflows.engine import Refused, StepRefused
from workflows.payment_file import PaymentFileState
from workflows.reasons import ReasonCode
from workflows.repayment import RepaymentState

THIRD_IBAN = "FR7699999000010000000000212"


# --- without a reference ----------------------------------------------------------------------------------------


def test_a_debit_without_reference_is_proposed_by_its_amount(world: World, session: Session) -> None:
    file = file_of_two(world, session)
    lines = take(world, session, statement(entry(Decimal(5_000), bank_reference="BQ-1")))
    assert standings(lines) == proposed(LineCause.NO_REFERENCE)
    order = file.orders[1]
    assert lines[0].order is order
    assert state_of(order.disbursement) is DisbursementState.SENT
    bank_lines.choose(session, world["finance"], lines[0], order)
    assert standings(lines) == MATCHED
    assert lines[0].settled_by_id == world.people["finance"]
    assert state_of(order.disbursement) is DisbursementState.PAID
    with pytest.raises(Conflict, match="line_settled"):
        bank_lines.choose(session, world["finance"], lines[0], file.orders[0])


def test_a_debit_that_fits_two_orders_is_left_to_a_person(world: World, session: Session) -> None:
    file = file_of(world, session, *twins(world, session))
    lines = take(world, session, statement(entry(Decimal(10_000), iban=IBAN)))
    assert standings(lines) == proposed(LineCause.SEVERAL_FIT)
    assert lines[0].order is None
    assert choices_for(session, world["finance"], lines)[lines[0].id] == file.orders
    bank_lines.choose(session, world["finance"], lines[0], file.orders[1])
    assert [order.disbursement.state for order in file.orders] == [
        DisbursementState.SENT,
        DisbursementState.PAID,
    ]


def test_whom_the_bank_names_tells_two_orders_apart(world: World, session: Session) -> None:
    file = file_of(world, session, *twins(world, session))
    # As though the second were another organisation's.
    second = file.orders[1]
    second.creditor_iban, second.creditor_name = THIRD_IBAN, "Régie Exemple des Eaux"
    session.flush()
    lines = take(world, session, statement(entry(Decimal(10_000), iban=THIRD_IBAN)))
    assert (lines[0].order, lines[0].cause) == (second, LineCause.NO_REFERENCE)
    named = take(world, session, statement(entry(Decimal(10_000), name="REGIE EXEMPLE DES EAUX")))
    assert named[0].order is second


def test_what_is_none_of_ours_stays_open(world: World, session: Session) -> None:
    made_file(world, session)
    lines = take(world, session, statement(entry(Decimal("12.40"), remittance="Frais de tenue de compte")))
    assert standings(lines) == OPEN
    with pytest.raises(InvalidInput, match="note"):
        bank_lines.ignore(session, world["finance"], lines[0], "  ")
    bank_lines.ignore(session, world["finance"], lines[0], "Frais bancaires.")
    assert standings(lines) == [(LineStanding.IGNORED, None)]
    assert (lines[0].note, lines[0].settled_by_id) == ("Frais bancaires.", world.people["finance"])


def test_what_was_set_aside_can_be_taken_up_again(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    lines = take(world, session, statement(entry(Decimal(10_000))))
    bank_lines.ignore(session, world["finance"], lines[0], "Erreur.")
    bank_lines.choose(session, world["finance"], lines[0], order)
    assert standings(lines) == MATCHED
    with pytest.raises(Conflict, match="line_settled"):
        bank_lines.ignore(session, world["finance"], lines[0], "Erreur.")


def test_money_that_nobody_calls_a_return_is_none(world: World, session: Session) -> None:
    """A gift of the amount of a transfer does not undo it, whoever says so."""
    order = made_file(world, session).orders[0]
    take(world, session, statement(debit(order)))
    lines = take(world, session, statement(entry(order.amount, is_credit=True, name="Un donateur")))
    assert standings(lines) == OPEN
    assert choices_for(session, world["finance"], lines)[lines[0].id] == []
    with pytest.raises(Conflict, match="line_misfit"):
        bank_lines.choose(session, world["finance"], lines[0], order)
    assert state_of(order.disbursement) is DisbursementState.PAID


# --- whole files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False])
def test_one_debit_for_a_whole_file_pays_every_order(world: World, session: Session, named: bool) -> None:
    """By the identification of the message, or by count and sum where the bank gives its own."""
    file = file_of_two(world, session)
    lines = take(world, session, statement(whole(file, **({} if named else {"message_id": "LOT-DE-LA-BANQUE"}))))
    assert standings(lines) == MATCHED
    assert lines[0].file is file
    assert {order.disbursement.state for order in file.orders} == {DisbursementState.PAID}
    assert state_of(file) is PaymentFileState.SETTLED
    # The same transfers told one by one are a second debit.
    assert standings(take(world, session, statement(debit(file.orders[0])))) == proposed(LineCause.ANSWERED_BEFORE)
    session.commit()


def test_a_whole_debit_of_another_sum_awaits_a_person(world: World, session: Session) -> None:
    file = file_of_two(world, session)
    lines = take(world, session, statement(whole(file, amount=Decimal(14_000))))
    assert standings(lines) == proposed(LineCause.AMOUNT_DIFFERS)
    with pytest.raises(Refused) as refused:
        bank_lines.choose(session, world["finance"], lines[0], file)
    assert refused.value.reasons[0].code is ReasonCode.AMOUNT_UNLIKE_TRANCHE
    assert {order.disbursement.state for order in file.orders} == {DisbursementState.SENT}


def test_a_whole_debit_without_count_is_chosen_by_a_person(world: World, session: Session) -> None:
    file = file_of_two(world, session)
    lines = take(world, session, statement(entry(Decimal(15_000))))
    assert standings(lines) == OPEN
    assert choices_for(session, world["finance"], lines)[lines[0].id] == [file]
    bank_lines.choose(session, world["finance"], lines[0], file)
    assert state_of(file) is PaymentFileState.SETTLED


# --- repayments -------------------------------------------------------------------------------------------------


@pytest.fixture
def repayment(world: World, session: Session) -> Repayment:
    award = world.paid_award(session)
    world.verified_account(session, award.call.funder, FUND_IBAN)
    return ask(session, world["officer"], award, amount=Decimal(1_000), reason="Non dépensé.")


@pytest.mark.parametrize("written", [lambda text: text, lambda text: text.replace("-", ""), str.lower])
def test_a_credit_that_names_a_demand_is_proposed_for_it(
    world: World, session: Session, repayment: Repayment, written: Callable[[str], str]
) -> None:
    remittance = f"Reversement {written(repayment.reference)} merci"
    lines = take(world, session, statement(entry(Decimal(1_000), is_credit=True, remittance=remittance)))
    assert standings(lines) == proposed(LineCause.REPAYMENT)
    assert lines[0].repayment is repayment
    assert state_of(repayment) is RepaymentState.ASKED
    bank_lines.choose(session, world["finance"], lines[0], repayment)
    assert state_of(repayment) is RepaymentState.RECEIVED
    assert repayment.receipts[0].received_on == today()


def test_a_part_of_a_demand_is_received_as_such(world: World, session: Session, repayment: Repayment) -> None:
    one = entry(Decimal(400), is_credit=True, remittance=repayment.reference)
    lines = take(world, session, statement(one, one))  # twice the same sum on one day, from a bank without numbers
    assert standings(lines) == proposed(LineCause.REPAYMENT) * 2
    for line in lines:
        bank_lines.choose(session, world["finance"], line, repayment)
    assert (repayment.state, repayment.outstanding) == (RepaymentState.ASKED, Decimal(200))


def test_more_than_a_demand_is_not_received(world: World, session: Session, repayment: Repayment) -> None:
    remittance = repayment.reference
    lines = take(world, session, statement(entry(Decimal(1_001), is_credit=True, remittance=remittance)))
    assert standings(lines) == proposed(LineCause.AMOUNT_DIFFERS)
    with pytest.raises(StepRefused) as refused:
        bank_lines.choose(session, world["finance"], lines[0], repayment)
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.REPAYMENT_TOO_LARGE]
    assert choices_for(session, world["finance"], lines)[lines[0].id] == []


def test_a_demand_that_was_given_up_is_named_with_what_refuses_it(
    world: World, session: Session, repayment: Repayment
) -> None:
    take_step(session, world["finance"], repayment, "waive", inputs=BECAUSE)
    remittance = repayment.reference
    lines = take(world, session, statement(entry(Decimal(1_000), is_credit=True, remittance=remittance)))
    assert standings(lines) == proposed(LineCause.REFUSED)
    refused = bank_lines.refusals(world["finance"], lines[0])
    assert [reason.code for reason in refused] == [ReasonCode.WRONG_STATE]


def test_what_refuses_a_day_ahead_is_said(world: World, session: Session) -> None:
    file = file_of_two(world, session)
    tomorrow = today() + timedelta(days=1)
    lines = take(world, session, statement(debit(file.orders[0], booked_on=tomorrow)))
    lines += take(world, session, statement(whole(file, booked_on=tomorrow)))
    lines += take(world, session, statement(entry(Decimal(3), booked_on=tomorrow)))
    refused = [[reason.code for reason in bank_lines.refusals(world["finance"], line)] for line in lines]
    ahead = ReasonCode.PAYMENT_DATE_AHEAD
    assert refused == [[ahead], [ahead, ahead], []]


def test_a_credit_of_the_asked_sum_by_who_was_asked_is_proposed(
    world: World, session: Session, repayment: Repayment
) -> None:
    by_iban = take(world, session, statement(entry(Decimal(1_000), is_credit=True, iban=IBAN)))
    by_name = take(world, session, statement(entry(Decimal(1_000), is_credit=True, name="ASSOCIATION D'ESSAI")))
    by_nobody = take(world, session, statement(entry(Decimal(1_000), is_credit=True, name="Un donateur")))
    assert [line.repayment for line in (*by_iban, *by_name)] == [repayment] * 2
    assert standings(by_nobody) == OPEN


def test_a_debit_is_no_repayment(world: World, session: Session, repayment: Repayment) -> None:
    lines = take(world, session, statement(entry(Decimal(1_000), remittance=repayment.reference)))
    assert standings(lines) == OPEN
    with pytest.raises(Conflict, match="line_misfit"):
        bank_lines.choose(session, world["finance"], lines[0], repayment)
