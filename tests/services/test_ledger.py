"""What each act books, the balances that follow from it on any day, and what the database refuses."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from fund.models import Award, LedgerEntry
from fund.services import agreements, awards, calls, repayments
from fund.services.agreement_terms import describe_terms
from fund.services.history import PastAward, carry, prepare_call
from fund.services.ledger import balances
from fund.services.ledger_check import check
from fund.services.perform import perform
from fund.services.steps import take_step
from tests.scenario import World, siret
from tests.services.makers import BECAUSE, draft_call, today
from workflows.disbursement import DisbursementStep
from workflows.permissions import SYSTEM

Moves = list[tuple[str, str, str, int]]


def moves(session: Session, subject: Any) -> Moves:
    """Action, from, to and euros of the subject's entries, in the order of their booking."""
    session.flush()
    query = select(LedgerEntry).where(
        LedgerEntry.subject_type == subject.workflow.name, LedgerEntry.subject_id == subject.id
    )
    return [_move(entry) for entry in session.scalars(query.order_by(LedgerEntry.id))]


def _move(entry: LedgerEntry) -> tuple[str, str, str, int]:
    [gains] = [line for line in entry.lines if line.debit]
    [gives] = [line for line in entry.lines if line.credit]
    assert gains.debit == gives.credit
    assert entry.event is not None
    assert entry.event.action == entry.action
    return entry.action, gives.account.value, gains.account.value, int(gains.debit)


def lying(session: Session, **of: Any) -> dict[str, int]:
    """Where the euros lie; accounts without any are left out."""
    session.flush()
    return {account.value: int(amount) for account, amount in balances(session, **of).items() if amount}


def ask(session: Session, world: World, award: Award, amount: int) -> Any:
    return repayments.ask(session, world["officer"], award, amount=Decimal(amount), reason="Trop versé.")


def amend(session: Session, world: World, award: Award, amounts: list[int]) -> None:
    """Sign an amendment that leaves the award these tranches."""
    terms = describe_terms(award)
    kept = [{**line, "amount": str(amount)} for line, amount in zip(terms["tranches"], amounts, strict=False)]
    new = [{"amount": str(a), "due_on": "2027-03-01", "conditions": []} for a in amounts[len(kept) :]]
    terms = {**terms, "amount": str(sum(amounts)), "tranches": [*kept, *new]}
    agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Pour essai.")
    world.send_agreement(session, award)
    world.sign_agreement(session, award)


# --- what each act books ---------------------------------------------------------------------------------------


def test_a_call_opens_its_envelope_when_it_is_published_and_gives_it_back(session: Session, world: World) -> None:
    call = draft_call(world, session)
    assert moves(session, call) == []
    for step in ("publish", "unpublish", "publish", "open", "cancel"):
        take_step(session, world["officer"], call, step, inputs=BECAUSE)
    assert moves(session, call) == [
        ("call.publish", "endowment", "available", 50_000),
        ("call.unpublish", "available", "endowment", 50_000),
        ("call.publish", "endowment", "available", 50_000),
        ("call.cancel", "available", "endowment", 50_000),
    ]
    assert lying(session, call_id=call.id) == {}
    session.commit()


def test_an_envelope_that_is_raised_is_booked_only_once_it_is_open(session: Session, world: World) -> None:
    call = draft_call(world, session)
    calls.raise_envelope(session, world["officer"], call, Decimal(10_000), reason="Un don.")
    assert moves(session, call) == []
    take_step(session, world["officer"], call, "publish")
    calls.raise_envelope(session, world["officer"], call, Decimal(5_000), reason="Un don.")
    assert moves(session, call) == [
        ("call.publish", "endowment", "available", 60_000),
        ("call.raise_envelope", "endowment", "available", 5_000),
    ]
    assert lying(session, call_id=call.id) == {"endowment": -65_000, "available": 65_000}
    session.commit()


def test_an_award_commits_and_its_refusal_frees(session: Session, world: World) -> None:
    award = world.offered_award(session)
    assert moves(session, award) == [("award.create", "available", "committed", 15_000)]
    assert all(moves(session, tranche) == [] for tranche in award.disbursements)
    take_step(session, SYSTEM, award.agreements[0], "refuse", inputs=BECAUSE)
    assert moves(session, award)[1:] == [("award.refuse", "committed", "available", 15_000)]
    assert lying(session, award_id=award.id) == {}
    session.commit()


