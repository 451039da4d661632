"""The payment desk: what is due, ordered, approved, held or failed, and one tranche with its steps.

/versements               the tranches by state (?etat=), at first those on which somebody must act; those of one
                          part of the cash plan (?echeance= ?appel=)
/versements/<reference>   one tranche
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.models import Award, Disbursement
from fund.services import cash_plan
from fund.services.access import find, visible, visible_to
from fund.services.listing import Order, paginate
from fund.services.tranche_documents import WAITING
from fund.web.cash_plan import Part, call_asked, part_asked, today
from fund.web.lists import chosen, cursor, neighbours
from fund.web.steps import offers_of
from fund.web.tranches import failure_of, holder_of, last_reason, loads_of_waits, things_awaited, waits_for
from workflows.disbursement import DisbursementState, DisbursementStep
from workflows.permissions import STAFF_ROLES, Actor, Role

blueprint = Blueprint("disbursements", __name__)

READERS = only(*STAFF_ROLES)
# In the order in which they are acted upon.
TO_ACT = (
    DisbursementState.DUE,
    DisbursementState.ORDERED,
    DisbursementState.APPROVED,
    DisbursementState.FAILED,
    DisbursementState.HELD,
)
# The states that a fund has few tranches in at any time; history only adds to the others.
COUNTED = (*TO_ACT, DisbursementState.SENT, DisbursementState.PLANNED)
ENDED = (DisbursementState.CANCELLED,)
FINISHED = (DisbursementState.PAID, *ENDED)
LONGEST_WAITING_FIRST = Order((Disbursement.moved_at, Disbursement.id), descending=False)
LATEST_FIRST = Order((Disbursement.moved_at, Disbursement.id))
EXPLAINED = {
    DisbursementState.FAILED: DisbursementStep.FAIL,
    DisbursementState.CANCELLED: DisbursementStep.CANCEL,
    DisbursementState.DUE: DisbursementStep.REJECT,
}


@dataclass(frozen=True, slots=True)
class Sum:
    """How many tranches stand in a state, and their amount in euros."""

    count: int
    amount: Decimal


@blueprint.get("/versements")
@access(READERS)
def index() -> str:
    part = part_asked()
    return _part_page(part) if part else _states_page()


def _states_page() -> str:
    session, actor, state = current_session(), current_actor(), chosen(DisbursementState)
    query = visible(actor, Disbursement).where(Disbursement.state.in_((state,) if state else TO_ACT))
    order = LATEST_FIRST if state in FINISHED else LONGEST_WAITING_FIRST
    return _list_page(
        query,
        order,
        state=state,
        sums=sums_of(session, actor),
        paid=paid_this_year(session, actor) if state is DisbursementState.PAID else None,
        to_act=(*TO_ACT, DisbursementState.SENT),
        # Few look for what was cancelled: a tab of its own only while one does.
        tabs_of=(*COUNTED, DisbursementState.PAID, *((state,) if state in ENDED else ())),
        ended=ENDED,
        may_order=actor.has_role(Role.OFFICER),
        may_approve=actor.has_role(Role.FINANCE),
    )


def _part_page(part: Part) -> str:
    """The tranches behind one part of the cash plan, whatever their state."""
    session, actor, call = current_session(), current_actor(), call_asked()
    own = [] if call is None else [Award.call_id == call.id]
    behind = (cash_plan.falls_to(part.span, part.month, today=today()), *own)
    is_seen = visible_to(actor, Disbursement)
    sums = select(
        func.count(),
        func.count().filter(is_seen),
        func.coalesce(func.sum(Disbursement.amount).filter(is_seen), 0),
    )
    in_all, count, amount = session.execute(sums.join_from(Disbursement, Award).where(*behind)).one()
    return _list_page(
        visible(actor, Disbursement).join(Disbursement.award).where(*behind),
        LONGEST_WAITING_FIRST,
        part=part,
        call=call,
        sum=Sum(count, amount),
        hidden=in_all - count,
    )


def _list_page(query: Select[Disbursement], order: Order, **shown: Any) -> str:
    page = paginate(current_session(), query.options(*loads_of_waits()), order, cursor=cursor())
    return render_template(
        "disbursements/part.html" if "part" in shown else "disbursements/index.html",
        tranches=[(tranche, waits_for(tranche)) for tranche in page.items],
        **shown,
        **neighbours(page),
    )


def sums_of(session: Session, actor: Actor) -> Mapping[DisbursementState, Sum]:
    """Count and amount per state, of the states that do not grow with history."""
    query = (
        select(Disbursement.state, func.count(), func.sum(Disbursement.amount))
        .where(visible_to(actor, Disbursement), Disbursement.state.in_(COUNTED))
        .group_by(Disbursement.state)
    )
    found = {state: Sum(count, amount) for state, count, amount in session.execute(query)}
    return {state: found.get(state, Sum(0, Decimal(0))) for state in COUNTED}


def paid_this_year(session: Session, actor: Actor) -> Sum:
    """What was paid since the first of January."""
    query = select(func.count(), func.sum(Disbursement.paid_amount)).where(
        visible_to(actor, Disbursement),
        Disbursement.state == DisbursementState.PAID,
        Disbursement.paid_on >= today().replace(month=1, day=1),
    )
    count, amount = session.execute(query).one()
    return Sum(count, amount or Decimal(0))


@blueprint.get("/versements/<reference>")
@access(READERS)
def show(reference: str) -> str:
    actor = current_actor()
    tranche: Disbursement = find(current_session(), actor, Disbursement, reference)
    explained = EXPLAINED.get(tranche.state)
    return render_template(
        "disbursements/show.html",
        tranche=tranche,
        award=tranche.award,
        awaited=things_awaited(tranche),
        failure=failure_of(tranche),
        holder=holder_of(tranche),
        offers=offers_of(tranche),
        reason=last_reason(tranche, explained) if explained else tranche.hold_reason,
        may_prove=tranche.state is DisbursementState.APPROVED and actor.has_role(Role.FINANCE),
        may_confirm=tranche.state in WAITING and actor.has_role(Role.OFFICER),
    )
