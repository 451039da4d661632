"""The consent of an alliance's members: asked by a personal link, given or not, asked again after a change."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.models import (
    Application,
    AuditEvent,
    Consent,
    ConsentAnswer,
    ConsentState,
    LinkPurpose,
    Member,
    PersonalLink,
)
from fund.models.base import utc_now
from fund.services import journal, outbox
from fund.services.links import list_living, make_link, recheck_link, revoke_links
from fund.services.perform import amend, lock
from workflows.application import ApplicationState
from workflows.permissions import Actor, Permission, Role
from workflows.topics import Audience, Deadline, Topic, tell

REST_BEFORE_ASKING_AGAIN = timedelta(minutes=15)
ANSWERABLE = (ApplicationState.DRAFT, ApplicationState.RETURNED)
"""While the alliance can still change what its members confirm."""


def living_links(session: Session, application: Application) -> dict[int, PersonalLink]:
    """The link by which each member can answer now, by the member's id."""
    links = list_living(session, LinkPurpose.CONSENT, application_id=application.id)
    return {link.member_id: link for link in reversed(links) if link.member_id is not None}


def members_to_ask(application: Application, living: Mapping[int, PersonalLink]) -> list[Member]:
    """The members whose turn it is to be asked: never asked, or something changed, or their link is dead.

    Who declined is not among them: asking her again is a decision of its own.
    """
    return [member for member in application.members if _is_to_be_asked(member, has_link=member.id in living)]


def _is_to_be_asked(member: Member, *, has_link: bool) -> bool:
    if member.is_lead or not member.representative_email:
        return False
    match member.consent_state:
        case ConsentState.NOT_ASKED:
            return True
        case ConsentState.ASKED:
            return not has_link
        case ConsentState.OUTDATED:
            return not (member.is_asked_again and has_link)
        case ConsentState.CHANGE_ASKED:
            return bool(member.part_changes())
    return False


def ask_consents(
    session: Session, actor: Actor, application: Application, members: Sequence[Member]
) -> AuditEvent | None:
    """Send each of these members a personal link to its part; a link sent before is taken back.

    Raises InvalidInput for the lead and for a member without an address to write to, NotPermitted, NotEditable.
    """

    def change() -> Mapping[str, Any] | None:
        for member in members:
            if member.is_lead:
                raise InvalidInput({"members": ["lead_signs"]})
            if not member.representative_email:
                raise InvalidInput({"representative_email": ["representative_missing"]})
        for member in members:
            _ask(session, actor, application, member, utc_now())
        return {"asked": [member.organisation.name for member in members]} if members else None

    return amend(
        session,
        actor,
        application,
        "application.ask_consent",
        Permission.APPLICATION_WRITE,
        states=ANSWERABLE,
        change=change,
    )


def take_back_request(
    session: Session, actor: Actor, application: Application, member: Member
) -> AuditEvent | None:
    """Take back the link that the member was sent; what it answered before stays.

    Raises NotPermitted, NotEditable.
    """

    def change() -> Mapping[str, Any] | None:
        return {"taken_back": [member.organisation.name]} if forget_request(session, member) else None

    return amend(
        session,
        actor,
        application,
        "application.take_back_consent",
        Permission.APPLICATION_WRITE,
        states=ANSWERABLE,
        change=change,
    )


def forget_request(session: Session, member: Member) -> bool:
    """As if the member had not been asked since its last answer; says whether there was a link to take back."""
    revoked = revoke_links(session, utc_now(), member_id=member.id, purpose=LinkPurpose.CONSENT)
    member.asked_at = None
    return revoked > 0


def _ask(session: Session, actor: Actor, application: Application, member: Member, now: datetime) -> PersonalLink:
    """The trial of a call writes to nobody but whoever tries it."""
    revoke_links(session, now, member_id=member.id, purpose=LinkPurpose.CONSENT)
    link = make_link(
        session,
        LinkPurpose.CONSENT,
        email=(actor.email or "") if application.is_test else member.representative_email,
        name=member.representative_name,
        now=now,
        application_id=application.id,
        member_id=member.id,
    )
    member.asked_at = now
    changed = bool(member.part_changes())
    outbox.write_link_message(
        session,
        application,
        Topic.ALLIANCE_CONSENT_ASKED,
        link,
        facts={"organisation": member.organisation.name, "lead": application.lead.name, "again": changed},
        at=now,
    )
    return link


def digest_of_part(member: Member) -> str:
    """What stands for the member's part as it is now, in a form that shows it."""
    return hashlib.sha256(journal.canonical(member.describe_part())).hexdigest()


