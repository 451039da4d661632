"""Signing in and out, one's own account, and who gets to see what."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import ApiToken, Person
from fund.services.people import find_token_person
from tests.scenario import PASSWORD, World, address_of
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]
ADDRESS = "applicant@essai.example"
NEW_PASSWORD = "une autre phrase bien longue"


def test_a_wrong_password_keeps_the_address_and_says_what_to_do(browser: Browser, world: World) -> None:
    page = browser.post("/connexion", {"email": ADDRESS, "password": "wrong"})
    assert page.status_code == 422
    assert f'value="{ADDRESS}"' in page.text
    assert "ne vont pas ensemble" in page.text or "ne correspondent pas" in page.text
    assert browser.get("/mes-dossiers").status_code == 303


def test_an_unknown_address_is_answered_alike(browser: Browser, world: World) -> None:
    known = browser.post("/connexion", {"email": ADDRESS, "password": "wrong"})
    unknown = browser.post("/connexion", {"email": "nobody@essai.example", "password": "wrong"})
    without_what_varies = [re.sub(r'(value|action)="[^"]*"', "", page.text) for page in (known, unknown)]
    assert without_what_varies[0] == without_what_varies[1]


def test_a_form_without_its_token_is_refused(browser: Browser, world: World) -> None:
    page = browser.client.post("/connexion", data={"email": ADDRESS, "password": PASSWORD})
    assert page.status_code == 400


def test_ten_refusals_close_the_account_for_a_while_but_not_others(browser: Browser, world: World) -> None:
    token = browser.token("/connexion")
    for _ in range(10):
        sent = {"csrf_token": token, "email": ADDRESS, "password": "wrong"}
        assert browser.client.post("/connexion", data=sent).status_code == 422
    refused = browser.post("/connexion", {"email": ADDRESS.upper(), "password": PASSWORD})
    assert refused.status_code == 429
    assert "Trop de tentatives" in refused.text
    assert int(refused.headers["Retry-After"]) > 0
    assert browser.sign_in("officer").get("/compte").status_code == 200


def test_successes_are_not_counted(app: Flask, world: World, browser: Browser) -> None:
    for _ in range(12):
        Browser(app.test_client()).sign_in("applicant")


@pytest.mark.parametrize(
    ("target", "landing"),
    [
        ("/compte", "/compte"),
        ("/dossiers?etat=submitted&page=2", "/dossiers?etat=submitted&page=2"),
        ("//elsewhere.example/", "/mes-dossiers"),
        ("https://elsewhere.example/", "/mes-dossiers"),
        ("/\\elsewhere.example", "/mes-dossiers"),
        ("", "/mes-dossiers"),
    ],
)
def test_signing_in_leads_on_within_the_site_only(
    browser: Browser, world: World, target: str, landing: str
) -> None:
    answer = browser.post("/connexion", {"email": ADDRESS, "password": PASSWORD, "next": target})
    assert answer.status_code == 303
    assert answer.headers["Location"] == landing


@pytest.mark.parametrize(
    ("name", "desk"),
    [("reviewer", "/evaluations"), ("officer", "/dossiers"), ("chair", "/comite"), ("partner", "/")],
)
def test_each_role_lands_on_its_desk(browser: Browser, world: World, name: str, desk: str) -> None:
    answer = browser.post("/connexion", {"email": address_of(name), "password": PASSWORD})
    assert answer.headers["Location"] == desk


def test_a_page_for_signed_in_people_leads_to_the_form_and_back(browser: Browser, world: World) -> None:
    first = browser.get("/messages", avant="7")
    assert first.status_code == 303
    assert first.headers["Location"] == "/connexion?next=/messages?avant%3D7"
    form = browser.client.get(first.headers["Location"])
    assert 'name="next" value="/messages?avant=7"' in form.text
    assert "Connectez-vous pour voir cette page" in form.text


def test_a_form_sent_without_a_session_is_a_401_page(browser: Browser, world: World) -> None:
    page = browser.post("/messages")
    assert page.status_code == 401
    assert 'href="/connexion"' in page.text


def test_a_page_of_another_role_is_a_403(sign_in: SignIn) -> None:
    page = sign_in("reviewer").get("/mes-dossiers/nouveau")
    assert page.status_code == 403
    assert "Erreur 403" in page.text


def test_signing_out_ends_the_session(sign_in: SignIn) -> None:
    browser = sign_in("applicant")
    assert browser.client.get("/deconnexion").status_code == 405
    assert browser.post("/deconnexion", on="/compte").status_code == 303
    assert browser.get("/mes-dossiers").status_code == 303


def test_the_header_says_who_is_signed_in(sign_in: SignIn) -> None:
    page = sign_in("officer").get("/compte").text
    assert ">Officer</a>" in page
    assert "Se déconnecter" in page


def test_a_new_password_ends_the_other_sessions_and_not_this_one(sign_in: SignIn, browser: Browser) -> None:
    here, elsewhere = sign_in("applicant"), sign_in("applicant")
    sent = {"current": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert here.post("/compte/mot-de-passe", sent, on="/compte").status_code == 303
    assert here.get("/compte").status_code == 200
    assert elsewhere.get("/compte").status_code == 303
    assert browser.post("/connexion", {"email": ADDRESS, "password": PASSWORD}).status_code == 422
    assert browser.post("/connexion", {"email": ADDRESS, "password": NEW_PASSWORD}).status_code == 303


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"current": "wrong"}, "Ce n’est pas votre mot de passe actuel."),
        ({"again": "different from it"}, "Les deux nouveaux mots de passe diffèrent"),
        ({"new": "short", "again": "short"}, "Un mot de passe compte de 12 à 200 caractères."),
    ],
)
def test_a_password_that_cannot_be_taken_changes_nothing(
    sign_in: SignIn, sent: dict[str, str], sentence: str
) -> None:
    here, elsewhere = sign_in("applicant"), sign_in("applicant")
    given = {"current": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD, **sent}
    page = here.post("/compte/mot-de-passe", given, on="/compte")
    assert page.status_code == 422
    assert sentence in page.text
    assert NEW_PASSWORD not in page.text
    assert elsewhere.get("/compte").status_code == 200


def test_the_language_of_the_account_is_that_of_the_next_session(sign_in: SignIn, app: Flask) -> None:
    sent = {"name": "Camille Essai", "locale": "en"}
    assert sign_in("applicant").post("/compte", sent, on="/compte").status_code == 303
    page = Browser(app.test_client()).sign_in("applicant").get("/compte")
    assert '<html lang="en">' in page.text
    assert "Camille Essai" in page.text


def test_a_name_is_needed_and_the_language_must_be_ours(sign_in: SignIn) -> None:
    page = sign_in("applicant").post("/compte", {"name": " ", "locale": "xx"}, on="/compte")
    assert page.status_code == 422
    assert 'href="#name"' in page.text
    assert 'href="#locale"' in page.text


def test_a_token_is_shown_once_works_and_can_be_revoked(sign_in: SignIn, factory: SessionFactory) -> None:
    browser = sign_in("applicant")
    page = browser.post("/compte/jetons", {"name": "Tableur"}, on="/compte")
    assert page.status_code == 201
    found = re.search(r"odd17_[\w-]+", page.text)
    assert found is not None
    assert found[0] not in browser.get("/compte").text
    with unit_of_work(factory) as session:
        person = find_token_person(session, found[0])
        assert person is not None
        assert person.email == ADDRESS
        number = session.scalar(select(ApiToken.id))
    assert browser.post(f"/compte/jetons/{number}/revoquer", on="/compte").status_code == 303
    with unit_of_work(factory) as session:
        assert find_token_person(session, found[0]) is None


def test_a_token_needs_a_name(sign_in: SignIn, factory: SessionFactory) -> None:
    page = sign_in("applicant").post("/compte/jetons", {"name": ""}, on="/compte")
    assert page.status_code == 422
    assert 'href="#token-name"' in page.text
    with factory() as session:
        assert session.scalar(select(ApiToken.id)) is None


def test_nobody_revokes_the_token_of_somebody_else(sign_in: SignIn, factory: SessionFactory) -> None:
    sign_in("applicant").post("/compte/jetons", {"name": "Tableur"}, on="/compte")
    with factory() as session:
        number = session.scalar(select(ApiToken.id))
    assert sign_in("stranger").post(f"/compte/jetons/{number}/revoquer", on="/compte").status_code == 404


def test_a_closed_account_is_out_at_once(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    browser = sign_in("applicant")
    with unit_of_work(factory) as session:
        session.get_one(Person, world.people["applicant"]).active = False
    assert browser.get("/compte").status_code == 303
