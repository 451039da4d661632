"""The funded alliances as everybody sees them."""

import re
from decimal import Decimal

import pytest

from fund.db import SessionFactory, unit_of_work
from fund.models import Award
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.counting import count_statements


@pytest.fixture
def reference(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        award: Award = world.active_award(session)
        award.application.motivation = "Motif confidentiel du comité."
        return award.reference


def test_the_list_names_each_alliance_with_its_place_and_amount(browser: Browser, reference: str) -> None:
    page = browser.get("/alliances").text
    assert f'href="/alliances/{reference}"' in page
    for text in ("Un atelier partagé", "Roques (Haute-Garonne)", "15\u202f000,00\u00a0€", "et 2 autres membres"):
        assert text in page, text
    assert "<strong>1</strong> <span>alliance financée</span>" in page


def test_the_map_stands_with_its_table(browser: Browser, reference: str) -> None:
    page = browser.get("/alliances").text
    assert "Carte des alliances financées</h2>" in page
    assert page.count('role="img"') == 1
    row = re.search(r'<th scope="row">Haute-Garonne \(31\)</th>(.*?)</tr>', page, re.DOTALL)
    assert row
    assert re.findall(r">([^<>]+)</td>", row[1]) == ["1", "15\u202f000\u00a0€"]


def test_a_page_tells_the_project_its_members_and_the_grant(browser: Browser, reference: str) -> None:
    page = browser.get(f"/alliances/{reference}").text
    for text in (
        "Une recyclerie, une école et une entreprise.",
        "Association d&#39;essai",
        "Commune d&#39;essai",
        "Entreprise d&#39;essai",
        "Collectivité",
        "15\u202f000,00\u00a0€",
        "Alliances pour les territoires",
        "31\u00a0décembre\u00a02027",
    ):
        assert text in page, text


def test_nothing_personal_and_nothing_of_the_judgement_is_told(
    browser: Browser, factory: SessionFactory, reference: str
) -> None:
    pages = browser.get(f"/alliances/{reference}").text + browser.get("/alliances").text
    with factory() as session:
        award = session.query(Award).one()
        secrets = [award.application.contact_name, award.application.contact_email, award.application.motivation]
        secrets += [member.representative_email for member in award.application.members]
        # What was asked, the budget, a member's money, the part of another.
        secrets += ["20\u202f000,00", "40\u202f000,00", "10\u202f000,00", "Pilote"]
    assert [secret for secret in secrets if secret and secret in pages] == []


def test_nothing_shows_before_the_agreement_is_signed(
    browser: Browser, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        decided = world.before_committee(session)
        world.decide(session, decided, amount=Decimal(15_000))
        unsigned = world.award(session, title="Pas encore signé").reference
    page = browser.get("/alliances").text
    assert "Aucune alliance n’est encore financée" in page
    assert browser.get(f"/alliances/{unsigned}").status_code == 404
    assert browser.get("/alliances/AT-0000-0000").status_code == 404


def test_an_award_that_is_cancelled_disappears(
    browser: Browser, factory: SessionFactory, world: World, reference: str
) -> None:
    with unit_of_work(factory) as session:
        award = session.query(Award).one()
        take_step(session, world["officer"], award, "cancel", inputs={"reason": "Abandonné."})
    assert browser.get(f"/alliances/{reference}").status_code == 404
    assert reference not in browser.get("/alliances").text


def test_what_is_asked_stays_in_the_form_and_finds(browser: Browser, reference: str) -> None:
    found = browser.get("/alliances", texte="atelier", departement="31").text
    assert 'value="atelier"' in found
    assert '<option selected value="31">Haute-Garonne (31)</option>' in found
    assert reference in found
    nothing = browser.get("/alliances", departement="09").text
    assert "Aucune alliance ne correspond." in nothing
    assert 'href="/alliances">Retirer les filtres' in nothing


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"annee": "deux mille"}, 422),
        ({"annee": "9999999999"}, 422),
        ({"texte": "a" * 101}, 422),
        ({"page": "nul"}, 422),
        ({"odd": "99", "levier": "0"}, 200),
        ({"appel": "'; --", "departement": "%"}, 200),
        ({"_external": "1"}, 200),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    browser: Browser, reference: str, query: dict[str, str], status: int
) -> None:
    answer = browser.get("/alliances", **query)
    assert answer.status_code == status
    assert "Alliances financées" in answer.text or status == 422


def test_the_number_of_statements_does_not_depend_on_the_number_of_alliances(
    browser: Browser, factory: SessionFactory, world: World, reference: str
) -> None:
    browser.get("/alliances")
    one = count_statements(lambda: browser.get("/alliances"))
    with unit_of_work(factory) as session:
        for number in range(2):
            world.active_award(session, title=f"Alliance {number}")
    assert count_statements(lambda: browser.get("/alliances")) == one
    assert "Alliance 1" in browser.get("/alliances").text


def test_it_speaks_english_too(browser: Browser, reference: str) -> None:
    browser.get("/langue/en")
    page = browser.get(f"/alliances/{reference}").text
    assert "The alliance" in page
    assert "leads the alliance" in page
    assert "€15,000" in page
