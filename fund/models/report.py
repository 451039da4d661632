"""Reports on the use of a grant."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.forms.account import Account, awarded_plan, load_account, plain_plan
from fund.forms.compiler import Judged, judge
from fund.forms.definition import CallContent
from fund.forms.project import BUDGET
from fund.models.award import Award
from fund.models.base import PERSONAL, Base, Money, SubjectMixin, required_with, text_enum
from workflows.permissions import Actor, Relation
from workflows.report import OWED_STATES, REPORT, ReportState


class Report(SubjectMixin, Base):
    """An account of a grant, interim or final. ``spent_amount`` in euros: what the project really cost.

    ``planned`` is the budget as it was agreed and ``realised`` what became of it, both in the raw shape of
    ``fund.forms.budget``; ``explanations`` are by account, ``answers`` by section of the call's report form: kept
    as they were typed, judged on reading. ``reserve`` is what the fund reserves though it accepts.
    """

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
    planned: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    realised: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    explanations: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    reserve: Mapped[str] = mapped_column(default="")
    signatory_name: Mapped[str] = mapped_column(default="", info=PERSONAL)
    signatory_function: Mapped[str] = mapped_column(default="")

    award: Mapped[Award] = relationship(back_populates="reports")

    @property
    def is_owed(self) -> bool:
        return self.state in OWED_STATES

    @property
    def is_accepted(self) -> bool:
        """Accepted, or done without."""
        return self.state in (ReportState.ACCEPTED, ReportState.WAIVED)

    # --- what is written, judged by the rules of the call ----------------------------------------------------

    @property
    def rules(self) -> CallContent:
        """The call as the file was written with it: its budget plan, threshold and report form."""
        return self.award.application.rules

    @property
    def has_plan(self) -> bool:
        """Whether there is a budget by accounts to compare with, or only a total."""
        section = self.award.application.section(BUDGET)
        return self.rules.budget is not None and section is not None and bool(section.answers)

    def plan(self) -> dict[str, Any]:
        """What was planned: as it was when the report was handed in; before that, as it is agreed now."""
        if self.planned is not None:
            return self.planned
        application = self.award.application
        section = application.section(BUDGET)
        if section is None or not self.has_plan:
            return plain_plan(application.total_budget, self.award.amount)
        return awarded_plan(section.answers, self.award.amount)

    def account_rows(self) -> dict[str, Any]:
        """What was spent and who paid, as typed. Without a plan, an amount spent says all of it."""
        if self.realised or self.has_plan or self.spent_amount is None:
            return self.realised
        return plain_plan(self.spent_amount, min(self.spent_amount, self.award.amount))

    def judge_account(self, *, complete: bool = True) -> Account:
        return load_account(
            self.plan(),
            self.account_rows(),
            self.explanations,
            threshold=self.rules.reporting.threshold,
            has_plan=self.has_plan,
            final=self.final,
            complete=complete,
        )

    def judge_answers(self, *, complete: bool = True) -> Judged:
        """The answers to the call's report form as values, and everything that speaks against them."""
        return judge(self.rules.report, self.answers, files=self.present_slots(), complete=complete)

    def document_slot(self, slot: str) -> str:
        """Where a document of the report form (``form.section.field``) stands among those of the file."""
        return f"report.{self.id}.{slot.removeprefix('form.')}"

    def present_slots(self) -> frozenset[str]:
        """The places of the report form (``form.section.field``) that hold a document which can be read."""
        before = f"report.{self.id}."
        return frozenset(
            f"form.{document.slot.removeprefix(before)}"
            for document in self.award.application.documents
            if document.slot.startswith(before) and document.fills_its_place
        )

    def count_missing(self) -> int:
        """How many places of the account and of the report form speak against handing it in."""
        return len(self.judge_account().problems) + len(self.judge_answers().problems)

    def relations(self, actor: Actor) -> frozenset[Relation]:
        return self.award.relations(actor)

    def is_interested(self, actor: Actor) -> bool:
        return self.award.is_interested(actor)
