"""What the pages of the call desk share: the blueprint, and the call that is being written."""

from enum import StrEnum

from flask import Blueprint, abort
from sqlalchemy.orm import Session

from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.models import Call
from fund.services.access import find
from fund.services.call_versions import EDITABLE_STATES
from fund.services.calls import latest_funder
from fund.web.comparison import word_changes
from workflows.permissions import Actor, Role

blueprint = Blueprint("call_desk", __name__)
blueprint.add_app_template_filter(word_changes)


@blueprint.app_template_filter()
def pair_of(member: StrEnum) -> tuple[str, str]:
    """A choice of a control: its value and its name."""
    return member.value, label(member)


def find_call(reference: str) -> Call:
    """Raises NotFound."""
    call: Call = find(current_session(), current_actor(), Call, reference)
    return call


def find_editable(reference: str) -> Call:
    """The call, if it can be written now; else the page does not exist. Raises NotFound."""
    call = find_call(reference)
    if not can_edit(call):
        abort(404)
    return call


def can_edit(call: Call) -> bool:
    return call.state in EDITABLE_STATES and current_actor().has_role(Role.OFFICER)


def funder_of(session: Session, actor: Actor) -> int | None:
    """Who gives the money: the organisation that the officer works for, else that of the latest call."""
    return actor.organisation_id if actor.organisation_id is not None else latest_funder(session)