def answer_consent(
    session: Session,
    link: PersonalLink,
    *,
    email: str,
    answer: ConsentAnswer,
    seen: str,
    name: str,
    function: str = "",
    note: str = "",
) -> Consent:
    """Record what the member answers: ``seen`` is the digest of the part that its page showed.

    Raises InvalidInput for an address that is not the invited one (the link was forwarded); Conflict where the
    part changed while it was read (``part_changed``), where the file can no longer be changed
    (``file_deposited``), or where this was already answered so (``already_answered``); NotFound where the member
    was removed meanwhile, DeadLink where the link was taken back meanwhile.
    """
    member = link.member
    if member is None:
        raise Conflict("member_removed")
    application = member.application
    lock(session, application)
    recheck_link(session, link)
    if email.strip().casefold() != link.email.casefold():
        raise InvalidInput({"email": ["link_forwarded"]})
    if application.state not in ANSWERABLE:
        raise Conflict("file_deposited")
    if seen != digest_of_part(member):
        raise Conflict("part_changed")
    if _is_repeated(member, answer, note):
        raise Conflict("already_answered")
    now = utc_now()
    consent = Consent(
        member_id=member.id,
        answer=answer,
        part=member.describe_part(),
        name=name,
        function=function,
        note=note,
        given_at=now,
    )
    member.consents.append(consent)
    _tell_answer(session, application, member, consent, link)
    session.flush()
    return consent


def _is_repeated(member: Member, answer: ConsentAnswer, note: str) -> bool:
    """A button pressed twice is one answer; a request of a change may be said again in other words."""
    last = member.last_consent
    if last is None or last.answer is not answer or member.part_changes():
        return False
    return answer is ConsentAnswer.CONFIRMED or last.note == note


def _tell_answer(
    session: Session, application: Application, member: Member, consent: Consent, link: PersonalLink
) -> None:
    """Into the journal, to the authors, and to the invited address: nobody can answer in its name unseen."""
    organisation = member.organisation
    actor = member_actor(link, consent.name)
    journal.append(
        session,
        actor,
        application,
        "application.consent",
        at=consent.given_at,
        details={"organisation": organisation.name, "answer": consent.answer, "part": consent.part},
    )
    facts = {"organisation": organisation.name, "answer": consent.answer.value, "note": consent.note}
    outbox.write_messages(
        session,
        actor,
        application,
        (tell(Audience.AUTHORS, Topic.ALLIANCE_CONSENT_ANSWERED),),
        inputs={},
        facts=facts,
        at=consent.given_at,
    )
    outbox.write_link_message(
        session, application, Topic.ALLIANCE_CONSENT_RECEIVED, link, facts=facts, at=consent.given_at
    )


def member_actor(link: PersonalLink, name: str) -> Actor:
    """Who answers by a link: no account, but a name and an address for the journal's personal side."""
    return Actor(reference=f"link:{link.id}", name=name, roles=frozenset({Role.PARTNER}), email=link.email)


def schedule_asking_again(session: Session, application: Application) -> None:
    """After a change: when the alliance has rested, members whose confirmed part changed are asked again."""
    if application.is_test:
        return
    if any(member.consent_state is ConsentState.OUTDATED for member in application.members):
        at = utc_now() + REST_BEFORE_ASKING_AGAIN
        # To the minute: of the many savings of one sitting few ask for an instant of their own.
        outbox.schedule(session, application, Deadline.CONSENTS_OUTDATED, at.replace(second=0, microsecond=0))


def ask_outdated(session: Session, actor: Actor, application: Application) -> None:
    """Ask again every member whose part changed since it confirmed and that was not asked since.

    One mail is enough for several changes: the member's page always shows the part as it is now.
    """
    now = utc_now()
    for member in application.members:
        is_due = member.consent_state is ConsentState.OUTDATED and not member.is_asked_again
        if member.is_lead or not is_due or not member.representative_email:
            continue
        _ask(session, actor, application, member, now)
        details = {"asked": [member.organisation.name], "again": True}
        journal.append(session, actor, application, "application.ask_consent", at=now, details=details)
    session.flush()


def tell_members(session: Session, application: Application, topic: Topic, at: datetime) -> None:
    """Write to the representative of every member but the lead; each gets a link to its own part."""
    for member in application.members:
        if member.is_lead or not member.representative_email:
            continue
        link = make_link(
            session,
            LinkPurpose.CONSENT,
            email=member.representative_email,
            name=member.representative_name,
            now=at,
            application_id=application.id,
            member_id=member.id,
        )
        facts = {"organisation": member.organisation.name, "lead": application.lead.name}
        outbox.write_link_message(session, application, topic, link, facts=facts, at=at)
