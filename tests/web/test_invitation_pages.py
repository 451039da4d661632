"""The pages behind an invitation: a co-author joins with her account, or opens one right there."""

from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, LinkPurpose, Person, Right
from fund.services import sharing
from fund.services.registration import ask_account
from tests.alliances import address_of, last_link, represented
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]
Invite = Callable[..., str]


@pytest.fixture
def file(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return represented(session, world).reference


def find(session: Session, file: str) -> Application:
    return session.scalars(select(Application).where(Application.reference == file)).one()


def words_of(answer: TestResponse) -> str:
    return unescape(answer.text).replace("\u00a0", " ")


@pytest.fixture
def invite(factory: SessionFactory, world: World, file: str) -> Callable[..., str]:
    def make(email: str, right: Right = Right.WRITE) -> str:
        with unit_of_work(factory) as session:
            application = find(session, file)
            made = sharing.invite(
                session, world["applicant"], application, email=email, name="Sacha Essai", right=right
            )
            return "/invitation/" + address_of(made)

    return make


def test_who_is_signed_in_joins_with_a_button(sign_in: SignIn, invite: Invite, file: str) -> None:
    here = invite("stranger@essai.example")
    stranger = sign_in("stranger")
    page = words_of(stranger.get(here))
    assert "Association d'essai" in page
    assert "Lire et écrire" in page
    answer = stranger.post(here, on=here)
    assert answer.location == f"/mes-dossiers/{file}"
    assert stranger.get(f"/mes-dossiers/{file}").status_code == 200
    again = stranger.get(here)
    assert again.status_code == 410
    assert "a déjà servi" in words_of(again)


def test_who_has_an_account_is_led_to_sign_in_and_back(browser: Browser, invite: Invite, world: World) -> None:
    here = invite("stranger@essai.example")
    page = browser.get(here).text
    assert "/connexion?next=/invitation/" in page.replace("%2F", "/")
    assert 'name="password"' not in page
    sent = {"email": "stranger@essai.example", "password": "correct horse battery staple", "next": here}
    assert browser.post("/connexion", sent).location == here


def test_another_account_than_the_invited_one_is_told_so(sign_in: SignIn, invite: Invite, file: str) -> None:
    here = invite("stranger@essai.example")
    catalyst = sign_in("catalyst")
    page = words_of(catalyst.get(here))
    assert "catalyst@fonds.example" in page
    assert "stranger@essai.example" not in page
    answer = catalyst.client.post(here, data={"csrf_token": catalyst.token(here)})
    assert answer.status_code == 409
    assert catalyst.get(f"/mes-dossiers/{file}").status_code == 404
    switched = catalyst.client.post(here, data={"csrf_token": catalyst.token(here), "action": "switch"})
    assert switched.status_code == 303
    assert "connexion" in (switched.location or "")
    assert catalyst.get("/compte").status_code == 303  # signed out


def test_without_an_account_one_is_opened_right_there(
    browser: Browser, invite: Invite, file: str, factory: SessionFactory
) -> None:
    here = invite("nouvelle@essai.example")
    sent = {"name": "Nouvelle Personne", "password": "une phrase assez longue", "again": "une phrase assez longue"}
    for wrong in ({"password": "court", "again": "court"}, {"again": "autre chose"}, {"name": " "}):
        answer = browser.post(here, {**sent, **wrong}, on=here)
        assert answer.status_code == 422
    assert browser.post(here, sent, on=here).location == f"/mes-dossiers/{file}"
    assert browser.get(f"/mes-dossiers/{file}").status_code == 200
    with factory() as session:
        person = session.scalars(select(Person).where(Person.email == "nouvelle@essai.example")).one()
        assert person.name == "Nouvelle Personne"
        assert [role.value for role in person.roles] == ["applicant"]


def test_a_closed_account_is_not_opened_a_second_time(
    browser: Browser, invite: Invite, factory: SessionFactory, world: World
) -> None:
    here = invite("stranger@essai.example")
    with unit_of_work(factory) as session:
        world.person(session, "stranger").active = False
    assert "Le compte de cette adresse est fermé" in words_of(browser.get(here))
    sent = {"name": "N", "password": "une phrase assez longue", "again": "une phrase assez longue"}
    answer = browser.client.post(here, data={**sent, "csrf_token": browser.token(here)})
    assert answer.status_code == 409


def test_an_invitation_taken_back_says_whom_to_ask(
    browser: Browser, invite: Invite, factory: SessionFactory, world: World, file: str
) -> None:
    here = invite("nouvelle@essai.example")
    with unit_of_work(factory) as session:
        link = last_link(session, LinkPurpose.CO_AUTHOR)
        sharing.take_back_invitation(session, world["applicant"], find(session, file), link.id)
    answer = browser.get(here)
    assert answer.status_code == 410
    assert "nouvelle invitation" in words_of(answer)


def test_a_link_does_not_do_another_links_work(browser: Browser, invite: Invite, factory: SessionFactory) -> None:
    with unit_of_work(factory) as session:
        ask_account(session, email="nouvelle@essai.example", name="Nouvelle", locale="fr")
        register = address_of(last_link(session, LinkPurpose.REGISTER))
    invitation = invite("autre@essai.example").removeprefix("/invitation/")
    for page, text in (
        ("membre", register),
        ("invitation", register),
        ("mot-de-passe", register),
        ("inscription", invitation),
        ("mot-de-passe", invitation),
    ):
        assert browser.get(f"/{page}/{text}").status_code == 404
