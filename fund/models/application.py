"""Applications: the alliance, its project, its authors."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from fund.models.base import PERSONAL, Base, Id, Instant, Money, SubjectMixin, required_with, text_enum, utc_now
from fund.models.call import Call
from fund.models.organisation import Organisation
from fund.models.person import Person
from workflows.application import APPLICATION, ApplicationState
from workflows.permissions import Actor, Relation, Role
from workflows.report import OWED_STATES
from workflows.review import ReviewState

if TYPE_CHECKING:
    from fund.models.award import Award
    from fund.models.committee import AgendaItem
    from fund.models.review import Review

SUBMITTED_STATES = tuple(
    state for state in ApplicationState if state not in (ApplicationState.DRAFT, ApplicationState.WITHDRAWN)
)
ENGAGED_REVIEWS = (ReviewState.ASSIGNED, ReviewState.ACCEPTED, ReviewState.SUBMITTED)
PENDING_REVIEWS = (ReviewState.ASSIGNED, ReviewState.ACCEPTED)


class Right(StrEnum):
    READ = "read"
    WRITE = "write"
    SIGN = "sign"


class Application(SubjectMixin, Base):
    """The file (dossier) of one alliance in one call. Amounts in euros."""

    __tablename__ = "applications"
    __table_args__ = (
        CheckConstraint("requested_amount > 0", name="request_positive"),
        CheckConstraint("total_budget > 0", name="budget_positive"),
        CheckConstraint("requested_amount <= total_budget", name="request_within_budget"),
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
        required_with(
            "state", SUBMITTED_STATES, ("submitted_at", "requested_amount", "total_budget"), "submitted_whole"
        ),
        # The officer's list: newest move first, and by amount, each with the id as the tie-break of its keyset.
        # Drafts are the alliance's own, so they are not in it.
        Index("ix_applications_moved", "moved_at", "id", postgresql_where=text("state <> 'draft'")),
        Index("ix_applications_amount", "requested_amount", "id", postgresql_where=text("state <> 'draft'")),
        Index("ix_applications_call_state_moved", "call_id", "state", "moved_at", "id"),
        Index(
            "uq_applications_waitlist_rank",
            "call_id",
            "waitlist_rank",
            unique=True,
            postgresql_where=text("waitlist_rank IS NOT NULL"),
        ),
        Index("ix_applications_state_moved", "state", "moved_at", "id"),
        Index(
            "ix_applications_title_trgm", "title", postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}
        ),
    )
    workflow = APPLICATION
    reference_prefix = "DO"

    state: Mapped[ApplicationState] = mapped_column(text_enum(ApplicationState, "state_known"))
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    summary: Mapped[str] = mapped_column(String(4000), default="")
    commune_code: Mapped[str | None]
    contact_name: Mapped[str | None] = mapped_column(String(200), info=PERSONAL)
    contact_email: Mapped[str | None] = mapped_column(String(254), info=PERSONAL)
    requested_amount: Mapped[Money | None]
    total_budget: Mapped[Money | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    extended_to: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    return_due_at: Mapped[datetime | None]
    corrections: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    motivation: Mapped[str | None]
    waitlist_rank: Mapped[int | None]

    call: Mapped[Call] = relationship()
    lead: Mapped[Organisation] = relationship()
    members: Mapped[list["Member"]] = relationship(
        back_populates="application", order_by="Member.position", cascade="all, delete-orphan"
    )
    collaborators: Mapped[list["Collaborator"]] = relationship(
        back_populates="application", cascade="all, delete-orphan"
    )
    reviews: Mapped[list["Review"]] = relationship(back_populates="application", order_by="Review.id")
    award: Mapped["Award | None"] = relationship(back_populates="application")
    items: Mapped[list["AgendaItem"]] = relationship(back_populates="application", order_by="AgendaItem.id")

    @property
    def submission_deadline(self) -> datetime:
        """The call's closing, or the individual extension where it is later."""
        return max(self.call.closes_at, self.extended_to) if self.extended_to else self.call.closes_at

    @property
    def current_item(self) -> "AgendaItem | None":
        """The place on the agenda where the file still awaits its decision."""
        return next((item for item in reversed(self.items) if item.is_open), None)

    def relations(self, actor: Actor) -> frozenset[Relation]:
        found: set[Relation] = set()
        for collaborator in self.collaborators:
            if actor.person_id is not None and collaborator.person_id == actor.person_id:
                if collaborator.right in (Right.WRITE, Right.SIGN):
                    found.add(Relation.AUTHOR)
                if collaborator.right is Right.SIGN:
                    found.add(Relation.SIGNATORY)
        if actor.has_role(Role.CHAIR) and self._is_presided_by(actor):
            found.add(Relation.PRESIDING)
        return frozenset(found)

    def _is_presided_by(self, actor: Actor) -> bool:
        """Whether the actor presides over the session that the file awaits, or over the last that it was in."""
        item = self.current_item or (self.items[-1] if self.items else None)
        return item is not None and actor.person_id is not None and item.session.chair_id == actor.person_id

    def is_interested(self, actor: Actor) -> bool:
        """An author, somebody of a member organisation (same SIREN), or somebody who recused herself."""
        if actor.person_id is None:
            return False
        if any(collaborator.person_id == actor.person_id for collaborator in self.collaborators):
            return True
        if any(r.reviewer_id == actor.person_id and r.state is ReviewState.RECUSED for r in self.reviews):
            return True
        organisations = [self.lead, *(member.organisation for member in self.members)]
        return any(
            organisation.id == actor.organisation_id
            or (actor.siren is not None and organisation.siren == actor.siren)
            for organisation in organisations
        )

    def was_scored_by(self, actor: Actor) -> bool:
        return actor.person_id is not None and any(
            review.reviewer_id == actor.person_id and review.state is ReviewState.SUBMITTED
            for review in self.reviews
        )

    def find_overdue_report(self, now: datetime) -> str | None:
        """The reference of a report that the lead owes on an earlier award and that is past its date."""
        from fund.models.award import Award
        from fund.models.report import Report

        session = object_session(self)
        if session is None:
            return None
        return session.scalar(
            select(Report.reference)
            .join(Award, Report.award_id == Award.id)
            .where(
                Award.beneficiary_id == self.lead_id,
                Award.imported.is_(False),
                Report.state.in_(OWED_STATES),
                Report.due_on < func.timezone("Europe/Paris", now).cast(Report.due_on.type),
            )
            .order_by(Report.due_on)
            .limit(1)
        )

    def count_reviewers(self) -> int:
        return sum(review.state in ENGAGED_REVIEWS for review in self.reviews)

    def count_pending_reviews(self) -> int:
        return sum(review.state in PENDING_REVIEWS for review in self.reviews)

    def count_submitted_reviews(self) -> int:
        return sum(review.state is ReviewState.SUBMITTED for review in self.reviews)

    def mean_score(self) -> Decimal | None:
        """The mean of the submitted reviews' weighted scores (0 to 100), or None while there is none."""
        scores = [r.score for r in self.reviews if r.state is ReviewState.SUBMITTED and r.score is not None]
        return (sum(scores, Decimal(0)) / len(scores)).quantize(Decimal("0.1")) if scores else None


class Member(Base):
    """An organisation's part in an alliance; the lead is a member too. ``contribution`` in euros."""

    __tablename__ = "members"
    __table_args__ = (
        UniqueConstraint("application_id", "organisation_id", name="uq_members_once"),
        CheckConstraint("contribution >= 0", name="contribution_positive"),
    )

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    part: Mapped[str] = mapped_column(String(500), default="")
    contribution: Mapped[Money] = mapped_column(default=Decimal(0))

    application: Mapped[Application] = relationship(back_populates="members")
    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)


class Collaborator(Base):
    """A person's right on a file."""

    __tablename__ = "collaborators"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    right: Mapped[Right] = mapped_column(text_enum(Right, "right_known"))
    added_at: Mapped[Instant] = mapped_column(default=utc_now)

    application: Mapped[Application] = relationship(back_populates="collaborators")
    person: Mapped[Person] = relationship()
