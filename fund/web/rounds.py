"""Many tranches at once: an officer orders what is due, the treasury approves what was ordered.

GET, POST /versements/ordonner     tick what is to be ordered
GET, POST /versements/approuver    tick what is to be approved

Each tranche goes through the gate by itself, in a transaction of its own: what is refused holds up nothing else.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.formats import money
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import conflict_sentence, reason_sentence
from fund.errors import Conflict, NotFound, StaleVersion
from fund.models import Disbursement
from fund.services.access import find, visible
from fund.services.listing import PAGE_MAXIMUM, Order, paginate
from fund.services.steps import take_step
from fund.services.tranche_rounds import judge_tranches, loads_of_guards
from fund.web.lists import cursor, neighbours
from fund.web.saving import REFUSED, UNUSABLE
from workflows.disbursement import DisbursementState, DisbursementStep
from workflows.engine import Refused, StepForbidden
from workflows.permissions import Role

blueprint = Blueprint("rounds", __name__)

OFFICERS, TREASURY = only(Role.OFFICER), only(Role.FINANCE)
LONGEST_WAITING_FIRST = Order((Disbursement.moved_at, Disbursement.id), descending=False)
SUM_ONLY, EVERYTHING = "sum", "tout"
Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Round:
    """One step taken on many tranches, and what its page says."""

    endpoint: str
    state: DisbursementState
    step: DisbursementStep
    title: Any
    lead: Any
    button: Any
    nothing: Any


ORDERS = Round(
    "order",
    DisbursementState.DUE,
    DisbursementStep.ORDER,
    _l("Order several payments"),
    _l("Each tranche that you tick is ordered in your name; finance then approves it."),
    _l("Order what is ticked"),
    _l("Nothing is due that could be ordered."),
)
APPROVALS = Round(
    "approve",
    DisbursementState.ORDERED,
    DisbursementStep.APPROVE,
    _l("Approve several payments"),
    _l("Each tranche that you tick is approved in your name, as the second of two people. It can then be paid."),
    _l("Approve what is ticked"),
    _l("Nothing waits for your approval."),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one tranche; ``problems`` are the sentences of a refusal."""

    reference: str
    name: str
    amount: Decimal
    problems: tuple[str, ...]


@blueprint.get("/versements/ordonner")
@access(OFFICERS)
def order_page() -> Page:
    return _page(ORDERS)


@blueprint.post("/versements/ordonner")
@access(OFFICERS)
def order() -> Page:
    return _take_all(ORDERS)


@blueprint.get("/versements/approuver")
@access(TREASURY)
def approve_page() -> Page:
    return _page(APPROVALS)


@blueprint.post("/versements/approuver")
@access(TREASURY)
def approve() -> Page:
    return _take_all(APPROVALS)


def _take_all(round_: Round) -> Page:
    """Take the step on each ticked tranche; where one is refused, the page says what became of each."""
    ticked = list(dict.fromkeys(request.form.getlist("tranches")))
    if len(ticked) > PAGE_MAXIMUM:  # more than a page ever offers
        abort(400)
    if request.form.get("do") == SUM_ONLY:
        return _page(round_, ticked)
    if not ticked:
        return _page(round_, ticked, problem=gettext("Tick at least one tranche.")), UNUSABLE
    outcomes = [_take(round_.step, each) for each in ticked]
    if any(outcome.problems for outcome in outcomes):
        return _page(round_, outcomes=outcomes), REFUSED
    flash(_done(round_, outcomes), "success")
    return redirect(url_for(f".{round_.endpoint}_page"), 303)


def _take(step: DisbursementStep, ticked: str) -> Outcome:
    """One tranche as the page showed it (``VE-….version``), in a unit of work of its own."""
    reference, _, version = ticked.rpartition(".")
    expected = int(version) if version.isdecimal() and len(version) < 10 else -1
    try:
        with writing() as session:
            tranche: Disbursement = find(session, current_actor(), Disbursement, reference)
            take_step(session, current_actor(), tranche, step, expected_version=expected)
    except NotFound:
        return Outcome(reference, reference, Decimal(0), (gettext("There is no such tranche any more."),))
    except StaleVersion:
        return _outcome(reference, gettext("Somebody changed it since you opened the page: look at it again."))
    except StepForbidden:
        raise
    except Refused as refusal:
        return _outcome(reference, *(reason_sentence(reason) for reason in refusal.reasons))
    except Conflict as conflict:
        return _outcome(reference, conflict_sentence(conflict.code))
    return _outcome(reference)


def _outcome(reference: str, *problems: str) -> Outcome:
    """Read anew: what the unit of work held is over."""
    tranche: Disbursement = find(current_session(), current_actor(), Disbursement, reference)
    return Outcome(reference, tranche.award.beneficiary_name, tranche.amount, problems)


def _done(round_: Round, outcomes: Sequence[Outcome]) -> str:
    """« 12 versements ordonnés, pour 34 000,00 €. »"""
    total, count = money(sum((outcome.amount for outcome in outcomes), Decimal(0))), len(outcomes)
    if round_ is ORDERS:
        done = ngettext(
            "One payment ordered, of %(total)s.", "%(num)s payments ordered, %(total)s in all.", count, total=total
        )
    else:
        done = ngettext(
            "One payment approved, of %(total)s.",
            "%(num)s payments approved, %(total)s in all.",
            count,
            total=total,
        )
    return str(done)


def _page(
    round_: Round, ticked: Collection[str] = (), *, outcomes: Sequence[Outcome] = (), problem: str | None = None
) -> str:
    session, actor = current_session(), current_actor()
    query = visible(actor, Disbursement).where(Disbursement.state == round_.state).options(*loads_of_guards())
    page = paginate(session, query, LONGEST_WAITING_FIRST, cursor=cursor(), limit=PAGE_MAXIMUM)
    judged = judge_tranches(session, actor, page.items, round_.step)
    allowed = [one.tranche for one in judged if not one.reasons]
    if request.args.get("cocher") == EVERYTHING and not outcomes:
        ticked = {tick_of(tranche) for tranche in allowed}
    chosen = [tranche for tranche in allowed if tick_of(tranche) in ticked]
    done = [outcome for outcome in outcomes if not outcome.problems]
    return render_template(
        "disbursements/round.html",
        round=round_,
        rows=[(one.tranche, [reason_sentence(reason) for reason in one.reasons]) for one in judged],
        tick_of=tick_of,
        ticked=set(ticked),
        count=len(chosen),
        total=sum((tranche.amount for tranche in chosen), Decimal(0)),
        done=_done(round_, done) if done else None,
        refused=[outcome for outcome in outcomes if outcome.problems],
        problem=problem,
        **neighbours(page),
    )


def tick_of(tranche: Disbursement) -> str:
    """What a ticked tranche sends: who ticks it has seen it as it was then."""
    return f"{tranche.reference}.{tranche.version}"
