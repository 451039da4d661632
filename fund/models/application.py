"""Applications: the alliance, its project, its authors."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from fund.forms.alliance import Composition, MemberFacts, compose
from fund.forms.budget import Budget, load_budget
from fund.forms.compiler import Judged, judge
from fund.forms.conditions import parse
from fund.forms.definition import CallContent, DocumentRule, Feedback, LateRule
from fund.forms.project import BUDGET
from fund.models.alliance import Collaborator, Endorsement, EndorsementState, Member, Right
from fund.models.base import PERSONAL, Base, Money, SubjectMixin, required_with, text_enum
from fund.models.call import Call
from fund.models.call_version import CallVersion
from fund.models.organisation import Organisation
from fund.models.writing import Section
from workflows.application import APPLICATION, ApplicationState
from workflows.permissions import Actor, Relation
from workflows.report import OWED_STATES
from workflows.review import ReviewState

if TYPE_CHECKING:
    from fund.models.award import Award
    from fund.models.committee import AgendaItem
    from fund.models.discussion import Discussion
    from fund.models.document import Document
    from fund.models.receipt import Receipt
    from fund.models.review import Review

SUBMITTED_STATES = tuple(
    state for state in ApplicationState if state not in (ApplicationState.DRAFT, ApplicationState.WITHDRAWN)
)
ENGAGED_REVIEWS = (ReviewState.ASSIGNED, ReviewState.ACCEPTED, ReviewState.SUBMITTED)
PENDING_REVIEWS = (ReviewState.ASSIGNED, ReviewState.ACCEPTED)


class Application(SubjectMixin, Base):
    """The file (dossier) of one alliance in one call. Amounts in euros.

    ``version_id`` is the version of the call that it was written with (imported history has none). A test file
    (``is_test``) is an officer's own trial of a call: nobody else sees it, and it is counted nowhere.
    """

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
        # Interests are found by the address and its domain (fund.models.interest).
        Index("ix_applications_mail_domain", func.split_part(func.lower(text("contact_email")), "@", 2)),
        Index("ix_applications_address", func.lower(text("contact_email"))),
        Index(
            "ix_applications_title_trgm", "title", postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}
        ),
    )
    workflow = APPLICATION
    reference_prefix = "DO"

    state: Mapped[ApplicationState] = mapped_column(text_enum(ApplicationState, "state_known"))
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("call_versions.id"), index=True)
    is_test: Mapped[bool] = mapped_column(default=False)
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
    overdue_waived_at: Mapped[datetime | None]
    overdue_waived_reason: Mapped[str] = mapped_column(default="")

    call: Mapped[Call] = relationship()
    call_version: Mapped[CallVersion | None] = relationship()
    lead: Mapped[Organisation] = relationship()
    members: Mapped[list[Member]] = relationship(
        back_populates="application", order_by="Member.position", cascade="all, delete-orphan"
    )
    collaborators: Mapped[list[Collaborator]] = relationship(
        back_populates="application", cascade="all, delete-orphan"
    )
    endorsements: Mapped[list[Endorsement]] = relationship(
        back_populates="application", order_by="Endorsement.id", cascade="all, delete-orphan"
    )
    sections: Mapped[list[Section]] = relationship(cascade="all, delete-orphan")
    documents: Mapped[list["Document"]] = relationship(
        back_populates="application", order_by="Document.id", cascade="all, delete-orphan"
    )
    receipts: Mapped[list["Receipt"]] = relationship(back_populates="application", order_by="Receipt.number")
    reviews: Mapped[list["Review"]] = relationship(back_populates="application", order_by="Review.id")
    discussions: Mapped[list["Discussion"]] = relationship(
        back_populates="application", order_by="Discussion.id", cascade="all, delete-orphan"
    )
    award: Mapped["Award | None"] = relationship(back_populates="application")
    items: Mapped[list["AgendaItem"]] = relationship(back_populates="application", order_by="AgendaItem.id")

    @property
    def rules(self) -> CallContent:
        """The call as this file was written with it: form, alliance, budget, documents, limits of the grant."""
        return self.call_version.read() if self.call_version else self.call.content

    @property
    def tells_motivation(self) -> bool:
        """Whether the alliance reads why the committee decided as it did."""
        return self.rules.feedback is not Feedback.NONE

    @property
    def submission_deadline(self) -> datetime:
        """The call's closing, with the grace that its rule gives to drafts, or the extension where it is later."""
        closes_at = self.call.closes_at
        rule = self.rules.deadline
        if rule.rule is LateRule.GRACE:
            closes_at += timedelta(minutes=rule.minutes)
        return max(closes_at, self.extended_to) if self.extended_to else closes_at

    # --- what is written, judged by the rules ---------------------------------------------------------------

    def answers(self) -> dict[str, Mapping[str, Any]]:
        """The raw answers of the call's form, by section."""
        known = {section.key for section in self.rules.form.sections}
        return {section.key: section.answers for section in self.sections if section.key in known}

    def section(self, key: str) -> Section | None:
        return next((section for section in self.sections if section.key == key), None)

    def present_slots(self) -> frozenset[str]:
        """The places of the file that hold a document which can be read."""
        return frozenset(document.slot for document in self.documents if document.fills_its_place)

    def judge_form(self, *, complete: bool = True) -> Judged:
        """The answers to the call's form as values, and everything that speaks against them."""
        return judge(self.rules.form, self.answers(), files=self.present_slots(), complete=complete)

    def judge_budget(self, *, complete: bool = True) -> Budget | None:
        """The budget in the plan of the Cerfa form; None where the call asks for none."""
        rule = self.rules.budget
        if rule is None:
            return None
        section = self.section(BUDGET)
        return load_budget(section.answers if section else {}, rule, self.rules.grant, complete=complete)

    def asked_documents(self) -> list[tuple[str, DocumentRule, Member | None]]:
        """Every document that this file must or may hold: its place, its rule, the member it is asked from."""
        values = {
            f"{section}.{name}": value
            for section, answers in self.judge_form(complete=False).values.items()
            for name, value in answers.items()
        }
        found: list[tuple[str, DocumentRule, Member | None]] = []
        for rule in self.rules.documents:
            if rule.show_if and not parse(rule.show_if).holds(values):
                continue
            if rule.per_member:
                found += [(f"asked.{rule.key}.{member.id}", rule, member) for member in self.members]
            else:
                found.append((f"asked.{rule.key}", rule, None))
        return found

    def missing_documents(self) -> list[tuple[str, DocumentRule, Member | None]]:
        present = self.present_slots()
        return [asked for asked in self.asked_documents() if asked[1].required and asked[0] not in present]

    def compose_alliance(self) -> Composition:
        """The alliance as it stands, against the call's rule."""
        members = [
            MemberFacts(
                name=member.organisation.name,
                kind=member.organisation.kind,
                commune=member.organisation.commune_code,
                territory=member.territory,
                confirmed=member.is_confirmed,
            )
            for member in self.members
        ]
        endorsed = any(endorsement.status is EndorsementState.GIVEN for endorsement in self.endorsements)
        return compose(self.rules.alliance, members, project_commune=self.commune_code, endorsed=endorsed)

    @property
    def current_item(self) -> "AgendaItem | None":
        """The place on the agenda where the file still awaits its decision."""
        return next((item for item in reversed(self.items) if item.is_open), None)

    @property
    def decided_item(self) -> "AgendaItem | None":
        """The place on the agenda where the file was decided last."""
        return next((item for item in reversed(self.items) if item.outcome is not None), None)

    @property
    def awaited_item(self) -> "AgendaItem | None":
        """The place on an agenda whose decision the alliance does not know yet, taken or not."""
        return next(
            (item for item in reversed(self.items) if item.in_force_at is None and item.lapsed_at is None), None
        )

    @property
    def released_items(self) -> "list[AgendaItem]":
        """The decisions that are in force, the latest last: what the alliance may know of them."""
        return [item for item in self.items if item.in_force_at is not None]

    @property
    def has_open_discussion(self) -> bool:
        return any(discussion.is_open for discussion in self.discussions)

    def is_next_on_waitlist(self) -> bool:
        """Whether no other file of the call stands before this one on the waiting list."""
        session = object_session(self)
        if session is None or self.waitlist_rank is None:
            return False
        before = select(func.count()).where(
            Application.call_id == self.call_id,
            Application.state == ApplicationState.WAITLISTED,
            Application.waitlist_rank < self.waitlist_rank,
        )
        return not session.scalar(before)

    def relations(self, actor: Actor) -> frozenset[Relation]:
        found: set[Relation] = set()
        if actor.person_id is None:  # nothing ties the program to a file
            return frozenset()
        for collaborator in self.collaborators:
            if collaborator.person_id == actor.person_id:
                if collaborator.right in (Right.WRITE, Right.SIGN):
                    found.add(Relation.AUTHOR)
                if collaborator.right is Right.SIGN:
                    found.add(Relation.SIGNATORY)
                if self.is_test:
                    found.add(Relation.TESTER)
        if any(endorsement.person_id == actor.person_id for endorsement in self.endorsements):
            found.add(Relation.ENDORSER)
        return frozenset(found)

    def is_interested(self, actor: Actor) -> bool:
        """Whether an interest of the actor in this file was declared, or found and not lifted."""
        from fund.models.interest import is_kept_off

        session = object_session(self)
        if actor.person_id is None or session is None:
            return False
        return bool(session.scalar(select(is_kept_off(actor.person_id, self.id))))

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
