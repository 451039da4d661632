"""The letter by which an alliance learns what was decided; it goes out when the decisions are released."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.base import Base, Id, Instant, utc_now
from fund.models.person import Person

if TYPE_CHECKING:
    from fund.models.committee import AgendaItem


class Letter(Base):
    """One letter for one decision. It is checked when an officer read it as it stands; an edit undoes that.

    ``facts`` are what it states of the decision, kept as it left: the paper stays the same whatever becomes of the
    file.
    """

    __tablename__ = "letters"
    __table_args__ = (
        CheckConstraint("(checked_at IS NULL) = (checked_by_id IS NULL)", name="check_is_signed"),
        CheckConstraint("sent_at IS NULL OR checked_at IS NOT NULL", name="sent_only_checked"),
        CheckConstraint("(sent_at IS NULL) = (facts IS NULL)", name="sent_keeps_facts"),
    )

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id", ondelete="CASCADE"), unique=True)
    locale: Mapped[str] = mapped_column(default="fr")
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str]
    prepared_at: Mapped[Instant] = mapped_column(default=utc_now)
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    sent_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    item: Mapped["AgendaItem"] = relationship(back_populates="letter")
    checked_by: Mapped[Person | None] = relationship()

    @property
    def is_checked(self) -> bool:
        return self.checked_at is not None
