"""The waiting list of a call: who waits, for how much, and what is missing for the next to come up.

GET /gestion/appels/<reference>/liste-attente

A file is taken off it by its own step (``application.expire``).
"""

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, render_template

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.models import AgendaItem, Application, Call
from fund.services.access import find
from fund.services.seats import interests_on
from fund.services.waitlist import waiting_files
from workflows.permissions import STAFF_ROLES, Role

blueprint = Blueprint("waitlist", __name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One file on the list. ``application`` and ``item`` (its decision) are None where the reader keeps off it.

    ``missing``: the euros that must still free for it and all those before it; none where not above zero.
    """

    rank: int
    application: Application | None
    item: AgendaItem | None
    missing: Decimal | None


@blueprint.get("/gestion/appels/<reference>/liste-attente")
@access(only(*STAFF_ROLES))
def show(reference: str) -> str:
    session, actor = current_session(), current_actor()
    call: Call = find(session, actor, Call, reference)
    remaining = call.remaining_envelope()
    files = waiting_files(session, call)
    kept_off = {file for _, file in interests_on(session, [file.id for file in files], [actor.person_id or 0])}
    return render_template(
        "waitlist/show.html",
        call=call,
        remaining=remaining,
        lines=_lines(files, kept_off, remaining),
        may_remove=actor.has_role(Role.OFFICER),
    )


def _lines(files: list[Application], kept_off: set[int], remaining: Decimal) -> list[Waiting]:
    lines, needed, tells = [], Decimal(0), True
    for place, file in enumerate(files, start=1):
        item = file.decided_item
        needed += (item.amount if item else None) or Decimal(0)
        if file.id in kept_off:
            tells = False  # from here on, what is missing would tell the amount of this one
            lines.append(Waiting(file.waitlist_rank or place, None, None, None))
        else:
            lines.append(Waiting(file.waitlist_rank or place, file, item, needed - remaining if tells else None))
    return lines
