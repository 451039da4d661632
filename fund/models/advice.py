"""External advice (avis): one question to somebody outside the fund, on the documents that it needs."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.application import Application
from fund.models.base import PERSONAL, Base, Id, Instant, utc_now
from fund.models.person import Person


class Advice(Base):
    """One question and its answer. The expert has no account.

    A personal link shows her the question, the project's title and summary, and of the documents (by reference)
    only those chosen for it.
    """

    __tablename__ = "advices"
    __table_args__ = (
        CheckConstraint("answered_at IS NULL OR declined OR answer <> ''", name="answer_is_said"),
        Index("ix_advices_application_id", "application_id"),
    )

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[Instant] = mapped_column(default=utc_now)
    expert_name: Mapped[str] = mapped_column(String(200), info=PERSONAL)
    expert_email: Mapped[str] = mapped_column(String(254), info=PERSONAL)
    question: Mapped[str]
    documents: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    due_on: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    declined: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str] = mapped_column(default="")
    withdrawn_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship()
    asked_by: Mapped[Person] = relationship()

    @property
    def is_awaited(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None
