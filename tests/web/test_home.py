"""The home page."""

from fund.db import SessionFactory, unit_of_work
from fund.models import Call
from tests.scenario import World
from tests.web.conftest import Browser


def test_it_says_what_the_fund_is_and_shows_the_open_call(
    browser: Browser, world: World, factory: SessionFactory
) -> None:
    page = browser.get("/").text
    assert "Ce que nul ne peut porter seul" in page
    assert "Les trois étapes d’une alliance" in page
    assert "Alliances pour les territoires" in page
    with unit_of_work(factory) as session:
        assert f"/appels/{session.get_one(Call, world.call_id).reference}" in page


def test_without_a_call_it_says_so(browser: Browser, factory: SessionFactory) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    assert "Aucun appel n’est ouvert en ce moment" in page.text


def test_it_speaks_english(browser: Browser, world: World) -> None:
    browser.client.get("/langue/en")
    page = browser.get("/").text
    assert "The three steps of an alliance" in page
    assert "Alliances for territories" in page
