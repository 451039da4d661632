"""The seven kinds of subject that the API serves: model, shape, filters, and what one page of them loads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from fund.edge.access import PUBLIC, SIGNED_IN, Access
from fund.models import (
    AgendaItem,
    Application,
    Award,
    Call,
    Collaborator,
    CommitteeSession,
    Disbursement,
    Report,
    Review,
    Subject,
)
from fund.schemas import queries, views
from fund.services.listing import Order
from workflows import Workflow

Filter = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind. ``loads`` is all that its shape reads, so that a page costs the same statements at any length."""

    path: str
    noun: str
    model: type[Subject]
    view: type[views.SubjectView]
    query: type[queries.ListQuery]
    loads: tuple[ORMOption, ...]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    access: Access = SIGNED_IN

    @property
    def workflow(self) -> Workflow:
        return self.model.workflow

    @property
    def order(self) -> Order:
        """Newest first; by the row's number, so that a row which moves is neither skipped nor read twice."""
        return Order((self.model.id,))

    def conditions(self, given: Mapping[str, Any]) -> list[ColumnElement[bool]]:
        """The filters of the query string as conditions."""
        found = [self.model.state == given["state"]] if "state" in given else []
        return found + [make(given[name]) for name, make in self.filters.items() if name in given]


def _refers(column: Any, target: type[Subject]) -> Filter:
    """The filter by the reference of what the column points to; an unknown reference finds nothing."""
    return lambda reference: column.in_(select(target.id).where(target.reference == reference))


CALLS = Kind(
    path="calls",
    noun="call",
    model=Call,
    view=views.CallView,
    query=queries.CallsQuery,
    loads=(joinedload(Call.funder), selectinload(Call.criteria)),
    access=PUBLIC,
)
APPLICATIONS = Kind(
    path="applications",
    noun="application",
    model=Application,
    view=views.ApplicationView,
    query=queries.ApplicationsQuery,
    loads=(
        joinedload(Application.call),
        joinedload(Application.lead),
        selectinload(Application.members),
        selectinload(Application.collaborators).lazyload(Collaborator.person),
    ),
    filters={"call": _refers(Application.call_id, Call)},
)
REVIEWS = Kind(
    path="reviews",
    noun="review",
    model=Review,
    view=views.ReviewView,
    query=queries.ReviewsQuery,
    loads=(joinedload(Review.application), joinedload(Review.reviewer), selectinload(Review.scores)),
    filters={"application": _refers(Review.application_id, Application)},
)
SESSIONS = Kind(
    path="sessions",
    noun="session",
    model=CommitteeSession,
    view=views.SessionView,
    query=queries.SessionsQuery,
    loads=(
        joinedload(CommitteeSession.call),
        joinedload(CommitteeSession.chair),
        joinedload(CommitteeSession.deputy),
        selectinload(CommitteeSession.members),
        selectinload(CommitteeSession.items).joinedload(AgendaItem.application),
    ),
    filters={"call": _refers(CommitteeSession.call_id, Call)},
)
AWARDS = Kind(
    path="awards",
    noun="award",
    model=Award,
    view=views.AwardView,
    query=queries.AwardsQuery,
    loads=(
        joinedload(Award.application),
        joinedload(Award.call),
        joinedload(Award.beneficiary),
        selectinload(Award.disbursements),
    ),
    filters={
        "call": _refers(Award.call_id, Call),
        "application": _refers(Award.application_id, Application),
    },
)
DISBURSEMENTS = Kind(
    path="disbursements",
    noun="disbursement",
    model=Disbursement,
    view=views.DisbursementView,
    query=queries.DisbursementsQuery,
    loads=(
        joinedload(Disbursement.award),
        joinedload(Disbursement.ordered_by),
        joinedload(Disbursement.approved_by),
    ),
    filters={"award": _refers(Disbursement.award_id, Award)},
)
REPORTS = Kind(
    path="reports",
    noun="report",
    model=Report,
    view=views.ReportView,
    query=queries.ReportsQuery,
    loads=(joinedload(Report.award),),
    filters={"award": _refers(Report.award_id, Award)},
)

KINDS = (CALLS, APPLICATIONS, REVIEWS, SESSIONS, AWARDS, DISBURSEMENTS, REPORTS)
