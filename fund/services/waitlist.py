"""The waiting list of a call: it moves in the order that the committee gave, when the envelope frees."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.models import AgendaItem, Application, AuditEvent, Call
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.awards import fund
from fund.services.perform import lock, perform
from workflows.application import ApplicationState, ApplicationStep, waiting_organisation_owes_nothing
from workflows.engine import Context
from workflows.permissions import SYSTEM, Actor
from workflows.topics import Deadline


def last_rank(session: Session, call_id: int) -> int:
    """The last rank that is taken; 0 for an empty list."""
    query = select(func.max(Application.waitlist_rank)).where(
        Application.call_id == call_id, Application.state == ApplicationState.WAITLISTED
    )
    return session.scalar(query) or 0


def waiting_files(session: Session, call: Call) -> list[Application]:
    """The files on the list, in its order, with the decisions that put them there."""
    query = select(Application).where(
        Application.call_id == call.id, Application.state == ApplicationState.WAITLISTED
    )
    loads = selectinload(Application.items).joinedload(AgendaItem.session), joinedload(Application.lead)
    return list(session.scalars(query.order_by(Application.waitlist_rank).options(*loads)))


def advance(session: Session, call: Call) -> list[AuditEvent]:
    """Fund from the head of the list as far as the envelope reaches, in its strict order.

    The first whose amount does not fit, or whose organisation owes an overdue report, stops it: nobody overtakes.
    Amount, conditions and motivation are what the committee decided.
    """
    context = Context(actor=SYSTEM, now=utc_now())
    events: list[AuditEvent] = []
    for application in waiting_files(session, call):
        lock(session, application)
        if application.state is not ApplicationState.WAITLISTED:
            continue  # it left the list while its row was waited for: those behind it come up all the same
        item = application.decided_item
        if item is None or item.amount is None or item.amount > call.remaining_envelope():
            break
        if waiting_organisation_owes_nothing(application, context) is not None:
            break
        inputs = {"amount": item.amount, "conditions": item.conditions, "motivation": item.motivation}
        details = {"waitlist_rank": application.waitlist_rank, "session": item.session.reference}
        events.append(fund(session, SYSTEM, application, inputs=inputs, details=details))
    return events


def expire(session: Session, actor: Actor, application: Application, **given: Any) -> AuditEvent:
    """Take a file off the list for good: what it waited for will not come. The alliance reads the reason.

    It may have held up smaller ones behind it, which come up now.
    """
    sets = {"waitlist_rank": None, "motivation": given["inputs"].get("reason")}
    event = perform(session, actor, application, ApplicationStep.EXPIRE, sets=sets, **given)
    outbox.schedule(session, application.call, Deadline.WAITLIST_MOVES, utc_now())
    return event
