"""The parts of a file as they are being written, and how they came to be what they are."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.base import Base, Id, Instant, utc_now
from fund.models.person import Person


class Section(Base):
    """One part of a file: a section of the call's form, the budget, or the project's own fields.

    ``answers`` are kept as typed, so that saving never loses a word, not even one that is not valid; of the
    project (``PROJECT``) only what its columns cannot hold stands here. ``number`` counts the savings, and
    ``stamps`` says at which of them each answer last changed: by them two people's changes are told apart.
    """

    __tablename__ = "sections"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    stamps: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    edited_at: Mapped[datetime | None]
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    edited_by: Mapped[Person | None] = relationship()


class SectionVersion(Base):
    """What a section held when somebody had written in it; one row per person and sitting, not per keystroke.

    ``answers`` is the whole section. ``begun_at`` is when the sitting began, ``saved_at`` its last saving.
    """

    __tablename__ = "section_versions"
    __table_args__ = (UniqueConstraint("application_id", "key", "number"),)

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    key: Mapped[str]
    number: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    begun_at: Mapped[Instant] = mapped_column(default=utc_now)
    saved_at: Mapped[Instant] = mapped_column(default=utc_now)

    saved_by: Mapped[Person | None] = relationship()
