"""What is put to the vote in a session, and the votes."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.base import Base, Id, Instant, Money, required_with, text_enum, utc_now
from fund.models.person import Person
from workflows.voting import Choice, Counts, Method, MotionResult, Outcome

if TYPE_CHECKING:
    from fund.models.committee import AgendaItem


class Motion(Base):
    """One proposal on one file: what to decide, put to the vote, adopted or not. Amount in euros.

    ``roll`` is who was in the room when the vote closed and, unless it was secret, how each voted. Of a secret
    vote nothing but the counts is ever written: each ballot raises one of them, and names only who took part.
    """

    __tablename__ = "motions"
    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        # A file has one open proposal.
        Index("uq_motions_open", "item_id", unique=True, postgresql_where=text("result IS NULL")),
        required_with("outcome", (Outcome.FUNDED, Outcome.WAITLISTED), ("amount",), "grant_has_amount"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("motivation <> ''", name="motivated"),
        CheckConstraint("votes_for >= 0 AND votes_against >= 0 AND votes_abstain >= 0", name="counts_positive"),
        CheckConstraint("result IS NULL OR closed_at IS NOT NULL", name="closed_dated"),
        required_with("result", (MotionResult.ADOPTED, MotionResult.REJECTED), ("in_room",), "settled_whole"),
    )

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id", ondelete="CASCADE"))
    number: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(text_enum(Outcome, "outcome_known"))
    amount: Mapped[Money | None]
    rank: Mapped[int | None]
    conditions: Mapped[str] = mapped_column(default="")
    motivation: Mapped[str]
    method: Mapped[Method] = mapped_column(text_enum(Method, "method_known"))
    secret: Mapped[bool] = mapped_column(default=False)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[Instant] = mapped_column(default=utc_now)
    closed_at: Mapped[datetime | None]
    votes_for: Mapped[int] = mapped_column(default=0)
    votes_against: Mapped[int] = mapped_column(default=0)
    votes_abstain: Mapped[int] = mapped_column(default=0)
    in_room: Mapped[int | None]
    quorum: Mapped[int | None]
    casting: Mapped[Choice | None] = mapped_column(text_enum(Choice, "casting_known"))
    result: Mapped[MotionResult | None] = mapped_column(text_enum(MotionResult, "result_known"))
    roll: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)

    item: Mapped["AgendaItem"] = relationship(back_populates="motions")
    opened_by: Mapped[Person] = relationship()
    ballots: Mapped[list["Ballot"]] = relationship(cascade="all, delete-orphan")

    @property
    def is_open(self) -> bool:
        return self.result is None

    def counts(self, in_room: int) -> Counts:
        return Counts(self.votes_for, self.votes_against, self.votes_abstain, in_room)

    def has_vote_of(self, person_id: int | None) -> bool:
        return any(ballot.person_id == person_id for ballot in self.ballots)

    @property
    def granted(self) -> Decimal:
        """What the envelope gives if this is adopted, in euros."""
        return self.amount or Decimal(0) if self.outcome is Outcome.FUNDED else Decimal(0)


class Ballot(Base):
    """That a person voted, once; how, where the vote is not secret."""

    __tablename__ = "ballots"

    motion_id: Mapped[int] = mapped_column(ForeignKey("motions.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    choice: Mapped[Choice | None] = mapped_column(text_enum(Choice, "choice_known"))
