# ruff: noqa: S608 - the statements are put together from this file's own constants
"""Whatever a superuser of the database does to ledger, states or journal past the triggers, the check finds."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import LedgerEntry, OutboxRow
from fund.services import calls, ledger_check, repayments
from fund.services.ledger_check import Findings, check, faults_of, latest_checks, next_check, run_check
from fund.services.ledger_faults import FaultCode
from fund.services.perform import perform
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.makers import BECAUSE, draft_call, today
from workflows.disbursement import DisbursementStep
from workflows.permissions import SYSTEM
from workflows.topics import Topic


class Books:
    """An award in full swing: one tranche paid, one with the bank, money asked back and partly come."""

    def __init__(self, session: Session, world: World) -> None:
        award = world.active_award(session)
        first, second = award.live_tranches
        world.pay(session, first)
        take_step(session, world["officer"], second, "release")
        take_step(session, world["officer"], second, "order")
        take_step(session, world["finance"], second, "approve")
        perform(session, SYSTEM, second, DisbursementStep.SEND)
        repayment = repayments.ask(session, world["officer"], award, amount=Decimal(3_000), reason="Trop versé.")
        inputs = {"received_on": today(), "amount": Decimal(1_000)}
        take_step(session, world["finance"], repayment, "receive", inputs=inputs)
        calls.raise_envelope(session, world["officer"], award.call, Decimal(1_000), reason="Un don.")
        other = world.award(session)
        session.flush()
        self.ids = {
            "call": award.call_id,
            "award": award.id,
            "other": other.id,
            "first": first.id,
            "second": second.id,
            "repayment": repayment.id,
        }
        self.references = {
            "call": award.call.reference,
            "award": award.reference,
            "other": other.reference,
            "first": first.reference,
            "second": second.reference,
            "repayment": repayment.reference,
        }


@pytest.fixture
def books(factory: SessionFactory, world: World) -> Books:
    with unit_of_work(factory) as session:
        return Books(session, world)


def tamper(engine: Engine, statement: str, books: Books) -> None:
    """Past the triggers, as only a superuser can."""
    asked = {name: value for name, value in books.ids.items() if f":{name}" in statement}
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        assert connection.execute(text(statement), asked).rowcount > 0


def found(factory: SessionFactory) -> Findings:
    with factory() as session:
        return check(session)


def told(findings: Findings) -> set[tuple[str, str]]:
    return {(fault.code.value, fault.reference) for fault in findings.faults}


ENTRY = "(SELECT max(id) FROM ledger_entries WHERE subject_type = '{}' AND subject_id = :{} AND action = '{}')"
PAYMENT = ENTRY.format("disbursement", "first", "disbursement.pay")
APPROVAL = ENTRY.format("disbursement", "first", "disbursement.approve")
CREATION = ENTRY.format("award", "award", "award.create")
RAISE = ENTRY.format("call", "call", "call.raise_envelope")
PART = ENTRY.format("repayment", "repayment", "repayment.receive_part")

# What was done, and the faults that name it: (code, whose).
TAMPERINGS: dict[str, tuple[str, set[tuple[str, str]]]] = {
    "a line's amount": (
        f"UPDATE ledger_lines SET debit = debit + 1 WHERE debit > 0 AND entry_id = {PAYMENT}",
        {("entry_unbalanced", "first"), ("position_differs", "first"), ("paid_differs", "award")},
    ),
    "both lines' amounts": (
        f"UPDATE ledger_lines SET debit = debit * 2, credit = credit * 2 WHERE entry_id = {PAYMENT}",
        {("position_differs", "first"), ("paid_differs", "award"), ("account_negative", "award")},
    ),
    "a line's account": (
        f"UPDATE ledger_lines SET account = 'ordered' WHERE debit > 0 AND entry_id = {PAYMENT}",
        {("position_differs", "first"), ("paid_differs", "award"), ("account_negative", "award")},
    ),
    "an entry without lines": (
        f"DELETE FROM ledger_lines WHERE entry_id = {CREATION}",
        {("entry_unbalanced", "award"), ("position_differs", "award"), ("account_negative", "award")},
    ),
    "an entry's action": (
        f"UPDATE ledger_entries SET action = 'disbursement.send' WHERE id = {PAYMENT}",
        {("entry_of_other_event", "first")},
    ),
    "an entry's event": (
        f"""UPDATE ledger_entries SET event_id = (SELECT event_id FROM ledger_entries WHERE id = {CREATION})
            WHERE id = {APPROVAL}""",
        {("entry_of_other_event", "first"), ("event_without_entry", "first")},
    ),
    "an entry that names nothing": (
        f"UPDATE ledger_entries SET event_id = NULL WHERE id = {APPROVAL}",
        {("entry_without_event", "first"), ("event_without_entry", "first")},
    ),
    "an opening in the middle": (
        f"UPDATE ledger_entries SET event_id = NULL, action = 'ledger.open' WHERE id = {PAYMENT}",
        {("opening_not_first", "first"), ("event_without_entry", "first")},
    ),
    "an entry's day": (
        f"UPDATE ledger_entries SET day = day - 1 WHERE id = {APPROVAL}",
        {("entry_misdated", "first")},
    ),
    "a payment's day ahead": (
        f"UPDATE ledger_entries SET day = day + 1 WHERE id = {PAYMENT}",
        {("entry_misdated", "first")},
    ),
    "an entry's award": (
        f"UPDATE ledger_entries SET award_id = :other WHERE id = {PAYMENT}",
        {
            *{("entry_misplaced", "first"), ("paid_differs", "award"), ("paid_differs", "other")},
            *{("account_negative", "award"), ("account_negative", "other")},
        },
    ),
    "an entry's reference": (
        f"UPDATE ledger_entries SET subject_reference = 'VE-FAUX-FAUX' WHERE id = {PAYMENT}",
        {("entry_misplaced", "VE-FAUX-FAUX")},
    ),
    "an entry's subject": (
        f"UPDATE ledger_entries SET subject_id = :second WHERE id = {PAYMENT}",
        {
            *{("entry_of_other_event", "first"), ("entry_misplaced", "first"), ("position_differs", "first")},
            ("position_differs", "second"),
        },
    ),
    "a state": (
        "UPDATE disbursements SET state = 'paid', paid_on = current_date, paid_amount = amount WHERE id = :second",
        {("state_differs", "second"), ("position_differs", "second"), ("paid_differs", "award")},
    ),
    "a state that holds its euros in the same place": (
        "UPDATE awards SET state = 'suspended' WHERE id = :award",
        {("state_differs", "award")},
    ),
    "a tranche's amount": (
        "UPDATE disbursements SET amount = amount + 1 WHERE id = :second",
        {("position_differs", "second"), ("schedule_unbalanced", "award")},
    ),
    "what was paid of a tranche": (
        "UPDATE disbursements SET paid_amount = paid_amount - 1 WHERE id = :first",
        {("paid_differs", "award")},
    ),
    "an award's amount": (
        "UPDATE awards SET amount = amount + 1, shared_total = shared_total + 1 WHERE id = :award",
        {("position_differs", "award"), ("schedule_unbalanced", "award")},
    ),
    "an envelope": (
        "UPDATE calls SET envelope = 20000 WHERE id = :call",
        {("position_differs", "call"), ("envelope_exceeded", "call")},
    ),
    "what came of a repayment": (
        "UPDATE repayments SET received_amount = received_amount + 1 WHERE id = :repayment",
        {("position_differs", "repayment"), ("receipts_differ", "repayment")},
    ),
    "a receipt that is gone": (
        "DELETE FROM repayment_receipts WHERE repayment_id = :repayment",
        {("receipts_differ", "repayment")},
    ),
    "a tranche that is gone": (
        "DELETE FROM disbursements WHERE id = :second",
        {("position_differs", "second"), ("schedule_unbalanced", "award")},
    ),
    "a state in the journal": (
        """UPDATE audit_events SET body = jsonb_set(body, '{changes,state,1}', '"planned"')
           WHERE subject_type = 'disbursement' AND subject_id = :second AND action = 'disbursement.send'""",
        {("state_differs", "second")},
    ),
    "events that are gone": (
        """DELETE FROM audit_events WHERE subject_type = 'disbursement' AND subject_id = :second
           AND action = 'disbursement.send'""",
        {("state_differs", "second"), ("entry_of_other_event", "second")},
    ),
}
DELETIONS = {
    "a payment": (PAYMENT, "first", {("paid_differs", "award"), ("account_negative", "award")}),
    "an envelope raised": (RAISE, "call", set()),
    "a part received": (PART, "repayment", set()),
}


def resolved(faults: set[tuple[str, str]], books: Books) -> set[tuple[str, str]]:
    return {(code, books.references.get(whose, whose)) for code, whose in faults}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_what_was_changed_past_the_program_is_found(
    factory: SessionFactory, engine: Engine, books: Books, what: str
) -> None:
    assert found(factory).faults == ()
    statement, faults = TAMPERINGS[what]
    tamper(engine, statement, books)
    assert told(found(factory)) == resolved(faults, books)


@pytest.mark.parametrize("what", DELETIONS)
def test_an_entry_that_is_gone_is_found(factory: SessionFactory, engine: Engine, books: Books, what: str) -> None:
    entry, whose, more = DELETIONS[what]
    tamper(engine, f"DELETE FROM ledger_lines WHERE entry_id = {entry}", books)
    tamper(engine, f"DELETE FROM ledger_entries WHERE id = {entry}", books)
    faults = {("position_differs", whose), ("event_without_entry", whose), *more}
    assert told(found(factory)) == resolved(faults, books)


def test_an_approval_and_its_rejection_that_are_gone_together_are_found(
    factory: SessionFactory, engine: Engine, world: World
) -> None:
    """No balance misses them, and nothing else of the tranche is in the ledger."""
    with unit_of_work(factory) as session:
        tranche = world.active_award(session).live_tranches[0]
        take_step(session, world["officer"], tranche, "release")
        take_step(session, world["officer"], tranche, "order")
        take_step(session, world["finance"], tranche, "approve")
        take_step(session, world["finance"], tranche, "reject", inputs=BECAUSE)
        reference = tranche.reference
    assert found(factory).faults == ()
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        of_tranche = "FROM ledger_entries WHERE subject_type = 'disbursement'"
        connection.execute(text(f"DELETE FROM ledger_lines WHERE entry_id IN (SELECT id {of_tranche})"))
        connection.execute(text(f"DELETE {of_tranche}"))
    findings = found(factory)
    assert told(findings) == {("event_without_entry", reference)}
    assert {fault.expected for fault in findings.faults} == {"disbursement.approve", "disbursement.reject"}


def test_two_wrongs_that_cancel_out_are_found_by_their_events(
    factory: SessionFactory, engine: Engine, books: Books
) -> None:
    """Somebody wrote two entries by hand, there and back: every balance is right again."""
    for debit, credit in (("paid", "committed"), ("committed", "paid")):
        tamper(
            engine,
            f"""WITH made AS (
                    INSERT INTO ledger_entries (day, booked_at, action, subject_type, subject_id,
                                                subject_reference, call_id, award_id)
                    SELECT day, booked_at, 'disbursement.pay', subject_type, subject_id, subject_reference,
                           call_id, award_id
                    FROM ledger_entries WHERE id = {PAYMENT} RETURNING id)
                INSERT INTO ledger_lines (entry_id, account, debit, credit)
                SELECT id, '{debit}', 5, 0 FROM made UNION ALL SELECT id, '{credit}', 0, 5 FROM made""",
            books,
        )
    assert told(found(factory)) == resolved({("entry_without_event", "first")}, books)
    assert found(factory).count == 2


def test_a_call_that_went_back_to_its_draft_agrees(session: Session, world: World) -> None:
    call = draft_call(world, session)
    for step in ("publish", "unpublish"):
        take_step(session, world["officer"], call, step, inputs=BECAUSE)
    calls.edit_call(session, world["officer"], call, envelope=Decimal(40_000))
    take_step(session, world["officer"], call, "publish")
    calls.edit_call(session, world["officer"], call, envelope=Decimal(45_000))
    session.flush()
    assert check(session).faults == ()
    booked = session.scalar(
        select(func.count()).where(LedgerEntry.subject_type == "call", LedgerEntry.subject_id == call.id)
    )
    assert booked == 4


def test_a_call_that_was_published_without_money_agrees(session: Session, world: World) -> None:
    call = draft_call(world, session, envelope=Decimal(0))
    take_step(session, world["officer"], call, "publish")
    calls.raise_envelope(session, world["officer"], call, Decimal(10_000), reason="Un don.")
    session.flush()
    assert check(session).faults == ()
    entries = select(LedgerEntry.action).where(
        LedgerEntry.subject_type == "call", LedgerEntry.subject_id == call.id
    )
    assert session.scalars(entries).all() == ["call.raise_envelope"]


# --- the run ---------------------------------------------------------------------------------------------------


def test_a_run_is_kept_and_tells_nobody_where_all_agrees(session: Session, world: World) -> None:
    world.paid_award(session)
    done = run_check(session)
    assert (done.entries, done.fault_count, done.faults) == (6, 0, [])
    assert session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.LEDGER_FAULTY)).all() == []


def test_a_run_with_faults_tells_the_treasury_and_the_administrators(
    factory: SessionFactory, engine: Engine, books: Books, world: World
) -> None:
    tamper(engine, "UPDATE awards SET state = 'suspended' WHERE id = :award", books)
    with unit_of_work(factory) as session:
        run_check(session)
    with factory() as session:
        [done] = latest_checks(session)
        [fault] = faults_of(done)
        rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.LEDGER_FAULTY)).all()
    assert (fault.code, fault.reference) == (FaultCode.STATE_DIFFERS, books.references["award"])
    assert (fault.expected, fault.found) == ("active", "suspended")
    assert {row.recipient_id for row in rows} == {world.people["finance"], world.people["admin"]}
    assert {row.payload["count"] for row in rows} == {1}


def test_only_the_first_faults_are_kept_and_all_are_counted(
    factory: SessionFactory, engine: Engine, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_check, "KEPT", 2)
    tamper(engine, "UPDATE ledger_entries SET day = day + 1 WHERE award_id = :award", books)
    findings = found(factory)
    assert len(findings.faults) == 2
    assert findings.count == 7


def test_the_number_of_statements_does_not_grow(factory: SessionFactory, engine: Engine, world: World) -> None:
    def asked() -> int:
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        found(factory)
        event.remove(engine, "before_cursor_execute", note)
        return len(sent)

    few = asked()
    with unit_of_work(factory) as session:
        world.paid_award(session)
        world.award(session)
    assert asked() == few == 2


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23T10:00", "2026-11-24T01:30"),
        ("2026-11-24T00:00", "2026-11-24T01:30"),
        ("2026-11-24T01:30", "2026-11-25T01:30"),
        ("2026-07-01T23:00", "2026-07-02T00:30"),
        # The nights on which the clocks change: half past two is not, or is twice.
        ("2027-03-27T23:00", "2027-03-28T01:30"),
        ("2026-10-24T23:00", "2026-10-25T00:30"),
        ("2026-10-25T00:30", "2026-10-26T01:30"),
    ],
)
def test_the_next_check_is_at_half_past_two_in_paris(now: str, then: str) -> None:
    def instant(written: str) -> datetime:
        return datetime.fromisoformat(written).replace(tzinfo=UTC)

    assert next_check(instant(now)) == instant(then)
