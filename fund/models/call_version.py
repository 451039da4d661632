"""What a call said when it was published: versions that never change."""

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.forms.content import read_json
from fund.forms.definition import CallContent
from fund.models.base import Base, Id, Instant, utc_now

if TYPE_CHECKING:
    from fund.models.call import Call


class CallVersion(Base):
    """A frozen content of a call; the database refuses to change one.

    ``number`` counts what was published, from 1; a trial of an unpublished content has none. ``content`` is the
    canonical JSON text, kept as text so that ``digest`` (its SHA-256) can be recomputed by anybody.
    """

    __tablename__ = "call_versions"
    __table_args__ = (UniqueConstraint("call_id", "number"),)

    id: Mapped[Id]
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    number: Mapped[int | None]
    content: Mapped[str]
    digest: Mapped[str]
    made_at: Mapped[Instant] = mapped_column(default=utc_now)
    made_by: Mapped[str]

    call: Mapped["Call"] = relationship(back_populates="versions")

    def read(self) -> CallContent:
        return read_version(self.content)


@lru_cache(maxsize=256)
def read_version(text: str) -> CallContent:
    """The content of a frozen text; a call's files share one, so it is read once."""
    return read_json(text)
