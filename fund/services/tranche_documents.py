"""Documents of a tranche: the proof of a payment by hand, and the evidence of what it waits for.

They are kept among those of the application, for the alliance and the fund's staff alone. Content, versions and
scan are those of every document (``fund.services.documents``).
"""

from typing import Any

from sqlalchemy.orm import Session

from fund.errors import Conflict
from fund.models import AuditEvent, Disbursement, Document, TrancheCondition
from fund.models.base import utc_now
from fund.services import journal, outbox
from fund.services.disbursements import confirm_condition
from fund.services.documents import Desk, Kept, Upload, keep, put_in_place
from fund.services.perform import NotEditable, NotPermitted, amend, lock, require_version
from fund.storage.kinds import Group
from workflows.disbursement import ConditionKind, DisbursementState
from workflows.permissions import Actor, Permission, allows
from workflows.topics import Audience, Topic, tell

PROOF_GROUPS = (Group.PDF, Group.IMAGE)
EVIDENCE_GROUPS = tuple(Group)
WAITING = (DisbursementState.PLANNED, DisbursementState.HELD)
"""The states in which a tranche waits for its conditions."""
TOLD = (tell(Audience.OFFICERS, Topic.DISBURSEMENT_EVIDENCE),)


def prove(
    session: Session,
    actor: Actor,
    tranche: Disbursement,
    upload: Upload,
    *,
    desk: Desk,
    expected_version: int | None = None,
) -> Document:
    """Hand in the document that proves an approved payment that was made by hand; one before stays as a version.

    Raises InvalidInput (``file``), Conflict (``kept_off``), NotPermitted, NotEditable, StaleVersion.
    """
    kept = keep(session, upload, PROOF_GROUPS, desk=desk)
    lock(session, tranche)
    if not allows(Permission.DISBURSEMENT_PAY, actor, tranche.relations(actor)):
        raise NotPermitted(Permission.DISBURSEMENT_PAY)
    if tranche.is_interested(actor):
        raise Conflict("kept_off")
    document = _put(session, actor, tranche, f"payment.{tranche.id}", kept, desk)
    amend(
        session,
        actor,
        tranche,
        "disbursement.prove",
        Permission.DISBURSEMENT_PAY,
        states=(DisbursementState.APPROVED,),
        expected_version=expected_version,
        sets={"evidence_id": document.id},
        change=lambda: {"sha256": document.sha256},
    )
    session.expire(tranche, ["evidence"])
    return document


def hand_in_evidence(
    session: Session, actor: Actor, condition: TrancheCondition, upload: Upload, *, desk: Desk
) -> Document:
    """Hand in what shall prove that a condition is met, as the alliance; the officers are told, and judge it.

    Raises InvalidInput (``file``), Conflict (``condition_met``), NotPermitted, NotEditable.
    """
    tranche = condition.disbursement
    kept = keep(session, upload, EVIDENCE_GROUPS, desk=desk)
    lock(session, tranche)
    if not may_hand_in(actor, tranche):
        raise NotPermitted(Permission.REPORT_WRITE)
    _require_waiting(condition)
    document = _put(session, actor, tranche, f"condition.{condition.id}", kept, desk)
    condition.document = document
    now, facts = utc_now(), {"document": document.reference, "sha256": document.sha256}
    details: dict[str, Any] = {"condition": condition.kind, "label": condition.label, **facts}
    journal.append(session, actor, tranche, "disbursement.hand_in_evidence", at=now, details=details)
    told = {"condition": condition.kind, "label": condition.label}
    outbox.write_messages(session, actor, tranche, TOLD, inputs={}, facts=told, at=now)
    session.flush()
    return document


def confirm_with_document(
    session: Session,
    actor: Actor,
    condition: TrancheCondition,
    *,
    note: str,
    upload: Upload | None,
    desk: Desk,
    expected_version: int | None = None,
) -> AuditEvent | None:
    """Confirm a condition (``disbursements.confirm_condition``), with a document of one's own or without."""
    if upload is None:
        return confirm_condition(session, actor, condition, note=note, expected_version=expected_version)
    tranche = condition.disbursement
    kept = keep(session, upload, EVIDENCE_GROUPS, desk=desk)
    lock(session, tranche)
    require_version(tranche, expected_version)
    _require_waiting(condition)
    document = _put(session, actor, tranche, f"condition.{condition.id}", kept, desk)
    return confirm_condition(session, actor, condition, note=note, document=document)


def may_hand_in(actor: Actor, tranche: Disbursement) -> bool:
    """Whether the actor is one of the alliance's authors, who answer for its grant."""
    return allows(Permission.REPORT_WRITE, actor, tranche.relations(actor))


def _require_waiting(condition: TrancheCondition) -> None:
    tranche = condition.disbursement
    if tranche.state not in WAITING:
        raise NotEditable(tranche.state)
    if condition.kind is ConditionKind.REPORT_ACCEPTED or condition.is_met:
        raise Conflict("condition_met")


def _put(session: Session, actor: Actor, tranche: Disbursement, slot: str, kept: Kept, desk: Desk) -> Document:
    application = tranche.award.application
    return put_in_place(session, actor, application, slot, kept, desk=desk, at=utc_now())
