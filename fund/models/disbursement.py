"""Disbursements: the tranches of an award and their payment."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.award import Award
from fund.models.base import Base, Money, SubjectMixin, required_with, text_enum
from fund.models.person import Person
from workflows.disbursement import DISBURSEMENT, DisbursementState
from workflows.permissions import Actor, Relation


class Disbursement(SubjectMixin, Base):
    """One tranche, in euros. ``ordered_by`` and ``approved_by`` are two people: the database refuses one."""

    __tablename__ = "disbursements"
    __table_args__ = (
        UniqueConstraint("award_id", "position", name="uq_disbursements_position"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("paid_amount IS NULL OR paid_amount <= amount", name="paid_within_ordered"),
        CheckConstraint(
            "ordered_by_id IS DISTINCT FROM approved_by_id OR ordered_by_id IS NULL", name="two_people"
        ),
        CheckConstraint("paid_to >= paid_on", name="period_in_order"),
        required_with(
            "state", (DisbursementState.PAID, DisbursementState.REPAID), ("paid_on", "paid_amount"), "paid_whole"
        ),
        required_with("state", (DisbursementState.REPAID,), ("repaid_on",), "repaid_has_date"),
        Index("ix_disbursements_state_due", "state", "due_on", "id"),
        Index("ix_disbursements_moved", "moved_at", "id"),
    )
    workflow = DISBURSEMENT
    reference_prefix = "VE"

    state: Mapped[DisbursementState] = mapped_column(text_enum(DisbursementState, "state_known"))
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"))
    position: Mapped[int]
    amount: Mapped[Money]
    due_on: Mapped[date | None]
    needs_report: Mapped[bool] = mapped_column(default=False)
    hold_reason: Mapped[str | None]
    ordered_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    paid_amount: Mapped[Money | None]
    paid_on: Mapped[date | None]
    paid_to: Mapped[date | None]
    bank_reference: Mapped[str | None]
    repaid_on: Mapped[date | None]

    award: Mapped[Award] = relationship(back_populates="disbursements")
    ordered_by: Mapped[Person | None] = relationship(foreign_keys=[ordered_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])

    def relations(self, actor: Actor) -> frozenset[Relation]:
        return self.award.relations(actor)

    def is_interested(self, actor: Actor) -> bool:
        return self.award.is_interested(actor)
