"""Verbs on tranches: release, order, approve, pay, and what goes wrong with money."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from fund.models import AuditEvent, Disbursement
from fund.models.base import utc_now
from fund.services.awards import schedule_releases
from fund.services.perform import lock, perform
from workflows.disbursement import DisbursementStep
from workflows.permissions import Actor


def hold(
    session: Session, actor: Actor, tranche: Disbursement, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    sets = {"hold_reason": inputs.get("reason"), "ordered_by_id": None}
    return perform(session, actor, tranche, DisbursementStep.HOLD, inputs=inputs, sets=sets, **given)


def lift(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    event = perform(session, actor, tranche, DisbursementStep.LIFT, sets={"hold_reason": None}, **given)
    schedule_releases(session, tranche.award, utc_now())
    return event


def order(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    """First of the two people: ask for the payment."""
    return perform(
        session, actor, tranche, DisbursementStep.ORDER, sets={"ordered_by_id": actor.person_id}, **given
    )


def reorder(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    """Ask again for a payment that the bank returned; it needs a new approval."""
    sets = {"ordered_by_id": actor.person_id, "approved_by_id": None}
    return perform(session, actor, tranche, DisbursementStep.REORDER, sets=sets, **given)


def reject(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    return perform(session, actor, tranche, DisbursementStep.REJECT, sets={"ordered_by_id": None}, **given)


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
    return perform(session, actor, tranche, DisbursementStep.PAY, inputs=inputs, sets=sets, **given)


def fail(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    """The bank returned the payment."""
    sets = {"paid_on": None, "paid_to": None, "paid_amount": None, "bank_reference": None}
    return perform(session, actor, tranche, DisbursementStep.FAIL, sets=sets, **given)


def repay(
    session: Session, actor: Actor, tranche: Disbursement, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    """Note that the beneficiary paid the tranche back (``repaid_on``)."""
    sets = {"repaid_on": inputs.get("repaid_on")}
    return perform(session, actor, tranche, DisbursementStep.REPAY, inputs=inputs, sets=sets, **given)
