"""Agreements and amendments: drafted, frozen and sent, taken back (signed: ``fund.services.signatures``).

Number 0 is the agreement itself: the award follows its steps. An amendment is sent while the award is in force and
changes it at the instant of the last signature; until then nothing of the award moves.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.models import Agreement, AgreementSignature, AuditEvent, Award, LinkPurpose, Member, Side
from fund.models.base import utc_now
from fund.services import awards, journal, outbox
from fund.services.agreement_facts import describe_agreement, digest_of, represented_by
from fund.services.agreement_terms import AMENDABLE, kept_terms, require_terms
from fund.services.links import make_link, revoke_links
from fund.services.perform import NotPermitted, amend, create, lock, perform, require_version
from workflows.agreement import AgreementState, AgreementStep
from workflows.award import AwardStep
from workflows.permissions import SYSTEM, Actor, Permission, allows
from workflows.topics import Topic

INHERITED = ("every_member", "locale", "fund_signatory", "fund_function")
"""The settings that an amendment takes over from the agreement, until somebody changes them."""


def base_agreement(award: Award) -> Agreement | None:
    """The agreement itself, number 0; None where it was made before agreements were kept here."""
    return next((agreement for agreement in award.agreements if agreement.number == 0), None)


def open_agreement(award: Award) -> Agreement | None:
    """The agreement or amendment that is being prepared or signed; there is at most one."""
    return next((agreement for agreement in award.agreements if agreement.is_open), None)


def edit(
    session: Session, actor: Actor, agreement: Agreement, *, expected_version: int | None = None, **fields: Any
) -> AuditEvent | None:
    """Change a draft: ``every_member``, ``locale``, ``fund_signatory``, ``fund_function``, ``reason``, ``terms``.

    Raises StaleVersion, NotPermitted, NotEditable, Conflict (``kept_off``); InvalidInput where the terms of an
    amendment cannot be, or there is no reason for it.
    """
    lock(session, agreement)
    require_manager(actor, agreement.award)
    if agreement.number == 0 and ("terms" in fields or "reason" in fields):
        raise InvalidInput({"terms": ["terms_of_award"]})
    if "reason" in fields and not fields["reason"].strip():
        raise InvalidInput({"reason": ["required"]})
    if "terms" in fields:
        fields["terms"] = kept_terms(agreement.award, fields["terms"])
    return amend(
        session,
        actor,
        agreement,
        "agreement.edit",
        Permission.AWARD_MANAGE,
        states=(AgreementState.DRAFT,),
        expected_version=expected_version,
        sets=fields,
    )


def draft_amendment(
    session: Session,
    actor: Actor,
    award: Award,
    *,
    terms: Mapping[str, Any],
    reason: str,
    expected_version: int | None = None,
    **fields: Any,
) -> Agreement:
    """Begin an amendment of an award in force; ``expected_version`` is the award's.

    ``terms`` as ``agreement_terms.describe_terms`` gives them. Raises Conflict (``amendment_open``,
    ``award_not_amendable``, ``kept_off``), NotPermitted, InvalidInput, StaleVersion.
    """
    lock(session, award)
    require_version(award, expected_version)
    require_manager(actor, award)
    if award.state not in AMENDABLE or award.imported:
        raise Conflict("award_not_amendable")
    if open_agreement(award) is not None:
        raise Conflict("amendment_open")
    if not reason.strip():
        raise InvalidInput({"reason": ["required"]})
    kept = kept_terms(award, terms)
    base = base_agreement(award)
    inherited = {name: getattr(base, name) for name in INHERITED} if base else {}
    taken = [one.number for one in award.agreements if one.state is not AgreementState.DROPPED]
    agreement = Agreement(
        award=award,
        number=max(taken, default=0) + 1,
        terms=kept,
        reason=reason.strip(),
        signatures=[],
        **{**inherited, **fields},
    )
    create(session, actor, agreement)
    return agreement


def require_manager(actor: Actor, award: Award) -> None:
    """Raise NotPermitted, or Conflict (``kept_off``) for whoever has an interest in the file."""
    if not allows(Permission.AWARD_MANAGE, actor, award.relations(actor)):
        raise NotPermitted(Permission.AWARD_MANAGE)
    if award.is_interested(actor):
        raise Conflict("kept_off")


# --- who signs -----------------------------------------------------------------------------------------------


def address_of(member: Member) -> str:
    """The address to which a member's link goes; the lead's contact where it names no representative."""
    return member.representative_email or (member.application.contact_email or "" if member.is_lead else "")


def set_signer(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    member: Member,
    *,
    name: str,
    function: str,
    email: str,
    expected_version: int | None = None,
) -> AuditEvent | None:
    """Say who signs for a member, while the agreement is a draft. The journal keeps that, and nobody's name.

    Raises NotPermitted, NotEditable, StaleVersion, Conflict (``kept_off``), InvalidInput (``name``, ``email``).
    """
    lock(session, agreement)
    require_manager(actor, agreement.award)
    for field, value in (("name", name), ("email", email)):
        if not value.strip():
            raise InvalidInput({field: ["required"]})

    def change() -> Mapping[str, Any] | None:
        given = (name.strip(), function.strip(), email.strip())
        names = ("representative_name", "representative_function", "representative_email")
        if given == tuple(getattr(member, one) for one in names):
            return None
        for one, value in zip(names, given, strict=True):
            setattr(member, one, value)
        return {"representative_of": member.organisation.name}

    return amend(
        session,
        actor,
        agreement,
        "agreement.set_signer",
        Permission.AWARD_MANAGE,
        states=(AgreementState.DRAFT,),
        expected_version=expected_version,
        change=change,
    )


def missing_signers(agreement: Agreement) -> list[Member]:
    """The members whose signature under the present text is awaited, the lead first."""
    signed = {one.member_id for one in agreement.valid_signatures}
    return [member for member in agreement.signers if member.id not in signed]


# --- sending -------------------------------------------------------------------------------------------------


def send(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    *,
    inputs: Mapping[str, Any] | None = None,
    **given: Any,
) -> AuditEvent:
    """Freeze the text, sign it for the fund, and send each signer a personal link.

    Input ``digest``: the hash of the text as it was read before; another text is not sent. Whoever signed this
    very text before it was taken back has signed it. Raises InvalidInput (``fund_signatory``; ``signers``: a
    member without an address to write to; the terms of an amendment that cannot be any more), Conflict
    (``agreement_changed``), and what ``perform`` raises.
    """
    lock(session, agreement)
    require_version(agreement, given.get("expected_version"))
    if agreement.state is AgreementState.DRAFT:
        _require_sendable(agreement)
    facts = describe_agreement(agreement)
    digest = digest_of(facts)
    read = (inputs or {}).get("digest")
    if read and read != digest:
        raise Conflict("agreement_changed")
    sets = {"facts": facts, "facts_sha256": digest}
    event = perform(
        session, actor, agreement, AgreementStep.SEND, inputs=inputs, sets=sets, stamps="sent_at", **given
    )
    add_signature(
        session,
        agreement,
        event,
        side=Side.FUND,
        actor=actor,
        name=agreement.fund_signatory,
        function=agreement.fund_function,
    )
    if agreement.number == 0:
        perform(session, SYSTEM, agreement.award, AwardStep.OFFER)
    for member in missing_signers(agreement):
        send_link(session, agreement, member, Topic.AGREEMENT_SENT, event.occurred_at)
    return event


def _require_sendable(agreement: Agreement) -> None:
    if not agreement.fund_signatory.strip():
        raise InvalidInput({"fund_signatory": ["required"]})
    if any(not address_of(member) for member in agreement.signers):
        raise InvalidInput({"signers": ["signer_address_missing"]})
    if agreement.number:
        require_terms(agreement.award, agreement.terms)


def add_signature(
    session: Session,
    agreement: Agreement,
    event: AuditEvent,
    *,
    side: Side,
    actor: Actor,
    name: str,
    function: str,
    member: Member | None = None,
    accepts_contract: bool = False,
) -> None:
    """Write down a signature, of which the journal's event tells."""
    agreement.signatures.append(
        AgreementSignature(
            side=side,
            member_id=member.id if member else None,
            person_id=actor.person_id,
            name=name.strip(),
            function=function.strip(),
            email=actor.email or "",
            accepts_contract=accepts_contract,
            signed_at=event.occurred_at,
            facts_sha256=agreement.facts_sha256,
            journal_hash=event.hash.hex(),
        )
    )
    session.flush()


