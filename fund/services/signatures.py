"""Signing an agreement: by personal link, with an account, or on paper; refusing it; and whether it is genuine.

A signature is a person, an instant and the hash of the text; the journal tells of it. The last one puts the
agreement in force, and the award with it.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.models import Agreement, AuditEvent, LinkPurpose, Member, PersonalLink, Side
from fund.models.base import utc_now
from fund.services import awards, journal
from fund.services.agreement_facts import asks_contract, digest_of
from fund.services.agreement_terms import apply_terms
from fund.services.agreements import add_signature, missing_signers, require_manager, send_link
from fund.services.documents import Desk, Upload, keep, put_in_place
from fund.services.links import LinkRevoked, recheck_link
from fund.services.perform import NotPermitted, lock, perform
from fund.storage.kinds import Group
from workflows.agreement import AgreementState, AgreementStep
from workflows.engine import paris_day
from workflows.permissions import SYSTEM, Actor, Permission, allows
from workflows.topics import Topic

COPY_KINDS = (Group.PDF, Group.IMAGE)
GENUINE = (AgreementState.SENT, AgreementState.SIGNED)


def agreement_of_link(session: Session, link: PersonalLink) -> Agreement:
    return session.get_one(Agreement, link.agreement_id)


def signer_of_link(agreement: Agreement, link: PersonalLink) -> Member:
    """The member for which the link's holder signs. Raises LinkRevoked where it is no longer asked to."""
    member = next((member for member in agreement.signers if member.id == link.member_id), None)
    if member is None:
        raise LinkRevoked(LinkPurpose.AGREEMENT)
    return member


def sign_by_link(session: Session, link: PersonalLink, **given: Any) -> AuditEvent:
    """Sign as whom the link was sent to. Takes and raises what ``sign_as`` does; raises DeadLink too."""
    agreement, member, actor = _follow(session, link, given["name"])
    return sign_as(session, actor, agreement, member, **given)


def _follow(session: Session, link: PersonalLink, name: str) -> tuple[Agreement, Member, Actor]:
    """The agreement, locked; for whom the holder of the link acts, and as whom: no account, but a name."""
    agreement = agreement_of_link(session, link)
    lock(session, agreement)
    recheck_link(session, link)
    # It is the program that lets the holder of a link act, for this one agreement and member.
    actor = replace(SYSTEM, reference=f"link:{link.id}", name=name.strip(), email=link.email)
    return agreement, signer_of_link(agreement, link), actor


def sign_as(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    member: Member,
    *,
    digest: str,
    name: str,
    function: str,
    accepts_contract: bool,
) -> AuditEvent:
    """Sign for a member the text whose hash is ``digest``; the last signature puts the agreement in force.

    With an account one signs for the lead, whose signatory one is. Raises Conflict (``agreement_not_sent``,
    ``agreement_changed``, ``already_signed``), InvalidInput (``name``; ``accepts_contract`` where the contrat
    d'engagement républicain is asked), NotPermitted.
    """
    lock(session, agreement)
    is_allowed = allows(Permission.AGREEMENT_ANSWER, actor, agreement.relations(actor))
    if not is_allowed or (actor.person_id is not None and not member.is_lead):
        raise NotPermitted(Permission.AGREEMENT_ANSWER)
    if agreement.state is not AgreementState.SENT:
        raise Conflict("agreement_not_sent")
    if digest != agreement.facts_sha256:
        raise Conflict("agreement_changed")
    if member not in missing_signers(agreement):
        raise Conflict("already_signed")
    if not name.strip():
        raise InvalidInput({"name": ["required"]})
    asked = asks_contract(agreement, member)
    if asked and not accepts_contract:
        raise InvalidInput({"accepts_contract": ["contract_not_accepted"]})
    details = {"member": member.organisation.name, "facts_sha256": agreement.facts_sha256, "contract": asked}
    event = journal.append(session, actor, agreement, "agreement.add_signature", at=utc_now(), details=details)
    add_signature(
        session,
        agreement,
        event,
        side=Side.MEMBER,
        actor=actor,
        name=name,
        function=function,
        member=member,
        accepts_contract=asked,
    )
    if not missing_signers(agreement):
        _conclude(session, agreement, signed_on=paris_day(event.occurred_at))
        _tell_link_holders(session, agreement)
    session.flush()
    return event


