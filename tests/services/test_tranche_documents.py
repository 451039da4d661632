"""Documents of tranches: conditions that are proven, and payments by hand."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput, NotFound, StaleVersion
from fund.models import AuditEvent, Disbursement, Document, OutboxRow
from fund.services import awards, interests, tranche_documents
from fund.services.access import find_document
from fund.services.disbursements import confirm_condition
from fund.services.documents import Desk, Upload
from fund.services.journal import verify_subject
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests import documented
from tests.scenario import World
from tests.storage.samples import ooxml, pdf
from workflows.disbursement import ConditionKind, DisbursementState
from workflows.engine import PARIS, StepRefused, paris_day
from workflows.reasons import ReasonCode
from workflows.topics import Deadline, Topic

BECAUSE = {"reason": "Pour essai."}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return documented.desk(tmp_path / "store")


def upload(name: str = "preuve.pdf", data: bytes | None = None) -> Upload:
    return Upload(name, BytesIO(data or pdf()))


# --- conditions ----------------------------------------------------------------------------------------------

CONDITIONS = [
    {"kind": "cofinancing_proven", "label": "Convention avec la commune"},
    {"kind": "expense_evidence", "label": "Factures du premier semestre"},
]


@pytest.fixture
def tranche(session: Session, world: World) -> Disbursement:
    """Planned, with two conditions to be proven, of an award in force."""
    award = world.award(session)
    line = {"amount": Decimal(15_000), "due_on": date(2026, 1, 1), "conditions": CONDITIONS}
    awards.set_schedule(session, world["officer"], award, tranches=[line])
    session.expire(award)
    world.send_agreement(session, award)
    world.sign_agreement(session, award)
    world.verified_account(session, award.beneficiary)
    return award.live_tranches[0]


Release = Callable[[], list[ReasonCode]]


@pytest.fixture
def release(session: Session, world: World, tranche: Disbursement) -> Release:
    """Try to release the tranche; what speaks against it."""

    def run() -> list[ReasonCode]:
        try:
            take_step(session, world["officer"], tranche, "release")
        except StepRefused as refusal:
            return [reason.code for reason in refusal.reasons]
        return []

    return run


def test_each_condition_is_confirmed_with_a_note(
    session: Session, world: World, tranche: Disbursement, release: Release
) -> None:
    assert release() == [ReasonCode.COFINANCING_UNPROVEN, ReasonCode.EVIDENCE_AWAITED]
    cofinancing, expenses = tranche.conditions
    with pytest.raises(InvalidInput):
        confirm_condition(session, world["officer"], cofinancing, note="  ")
    confirm_condition(session, world["officer"], cofinancing, note="Délibération du 3 mars.")
    assert release() == [ReasonCode.EVIDENCE_AWAITED]
    confirm_condition(session, world["officer"], expenses, note="Factures lues.")
    due = select(OutboxRow).where(OutboxRow.topic == Deadline.DISBURSEMENT_DUE)
    assert session.scalars(due.where(OutboxRow.subject_id == tranche.id)).all()
    assert release() == []
    assert (cofinancing.met_by_id, cofinancing.note) == (world.people["officer"], "Délibération du 3 mars.")
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "disbursement.confirm_condition")
    ).first()
    assert event is not None
    assert event.body["details"] == {"condition": "cofinancing_proven", "label": "Convention avec la commune"}
    assert verify_subject(session, tranche) is None


def test_a_condition_is_confirmed_once_by_an_officer_without_interest(
    session: Session, world: World, tranche: Disbursement
) -> None:
    condition = tranche.conditions[0]
    for name in ("applicant", "finance", "auditor"):
        with pytest.raises(NotPermitted):
            confirm_condition(session, world[name], condition, note="Vu.")
    interests.declare(session, world["officer2"], tranche.award.application, "Mon voisin.")
    with pytest.raises(Conflict, match="kept_off"):
        confirm_condition(session, world["officer2"], condition, note="Vu.")
    confirm_condition(session, world["officer"], condition, note="Vu.")
    with pytest.raises(Conflict, match="condition_met"):
        confirm_condition(session, world["officer"], condition, note="Vu encore.")
    assert condition.note == "Vu."


def test_a_report_alone_meets_its_own_condition(session: Session, world: World) -> None:
    award = world.award(session)
    wanted = [{"kind": ConditionKind.REPORT_ACCEPTED, "report": 1}]
    line = {"amount": Decimal(15_000), "due_on": None, "conditions": wanted}
    awards.set_schedule(session, world["officer"], award, tranches=[line])
    session.expire(award)
    condition = award.live_tranches[0].conditions[0]
    assert not condition.is_met
    with pytest.raises(Conflict, match="condition_met"):
        confirm_condition(session, world["officer"], condition, note="Vu.")
    take_step(session, world["officer"], award.reports[0], "waive", inputs=BECAUSE)
    assert condition.is_met


def test_the_alliance_hands_in_evidence_and_the_officers_are_told(
    session: Session, world: World, tranche: Disbursement, desk: Desk
) -> None:
    condition = tranche.conditions[1]
    document = tranche_documents.hand_in_evidence(session, world["applicant"], condition, upload(), desk=desk)
    assert condition.document is document
    assert not condition.is_met
    rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.DISBURSEMENT_EVIDENCE)).all()
    assert {row.recipient_id for row in rows} == {world.people["officer"], world.people["officer2"]}
    assert rows[0].payload["label"] == "Factures du premier semestre"
    again = tranche_documents.hand_in_evidence(session, world["applicant"], condition, upload(), desk=desk)
    assert (again.number, document.replaced_at is not None) == (2, True)
    confirm_condition(session, world["officer"], condition, note="Factures lues.")
    assert condition.document is again
    with pytest.raises(Conflict, match="condition_met"):
        tranche_documents.hand_in_evidence(session, world["applicant"], condition, upload(), desk=desk)
    with pytest.raises(NotFound):
        find_document(session, world["reviewer"], document.reference)


@pytest.mark.parametrize("name", ["stranger", "officer", "finance"])
def test_only_the_alliance_hands_evidence_in(
    session: Session, world: World, tranche: Disbursement, desk: Desk, name: str
) -> None:
    with pytest.raises(NotPermitted):
        tranche_documents.hand_in_evidence(session, world[name], tranche.conditions[0], upload(), desk=desk)


def test_what_was_replaced_since_it_was_read_is_not_confirmed(
    session: Session, world: World, tranche: Disbursement, desk: Desk
) -> None:
    condition = tranche.conditions[0]
    read = tranche.version
    tranche_documents.hand_in_evidence(session, world["applicant"], condition, upload(), desk=desk)
    for sent in (None, upload()):
        with pytest.raises(StaleVersion):
            tranche_documents.confirm_with_document(
                session, world["officer"], condition, note="Vu.", upload=sent, desk=desk, expected_version=read
            )
    assert not condition.is_met


def test_a_tranche_that_is_under_way_takes_no_evidence(
    session: Session, world: World, tranche: Disbursement, desk: Desk, release: Release
) -> None:
    for condition in tranche.conditions:
        tranche_documents.confirm_with_document(
            session, world["officer"], condition, note="Vu.", upload=upload(), desk=desk
        )
    assert {condition.document is not None for condition in tranche.conditions} == {True}
    assert release() == []
    with pytest.raises(NotEditable):
        tranche_documents.hand_in_evidence(session, world["applicant"], tranche.conditions[0], upload(), desk=desk)


# --- payments by hand ----------------------------------------------------------------------------------------


@pytest.fixture
def approved(session: Session, world: World) -> Disbursement:
    """A tranche that two people approved; the one after it is planned."""
    tranche = world.active_award(session).live_tranches[0]
    for step, who in (("release", "officer"), ("order", "officer"), ("approve", "finance")):
        take_step(session, world[who], tranche, step)
    return tranche


def test_a_payment_by_hand_needs_its_proof(
    session: Session, world: World, approved: Disbursement, desk: Desk
) -> None:
    inputs = {"paid_on": paris_day(datetime.now(PARIS)), "bank_reference": "VIR-7"}
    with pytest.raises(StepRefused) as refusal:
        take_step(session, world["finance"], approved, "pay", inputs=inputs)
    assert [reason.code for reason in refusal.value.reasons] == [ReasonCode.PAYMENT_EVIDENCE_MISSING]
    document = tranche_documents.prove(session, world["finance"], approved, upload(), desk=desk)
    assert (document.slot, approved.evidence) == (f"payment.{approved.id}", document)
    take_step(session, world["finance"], approved, "pay", inputs=inputs)
    assert approved.state is DisbursementState.PAID
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "disbursement.prove")).one()
    assert event.body["details"] == {"sha256": document.sha256}


def test_the_proof_is_finances_and_of_an_approved_payment(
    session: Session, world: World, approved: Disbursement, desk: Desk
) -> None:
    for name in ("officer", "applicant", "auditor"):
        with pytest.raises(NotPermitted):
            tranche_documents.prove(session, world[name], approved, upload(), desk=desk)
    with pytest.raises(NotEditable):
        tranche_documents.prove(session, world["finance"], approved.award.live_tranches[1], upload(), desk=desk)
    with pytest.raises(InvalidInput):
        tranche_documents.prove(
            session, world["finance"], approved, upload("preuve.docx", ooxml("docx")), desk=desk
        )
    with pytest.raises(StaleVersion):
        tranche_documents.prove(session, world["finance"], approved, upload(), desk=desk, expected_version=1)


@pytest.mark.parametrize("step", ["hold", "reject"])
def test_a_payment_that_is_taken_back_needs_another_proof(
    session: Session, world: World, approved: Disbursement, desk: Desk, step: str
) -> None:
    tranche_documents.prove(session, world["finance"], approved, upload(), desk=desk)
    take_step(session, world["finance"], approved, step, inputs=BECAUSE)
    assert approved.evidence_id is None
    kept = session.scalars(select(Document).where(Document.slot == f"payment.{approved.id}")).one()
    assert kept.is_present


def test_a_returned_payment_is_told_to_the_alliance_with_the_banks_reason(
    session: Session, world: World, approved: Disbursement, desk: Desk
) -> None:
    tranche_documents.prove(session, world["finance"], approved, upload(), desk=desk)
    take_step(session, world["finance"], approved, "pay", inputs={"paid_on": paris_day(datetime.now(PARIS))})
    returned = {"reason": "Rejet de la banque.", "return_code": "AC04"}
    take_step(session, world["finance"], approved, "fail", inputs=returned)
    rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.DISBURSEMENT_FAILED)).all()
    assert world.people["applicant"] in {row.recipient_id for row in rows}
    assert {row.payload["return_code"] for row in rows} == {"AC04"}
    assert (approved.return_code, approved.evidence_id, approved.paid_on) == ("AC04", None, None)
