"""The thread of messages between an alliance and the fund on one file."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.application import Application
from fund.models.base import Base, Id, Instant, utc_now
from fund.models.person import Person


class ThreadMessage(Base):
    """One message. ``from_fund`` says on which side its author stands; the alliance sees the fund, not a name."""

    __tablename__ = "thread_messages"
    __table_args__ = (
        CheckConstraint("body <> ''", name="body_written"),
        Index("ix_thread_messages_application_id_id", "application_id", "id"),
    )

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    from_fund: Mapped[bool]
    body: Mapped[str]
    sent_at: Mapped[Instant] = mapped_column(default=utc_now)

    application: Mapped[Application] = relationship()
    author: Mapped[Person] = relationship()


class ThreadRead(Base):
    """Up to which message (its id) a person has read a file's thread, and when."""

    __tablename__ = "thread_reads"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[int] = mapped_column(BigInteger)
    from_fund: Mapped[bool]
    read_at: Mapped[Instant] = mapped_column(default=utc_now)
