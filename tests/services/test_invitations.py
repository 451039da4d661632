"""Inviting people to read files or to decide: by mail, once, for two weeks."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.models import LinkPurpose, OutboxRow, Person, PersonalLink
from fund.models.base import utc_now
from fund.services import invitations
from fund.services.links import LinkUsed
from fund.services.people import authenticate
from fund.services.perform import NotPermitted
from fund.services.registration import ask_password, renew_password
from tests.scenario import World
from workflows.permissions import Role
from workflows.topics import Topic

ADDRESS = "lectrice@essai.example"
WORDS = "quatre mots bien choisis"


def invited(session: Session, world: World, *roles: Role) -> Person:
    return invitations.invite(
        session, world["officer"], email=ADDRESS, name="Lectrice Essai", roles=roles or [Role.REVIEWER]
    )


def messages(session: Session) -> list[OutboxRow]:
    query = select(OutboxRow).where(OutboxRow.topic == Topic.REVIEWER_INVITED).order_by(OutboxRow.id)
    return list(session.scalars(query))


def link_of(session: Session, person: Person) -> PersonalLink:
    return invitations.find_pending(session, [person])[person.id]


def test_a_new_address_gets_an_account_that_only_its_link_opens(session: Session, world: World) -> None:
    person = invited(session, world, Role.REVIEWER, Role.COMMITTEE)
    assert person.roles == {Role.REVIEWER, Role.COMMITTEE}
    [message] = messages(session)
    link = link_of(session, person)
    assert (message.link_id, message.recipient_id) == (link.id, None)
    assert link.expires_at - link.created_at == timedelta(days=14)
    assert authenticate(session, ADDRESS, "") is None

    opened = invitations.take_up(session, link, name="Camille Lectrice", password=WORDS, locale="en")
    assert (opened.name, opened.locale) == ("Camille Lectrice", "en")
    assert authenticate(session, ADDRESS, WORDS) is opened
    assert invitations.find_pending(session, [opened]) == {}


def test_a_link_is_good_once(session: Session, world: World) -> None:
    link = link_of(session, invited(session, world))
    invitations.take_up(session, link, name="Lectrice", password=WORDS, locale="fr")
    with pytest.raises(LinkUsed):
        invitations.take_up(session, link, name="Autre", password="un tout autre secret", locale="fr")


def test_a_password_too_short_leaves_the_link_alive(session: Session, world: World) -> None:
    link = link_of(session, invited(session, world))
    with pytest.raises(InvalidInput):
        invitations.take_up(session, link, name="Lectrice", password="court", locale="fr")
    assert link.used_at is None


def test_an_invitation_is_sent_again_and_the_earlier_link_ends(session: Session, world: World) -> None:
    person = invited(session, world)
    first = link_of(session, person)
    with time_machine.travel(utc_now() + timedelta(days=20)):
        again = invitations.invite_again(session, world["officer"], person)
        assert again.expires_at > utc_now()
    assert invitations.find_pending(session, [person])[person.id] is again
    assert len(messages(session)) == 2
    now = invitations.invite_again(session, world["officer"], person)
    session.refresh(again)
    assert (first.id, again.revoked_at is not None) == (first.id, True)
    assert now.revoked_at is None


def test_inviting_twice_sends_again_and_adds_the_role(session: Session, world: World) -> None:
    person = invited(session, world)
    assert invited(session, world, Role.COMMITTEE) is person
    assert person.roles == {Role.REVIEWER, Role.COMMITTEE}
    assert len(messages(session)) == 2
    living = select(PersonalLink).where(
        PersonalLink.purpose == LinkPurpose.INVITATION, PersonalLink.revoked_at.is_(None)
    )
    assert len(session.scalars(living).all()) == 1


def test_who_chose_a_password_by_another_way_has_taken_the_invitation_up(session: Session, world: World) -> None:
    person = invited(session, world)
    ask_password(session, email=ADDRESS, locale="fr")
    renewal = session.scalars(select(PersonalLink).where(PersonalLink.purpose == LinkPurpose.PASSWORD)).one()
    invitation = link_of(session, person)
    renew_password(session, renewal, password=WORDS)
    assert invitations.find_pending(session, [person]) == {}
    with pytest.raises(LinkUsed):
        invitations.take_up(session, invitation, name="Autre", password="un tout autre secret", locale="fr")
    with pytest.raises(Conflict, match="invitation_taken"):
        invitations.invite_again(session, world["officer"], person)


def test_a_known_account_gets_the_role_and_a_message(session: Session, world: World) -> None:
    applicant = world.person(session, "stranger")
    applicant.session_epoch = 2  # as whoever has chosen a password
    invitations.invite(
        session, world["officer"], email=applicant.email.upper(), name="Peu importe", roles=[Role.REVIEWER]
    )
    assert Role.REVIEWER in applicant.roles
    assert applicant.name == "Stranger"
    [message] = messages(session)
    assert (message.recipient_id, message.link_id) == (applicant.id, None)


@pytest.mark.parametrize(
    ("name", "roles", "code"),
    [
        ("reviewer", [Role.REVIEWER], "roles_held"),
        ("officer", [Role.REVIEWER], "own_account"),
        ("reviewer", [], "role_missing"),
        ("reviewer", [Role.ADMIN], "role_missing"),
    ],
)
def test_what_is_no_invitation(session: Session, world: World, name: str, roles: list[Role], code: str) -> None:
    email = world.person(session, name).email
    with pytest.raises(InvalidInput) as refusal:
        invitations.invite(session, world["officer"], email=email, name="Essai", roles=roles)
    assert [code] in refusal.value.errors.values()
    assert messages(session) == []


def test_a_closed_account_is_not_opened_by_an_invitation(session: Session, world: World) -> None:
    stranger = world.person(session, "stranger")
    stranger.active, email = False, stranger.email
    with pytest.raises(InvalidInput, match="email"):
        invitations.invite(session, world["officer"], email=email, name="Essai", roles=[Role.REVIEWER])


@pytest.mark.parametrize("name", ["applicant", "reviewer", "chair", "auditor", "admin"])
def test_only_officers_invite(session: Session, world: World, name: str) -> None:
    with pytest.raises(NotPermitted):
        invitations.invite(session, world[name], email=ADDRESS, name="Essai", roles=[Role.REVIEWER])
