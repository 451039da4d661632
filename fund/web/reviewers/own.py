"""What the pages of reviewers share: the blueprint, and whose page it is."""

from flask import Blueprint
from sqlalchemy import select

from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.models import Person, PersonRole
from workflows.permissions import Role

blueprint = Blueprint("reviewers", __name__)

JUDGES = (Role.REVIEWER, Role.COMMITTEE, Role.CHAIR)
WATCHERS = (Role.OFFICER, Role.AUDITOR, Role.ADMIN)


def find_judge(reference: str) -> Person:
    """Who reads or decides: oneself, or for the fund anybody. Raises NotFound."""
    query = select(Person).where(
        Person.reference == reference, Person.active, Person.role_rows.any(PersonRole.role.in_(JUDGES))
    )
    person = current_session().scalar(query)
    actor = current_actor()
    if person is None or not (actor.has_role(*WATCHERS) or person.id == actor.person_id):
        raise NotFound(reference)
    return person
