"""The alliance as a party: its members, what each consents to, who writes with them, who vouches for them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.base import Base, Id, Instant, Money, text_enum, utc_now
from fund.models.organisation import Organisation
from fund.models.person import Person

if TYPE_CHECKING:
    from fund.models.application import Application


class Right(StrEnum):
    READ = "read"
    WRITE = "write"
    SIGN = "sign"


class ConsentAnswer(StrEnum):
    CONFIRMED = "confirmed"
    CHANGE_ASKED = "change_asked"
    DECLINED = "declined"


class ConsentState(StrEnum):
    """How a member stands to its part in the alliance, seen from now."""

    NOT_ASKED = "not_asked"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    OUTDATED = "outdated"  # its part changed since it confirmed
    CHANGE_ASKED = "change_asked"
    DECLINED = "declined"


class Member(Base):
    """An organisation's part in an alliance; the lead is a member too.

    Contributions in euros: ``contribution`` in money, ``in_kind`` valued, ``skills`` valued (what is lent in
    skills is told in ``skills_note``). ``territory`` is a code such as ``dep:31``; the representative is whom the
    fund asks for the member's consent.
    """

    __tablename__ = "members"
    __table_args__ = (
        UniqueConstraint("application_id", "organisation_id", name="uq_members_once"),
        CheckConstraint("contribution >= 0 AND in_kind >= 0 AND skills >= 0", name="contribution_positive"),
        # Interests are found by the address and its domain (fund.models.interest).
        Index("ix_members_mail_domain", func.split_part(func.lower(text("representative_email")), "@", 2)),
        Index("ix_members_address", func.lower(text("representative_email"))),
    )

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    part: Mapped[str] = mapped_column(String(500), default="")
    contribution: Mapped[Money] = mapped_column(default=Decimal(0))
    in_kind: Mapped[Money] = mapped_column(default=Decimal(0))
    skills: Mapped[Money] = mapped_column(default=Decimal(0))
    skills_note: Mapped[str] = mapped_column(String(500), default="")
    territory: Mapped[str | None]
    representative_name: Mapped[str] = mapped_column(String(200), default="")
    representative_email: Mapped[str] = mapped_column(String(254), default="")
    representative_function: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime | None]

    application: Mapped["Application"] = relationship(back_populates="members")
    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)
    consents: Mapped[list["Consent"]] = relationship(
        back_populates="member", order_by="Consent.id", cascade="all, delete-orphan", lazy="selectin"
    )

    def describe_part(self) -> dict[str, str]:
        """What the member is asked to consent to, as it stands now: its own line, not the others'."""
        application = self.application
        return {
            "project": application.title,
            "lead": application.lead.name,
            "organisation": self.organisation.name,
            "part": self.part or "",
            "contribution": f"{self.contribution or 0:.2f}",
            "in_kind": f"{self.in_kind or 0:.2f}",
            "skills": f"{self.skills or 0:.2f}",
            "skills_note": self.skills_note or "",
            "territory": self.territory or "",
        }

    @property
    def last_consent(self) -> "Consent | None":
        return self.consents[-1] if self.consents else None

    @property
    def consent_state(self) -> ConsentState:
        """Derived, so that a change of what was confirmed can never keep a consent alive.

        A member that leads consents by its signature under the application.
        """
        consent = self.last_consent
        if consent is None:
            return ConsentState.ASKED if self.asked_at else ConsentState.NOT_ASKED
        if consent.answer is ConsentAnswer.CONFIRMED:
            return ConsentState.CONFIRMED if consent.part == self.describe_part() else ConsentState.OUTDATED
        return ConsentState.ASKED if self.is_asked_again else ConsentState(consent.answer.value)

    @property
    def is_asked_again(self) -> bool:
        """Whether the member was asked since its last answer."""
        consent = self.last_consent
        return consent is not None and self.asked_at is not None and self.asked_at > consent.given_at

    @property
    def is_lead(self) -> bool:
        return self.organisation_id == self.application.lead_id

    @property
    def is_confirmed(self) -> bool:
        return self.is_lead or self.consent_state is ConsentState.CONFIRMED

    def part_changes(self) -> dict[str, tuple[str, str]]:
        """What changed since the last answer: name of the line, before, after."""
        consent = self.last_consent
        if consent is None:
            return {}
        now = self.describe_part()
        return {
            name: (consent.part.get(name, ""), now[name]) for name in now if consent.part.get(name) != now[name]
        }


