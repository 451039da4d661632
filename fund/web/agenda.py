"""The agenda of a session as its people see it, and the form by which one file is decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session, joinedload, selectinload
from wtforms import RadioField, SelectChoice

from fund.edge.sentences import reason_sentence
from fund.edge.step_labels import step_label
from fund.forms.fields import Input
from fund.models import AgendaItem, Application, CommitteeSession
from fund.schemas.steps import FundInput
from fund.services.access import listed, visible
from fund.services.perform import judge_steps
from fund.web.forms import SchemaForm, form_of
from workflows.application import ApplicationState, ApplicationStep
from workflows.engine import Verdict
from workflows.permissions import Actor
from workflows.reasons import ReasonCode
from workflows.review import ReviewState

DECISIONS = (ApplicationStep.FUND, ApplicationStep.WAITLIST, ApplicationStep.DECLINE, ApplicationStep.DEFER)
CANDIDATES_MAXIMUM = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One place on the agenda. ``application`` is None for whoever may not see the file (a declared interest)."""

    item: AgendaItem
    application: Application | None

    @property
    def mean(self) -> Decimal | None:
        return self.application.mean_score() if self.application else None

    @property
    def spread(self) -> Decimal | None:
        return spread_of(self.application) if self.application else None


@dataclass(frozen=True, slots=True)
class Envelope:
    """The envelope of the session's call, in euros, as it stands now."""

    total: Decimal
    remaining: Decimal
    undecided: Decimal

    @property
    def awarded(self) -> Decimal:
        return self.total - self.remaining


def agenda_of(session: Session, actor: Actor, sitting: CommitteeSession) -> list[Line]:
    """The agenda in its order, with the files that exist for this actor."""
    numbers = [item.application_id for item in sitting.items]
    query = visible(actor, Application).where(Application.id.in_(numbers))
    found = {application.id: application for application in session.scalars(query.options(*_with_reviews()))}
    return [Line(item, found.get(item.application_id)) for item in sitting.items]


def candidates_for(session: Session, actor: Actor, sitting: CommitteeSession) -> list[Application]:
    """Reviewed files of the session's call, the best marked first."""
    query = (
        listed(actor, Application)
        .where(Application.call_id == sitting.call_id, Application.state == ApplicationState.REVIEWED)
        .order_by(Application.moved_at, Application.id)
        .limit(CANDIDATES_MAXIMUM)
    )
    files = session.scalars(query.options(*_with_reviews())).all()
    return sorted(files, key=lambda application: application.mean_score() or Decimal(0), reverse=True)


def envelope_of(sitting: CommitteeSession, lines: Iterable[Line]) -> Envelope:
    open_lines = [line for line in lines if line.item.is_open and line.application]
    undecided = [line.application.requested_amount or Decimal(0) for line in open_lines if line.application]
    return Envelope(sitting.call.envelope, sitting.call.remaining_envelope(), sum(undecided, Decimal(0)))


def granted_by(lines: Iterable[Line]) -> Decimal:
    """What the session itself granted, in euros."""
    return sum((line.item.amount for line in lines if line.item.amount is not None), Decimal(0))


def spread_of(application: Application) -> Decimal | None:
    """How far apart the highest and the lowest review lie (0 to 100); None below two reviews."""
    scores = [r.score for r in application.reviews if r.state is ReviewState.SUBMITTED and r.score is not None]
    return max(scores) - min(scores) if len(scores) > 1 else None


@dataclass(frozen=True, slots=True)
class Choices:
    """The decisions that this actor may take on a file now, and the reasons against the others."""

    presides: bool
    allowed: Sequence[StrEnum]
    reasons: Sequence[str]


def choices_of(actor: Actor, item: AgendaItem) -> Choices:
    """Decisions are taken at the file's latest place on an agenda; the former ones are history."""
    application = item.application
    if item is not application.items[-1]:
        return Choices(presides=False, allowed=(), reasons=())
    verdicts = [verdict for verdict in judge_steps(actor, application) if verdict.step.name in DECISIONS]
    if not verdicts or any(_is_for_others(verdict) for verdict in verdicts):
        return Choices(presides=False, allowed=(), reasons=())
    sentences = [reason_sentence(reason) for verdict in verdicts for reason in verdict.reasons]
    allowed = [verdict.step.name for verdict in verdicts if verdict.allowed]
    return Choices(presides=True, allowed=allowed, reasons=tuple(dict.fromkeys(sentences)))


def decision_form(allowed: Iterable[StrEnum], schema: type[Input] = FundInput) -> SchemaForm:
    """One form for the four decisions; ``schema`` is that of the decision taken."""
    choices = [SelectChoice(short_name(step), step_label(step)) for step in allowed]
    body: dict[str, Any] = {
        "schema": schema,
        "decision": RadioField(gettext("Decision"), choices=choices, validate_choice=False),
    }
    form: SchemaForm = type("DecisionForm", (form_of(FundInput),), body)()
    return form


def short_name(step: StrEnum) -> str:
    """The step without its machine's prefix."""
    return str(step).partition(".")[2]


def _is_for_others(verdict: Verdict) -> bool:
    return any(reason.code is ReasonCode.NOT_PERMITTED for reason in verdict.reasons)


def _with_reviews() -> tuple[Any, ...]:
    return (joinedload(Application.lead), selectinload(Application.reviews))
