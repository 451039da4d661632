"""Verbs on who writes a file together: inviting by a personal link, joining, changing and ending a right.

Only those who may sign manage the others, and one of them always remains.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import (
    Application,
    AuditEvent,
    Collaborator,
    LinkPurpose,
    Person,
    PersonalLink,
    PersonRole,
    Right,
)
from fund.models.base import utc_now
from fund.services import journal, outbox
from fund.services.links import list_living, make_link, recheck_link, revoke_links, use_link
from fund.services.perform import amend, lock
from workflows.application import ApplicationState
from workflows.permissions import Actor, Permission, Role
from workflows.topics import Topic

ANY_STATE = tuple(ApplicationState)
INVITATIONS_MAXIMUM = 20
"""Open invitations of one file: more would be a mailing."""
RANK = {Right.READ: 0, Right.WRITE: 1, Right.SIGN: 2}


def give_right(
    session: Session, actor: Actor, application: Application, person: Person, right: Right
) -> AuditEvent | None:
    """Give a person a right on the file; an existing right is replaced.

    Raises Conflict (``last_signatory``) where nobody could sign any more, NotPermitted.
    """

    def change() -> Mapping[str, Any] | None:
        present = _find(application, person)
        if present is None:
            application.collaborators.append(Collaborator(person_id=person.id, right=right))
        elif present.right is right:
            return None
        else:
            present.right = right
            _require_signatory(application)
        return {"collaborator": person.reference, "right": right}

    return _amend(session, actor, application, "application.share", change)


def end_right(session: Session, actor: Actor, application: Application, person: Person) -> AuditEvent | None:
    """Take a person off the file.

    Raises NotFound (taken off already), Conflict (``last_signatory``), NotPermitted.
    """

    def change() -> Mapping[str, Any]:
        present = _find(application, person)
        if present is None:
            raise NotFound(person.reference)
        application.collaborators.remove(present)
        _require_signatory(application)
        return {"collaborator": person.reference}

    return _amend(session, actor, application, "application.unshare", change)


def invite(
    session: Session, actor: Actor, application: Application, *, email: str, name: str, right: Right
) -> PersonalLink:
    """Send somebody a link by which she joins the file; one sent to the same address before is taken back.

    Raises InvalidInput (``already_co_author``), Conflict (``trial_is_own``, ``too_many_invitations``) and
    NotPermitted.
    """
    made: list[PersonalLink] = []

    def change() -> Mapping[str, Any]:
        if application.is_test:
            raise Conflict("trial_is_own")
        address = email.strip().casefold()
        if any(c.person.email.casefold() == address for c in application.collaborators):
            raise InvalidInput({"email": ["already_co_author"]})
        pending = list_invitations(session, application)
        if len([link for link in pending if link.email.casefold() != address]) >= INVITATIONS_MAXIMUM:
            raise Conflict("too_many_invitations")
        now = utc_now()
        for link in pending:
            if link.email.casefold() == address:
                revoke_links(session, now, id=link.id)
        link = make_link(
            session,
            LinkPurpose.CO_AUTHOR,
            email=email,
            name=name,
            now=now,
            application_id=application.id,
            right=right,
        )
        facts = {"inviter": actor.name, "lead": application.lead.name, "right": right}
        outbox.write_link_message(
            session, application, Topic.ALLIANCE_CO_AUTHOR_INVITED, link, facts=facts, at=now
        )
        made.append(link)
        return {"right": right}

    _amend(session, actor, application, "application.invite", change)
    return made[0]


def list_invitations(session: Session, application: Application) -> list[PersonalLink]:
    """The invitations that can still be taken up, the latest first."""
    return list_living(session, LinkPurpose.CO_AUTHOR, application_id=application.id)


def take_back_invitation(
    session: Session, actor: Actor, application: Application, link_id: int
) -> AuditEvent | None:
    """Take an invitation back. Raises NotFound (taken up or back already, or of another file), NotPermitted."""

    def change() -> Mapping[str, Any]:
        if not any(link.id == link_id for link in list_invitations(session, application)):
            raise NotFound(f"invitation {link_id}")
        revoke_links(session, utc_now(), id=link_id)
        return {"taken_back": [str(link_id)]}

    return _amend(session, actor, application, "application.take_back_invitation", change)


def join(session: Session, link: PersonalLink, person: Person) -> Application:
    """Take an invitation up: the person gets the right that it names, or keeps a wider one, and can be an author.

    Raises Conflict (``invited_elsewhere``) for another address than the invited one, NotFound, DeadLink.
    """
    application = link.application
    if application is None or link.right is None:
        raise NotFound("invitation")
    lock(session, application)
    recheck_link(session, link)
    if person.email.casefold() != link.email.casefold():
        raise Conflict("invited_elsewhere")
    now = utc_now()
    use_link(session, link, now)
    right = link.right
    if Role.APPLICANT not in person.roles:
        person.role_rows.append(PersonRole(role=Role.APPLICANT))
    present = _find(application, person)
    if present is None:
        application.collaborators.append(Collaborator(person_id=person.id, right=right))
    elif RANK[present.right] < RANK[right]:
        present.right = right
    else:
        right = present.right
    details = {"collaborator": person.reference, "right": right}
    journal.append(session, person.as_actor(), application, "application.join", at=now, details=details)
    session.flush()
    return application


def _amend(
    session: Session,
    actor: Actor,
    application: Application,
    action: str,
    change: Callable[[], Mapping[str, Any] | None],
) -> AuditEvent | None:
    return amend(session, actor, application, action, Permission.APPLICATION_SIGN, states=ANY_STATE, change=change)


def _find(application: Application, person: Person) -> Collaborator | None:
    return next((c for c in application.collaborators if c.person_id == person.id), None)


def _require_signatory(application: Application) -> None:
    if not any(collaborator.right is Right.SIGN for collaborator in application.collaborators):
        raise Conflict("last_signatory")
