"""A round of discussion between the reviewers of a file whose readings lie far apart (tour de discussion)."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.application import Application
from fund.models.base import Base, Id, Instant, text_enum, utc_now
from fund.models.person import Person


class DiscussionOutcome(StrEnum):
    CONSENSUS = "consensus"
    DISSENT = "dissent"


class Discussion(Base):
    """One round on one file. It ends in a report all reviewers agree to, or in one with the dissent beside it.

    ``score`` is the agreed score, 0 to 100; without one the readings stand as they are.
    """

    __tablename__ = "discussions"
    __table_args__ = (
        CheckConstraint("score >= 0 AND score <= 100", name="score_in_scale"),
        CheckConstraint("closed_at IS NULL OR (outcome IS NOT NULL AND report <> '')", name="closed_with_report"),
        Index("uq_discussions_open", "application_id", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("ix_discussions_application_id", "application_id"),
    )

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[Instant] = mapped_column(default=utc_now)
    question: Mapped[str] = mapped_column(String(2000), default="")
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[DiscussionOutcome | None] = mapped_column(text_enum(DiscussionOutcome, "outcome_known"))
    report: Mapped[str] = mapped_column(default="")
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))

    application: Mapped[Application] = relationship(back_populates="discussions")
    opened_by: Mapped[Person] = relationship()
    notes: Mapped[list["DiscussionNote"]] = relationship(
        order_by="DiscussionNote.id", cascade="all, delete-orphan"
    )
    positions: Mapped[list["DiscussionPosition"]] = relationship(cascade="all, delete-orphan")

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class DiscussionNote(Base):
    """What one reviewer (or the officer) said."""

    __tablename__ = "discussion_notes"

    id: Mapped[Id]
    discussion_id: Mapped[int] = mapped_column(ForeignKey("discussions.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    written_at: Mapped[Instant] = mapped_column(default=utc_now)

    person: Mapped[Person] = relationship()


class DiscussionPosition(Base):
    """Whether a reviewer agrees to the report as it now reads, or what she holds against it."""

    __tablename__ = "discussion_positions"
    __table_args__ = (CheckConstraint("agrees OR dissent <> ''", name="dissent_is_said"),)

    discussion_id: Mapped[int] = mapped_column(ForeignKey("discussions.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    agrees: Mapped[bool]
    dissent: Mapped[str] = mapped_column(default="")
    given_at: Mapped[Instant] = mapped_column(default=utc_now)

    person: Mapped[Person] = relationship()
