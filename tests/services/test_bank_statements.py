"""Statements of the bank: read once, each movement kept once, by the treasury alone."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, InvalidInput
from fund.models import (
    AuditEvent,
    BankLine,
    BankStatement,
    Disbursement,
    LineCause,
    LineStanding,
    PaymentFile,
)
from fund.services import bank_lines, bank_statements, disbursements
from fund.services.bank_matching import choices_for
from fund.services.perform import NotPermitted
from tests.scenario import FUND_IBAN, IBAN, World
from tests.services.bank_answers import (
    MATCHED,
    OPEN,
    debit,
    document,
    entry,
    part,
    proposed,
    standings,
    statement,
    take,
)
from tests.services.makers import today
from tests.services.money_makers import made_file
from tests.services.paying import file_of, state_of, twins
from tests.services.racing import race
from tests.services.refusals import staff_joins_the_lead
from tests.web.counting import count_statements
from workflows.disbursement import DisbursementState
from workflows.engine import StepRefused
from workflows.reasons import ReasonCode

OTHER_IBAN = "FR7699999000010000000000115"
BOMB = Path(__file__).parents[1] / "bank" / "files" / "bomb.xml"


# --- read once --------------------------------------------------------------------------------------------------


def test_the_same_file_twice_is_refused(world: World, session: Session) -> None:
    data = statement(debit(made_file(world, session).orders[0]))
    take(world, session, data)
    with pytest.raises(Conflict, match="statement_known"):
        take(world, session, data)


def test_statements_that_overlap_bring_each_movement_once(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    fee = entry(Decimal("1.10"), remittance="Frais")
    first = take(world, session, statement(debit(order), fee, fee))
    assert len(first) == 3
    second = take(world, session, statement(debit(order), fee, fee, fee, entry(Decimal(3))))
    assert [line.amount for line in second] == [Decimal("1.10"), Decimal(3)]
    kept = session.scalars(select(BankStatement).order_by(BankStatement.id.desc())).first()
    assert kept is not None
    assert kept.known == 3
    assert state_of(order.disbursement) is DisbursementState.PAID


def test_pages_of_one_statement_bring_all_their_movements(world: World, session: Session) -> None:
    """Banks cut long statements; what is told alike on two pages happened twice."""
    made_file(world, session)
    fee = entry(Decimal("1.10"), remittance="Frais")
    data = document(part(fee, identification="REL-9"), part(fee, identification="REL-9"))
    taken = bank_statements.take_in(session, world["finance"], data, "releve.xml")
    assert [len(one.lines) for one in taken.statements] == [1, 1]


def test_of_two_people_with_one_statement_one_reads_it(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        order = made_file(world, session).orders[0]
        data, number = statement(debit(order)), order.disbursement_id

    def act(session: Session, barrier: Barrier) -> int:
        barrier.wait()
        return len(take(world, session, data))

    results = race(factory, act, act)
    refusals = [result for result in results if isinstance(result, Exception)]
    assert [result for result in results if not isinstance(result, Exception)] == [1]
    assert [type(refusal) for refusal in refusals] == [Conflict]
    with factory() as session:
        assert session.get_one(Disbursement, number).state is DisbursementState.PAID
        assert len(session.scalars(select(BankLine)).all()) == 1


def test_of_two_statements_that_overlap_at_once_one_waits(factory: SessionFactory, world: World) -> None:
    """Two people fetched the same days, in files of other bytes: no movement is taken twice."""
    with unit_of_work(factory) as session:
        made_file(world, session)
    fee = entry(Decimal("1.10"), bank_reference="BQ-FRAIS")
    files = iter([statement(fee), statement(fee, entry(Decimal(3)))])

    def act(session: Session, barrier: Barrier) -> int:
        data = next(files)
        barrier.wait()
        return len(take(world, session, data))

    results = race(factory, act, act)
    with factory() as session:
        kept = [line.bank_reference for line in session.scalars(select(BankLine))]
    assert kept.count("BQ-FRAIS") == 1
    refusals = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(refusal, Conflict) for refusal in refusals)
    assert {refusal.code for refusal in refusals if isinstance(refusal, Conflict)} <= {"uq_bank_lines_movement"}


def test_statements_of_other_accounts_are_left_out(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    data = document(part(entry(Decimal(7)), iban=OTHER_IBAN), part(debit(order)))
    taken = bank_statements.take_in(session, world["finance"], data, "releve.xml")
    assert taken.foreign == (OTHER_IBAN,)
    assert [(one.account_iban, one.number) for one in taken.statements] == [(FUND_IBAN, 2)]
    with pytest.raises(Conflict, match="statement_account_unknown"):
        take(world, session, statement(entry(Decimal(7)), iban=OTHER_IBAN))
    # The beneficiary's own account is verified too, and is none of the fund's.
    with pytest.raises(Conflict, match="statement_account_unknown"):
        take(world, session, statement(entry(Decimal(7)), iban=IBAN))


def test_what_is_not_booked_yet_is_counted_and_left(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    data = statement(debit(order, status="PDNG"))
    taken = bank_statements.take_in(session, world["finance"], data, "releve.xml")
    assert [(one.pending, one.lines) for one in taken.statements] == [(1, [])]
    assert standings(take(world, session, statement(debit(order)))) == MATCHED


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"ceci n'est pas un releve", "statement_xml_malformed"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>', "statement_not_camt053"),
        (BOMB.read_bytes(), "statement_xml_forbidden"),
    ],
)
def test_what_is_no_statement_is_refused(world: World, session: Session, data: bytes, problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        take(world, session, data)
    assert refused.value.errors == {"file": [problem]}
    assert session.scalars(select(BankStatement)).all() == []


def test_reading_is_the_treasurys(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    lines = take(world, session, statement(entry(order.amount)))
    for name in ("officer", "auditor", "admin"):
        with pytest.raises(NotPermitted):
            bank_statements.take_in(session, world[name], statement(), "releve.xml")
        with pytest.raises(NotPermitted):
            bank_lines.choose(session, world[name], lines[0], order)
        with pytest.raises(NotPermitted):
            bank_lines.ignore(session, world[name], lines[0], "Rien.")


# --- who keeps off ----------------------------------------------------------------------------------------------


def test_a_file_of_ones_own_interest_does_not_stop_the_statement(world: World, session: Session) -> None:
    """The other movements are settled; that one awaits another person of the treasury."""
    order = made_file(world, session).orders[0]
    other = world.add_person(session, "finance2", tuple(world.person(session, "finance").roles))
    staff_joins_the_lead(world, session, order)
    lines = take(world, session, statement(debit(order), entry(Decimal(3))))
    assert standings(lines) == [*proposed(LineCause.KEPT_OFF), *OPEN]
    assert state_of(order.disbursement) is DisbursementState.SENT
    assert choices_for(session, world["finance"], lines) == {line.id: [] for line in lines}
    with pytest.raises(StepRefused) as refused:
        bank_lines.choose(session, world["finance"], lines[0], order)
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.CONFLICT_OF_INTEREST]
    bank_lines.choose(session, other.as_actor(), lines[0], order)
    assert state_of(order.disbursement) is DisbursementState.PAID
    session.commit()


def test_a_day_that_is_ahead_is_left_to_a_person(world: World, session: Session) -> None:
    order = made_file(world, session).orders[0]
    lines = take(world, session, statement(debit(order, booked_on=today() + timedelta(days=1))))
    assert standings(lines) == proposed(LineCause.REFUSED)
    assert state_of(order.disbursement) is DisbursementState.SENT


def test_choices_cost_as_many_statements_for_many_movements(world: World, session: Session) -> None:
    file = file_of(world, session, *twins(world, session))
    lines = take(world, session, statement(*[entry(Decimal(10_000)) for _ in range(3)]))
    session.commit()

    def ask_for(some: list[BankLine]) -> int:
        session.expunge_all()
        numbers = [line.id for line in some]
        again = list(session.scalars(select(BankLine).where(BankLine.id.in_(numbers))))
        return count_statements(lambda: choices_for(session, world["finance"], again))

    assert ask_for(lines[:1]) == ask_for(lines)
    assert isinstance(file, PaymentFile)


def test_movements_of_others_cost_no_statement_each(world: World, session: Session) -> None:
    """The fund's account may have many that are none of its grants."""
    file_of(world, session, *twins(world, session))

    def take_many(count: int) -> int:
        fees = [entry(Decimal(number), is_credit=number % 2 == 0) for number in range(1, count)]
        data = statement(*fees, entry(Decimal(10_000)))
        return count_statements(lambda: take(world, session, data))

    take_many(2)  # reads what the session does not know yet
    assert take_many(3) == take_many(40)


def test_a_payment_by_hand_meanwhile_is_not_paid_twice(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        order = made_file(world, session).orders[0]
        data, number = statement(debit(order)), order.disbursement_id

    def read(session: Session, barrier: Barrier) -> str:
        barrier.wait()
        return take(world, session, data)[0].standing

    def pay(session: Session, barrier: Barrier) -> str:
        tranche = session.get_one(Disbursement, number)
        barrier.wait()
        disbursements.pay(session, world["finance"], tranche, inputs={"paid_on": today()})
        return "paid"

    read_result, paid_result = race(factory, read, pay)
    assert read_result == LineStanding.MATCHED
    assert paid_result == "paid" or isinstance(paid_result, StepRefused)
    with factory() as session:
        pays = session.scalars(select(AuditEvent).where(AuditEvent.action == "disbursement.pay")).all()
        assert len(pays) == 1
