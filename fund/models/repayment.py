"""Repayments: what an alliance is asked to pay back, and what of it came."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.award import Award
from fund.models.base import Base, Id, Instant, Money, SubjectMixin, text_enum, utc_now
from fund.models.person import Person
from workflows.permissions import Actor, Relation
from workflows.repayment import REPAYMENT, RepaymentState


class Repayment(SubjectMixin, Base):
    """One demand, in euros: any part of what was paid. It may come in several receipts."""

    __tablename__ = "repayments"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("received_amount >= 0 AND received_amount <= amount", name="received_within_asked"),
        CheckConstraint("state <> 'received' OR received_amount = amount", name="received_whole"),
        Index("ix_repayments_award", "award_id", "id"),
        Index("ix_repayments_state_due", "state", "due_on", "id"),
        Index("ix_repayments_moved", "moved_at", "id"),
    )
    workflow = REPAYMENT
    reference_prefix = "RV"

    state: Mapped[RepaymentState] = mapped_column(text_enum(RepaymentState, "state_known"))
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"))
    amount: Mapped[Money]
    received_amount: Mapped[Money] = mapped_column(default=Decimal(0))
    reason: Mapped[str]
    due_on: Mapped[date]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    award: Mapped[Award] = relationship(back_populates="repayments")
    asked_by: Mapped[Person | None] = relationship()
    receipts: Mapped[list["RepaymentReceipt"]] = relationship(
        back_populates="repayment", order_by="RepaymentReceipt.id"
    )

    @property
    def outstanding(self) -> Decimal:
        """What is still to come, in euros."""
        return self.amount - self.received_amount

    @property
    def is_open(self) -> bool:
        return self.state is RepaymentState.ASKED

    def relations(self, actor: Actor) -> frozenset[Relation]:
        return self.award.relations(actor)

    def is_interested(self, actor: Actor) -> bool:
        return self.award.is_interested(actor)


class RepaymentReceipt(Base):
    """One sum that came for a demand (the quittance), in euros."""

    __tablename__ = "repayment_receipts"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_repayment_receipts_repayment", "repayment_id", "id"),
    )

    id: Mapped[Id]
    repayment_id: Mapped[int] = mapped_column(ForeignKey("repayments.id"))
    amount: Mapped[Money]
    received_on: Mapped[date]
    bank_reference: Mapped[str] = mapped_column(default="")
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    noted_at: Mapped[Instant] = mapped_column(default=utc_now)

    repayment: Mapped[Repayment] = relationship(back_populates="receipts")
