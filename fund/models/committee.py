"""Committee sessions, their members and their agenda."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, exists, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from fund.models.application import Application
from fund.models.base import Base, Id, Instant, Money, SubjectMixin, required_with, text_enum
from fund.models.call import Call
from fund.models.person import Person
from workflows.committee import COMMITTEE, CommitteeState
from workflows.permissions import Actor, Relation
from workflows.voting import Majority, Outcome, QuorumBasis, people_for_quorum

if TYPE_CHECKING:
    from fund.models.letter import Letter
    from fund.models.motion import Motion
    from fund.models.simulation import Simulation

BEGUN_STATES = (CommitteeState.OPEN, CommitteeState.CLOSED, CommitteeState.SIGNED, CommitteeState.RELEASED)


class CommitteeSession(SubjectMixin, Base):
    """A session of the committee, and the rules by which it decides.

    ``quorum`` counts people in the room, whoever presides included, or a share of the members in percent
    (``quorum_basis``). ``current_position`` is the place on the agenda that is being dealt with. ``minutes`` are
    the facts that the chair signed, and ``minutes_sha256`` their hash, which stands in the journal too. At
    ``releases_at`` every decision comes into force at once.
    """

    __tablename__ = "committee_sessions"
    __table_args__ = (
        CheckConstraint("quorum >= 1", name="quorum_positive"),
        CheckConstraint("quorum_basis <> 'percent' OR quorum <= 100", name="quorum_is_share"),
        CheckConstraint("deputy_id <> chair_id", name="deputy_is_another"),
        required_with(
            "state",
            (CommitteeState.SIGNED, CommitteeState.RELEASED),
            ("signed_at", "minutes", "minutes_sha256"),
            "signed_whole",
        ),
        required_with("state", (CommitteeState.RELEASED,), ("releases_at",), "released_whole"),
    )
    workflow = COMMITTEE
    reference_prefix = "CO"

    state: Mapped[CommitteeState] = mapped_column(text_enum(CommitteeState, "state_known"), index=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    title: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    held_at: Mapped[Instant]
    quorum: Mapped[int] = mapped_column(default=2)
    quorum_basis: Mapped[QuorumBasis] = mapped_column(
        text_enum(QuorumBasis, "quorum_basis_known"), default=QuorumBasis.PEOPLE
    )
    majority: Mapped[Majority] = mapped_column(text_enum(Majority, "majority_known"), default=Majority.SIMPLE)
    secret_ballot: Mapped[bool] = mapped_column(default=False)
    casting_vote: Mapped[bool] = mapped_column(default=False)
    chair_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    current_position: Mapped[int | None]
    notes: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    minutes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    minutes_sha256: Mapped[str | None]
    releases_at: Mapped[datetime | None]

    call: Mapped[Call] = relationship()
    chair: Mapped[Person | None] = relationship(foreign_keys=chair_id)
    deputy: Mapped[Person | None] = relationship(foreign_keys=deputy_id)
    members: Mapped[list["SessionMember"]] = relationship(
        back_populates="session", order_by="SessionMember.person_id", cascade="all, delete-orphan"
    )
    items: Mapped[list["AgendaItem"]] = relationship(
        back_populates="session", order_by="AgendaItem.position", cascade="all, delete-orphan"
    )
    simulations: Mapped[list["Simulation"]] = relationship(
        back_populates="session", order_by="Simulation.number", cascade="all, delete-orphan"
    )

    @property
    def is_open(self) -> bool:
        return self.state is CommitteeState.OPEN

    @property
    def has_begun(self) -> bool:
        return self.state in BEGUN_STATES

    @property
    def is_released(self) -> bool:
        return self.state is CommitteeState.RELEASED

    @property
    def current_item(self) -> "AgendaItem | None":
        """The file that is being dealt with."""
        return next((item for item in self.items if item.position == self.current_position), None)

    def relations(self, actor: Actor) -> frozenset[Relation]:
        found: set[Relation] = set()
        if actor.person_id is not None:
            if actor.person_id in (self.chair_id, self.deputy_id):
                found.add(Relation.PRESIDING)
            if any(member.person_id == actor.person_id for member in self.members):
                found.add(Relation.SEATED)
        return frozenset(found)

    def is_interested(self, actor: Actor) -> bool:  # noqa: ARG002 - interests are per item, on the application
        return False

    def people_for_quorum(self) -> int:
        """How many people in the room the session needs to decide."""
        return people_for_quorum(self.quorum, self.quorum_basis, len(self.members))

    def count_present(self) -> int:
        return sum(member.present for member in self.members)

    def count_open_items(self) -> int:
        return sum(item.is_open for item in self.items)

    def has_open_vote(self) -> bool:
        """Whether something is being put to the vote; asked in one query, however long the agenda."""
        from fund.models.motion import Motion

        session = object_session(self)
        if session is None:
            return False
        query = exists().where(
            Motion.item_id == AgendaItem.id, AgendaItem.session_id == self.id, Motion.result.is_(None)
        )
        return bool(session.scalar(select(query)))

    def count_unchecked_letters(self) -> int:
        """Decisions whose letter nobody has read yet; a file withdrawn since needs none."""
        awaited = (item for item in self.items if item.awaits_force)
        return sum(item.letter is None or not item.letter.is_checked for item in awaited)


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
    """One file on one agenda, and what became of it. Amounts in euros.

    ``proposed_*`` is what the officers (or an adopted simulation) put before the committee; ``outcome`` and what
    follows is what it decided. A decision is in force from ``in_force_at``, the release; until then it weighs on
    the envelope all the same. ``lapsed_at``: the alliance withdrew before.
    """

    __tablename__ = "agenda_items"
    __table_args__ = (
        UniqueConstraint("session_id", "application_id", name="uq_agenda_items_once"),
        UniqueConstraint(
            "session_id", "position", name="uq_agenda_items_position", deferrable=True, initially="DEFERRED"
        ),
        required_with("outcome", (Outcome.FUNDED, Outcome.WAITLISTED), ("amount",), "grant_has_amount"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("outcome IS DISTINCT FROM 'waitlisted' OR rank > 0", name="waitlisted_has_rank"),
        CheckConstraint(
            "in_force_at IS NULL OR (outcome IS NOT NULL AND lapsed_at IS NULL)", name="in_force_is_decided"
        ),
        Index(
            "uq_agenda_items_rank",
            "session_id",
            "rank",
            unique=True,
            postgresql_where=text("outcome = 'waitlisted' AND lapsed_at IS NULL"),
        ),
        # A file awaits its decision, and its decision its release, in one session at a time.
        Index(
            "uq_agenda_items_open",
            "application_id",
            unique=True,
            postgresql_where=text("in_force_at IS NULL AND lapsed_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    session_id: Mapped[int] = mapped_column(ForeignKey("committee_sessions.id", ondelete="CASCADE"))
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    position: Mapped[int]
    proposed_outcome: Mapped[Outcome | None] = mapped_column(text_enum(Outcome, "proposed_outcome_known"))
    proposed_amount: Mapped[Money | None]
    notes: Mapped[str] = mapped_column(default="")
    outcome: Mapped[Outcome | None] = mapped_column(text_enum(Outcome, "outcome_known"))
    amount: Mapped[Money | None]
    rank: Mapped[int | None]
    conditions: Mapped[str] = mapped_column(default="")
    motivation: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    in_force_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]

    session: Mapped[CommitteeSession] = relationship(back_populates="items")
    application: Mapped[Application] = relationship(back_populates="items")
    motions: Mapped[list["Motion"]] = relationship(
        back_populates="item", order_by="Motion.number", cascade="all, delete-orphan"
    )
    letter: Mapped["Letter | None"] = relationship(back_populates="item", cascade="all, delete-orphan")

    @property
    def is_open(self) -> bool:
        """Whether the committee still has to decide."""
        return self.outcome is None and self.lapsed_at is None

    @property
    def awaits_force(self) -> bool:
        """Whether it is decided, and not released yet."""
        return self.outcome is not None and self.in_force_at is None and self.lapsed_at is None

    @property
    def open_motion(self) -> "Motion | None":
        return next((motion for motion in self.motions if motion.is_open), None)

    @property
    def suggested_amount(self) -> Decimal | None:
        """What a form begins with: what is proposed, else what is asked."""
        return self.proposed_amount if self.proposed_amount is not None else self.application.requested_amount
