"""Verbs on tranches: release, order, approve, pay, and what goes wrong with money."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.models import AuditEvent, Disbursement, Document, PaymentFile, TrancheCondition
from fund.models.base import utc_now
from fund.services.awards import close_if_settled, reopen, schedule_releases
from fund.services.holds import UNDONE
from fund.services.perform import amend, judge_steps, lock, perform
from fund.services.schedules import UNHELD
from workflows.disbursement import ConditionKind, DisbursementState, DisbursementStep, HoldCause
from workflows.engine import paris_day
from workflows.payment_file import PaymentFileStep
from workflows.permissions import SYSTEM, Actor, Permission


def hold(
    session: Session, actor: Actor, tranche: Disbursement, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    """Hold a tranche back, for a reason of one's own; whoever had ordered or approved it does so again later."""
    sets = {**UNDONE, "hold_reason": inputs.get("reason"), "hold_cause": HoldCause.OFFICER}
    return perform(session, actor, tranche, DisbursementStep.HOLD, inputs=inputs, sets=sets, **given)


def lift(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    event = perform(session, actor, tranche, DisbursementStep.LIFT, sets=UNHELD, **given)
    schedule_releases(session, tranche.award, utc_now())
    return event


def order(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    """First of the two people: ask for the payment."""
    return perform(
        session, actor, tranche, DisbursementStep.ORDER, sets={"ordered_by_id": actor.person_id}, **given
    )


def reorder(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    """Ask again for a payment that the bank returned, saying what was checked; it needs a new approval."""
    sets = {"ordered_by_id": actor.person_id, "approved_by_id": None, "return_code": None}
    return perform(session, actor, tranche, DisbursementStep.REORDER, sets=sets, **given)


def reject(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    """Refuse a payment that was ordered, or approved and not yet sent: it is due again."""
    return perform(session, actor, tranche, DisbursementStep.REJECT, sets=UNDONE, **given)


def approve(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    """Second of the two people; the database too refuses the one who ordered."""
    return perform(
        session, actor, tranche, DisbursementStep.APPROVE, sets={"approved_by_id": actor.person_id}, **given
    )


def pay(
    session: Session, actor: Actor, tranche: Disbursement, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    """Note the payment: ``paid_on``, ``bank_reference``; a payment over a period ends on ``paid_to``."""
    lock(session, tranche)
    sets = {name: inputs.get(name) for name in ("paid_on", "paid_to", "bank_reference")}
    sets["paid_amount"] = tranche.amount
    event = perform(session, actor, tranche, DisbursementStep.PAY, inputs=inputs, sets=sets, **given)
    if not tranche.imported:
        _answer_order(session, tranche, inputs["paid_on"])
        close_if_settled(session, tranche.award)
    return event


def fail(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    """The bank returned the payment (input ``return_code``: its word why); closed accounts are opened again."""
    lock(session, tranche)
    inputs = given.get("inputs") or {}
    code = inputs.get("return_code") or ""
    names = ("paid_on", "paid_to", "paid_amount", "bank_reference", "evidence_id")
    sets = {**dict.fromkeys(names), "return_code": code}
    if tranche.award.is_closed and tranche.state is DisbursementState.PAID:
        reopen(session, SYSTEM, tranche.award, inputs={"reason": inputs.get("reason")})
    event = perform(session, actor, tranche, DisbursementStep.FAIL, sets=sets, **given)
    _answer_order(session, tranche, paris_day(utc_now()), code)
    return event


def _answer_order(session: Session, tranche: Disbursement, day: date, return_code: str | None = None) -> None:
    """Note the bank's answer on the transfer that carried the tranche; a file that is answered whole ends."""
    order = next((one for one in reversed(tranche.payment_orders) if one.cancelled_at is None), None)
    if order is None or order.return_code is not None:  # what came back is over: this is of a payment after it
        return
    order.answered_on = order.answered_on or day
    order.return_code = return_code
    session.flush()
    settle_if_answered(session, order.file)


def settle_if_answered(session: Session, file: PaymentFile) -> None:
    """End a file once the bank answered to every order in it."""
    lock(session, file)
    if any(v.step.name is PaymentFileStep.SETTLE and v.allowed for v in judge_steps(SYSTEM, file)):
        perform(session, SYSTEM, file, PaymentFileStep.SETTLE)


def confirm_condition(
    session: Session,
    actor: Actor,
    condition: TrancheCondition,
    *,
    note: str,
    document: Document | None = None,
    expected_version: int | None = None,
) -> AuditEvent | None:
    """Say that what a tranche waited for is proven, and how; it becomes due by itself once nothing is awaited.

    Without a document, the one that the alliance handed in for it stands. Raises InvalidInput without a note,
    Conflict (``condition_met``, ``kept_off``), NotPermitted, NotEditable.
    """
    tranche = condition.disbursement
    if not note.strip():
        raise InvalidInput({"note": ["required"]})

    def change() -> Mapping[str, Any]:
        if tranche.is_interested(actor):
            raise Conflict("kept_off")
        if condition.kind is ConditionKind.REPORT_ACCEPTED or condition.is_met:
            raise Conflict("condition_met")
        condition.met_at, condition.met_by_id = utc_now(), actor.person_id
        condition.note = note.strip()
        if document is not None:
            condition.document = document
        proof = condition.document
        told = {"document": proof.reference, "sha256": proof.sha256} if proof else {}
        return {"condition": condition.kind, "label": condition.label, **told}

    event = amend(
        session,
        actor,
        tranche,
        "disbursement.confirm_condition",
        Permission.DISBURSEMENT_ORDER,
        states=(DisbursementState.PLANNED, DisbursementState.HELD),
        expected_version=expected_version,
        change=change,
        reason=note.strip(),
    )
    schedule_releases(session, tranche.award, utc_now())
    return event
