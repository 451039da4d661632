"""Rows of published files that were taken in, so that a second run of the same file changes nothing."""

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.award import Award
from fund.models.base import Base, Instant, utc_now


class ImportedRow(Base):
    """The fingerprint of one row (its content, and its rank among identical rows) and the award made from it."""

    __tablename__ = "imported_rows"

    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"), unique=True)
    file_name: Mapped[str]
    line: Mapped[int]
    taken_at: Mapped[Instant] = mapped_column(default=utc_now)

    award: Mapped[Award] = relationship()