def test_a_tranche_passes_from_account_to_account(session: Session, world: World) -> None:
    award = world.active_award(session)
    tranche = award.live_tranches[0]
    take_step(session, world["officer"], tranche, "release")
    take_step(session, world["officer"], tranche, "order")
    assert moves(session, tranche) == []
    take_step(session, world["finance"], tranche, "approve")
    take_step(session, world["finance"], tranche, "reject", inputs=BECAUSE)
    take_step(session, world["officer"], tranche, "order")
    take_step(session, world["finance"], tranche, "approve")
    perform(session, SYSTEM, tranche, DisbursementStep.SEND)
    perform(session, SYSTEM, tranche, DisbursementStep.UNSEND)
    perform(session, SYSTEM, tranche, DisbursementStep.SEND)
    take_step(session, world["finance"], tranche, "pay", inputs={"paid_on": today()})
    take_step(session, world["finance"], tranche, "fail", inputs=BECAUSE)
    assert moves(session, tranche) == [
        ("disbursement.approve", "committed", "approved", 10_000),
        ("disbursement.reject", "approved", "committed", 10_000),
        ("disbursement.approve", "committed", "approved", 10_000),
        ("disbursement.send", "approved", "ordered", 10_000),
        ("disbursement.unsend", "ordered", "approved", 10_000),
        ("disbursement.send", "approved", "ordered", 10_000),
        ("disbursement.pay", "ordered", "paid", 10_000),
        ("disbursement.fail", "paid", "committed", 10_000),
    ]
    assert lying(session, award_id=award.id) == {"available": -15_000, "committed": 15_000}
    session.commit()


def test_a_payment_by_hand_leaves_out_the_bank(session: Session, world: World) -> None:
    award = world.active_award(session)
    world.pay(session, award.live_tranches[0])
    assert [move[1:3] for move in moves(session, award.live_tranches[0])] == [
        ("committed", "approved"),
        ("approved", "paid"),
    ]
    session.commit()


def test_a_hold_takes_an_approval_back(session: Session, world: World) -> None:
    award = world.active_award(session)
    tranche = award.live_tranches[0]
    take_step(session, world["officer"], tranche, "release")
    take_step(session, world["officer"], tranche, "order")
    take_step(session, world["finance"], tranche, "approve")
    take_step(session, world["officer"], tranche, "hold", inputs=BECAUSE)
    assert moves(session, tranche)[-1] == ("disbursement.hold", "approved", "committed", 10_000)
    take_step(session, world["officer"], tranche, "lift", inputs=BECAUSE)
    assert len(moves(session, tranche)) == 2
    session.commit()


def test_a_repayment_comes_in_parts_or_is_given_up(session: Session, world: World) -> None:
    award = world.paid_award(session)
    received, waived = ask(session, world, award, 4_000), ask(session, world, award, 2_000)
    assert lying(session, award_id=award.id) == {"available": -15_000, "paid": 9_000, "to_recover": 6_000}
    for repayment, amount in ((received, 1_500), (waived, 500), (received, None)):
        inputs = {"received_on": today(), "amount": amount and Decimal(amount)}
        take_step(session, world["finance"], repayment, "receive", inputs=inputs)
    take_step(session, world["finance"], waived, "waive", inputs=BECAUSE)
    assert moves(session, received) == [
        ("repayment.create", "paid", "to_recover", 4_000),
        ("repayment.receive_part", "to_recover", "recovered", 1_500),
        ("repayment.receive", "to_recover", "recovered", 2_500),
    ]
    assert moves(session, waived) == [
        ("repayment.create", "paid", "to_recover", 2_000),
        ("repayment.receive_part", "to_recover", "recovered", 500),
        ("repayment.waive", "to_recover", "paid", 1_500),
    ]
    assert lying(session, award_id=award.id) == {"available": -15_000, "paid": 10_500, "recovered": 4_500}
    session.commit()


def test_an_amendment_books_the_difference(session: Session, world: World) -> None:
    award = world.active_award(session)
    world.pay(session, award.live_tranches[0])
    amend(session, world, award, [10_000, 5_000, 3_000])
    amend(session, world, award, [10_000, 1_000])
    assert moves(session, award)[1:] == [
        ("award.amend", "available", "committed", 3_000),
        ("award.amend", "committed", "available", 7_000),
    ]
    assert lying(session, award_id=award.id) == {"available": -11_000, "committed": 1_000, "paid": 10_000}
    session.commit()


def test_an_award_brought_down_frees_the_rest(session: Session, world: World) -> None:
    award = world.active_award(session)
    world.pay(session, award.live_tranches[0])
    awards.reduce(session, world["officer"], award, Decimal(10_000), reason="Moins cher.")
    assert moves(session, award)[1:] == [("award.reduce", "committed", "available", 5_000)]
    session.commit()


def test_the_whole_path_leaves_every_euro_in_one_place(session: Session, world: World) -> None:
    application = world.reported(session)
    of_call = lying(session, call_id=application.call_id)
    assert of_call == {"endowment": -200_000, "available": 185_000, "paid": 15_000}
    assert sum(of_call.values()) == 0
    session.commit()


# --- days ------------------------------------------------------------------------------------------------------


def test_a_past_day_has_its_own_balance(session: Session, world: World) -> None:
    award = world.active_award(session)
    first = award.live_tranches[0]
    take_step(session, world["officer"], first, "release")
    take_step(session, world["officer"], first, "order")
    take_step(session, world["finance"], first, "approve")
    [approval] = session.scalars(select(LedgerEntry).where(LedgerEntry.action == "disbursement.approve"))
    assert lying(session, award_id=award.id, on=today() - timedelta(days=1)) == {}
    assert lying(session, award_id=award.id, on=today())["approved"] == 10_000
    world.prove_payment(session, first)
    # Paid, as it was noted, on a day before the approval: it counts from the approval on, so that no day is torn.
    inputs = {"paid_on": today() - timedelta(days=3)}
    take_step(session, world["finance"], first, "pay", inputs=inputs)
    [payment] = session.scalars(select(LedgerEntry).where(LedgerEntry.action == "disbursement.pay"))
    assert payment.day == approval.day
    session.commit()


