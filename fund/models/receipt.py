"""Receipts: what was deposited, when, by whom, and where it stands in the journal."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.application import Application
from fund.models.base import Base, Id, Instant


class Receipt(Base):
    """One deposit; written in the transaction of the submission, so that there are as many as deposits.

    ``deposited`` is the whole file as it was handed in, ``content_sha256`` the hash of its canonical JSON text,
    ``journal_hash`` that of the journal's event. ``facts`` is what else the printed receipt says.
    """

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("application_id", "number"),
        CheckConstraint("content_sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
    )

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    number: Mapped[int]
    submitted_at: Mapped[Instant]
    signatory_name: Mapped[str]
    signatory_function: Mapped[str] = mapped_column(default="")
    deposited: Mapped[dict[str, Any]] = mapped_column(JSONB)
    content_sha256: Mapped[str]
    journal_hash: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)

    application: Mapped[Application] = relationship(back_populates="receipts")
