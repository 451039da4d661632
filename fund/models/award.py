"""Awards: what was granted, to whom, under which agreement."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.application import Application
from fund.models.base import Base, Money, SubjectMixin, required_with, text_enum
from fund.models.call import Call
from fund.models.organisation import Organisation
from workflows.award import AWARD, AwardState
from workflows.disbursement import DisbursementState
from workflows.permissions import Actor, Relation

if TYPE_CHECKING:
    from fund.models.agreement import Agreement
    from fund.models.disbursement import Disbursement
    from fund.models.repayment import Repayment
    from fund.models.report import Report

SETTLED_TRANCHES = (DisbursementState.PAID, DisbursementState.CANCELLED)
SIGNED_STATES = (AwardState.ACTIVE, AwardState.SUSPENDED, AwardState.CLOSED)


class Award(SubjectMixin, Base):
    """An award to one beneficiary, in euros.

    ``amount`` is the beneficiary's own. Where several share one grant, ``shared_total`` is the whole before the
    split and ``share`` this beneficiary's part of it (SCDL ``montant`` and ``pourcentageSubvention``).
    ``beneficiary_name`` is the name in the agreement, whatever the organisation is called later.
    ``payment_condition``, ``payment_from`` and ``payment_to`` say how and over which period an imported award was
    published to be paid; they are None where the tranches say it. ``scheme`` is the programme that it belonged to.
    ``starts_on`` and ``ends_on`` are the project's days as they are agreed.
    """

    __tablename__ = "awards"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("share > 0 AND share <= 1", name="share_is_fraction"),
        CheckConstraint("amount <= shared_total", name="amount_within_total"),
        CheckConstraint("payment_to >= payment_from", name="period_in_order"),
        required_with("state", SIGNED_STATES, ("signed_on",), "signed_has_date"),
        Index("ix_awards_moved", "moved_at", "id"),
        Index("ix_awards_state_moved", "state", "moved_at", "id"),
        # What weighs on a call's envelope is summed at every decision: from the index alone.
        Index("ix_awards_call", "call_id", "id", postgresql_include=["amount", "state"]),
        Index("ix_awards_published", "signed_on", "id", postgresql_where=text("signed_on IS NOT NULL")),
    )
    workflow = AWARD
    reference_prefix = "AT"

    state: Mapped[AwardState] = mapped_column(text_enum(AwardState, "state_known"))
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), unique=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    beneficiary_name: Mapped[str]
    purpose: Mapped[str] = mapped_column(String(256))
    amount: Mapped[Money]
    shared_total: Mapped[Money]
    share: Mapped[Decimal] = mapped_column(Numeric(7, 6), default=Decimal(1))
    signed_on: Mapped[date | None]
    decision_reference: Mapped[str] = mapped_column(default="")
    nature: Mapped[str] = mapped_column(default="aide en numéraire")
    eu_notified: Mapped[bool] = mapped_column(default=False)
    aid_register: Mapped[str | None] = mapped_column(String(5))
    scheme: Mapped[str | None]
    payment_condition: Mapped[str | None]
    payment_from: Mapped[date | None]
    payment_to: Mapped[date | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    application: Mapped[Application] = relationship(back_populates="award")
    call: Mapped[Call] = relationship()
    beneficiary: Mapped[Organisation] = relationship()
    disbursements: Mapped[list["Disbursement"]] = relationship(
        back_populates="award", order_by="Disbursement.position"
    )
    reports: Mapped[list["Report"]] = relationship(back_populates="award", order_by="(Report.due_on, Report.id)")
    agreements: Mapped[list["Agreement"]] = relationship(back_populates="award", order_by="Agreement.id")
    repayments: Mapped[list["Repayment"]] = relationship(back_populates="award", order_by="Repayment.id")

    @property
    def is_draft(self) -> bool:
        return self.state is AwardState.DRAFT

    @property
    def is_active(self) -> bool:
        return self.state is AwardState.ACTIVE

    @property
    def is_suspended(self) -> bool:
        return self.state is AwardState.SUSPENDED

    @property
    def is_closed(self) -> bool:
        return self.state is AwardState.CLOSED

    @property
    def is_cancelled(self) -> bool:
        return self.state is AwardState.CANCELLED

    @property
    def is_refused(self) -> bool:
        return self.state is AwardState.REFUSED

    @property
    def live_tranches(self) -> list["Disbursement"]:
        return [tranche for tranche in self.disbursements if tranche.state is not DisbursementState.CANCELLED]

    @property
    def tranche_total(self) -> Decimal:
        return sum((tranche.amount for tranche in self.live_tranches), Decimal(0))

    @property
    def paid_total(self) -> Decimal:
        return sum((t.amount for t in self.disbursements if t.state is DisbursementState.PAID), Decimal(0))

    @property
    def sent_total(self) -> Decimal:
        """What the bank was told to pay and has not answered, in euros."""
        return sum((t.amount for t in self.disbursements if t.state is DisbursementState.SENT), Decimal(0))

    @property
    def repaid_total(self) -> Decimal:
        return sum((repayment.received_amount for repayment in self.repayments), Decimal(0))

    @property
    def net_paid(self) -> Decimal:
        """What was paid and neither came back nor was asked back, in euros."""
        asked = sum((one.outstanding for one in self.repayments if one.is_open), Decimal(0))
        return self.paid_total - self.repaid_total - asked

    @property
    def has_accepted_final_report(self) -> bool:
        return any(report.final and report.is_accepted for report in self.reports)

    def late_report(self, today: date) -> "Report | None":
        """The report that is owed since the longest, if any is past its date."""
        return next((report for report in self.reports if report.is_owed and report.due_on < today), None)

    @property
    def has_open_amendment(self) -> bool:
        """Whether an amendment is being prepared or signed."""
        return any(agreement.number and agreement.is_open for agreement in self.agreements)

    def count_open_repayments(self) -> int:
        return sum(repayment.is_open for repayment in self.repayments)

    def count_open_tranches(self) -> int:
        return sum(tranche.state not in SETTLED_TRANCHES for tranche in self.disbursements)

    def relations(self, actor: Actor) -> frozenset[Relation]:
        return self.application.relations(actor)

    def is_interested(self, actor: Actor) -> bool:
        return self.application.is_interested(actor)
