"""Calls for projects, their envelope and their rubric."""

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Text, func, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from fund.forms.content import compose_content
from fund.forms.content_rules import content_faults
from fund.forms.definition import CallContent, RubricLine, Words
from fund.models.base import Base, Id, Instant, Money, SubjectMixin, text_enum
from fund.models.call_version import CallVersion
from fund.models.organisation import Organisation
from workflows.application import ApplicationState
from workflows.award import AwardState
from workflows.call import CALL, CallState
from workflows.permissions import Actor, Relation
from workflows.voting import Outcome

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PUBLIC_STATES = (CallState.PUBLISHED, CallState.OPEN, CallState.CLOSED, CallState.SETTLED)
UNDECIDED_STATES = (
    ApplicationState.SUBMITTED,
    ApplicationState.RETURNED,
    ApplicationState.IN_REVIEW,
    ApplicationState.REVIEWED,
    ApplicationState.COMMITTEE,
    ApplicationState.WAITLISTED,
)
FREED_STATES = (AwardState.REFUSED, AwardState.CANCELLED)
"""Awards in these states no longer weigh on the envelope."""


class Call(SubjectMixin, Base):
    """A call. Amounts in euros; ``max_rate`` is the grant's largest share of the budget, in percent.

    ``definition`` holds the parts of the call's content that no column holds (form, alliance rule, budget plan …);
    ``revision`` is a whole new content that waits to be published as the next version.
    """

    __tablename__ = "calls"
    __table_args__ = (
        CheckConstraint("envelope >= 0", name="envelope_positive"),
        CheckConstraint("min_grant >= 0 AND min_grant <= max_grant", name="grants_in_order"),
        CheckConstraint("max_rate > 0 AND max_rate <= 100", name="rate_is_percentage"),
        CheckConstraint("opens_at < closes_at", name="dates_in_order"),
        CheckConstraint("reviews_required >= 0", name="reviews_positive"),
    )
    workflow = CALL
    reference_prefix = "AP"

    state: Mapped[CallState] = mapped_column(text_enum(CallState, "state_known"), index=True)
    funder_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    title_fr: Mapped[str]
    title_en: Mapped[str]
    summary_fr: Mapped[str] = mapped_column(default="")
    summary_en: Mapped[str] = mapped_column(default="")
    opens_at: Mapped[Instant]
    closes_at: Mapped[Instant]
    envelope: Mapped[Money]
    min_grant: Mapped[Money]
    max_grant: Mapped[Money]
    max_rate: Mapped[Money] = mapped_column(default=Decimal(80))
    required_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    reviews_required: Mapped[int] = mapped_column(default=2)
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    revision: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    funder: Mapped[Organisation] = relationship()
    criteria: Mapped[list["Criterion"]] = relationship(
        back_populates="call", order_by="Criterion.position", cascade="all, delete-orphan"
    )

    versions: Mapped[list[CallVersion]] = relationship(
        back_populates="call", order_by="CallVersion.id", cascade="all, delete-orphan"
    )

    @property
    def content(self) -> CallContent:
        """The call as it stands now, columns and definition together."""
        return compose_content(
            self.definition,
            title=(self.title_fr, self.title_en),
            summary=(self.summary_fr, self.summary_en),
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            envelope=self.envelope,
            grant=(self.min_grant, self.max_grant, self.max_rate),
            kinds=tuple(self.required_kinds),
            reviews=self.reviews_required,
            rubric=[criterion.line for criterion in self.criteria],
        )

    @property
    def published_version(self) -> CallVersion | None:
        """The version that is in force: the last that was published."""
        numbered = [version for version in self.versions if version.number is not None]
        return numbered[-1] if numbered else None

    @property
    def is_cancelled(self) -> bool:
        return self.state is CallState.CANCELLED

    @property
    def is_published(self) -> bool:
        return self.state in PUBLIC_STATES

    def title(self, locale: str) -> str:
        return self.title_en if locale == "en" else self.title_fr

    def summary(self, locale: str) -> str:
        return self.summary_en if locale == "en" else self.summary_fr

    def relations(self, actor: Actor) -> frozenset[Relation]:  # noqa: ARG002 - the same for every actor
        return frozenset()

    def is_interested(self, actor: Actor) -> bool:  # noqa: ARG002 - a call belongs to no alliance
        return False

    def remaining_envelope(self) -> Decimal:
        """What awards in force, and decisions that wait for their release, leave of the envelope, in euros."""
        from fund.models.award import Award
        from fund.models.committee import AgendaItem, CommitteeSession

        awarded = select(func.coalesce(func.sum(Award.amount), 0)).where(
            Award.call_id == self.id, Award.state.not_in(FREED_STATES)
        )
        decided = (
            select(func.coalesce(func.sum(AgendaItem.amount), 0))
            .join(CommitteeSession, CommitteeSession.id == AgendaItem.session_id)
            .where(
                CommitteeSession.call_id == self.id,
                AgendaItem.outcome == Outcome.FUNDED,
                AgendaItem.in_force_at.is_(None),
                AgendaItem.lapsed_at.is_(None),
            )
        )
        committed = select(awarded.scalar_subquery() + decided.scalar_subquery())
        return self.envelope - Decimal(_session_of(self).scalar(committed) or 0)

    def count_applications(self) -> int:
        return self._count(tuple(ApplicationState))

    def count_submitted(self) -> int:
        return self._count(tuple(state for state in ApplicationState if state is not ApplicationState.DRAFT))

    def count_undecided(self) -> int:
        return self._count(UNDECIDED_STATES)

    def count_faults(self) -> int:
        """In how many places the content contradicts itself, the order of dates and the rubric's weights aside."""
        return len(content_faults(self.content).keys() - {"closes_at", "rubric"})

    def _count(self, states: tuple[ApplicationState, ...]) -> int:
        from fund.models.application import Application

        query = select(func.count()).where(
            Application.call_id == self.id, Application.state.in_(states), Application.is_test.is_(False)
        )
        return _session_of(self).scalar(query) or 0


