"""Reviews and their scores."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.application import Application
from fund.models.base import Base, Id, Instant, SubjectMixin, required_with, text_enum, utc_now
from fund.models.call import Criterion
from fund.models.person import Person
from workflows.permissions import Actor, Relation
from workflows.review import REVIEW, ReviewState


class Review(SubjectMixin, Base):
    """One reviewer's reading of one file; ``score`` is the weighted mean of the rubric, from 0 to 100."""

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("score >= 0 AND score <= 100", name="score_in_scale"),
        required_with("state", (ReviewState.SUBMITTED,), ("score", "submitted_at"), "submitted_whole"),
        # One reading per person and file; one that was given back may be asked again.
        Index(
            "uq_reviews_once",
            "application_id",
            "reviewer_id",
            unique=True,
            postgresql_where=text("state NOT IN ('cancelled', 'declined', 'recused')"),
        ),
        Index("ix_reviews_reviewer_state", "reviewer_id", "state", "id"),
    )
    workflow = REVIEW
    reference_prefix = "EV"

    state: Mapped[ReviewState] = mapped_column(text_enum(ReviewState, "state_known"))
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    due_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    comment: Mapped[str] = mapped_column(default="")
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))

    application: Mapped[Application] = relationship(back_populates="reviews")
    reviewer: Mapped[Person] = relationship()
    scores: Mapped[list["Score"]] = relationship(back_populates="review", cascade="all, delete-orphan")
    versions: Mapped[list["ReviewVersion"]] = relationship(
        order_by="ReviewVersion.number", cascade="all, delete-orphan"
    )

    @property
    def reviewer_as_actor(self) -> Actor:
        return self.reviewer.as_actor()

    def relations(self, actor: Actor) -> frozenset[Relation]:
        return frozenset({Relation.ASSIGNEE}) if self.reviewer_id == actor.person_id else frozenset()

    def is_interested(self, actor: Actor) -> bool:
        return self.application.is_interested(actor)

    def count_missing_scores(self) -> int:
        given = {score.criterion_id for score in self.scores if score.value is not None}
        return sum(criterion.id not in given for criterion in self.application.call.criteria)


class ReviewVersion(Base):
    """What a review said when it was given, or at the end of a sitting; none is ever lost to a later one.

    ``marks`` is by the criterion's position: ``{"1": {"value": 4, "comment": "…"}}``. ``score`` where it was given
    whole (``submitted``).
    """

    __tablename__ = "review_versions"
    __table_args__ = (UniqueConstraint("review_id", "number"),)

    id: Mapped[Id]
    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"))
    number: Mapped[int]
    submitted: Mapped[bool] = mapped_column(default=False)
    marks: Mapped[dict[str, Any]] = mapped_column(JSONB)
    comment: Mapped[str] = mapped_column(default="")
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    begun_at: Mapped[Instant] = mapped_column(default=utc_now)
    saved_at: Mapped[Instant] = mapped_column(default=utc_now)


class Score(Base):
    """The mark on one criterion; its upper limit is the criterion's own, checked when it is given.

    A comment may be there before its mark: reviewers write first and judge later.
    """

    __tablename__ = "scores"
    __table_args__ = (
        UniqueConstraint("review_id", "criterion_id", name="uq_scores_once"),
        CheckConstraint("value >= 0", name="value_positive"),
    )

    id: Mapped[Id]
    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criteria.id"), index=True)
    value: Mapped[int | None]
    comment: Mapped[str] = mapped_column(default="")

    review: Mapped[Review] = relationship(back_populates="scores")
    criterion: Mapped[Criterion] = relationship(lazy="joined", innerjoin=True)
