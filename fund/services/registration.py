"""Verbs on accounts that begin or change by a personal link: opening one, and a forgotten password.

Who asks is told the same and waits the same, whether or not the address has an account: only its mailbox knows.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.errors import NotFound
from fund.models import LinkPurpose, Person, PersonalLink
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.links import make_link, recheck_link, revoke_links, use_link
from fund.services.people import create_person, set_password
from workflows.permissions import Role
from workflows.topics import Topic


def ask_account(session: Session, *, email: str, name: str, locale: str) -> None:
    """Send the address a link to open an account, or, where it has one, a link to a new password."""
    person = find_by_address(session, email)
    if person is None:
        _send(session, LinkPurpose.REGISTER, email=email, name=name, locale=locale)
    else:
        _send_password(session, person)


def ask_password(session: Session, *, email: str, locale: str) -> None:
    """Send the address a link to a new password, if it has an account."""
    person = find_by_address(session, email)
    if person is not None and person.active:
        _send_password(session, person)
    else:
        _send_nothing(session, email=email, locale=locale)


def open_account(session: Session, link: PersonalLink, *, name: str, password: str) -> Person:
    """Open the account that the link is for; of an invitation the link itself is used by joining.

    Raises InvalidInput for a password too short or too long, Conflict, at the commit, where the address has an
    account by now, DeadLink.
    """
    recheck_link(session, link)
    person = create_person(
        session,
        email=link.email,
        name=name,
        password=password,
        roles=[Role.APPLICANT],
        locale=link.locale,
    )
    if link.purpose is LinkPurpose.REGISTER:
        now = utc_now()
        use_link(session, link, now)
        revoke_links(session, now, email=link.email, purpose=LinkPurpose.REGISTER)
    return person


def renew_password(session: Session, link: PersonalLink, *, password: str) -> Person:
    """Set the password of the link's account, which ends its sessions and its other links.

    Raises InvalidInput for a password too short or too long, NotFound for a closed account, DeadLink.
    """
    person = link.person
    if person is None or not person.active:
        raise NotFound("link")
    set_password(person, password, field="password")
    now = utc_now()
    use_link(session, link, now)
    revoke_links(session, now, person_id=person.id, purpose=LinkPurpose.PASSWORD)
    return person


def find_by_address(session: Session, email: str) -> Person | None:
    """The account of that address, however it is typed; also one that is closed."""
    return session.scalar(select(Person).where(func.lower(Person.email) == email.strip().lower()))


def _send_password(session: Session, person: Person) -> None:
    if not person.active:
        _send_nothing(session, email=person.email, locale=person.locale)
        return
    given = {"email": person.email, "name": person.name, "locale": person.locale}
    _send(session, LinkPurpose.PASSWORD, person_id=person.id, **given)


def _send_nothing(session: Session, *, email: str, locale: str) -> None:
    """Do and undo what would be done for an account, so that it takes as long, the commit's own write included."""
    with session.begin_nested() as savepoint:
        _send(session, LinkPurpose.REGISTER, email=email, name="", locale=locale)
        savepoint.rollback()


def _send(session: Session, purpose: LinkPurpose, *, email: str, **given: object) -> None:
    topic = Topic.ACCOUNT_PASSWORD if purpose is LinkPurpose.PASSWORD else Topic.ACCOUNT_REGISTER
    now = utc_now()
    link = make_link(session, purpose, email=email, now=now, **given)
    outbox.write_link_message(session, None, topic, link, facts={}, at=now)
    session.flush()
