"""Portfolios that the program proposed to a session, with what they were computed from."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.base import Base, Id, Instant, utc_now
from fund.models.person import Person

if TYPE_CHECKING:
    from fund.models.committee import CommitteeSession


class Simulation(Base):
    """One proposal. The latest adopted one is what the minutes compare the decisions with."""

    __tablename__ = "simulations"
    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        CheckConstraint("(adopted_at IS NULL) = (adopted_by_id IS NULL)", name="adoption_is_signed"),
    )

    id: Mapped[Id]
    session_id: Mapped[int] = mapped_column(ForeignKey("committee_sessions.id", ondelete="CASCADE"))
    number: Mapped[int]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[Instant] = mapped_column(default=utc_now)
    constraints: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    adopted_at: Mapped[datetime | None]
    adopted_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    session: Mapped["CommitteeSession"] = relationship(back_populates="simulations")
    made_by: Mapped[Person] = relationship(foreign_keys=made_by_id)
    adopted_by: Mapped[Person | None] = relationship(foreign_keys=adopted_by_id)
