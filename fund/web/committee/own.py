"""What the pages of the committee share: the blueprint, and the session or the file that is looked at."""

from flask import Blueprint, abort, redirect, url_for
from flask_babel import lazy_pgettext
from werkzeug.wrappers import Response

from fund.edge.access import only
from fund.edge.requests import current_actor, current_session
from fund.edge.sentences import reason_sentence
from fund.models import AgendaItem, Application, CommitteeSession
from fund.services.access import find
from workflows.permissions import STAFF_ROLES, Role

blueprint = Blueprint("committee", __name__)
blueprint.add_app_template_filter(reason_sentence)

READERS = only(Role.COMMITTEE, Role.CHAIR, *STAFF_ROLES)


# What the record of a vote says of each member (``fund.services.seats.roll_of``).
ROLL_WORDS = {
    "for": lazy_pgettext("roll", "for"),
    "against": lazy_pgettext("roll", "against"),
    "abstain": lazy_pgettext("roll", "abstention"),
    "voted": lazy_pgettext("roll", "has voted"),
    "recused": lazy_pgettext("roll", "had left the room (interest)"),
    "present": lazy_pgettext("roll", "present, did not vote"),
    "absent": lazy_pgettext("roll", "absent"),
}


@blueprint.app_template_filter()
def roll_word(said: str) -> str:
    return str(ROLL_WORDS[said])


def find_sitting(reference: str) -> CommitteeSession:
    """Raises NotFound."""
    sitting: CommitteeSession = find(current_session(), current_actor(), CommitteeSession, reference)
    return sitting


def find_item(reference: str, file: str) -> AgendaItem:
    """The place of the file on the agenda, where both exist for the actor; else 404.

    Whoever has an interest in the file does not meet it here, be it as one of its authors: what the committee says
    of it is not theirs to read.
    """
    sitting, actor = find_sitting(reference), current_actor()
    application = find(current_session(), actor, Application, file)
    found = next((item for item in sitting.items if item.application_id == application.id), None)
    if found is None or application.is_interested(actor):
        abort(404)
    return found


def back_to(sitting: CommitteeSession, anchor: str | None = None) -> Response:
    return redirect(url_for("committee.show", reference=sitting.reference, _anchor=anchor), 303)
