"""Writing in a real browser: what is typed is saved by itself, and the page follows."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Response, expect

from tests.e2e.conftest import Visitor, assert_soon
from tests.e2e.writing_pages import SAVED, state

Visit = Callable[..., Visitor]


def is_saving(answer: Response) -> bool:
    return answer.request.method == "POST" and "/ecrire/" in answer.url


def test_what_is_typed_is_saved_by_itself_and_only_that(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]]
) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    state(page).to_contain_text("Rien n’est encore enregistré")
    with page.expect_response(is_saving) as saving:
        page.locator("[name=need]").fill("Un lieu pour réparer.")
    sent = saving.value.request.post_data or ""
    assert "need=Un+lieu" in sent
    assert "people=" not in sent
    state(page).to_have_text(SAVED)
    assert recorded() == {"need": "Un lieu pour réparer."}
    expect(page.locator("#q-need-count")).to_contain_text("21 / 3\u202f000")
    expect(page.locator("#parts")).to_contain_text("points à régler")
    page.reload()
    expect(page.locator("[name=need]")).to_have_value("Un lieu pour réparer.")


def test_fields_appear_and_vanish_with_the_answers(visit: Visit, draft: str) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    other = page.get_by_label("Quelles autres personnes")
    expect(other).to_be_hidden()
    page.get_by_label("D’autres personnes").check()
    expect(other).to_be_visible()
    page.get_by_label("D’autres personnes").uncheck()
    expect(other).to_be_hidden()


def test_a_problem_is_shown_once_the_field_is_left(visit: Visit, draft: str) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    page.locator("[name=people]").fill("beaucoup")
    state(page).to_have_text(SAVED)
    expect(page.locator("#q-people-error")).to_be_empty()
    page.locator("[name=need]").focus()
    expect(page.locator("#q-people-error")).to_contain_text("Donnez un nombre")
    expect(page.locator("[name=people]")).to_have_attribute("aria-invalid", "true")
    page.locator("[name=people]").fill("12")
    page.locator("[name=need]").focus()
    expect(page.locator("#q-people-error")).to_be_empty()


def test_a_box_that_is_pressed_is_ticked_whatever_the_page_says_above_it(visit: Visit, draft: str) -> None:
    """Sentences that came or went on the press would move the box away from under the pointer."""
    page = visit("applicant", script=True, phone=True).open(f"/mes-dossiers/{draft}/ecrire/need?manques=1")
    missing = page.locator("#q-need-error")
    expect(missing).not_to_be_empty()
    page.locator("[name=people]").fill("beaucoup")
    box = page.get_by_label("D’autres personnes")
    box.evaluate("node => node.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box.hover()
    page.mouse.down()
    page.wait_for_timeout(300)
    expect(missing).not_to_be_empty()
    page.mouse.up()
    expect(box).to_be_checked()
    expect(page.locator("#q-people-error")).to_contain_text("Donnez un nombre")


def test_rows_are_added_up_to_their_maximum_and_each_can_be_removed(visit: Visit, draft: str) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/partnership")
    for number in range(10):
        page.locator(f"[name=steps-{number}-step]").fill(f"Étape {number + 1}")
    expect(page.locator("[name=steps-10-step]")).to_have_count(0)
    page.locator("[name=_remove][value=steps-9]").click()
    expect(page.locator("[name=steps-9-step]")).to_have_value("")
    expect(page.locator("[name=_remove][value=steps-9]")).to_be_hidden()
    page.locator("[name=_remove][value=steps-0]").click()
    expect(page.locator("[name=steps-0-step]")).to_have_value("Étape 2")
    expect(page.locator("[name=steps-9-step]")).to_have_count(0)


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_two_browsers_in_one_answer_are_shown_both_texts(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]], choice: str
) -> None:
    first = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    second = visit("stranger", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    first.locator("[name=need]").fill("Le texte de la première")
    state(first).to_have_text(SAVED)
    second.locator("[name=people]").fill("12")
    second.locator("[name=need]").fill("Le texte du second")
    box = second.locator("#clash-need")
    expect(box).to_contain_text("Le texte de la première")
    expect(box).to_contain_text("Applicant")
    expect(second.locator("[name=need]")).to_have_value("Le texte du second")
    state(second).to_contain_text("choisissez")
    name = "Garder le mien" if choice == "mine" else "Prendre le sien"
    box.get_by_role("button", name=name).click()
    state(second).to_have_text(SAVED)
    expect(box).to_have_count(0)
    kept = "Le texte du second" if choice == "mine" else "Le texte de la première"
    expect(second.locator("[name=need]")).to_have_value(kept)
    assert recorded() == {"need": kept, "people": "12"}
    second.locator("[name=need]").fill("Et la suite")
    state(second).to_have_text(SAVED)
    expect(second.locator("#parts")).to_be_visible()
    with second.expect_response(is_saving):
        second.locator("[name=site_web]").fill("https://essai.example")
    assert recorded()["need"] == "Et la suite"


def test_places_are_found_while_typing_by_keyboard(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]]
) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    field = page.locator("#q-territories")
    field.focus()
    field.press_sequentially("Roques")
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Roques")
    field.press("Enter")
    chip = page.locator(".chip")
    expect(chip).to_contain_text("Roques (")
    expect(field).to_have_value("")
    state(page).to_have_text(SAVED)
    assert len(recorded()["territories"]) == 1
    chip.get_by_role("checkbox").click()
    expect(chip).to_have_count(0)
    expect(field).to_be_focused()
    assert_soon(lambda: not recorded()["territories"])


def test_the_budget_adds_up_while_it_is_typed(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]]
) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/budget")
    page.locator("[name=charges-0-account]").select_option("641")
    page.locator("[name=charges-0-amount]").fill("60 000,50")
    expect(page.locator("[data-sum=charges]")).to_have_text("60\u202f000,50\u00a0€")
    page.locator("[name=products-0-amount]").fill("30 000")
    expect(page.locator("[data-sum=rate]")).to_have_text("50\u00a0%")
    page.locator("[name=charges-1-amount]").fill("10")  # the next line was added by itself
    expect(page.locator("[data-sum=charges]")).to_have_text("60\u202f010,50\u00a0€")
    expect(page.locator("#sums")).to_contain_text("de produits")
    assert_soon(lambda: [row["amount"] for row in recorded("budget")["charges"]] == ["60 000,50", "10"])


@pytest.mark.parametrize("phone", [False, True])
def test_axe_finds_nothing_and_nothing_overflows(visit: Visit, draft: str, phone: bool) -> None:
    visitor = visit("applicant", script=True, phone=phone)
    faults, wide = [], []
    for path in (
        "",
        "/ecrire/project",
        "/ecrire/need?manques=1",
        "/ecrire/partnership",
        "/ecrire/impact",
        "/ecrire/budget?manques=1",
        "/versions/need",
        "/copier",
    ):
        page = visitor.open(f"/mes-dossiers/{draft}{path}")
        if path.startswith("/ecrire/need"):
            page.locator("[name=people]").fill("beaucoup")
            others = page.get_by_label("D’autres personnes")
            others.evaluate("node => node.scrollIntoView({ block: 'center', behavior: 'instant' })")
            others.check()
            field = page.locator("#q-territories")
            field.press_sequentially("Saint-Hilaire")
            expect(field).to_have_attribute("aria-expanded", "true")
        faults += visitor.violations()
        wide += [path] if visitor.overflows() else []
    assert faults == []
    assert wide == []


def test_a_conflict_is_readable_by_everybody(visit: Visit, draft: str) -> None:
    first = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    visitor = visit("stranger", script=True, phone=True)
    second = visitor.open(f"/mes-dossiers/{draft}/ecrire/need")
    first.locator("[name=need]").fill("Le texte de la première")
    state(first).to_have_text(SAVED)
    second.locator("[name=need]").fill("Le texte du second")
    expect(second.locator("#clash-need")).to_be_visible()
    assert visitor.violations() == []
    assert not visitor.overflows()


def test_scripts_in_a_text_stay_text(visit: Visit, draft: str) -> None:
    first = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    second = visit("stranger", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    evil = '"><img src=x onerror="document.title=1"></textarea><script>document.title=2</script>'
    first.locator("[name=need]").fill(evil)
    state(first).to_have_text(SAVED)
    second.locator("[name=need]").fill("Autre")
    expect(second.locator("#clash-need")).to_contain_text(evil)
    second.get_by_role("button", name="Prendre le sien").click()
    expect(second.locator("[name=need]")).to_have_value(evil)
    for page in (first, second):
        assert page.locator("img[src=x]").count() == 0
        assert "Le territoire" in page.title()
