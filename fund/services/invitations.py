"""Verbs on inviting people to read files or to decide on them: by a personal link, which opens their account."""

import secrets
from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import LinkPurpose, Person, PersonalLink, PersonRole
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.interests import record_found_of
from fund.services.links import LinkUsed, make_link, recheck_link, revoke_links, use_link
from fund.services.people import create_person, set_password
from fund.services.perform import require_permission
from fund.services.registration import find_by_address
from workflows.permissions import Actor, Permission, Role
from workflows.topics import Topic

INVITED_ROLES = (Role.REVIEWER, Role.COMMITTEE)
"""What people are invited to; every other role is given by the administration."""
FIRST_EPOCH = 1


def invite(session: Session, actor: Actor, *, email: str, name: str, roles: Collection[Role]) -> Person:
    """Give somebody these roles, and tell her so by mail.

    A new address gets an account without a password that anybody knows, and a link to choose one; so does an
    account that was invited and not taken up yet. Any other account gets the roles and a message.

    Raises NotPermitted, InvalidInput (``role_missing``, ``own_account``, ``account_closed``, ``roles_held``);
    Conflict, at the commit, where the address got an account at this moment.
    """
    require_permission(actor, Permission.REVIEW_MANAGE)
    wanted = [role for role in INVITED_ROLES if role in roles]
    if not wanted:
        raise InvalidInput({"roles": ["role_missing"]})
    person = find_by_address(session, email)
    if person is None:
        # Nobody ever reads this password: the link is the only way in.
        unknown = secrets.token_urlsafe(32)
        person = create_person(session, email=email, name=name, password=unknown, roles=wanted)
        _send_link(session, actor, person)
        return person
    _require_other(actor, person)
    missing = [role for role in wanted if role not in person.roles]
    person.role_rows.extend(PersonRole(role=role) for role in missing)
    session.flush()
    record_found_of(session, person)
    if find_pending(session, [person]):
        _send_link(session, actor, person)
    elif missing:
        facts = _facts(actor, missing)
        outbox.write_account_message(session, person, Topic.REVIEWER_INVITED, facts=facts, at=utc_now())
    else:
        raise InvalidInput({"email": ["roles_held"]})
    return person


def invite_again(session: Session, actor: Actor, person: Person) -> PersonalLink:
    """Send a new link in the place of the earlier one. Raises NotPermitted, Conflict (``invitation_taken``)."""
    require_permission(actor, Permission.REVIEW_MANAGE)
    if not find_pending(session, [person]):
        raise Conflict("invitation_taken")
    return _send_link(session, actor, person)


def find_pending(session: Session, people: Iterable[Person]) -> dict[int, PersonalLink]:
    """The latest invitation of each of these people who has not taken it up yet, by the person's id.

    Whoever has ever chosen a password has raised the epoch of her sessions.
    """
    ids = [person.id for person in people if person.active and person.session_epoch == FIRST_EPOCH]
    if not ids:
        return {}
    query = select(PersonalLink).where(
        PersonalLink.person_id.in_(ids), PersonalLink.purpose == LinkPurpose.INVITATION
    )
    return {link.person_id: link for link in session.scalars(query.order_by(PersonalLink.id)) if link.person_id}


def take_up(session: Session, link: PersonalLink, *, name: str, password: str, locale: str) -> Person:
    """Open the invited account: her name, her password, the language in which she reads.

    Raises InvalidInput for a password too short or too long, NotFound for an account closed since, DeadLink.
    """
    recheck_link(session, link)
    person = link.person
    if person is None or not person.active:
        raise NotFound("link")
    if person.session_epoch != FIRST_EPOCH:
        raise LinkUsed(link.purpose)
    set_password(person, password, field="password")
    person.name, person.locale = name.strip(), locale
    use_link(session, link, utc_now())
    return person


def _require_other(actor: Actor, person: Person) -> None:
    if person.id == actor.person_id:
        raise InvalidInput({"email": ["own_account"]})
    if not person.active:
        raise InvalidInput({"email": ["account_closed"]})


def _send_link(session: Session, actor: Actor, person: Person) -> PersonalLink:
    now = utc_now()
    revoke_links(session, now, person_id=person.id, purpose=LinkPurpose.INVITATION)
    link = make_link(
        session,
        LinkPurpose.INVITATION,
        email=person.email,
        name=person.name,
        locale=person.locale,
        person_id=person.id,
        now=now,
    )
    facts = _facts(actor, [role for role in INVITED_ROLES if role in person.roles])
    outbox.write_link_message(session, None, Topic.REVIEWER_INVITED, link, facts=facts, at=now)
    session.flush()
    return link


def _facts(actor: Actor, roles: Iterable[Role]) -> dict[str, str]:
    return {"inviter": actor.name, "roles": ",".join(roles)}
