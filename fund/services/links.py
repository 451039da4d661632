"""Personal links: made for one address and one purpose, signed, expiring, revocable.

The text of a link is the signature (HMAC, by itsdangerous) of its row's number and nonce with the program's
secret, so neither it nor anything that leads to it is kept in the database.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

from fund.errors import FundError, NotFound
from fund.models import LinkPurpose, PersonalLink
from fund.models.base import utc_now

LIFE = {
    LinkPurpose.CONSENT: timedelta(days=30),
    LinkPurpose.CO_AUTHOR: timedelta(days=14),
    LinkPurpose.INVITATION: timedelta(days=14),
    LinkPurpose.ADVICE: timedelta(days=30),
    LinkPurpose.AGREEMENT: timedelta(days=60),
    LinkPurpose.REGISTER: timedelta(days=2),
    LinkPurpose.PASSWORD: timedelta(hours=2),
}
SALT = "personal-link"


class DeadLink(FundError):
    """The link was good once; ``purpose`` says what for."""

    def __init__(self, purpose: LinkPurpose) -> None:
        super().__init__(purpose.value)
        self.purpose = purpose


class LinkExpired(DeadLink):
    """The link's time is over."""


class LinkRevoked(DeadLink):
    """The link was taken back, or replaced by a newer one."""


class LinkUsed(DeadLink):
    """The link was for one use, which it has had."""


def make_link(session: Session, purpose: LinkPurpose, *, email: str, now: datetime, **given: Any) -> PersonalLink:
    """A new link; whatever else ``given`` ties it to (name, locale, application, member, person, right)."""
    link = PersonalLink(
        purpose=purpose,
        nonce=secrets.token_urlsafe(16),
        email=email.strip(),
        created_at=now,
        expires_at=now + LIFE[purpose],
        **given,
    )
    session.add(link)
    session.flush()
    return link


def text_of(link: PersonalLink, secret_key: str) -> str:
    """The part of the address by which the link is followed."""
    return str(_signer(secret_key).dumps([link.id, link.nonce]))


def follow_link(session: Session, text: str, secret_key: str, *purposes: LinkPurpose) -> PersonalLink:
    """The living link of that text. Raises NotFound (forged, unknown), LinkUsed, LinkRevoked, LinkExpired."""
    try:
        link_id, nonce = _signer(secret_key).loads(text)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound("link") from error
    link = session.scalar(
        select(PersonalLink).where(
            PersonalLink.id == link_id, PersonalLink.nonce == nonce, PersonalLink.purpose.in_(purposes)
        )
    )
    if link is None:
        raise NotFound("link")
    _require_living(link)
    return link


def recheck_link(session: Session, link: PersonalLink) -> None:
    """Ask again whether the link is good: it may have been taken back while the file's lock was awaited.

    Raises NotFound where it went with its member, and what ``follow_link`` raises.
    """
    [link_id] = inspect(link).identity or (None,)  # not ``link.id``: of a row that is gone nothing can be read
    query = select(PersonalLink).where(PersonalLink.id == link_id)
    if session.scalar(query.execution_options(populate_existing=True)) is None:
        raise NotFound("link")
    _require_living(link)


def use_link(session: Session, link: PersonalLink, now: datetime) -> None:
    """Use a link that is good for one use. Raises LinkUsed, also when two use it at once; LinkRevoked."""
    used = session.execute(
        update(PersonalLink)
        .where(PersonalLink.id == link.id, PersonalLink.used_at.is_(None), PersonalLink.revoked_at.is_(None))
        .values(used_at=now)
        .returning(PersonalLink.id)
    ).one_or_none()
    if used is None:
        recheck_link(session, link)
        raise LinkUsed(link.purpose)


def revoke_links(session: Session, now: datetime, **which: Any) -> int:
    """Take back every living link with these columns (``member_id=…``, ``person_id=…, purpose=…``)."""
    result = session.execute(
        update(PersonalLink)
        .filter_by(**which)
        .where(PersonalLink.revoked_at.is_(None), PersonalLink.used_at.is_(None), PersonalLink.expires_at > now)
        .values(revoked_at=now)
        .returning(PersonalLink.id)
    )
    return len(result.all())


def list_living(session: Session, purpose: LinkPurpose, *, application_id: int) -> list[PersonalLink]:
    """The links of a file that can still be followed, the latest first."""
    query = select(PersonalLink).where(
        PersonalLink.application_id == application_id,
        PersonalLink.purpose == purpose,
        PersonalLink.revoked_at.is_(None),
        PersonalLink.used_at.is_(None),
        PersonalLink.expires_at > utc_now(),
    )
    return list(session.scalars(query.order_by(PersonalLink.id.desc())))


def _require_living(link: PersonalLink) -> None:
    if link.used_at is not None:
        raise LinkUsed(link.purpose)
    if link.revoked_at is not None:
        raise LinkRevoked(link.purpose)
    if link.expires_at <= utc_now():
        raise LinkExpired(link.purpose)


def _signer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=SALT)
