"""The agenda of a session as its people see it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.documents.charts import facts as charts
from fund.documents.charts.pictures import picture_of
from fund.edge.i18n import current_language
from fund.models import AgendaItem, Application, CommitteeSession, Outcome
from fund.services.access import listed
from fund.services.ranking import AdjustedScore, adjusted_scores
from fund.services.seats import interests_on
from workflows.application import ApplicationState
from workflows.permissions import Actor
from workflows.review import ReviewState

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
    """The envelope of the session's call as it stands now, in euros.

    ``remaining`` is what awards and decisions leave of ``total``; ``decided`` is what this session granted and has
    not released yet; ``proposed`` and ``undecided`` are what its open files may get by the proposals, and ask.
    """

    total: Decimal
    remaining: Decimal
    decided: Decimal
    proposed: Decimal
    undecided: Decimal

    @property
    def awarded(self) -> Decimal:
        """Awards, and what other sessions decided."""
        return self.total - self.remaining - self.decided

    @property
    def after_proposals(self) -> Decimal:
        """What is left once everything that is proposed is granted; below zero where that goes beyond."""
        return self.remaining - self.proposed

    @property
    def picture(self) -> Markup:
        facts = charts.Envelope(
            gettext("The envelope of the call"), self.total, self.awarded, self.decided, self.proposed
        )
        return Markup(picture_of(facts, current_language()))  # noqa: S704 - our own SVG, its texts are escaped


def agenda_of(session: Session, actor: Actor, sitting: CommitteeSession) -> list[Line]:
    """The agenda in its order. Of a file in which the actor has an interest only the place is shown."""
    numbers = [item.application_id for item in sitting.items]
    query = select(Application).where(Application.id.in_(numbers))
    found = {application.id: application for application in session.scalars(query.options(*_with_reviews()))}
    kept = interests_on(session, numbers, [actor.person_id or 0])
    return [
        Line(item, None if (actor.person_id, item.application_id) in kept else found[item.application_id])
        for item in sitting.items
    ]


def scores_of(session: Session, sitting: CommitteeSession) -> dict[int, AdjustedScore]:
    """What each file of the agenda that was read scored, by the file's number."""
    scores = adjusted_scores(session, sitting.call_id)
    return {
        item.application_id: scores[item.application_id] for item in sitting.items if item.application_id in scores
    }


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


def envelope_of(sitting: CommitteeSession, lines: Sequence[Line]) -> Envelope:
    """The envelope while the session decides; of open files, those that the reader sees."""
    open_lines = [line for line in lines if line.item.is_open and line.application]
    return Envelope(
        total=sitting.call.envelope,
        remaining=sitting.call.remaining_envelope(),
        decided=_sum(line.item.amount for line in lines if _is_granted(line.item) and line.item.awaits_force),
        proposed=_sum(
            line.item.suggested_amount for line in open_lines if line.item.proposed_outcome is Outcome.FUNDED
        ),
        undecided=_sum(line.application.requested_amount for line in open_lines if line.application),
    )


def granted_by(lines: Iterable[Line]) -> Decimal:
    """What the session itself granted, in euros."""
    return _sum(line.item.amount for line in lines if _is_granted(line.item))


def _is_granted(item: AgendaItem) -> bool:
    return item.outcome is Outcome.FUNDED and item.lapsed_at is None


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def spread_of(application: Application) -> Decimal | None:
    """How far apart the highest and the lowest review lie (0 to 100); None below two reviews."""
    scores = [r.score for r in application.reviews if r.state is ReviewState.SUBMITTED and r.score is not None]
    return max(scores) - min(scores) if len(scores) > 1 else None


def _with_reviews() -> tuple[Any, ...]:
    return (joinedload(Application.lead), selectinload(Application.reviews))
