"""What the models share: the declarative base, column types, and the subject of a workflow."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Enum,
    Identity,
    LargeBinary,
    Numeric,
    Text,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, validates

from fund.db import metadata
from workflows import Workflow
from workflows.engine import require_engine
from workflows.permissions import Actor, Relation

Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Money = Annotated[Decimal, mapped_column(Numeric(14, 2))]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Day = Annotated[date, mapped_column(Date)]

PERSONAL = {"personal": True}
"""``info`` of a column whose values stay out of the journal's chain (they go beside it, erasable)."""


class Base(DeclarativeBase):
    metadata = metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text(), datetime: DateTime(timezone=True), date: Date()}


def text_enum(enum: type[StrEnum], name: str) -> Enum:
    """A StrEnum kept as its value in a text column with a CHECK, so that a new value is a cheap migration."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def utc_now() -> datetime:
    return datetime.now(UTC)


class SubjectMixin:
    """What has a state: reference, state, version, and the head of its journal.

    ``version`` counts writes (the API's ETag). ``journal_length`` and ``journal_head`` are the length and the last
    hash of the subject's chain: a tail cut off the journal shows against them.
    """

    workflow: ClassVar[Workflow]
    reference_prefix: ClassVar[str]

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)
    moved_at: Mapped[Instant] = mapped_column(default=utc_now)
    created_at: Mapped[Instant] = mapped_column(default=utc_now)
    imported: Mapped[bool] = mapped_column(default=False)
    journal_length: Mapped[int] = mapped_column(default=0)
    journal_head: Mapped[bytes | None] = mapped_column(LargeBinary)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - a declared_attr receives the class
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]  # set by the declarative base

    @validates("state")
    def _only_the_engine_moves(self, _key: str, value: StrEnum) -> StrEnum:
        require_engine(self)
        return value

    def relations(self, actor: Actor) -> frozenset[Relation]:
        """What ties the actor to this subject."""
        raise NotImplementedError(actor)

    def is_interested(self, actor: Actor) -> bool:
        """Whether the actor has an interest in the file that this subject belongs to."""
        raise NotImplementedError(actor)


@event.listens_for(SubjectMixin, "init", propagate=True)
def _start_in_initial_state(subject: Any, _args: Any, _kwargs: Any) -> None:
    subject.workflow.start(subject)


def required_with(
    state_column: str, states: tuple[StrEnum, ...], columns: tuple[str, ...], name: str
) -> CheckConstraint:
    """A CHECK that ties states to the columns they need: in these states none of the columns is empty."""
    listed = ", ".join(f"'{state.value}'" for state in states)
    filled = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    return CheckConstraint(f"{state_column} NOT IN ({listed}) OR ({filled})", name=name)
