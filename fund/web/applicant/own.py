"""What the pages of the applicant's space share: the blueprint, and one's own file."""

from flask import Blueprint

from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.models import Application
from fund.services.access import find
from fund.services.perform import NotEditable, NotPermitted
from fund.services.writing import EDITABLE, require_writable, section_form
from workflows.permissions import Permission, allows

blueprint = Blueprint("applicant", __name__)


def own_file(reference: str) -> Application:
    """The file of that reference, of which the signed-in person is a collaborator. Raises NotFound."""
    actor = current_actor()
    application: Application = find(current_session(), actor, Application, reference)
    if not is_own(application):
        raise NotFound(reference)
    return application


def is_own(application: Application) -> bool:
    person_id = current_actor().person_id
    return any(collaborator.person_id == person_id for collaborator in application.collaborators)


def may_write(application: Application) -> bool:
    """Whether the signed-in person may change the file in its present state."""
    actor = current_actor()
    permitted = allows(Permission.APPLICATION_WRITE, actor, application.relations(actor))
    return permitted and application.state in EDITABLE


def writable_file(reference: str) -> Application:
    """One's own file, if it can be written now. Raises NotFound, NotPermitted, NotEditable."""
    application = own_file(reference)
    actor = current_actor()
    if not allows(Permission.APPLICATION_WRITE, actor, application.relations(actor)):
        raise NotPermitted(Permission.APPLICATION_WRITE)
    if application.state not in EDITABLE:
        raise NotEditable(application.state)
    return application


def writable_part(reference: str, key: str) -> Application:
    """One's own file, if this part of it can be written now. Raises NotFound, NotPermitted, NotEditable."""
    application = own_file(reference)
    section_form(application, key)
    require_writable(current_actor(), application, key)
    return application
