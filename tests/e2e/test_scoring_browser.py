"""Scoring in a real browser: by keyboard, saved while typing, without a connection, in two windows."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import AuditEvent, Review
from fund.services.reviews import read_grid
from fund.services.steps import take_step
from tests.e2e.conftest import Visitor, assert_soon
from tests.scenario import PASSWORD, World, address_of

Visit = Callable[..., Visitor]
Recorded = Callable[[], dict[str, str]]
SAVED = re.compile(r"Enregistré à\s\d\d:\d\d$")
RUBRIC = (("Intérêt général", 50, 5), ("Alliance", 30, 5), ("Effet", 20, 20))


@pytest.fixture
def path(factory: SessionFactory, world: World) -> str:
    """An accepted review with three criteria; the first has words and a threshold, the last a long scale."""
    with unit_of_work(factory) as session:
        criteria = [
            {"label_fr": label, "label_en": label, "weight": Decimal(weight), "scale_max": most}
            for label, weight, most in RUBRIC
        ]
        call = world.make_call(session, criteria=criteria)
        first = call.criteria[0]
        first.anchors = [{"fr": f"Mot {mark}", "en": f"Word {mark}"} for mark in range(6)]
        first.threshold = 3
        review = world.in_review(session, call_id=call.id).reviews[0]
        take_step(session, world["reviewer"], review, "accept")
        return f"/evaluations/{review.reference}"


@pytest.fixture
def recorded(factory: SessionFactory, path: str) -> Recorded:
    def read() -> dict[str, str]:
        with factory() as session:
            query = select(Review).where(Review.reference == path.rpartition("/")[2])
            return {name: text for name, text in read_grid(session.scalars(query).one()).items() if text}

    return read


def state(page: Page) -> Any:
    return expect(page.locator("[data-save-state]"))


def mark(page: Page, criterion: int, value: int) -> Any:
    return page.locator(f"[name=mark-{criterion}][value='{value}']")


def test_a_grid_is_filled_in_and_submitted_without_the_mouse(
    visit: Visit, path: str, recorded: Recorded, factory: SessionFactory
) -> None:
    page = visit("reviewer", script=True).open(path)
    page.locator("[name=mark-1]:checked").focus()
    page.keyboard.press("2")
    expect(mark(page, 1, 2)).to_be_checked()
    state(page).to_have_text(SAVED)
    expect(page.locator("#flag-1")).not_to_be_empty()
    expect(page.locator("#grid-sums")).to_contain_text("40")
    page.keyboard.press("c")
    page.keyboard.type("En 2 mots : c’est court ?")
    page.keyboard.press("Escape")
    expect(mark(page, 1, 2)).to_be_focused()
    page.keyboard.press("4")
    expect(page.locator("#flag-1")).to_be_empty()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("5")
    page.keyboard.press("ArrowUp")
    expect(mark(page, 1, 4)).to_be_focused()
    page.keyboard.press("9")  # no such mark
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#mark-3")).to_be_focused()
    page.keyboard.type("18")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("Un projet utile.")
    written = {
        "mark-1": "4",
        "comment-1": "En 2 mots : c’est court ?",
        "mark-2": "5",
        "mark-3": "18",
        "comment": "Un projet utile.",
    }
    assert_soon(lambda: recorded() == written)
    expect(page.locator("#grid-sums")).to_contain_text("88")
    page.get_by_role("button", name="Rendre l’évaluation").press("Enter")
    expect(page.get_by_text("Votre évaluation est rendue")).to_be_visible()
    with factory() as session:
        query = select(AuditEvent.action).where(
            AuditEvent.subject_type == "review", AuditEvent.action == "review.score"
        )
        assert len(session.scalars(query).all()) == 1


def test_help_is_shown_by_a_key_and_no_key_acts_while_one_writes(visit: Visit, path: str) -> None:
    page = visit("reviewer", script=True).open(path)
    page.locator("[name=mark-1]:checked").focus()
    page.keyboard.press("?")
    expect(page.locator("[data-shortcuts]")).to_have_attribute("open", "")
    page.locator("#comment-1").press_sequentially("1c?")
    expect(page.locator("#comment-1")).to_have_value("1c?")
    expect(page.locator("[name=mark-1]:checked")).to_have_value("")


def test_without_a_connection_nothing_is_lost(visit: Visit, path: str, recorded: Recorded) -> None:
    visitor = visit("reviewer", script=True)
    page = visitor.open(path)
    page.context.set_offline(True)
    mark(page, 1, 5).check()
    page.locator("#comment-2").fill("Écrit dans le train.")
    state(page).to_contain_text("Non enregistré")
    assert recorded() == {}
    page.close()
    visitor.page.context.set_offline(False)
    again = Visitor(visitor.page.context.new_page(), visitor.address).open(path)
    expect(mark(again, 1, 5)).to_be_checked()
    expect(again.locator("#comment-2")).to_have_value("Écrit dans le train.")
    state(again).to_have_text(SAVED)
    assert recorded() == {"mark-1": "5", "comment-2": "Écrit dans le train."}
    assert again.evaluate("localStorage.length") == 0


def test_a_mark_that_cannot_be_stays_in_its_field_while_the_rest_is_saved(
    visit: Visit, path: str, recorded: Recorded
) -> None:
    page = visit("reviewer", script=True).open(path)
    page.locator("#mark-3").fill("12,5")
    page.locator("#comment-3").fill("Entre les deux.")
    assert_soon(lambda: recorded() == {"comment-3": "Entre les deux."})
    page.locator("#comment").focus()
    expect(page.locator("#q-mark-3-error")).not_to_be_empty()
    page.reload()
    expect(page.locator("#mark-3")).to_have_value("12,5")
    page.locator("#mark-3").fill("12")
    state(page).to_have_text(SAVED)
    assert_soon(lambda: recorded() == {"mark-3": "12", "comment-3": "Entre les deux."})
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_two_windows_keep_both_texts_and_ask_where_they_meet(
    visit: Visit, path: str, recorded: Recorded, choice: str
) -> None:
    visitor = visit("reviewer", script=True)
    first = visitor.open(path)
    second = Visitor(first.context.new_page(), visitor.address).open(path)
    first.locator("#comment-1").fill("Le texte de la première")
    state(first).to_have_text(SAVED)
    second.bring_to_front()
    mark(second, 2, 3).check()
    second.locator("#comment-1").fill("Le texte de la seconde")
    box = second.locator("#clash-comment-1")
    expect(box).to_contain_text("Le texte de la première")
    expect(second.locator("#comment-1")).to_have_value("Le texte de la seconde")
    assert_soon(lambda: recorded().get("mark-2") == "3")
    assert recorded()["comment-1"] == "Le texte de la première"
    name = "Garder le mien" if choice == "mine" else "Prendre le sien"
    box.get_by_role("button", name=name).click()
    state(second).to_have_text(SAVED)
    expect(box).to_have_count(0)
    kept = "Le texte de la seconde" if choice == "mine" else "Le texte de la première"
    expect(second.locator("#comment-1")).to_have_value(kept)
    assert recorded() == {"comment-1": kept, "mark-2": "3"}


def test_an_expired_session_keeps_what_is_typed_and_goes_on_after_signing_in(
    visit: Visit, path: str, recorded: Recorded
) -> None:
    page = visit("reviewer", script=True).open(path)
    page.context.clear_cookies(name="fund_session")
    page.locator("#comment-1").fill("Écrit trop longtemps.")
    state(page).to_contain_text("Votre session a expiré")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Se connecter (nouvel onglet)").click()
    other = opened.value
    other.get_by_label("Adresse électronique").fill(address_of("reviewer"))
    other.get_by_label("Mot de passe").fill(PASSWORD)
    other.get_by_role("main").get_by_role("button", name="Se connecter").click()
    expect(other.locator("#comment-1")).to_have_value("Écrit trop longtemps.")
    state(other).to_have_text(SAVED)
    assert recorded() == {"comment-1": "Écrit trop longtemps."}


def test_a_review_cancelled_meanwhile_is_said_and_the_text_stays(
    visit: Visit, path: str, recorded: Recorded, factory: SessionFactory, world: World
) -> None:
    page = visit("reviewer", script=True).open(path)
    page.locator("#comment-1").fill("Un premier jet.")
    state(page).to_have_text(SAVED)
    with unit_of_work(factory) as session:
        query = select(Review).where(Review.reference == path.rpartition("/")[2])
        take_step(session, world["officer"], session.scalars(query).one(), "cancel", inputs={"reason": "Essai."})
    page.locator("#comment-1").fill("Un second jet.")
    expect(page.locator("[data-save-state]")).to_have_class(re.compile("is-unsent"))
    expect(page.locator("#comment-1")).to_have_value("Un second jet.")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_text("Essai.")).to_be_visible()
    page.get_by_role("main").locator("a[href$='/versions']").click()
    expect(page.get_by_text("Un premier jet.")).to_be_visible()
    assert recorded() == {"comment-1": "Un premier jet."}


@pytest.mark.parametrize("phone", [False, True])
def test_axe_finds_nothing_and_the_switch_leads_to_file_and_grid(visit: Visit, path: str, phone: bool) -> None:
    visitor = visit("reviewer", script=True, phone=phone)
    page = visitor.open(path)
    page.locator("#mark-3").fill("21")
    page.locator("#comment-3").focus()
    expect(page.locator("#q-mark-3-error")).not_to_be_empty()
    mark(page, 1, 1).check()
    expect(page.locator("#flag-1")).not_to_be_empty()
    page.locator("[data-shortcuts] summary").click()
    assert visitor.violations() == []
    assert not visitor.overflows()
    switch = page.locator(".beside-switch")
    if not phone:
        expect(switch).to_be_hidden()
        return
    switch.get_by_role("link").nth(1).click()
    expect(page.locator("#grid-title")).to_be_in_viewport()
    expect(switch).to_be_in_viewport()
    switch.get_by_role("link").first.click()
    expect(page.locator("#dossier .eyebrow")).to_be_in_viewport()
