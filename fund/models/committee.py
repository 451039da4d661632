"""Committee sessions, their members and their agenda."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.application import Application
from fund.models.base import Base, Id, Instant, Money, SubjectMixin, text_enum
from fund.models.call import Call
from fund.models.person import Person
from workflows.committee import COMMITTEE, CommitteeState
from workflows.permissions import Actor, Relation


class Outcome(StrEnum):
    FUNDED = "funded"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"


class CommitteeSession(SubjectMixin, Base):
    """A session of the committee. ``quorum`` counts people present, the chair included."""

    __tablename__ = "committee_sessions"
    __table_args__ = (CheckConstraint("quorum >= 1", name="quorum_positive"),)
    workflow = COMMITTEE
    reference_prefix = "CO"

    state: Mapped[CommitteeState] = mapped_column(text_enum(CommitteeState, "state_known"), index=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    title: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    held_at: Mapped[Instant]
    quorum: Mapped[int] = mapped_column(default=2)
    chair_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    signed_at: Mapped[datetime | None]

    call: Mapped[Call] = relationship()
    chair: Mapped[Person | None] = relationship()
    members: Mapped[list["SessionMember"]] = relationship(back_populates="session", cascade="all, delete-orphan")
    items: Mapped[list["AgendaItem"]] = relationship(
        back_populates="session", order_by="AgendaItem.position", cascade="all, delete-orphan"
    )

    @property
    def is_open(self) -> bool:
        return self.state is CommitteeState.OPEN

    def relations(self, actor: Actor) -> frozenset[Relation]:
        presides = actor.person_id is not None and actor.person_id == self.chair_id
        return frozenset({Relation.PRESIDING}) if presides else frozenset()

    def is_interested(self, actor: Actor) -> bool:  # noqa: ARG002 - interests are per item, on the application
        return False

    def count_present(self) -> int:
        return sum(member.present for member in self.members)

    def count_open_items(self) -> int:
        return sum(item.outcome is None for item in self.items)


class SessionMember(Base):
    __tablename__ = "session_members"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("committee_sessions.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    present: Mapped[bool] = mapped_column(default=False)

    session: Mapped[CommitteeSession] = relationship(back_populates="members")
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class AgendaItem(Base):
    """One file on one agenda, and what became of it."""

    __tablename__ = "agenda_items"
    __table_args__ = (
        UniqueConstraint("session_id", "application_id", name="uq_agenda_items_once"),
        CheckConstraint("outcome IS DISTINCT FROM 'funded' OR amount > 0", name="funded_has_amount"),
        # A file awaits its decision in one session at a time.
        Index("uq_agenda_items_open", "application_id", unique=True, postgresql_where=text("outcome IS NULL")),
    )

    id: Mapped[Id]
    session_id: Mapped[int] = mapped_column(ForeignKey("committee_sessions.id", ondelete="CASCADE"))
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    position: Mapped[int]
    outcome: Mapped[Outcome | None] = mapped_column(text_enum(Outcome, "outcome_known"))
    amount: Mapped[Money | None]
    motivation: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]

    session: Mapped[CommitteeSession] = relationship(back_populates="items")
    application: Mapped[Application] = relationship(back_populates="items")

    @property
    def is_open(self) -> bool:
        return self.outcome is None and self.session.state is not CommitteeState.CANCELLED

    @property
    def proposed_amount(self) -> Decimal | None:
        return self.amount if self.amount is not None else self.application.requested_amount
