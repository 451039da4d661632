"""What the tabs of one file show: who may see which, where the file stands, what was corrected, who can review."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.edge.labels import label
from fund.models import Application, InterestKind, Person, PersonRole, Review
from fund.models.application import ENGAGED_REVIEWS, PENDING_REVIEWS
from fund.services.access import visible
from fund.services.interest_lists import Tie
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
    ("advice.of_file", _l("Advice"), False),
    ("officer.decision", _l("Decision"), False),
    ("officer.agreement", _l("Agreement"), True),
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
    """A reviewer to whom the file may be given; ``obstacle`` says why not. Who declined it may be asked again."""

    person: Person
    load: int
    obstacle: str | None
    has_declined: bool


def candidates_for(session: Session, application: Application, ties: Sequence[Tie]) -> list[Candidate]:
    """Every reviewer with the number of readings still to give in, those with the fewest first.

    ``ties`` are the interests in the file.
    """
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
    kept: dict[int, list[Tie]] = {}
    for tie in ties:
        if tie.is_in_force:
            kept.setdefault(tie.person.id, []).append(tie)
    holders = {review.reviewer_id for review in application.reviews if review.state in ENGAGED_REVIEWS}
    refusers = {review.reviewer_id for review in application.reviews if review.state is ReviewState.DECLINED}
    return [
        Candidate(person, count, _obstacle(person, kept.get(person.id, []), holders), person.id in refusers)
        for person, count in session.execute(query)
    ]


def _obstacle(person: Person, ties: Sequence[Tie], holders: Collection[int]) -> str | None:
    if ties:
        reasons = ", ".join(_why(tie) for tie in ties)
        return str(gettext("Has an interest: %(reasons)s", reasons=reasons))
    return str(gettext("Has the file already.")) if person.id in holders else None


def _why(tie: Tie) -> str:
    """Why somebody is kept off; her own word of declaration is not repeated in a list."""
    is_told = bool(tie.detail) and tie.kind is not InterestKind.DECLARED
    return f"{label(tie.kind)} ({tie.detail})" if is_told else label(tie.kind)


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
