"""Alliances for the tests: members who can be asked, and the links that they are sent."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import Application, Consent, ConsentAnswer, LinkPurpose, Member, OutboxRow, PersonalLink
from fund.services.alliance import edit_member
from fund.services.consents import answer_consent, ask_consents, digest_of_part
from fund.services.links import text_of
from tests.scenario import World

SECRET = "test"
MAYOR = "mairie@essai.example"
MANAGER = "entreprise@essai.example"
CHANGE = "Le montant n’est pas le nôtre."


def represented(session: Session, world: World, **fields: Any) -> Application:
    """A draft whose two members have somebody to ask."""
    application = world.draft(session, **fields)
    represent(session, world, application)
    return application


def represent(session: Session, world: World, application: Application) -> None:
    for member in application.members:
        if not member.is_lead:
            share = {
                "representative_name": "Dominique Essai",
                "representative_email": MAYOR if member.organisation_id == world.town_id else MANAGER,
                "representative_function": "maire",
            }
            edit_member(session, world["applicant"], application, member, identity={}, share=share)


def member_of(application: Application, organisation_id: int) -> Member:
    return next(member for member in application.members if member.organisation_id == organisation_id)


def ask(session: Session, world: World, application: Application, member: Member) -> PersonalLink:
    """Ask the member, and give the link that it was sent."""
    ask_consents(session, world["applicant"], application, [member])
    return last_link(session, LinkPurpose.CONSENT, member_id=member.id)


def last_link(session: Session, purpose: LinkPurpose, **which: Any) -> PersonalLink:
    query = select(PersonalLink).where(PersonalLink.purpose == purpose).filter_by(**which)
    return session.scalars(query.order_by(PersonalLink.id.desc()).limit(1)).one()


def say(
    session: Session, link: PersonalLink, answer: ConsentAnswer = ConsentAnswer.CONFIRMED, **given: Any
) -> Consent:
    """Answer by the link as its page does; ``given`` overrides."""
    assert link.member is not None
    usual = {
        "email": link.email,
        "seen": digest_of_part(link.member),
        "name": "Dominique Essai",
        "function": "maire",
        "note": "" if answer is ConsentAnswer.CONFIRMED else CHANGE,
    }
    return answer_consent(session, link, answer=answer, **{**usual, **given})


def address_of(link: PersonalLink) -> str:
    """The text by which the link is followed."""
    return text_of(link, SECRET)


def mails_to(session: Session, address: str) -> list[str]:
    """The topics of what was written to the address of a link, in order."""
    query = select(OutboxRow.topic).join(PersonalLink, PersonalLink.id == OutboxRow.link_id)
    return list(session.scalars(query.where(PersonalLink.email == address).order_by(OutboxRow.id)))
