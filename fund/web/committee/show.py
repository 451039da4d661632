"""The page of one session: its agenda, its members, what can be done next."""

from flask import render_template
from sqlalchemy.orm import joinedload, selectinload

from fund.edge.access import access
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.models import AgendaItem, CommitteeSession
from fund.services import committee
from fund.services.access import visible
from fund.web.agenda import agenda_of, candidates_for, envelope_of, granted_by, scores_of
from fund.web.committee.own import READERS, blueprint
from fund.web.committee.room import ROOM_STATES
from fund.web.steps import offers_of
from workflows.permissions import STAFF_ROLES, Permission, Role, allows


@blueprint.get("/comite/<reference>")
@access(READERS)
def show(reference: str) -> str:
    session, actor = current_session(), current_actor()
    query = visible(actor, CommitteeSession).where(CommitteeSession.reference == reference)
    sitting = session.scalar(
        query.options(
            joinedload(CommitteeSession.call),
            joinedload(CommitteeSession.chair),
            joinedload(CommitteeSession.deputy),
            selectinload(CommitteeSession.members),
            selectinload(CommitteeSession.items).joinedload(AgendaItem.letter),
        )
    )
    if sitting is None:
        raise NotFound(reference)
    lines = agenda_of(session, actor, sitting)
    prepares = sitting.state in committee.PREPARATION and allows(Permission.COMMITTEE_MANAGE, actor, frozenset())
    return render_template(
        "committee/show.html",
        sitting=sitting,
        lines=lines,
        scores=scores_of(session, sitting),
        envelope=envelope_of(sitting, lines),
        granted=granted_by(lines),
        offers=offers_of(sitting),
        prepares=prepares,
        candidates=candidates_for(session, actor, sitting) if prepares else [],
        has_room=sitting.state in ROOM_STATES,
        takes_part=bool(sitting.relations(actor)) or actor.has_role(Role.OFFICER),
        sees_letters=actor.has_role(*STAFF_ROLES),
    )
