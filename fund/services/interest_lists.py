"""The interests in files as officers see them: those recorded, and those seen but not recorded yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import Session, joinedload

from fund.models import (
    Application,
    Call,
    Interest,
    InterestKind,
    InterestState,
    Person,
    PersonRole,
)
from fund.models.interest import live_links
from fund.services.access import visible_to
from workflows.permissions import STAFF_ROLES, Actor, Role

KEPT_ROLES = (Role.REVIEWER, Role.COMMITTEE, Role.CHAIR, *STAFF_ROLES)
"""Whose interests are recorded: everybody who would see or judge files. An auditor's too: she is kept off like
anybody else, and only what is recorded can be lifted."""


@dataclass(frozen=True, slots=True)
class Tie:
    """One interest as officers see it; ``found_at`` is None where it is seen now and not recorded yet."""

    person: Person
    kind: InterestKind
    detail: str
    state: InterestState = InterestState.STANDING
    found_at: datetime | None = None
    decided_by: Person | None = None
    decided_at: datetime | None = None
    reason: str = ""

    @property
    def is_in_force(self) -> bool:
        return self.state is not InterestState.LIFTED

    @property
    def can_be_decided(self) -> bool:
        return self.kind is not InterestKind.DECLARED


def list_for_file(session: Session, application: Application) -> list[Tie]:
    """Every interest in the file, lifted ones too, by the people's names; two statements."""
    recorded = session.scalars(
        select(Interest)
        .where(Interest.application_id == application.id)
        .options(joinedload(Interest.person), joinedload(Interest.decided_by))
    )
    links = live_links()
    seen = unrecorded(links.c.application_id == application.id).subquery()
    people = select(Person, seen.c.kind, seen.c.detail).join(seen, seen.c.person_id == Person.id)
    ties = [tie_of(interest) for interest in recorded]
    ties += [Tie(person, InterestKind(kind), detail) for person, kind, detail in session.execute(people)]
    return sorted(ties, key=lambda tie: (tie.person.name, tie.person.id, tie.kind, tie.detail))


def in_call(actor: Actor, call: Call, state: InterestState | None = None) -> Select[Any]:
    """A select of the interests recorded in the files of a call, of those files that exist for this actor."""
    query = (
        select(Interest)
        .join(Interest.application)
        .where(Application.call_id == call.id, visible_to(actor, Application))
        .options(joinedload(Interest.application), joinedload(Interest.person), joinedload(Interest.decided_by))
    )
    return query if state is None else query.where(Interest.state == state)


def tie_of(interest: Interest) -> Tie:
    """What is recorded, as officers see it."""
    return Tie(
        person=interest.person,
        kind=interest.kind,
        detail=interest.detail,
        state=interest.state,
        found_at=interest.found_at,
        decided_by=interest.decided_by,
        decided_at=interest.decided_at,
        reason=interest.reason,
    )


def unrecorded(where: ColumnElement[bool]) -> Select[Any]:
    """Links of people whose interests are recorded, in files handed in, that are not recorded yet."""
    links = live_links()
    known = exists().where(
        Interest.person_id == links.c.person_id,
        Interest.application_id == links.c.application_id,
        Interest.kind == links.c.kind,
        Interest.detail == links.c.detail,
    )
    holders = select(PersonRole.person_id).where(PersonRole.role.in_(KEPT_ROLES))
    return (
        select(links.c.application_id, links.c.person_id, links.c.kind, links.c.detail)
        .distinct()
        .join(Person, and_(Person.id == links.c.person_id, Person.active))
        .join(Application, Application.id == links.c.application_id)
        .where(where, ~known, links.c.person_id.in_(holders))
        .where(Application.is_test.is_(False), Application.imported.is_(False))
    )
