"""The officers' follow-up: late reports and awards at risk, each with what to do next.

GET /attributions/suivi   all of them, or those at one risk (?motif=)
"""

from flask import Blueprint, render_template

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.models.base import utc_now
from fund.services.award_risks import Risk, count_awards, page_of_awards
from fund.web.lists import address, chosen, cursor, neighbours
from fund.web.risks import NAMES, rules, told
from workflows.engine import paris_day
from workflows.permissions import STAFF_ROLES

blueprint = Blueprint("follow_up", __name__)


@blueprint.get("/attributions/suivi")
@access(only(*STAFF_ROLES))
def index() -> str:
    risk, session, actor = chosen(Risk, "motif"), current_session(), current_actor()
    today = paris_day(utc_now())
    total, counts = count_awards(session, actor, today=today)
    page = page_of_awards(session, actor, today=today, risk=risk, cursor=cursor())
    return render_template(
        "follow_up/index.html",
        items=[(item, [told(finding) for finding in item.findings]) for item in page.items],
        risk=risk,
        tabs_of=[
            (str(NAMES[known]), address(motif=known.value, page=None), known is risk, counts[known])
            for known in Risk
            if counts[known] or known is risk
        ],
        total=total,
        rules=rules(),
        **neighbours(page),
    )
