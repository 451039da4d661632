"""Disbursements: the tranches of an award, what they wait for, and their payment."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.award import Award
from fund.models.base import Base, Id, Money, SubjectMixin, required_with, text_enum
from fund.models.document import Document
from fund.models.person import Person
from fund.models.report import Report
from workflows.disbursement import DISBURSEMENT, ConditionKind, DisbursementState, HoldCause
from workflows.permissions import Actor, Relation

if TYPE_CHECKING:
    from fund.models.bank import PaymentOrder


class Disbursement(SubjectMixin, Base):
    """One tranche, in euros. ``ordered_by`` and ``approved_by`` are two people: the database refuses one.

    ``due_on`` is the day before which it is not paid. ``evidence`` is the document that proves a payment by hand.
    ``return_code`` is why the bank returned the last one.
    """

    __tablename__ = "disbursements"
    __table_args__ = (
        UniqueConstraint("award_id", "position", name="uq_disbursements_position"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("paid_amount IS NULL OR paid_amount <= amount", name="paid_within_ordered"),
        CheckConstraint(
            "ordered_by_id IS DISTINCT FROM approved_by_id OR ordered_by_id IS NULL", name="two_people"
        ),
        CheckConstraint("paid_to >= paid_on", name="period_in_order"),
        required_with("state", (DisbursementState.PAID,), ("paid_on", "paid_amount"), "paid_whole"),
        # Nothing leaves that two people did not approve; imported history has no people.
        CheckConstraint(
            "state NOT IN ('approved', 'sent') OR imported"
            " OR (ordered_by_id IS NOT NULL AND approved_by_id IS NOT NULL)",
            name="approved_by_two",
        ),
        CheckConstraint("(state = 'held') = (hold_cause IS NOT NULL)", name="held_because"),
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
    hold_cause: Mapped[HoldCause | None] = mapped_column(text_enum(HoldCause, "hold_cause_known"))
    hold_reason: Mapped[str | None]
    ordered_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    paid_amount: Mapped[Money | None]
    paid_on: Mapped[date | None]
    paid_to: Mapped[date | None]
    bank_reference: Mapped[str | None]
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    return_code: Mapped[str | None] = mapped_column(String(10))

    award: Mapped[Award] = relationship(back_populates="disbursements")
    ordered_by: Mapped[Person | None] = relationship(foreign_keys=[ordered_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    evidence: Mapped[Document | None] = relationship()
    conditions: Mapped[list["TrancheCondition"]] = relationship(
        back_populates="disbursement",
        order_by="TrancheCondition.id",
        cascade="all, delete-orphan",
        lazy="selectin",
    )
    payment_orders: Mapped[list["PaymentOrder"]] = relationship(
        back_populates="disbursement", order_by="PaymentOrder.id"
    )

    def first_unmet(self, kind: ConditionKind) -> "TrancheCondition | None":
        return next((one for one in self.conditions if one.kind is kind and not one.is_met), None)

    def relations(self, actor: Actor) -> frozenset[Relation]:
        return self.award.relations(actor)

    def is_interested(self, actor: Actor) -> bool:
        return self.award.is_interested(actor)


class TrancheCondition(Base):
    """What a tranche waits for. An accepted report meets its condition by itself; the others an officer confirms.

    ``label`` says what is to be proven; ``note`` and ``document`` say how it was.
    """

    __tablename__ = "tranche_conditions"
    __table_args__ = (
        CheckConstraint("(kind = 'report_accepted') = (report_id IS NOT NULL)", name="report_is_named"),
        CheckConstraint("(met_at IS NULL) = (met_by_id IS NULL)", name="met_by_somebody"),
        Index("ix_tranche_conditions_disbursement", "disbursement_id", "id"),
    )

    id: Mapped[Id]
    disbursement_id: Mapped[int] = mapped_column(ForeignKey("disbursements.id", ondelete="CASCADE"))
    kind: Mapped[ConditionKind] = mapped_column(text_enum(ConditionKind, "kind_known"))
    label: Mapped[str] = mapped_column(String(300), default="")
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))
    met_at: Mapped[datetime | None]
    met_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    note: Mapped[str] = mapped_column(default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))

    disbursement: Mapped[Disbursement] = relationship(back_populates="conditions")
    report: Mapped[Report | None] = relationship(lazy="joined")
    met_by: Mapped[Person | None] = relationship()
    document: Mapped[Document | None] = relationship()

    @property
    def is_met(self) -> bool:
        return self.report.is_accepted if self.report is not None else self.met_at is not None