def file_copy(
    session: Session, actor: Actor, agreement: Agreement, upload: Upload, *, signed_on: date, desk: Desk
) -> AuditEvent:
    """File the scanned copy that was signed by hand: it stands for all signatures.

    Raises NotPermitted, Conflict (``agreement_not_sent``, ``kept_off``), InvalidInput (``file``; ``signed_on`` for
    a day ahead or before it was sent).
    """
    _require_copy(actor, agreement, signed_on)
    # Read, judged and stored before any row is locked: nobody else waits for an upload.
    kept = keep(session, upload, COPY_KINDS, desk=desk)
    lock(session, agreement)
    _require_copy(actor, agreement, signed_on)
    application, now = agreement.award.application, utc_now()
    document = put_in_place(session, actor, application, f"agreement.{agreement.id}", kept, desk=desk, at=now)
    details = {
        "document": document.reference,
        "sha256": document.sha256,
        "signed_on": signed_on,
        "facts_sha256": agreement.facts_sha256,
    }
    journal.append(session, actor, agreement, "agreement.file_copy", at=now, details=details)
    agreement.scan_id = document.id
    return _conclude(session, agreement, signed_on=signed_on)


def _require_copy(actor: Actor, agreement: Agreement, signed_on: date) -> None:
    require_manager(actor, agreement.award)
    if agreement.state is not AgreementState.SENT or agreement.sent_at is None:
        raise Conflict("agreement_not_sent")
    if not paris_day(agreement.sent_at) <= signed_on <= paris_day(utc_now()):
        raise InvalidInput({"signed_on": ["signed_on_out_of_range"]})


def _conclude(session: Session, agreement: Agreement, *, signed_on: date) -> AuditEvent:
    """Everybody signed: the agreement is in force, and the award with it."""
    event = perform(session, SYSTEM, agreement, AgreementStep.SIGN, sets={"signed_on": signed_on})
    award = agreement.award
    if agreement.number == 0:
        awards.sign(session, SYSTEM, award, inputs={"signed_on": signed_on})
    else:
        apply_terms(session, award, agreement)
        awards.close_if_settled(session, award)
    return event


def _tell_link_holders(session: Session, agreement: Agreement) -> None:
    """Those who signed without an account have no other page on which to find what is in force now."""
    by_link = {one.member_id for one in agreement.valid_signatures if one.person_id is None}
    for member in agreement.signers:
        if member.id in by_link:
            send_link(session, agreement, member, Topic.AGREEMENT_SIGNED, utc_now())


def refuse(session: Session, actor: Actor, agreement: Agreement, **given: Any) -> AuditEvent:
    """Refuse to sign: of number 0 the award falls; of an amendment everything stays as it was."""
    event = perform(session, actor, agreement, AgreementStep.REFUSE, **given)
    if agreement.number == 0:
        awards.refuse(session, SYSTEM, agreement.award, inputs=given["inputs"])
    else:
        awards.close_if_settled(session, agreement.award)
    return event


def refuse_by_link(session: Session, link: PersonalLink, *, name: str, reason: str) -> AuditEvent:
    """Refuse as whom the link was sent to. Raises DeadLink, Conflict (``already_signed``), Refused."""
    agreement, member, actor = _follow(session, link, name)
    if agreement.state is AgreementState.SENT and member not in missing_signers(agreement):
        raise Conflict("already_signed")
    return refuse(session, actor, agreement, inputs={"reason": reason})


# --- proof ---------------------------------------------------------------------------------------------------


def verify_agreement(session: Session, reference: str, digest: str) -> Agreement | None:
    """The agreement of that reference and fingerprint (of its text or of an entry of the journal), if genuine.

    Genuine are facts that still have the hash that was sent, which the journal told when it was sent.
    """
    wanted = "".join(digest.split()).lower()
    query = select(Agreement).where(Agreement.reference == "".join(reference.split()).upper())
    agreement = session.scalar(query)
    if agreement is None or agreement.state not in GENUINE or agreement.facts is None:
        return None
    if digest_of(agreement.facts) != agreement.facts_sha256:
        return None
    if agreement.facts_sha256 not in _hashes_sent(session, agreement):
        return None
    told = {agreement.facts_sha256, *(one.journal_hash for one in agreement.valid_signatures)}
    return agreement if wanted in told else None


def _hashes_sent(session: Session, agreement: Agreement) -> set[str]:
    """The hashes of the texts with which it was sent, by the journal."""
    bodies = session.scalars(
        select(AuditEvent.body).where(
            AuditEvent.subject_type == Agreement.workflow.name,
            AuditEvent.subject_id == agreement.id,
            AuditEvent.action == AgreementStep.SEND.value,
        )
    )
    # Sent again unchanged, an event names no hash: the one before did.
    return {body["changes"]["facts_sha256"][1] for body in bodies if "facts_sha256" in body["changes"]}