def past_award(day: date) -> PastAward:
    return PastAward(
        grantor_name="Commune d’exemple",
        grantor_siret=siret(20),
        agreement_date=day,
        decision_reference=None,
        beneficiary_name="Association Exemple des Trois Rivières",
        beneficiary_siret=siret(21),
        beneficiary_rna=None,
        purpose="Atelier partagé",
        amount=Decimal(3_000),
        share=Decimal(1),
        nature="aide en numéraire",
        payment_condition="unique",
        period_start=day + timedelta(days=30),
        period_end=None,
        rae_id=None,
        eu_notified=False,
        scheme=None,
    )


def test_imported_history_counts_for_its_own_days(session: Session) -> None:
    past = past_award(date(2019, 3, 1))
    call = prepare_call(
        session,
        grantor_siret=past.grantor_siret,
        grantor_name=past.grantor_name,
        year=2019,
        awards_to_come=past.amount,
    )
    award = carry(session, call, past, fingerprint=b"1" * 32, file_name="passé.csv", line=2)
    assert lying(session, award_id=award.id, on=date(2019, 2, 28)) == {}
    assert lying(session, award_id=award.id, on=date(2019, 3, 30)) == {"available": -3_000, "committed": 3_000}
    assert lying(session, award_id=award.id, on=date(2019, 3, 31)) == {"available": -3_000, "paid": 3_000}
    # More is taken in later: the envelope of that year was so large from its beginning.
    more = prepare_call(
        session,
        grantor_siret=past.grantor_siret,
        grantor_name=past.grantor_name,
        year=2019,
        awards_to_come=Decimal(500),
    )
    assert more is call
    assert lying(session, call_id=call.id, on=date(2019, 1, 1)) == {"endowment": -3_500, "available": 3_500}
    assert check(session).faults == ()
    session.commit()


# --- what the database refuses ---------------------------------------------------------------------------------

WRITE_ENTRY = """
    INSERT INTO ledger_entries
        (day, booked_at, action, subject_type, subject_id, subject_reference, call_id, award_id)
    VALUES (current_date, now(), 'award.amend', 'award', :award, :reference, :call, :award) RETURNING id
"""
WRITE_LINE = """
    INSERT INTO ledger_lines (entry_id, account, debit, credit) VALUES (:entry, :account, :debit, :credit)
"""


def write(session: Session, award: Award, *lines: tuple[str, int, int]) -> None:
    owners = {"award": award.id, "call": award.call_id, "reference": award.reference}
    entry = session.scalar(text(WRITE_ENTRY), owners)
    for account, debit, credit in lines:
        values = {"entry": entry, "account": account, "debit": debit, "credit": credit}
        session.execute(text(WRITE_LINE), values)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


@pytest.fixture
def award(session: Session, world: World) -> Award:
    award = world.active_award(session)
    session.commit()
    return award


@pytest.mark.parametrize(
    ("lines", "constraint"),
    [
        ([], "ledger_balances"),
        ([("committed", 10, 0)], "ledger_balances"),
        ([("committed", 10, 0), ("available", 0, 9)], "ledger_balances"),
        ([("committed", 10, 10)], "ck_ledger_lines_one_side"),
        ([("committed", -10, 0)], "ck_ledger_lines_one_side"),
        ([("elsewhere", 10, 0)], "ck_ledger_lines_account_known"),
        ([("paid", 15_001, 0), ("committed", 0, 15_001)], "ledger_accounts_positive"),
        ([("available", 1, 0), ("paid", 0, 1)], "ledger_accounts_positive"),
    ],
    ids=["empty", "one-sided", "unbalanced", "both-sides", "below-zero", "unknown", "more-than-awarded", "unpaid"],
)
def test_the_database_refuses_an_entry_that_cannot_be(
    session: Session, award: Award, lines: list[tuple[str, int, int]], constraint: str
) -> None:
    with pytest.raises(DBAPIError) as refusal:
        write(session, award, *lines)
    assert refusal.value.orig.diag.constraint_name == constraint  # type: ignore[union-attr]  # psycopg's own


def test_the_database_takes_an_entry_that_can_be(session: Session, award: Award) -> None:
    write(session, award, ("approved", 15_000, 0), ("committed", 0, 15_000))
    assert lying(session, award_id=award.id)["approved"] == 15_000


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_lines"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_is_booked_stays(session: Session, award: Award, table: str, act: str) -> None:
    assert award.id
    with pytest.raises(DBAPIError) as refusal:
        session.execute(text(act.format(table)))
    assert refusal.value.orig.diag.constraint_name == "ledger_append_only"  # type: ignore[union-attr]  # psycopg's
