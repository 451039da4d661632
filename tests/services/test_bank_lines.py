"""What becomes of a movement: each transfer finds its own, and what is not certain awaits a person."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict
from fund.models import (
    AuditEvent,
    LineCause,
)
from fund.services import bank_accounts, bank_lines, reports
from fund.services.bank_matching import choices_for
from fund.services.journal import verify
from fund.services.ledger import balances
from fund.services.steps import take_step
from tests.scenario import BIC, World
from tests.services.bank_answers import (
    MATCHED,
    OPEN,
    back,
    debit,
    entry,
    proposed,
    standings,
    statement,
    take,
)
from tests.services.makers import BECAUSE, today
from tests.services.money_makers import made_file
from tests.services.paying import approve, file_of, file_of_two, state_of
from workflows.award import AwardState
from workflows.bank_account import BankAccountState
from workflows.disbursement import DisbursementState, HoldCause
from workflows.engine import Refused, StepRefused
from workflows.ledger import LedgerAccount
from workflows.payment_file import PaymentFileState
from workflows.reasons import ReasonCode

OTHER_IBAN = "FR7699999000010000000000115"
THIRD_IBAN = "FR7699999000010000000000212"


# --- by the end-to-end reference --------------------------------------------------------------------------------


def test_a_debit_pays_the_tranche_that_it_names(world: World, session: Session) -> None:
    file = file_of_two(world, session)
    first, second = file.orders
    yesterday = today() - timedelta(days=1)
    lines = take(world, session, statement(debit(first, booked_on=yesterday), identification="REL-7"))
    assert standings(lines) == MATCHED
    assert lines[0].order is first
    assert lines[0].settled_at is not None
    assert lines[0].settled_by_id is None  # the program's own finding
    tranche = first.disbursement
    assert (tranche.state, tranche.paid_on, tranche.paid_amount) == (
        DisbursementState.PAID,
        yesterday,
        Decimal(10_000),
    )
    assert tranche.bank_reference == f"BQ-{first.end_to_end_id}"
    assert first.answered_on == yesterday
    assert state_of(second.disbursement) is DisbursementState.SENT
    assert state_of(file) is PaymentFileState.MADE
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "disbursement.pay")).one()
    assert event.body["details"] == {"statement": "REL-7", "bank_line": lines[0].id}
    assert event.body["actor"] == world["finance"].reference
    take(world, session, statement(debit(second)))
    assert state_of(file) is PaymentFileState.SETTLED
    assert balances(session, award_id=tranche.award_id)[LedgerAccount.PAID] == Decimal(15_000)
    session.commit()
    assert verify(session).broken == []


def test_another_amount_is_left_to_a_person(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    lines = take(world, session, statement(debit(order, amount=order.amount - 5)))
    assert standings(lines) == proposed(LineCause.AMOUNT_DIFFERS)
    assert lines[0].order is order
    assert state_of(order.disbursement) is DisbursementState.SENT
    with pytest.raises(Refused) as refused:
        bank_lines.choose(session, world["finance"], lines[0], order)
    (reason,) = refused.value.reasons
    assert (reason.code, reason.field) == (ReasonCode.AMOUNT_UNLIKE_TRANCHE, "target")
    assert reason.params == {"found": Decimal(9_995), "amount": Decimal(10_000)}


def test_one_transfer_debited_twice_is_shown(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    lines = take(world, session, statement(debit(order), debit(order, bank_reference="BQ-2")))
    assert standings(lines) == [*MATCHED, *proposed(LineCause.ANSWERED_BEFORE)]
    later = take(world, session, statement(debit(order, bank_reference="BQ-3")))
    assert standings(later) == proposed(LineCause.ANSWERED_BEFORE)


def test_what_was_noted_by_hand_before_is_matched(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    take_step(session, world["finance"], order.disbursement, "pay", inputs={"paid_on": today()})
    lines = take(world, session, statement(debit(order)))
    assert standings(lines) == MATCHED
    assert lines[0].order is order


def test_a_transfer_of_a_cancelled_file_is_shown(world: World, session: Session) -> None:
    file = made_file(world, session)
    order = file.orders[0]
    take_step(session, world["finance"], file, "cancel", inputs=BECAUSE)
    lines = take(world, session, statement(debit(order)))
    assert standings(lines) == proposed(LineCause.ORDER_CANCELLED)
    assert state_of(order.disbursement) is DisbursementState.APPROVED
    with pytest.raises(Conflict, match="line_misfit"):
        bank_lines.choose(session, world["finance"], lines[0], order)


def test_a_reference_on_another_account_is_not_ours(world: World, session: Session) -> None:
    """Whose end-to-end id happens to be one of ours: the fund's former account, say, or another funder's."""
    order = made_file(world, session).orders[0]
    funder = order.file.debtor.organisation
    account = bank_accounts.propose(
        session, world["officer"], funder, holder=funder.name, iban=OTHER_IBAN, bic=BIC
    )
    inputs = {"verified_how": "meeting", "verified_note": "Au guichet."}
    take_step(session, world["finance"], account, "verify", inputs=inputs)
    lines = take(world, session, statement(debit(order), iban=OTHER_IBAN))
    assert standings(lines) == OPEN
    # The account that was in force when the file was made is still told of.
    assert standings(take(world, session, statement(debit(order)))) == MATCHED


# --- money that came back -----------------------------------------------------------------------------------


def test_a_return_fails_the_payment_with_the_banks_reason(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    tranche = order.disbursement
    take(world, session, statement(debit(order)))
    lines = take(world, session, statement(back(order, "AC06")))
    assert standings(lines) == MATCHED
    assert (tranche.state, tranche.return_code) == (DisbursementState.FAILED, "AC06")
    assert order.return_code == "AC06"
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "disbursement.fail")).one()
    assert event.body["reason"] == "Le compte est bloqué."
    assert tranche.award.beneficiary.bank_account is not None
    again = file_of(world, session, approve(world, session, tranche))
    assert standings(take(world, session, statement(debit(again.orders[0])))) == MATCHED
    assert state_of(tranche) is DisbursementState.PAID
    session.commit()


def test_debit_and_return_of_one_day_are_read_in_that_order(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    lines = take(world, session, statement(back(order), debit(order)))
    assert standings(lines) == MATCHED * 2
    assert state_of(order.disbursement) is DisbursementState.FAILED


def test_a_return_that_says_the_account_is_closed_closes_it(world: World, session: Session) -> None:
    file = file_of_two(world, session)
    first, second = file.orders
    take_step(session, world["finance"], file, "transmit")
    award = first.disbursement.award
    lines = take(world, session, statement(back(first, "AC04"), back(second, "AC04")))
    assert standings(lines) == MATCHED * 2
    assert award.beneficiary.bank_account is None
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "bank_account.close")).one()
    assert event.body["reason"] == "Le compte est clos."
    assert event.body["actor"] == "system"
    with pytest.raises(StepRefused) as refused:
        take_step(session, world["officer"], first.disbursement, "reorder", inputs=BECAUSE)
    assert ReasonCode.BANK_DETAILS_MISSING in [reason.code for reason in refused.value.reasons]
    session.commit()


def test_a_closed_account_holds_what_else_was_to_be_paid_to_it(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    award = order.disbursement.award
    other = approve(world, session, award.live_tranches[1])
    take(world, session, statement(back(order, "AC04")))
    assert (other.state, other.hold_cause) == (DisbursementState.HELD, HoldCause.BANK_DETAILS)


def test_an_account_that_was_changed_since_is_not_closed(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    beneficiary = order.disbursement.award.beneficiary
    account = bank_accounts.propose(
        session, world["officer"], beneficiary, holder=beneficiary.name, iban=OTHER_IBAN, bic=BIC
    )
    inputs = {"verified_how": "meeting", "verified_note": "Au guichet."}
    take_step(session, world["finance"], account, "verify", inputs=inputs)
    take(world, session, statement(back(order, "AC04")))
    assert state_of(order.disbursement) is DisbursementState.FAILED
    assert state_of(account) is BankAccountState.VERIFIED


def test_a_return_opens_closed_accounts_again(world: World, session: Session) -> None:
    file = file_of_two(world, session)
    award = file.orders[0].disbursement.award
    take(world, session, statement(*map(debit, file.orders)))
    report = award.reports[0]
    reports.edit_report(
        session, world["applicant"], report, narrative="Tout est fait.", spent_amount=Decimal(39_000)
    )
    take_step(session, world["applicant"], report, "submit")
    take_step(session, world["officer"], report, "accept")
    assert state_of(award) is AwardState.CLOSED
    assert standings(take(world, session, statement(back(file.orders[0])))) == MATCHED
    assert state_of(award) is AwardState.ACTIVE
    assert state_of(file.orders[0].disbursement) is DisbursementState.FAILED
    session.commit()
    assert verify(session).broken == []


def test_a_return_without_a_word_that_it_is_one_awaits_a_person(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    take(world, session, statement(debit(order)))
    lines = take(world, session, statement(back(order, return_code=None, bank_reference="BQ-9")))
    assert standings(lines) == proposed(LineCause.RETURN_UNSAID)
    assert choices_for(session, world["finance"], lines)[lines[0].id] == [order]
    bank_lines.choose(session, world["finance"], lines[0], order)
    assert state_of(order.disbursement) is DisbursementState.FAILED
    assert order.return_code == ""
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "disbursement.fail")).one()
    assert event.body["reason"] == "La banque ne donne pas de motif."


def test_a_reversal_by_the_bank_is_a_return(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    lines = take(world, session, statement(debit(order), back(order, "")))
    assert standings(lines) == MATCHED * 2
    assert (order.disbursement.state, order.return_code) == (DisbursementState.FAILED, "")


def test_a_return_that_came_twice_is_shown(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    lines = take(world, session, statement(debit(order), back(order), back(order, bank_reference="BQ-9")))
    assert standings(lines) == [*MATCHED * 2, *proposed(LineCause.ANSWERED_BEFORE)]


def test_a_return_without_reference_is_found_by_its_amount(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    take(world, session, statement(debit(order)))
    lines = take(world, session, statement(entry(order.amount, is_credit=True, return_code="AC06")))
    assert standings(lines) == proposed(LineCause.NO_REFERENCE)
    bank_lines.choose(session, world["finance"], lines[0], order)
    assert order.disbursement.return_code == "AC06"
