"""Documents of a file: what was handed in, in which place, and what is known of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.application import Application
from fund.models.base import Base, Id, Instant, text_enum, utc_now
from fund.models.person import Person


class Scan(StrEnum):
    NOT_SCANNED = "not_scanned"
    CLEAN = "clean"
    INFECTED = "infected"


DEPOSITED = ("asked.", "form.", "budget.")
"""The places of what an alliance deposits. What comes later (``bank.``, ``agreement.``, ``payment.``, ``report.``,
``condition.``, each with a number) concerns the alliance and the fund's staff alone; ``message.`` the two sides of
the thread."""


class Document(Base):
    """One version of a document. The bytes lie in the store under their SHA-256 (hexadecimal).

    ``slot`` is the place that it fills: ``asked.<key>`` or ``asked.<key>.<member id>`` (documents of the call),
    ``form.<section>.<field>``, ``budget.<line>``, ``message.<id>``. A new document in a place replaces the one
    before, which stays readable as an earlier version. Sizes in bytes.
    """

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("application_id", "slot", "number"),
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
        # One present document per place, also when two people hand one in at once.
        Index(
            "uq_documents_present",
            "application_id",
            "slot",
            unique=True,
            postgresql_where=text("replaced_at IS NULL AND removed_at IS NULL AND slot NOT LIKE 'message.%'"),
        ),
        Index("ix_documents_unscanned", "id", postgresql_where=text("scan = 'not_scanned'")),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    slot: Mapped[str]
    number: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    uploaded_at: Mapped[Instant] = mapped_column(default=utc_now)
    replaced_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    scan: Mapped[Scan] = mapped_column(text_enum(Scan, "scan_known"), default=Scan.NOT_SCANNED)
    scanned_at: Mapped[datetime | None]
    threat: Mapped[str | None]

    application: Mapped[Application] = relationship(back_populates="documents")
    uploaded_by: Mapped[Person | None] = relationship()

    @property
    def is_of_deposit(self) -> bool:
        """Whether the document is part of what the alliance hands in: everybody who judges the file reads it."""
        return self.slot.startswith(DEPOSITED)

    @property
    def is_present(self) -> bool:
        return self.replaced_at is None and self.removed_at is None

    @property
    def fills_its_place(self) -> bool:
        """An infected document is kept, but nobody can read it: its place counts as empty."""
        return self.is_present and self.scan is not Scan.INFECTED