def _session_of(call: Call) -> "Session":
    session = object_session(call)
    if session is None:
        raise RuntimeError("the call is not in a session")
    return session


class Criterion(Base):
    """One line of a call's rubric: a weight in percent and a scale from 0 to ``scale_max``.

    ``anchors`` are what the marks mean, by language (``fr``, ``en``), from 0 on; ``line`` is all of it together.
    """

    __tablename__ = "criteria"
    __table_args__ = (
        CheckConstraint("weight > 0 AND weight <= 100", name="weight_is_percentage"),
        CheckConstraint("scale_max > 0", name="scale_positive"),
    )

    id: Mapped[Id]
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    label_fr: Mapped[str]
    label_en: Mapped[str]
    weight: Mapped[Money]
    scale_max: Mapped[int] = mapped_column(default=5)
    key: Mapped[str] = mapped_column(default="")
    help_fr: Mapped[str] = mapped_column(default="")
    help_en: Mapped[str] = mapped_column(default="")
    anchors: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    threshold: Mapped[int | None]

    call: Mapped[Call] = relationship(back_populates="criteria")

    @property
    def line(self) -> RubricLine:
        """What the call's content says of this criterion."""
        return RubricLine(
            key=self.key,
            label=Words(self.label_fr, self.label_en),
            weight=self.weight,
            scale=self.scale_max,
            help=Words(self.help_fr, self.help_en),
            anchors=tuple(Words(**anchor) for anchor in self.anchors),
            threshold=self.threshold,
        )

    @line.setter
    def line(self, line: RubricLine) -> None:
        self.key = line.key
        self.label_fr, self.label_en = line.label.fr, line.label.en
        self.weight, self.scale_max, self.threshold = line.weight, line.scale, line.threshold
        self.help_fr, self.help_en = line.help.fr, line.help.en
        self.anchors = [asdict(anchor) for anchor in line.anchors]

    def label(self, locale: str) -> str:
        return self.label_en if locale == "en" else self.label_fr
