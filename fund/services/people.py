"""Verbs on people: accounts, signing in, tokens for the API."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from config.territories import exists
from fund.errors import InvalidInput, NotFound
from fund.forms.fields import Problem
from fund.models import ApiToken, Organisation, Person, PersonRole, ReviewerProfile
from fund.models.base import utc_now
from fund.services.references import new_reference
from workflows.permissions import Actor, Role

PASSWORD_MINIMUM = 12  # characters; length rather than kinds of character, as NIST SP 800-63B-4 advises
PASSWORD_MAXIMUM = 200
TERRITORIES_MAXIMUM = 40
TOKEN_PREFIX = "odd17_"  # noqa: S105 - a public mark by which leaked tokens can be searched for
TOKEN_LIFE = timedelta(days=365)
LAST_USE_GRAIN = timedelta(minutes=5)

_hasher = PasswordHasher()
# Hashed when no account has the address, so that the time of an answer does not say which addresses exist.
_DUMMY_HASH = _hasher.hash(secrets.token_urlsafe(16))


def create_person(
    session: Session,
    *,
    email: str,
    name: str,
    password: str,
    roles: Iterable[Role],
    organisation: Organisation | None = None,
    locale: str = "fr",
) -> Person:
    """Open an account. Raises InvalidInput for a short password; Conflict, at the commit, for a known address."""
    _require_length(password, "password")
    person = Person(
        reference=new_reference("PE"),
        email=email.strip(),
        name=name.strip(),
        password_hash=_hasher.hash(password),
        organisation=organisation,
        locale=locale,
        role_rows=[PersonRole(role=role) for role in roles],
    )
    session.add(person)
    session.flush()
    return person


def authenticate(session: Session, email: str, password: str) -> Person | None:
    """The active person of that address and password, or None: which of the two was wrong is not told."""
    person = session.scalar(select(Person).where(func.lower(Person.email) == email.strip().lower(), Person.active))
    try:
        _hasher.verify(person.password_hash if person else _DUMMY_HASH, password[:PASSWORD_MAXIMUM])
    except (VerificationError, InvalidHashError):
        return None
    if person is not None and _hasher.check_needs_rehash(person.password_hash):
        person.password_hash = _hasher.hash(password)
    return person


def edit_profile(person: Person, *, name: str, locale: str) -> None:
    """Change how a person is called, and the language of her pages and mails. The journal keeps former names."""
    person.name, person.locale = name.strip(), locale


def change_password(person: Person, *, current: str, new: str) -> None:
    """Set a new password; it ends every browser session of the person, this one included.

    Raises InvalidInput where the current password is wrong, or the new one too short or too long.
    """
    try:
        _hasher.verify(person.password_hash, current[:PASSWORD_MAXIMUM])
    except (VerificationError, InvalidHashError) as error:
        raise InvalidInput({"current": ["password_wrong"]}) from error
    set_password(person, new, field="new")


def set_password(person: Person, new: str, *, field: str) -> None:
    """Set a new password, which ends every browser session; ``field`` is where its problem is told."""
    _require_length(new, field)
    person.password_hash = _hasher.hash(new)
    person.session_epoch += 1


def set_territories(holder: Person | ReviewerProfile, codes: Iterable[str]) -> None:
    """Where a catalyst is at home, or what a reviewer knows.

    Raises InvalidInput for a code of no territory, or for too many.
    """
    wanted = list(dict.fromkeys(codes))
    if len(wanted) > TERRITORIES_MAXIMUM:
        raise InvalidInput({"territory": [Problem("too_many_rows", maximum=TERRITORIES_MAXIMUM)]})
    if not all(exists(code) for code in wanted):
        raise InvalidInput({"territory": ["not_a_territory"]})
    holder.territories = wanted


def find_session_person(session: Session, person_id: int, epoch: int) -> Person | None:
    """The person of a browser session, unless it was ended from elsewhere."""
    return session.scalar(
        select(Person).where(Person.id == person_id, Person.session_epoch == epoch, Person.active)
    )


def find_person(session: Session, reference: str, *, role: Role | None = None) -> Person:
    """The active person of that reference (with that role). Raises NotFound."""
    query = select(Person).where(Person.reference == reference, Person.active)
    if role is not None:
        query = query.where(Person.role_rows.any(PersonRole.role == role))
    person = session.scalar(query)
    if person is None:
        raise NotFound(reference)
    return person


def list_people(session: Session, role: Role) -> list[Person]:
    """Active people with the role, by name."""
    query = select(Person).where(Person.active, Person.role_rows.any(PersonRole.role == role))
    query = query.options(joinedload(Person.organisation))
    return list(session.scalars(query.order_by(Person.name, Person.id)))


def issue_token(session: Session, person_id: int, name: str) -> tuple[ApiToken, str]:
    """A new token and its text, which is shown once and kept nowhere; it lives one year."""
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    now = utc_now()
    token = ApiToken(
        person_id=person_id, name=name, token_hash=_hash(text), created_at=now, expires_at=now + TOKEN_LIFE
    )
    session.add(token)
    session.flush()
    return token, text


def find_token_person(session: Session, text: str) -> Person | None:
    """The active person of a living token."""
    now = utc_now()
    token = session.scalar(
        select(ApiToken)
        .join(Person)
        .where(
            ApiToken.token_hash == _hash(text),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
            Person.active,
        )
    )
    if token is None:
        return None
    # A row written at every request would serialise the client's own requests.
    if token.last_used_at is None or now - token.last_used_at > LAST_USE_GRAIN:
        token.last_used_at = now
    return token.person


def list_tokens(session: Session, actor: Actor) -> list[ApiToken]:
    query = select(ApiToken).where(ApiToken.person_id == actor.person_id, ApiToken.revoked_at.is_(None))
    return list(session.scalars(query.order_by(ApiToken.id.desc())))


def revoke_token(session: Session, actor: Actor, token_id: int) -> None:
    """End one of the actor's own tokens. Raises NotFound."""
    token = session.scalar(
        select(ApiToken).where(
            ApiToken.id == token_id, ApiToken.person_id == actor.person_id, ApiToken.revoked_at.is_(None)
        )
    )
    if token is None:
        raise NotFound(f"token {token_id}")
    token.revoked_at = utc_now()


def _require_length(password: str, field: str) -> None:
    if not PASSWORD_MINIMUM <= len(password) <= PASSWORD_MAXIMUM:
        raise InvalidInput({field: ["password_length"]})


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
