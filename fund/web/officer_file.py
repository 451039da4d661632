"""What the tabs of one file show: who may see which, where the file stands, what was corrected, who can review."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.edge.labels import label
from fund.models import Application, Person, PersonRole, Review
from fund.models.application import PENDING_REVIEWS
from fund.services.access import visible
from workflows.application import ApplicationState
from workflows.permissions import STAFF_ROLES, Actor, Role
from workflows.review import ReviewState

# (endpoint, what the tab says, staff only)
TABS: tuple[tuple[str, Any, bool], ...] = (
    ("officer.show", _l("Summary"), False),
    ("officer.deposited", _l("Deposited file"), False),
    ("officer.alliance", _l("Alliance"), False),
    ("officer.documents", _l("Documents"), False),
    ("thread.of_file", _l("Exchanges"), True),
    ("officer.reviews", _l("Reviews"), False),
    ("officer.decision", _l("Committee and decision"), False),
    ("officer.agreement", _l("Agreement and payments"), True),
)

MAIN_ROAD = (
    ApplicationState.SUBMITTED,
    ApplicationState.IN_REVIEW,
    ApplicationState.REVIEWED,
    ApplicationState.COMMITTEE,
    ApplicationState.FUNDED,
    ApplicationState.REPORTED,
)
# Beside the main road: the stage at which a file of this state stands.
BESIDE = {
    ApplicationState.RETURNED: ApplicationState.SUBMITTED,
    ApplicationState.WAITLISTED: ApplicationState.COMMITTEE,
}


def tabs_of(actor: Actor, application: Application, current: str) -> list[tuple[str, str, bool, None]]:
    """The tabs for ``tabs(…)``; the journal, which has a page for every kind of subject, is the last of them."""
    is_staff = actor.has_role(*STAFF_ROLES)
    found: list[tuple[str, str, bool, None]] = [
        (str(text), url_for(endpoint, reference=application.reference), endpoint == current, None)
        for endpoint, text, staff_only in TABS
        if is_staff or not staff_only
    ]
    if is_staff:
        journal = url_for("journal.show", kind="application", reference=application.reference)
        found.append((gettext("Journal"), journal, current == "journal.show", None))
    return found


def stages_of(application: Application) -> list[dict[str, Any]]:
    """The main road for ``path(…)``; empty for a file that left it for good."""
    here = BESIDE.get(application.state, application.state)
    if here not in MAIN_ROAD:
        return []
    reached = MAIN_ROAD.index(here)
    is_over = here is ApplicationState.REPORTED
    return [
        {
            "label": label(state),
            "status": "done" if index < reached or is_over else "current" if index == reached else "upcoming",
            "when": application.submitted_at if state is ApplicationState.SUBMITTED else None,
        }
        for index, state in enumerate(MAIN_ROAD)
    ]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reviewer to whom the file may be given; ``obstacle`` says why not."""

    person: Person
    load: int
    obstacle: str | None


def candidates_for(session: Session, application: Application) -> list[Candidate]:
    """Every reviewer with the number of readings still to give in, those with the fewest first."""
    load = (
        select(func.count(Review.id))
        .where(Review.reviewer_id == Person.id, Review.state.in_(PENDING_REVIEWS))
        .scalar_subquery()
    )
    query = (
        select(Person, load)
        .where(Person.active, Person.role_rows.any(PersonRole.role == Role.REVIEWER))
        .options(joinedload(Person.organisation))
        .order_by(load, Person.name, Person.id)
    )
    return [Candidate(person, count, _obstacle(application, person)) for person, count in session.execute(query)]


def _obstacle(application: Application, person: Person) -> str | None:
    held = {review.state for review in application.reviews if review.reviewer_id == person.id}
    if ReviewState.RECUSED in held:
        return str(gettext("Recused from this file."))
    if application.is_interested(person.as_actor()):
        return str(gettext("Has an interest: is an author of the file, or belongs to a member of the alliance."))
    if held - {ReviewState.CANCELLED, ReviewState.DECLINED}:
        return str(gettext("Has the file already."))
    return None


def reviews_of(session: Session, actor: Actor, application: Application) -> list[Review]:
    """The readings of the file that the actor may see, with their marks."""
    query = visible(actor, Review).where(Review.application_id == application.id)
    query = query.options(joinedload(Review.reviewer), selectinload(Review.scores))
    return list(session.scalars(query.order_by(Review.id)))


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """Submitted readings side by side: the mean and the spread of their scores, from 0 to 100."""

    submitted: Sequence[Review]
    mean: Decimal | None
    spread: Decimal | None


def summary_of(reviews: Sequence[Review]) -> ScoreSummary:
    submitted = [
        review for review in reviews if review.state is ReviewState.SUBMITTED and review.score is not None
    ]
    scores = [review.score for review in submitted if review.score is not None]
    if not scores:
        return ScoreSummary((), None, None)
    mean = (sum(scores, Decimal(0)) / len(scores)).quantize(Decimal("0.1"))
    return ScoreSummary(submitted, mean, max(scores) - min(scores))
