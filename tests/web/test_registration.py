"""Opening an account and renewing a password by a link: nobody learns whether an address has an account."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import Engine, event, func, select

from fund.db import SessionFactory, unit_of_work
from fund.models import LinkPurpose, OutboxRow, OutboxState, Person, PersonalLink
from fund.models.base import utc_now
from fund.services.links import LIFE
from tests.alliances import address_of, last_link, mails_to
from tests.scenario import PASSWORD, World
from tests.web.conftest import Browser

NEW = "nouvelle@essai.example"
KNOWN = "applicant@essai.example"
LONG = "une phrase assez longue"


def words_of(text: str) -> str:
    return unescape(text).replace("\u00a0", " ")


def register(browser: Browser, email: str, name: str = "Nouvelle Personne") -> str:
    answer = browser.post("/inscription", {"name": name, "email": email}, on="/inscription")
    assert answer.status_code == 200, answer.text
    return words_of(answer.text)


def forget(browser: Browser, email: str) -> str:
    answer = browser.post("/mot-de-passe-oublie", {"email": email}, on="/mot-de-passe-oublie")
    assert answer.status_code == 200, answer.text
    return words_of(answer.text)


@pytest.fixture
def address(factory: SessionFactory) -> Callable[[LinkPurpose], str]:
    def read(purpose: LinkPurpose) -> str:
        page = "inscription" if purpose is LinkPurpose.REGISTER else "mot-de-passe"
        with factory() as session:
            return f"/{page}/" + address_of(last_link(session, purpose))

    return read


Address = Callable[[LinkPurpose], str]


def test_an_account_is_opened_by_a_link(
    browser: Browser, world: World, factory: SessionFactory, address: Address
) -> None:
    assert "Un message est envoyé à" in register(browser, NEW)
    with factory() as session:
        assert mails_to(session, NEW) == ["account.register"]
    here = address(LinkPurpose.REGISTER)
    assert 'value="Nouvelle Personne"' in browser.get(here).text
    sent = {"name": "Nouvelle Personne", "password": LONG, "again": LONG}
    assert browser.post(here, sent, on=here).location == "/mes-dossiers"
    assert browser.get("/mes-dossiers").status_code == 200  # signed in
    with factory() as session:
        person = session.scalars(select(Person).where(Person.email == NEW)).one()
        assert (person.name, person.locale, {role.value for role in person.roles}) == (
            "Nouvelle Personne",
            "fr",
            {"applicant"},
        )
    assert browser.get(here).status_code == 410


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "onze signes", "again": "onze signes"},
        {"again": "une autre phrase"},
        {"name": ""},
        {"name": "x" * 201},
        {"password": "", "again": ""},
    ],
)
def test_a_password_that_will_not_do_opens_nothing(
    browser: Browser, world: World, factory: SessionFactory, address: Address, wrong: dict[str, str]
) -> None:
    register(browser, NEW)
    here = address(LinkPurpose.REGISTER)
    sent = {"name": "Nouvelle", "password": LONG, "again": LONG, **wrong}
    assert browser.post(here, sent, on=here).status_code == 422
    with factory() as session:
        assert session.scalar(select(func.count()).where(Person.email == NEW)) == 0
    assert browser.get(here).status_code == 200  # the link is still good


def test_the_same_words_for_an_address_that_has_an_account(
    browser: Browser, world: World, factory: SessionFactory
) -> None:
    assert register(browser, NEW).replace(NEW, "X") == register(browser, KNOWN).replace(KNOWN, "X")
    assert forget(browser, "personne@essai.example").replace("personne@essai.example", "X") == forget(
        browser, KNOWN
    ).replace(KNOWN, "X")
    with factory() as session:
        assert mails_to(session, KNOWN) == ["account.password", "account.password"]
        assert mails_to(session, "personne@essai.example") == []


def test_a_closed_account_is_told_nothing(browser: Browser, world: World, factory: SessionFactory) -> None:
    with unit_of_work(factory) as session:
        world.person(session, "applicant").active = False
    register(browser, KNOWN)
    forget(browser, KNOWN)
    with factory() as session:
        assert session.scalars(select(OutboxRow).where(OutboxRow.link_id.is_not(None))).all() == []
        assert session.scalars(select(PersonalLink)).all() == []


def test_the_work_is_the_same_whether_or_not_there_is_an_account(
    browser: Browser, world: World, factory: SessionFactory
) -> None:
    """An answer that took less work would come sooner, and so tell: each statement to the database counts."""
    with unit_of_work(factory) as session:
        world.person(session, "stranger").active = False

    def kinds(act: Callable[[], object]) -> list[str]:
        said: list[str] = []

        def note(_c: object, _u: object, statement: str, *_: object) -> None:
            said.append(" ".join(statement.split()[:3]))

        event.listen(Engine, "before_cursor_execute", note)
        try:
            act()
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        return [one for one in said if one.startswith(("INSERT", "UPDATE", "DELETE"))]

    inserts = ["INSERT INTO personal_links", "INSERT INTO outbox"]
    for address in (NEW, KNOWN, "stranger@essai.example"):
        assert kinds(lambda: register(browser, address)) == inserts  # noqa: B023 - called at once
    for address in ("personne@essai.example", KNOWN, "stranger@essai.example"):
        assert kinds(lambda: forget(browser, address)) == inserts  # noqa: B023 - called at once


def test_two_links_open_one_account(
    browser: Browser, world: World, factory: SessionFactory, address: Address
) -> None:
    register(browser, NEW)
    first = address(LinkPurpose.REGISTER)
    register(browser, NEW.upper())
    second = address(LinkPurpose.REGISTER)
    sent = {"name": "Nouvelle", "password": LONG, "again": LONG}
    assert browser.post(first, sent, on=first).status_code == 303
    answer = browser.client.post(second, data={**sent, "csrf_token": browser.token(second)})
    assert answer.status_code == 409
    assert "existe déjà" in words_of(answer.text)


def test_a_forgotten_password_is_renewed_by_a_link(
    browser: Browser, world: World, factory: SessionFactory, address: Address, sign_in: Callable[[str], Browser]
) -> None:
    elsewhere = sign_in("applicant")
    forget(browser, KNOWN)
    first = address(LinkPurpose.PASSWORD)
    forget(browser, KNOWN.upper())
    here = address(LinkPurpose.PASSWORD)
    for wrong in ({"password": "court", "again": "court"}, {"again": "autre"}):
        assert browser.post(here, {"password": LONG, "again": LONG, **wrong}, on=here).status_code == 422
    assert browser.post(here, {"password": LONG, "again": LONG}, on=here).location == "/connexion"
    assert "Connectez-vous avec le nouveau" in words_of(browser.get("/connexion").text)
    assert elsewhere.get("/compte").status_code == 303  # its sessions are ended
    for dead in (first, here):
        assert browser.get(dead).status_code == 410
    assert browser.post("/connexion", {"email": KNOWN, "password": PASSWORD}).status_code == 422
    assert browser.post("/connexion", {"email": KNOWN, "password": LONG}).status_code == 303


def test_the_link_of_an_account_closed_since_is_unknown(
    browser: Browser, world: World, factory: SessionFactory, address: Address
) -> None:
    forget(browser, KNOWN)
    here = address(LinkPurpose.PASSWORD)
    with unit_of_work(factory) as session:
        world.person(session, "applicant").active = False
    answer = browser.client.post(here, data={"password": LONG, "again": LONG, "csrf_token": browser.token(here)})
    assert answer.status_code == 404


@pytest.mark.parametrize(("purpose", "ask"), [(LinkPurpose.REGISTER, register), (LinkPurpose.PASSWORD, forget)])
def test_links_of_accounts_expire_soon(
    browser: Browser,
    world: World,
    address: Address,
    purpose: LinkPurpose,
    ask: Callable[[Browser, str], str],
) -> None:
    ask(browser, NEW if purpose is LinkPurpose.REGISTER else KNOWN)
    here = address(purpose)
    assert browser.get(here).status_code == 200
    with time_machine.travel(utc_now() + LIFE[purpose] + timedelta(seconds=5), tick=True):
        answer = browser.get(here)
        assert answer.status_code == 410
        assert "Demander un nouveau lien" in words_of(answer.text)


@pytest.mark.parametrize("page", ["/inscription", "/mot-de-passe-oublie"])
def test_mails_to_one_address_are_limited(browser: Browser, world: World, page: str) -> None:
    def ask(email: str) -> int:
        return browser.post(page, {"name": "Nouvelle", "email": email}, on=page).status_code

    assert [ask(f" {NEW.upper()}" if n % 2 else NEW) for n in range(5)] == [200, 200, 200, 200, 429]
    assert ask(KNOWN) == 200


@pytest.mark.parametrize("typed", ["", "pas une adresse", "a" * 300 + "@essai.example"])
def test_what_is_no_address_is_said(browser: Browser, world: World, typed: str) -> None:
    answer = browser.post("/inscription", {"name": "Nouvelle", "email": typed}, on="/inscription")
    assert answer.status_code == 422
    assert 'value="Nouvelle"' in answer.text


def test_a_form_without_its_token_is_refused(browser: Browser, world: World) -> None:
    assert browser.client.post("/inscription", data={"name": "N", "email": NEW}).status_code == 400
    assert browser.client.post("/mot-de-passe-oublie", data={"email": KNOWN}).status_code == 400


def test_the_ways_in(
    browser: Browser, sign_in: Callable[[str], Browser], world: World, call_reference: str
) -> None:
    for path in ("/connexion", f"/appels/{call_reference}"):
        assert 'href="/inscription"' in browser.get(path).text
    assert 'href="/mot-de-passe-oublie"' in browser.get("/connexion").text
    assert sign_in("applicant").get("/inscription").location == "/mes-dossiers"


def test_a_mail_that_failed_is_shown_with_its_reader(
    browser: Browser, sign_in: Callable[[str], Browser], factory: SessionFactory, world: World
) -> None:
    register(browser, NEW)
    with unit_of_work(factory) as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.link_id.is_not(None))).one()
        row.state, row.attempts, row.last_error = OutboxState.PARKED, 8, "550 unknown mailbox"
    page = words_of(sign_in("officer").get("/messages-en-attente").text)
    assert "Ouvrez votre compte au Fonds ODD 17" in page
    assert NEW in page
