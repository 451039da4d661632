"""Receipts of deposit: the whole file as it was handed in, hashed, and bound to its place in the journal."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fund.errors import NotFound
from fund.forms.project import BUDGET, project_section
from fund.models import Application, AuditEvent, Member, Receipt
from fund.services.journal import canonical, plain

FORMAT = 1


def describe_file(application: Application) -> dict[str, Any]:
    """Everything that the alliance hands in, as plain data: one text for one content.

    The representatives' addresses are left out: they are how members are reached, not what they declare.
    """
    names = [question.key for question in project_section(application.rules).fields]
    amounts = ("total_budget", "requested_amount")
    budget = application.section(BUDGET)
    return {
        "format": FORMAT,
        "call": application.call.reference,
        "version": application.call_version.digest if application.call_version else None,
        "project": {name: plain(getattr(application, name)) for name in sorted({*names, *amounts})},
        "members": [_describe_member(member) for member in application.members],
        "sections": application.answers(),
        "budget": budget.answers if budget and application.rules.budget else None,
        "documents": [
            {
                "slot": document.slot,
                "reference": document.reference,
                "name": document.name,
                "sha256": document.sha256,
                "size": document.size,
            }
            for document in application.documents
            if document.fills_its_place and document.is_of_deposit
        ],
        "endorsements": [
            {"name": endorsement.signed_name, "words": endorsement.words}
            for endorsement in application.endorsements
            if endorsement.words
        ],
    }


def _describe_member(member: Member) -> dict[str, Any]:
    organisation = member.organisation
    consent = member.last_consent
    return {
        "id": member.id,
        "is_lead": member.is_lead,
        "kind": organisation.kind.value,
        "siret": organisation.siret,
        "rna": organisation.rna,
        "representative": member.representative_name,
        "function": member.representative_function,
        **member.describe_part(),
        "consent": {
            "state": member.consent_state.value,
            "name": consent.name if consent else "",
            "at": plain(consent.given_at) if consent else None,
        },
    }


def digest_of(deposited: Mapping[str, Any]) -> str:
    """The SHA-256, in hexadecimal, of the canonical text of what was handed in."""
    return hashlib.sha256(canonical(deposited)).hexdigest()


def issue_receipt(
    session: Session,
    application: Application,
    event: AuditEvent,
    deposited: Mapping[str, Any],
    *,
    signatory_name: str,
    signatory_function: str,
) -> Receipt:
    """Write the receipt of a submission, in its transaction: as many receipts as deposits, whatever happens."""
    submitted_at = application.moved_at
    receipt = Receipt(
        application_id=application.id,
        number=len(application.receipts) + 1,
        submitted_at=submitted_at,
        signatory_name=signatory_name,
        signatory_function=signatory_function,
        deposited=dict(deposited),
        content_sha256=digest_of(deposited),
        journal_hash=event.hash.hex(),
        facts={
            "reference": application.reference,
            "is_test": application.is_test,
            "call_title": {"fr": application.call.title_fr, "en": application.call.title_en},
            "lead": application.lead.name,
            "declaration": {"fr": application.rules.declaration.fr, "en": application.rules.declaration.en},
        },
    )
    session.add(receipt)
    application.receipts.append(receipt)
    return receipt


def find_receipt(application: Application, number: int) -> Receipt:
    """The receipt of that number. Raises NotFound."""
    found = next((receipt for receipt in application.receipts if receipt.number == number), None)
    if found is None:
        raise NotFound(f"receipt {number} of {application.reference}")
    return found


def verify_receipt(session: Session, reference: str, digest: str) -> Receipt | None:
    """The receipt of that file with that fingerprint (of the content or of the journal's entry), if it is genuine.

    Genuine is what was deposited here, still has the content of which the fingerprint was taken, and stands in the
    journal. A trial of a call is no deposit.
    """
    wanted = "".join(digest.split()).lower()
    receipt = session.scalar(
        select(Receipt)
        .join(Receipt.application)
        .where(
            Application.reference == "".join(reference.split()).upper(),
            Application.is_test.is_(False),
            or_(Receipt.content_sha256 == wanted, Receipt.journal_hash == wanted),
        )
        .order_by(Receipt.number.desc())
        .limit(1)
    )
    if receipt is None or digest_of(receipt.deposited) != receipt.content_sha256:
        return None
    event = session.scalar(
        select(AuditEvent).where(
            AuditEvent.subject_type == Application.workflow.name,
            AuditEvent.subject_id == receipt.application_id,
            AuditEvent.hash == bytes.fromhex(receipt.journal_hash),
        )
    )
    is_told = event is not None and event.body["details"].get("content_sha256") == receipt.content_sha256
    return receipt if is_told else None
