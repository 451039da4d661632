"""As many receipts as deposits, each with what was handed in, in time to the microsecond."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import InvalidInput, NotFound
from fund.forms.definition import DeadlineRule, LateRule
from fund.models import Application, AuditEvent, Receipt
from fund.models.base import utc_now
from fund.services import receipts
from fund.services.applications import edit_application, extend_deadline
from fund.services.journal import verify_subject
from fund.services.perform import NotEditable
from fund.services.steps import take_step
from fund.services.writing import save_part
from tests.filling import DECLARED, complete_draft, open_call
from tests.scenario import World
from tests.services.makers import MARK
from tests.services.racing import race
from workflows.application import ApplicationState
from workflows.engine import StepRefused

MICROSECOND = timedelta(microseconds=1)
GRACE = DeadlineRule(LateRule.GRACE, 30)


@pytest.fixture
def complete(factory: SessionFactory, world: World) -> int:
    with unit_of_work(factory) as session:
        return complete_draft(session, world, open_call(session, world)).id


def submit(session: Session, world: World, application: Application, **more: Any) -> AuditEvent:
    return take_step(session, world["applicant"], application, "submit", inputs={**DECLARED, **more})


def returned(session: Session, world: World, application: Application, marks: Mapping[str, Any]) -> None:
    inputs = {"reason": "À revoir.", "return_due_at": utc_now() + timedelta(days=2), "corrections": marks}
    take_step(session, world["officer"], application, "return", inputs=inputs)


def test_two_who_submit_at_once_make_one_deposit_and_one_receipt(
    factory: SessionFactory, world: World, complete: int
) -> None:
    def act(session: Session, barrier: Barrier) -> int:
        application = session.get_one(Application, complete)
        version = application.version
        barrier.wait()
        event = take_step(
            session, world["applicant"], application, "submit", expected_version=version, inputs=DECLARED
        )
        return event.id

    outcomes = race(factory, act, act)
    assert sorted(isinstance(outcome, int) for outcome in outcomes) == [False, True]
    with factory() as session:
        assert session.scalar(select(func.count(Receipt.id))) == 1
        deposits = select(func.count(AuditEvent.id)).where(AuditEvent.action == "application.submit")
        assert session.scalar(deposits) == 1


def test_a_receipt_can_be_recomputed_and_stands_in_the_journal(
    factory: SessionFactory, world: World, complete: int
) -> None:
    with unit_of_work(factory) as session:
        application = session.get_one(Application, complete)
        event = submit(session, world, application)
        event_id = event.id
    with factory() as session:
        application = session.get_one(Application, complete)
        receipt, event = application.receipts[0], session.get_one(AuditEvent, event_id)
        assert receipts.digest_of(receipt.deposited) == receipt.content_sha256
        assert receipts.digest_of(receipts.describe_file(application)) == receipt.content_sha256
        assert event.body["details"]["content_sha256"] == receipt.content_sha256
        assert event.hash.hex() == receipt.journal_hash
        assert receipt.submitted_at == application.submitted_at == event.occurred_at
        assert (receipt.signatory_name, receipt.signatory_function) == ("Camille Essai", "Présidente")
        assert verify_subject(session, application) is None


def test_each_deposit_has_its_receipt(session: Session, world: World) -> None:
    application = complete_draft(session, world, open_call(session, world))
    submit(session, world, application)
    for _ in range(2):
        returned(session, world, application, {"summary": MARK})
        edit_application(session, world["applicant"], application, summary=f"{application.summary} encore")
        take_step(session, world["applicant"], application, "resubmit", inputs=DECLARED)
    session.expire_all()
    assert [receipt.number for receipt in application.receipts] == [1, 2, 3]
    assert len({receipt.content_sha256 for receipt in application.receipts}) == 3
    summaries = [receipt.deposited["project"]["summary"] for receipt in application.receipts]
    assert summaries[2] == f"{summaries[0]} encore encore"


def test_a_refused_deposit_leaves_no_receipt(session: Session, world: World) -> None:
    application = complete_draft(session, world, open_call(session, world))
    with pytest.raises(StepRefused):
        take_step(session, world["applicant"], application, "submit", inputs={**DECLARED, "declared": False})
    session.rollback()
    assert session.scalar(select(func.count(Receipt.id))) == 0


# --- genuine or not ---------------------------------------------------------------------------------------------


def test_a_receipt_is_genuine_by_either_of_its_fingerprints(session: Session, world: World) -> None:
    application = complete_draft(session, world, open_call(session, world))
    submit(session, world, application)
    receipt = application.receipts[0]
    spaced = " ".join(receipt.content_sha256[i : i + 8] for i in range(0, 64, 8)).upper()
    for digest in (receipt.content_sha256, receipt.journal_hash, spaced):
        assert receipts.verify_receipt(session, application.reference.lower(), digest) is receipt
    other = world.submitted(session)
    assert receipts.verify_receipt(session, other.reference, receipt.content_sha256) is None
    assert receipts.verify_receipt(session, application.reference, "0" * 64) is None


def test_an_altered_receipt_is_not_genuine(session: Session, world: World) -> None:
    application = complete_draft(session, world, open_call(session, world))
    submit(session, world, application)
    receipt = application.receipts[0]
    project = {**receipt.deposited["project"], "requested_amount": "99999.00"}
    receipt.deposited = {**receipt.deposited, "project": project}
    session.flush()
    assert receipts.verify_receipt(session, application.reference, receipt.content_sha256) is None
    # With a fingerprint that fits the altered content, the journal tells another.
    receipt.content_sha256 = receipts.digest_of(receipt.deposited)
    session.flush()
    assert receipts.verify_receipt(session, application.reference, receipt.content_sha256) is None


def test_the_receipt_of_a_number_that_was_not_issued_does_not_exist(session: Session, world: World) -> None:
    application = world.submitted(session)
    with pytest.raises(NotFound):
        receipts.find_receipt(application, 2)


# --- to the second ----------------------------------------------------------------------------------------------


Instant = Callable[[Application], datetime]


@pytest.mark.parametrize("rule", [DeadlineRule(), GRACE])
@pytest.mark.parametrize("has_extension", [False, True])
def test_the_last_microsecond_counts_and_the_deadline_does_not(
    session: Session, world: World, rule: DeadlineRule, *, has_extension: bool
) -> None:
    call = open_call(session, world, deadline=rule)
    early, late = complete_draft(session, world, call), complete_draft(session, world, call)
    deadline = call.closes_at + timedelta(minutes=rule.minutes)
    if has_extension:
        deadline = call.closes_at + timedelta(days=3)
        for application in (early, late):
            extend_deadline(session, world["officer"], application, until=deadline, reason="Panne du réseau.")
    session.commit()
    assert early.submission_deadline == deadline
    with time_machine.travel(deadline - MICROSECOND, tick=False):
        submit(session, world, early)
        session.commit()
    with time_machine.travel(deadline, tick=False):
        with pytest.raises(StepRefused) as refusal:
            submit(session, world, late)
        session.rollback()
    assert early.state is ApplicationState.SUBMITTED
    assert early.receipts[0].submitted_at == deadline - MICROSECOND
    assert late.state is ApplicationState.DRAFT
    assert [reason.params["instant"] for reason in refusal.value.reasons] == [deadline]


def test_corrections_count_until_their_deadline_too(session: Session, world: World) -> None:
    application = complete_draft(session, world, open_call(session, world))
    submit(session, world, application)
    returned(session, world, application, {"title": MARK})
    session.commit()
    due = application.return_due_at
    assert due is not None
    with time_machine.travel(due, tick=False):
        with pytest.raises(StepRefused):
            take_step(session, world["applicant"], application, "resubmit", inputs=DECLARED)
        session.rollback()
    with time_machine.travel(due - MICROSECOND, tick=False):
        take_step(session, world["applicant"], application, "resubmit", inputs=DECLARED)
    assert application.receipts[-1].number == 2


# --- marks ------------------------------------------------------------------------------------------------------


def test_a_mark_at_no_place_of_the_file_is_refused(session: Session, world: World) -> None:
    application = complete_draft(session, world, open_call(session, world))
    submit(session, world, application)
    with pytest.raises(InvalidInput) as refusal:
        returned(session, world, application, {"title": MARK, "need.nothing": MARK, "form.need.need": MARK})
    assert set(refusal.value.errors) == {"corrections.need.nothing", "corrections.form.need.need"}


def test_only_the_marked_parts_can_be_written(session: Session, world: World) -> None:
    application = complete_draft(session, world, open_call(session, world))
    submit(session, world, application)
    returned(session, world, application, {"need.people": MARK})
    save_part(session, world["applicant"], application, "need", {"people": "250"}, base=99)
    with pytest.raises(NotEditable):
        save_part(session, world["applicant"], application, "impact", {"change": "Autre chose."}, base=99)
