"""People: accounts, their roles, their tokens."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.base import Base, Id, Instant, text_enum, utc_now
from fund.models.organisation import Organisation
from workflows.permissions import Actor, Role


class Person(Base):
    """An account. ``session_epoch`` is raised to sign a person out everywhere (new password, closed account).

    ``territories`` (codes such as ``dep:31``) is where a catalyst is at home.
    """

    __tablename__ = "people"

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    locale: Mapped[str] = mapped_column(default="fr")
    active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=1)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    territories: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    created_at: Mapped[Instant] = mapped_column(default=utc_now)

    organisation: Mapped[Organisation | None] = relationship()
    role_rows: Mapped[list["PersonRole"]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(row.role for row in self.role_rows)

    def as_actor(self, request_id: str | None = None) -> Actor:
        return Actor(
            reference=self.reference,
            name=self.name,
            roles=self.roles,
            person_id=self.id,
            email=self.email,
            organisation_id=self.organisation_id,
            siren=self.organisation.siren if self.organisation else None,
            request_id=request_id,
        )


# An address is one person's however it is typed.
Index("uq_people_email", func.lower(Person.email), unique=True)
# Interests are found by the mail domain (fund.models.interest).
Index("ix_people_mail_domain", func.split_part(func.lower(Person.email), "@", 2))


class PersonRole(Base):
    __tablename__ = "person_roles"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Role] = mapped_column(text_enum(Role, "role_known"), primary_key=True, index=True)


class ApiToken(Base):
    """A token for the API. Only its SHA-256 is kept: a token has 256 random bits, so no salt is needed."""

    __tablename__ = "api_tokens"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[Instant] = mapped_column(default=utc_now)
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
