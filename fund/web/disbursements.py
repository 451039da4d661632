"""The payment desk: what is due, ordered, approved, held or failed, and one tranche with its steps.

/versements               the tranches by state; at first those on which somebody must act
/versements/<reference>   one tranche
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, render_template
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.models import Award, Disbursement
from fund.services.access import find, visible, visible_to
from fund.services.listing import Order, paginate
from fund.web.lists import chosen, cursor, neighbours
from fund.web.steps import offers_of
from fund.web.tranches import last_reason, waits_for
from workflows.disbursement import DisbursementState, DisbursementStep
from workflows.permissions import STAFF_ROLES, Actor

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
COUNTED = (*TO_ACT, DisbursementState.PLANNED)
ENDED = (DisbursementState.REPAID, DisbursementState.CANCELLED)
FINISHED = (DisbursementState.PAID, *ENDED)
LONGEST_WAITING_FIRST = Order((Disbursement.moved_at, Disbursement.id), descending=False)
LATEST_FIRST = Order((Disbursement.moved_at, Disbursement.id))
EXPLAINED = {
    DisbursementState.FAILED: DisbursementStep.FAIL,
    DisbursementState.REPAID: DisbursementStep.REPAY,
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
    state, actor = chosen(DisbursementState), current_actor()
    query = visible(actor, Disbursement).options(
        joinedload(Disbursement.award).options(joinedload(Award.application), selectinload(Award.reports)),
    )
    query = query.where(Disbursement.state.in_((state,) if state else TO_ACT))
    order = LATEST_FIRST if state in FINISHED else LONGEST_WAITING_FIRST
    page = paginate(current_session(), query, order, cursor=cursor())
    return render_template(
        "disbursements/index.html",
        tranches=[(tranche, waits_for(tranche)) for tranche in page.items],
        state=state,
        sums=sums_of(current_session(), actor),
        to_act=TO_ACT,
        # Few look for what was paid back or cancelled: a tab of its own only while one does.
        tabs_of=(*COUNTED, DisbursementState.PAID, *((state,) if state in ENDED else ())),
        ended=ENDED,
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


@blueprint.get("/versements/<reference>")
@access(READERS)
def show(reference: str) -> str:
    tranche: Disbursement = find(current_session(), current_actor(), Disbursement, reference)
    explained = EXPLAINED.get(tranche.state)
    return render_template(
        "disbursements/show.html",
        tranche=tranche,
        award=tranche.award,
        waits=waits_for(tranche),
        offers=offers_of(tranche),
        reason=last_reason(tranche, explained) if explained else tranche.hold_reason,
    )
