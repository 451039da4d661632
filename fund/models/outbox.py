"""The outbox: what is to be told or done, written in the transaction of the step that caused it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.alliance import PersonalLink
from fund.models.base import Base, Id, Instant, text_enum, utc_now
from fund.models.person import Person


class OutboxState(StrEnum):
    PENDING = "pending"
    ENQUEUED = "enqueued"
    DONE = "done"
    PARKED = "parked"


class OutboxRow(Base):
    """One message to one person (also a line of that person's inbox), or one deadline of the program itself.

    A message may also carry a personal link, and then goes to the link's address: such a reader has no inbox.

    ``available_at`` is the instant from which the relay may take the row: for a new row its due time, for an
    enqueued one the end of the lease (a lost job is taken again), for a failed one the end of the back-off.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "available_at", "id", postgresql_where=text("state IN ('pending', 'enqueued')")),
        Index("ix_outbox_parked", "id", postgresql_where=text("state = 'parked'")),
        Index("ix_outbox_inbox", "recipient_id", "id", postgresql_where=text("recipient_id IS NOT NULL")),
        # The count of unread messages stands at the top of every page.
        Index("ix_outbox_unread", "recipient_id", postgresql_where=text("read_at IS NULL")),
        # So that a link (with its member, or its file) can be deleted without reading the whole table.
        Index("ix_outbox_link", "link_id", postgresql_where=text("link_id IS NOT NULL")),
        Index("ix_outbox_subject", "subject_type", "subject_id", "id"),
        # A deadline is set once per subject and instant, however often the step that sets it is taken.
        Index(
            "uq_outbox_deadline",
            "topic",
            "subject_type",
            "subject_id",
            "available_at",
            unique=True,
            postgresql_where=text("recipient_id IS NULL AND link_id IS NULL AND state = 'pending'"),
        ),
    )

    id: Mapped[Id]
    topic: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[int] = mapped_column(BigInteger)
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("personal_links.id", ondelete="CASCADE"))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    state: Mapped[OutboxState] = mapped_column(text_enum(OutboxState, "state_known"), default=OutboxState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Instant] = mapped_column(default=utc_now)
    available_at: Mapped[Instant] = mapped_column(default=utc_now)
    done_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    recipient: Mapped[Person | None] = relationship()
    link: Mapped[PersonalLink | None] = relationship()