def send_again(
    session: Session, actor: Actor, agreement: Agreement, member: Member, *, email: str | None = None
) -> None:
    """Send a new link in the place of one that was lost or has expired, to another address where one is given.

    Raises Conflict (``already_signed``, ``kept_off``), NotPermitted, InvalidInput (``email``).
    """
    lock(session, agreement)
    require_manager(actor, agreement.award)
    if agreement.state is not AgreementState.SENT or member not in missing_signers(agreement):
        raise Conflict("already_signed")
    now = utc_now()
    if email is not None and email.strip() != address_of(member):
        if not email.strip():
            raise InvalidInput({"email": ["required"]})
        member.representative_email = email.strip()
    revoke_links(session, now, agreement_id=agreement.id, member_id=member.id)
    send_link(session, agreement, member, Topic.AGREEMENT_SENT, now)
    details = {"member": member.organisation.name}
    journal.append(session, actor, agreement, "agreement.send_again", at=now, details=details)
    session.flush()


def send_link(session: Session, agreement: Agreement, member: Member, topic: Topic, now: datetime) -> None:
    """Write to whoever signs for a member, with a link to the agreement."""
    link = make_link(
        session,
        LinkPurpose.AGREEMENT,
        email=address_of(member),
        name=represented_by(member),
        now=now,
        application_id=agreement.award.application_id,
        agreement_id=agreement.id,
        member_id=member.id,
        locale=agreement.locale,
    )
    facts = {"organisation": member.organisation.name}
    outbox.write_link_message(session, agreement, topic, link, facts=facts, at=now)


def withdraw(session: Session, actor: Actor, agreement: Agreement, **given: Any) -> AuditEvent:
    """Take back what was sent, to correct it; what was signed meanwhile stands under the former text only."""
    event = perform(session, actor, agreement, AgreementStep.WITHDRAW, **given)
    revoke_links(session, utc_now(), agreement_id=agreement.id)
    if agreement.number == 0:
        perform(session, SYSTEM, agreement.award, AwardStep.RECALL)
    return event


def drop(session: Session, actor: Actor, agreement: Agreement, **given: Any) -> AuditEvent:
    """Give up the draft of an amendment; what only waited for it to close the accounts closes them."""
    event = perform(session, actor, agreement, AgreementStep.DROP, **given)
    awards.close_if_settled(session, agreement.award)
    return event
