"""Awards: what was granted, how far it is paid, what is asked for it. The beneficiary sees its own.

/attributions               the awards
/attributions/<reference>   one award

Its agreement, its schedule and its amendments: ``fund.web.agreements``. Those at risk: ``fund.web.follow_up``.
"""

from datetime import date

from flask import Blueprint, render_template
from sqlalchemy.orm import selectinload

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.models import Agreement, Award
from fund.models.base import utc_now
from fund.services.access import find, visible
from fund.services.award_risks import count_awards, risks_of
from fund.services.award_risks import find as find_risks
from fund.services.listing import Order, paginate
from fund.web.agreements.own import name_of
from fund.web.lists import chosen, cursor, neighbours
from fund.web.risks import NAMES, told, tone_of
from fund.web.steps import offers_of
from fund.web.tranches import last_reason, waits_for
from workflows.award import AwardState, AwardStep
from workflows.engine import paris_day
from workflows.permissions import STAFF_ROLES, Permission, Role, allows

blueprint = Blueprint("awards", __name__)

READERS = only(*STAFF_ROLES, Role.APPLICANT)
LATEST_FIRST = Order((Award.moved_at, Award.id), descending=True)
# Steps after which the people concerned ask why.
EXPLAINED = {
    AwardState.SUSPENDED: AwardStep.SUSPEND,
    AwardState.REFUSED: AwardStep.REFUSE,
    AwardState.CANCELLED: AwardStep.CANCEL,
}


@blueprint.get("/attributions")
@access(READERS)
def index() -> str:
    state, actor, session = chosen(AwardState), current_actor(), current_session()
    query = visible(actor, Award).options(selectinload(Award.disbursements))
    if state is not None:
        query = query.where(Award.state == state)
    page = paginate(session, query, LATEST_FIRST, cursor=cursor())
    is_staff = actor.has_role(*STAFF_ROLES)
    found = risks_of(session, page.items, today=_today()) if is_staff else {}
    return render_template(
        "awards/index.html",
        awards=page.items,
        risks={number: [(NAMES[risk], tone_of(risk)) for risk in risks] for number, risks in found.items()},
        at_risk=count_awards(session, actor, today=_today())[0] if is_staff else 0,
        state=state,
        states=AwardState,
        is_staff=is_staff,
        **neighbours(page),
    )


@blueprint.get("/attributions/<reference>")
@access(READERS)
def show(reference: str) -> str:
    award, actor, session = _find(reference), current_actor(), current_session()
    explained, is_staff = EXPLAINED.get(award.state), actor.has_role(*STAFF_ROLES)
    versions = visible(actor, Agreement).where(Agreement.award_id == award.id).order_by(Agreement.number)
    return render_template(
        "awards/show.html",
        award=award,
        tranches=[(tranche, waits_for(tranche)) for tranche in award.disbursements],
        offers=offers_of(award),
        reason=last_reason(award, explained) if explained else None,
        findings=[told(one) for one in find_risks(session, [award], today=_today())[award.id]] if is_staff else [],
        versions=[(one, name_of(one)) for one in session.scalars(versions)],
        today=_today(),
        is_staff=is_staff,
        plans=award.is_draft and allows(Permission.AWARD_MANAGE, actor, frozenset()),
        may_ask_back=not award.imported and allows(Permission.REPAYMENT_ASK, actor, frozenset()),
        may_reduce=award.is_active and allows(Permission.AWARD_MANAGE, actor, frozenset()),
    )


def _today() -> date:
    return paris_day(utc_now())


def _find(reference: str) -> Award:
    award: Award = find(current_session(), current_actor(), Award, reference)
    return award
