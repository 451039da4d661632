"""What the database itself holds of interests, and that no visible row contradicts them."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import (
    Affiliation,
    Application,
    Award,
    Collaborator,
    Disbursement,
    Endorsement,
    Interest,
    InterestKind,
    InterestState,
    Person,
    PersonRole,
    Report,
    Review,
    Right,
)
from fund.models.base import utc_now
from fund.models.interest import files_kept_from, is_kept_off, people_kept_off, standing_interests
from fund.services import access
from tests.scenario import World
from workflows.permissions import STAFF_ROLES, Role

REFUSED: dict[str, dict[str, Any]] = {
    "declared_stays": {
        "kind": InterestKind.DECLARED,
        "state": InterestState.LIFTED,
        "reason": "Un mot.",
        "decided_at": utc_now(),
    },
    "decision_is_reasoned": {"state": InterestState.LIFTED, "reason": "", "decided_at": utc_now()},
}


def interest(world: World, file: Application, name: str = "reviewer", **values: Any) -> Interest:
    fields = {"kind": InterestKind.MAIL_DOMAIN, "decided_by_id": world.people["officer"], **values}
    return Interest(application_id=file.id, person_id=world.people[name], **fields)


@pytest.mark.parametrize("constraint", REFUSED)
def test_the_database_refuses(session: Session, world: World, constraint: str) -> None:
    session.add(interest(world, world.submitted(session), **REFUSED[constraint]))
    with pytest.raises(IntegrityError, match=constraint):
        session.flush()


def test_a_declared_one_is_not_lifted_by_sql_either(session: Session, world: World) -> None:
    session.add(interest(world, world.submitted(session), kind=InterestKind.DECLARED))
    session.flush()
    lift = "UPDATE interests SET state = 'lifted', reason = 'x', decided_at = now(), decided_by_id = person_id"
    with pytest.raises(IntegrityError, match="declared_stays"):
        session.execute(text(lift))


@pytest.mark.parametrize(
    ("kind", "details", "name"),
    [
        (InterestKind.DECLARED, ("Un mot.", "Un autre."), "uq_interests_declared"),
        (InterestKind.PAST_LINK, ("Commune d'essai", "Commune d'essai"), "uq_interests_found"),
    ],
)
def test_each_is_there_once(
    session: Session, world: World, kind: InterestKind, details: tuple[str, str], name: str
) -> None:
    file = world.submitted(session)
    session.add_all([interest(world, file, kind=kind, detail=detail) for detail in details])
    with pytest.raises(IntegrityError, match=name):
        session.flush()


def test_two_links_of_one_kind_are_two(session: Session, world: World) -> None:
    file = world.submitted(session)
    session.add_all([interest(world, file, kind=InterestKind.PAST_LINK, detail=name) for name in ("Un", "Deux")])
    session.flush()
    assert len(session.scalars(select(Interest)).all()) == 2


def test_the_three_questions_have_one_answer(session: Session, world: World) -> None:
    files = [world.submitted(session), world.submitted(session, title="Un autre")]
    session.add(interest(world, files[1], kind=InterestKind.DECLARED))
    session.flush()
    person = world.people["reviewer"]
    assert session.scalars(files_kept_from(person)).all() == [files[1].id]
    assert person in session.scalars(people_kept_off(files[1].id)).all()
    assert person not in session.scalars(people_kept_off(files[0].id)).all()
    assert [session.scalar(select(is_kept_off(person, file.id))) for file in files] == [False, True]


# --- no visible row contradicts an interest -------------------------------------------------------------------

ROLES = (Role.REVIEWER, Role.COMMITTEE, Role.CHAIR, *STAFF_ROLES)
NAMES = ("reviewer", "reviewer2", "member", "chair", "officer", "finance", "auditor", "admin")
OF_A_FILE = ((Application, Application.id), (Review, Review.application_id), (Award, Award.application_id))
OF_AN_AWARD = ((Disbursement, Disbursement.award_id), (Report, Report.award_id))
Tie = Callable[[World, Person, Application], object | None]


def employ(world: World, person: Person, _file: Application) -> None:
    person.organisation_id = world.company_id


def move(_world: World, person: Person, file: Application) -> None:
    person.email = f"{person.reference}@{(file.contact_email or '').partition('@')[2]}"


TIES: dict[str, Tie] = {
    "employer": employ,
    "address": move,
    "past": lambda world, person, _: Affiliation(person_id=person.id, organisation_id=world.town_id, name="Avant"),
    "declared": lambda world, person, file: interest(
        world, file, person.name.lower(), kind=InterestKind.DECLARED, detail="Un mot."
    ),
    "lifted": lambda world, person, file: interest(
        world,
        file,
        person.name.lower(),
        kind=InterestKind.ORGANISATION,
        detail="Entreprise d'essai",
        state=InterestState.LIFTED,
        reason="Ancien.",
        decided_at=utc_now(),
    ),
    "author": lambda _, person, file: Collaborator(application_id=file.id, person_id=person.id, right=Right.READ),
    "endorser": lambda _, person, file: Endorsement(application_id=file.id, person_id=person.id),
}


@pytest.fixture
def files(factory: SessionFactory, world: World) -> list[int]:
    """A file with an award, one before the committee, one being read."""
    with unit_of_work(factory) as session:
        award = world.active_award(session)
        others = (world.before_committee(session), world.in_review(session))
        return [award.application_id, *(file.id for file in others)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ties=st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 2), st.sampled_from(sorted(TIES))), max_size=6),
    roles=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(ROLES)), max_size=4),
)
def test_whoever_has_an_interest_in_force_finds_nothing_of_the_file(
    factory: SessionFactory,
    world: World,
    files: list[int],
    ties: list[tuple[str, int, str]],
    roles: list[tuple[str, Role]],
) -> None:
    with factory() as session:
        for name, role in set(roles):
            person = world.person(session, name)
            if role not in person.roles:
                person.role_rows.append(PersonRole(role=role))
        for name, number, tie in dict.fromkeys(ties):
            made = TIES[tie](world, world.person(session, name), session.get_one(Application, files[number]))
            if made is not None:
                session.add(made)
        session.flush()
        session.expire_all()
        _judge(session, world)
        session.rollback()


def _judge(session: Session, world: World) -> None:
    interests = standing_interests()
    kept = {tuple(row) for row in session.execute(select(interests.c.person_id, interests.c.application_id))}
    for name in NAMES:
        actor = world.person(session, name).as_actor()
        own = set(session.scalars(select(Collaborator.application_id).filter_by(person_id=actor.person_id)))
        for model, column in OF_A_FILE:
            query = select(column).where(access.visible_to(actor, model))
            if model is Review:  # one's own stays in one's list, closed
                query = query.where(Review.reviewer_id != actor.person_id)
            seen = set(session.scalars(query))
            # Who writes a file reads it as its author, and nothing of what is said of it.
            allowed = set() if model is Review else own
            assert not {file for file in seen if (actor.person_id, file) in kept} - allowed, (name, model)
        for part, award_id in OF_AN_AWARD:
            awards = select(award_id).where(access.visible_to(actor, part))
            of = session.scalars(select(Award.application_id).where(Award.id.in_(awards)))
            assert not {file for file in of if (actor.person_id, file) in kept} - own, (name, part)
