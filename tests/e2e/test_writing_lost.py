"""Writing in a real browser: nothing is lost by a lost line, a closed tab, an ended session."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route, expect

from tests.e2e.conftest import Visitor, assert_soon
from tests.e2e.writing_pages import SAVED, state
from tests.scenario import PASSWORD

Visit = Callable[..., Visitor]


def test_a_lost_line_loses_nothing_and_is_said(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]]
) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    page.context.set_offline(True)
    page.locator("[name=need]").fill("Écrit dans le train.")
    state(page).to_contain_text("Non enregistré")
    assert recorded() == {}
    page.context.set_offline(False)
    state(page).to_have_text(SAVED)
    assert recorded() == {"need": "Écrit dans le train."}


def test_a_server_that_fails_is_tried_again(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]]
) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    page.clock.install()
    failing = [True]

    def answer(route: Any) -> None:
        if failing:
            failing.pop()
            route.fulfill(status=503, content_type="application/json", body="{}")
        else:
            route.continue_()

    page.route("**/ecrire/need", answer)
    page.locator("[name=need]").fill("Deux fois.")
    page.clock.fast_forward(1_600)
    state(page).to_contain_text("nouvel essai dans 5")
    page.clock.fast_forward(5_100)
    state(page).to_have_text(SAVED)
    assert recorded() == {"need": "Deux fois."}


def test_a_tab_closed_without_connection_finds_its_text_again(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]]
) -> None:
    visitor = visit("applicant", script=True)
    page = visitor.open(f"/mes-dossiers/{draft}/ecrire/need")
    page.context.set_offline(True)
    page.locator("[name=need]").fill("Écrit avant de fermer.")
    page.get_by_label("Les familles").check()
    page.locator("#q-territories").fill("Roques")
    state(page).to_contain_text("Non enregistré")
    page.close()
    visitor.page.context.set_offline(False)
    again = Visitor(visitor.page.context.new_page(), visitor.address)
    page = again.open(f"/mes-dossiers/{draft}/ecrire/need")
    expect(page.locator("[name=need]")).to_have_value("Écrit avant de fermer.")
    expect(page.get_by_label("Les familles")).to_be_checked()
    state(page).to_have_text(SAVED)
    assert recorded()["need"] == "Écrit avant de fermer."
    assert recorded()["audiences"] == ["families"]
    assert page.evaluate("localStorage.length") == 0


def test_a_tab_that_is_closed_sends_its_last_words(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]]
) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    page.locator("[name=need]").fill("Aussitôt fermé.")
    page.goto("about:blank")
    assert_soon(lambda: recorded() == {"need": "Aussitôt fermé."})


def test_a_page_that_was_drawn_before_the_last_saving_gets_its_text(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]]
) -> None:
    """The next page is on its way without the answer, when the page before learns that it was saved."""
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    held: list[Route] = []
    drawn: list[Route] = []

    def draw_before_saving(route: Route) -> None:
        if drawn:
            route.continue_()
        elif route.request.method == "POST":
            held.append(route)
        else:
            drawn.append(route)
            answer = route.fetch()
            held[0].fulfill(response=held[0].fetch())
            route.fulfill(response=answer)

    page.route("**/ecrire/need", draw_before_saving)
    page.locator("[name=need]").fill("Enregistré en partant.")
    state(page).to_contain_text("Enregistrement")
    page.reload()
    expect(page.locator("[name=need]")).to_have_value("Enregistré en partant.")
    state(page).to_have_text(SAVED)
    assert recorded() == {"need": "Enregistré en partant."}
    assert page.evaluate("localStorage.length") == 0


def test_what_the_server_has_though_its_answer_was_lost_is_not_put_back(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]]
) -> None:
    visitor = visit("applicant", script=True)
    page = visitor.open(f"/mes-dossiers/{draft}/ecrire/need")

    def lose_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/ecrire/need", lose_answer)
    page.locator("[name=need]").fill("Arrivé sans réponse.")
    page.get_by_label("Les familles").check()
    with page.expect_event("requestfailed", lambda request: "Roques" in (request.post_data or "")):
        page.locator("#q-territories").fill("Roques")
    assert recorded()["need"] == "Arrivé sans réponse."
    page.close()
    again = Visitor(visitor.page.context.new_page(), visitor.address)
    page = again.open(f"/mes-dossiers/{draft}/ecrire/need")
    expect(page.locator("[name=need]")).to_have_value("Arrivé sans réponse.")
    state(page).to_have_text(SAVED)
    assert page.evaluate("localStorage.length") == 0


def test_rows_that_were_not_sent_come_back(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]]
) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/partnership")
    page.context.set_offline(True)
    for number in range(3):
        page.locator(f"[name=steps-{number}-step]").fill(f"Étape {number + 1}")
    page.locator("[name=_remove][value=steps-1]").click()
    expect(page.locator("[name=steps-1-step]")).to_have_value("Étape 3")
    state(page).to_contain_text("Non enregistré")
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.set_offline(False)
    page.reload()
    state(page).to_have_text(SAVED)
    expect(page.locator("[name=steps-1-step]")).to_have_value("Étape 3")
    assert [row["step"] for row in recorded("partnership")["steps"]] == ["Étape 1", "Étape 3"]


def test_an_expired_session_keeps_the_text_and_goes_on_after_signing_in(
    visit: Visit, draft: str, recorded: Callable[..., dict[str, Any]]
) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    page.context.clear_cookies(name="fund_session")
    page.locator("[name=need]").fill("Écrit trop longtemps.")
    state(page).to_contain_text("Votre session a expiré")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Se connecter (nouvel onglet)").click()
    other = opened.value
    other.get_by_label("Adresse électronique").fill("applicant@essai.example")
    other.get_by_label("Mot de passe").fill(PASSWORD)
    other.get_by_role("main").get_by_role("button", name="Se connecter").click()
    # The new tab comes back to the same part, and has what was not sent.
    expect(other.locator("[name=need]")).to_have_value("Écrit trop longtemps.")
    state(other).to_have_text(SAVED)
    other.close()
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    state(page).to_have_text(SAVED)
    assert recorded() == {"need": "Écrit trop longtemps."}


def test_signing_out_leaves_nothing_in_the_browser(visit: Visit, draft: str) -> None:
    page = visit("applicant", script=True).open(f"/mes-dossiers/{draft}/ecrire/need")
    page.route("**/ecrire/need", lambda route: route.abort())
    page.locator("[name=need]").fill("Pas pour les autres.")
    state(page).to_contain_text("Non enregistré")
    assert page.evaluate("localStorage.length") == 1
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page.get_by_role("link", name="Se connecter").first).to_be_visible()
    assert page.evaluate("localStorage.length") == 0


def test_leaving_is_guarded_only_while_something_could_not_be_sent(visit: Visit, draft: str) -> None:
    visitor = visit("applicant", script=True)
    page = visitor.open(f"/mes-dossiers/{draft}/ecrire/need")
    asked: list[str] = []

    def note(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", note)
    page.locator("[name=need]").fill("Enregistré.")
    state(page).to_have_text(SAVED)
    visitor.open(f"/mes-dossiers/{draft}/ecrire/need")
    assert asked == []
    page.route(
        "**/ecrire/need", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    page.locator("[name=need]").fill("Pas enregistré.")
    state(page).to_contain_text("Non enregistré")
    visitor.open(f"/mes-dossiers/{draft}/ecrire/need")
    assert asked == ["beforeunload"]
