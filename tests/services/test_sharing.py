"""Who writes a file together: invited by a personal link, with a right that those who sign give and take."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import Application, AuditEvent, LinkPurpose, OutboxRow, Person, PersonalLink, Right
from fund.services import call_versions, journal
from fund.services.access import find
from fund.services.links import LinkRevoked, LinkUsed
from fund.services.perform import NotPermitted
from fund.services.sharing import (
    INVITATIONS_MAXIMUM,
    end_right,
    give_right,
    invite,
    join,
    list_invitations,
    take_back_invitation,
)
from tests.alliances import last_link, mails_to
from tests.scenario import World
from tests.services.racing import race
from workflows.permissions import Role
from workflows.topics import Topic

STRANGER = "stranger@essai.example"


@pytest.fixture
def application(session: Session, world: World) -> Application:
    return world.draft(session)


def invited(
    session: Session, world: World, application: Application, right: Right = Right.WRITE, email: str = STRANGER
) -> PersonalLink:
    return invite(session, world["applicant"], application, email=email, name="Sacha Essai", right=right)


def rights(application: Application) -> dict[str, str]:
    return {collaborator.person.name: collaborator.right.value for collaborator in application.collaborators}


def test_an_invitation_is_mailed_and_joined(session: Session, world: World, application: Application) -> None:
    link = invited(session, world, application)
    [row] = session.scalars(select(OutboxRow).where(OutboxRow.link_id == link.id))
    assert row.topic == Topic.ALLIANCE_CO_AUTHOR_INVITED
    assert row.payload["inviter"] == "Applicant"
    assert row.payload["right"] == "write"
    with pytest.raises(NotFound):
        find(session, world["stranger"], Application, application.reference)
    join(session, link, world.person(session, "stranger"))
    assert rights(application) == {"Applicant": "sign", "Stranger": "write"}
    assert find(session, world["stranger"], Application, application.reference) is application
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(2)).all()
    assert [event.body["action"] for event in events] == ["application.join", "application.invite"]
    assert events[0].body["actor"] == world["stranger"].reference
    assert all(STRANGER not in str(event.body) for event in events)
    assert journal.verify(session).broken == []


def test_an_invitation_is_good_once(session: Session, world: World, application: Application) -> None:
    link = invited(session, world, application)
    join(session, link, world.person(session, "stranger"))
    with pytest.raises(LinkUsed):
        join(session, link, world.person(session, "stranger"))


def test_two_who_join_at_once_join_once(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        number = invited(session, world, world.draft(session)).id

    def act(session: Session, barrier: Any) -> str:
        link = session.get_one(PersonalLink, number)
        person = world.person(session, "stranger")
        barrier.wait()
        return join(session, link, person).reference

    outcomes = race(factory, act, act)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkUsed", "str"]


def test_an_invitation_is_for_its_address(session: Session, world: World, application: Application) -> None:
    link = invited(session, world, application)
    with pytest.raises(Conflict, match="invited_elsewhere"):
        join(session, link, world.person(session, "catalyst"))
    assert link.used_at is None
    assert rights(application) == {"Applicant": "sign"}


def test_joining_makes_an_applicant(session: Session, world: World, application: Application) -> None:
    partner = world.person(session, "partner")
    join(session, invited(session, world, application, email=" PARTNER@essai.example"), partner)
    session.expire(partner)
    assert partner.roles == {Role.PARTNER, Role.APPLICANT}


@pytest.mark.parametrize(
    ("held", "offered", "kept"),
    [("write", "read", "write"), ("read", "sign", "sign"), ("write", "write", "write")],
)
def test_joining_never_takes_a_right_away(
    session: Session, world: World, application: Application, held: str, offered: str, kept: str
) -> None:
    link = invited(session, world, application, Right(offered))
    give_right(session, world["applicant"], application, world.person(session, "stranger"), Right(held))
    join(session, link, world.person(session, "stranger"))
    assert rights(application)["Stranger"] == kept


def test_a_second_invitation_replaces_the_first(session: Session, world: World, application: Application) -> None:
    first = invited(session, world, application)
    second = invited(session, world, application, Right.READ, email=STRANGER.upper())
    assert list_invitations(session, application) == [second]
    with pytest.raises(LinkRevoked):
        join(session, first, world.person(session, "stranger"))


def test_an_invitation_can_be_taken_back(session: Session, world: World, application: Application) -> None:
    link = invited(session, world, application)
    take_back_invitation(session, world["applicant"], application, link.id)
    assert list_invitations(session, application) == []
    with pytest.raises(LinkRevoked):
        join(session, link, world.person(session, "stranger"))
    with pytest.raises(NotFound):
        take_back_invitation(session, world["applicant"], application, link.id)


def test_an_invitation_of_another_file_is_not_found(
    session: Session, world: World, application: Application
) -> None:
    link = invited(session, world, world.draft(session))
    with pytest.raises(NotFound):
        take_back_invitation(session, world["applicant"], application, link.id)
    assert link.revoked_at is None


def test_who_cannot_be_invited(session: Session, world: World, application: Application) -> None:
    with pytest.raises(InvalidInput) as caught:
        invited(session, world, application, email="Applicant@essai.example")
    assert caught.value.errors == {"email": ["already_co_author"]}
    for number in range(INVITATIONS_MAXIMUM):
        invited(session, world, application, email=f"{number}@essai.example")
    with pytest.raises(Conflict, match="too_many_invitations"):
        invited(session, world, application)
    invited(session, world, application, email="3@essai.example")  # in the place of the one before
    trial = call_versions.begin_trial(session, world["officer"], application.call, application.lead)
    with pytest.raises(Conflict, match="trial_is_own"):
        invite(session, world["officer"], trial, email=STRANGER, name="Sacha", right=Right.READ)
    assert mails_to(session, STRANGER) == []


@pytest.mark.parametrize("right", [Right.READ, Right.WRITE])
def test_only_those_who_sign_manage(
    session: Session, world: World, application: Application, right: Right
) -> None:
    stranger = world.person(session, "stranger")
    give_right(session, world["applicant"], application, stranger, right)
    with pytest.raises(NotPermitted):
        give_right(session, world["stranger"], application, stranger, Right.SIGN)
    with pytest.raises(NotPermitted):
        end_right(session, world["stranger"], application, world.person(session, "applicant"))
    with pytest.raises(NotPermitted):
        invite(session, world["stranger"], application, email="x@essai.example", name="X", right=Right.READ)
    assert rights(application) == {"Applicant": "sign", "Stranger": right.value}


def test_somebody_can_always_sign(session: Session, world: World, application: Application) -> None:
    me, stranger = world.person(session, "applicant"), world.person(session, "stranger")
    with session.begin_nested() as savepoint:
        with pytest.raises(Conflict, match="last_signatory"):
            give_right(session, world["applicant"], application, me, Right.WRITE)
        savepoint.rollback()
    with session.begin_nested() as savepoint:
        with pytest.raises(Conflict, match="last_signatory"):
            end_right(session, world["applicant"], application, me)
        savepoint.rollback()
    session.expire_all()
    give_right(session, world["applicant"], application, stranger, Right.SIGN)
    end_right(session, world["applicant"], application, me)
    assert rights(application) == {"Stranger": "sign"}
    with pytest.raises(NotPermitted):
        give_right(session, world["applicant"], application, me, Right.SIGN)


def test_two_signatories_cannot_end_each_other_at_once(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        application = world.draft(session)
        give_right(session, world["applicant"], application, world.person(session, "stranger"), Right.SIGN)
        file = application.id

    def end(by: str, whom: str) -> Any:
        def act(session: Session, barrier: Any) -> str:
            application = session.get_one(Application, file)
            assert len(application.collaborators) == 2
            barrier.wait()
            try:
                end_right(session, world[by], application, world.person(session, whom))
            except NotPermitted as refusal:
                return type(refusal).__name__
            return "ended"

        return act

    outcomes = race(factory, end("applicant", "stranger"), end("stranger", "applicant"))
    assert sorted(map(str, outcomes)) == ["NotPermitted", "ended"]


def test_a_right_given_twice_is_journalled_once(session: Session, world: World, application: Application) -> None:
    stranger = world.person(session, "stranger")
    assert give_right(session, world["applicant"], application, stranger, Right.READ) is not None
    assert give_right(session, world["applicant"], application, stranger, Right.READ) is None
    end_right(session, world["applicant"], application, stranger)
    with pytest.raises(NotFound):
        end_right(session, world["applicant"], application, stranger)


def test_a_person_taken_off_no_longer_sees_the_file(
    session: Session, world: World, application: Application
) -> None:
    join(session, invited(session, world, application), world.person(session, "stranger"))
    end_right(session, world["applicant"], application, world.person(session, "stranger"))
    with pytest.raises(NotFound):
        find(session, world["stranger"], Application, application.reference)
    assert session.scalars(select(Person).where(Person.email == STRANGER)).one().active


def test_the_link_names_right_and_file(session: Session, world: World, application: Application) -> None:
    invited(session, world, application, Right.SIGN)
    link = last_link(session, LinkPurpose.CO_AUTHOR, application_id=application.id)
    assert (link.right, link.name, link.email) == (Right.SIGN, "Sacha Essai", STRANGER)
