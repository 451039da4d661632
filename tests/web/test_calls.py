"""The calls as the public sees them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from fund.db import SessionFactory, unit_of_work
from fund.models import Call
from fund.models.base import utc_now
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.call_making import make_published
from tests.web.conftest import Browser


@pytest.fixture
def reference(factory: SessionFactory, world: World) -> str:
    with factory() as session:
        return session.get_one(Call, world.call_id).reference


def test_a_call_says_its_dates_limits_alliance_and_rubric(browser: Browser, reference: str) -> None:
    page = browser.get(f"/appels/{reference}").text
    for text in (
        "encore 10 jours",
        "200\u202f000,00",
        "60\u202f000,00",
        "80\u202f%",
        "Collectivité",
        "Intérêt général",
    ):
        assert text in page, text
    assert f"/mes-dossiers/nouveau?appel={reference}" in page


def test_the_rubric_says_what_marks_mean_and_from_where_on_a_file_is_in_question(
    browser: Browser, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        call = make_published(session, world)
        reference = call.reference
        _, first, *_ = (anchor.fr for anchor in call.content.rubric[0].anchors)
    page = browser.get(f"/appels/{reference}").text
    assert "Qui fait quoi, qui décide, qu’apporte chacun\u00a0?" in page
    assert f'<dt class="num">1</dt><dd>{first}</dd>' in page
    assert page.count('<dl class="marks-in-words">') == 4
    browser.get("/langue/en")
    english = browser.get(f"/appels/{reference}").text
    assert "Below a mean mark of 2, " in english
    assert "below 50 out of 100" in english


def test_the_way_in_passes_by_the_sign_in_form(browser: Browser, reference: str) -> None:
    answer = browser.get("/mes-dossiers/nouveau", appel=reference)
    assert answer.status_code == 303
    assert "next=/mes-dossiers/nouveau" in answer.headers["Location"]


def test_time_moves_a_call_from_announced_to_open_to_closed(
    browser: Browser, world: World, factory: SessionFactory
) -> None:
    opening = datetime(2027, 3, 1, 9, tzinfo=UTC)
    with unit_of_work(factory) as session:
        call = world.make_call(
            session, title_fr="Appel daté", opens_at=utc_now() - timedelta(days=1), closes_at=opening
        )
        reference = call.reference
    with unit_of_work(factory) as session:
        call = session.get_one(Call, call.id)
        call.opens_at, call.closes_at = opening, opening + timedelta(days=30)
    for days, state in ((-5, "Annoncé"), (1, "Ouvert"), (30, "Clos")):
        with time_machine.travel(opening + timedelta(days=days), tick=True):
            assert state in browser.get(f"/appels/{reference}").text, days


def test_the_list_parts_open_calls_from_closed_ones(browser: Browser, reference: str) -> None:
    assert "Appels clos</h2>" not in browser.get("/appels").text
    with time_machine.travel(utc_now() + timedelta(days=11), tick=True):
        page = browser.get("/appels").text
    assert "Appels clos</h2>" in page
    assert page.index("Aucun appel n’est ouvert") < page.index("Alliances pour les territoires")


def test_a_draft_of_a_call_is_nobodys_even_an_officers(
    browser: Browser, world: World, factory: SessionFactory
) -> None:
    with unit_of_work(factory) as session:
        call = world.make_call(session, title_fr="Appel annulé")
        take_step(session, world["officer"], call, "cancel", inputs={"reason": "Faute de moyens."})
        reference = call.reference
    assert browser.get(f"/appels/{reference}").status_code == 404
    assert "Appel annulé" not in browser.get("/appels").text
    assert browser.sign_in("officer").get(f"/appels/{reference}").status_code == 404


def test_who_cannot_apply_is_told(browser: Browser, reference: str) -> None:
    page = browser.sign_in("reviewer").get(f"/appels/{reference}").text
    assert "comptes de porteurs de projet" in page
    assert "/mes-dossiers/nouveau" not in page


@pytest.mark.parametrize("path", ["/appels/AP-0000-0000", "/appels/%F0%9F%92%A9"])
def test_an_unknown_call_is_a_404(browser: Browser, world: World, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_a_cursor_of_nowhere_is_a_422(browser: Browser, world: World) -> None:
    assert browser.get("/appels", page="nowhere").status_code == 422
