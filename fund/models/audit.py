"""The journal: one chain of events per subject, and beside it the personal data that can be erased."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Computed, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.base import Base, Id


class AuditEvent(Base):
    """One link. ``body`` is all that the hash covers; the columns made from it are computed by PostgreSQL.

    ``transaction`` is the id of the writing transaction: a seal will cover every event below the horizon of
    transactions still running (Law 5).
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        UniqueConstraint("subject_type", "subject_id", "seq", name="uq_audit_events_link"),
        Index("ix_audit_events_transaction", "transaction"),
    )

    id: Mapped[Id]
    subject_type: Mapped[str]
    subject_id: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    action: Mapped[str] = mapped_column(Computed("body ->> 'action'", persisted=True))
    transaction: Mapped[int] = mapped_column(BigInteger, server_default=text("pg_current_xact_id()::text::bigint"))

    personal: Mapped["AuditPersonal | None"] = relationship(back_populates="event", lazy="select")

    @property
    def occurred_at(self) -> datetime:
        return datetime.fromisoformat(self.body["at"])

    @property
    def recorded_at(self) -> datetime:
        """When the program wrote it; of imported history, long after it happened."""
        return datetime.fromisoformat(self.body["recorded"])


class AuditPersonal(Base):
    """Who acted, by name, and the personal values that changed: known to the chain only by a salted hash."""

    __tablename__ = "audit_personal"

    event_id: Mapped[int] = mapped_column(ForeignKey("audit_events.id"), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)

    event: Mapped[AuditEvent] = relationship(back_populates="personal")
