"""What the pages of agreements share: the blueprint, and one award or agreement for whoever may see it."""

from flask import Blueprint
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import only
from fund.edge.requests import current_actor, current_session
from fund.models import Agreement, Award
from fund.services.access import find
from workflows.permissions import STAFF_ROLES, Role

blueprint = Blueprint("agreements", __name__)

READERS = only(*STAFF_ROLES, Role.APPLICANT)
WRITERS = only(Role.OFFICER)
SIGNERS = only(Role.APPLICANT)

Page = str | Response | tuple[str, int]


def find_award(reference: str) -> Award:
    """Raises NotFound."""
    award: Award = find(current_session(), current_actor(), Award, reference)
    return award


def find_agreement(reference: str) -> Agreement:
    """The agreement or amendment; a draft does not exist for the alliance. Raises NotFound."""
    agreement: Agreement = find(current_session(), current_actor(), Agreement, reference)
    return agreement


def name_of(agreement: Agreement) -> str:
    """« Convention », « Avenant n° 2 »."""
    if agreement.number == 0:
        return str(gettext("Agreement"))
    return str(gettext("Amendment no. %(number)s", number=agreement.number))
