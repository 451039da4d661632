"""The page behind a member's link: reading and answering; forged, dead and forwarded links."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, ConsentAnswer, ConsentState, LinkPurpose
from fund.models.base import utc_now
from fund.services.alliance import edit_member, remove_member
from fund.services.consents import take_back_request
from fund.services.links import LIFE
from fund.services.steps import take_step
from tests.alliances import MAYOR, address_of, ask, mails_to, member_of, represented, say
from tests.scenario import World
from tests.web.conftest import TOKEN, Browser

SignIn = Callable[[str], Browser]
SEEN = re.compile(r'name="seen" value="([0-9a-f]{64})"')


@pytest.fixture
def file(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return represented(session, world).reference


@pytest.fixture
def link(factory: SessionFactory, world: World, file: str) -> str:
    """The address of the town's link."""
    with unit_of_work(factory) as session:
        application = find(session, file)
        return "/membre/" + address_of(ask(session, world, application, member_of(application, world.town_id)))


def find(session: Session, file: str) -> Application:
    return session.scalars(select(Application).where(Application.reference == file)).one()


def words_of(answer: TestResponse) -> str:
    return unescape(answer.text).replace("\u00a0", " ")


def send(browser: Browser, path: str, **given: str) -> TestResponse:
    """Answer as the page shown lets one."""
    page = browser.get(path).text
    seen = SEEN.search(page)
    token = TOKEN.search(page)
    assert seen
    assert token
    usual = {
        "answer": "confirmed",
        "name": "Dominique Essai",
        "function": "maire",
        "email": MAYOR,
        "mandated": "y",
        "seen": seen[1],
        "csrf_token": token[1],
    }
    return browser.client.post(path, data={**usual, **given})


@pytest.fixture
def state(factory: SessionFactory, world: World, file: str) -> Callable[[], ConsentState]:
    def read() -> ConsentState:
        with factory() as session:
            return member_of(find(session, file), world.town_id).consent_state

    return read


State = Callable[[], ConsentState]


def test_a_member_reads_its_own_part_without_an_account(browser: Browser, link: str) -> None:
    page = words_of(browser.get(link))
    assert "La part de Commune d'essai" in page
    assert re.search(r"10\W000,00", page)
    assert "Association d'essai" in page
    assert "Entreprise d'essai" in page  # by name alone: what it brings is its own
    assert not re.search(r"\b5\W000,00", page)
    assert MAYOR not in page
    assert "entreprise@essai.example" not in page


def test_the_address_of_the_page_is_kept_secret(browser: Browser, link: str) -> None:
    for path in (link, "/membre/forged", "/invitation/forged", "/inscription", "/mot-de-passe/x"):
        headers = browser.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex"


def test_a_member_confirms(browser: Browser, link: str, state: State, factory: SessionFactory) -> None:
    answer = send(browser, link)
    assert answer.status_code == 303, answer.text
    assert state() is ConsentState.CONFIRMED
    page = words_of(browser.get(link))
    assert f"Un message envoyé à {MAYOR} la confirme." in page
    assert "Part confirmée par Dominique Essai, maire" in page
    with factory() as session:
        assert mails_to(session, MAYOR) == ["alliance.consent_asked", "alliance.consent_received"]


def test_it_works_over_https_where_no_referrer_is_sent(app: Flask, link: str, state: State) -> None:
    browser = Browser(app.test_client())
    base = "https://fonds.essai.example"
    page = browser.client.get(link, base_url=base).text
    token, seen = TOKEN.search(page), SEEN.search(page)
    assert token
    assert seen
    data = {
        "answer": "confirmed",
        "name": "Dominique",
        "function": "maire",
        "email": MAYOR,
        "mandated": "y",
        "seen": seen[1],
    }
    assert browser.client.post(link, base_url=base, data=data).status_code == 400
    sent = {**data, "csrf_token": token[1]}
    assert browser.client.post(link, base_url=base, data=sent).status_code == 303
    assert state() is ConsentState.CONFIRMED


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"mandated": ""}, "sans habilitation"),
        ({"answer": ""}, "Remplissez"),
        ({"answer": "change_asked"}, "Écrivez quelques mots"),
        ({"answer": "declined", "note": "  "}, "Écrivez quelques mots"),
        ({"name": ""}, "Remplissez"),
        ({"function": ""}, "Remplissez"),
        ({"email": "entreprise@essai.example"}, "transféré"),
        ({"email": ""}, "Remplissez"),
    ],
)
def test_an_answer_that_cannot_be_taken_keeps_what_was_typed(
    browser: Browser, link: str, state: State, wrong: dict[str, str], sentence: str
) -> None:
    answer = send(browser, link, **{"note": "", "name": "Claude <i>Essai</i>", **wrong})
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    if "name" not in wrong:
        assert "Claude &lt;i&gt;Essai&lt;/i&gt;" in answer.text
    assert state() is ConsentState.ASKED


@pytest.mark.parametrize("answer", ["change_asked", "declined"])
def test_a_change_or_a_refusal_reaches_the_alliance(
    browser: Browser, sign_in: SignIn, link: str, file: str, answer: str, state: State
) -> None:
    note = "Nous prêtons la halle, <b>pas</b> les 10 000 €."
    assert send(browser, link, answer=answer, note=note, mandated="").status_code == 303
    assert state().value == answer
    page = sign_in("applicant").get(f"/mes-dossiers/{file}/alliance").text
    assert "&lt;b&gt;pas&lt;/b&gt;" in page