class Consent(Base):
    """One answer of a member to its part: what it read (``part``), what it answered, who and when."""

    __tablename__ = "consents"
    __table_args__ = (CheckConstraint("answer <> 'change_asked' OR note <> ''", name="change_is_named"),)

    id: Mapped[Id]
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    answer: Mapped[ConsentAnswer] = mapped_column(text_enum(ConsentAnswer, "answer_known"))
    part: Mapped[dict[str, str]] = mapped_column(JSONB)
    name: Mapped[str]
    function: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    given_at: Mapped[Instant] = mapped_column(default=utc_now)

    member: Mapped[Member] = relationship(back_populates="consents")


class Collaborator(Base):
    """A person's right on a file."""

    __tablename__ = "collaborators"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    right: Mapped[Right] = mapped_column(text_enum(Right, "right_known"))
    added_at: Mapped[Instant] = mapped_column(default=utc_now)

    application: Mapped["Application"] = relationship(back_populates="collaborators")
    person: Mapped[Person] = relationship()


class EndorsementState(StrEnum):
    ASKED = "asked"
    GIVEN = "given"
    DECLINED = "declined"


class Endorsement(Base):
    """The word of a catalyst of the territory for a file: asked by the alliance, given and signed, or declined."""

    __tablename__ = "endorsements"
    __table_args__ = (
        UniqueConstraint("application_id", "person_id"),
        CheckConstraint("status = 'asked' OR answered_at IS NOT NULL", name="answer_dated"),
        CheckConstraint("status <> 'given' OR (words <> '' AND signed_name <> '')", name="given_signed"),
        Index("ix_endorsements_person_id_id", "person_id", "id"),
    )

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    status: Mapped[EndorsementState] = mapped_column(
        text_enum(EndorsementState, "status_known"), default=EndorsementState.ASKED
    )
    words: Mapped[str] = mapped_column(default="")
    signed_name: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[Instant] = mapped_column(default=utc_now)
    answered_at: Mapped[datetime | None]

    application: Mapped["Application"] = relationship(back_populates="endorsements")
    person: Mapped[Person] = relationship()


class LinkPurpose(StrEnum):
    CONSENT = "consent"
    CO_AUTHOR = "co_author"
    REGISTER = "register"
    PASSWORD = "password"  # noqa: S105 - what the link is for, not a password
    INVITATION = "invitation"
    ADVICE = "advice"
    AGREEMENT = "agreement"


class PersonalLink(Base):
    """A personal, expiring, revocable link sent to one address.

    Neither the link nor a hash of it is kept: it is the signature, with the program's secret, of ``id`` and
    ``nonce`` (``fund.services.links``), so that who reads the database cannot follow it.
    """

    __tablename__ = "personal_links"
    __table_args__ = (
        CheckConstraint("purpose <> 'consent' OR member_id IS NOT NULL", name="consent_of_member"),
        CheckConstraint(
            "purpose <> 'co_author' OR (application_id IS NOT NULL AND \"right\" IS NOT NULL)",
            name="author_of_file",
        ),
        CheckConstraint("purpose <> 'password' OR person_id IS NOT NULL", name="password_of_person"),
        CheckConstraint("purpose <> 'invitation' OR person_id IS NOT NULL", name="invitation_of_person"),
        CheckConstraint("purpose <> 'advice' OR advice_id IS NOT NULL", name="advice_of_question"),
        CheckConstraint(
            "purpose <> 'agreement' OR (agreement_id IS NOT NULL AND member_id IS NOT NULL)",
            name="agreement_of_member",
        ),
    )

    id: Mapped[Id]
    purpose: Mapped[LinkPurpose] = mapped_column(text_enum(LinkPurpose, "purpose_known"))
    nonce: Mapped[str]
    email: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="fr")
    application_id: Mapped[int | None] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), index=True
    )
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    advice_id: Mapped[int | None] = mapped_column(ForeignKey("advices.id", ondelete="CASCADE"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"), index=True)
    right: Mapped[Right | None] = mapped_column(text_enum(Right, "right_known"))
    created_at: Mapped[Instant] = mapped_column(default=utc_now)
    expires_at: Mapped[Instant]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]

    application: Mapped["Application | None"] = relationship()
    member: Mapped[Member | None] = relationship()
    person: Mapped[Person | None] = relationship()

    def __repr__(self) -> str:
        return f"PersonalLink({self.id}, {self.purpose})"
