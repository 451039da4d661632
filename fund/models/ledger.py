"""The ledger: balanced entries that are never changed. ``workflows.ledger`` says what its accounts mean."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.audit import AuditEvent
from fund.models.base import Base, Id, Instant, Money, text_enum, utc_now
from workflows.ledger import LedgerAccount


class LedgerEntry(Base):
    """One movement: what a step, or a change of an amount, did to the euros of one subject.

    ``day`` is the day that it counts for (a payment: that of the payment), ``booked_at`` when it was written.
    ``event`` is the journal's event of the same act; history from before the ledger has none. ``award_id`` is
    empty for what concerns a call's envelope alone.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        Index("ix_ledger_entries_call_day", "call_id", "day", "id"),
        Index("ix_ledger_entries_award_day", "award_id", "day", "id"),
        Index("ix_ledger_entries_day", "day", "id"),
        Index("ix_ledger_entries_subject", "subject_type", "subject_id", "id"),
        Index("ix_ledger_entries_event", "event_id"),
    )

    id: Mapped[Id]
    day: Mapped[date]
    booked_at: Mapped[Instant] = mapped_column(default=utc_now)
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[int] = mapped_column(BigInteger)
    subject_reference: Mapped[str]
    event_id: Mapped[int | None] = mapped_column(ForeignKey("audit_events.id"))
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    award_id: Mapped[int | None] = mapped_column(ForeignKey("awards.id"))

    event: Mapped[AuditEvent | None] = relationship()
    lines: Mapped[list["LedgerLine"]] = relationship(back_populates="entry", order_by="LedgerLine.id")


class LedgerLine(Base):
    """One side of an entry, in euros: either a debit (the account gains) or a credit (it gives)."""

    __tablename__ = "ledger_lines"
    __table_args__ = (
        CheckConstraint("(debit > 0 AND credit = 0) OR (credit > 0 AND debit = 0)", name="one_side"),
        # Balances are sums over entries: from the index alone.
        Index("ix_ledger_lines_entry", "entry_id", postgresql_include=["account", "debit", "credit"]),
    )

    id: Mapped[Id]
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entries.id"))
    account: Mapped[LedgerAccount] = mapped_column(text_enum(LedgerAccount, "account_known"))
    debit: Mapped[Money]
    credit: Mapped[Money]

    entry: Mapped[LedgerEntry] = relationship(back_populates="lines")


class LedgerCheck(Base):
    """One run of the check that ledger, states and journal agree; ``faults`` are the first of those it found."""

    __tablename__ = "ledger_checks"

    id: Mapped[Id]
    ran_at: Mapped[Instant] = mapped_column(default=utc_now)
    entries: Mapped[int]
    fault_count: Mapped[int]
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
