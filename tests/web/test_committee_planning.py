"""Planning a session of the committee, and changing it before it opens."""

import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import (
    Call,
    CommitteeSession,
    OutboxRow,
    PersonRole,
)
from fund.services import committee
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.committee_room import file_of, person_of, sitting_of
from tests.web.conftest import Browser
from workflows.permissions import Role
from workflows.topics import Topic
from workflows.voting import Majority

SignIn = Callable[[str], Browser]


@pytest.fixture
def planned(factory: SessionFactory, world: World) -> str:
    """The reference of a session in preparation, with an empty agenda."""
    with unit_of_work(factory) as session:
        return world.sitting(session).reference


@pytest.fixture
def reviewed(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return world.reviewed(session, title="Jardins du bassin").reference


@pytest.fixture
def read(factory: SessionFactory) -> Iterator[Session]:
    with factory() as session:
        yield session


# --- preparing -----------------------------------------------------------------------------------------------


def test_an_officer_plans_a_session(sign_in: SignIn, world: World, read: Session) -> None:
    call = read.get_one(Call, world.call_id)
    form = {
        "call": call.reference,
        "title": "Comité de printemps",
        "held_at": "2031-03-01T14:00",
        "place": "Salle des fêtes",
        "quorum": "2",
        "chair": person_of(read, world, "chair"),
        "members": [person_of(read, world, "member")],
    }
    officer = sign_in("officer")
    answer = officer.post("/comite/nouvelle", form, on="/comite/nouvelle")
    assert answer.status_code == 303
    page = officer.get(answer.location).text
    assert "Comité de printemps" in page
    assert "1er\u00a0mars\u00a02031 à 14\u00a0h\u00a000" in page
    assert "Salle des fêtes" in page
    made = read.scalars(select(CommitteeSession)).one()
    assert {member.person_id for member in made.members} == {world.people["chair"], world.people["member"]}


def test_a_bad_plan_keeps_what_was_typed(sign_in: SignIn, world: World, read: Session) -> None:
    form = {"title": "Comité de printemps", "held_at": "bientôt", "quorum": "0", "members": ["PE-INCONNU"]}
    answer = sign_in("officer").post("/comite/nouvelle", form, on="/comite/nouvelle")
    assert answer.status_code == 422
    assert "Comité de printemps" in answer.text
    assert 'href="#held_at"' in answer.text
    assert 'href="#chair"' in answer.text
    assert 'href="#quorum"' in answer.text
    assert read.scalars(select(CommitteeSession)).all() == []


def test_a_chair_who_does_not_exist_is_refused(sign_in: SignIn, world: World, read: Session) -> None:
    call = read.get_one(Call, world.call_id)
    form = {
        "call": call.reference,
        "title": "X",
        "held_at": "2031-03-01T14:00",
        "quorum": "2",
        "chair": "PE-AUCUN",
    }
    answer = sign_in("officer").post("/comite/nouvelle", form, on="/comite/nouvelle")
    assert answer.status_code == 422
    assert 'href="#chair"' in answer.text


def changed(session: Session, world: World, **fields: object) -> dict[str, object]:
    """The form of a session as an officer sends it."""
    return {
        "title": "Nouveau titre",
        "held_at": "2031-03-01T14:00",
        "place": "",
        "quorum": "2",
        "quorum_basis": "people",
        "majority": "simple",
        "chair": person_of(session, world, "chair"),
        "members": [person_of(session, world, "member")],
        **fields,
    }


def test_the_date_can_be_changed_and_a_change_meanwhile_is_told(
    sign_in: SignIn, planned: str, world: World, factory: SessionFactory, read: Session
) -> None:
    officer, path = sign_in("officer"), f"/comite/{planned}/modifier"
    version = sitting_of(read, planned).version
    form = changed(read, world)
    assert officer.post(path, {**form, "version": str(version)}, on=path).status_code == 303
    stale = officer.post(path, {**form, "title": "Trop tard", "version": str(version)}, on=path)
    assert stale.status_code == 409
    assert "Trop tard" in stale.text
    assert "entre-temps" in stale.text
    with factory() as session:
        assert sitting_of(session, planned).title == "Nouveau titre"


def test_rules_and_members_can_be_changed(
    sign_in: SignIn, planned: str, world: World, factory: SessionFactory, read: Session
) -> None:
    with unit_of_work(factory) as session:
        session.add(PersonRole(person_id=world.people["reviewer3"], role=Role.COMMITTEE))
    officer, path = sign_in("officer"), f"/comite/{planned}/modifier"
    people = [person_of(read, world, name) for name in ("member", "reviewer3")]
    rules = {"quorum": "60", "quorum_basis": "percent", "majority": "two_thirds", "secret_ballot": "y"}
    form = changed(read, world, members=people, link="https://visio.example/comite", **rules)
    ticked = re.findall(r'<input checked[^>]*name="members"[^>]*value="([^"]+)"', officer.get(path).text)
    assert set(ticked) == {person_of(read, world, name) for name in ("chair", "member")}
    version = sitting_of(read, planned).version
    assert officer.post(path, {**form, "version": str(version)}, on=path).status_code == 303
    with factory() as session:
        sitting = sitting_of(session, planned)
        assert {member.person.name for member in sitting.members} == {"Chair", "Member", "Reviewer3"}
        assert (sitting.majority, sitting.secret_ballot, sitting.link) == (
            Majority.TWO_THIRDS,
            True,
            "https://visio.example/comite",
        )
        assert sitting.people_for_quorum() == 2


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"quorum": "3"}, "quorum"),
        ({"quorum": "101", "quorum_basis": "percent"}, "quorum"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"majority": "enormous"}, "majority-0"),
        ({"members": ["PE-AUCUN"]}, "members-0"),
    ],
)
def test_rules_that_cannot_be_are_refused(
    sign_in: SignIn, planned: str, world: World, read: Session, fields: dict[str, object], place: str
) -> None:
    path, version = f"/comite/{planned}/modifier", str(sitting_of(read, planned).version)
    answer = sign_in("officer").post(path, {**changed(read, world, **fields), "version": version}, on=path)
    assert answer.status_code == 422
    assert f'href="#{place}"' in answer.text