def test_the_same_answer_twice_is_said_to_be_recorded(browser: Browser, link: str) -> None:
    send(browser, link)
    answer = send(browser, link)
    assert answer.status_code == 409
    assert "déjà enregistrée" in words_of(answer)


def test_what_changed_while_it_was_read_is_shown_before_it_is_confirmed(
    browser: Browser, link: str, file: str, factory: SessionFactory, world: World, state: State
) -> None:
    old = SEEN.search(browser.get(link).text)
    assert old
    with unit_of_work(factory) as session:
        application = find(session, file)
        town = member_of(application, world.town_id)
        share = {"contribution": Decimal(12_345)}
        edit_member(session, world["applicant"], application, town, identity={}, share=share)
    answer = send(browser, link, seen=old[1])
    assert answer.status_code == 409
    assert "modifiée pendant votre lecture" in words_of(answer)
    assert re.search(r"12\W345,00", answer.text)
    assert state() is ConsentState.ASKED
    now = SEEN.search(answer.text)
    assert now
    assert send(browser, link, seen=now[1]).status_code == 303


def test_what_changed_since_the_answer_stands_before_and_after(
    browser: Browser, link: str, file: str, factory: SessionFactory, world: World
) -> None:
    send(browser, link)
    with unit_of_work(factory) as session:
        application = find(session, file)
        town = member_of(application, world.town_id)
        share = {"territory": "dep:31"}
        edit_member(session, world["applicant"], application, town, identity={}, share=share)
    page = words_of(browser.get(link))
    assert "Ce qui a changé depuis cette réponse" in page
    assert re.search(r"<del>rien</del>.*<ins>Haute-Garonne \(31\)</ins>", page)


def test_after_the_deposit_the_part_is_read_and_no_answer_taken(
    browser: Browser, link: str, file: str, factory: SessionFactory, world: World, state: State
) -> None:
    page = browser.get(link).text
    token, seen = TOKEN.search(page), SEEN.search(page)
    assert token
    assert seen
    with unit_of_work(factory) as session:
        take_step(session, world["applicant"], find(session, file), "submit")
    shown = words_of(browser.get(link))
    assert "Le dossier n’est plus modifiable" in shown
    assert 'name="answer"' not in shown
    data = {"answer": "confirmed", "name": "D", "function": "maire", "email": MAYOR, "mandated": "y"}
    answer = browser.client.post(link, data={**data, "csrf_token": token[1], "seen": seen[1]})
    assert answer.status_code == 409
    assert "ne peut plus être enregistrée" in words_of(answer)
    assert state() is ConsentState.ASKED


def test_a_forged_link_tells_nothing(browser: Browser, link: str) -> None:
    for path in (
        "/membre/x",
        link[:-6] + "aaaaaa",
        "/membre/" + "A" * 5_000,
        link.replace("membre", "invitation"),
    ):
        answer = browser.get(path)
        assert answer.status_code == 404, path
        assert "Ce lien est inconnu" in words_of(answer)
        assert "essai" not in answer.text.replace("essai.example", "").lower().split("<main")[1].split("</main")[0]


def test_an_expired_and_a_revoked_link_say_what_to_do(
    browser: Browser, link: str, file: str, factory: SessionFactory, world: World
) -> None:
    with time_machine.travel(utc_now() + LIFE[LinkPurpose.CONSENT] + timedelta(minutes=1), tick=True):
        answer = browser.get(link)
        assert answer.status_code == 410
        assert "Ce lien a expiré" in words_of(answer)
        assert "demandez un nouveau lien au porteur" in words_of(answer)
        assert "Commune d'essai" not in words_of(answer)
    with unit_of_work(factory) as session:
        application = find(session, file)
        take_back_request(session, world["applicant"], application, member_of(application, world.town_id))
    answer = browser.get(link)
    assert answer.status_code == 410
    assert "remplacé ou annulé" in words_of(answer)
    token = browser.token("/connexion")
    assert browser.client.post(link, data={"csrf_token": token}).status_code == 410


def test_the_link_of_a_member_taken_out_is_unknown(
    browser: Browser, link: str, file: str, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        application = find(session, file)
        remove_member(session, world["applicant"], application, member_of(application, world.town_id))
    assert browser.get(link).status_code == 404


def test_guessing_is_limited_and_reading_is_not(browser: Browser, link: str) -> None:
    assert {browser.get(link).status_code for _ in range(40)} == {200}
    statuses = [browser.get(f"/{page}/x{n}").status_code for n in range(16) for page in ("membre", "invitation")]
    assert statuses[:30] == [404] * 30
    assert statuses[30:] == [429, 429]
    assert browser.get(link).status_code == 429


def test_guessing_the_address_is_limited(browser: Browser, link: str) -> None:
    statuses = [send(browser, link, email=f"{n}@essai.example").status_code for n in range(21)]
    assert statuses == [422] * 20 + [429]


def test_answers_stand_in_the_history_of_the_file(sign_in: SignIn, browser: Browser, link: str, file: str) -> None:
    send(browser, link)
    page = words_of(sign_in("applicant").get(f"/mes-dossiers/{file}"))
    assert "Réponse d’un membre" in page
    assert "Nous confirmons notre part" in page


def test_the_journal_tells_who_answered(sign_in: SignIn, file: str, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        application = find(session, file)
        town = member_of(application, world.town_id)
        say(session, ask(session, world, application, town), ConsentAnswer.CONFIRMED, name="Claude Essai")
        take_step(session, world["applicant"], application, "submit")
    page = words_of(sign_in("auditor").get(f"/journal/application/{file}"))
    assert "Réponse d’un membre" in page
    assert "Claude Essai" in page
