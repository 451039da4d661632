"""Agreements (conventions) and their amendments (avenants), and who signed them."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.alliance import Member
from fund.models.award import Award
from fund.models.base import PERSONAL, Base, Id, Instant, SubjectMixin, required_with, text_enum
from fund.models.document import Document
from fund.models.person import Person
from workflows.agreement import AGREEMENT, AgreementState
from workflows.permissions import Actor, Relation


class Agreement(SubjectMixin, Base):
    """Number 0 is the agreement of an award, 1 and on are its amendments; the versions before stay.

    ``terms`` is what an amendment changes, as plain data: ``amount``, ``starts_on``, ``ends_on``, ``tranches`` and
    ``reports`` (``fund.services.agreements`` has the shape); empty for number 0, whose terms are the award's own.
    ``reason`` is why an amendment is made. ``every_member``: all members sign, not the lead alone. ``facts`` is
    all that the paper says, frozen when it is sent; ``facts_sha256`` is what people sign.
    """

    __tablename__ = "agreements"
    __table_args__ = (
        # The number of a draft that was dropped is taken again: there is no amendment 2 without a 1.
        Index(
            "uq_agreements_number",
            "award_id",
            "number",
            unique=True,
            postgresql_where=text("state <> 'dropped'"),
        ),
        CheckConstraint("number >= 0", name="number_positive"),
        CheckConstraint("facts_sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
        required_with("state", (AgreementState.SENT,), ("facts", "facts_sha256", "sent_at"), "sent_whole"),
        CheckConstraint(
            "state <> 'signed' OR imported OR (facts IS NOT NULL AND signed_on IS NOT NULL)", name="signed_whole"
        ),
        Index("uq_agreements_open", "award_id", unique=True, postgresql_where=text("state IN ('draft', 'sent')")),
        Index("ix_agreements_moved", "moved_at", "id"),
    )
    workflow = AGREEMENT
    reference_prefix = "CV"

    state: Mapped[AgreementState] = mapped_column(text_enum(AgreementState, "state_known"))
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"))
    number: Mapped[int]
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    reason: Mapped[str] = mapped_column(default="")
    every_member: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str] = mapped_column(default="fr")
    fund_signatory: Mapped[str] = mapped_column(String(200), default="", info=PERSONAL)
    fund_function: Mapped[str] = mapped_column(String(200), default="")
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    facts_sha256: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    signed_on: Mapped[date | None]
    scan_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))

    award: Mapped[Award] = relationship(back_populates="agreements")
    scan: Mapped[Document | None] = relationship()
    signatures: Mapped[list["AgreementSignature"]] = relationship(
        back_populates="agreement", order_by="AgreementSignature.id"
    )

    @property
    def is_open(self) -> bool:
        return self.state in (AgreementState.DRAFT, AgreementState.SENT)

    @property
    def amount(self) -> Decimal:
        """What the award is, or would be, in euros."""
        return Decimal(self.terms["amount"]) if "amount" in self.terms else self.award.amount

    @property
    def tranche_total(self) -> Decimal:
        if "tranches" not in self.terms:
            return self.award.tranche_total
        return sum((Decimal(line["amount"]) for line in self.terms["tranches"]), Decimal(0))

    @property
    def signers(self) -> list[Member]:
        """The members whose signature is asked, the lead first."""
        members = self.award.application.members
        return [m for m in members if m.is_lead] + [m for m in members if self.every_member and not m.is_lead]

    @property
    def valid_signatures(self) -> "list[AgreementSignature]":
        """Those under the text as it is now: whoever signed an earlier text has not signed this one."""
        return [one for one in self.signatures if one.facts_sha256 == self.facts_sha256]

    def count_missing_signatures(self) -> int:
        signed = {one.member_id for one in self.valid_signatures}
        return sum(member.id not in signed for member in self.signers)

    def relations(self, actor: Actor) -> frozenset[Relation]:
        return self.award.relations(actor)

    def is_interested(self, actor: Actor) -> bool:
        return self.award.is_interested(actor)


class Side(StrEnum):
    FUND = "fund"
    MEMBER = "member"


class AgreementSignature(Base):
    """One signature: who, when, under which text. The database refuses to change or delete one.

    ``journal_hash`` is that of the journal's event which says so.
    """

    __tablename__ = "agreement_signatures"
    __table_args__ = (
        CheckConstraint("(side = 'member') = (member_id IS NOT NULL)", name="member_of_alliance"),
        UniqueConstraint("agreement_id", "member_id", "facts_sha256", name="uq_agreement_signatures_once"),
    )

    id: Mapped[Id]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    side: Mapped[Side] = mapped_column(text_enum(Side, "side_known"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(200), info=PERSONAL)
    function: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="", info=PERSONAL)
    accepts_contract: Mapped[bool] = mapped_column(default=False)
    signed_at: Mapped[Instant]
    facts_sha256: Mapped[str]
    journal_hash: Mapped[str]

    agreement: Mapped[Agreement] = relationship(back_populates="signatures")
    member: Mapped[Member | None] = relationship()
    person: Mapped[Person | None] = relationship()
