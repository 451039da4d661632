"""Reports on the use of a grant."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.award import Award
from fund.models.base import Base, Money, SubjectMixin, required_with, text_enum
from workflows.permissions import Actor, Relation
from workflows.report import REPORT, ReportState


class Report(SubjectMixin, Base):
    """An account of a grant, interim or final. ``spent_amount`` in euros."""

    __tablename__ = "reports"
    __table_args__ = (
        CheckConstraint("spent_amount >= 0", name="spent_positive"),
        CheckConstraint("people_reached >= 0", name="people_positive"),
        required_with(
            "state",
            (ReportState.SUBMITTED, ReportState.ACCEPTED),
            ("spent_amount", "submitted_at"),
            "submitted_whole",
        ),
        Index("ix_reports_state_due", "state", "due_on", "id"),
        Index("ix_reports_moved", "moved_at", "id"),
    )
    workflow = REPORT
    reference_prefix = "CR"

    state: Mapped[ReportState] = mapped_column(text_enum(ReportState, "state_known"))
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"), index=True)
    final: Mapped[bool] = mapped_column(default=True)
    due_on: Mapped[date]
    narrative: Mapped[str] = mapped_column(default="")
    spent_amount: Mapped[Money | None]
    people_reached: Mapped[int | None]
    submitted_at: Mapped[datetime | None]

    award: Mapped[Award] = relationship(back_populates="reports")

    def relations(self, actor: Actor) -> frozenset[Relation]:
        return self.award.relations(actor)

    def is_interested(self, actor: Actor) -> bool:
        return self.award.is_interested(actor)