def test_the_chair_is_not_her_own_deputy(sign_in: SignIn, planned: str, world: World, read: Session) -> None:
    path, version = f"/comite/{planned}/modifier", str(sitting_of(read, planned).version)
    form = changed(read, world, deputy=person_of(read, world, "chair"), version=version)
    answer = sign_in("officer").post(path, form, on=path)
    assert answer.status_code == 422
    assert 'href="#deputy"' in answer.text


def test_a_change_after_convening_is_told_to_all_and_a_new_member_is_invited(
    sign_in: SignIn, planned: str, reviewed: str, world: World, factory: SessionFactory, read: Session
) -> None:
    with unit_of_work(factory) as session:
        session.add(PersonRole(person_id=world.people["reviewer3"], role=Role.COMMITTEE))
        sitting = sitting_of(session, planned)
        committee.put_on_agenda(session, world["officer"], sitting, file_of(session, reviewed))
        take_step(session, world["officer"], sitting, "convene")

    def send(**fields: object) -> list[OutboxRow]:
        with factory() as session:
            last = session.scalar(select(func.max(OutboxRow.id))) or 0
            version = str(sitting_of(session, planned).version)
        officer, path = sign_in("officer"), f"/comite/{planned}/modifier"
        form = changed(read, world, version=version, **fields)
        assert officer.post(path, form, on=path).status_code == 303
        with factory() as session:
            return list(
                session.scalars(select(OutboxRow).where(OutboxRow.id > last).order_by(OutboxRow.recipient_id))
            )

    moved = send()
    assert {row.recipient_id for row in moved} == {world.people["chair"], world.people["member"]}
    assert {row.topic for row in moved} == {Topic.COMMITTEE_CONVENED}
    assert all(row.payload["changed"] and row.payload["held_at"].startswith("2031-03-01T13:00") for row in moved)
    assert send(majority="absolute") == []
    people = [person_of(read, world, name) for name in ("member", "reviewer3")]
    (invited,) = send(majority="absolute", members=people)
    assert (invited.recipient_id, "changed" in invited.payload) == (world.people["reviewer3"], False)
    assert invited.payload["files"] == 1
