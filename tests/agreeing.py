"""Agreements sent and signed in tests."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import Agreement, AuditEvent, Award, OutboxRow, PersonalLink
from fund.services import signatures
from tests.scenario import World

BECAUSE = {"reason": "Le montant est à revoir."}
PDF = b"%PDF-1.7\nstartxref\n0\n%%EOF\n"


def ask_contract(award: Award) -> None:
    """The award's file as if its call had asked for the contract."""
    application = award.application
    application.call.definition = {
        **application.call.definition,
        "regime": {"aid": "de_minimis", "republican_contract": True},
    }
    application.call_version = None


def represent_all(session: Session, award: Award) -> None:
    for number, member in enumerate(award.application.members):
        member.representative_name = f"Personne {number}"
        member.representative_email = f"personne{number}@essai.example"
        member.representative_function = "direction"
    session.flush()


def sign(session: Session, world: World, agreement: Agreement, **changes: Any) -> AuditEvent:
    """Sign for the lead with the applicant's account."""
    usual = {
        "digest": agreement.facts_sha256,
        "name": "Camille Essai",
        "function": "présidente",
        "accepts_contract": True,
    }
    return signatures.sign_as(session, world["applicant"], agreement, agreement.signers[0], **{**usual, **changes})


def link_of(session: Session, agreement: Agreement, place: int = 0) -> PersonalLink:
    """The latest link of a signer."""
    query = select(PersonalLink).where(
        PersonalLink.agreement_id == agreement.id, PersonalLink.member_id == agreement.signers[place].id
    )
    return session.scalars(query.order_by(PersonalLink.id.desc())).all()[0]


def sign_by_link(session: Session, link: PersonalLink, agreement: Agreement, **changes: Any) -> AuditEvent:
    usual = {"digest": agreement.facts_sha256, "name": "Dominique", "function": "", "accepts_contract": True}
    return signatures.sign_by_link(session, link, **{**usual, **changes})


def topics_to(session: Session, agreement: Agreement) -> list[tuple[str, str]]:
    """What was told of the agreement, and to whom."""
    query = select(OutboxRow).where(OutboxRow.subject_type == "agreement", OutboxRow.subject_id == agreement.id)
    rows = session.scalars(query.order_by(OutboxRow.id))
    return [(row.topic, (row.link or row.recipient).email) for row in rows if row.link or row.recipient]  # type: ignore[union-attr]
