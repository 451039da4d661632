"""Documents and messages in a real Chromium: dropping, progress, cancelling, trying again, and without script."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from config.settings import Settings
from fund.db import SessionFactory, unit_of_work
from fund.models import Document
from fund.services.documents import Desk
from fund.storage.blobs import BlobStore
from tests import documented
from tests.documented import ACCOUNTS, PDF, PLAN, STATUTES
from tests.e2e.conftest import Visitor, follow
from tests.scenario import World

Visit = Callable[..., Visitor]

# A file made in the page, dropped as from a desktop: Playwright itself has no such gesture.
DROP = """([slot, files]) => {
  const transfer = new DataTransfer();
  for (const [name, text, size] of files) transfer.items.add(new File([text, new Uint8Array(size)], name));
  const place = document.getElementById(slot);
  for (const kind of ["dragenter", "dragover", "drop"])
    place.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def draft(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return documented.draft(session, world).reference


def address(reference: str) -> str:
    return f"/mes-dossiers/{reference}/documents"


def drop(page: Page, slot: str, *files: tuple[str, bytes, int]) -> None:
    page.evaluate(DROP, [slot, [[name, data.decode("latin-1"), size] for name, data, size in files]])


def place(page: Page, slot: str) -> Page:
    return page.locator(f'[id="{slot}"]')  # type: ignore[return-value]  # a locator finds as a page does


def names(factory: SessionFactory) -> list[str]:
    with factory() as session:
        return list(session.scalars(select(Document.name).order_by(Document.id)))


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_files_are_dropped_on_their_places_and_replaced(
    visit: Visit, draft: str, factory: SessionFactory, phone: bool
) -> None:
    visitor = visit("applicant", phone=phone, script=True)
    page = visitor.open(address(draft))
    expect(place(page, STATUTES).locator(".place-controls button")).to_be_hidden()  # choosing a file is enough
    drop(page, STATUTES, ("Statuts.pdf", b"%PDF-1.7\nstartxref\n0\n%%EOF\n", 0))
    drop(page, PLAN, ("Plan.csv", b"a;b\n1;2\n", 0))  # the two are on their way side by side
    expect(place(page, STATUTES).get_by_role("link", name="Statuts.pdf")).to_be_visible()
    expect(place(page, PLAN).get_by_role("link", name="Plan.csv")).to_be_visible()
    expect(page.locator("[data-upload-status]")).to_have_text(re.compile("(Statuts.pdf|Plan.csv).+"))
    # The card that came back takes files too.
    drop(page, STATUTES, ("Statuts 2.pdf", b"%PDF-1.7\nstartxref\n1\n%%EOF\n", 0))
    expect(place(page, STATUTES).get_by_role("link", name="Statuts 2.pdf")).to_be_visible()
    place(page, STATUTES).locator("summary").click()
    expect(place(page, STATUTES).get_by_role("link", name="Statuts.pdf", exact=True)).to_be_visible()
    assert sorted(names(factory)) == ["Plan.csv", "Statuts 2.pdf", "Statuts.pdf"]
    assert visitor.violations() == []
    assert not visitor.overflows()


def test_progress_is_shown_and_a_sending_can_be_cancelled(
    visit: Visit, draft: str, factory: SessionFactory
) -> None:
    visitor = visit("applicant", script=True)
    page = visitor.open(address(draft))
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    session.send("Network.emulateNetworkConditions", slow)
    drop(page, STATUTES, ("Gros.pdf", b"%PDF-1.7\n", 8_000_000))
    bar = place(page, STATUTES).locator("progress")
    expect(bar).to_be_visible()
    expect(bar).not_to_have_attribute("value", "0")
    assert 0 < float(bar.get_attribute("value") or 0) < 1
    assert visitor.violations() == []
    place(page, STATUTES).locator(".upload button").click()
    expect(bar).to_have_count(0)
    expect(place(page, STATUTES).locator(".upload")).not_to_be_empty()
    expect(place(page, STATUTES).locator("input[type=file]")).to_be_focused()
    assert names(factory) == []


def test_after_a_broken_connection_the_same_file_is_sent_again(
    visit: Visit, draft: str, factory: SessionFactory
) -> None:
    page = visit("applicant", script=True).open(address(draft))

    def break_off(route: Route) -> None:
        route.abort("connectionreset")

    page.route("**/documents", break_off)
    drop(page, STATUTES, ("Statuts.pdf", b"%PDF-1.7\nstartxref\n0\n%%EOF\n", 0))
    again = place(page, STATUTES).locator(".upload button")
    expect(again).to_be_focused()
    expect(place(page, STATUTES).locator(".field-error")).to_be_visible()
    page.unroute("**/documents", break_off)
    again.click()
    expect(place(page, STATUTES).get_by_role("link", name="Statuts.pdf")).to_be_visible()
    assert names(factory) == ["Statuts.pdf"]


def test_refusals_stand_in_their_place_and_leave_the_others_alone(
    visit: Visit, draft: str, factory: SessionFactory
) -> None:
    visitor = visit("applicant", phone=True, script=True)
    page = visitor.open(address(draft))
    drop(page, STATUTES, ("Statuts.pdf", b"MZ", 500))
    error = place(page, STATUTES).locator(".field-error")
    expect(error).to_contain_text("programme")
    drop(page, PLAN, ("a.pdf", b"%PDF-", 20 * 1024 * 1024))
    expect(place(page, PLAN).locator(".field-error")).to_contain_text("20")
    expect(error).to_be_visible()
    drop(page, PLAN, ("a.csv", b"a;b", 0), ("b.csv", b"a;b", 0))
    expect(place(page, PLAN).locator(".field-error")).not_to_contain_text("20")
    assert names(factory) == []
    assert visitor.violations() == []
    assert not visitor.overflows()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_without_javascript_a_file_is_chosen_and_handed_in(
    visit: Visit, draft: str, factory: SessionFactory, tmp_path: Path, phone: bool
) -> None:
    visitor = visit("applicant", phone=phone)
    page = visitor.open(address(draft))
    path = tmp_path / "Statuts signés.pdf"
    path.write_bytes(b"MZ\x90\0")
    place(page, STATUTES).locator("input[type=file]").set_input_files(path)
    follow(place(page, STATUTES).locator(".place-controls button"))
    expect(page.locator(".error-summary")).to_be_visible()
    path.write_bytes(PDF)
    place(page, STATUTES).locator("input[type=file]").set_input_files(path)
    follow(place(page, STATUTES).locator(".place-controls button"))
    expect(place(page, STATUTES).get_by_role("link", name="Statuts signés.pdf")).to_be_visible()
    assert names(factory) == ["Statuts signés.pdf"]
    assert not visitor.overflows()


def test_a_browser_that_sent_too_much_still_gets_its_page(visit: Visit, draft: str, tmp_path: Path) -> None:
    page = visit("applicant").open(address(draft))
    path = tmp_path / "Film.pdf"
    path.write_bytes(b"%PDF-" + b"0" * (40 * 1024 * 1024))
    place(page, STATUTES).locator("input[type=file]").set_input_files(path)
    with page.expect_navigation() as navigation:
        place(page, STATUTES).locator(".place-controls button").click()
    assert navigation.value is not None
    assert navigation.value.status == 413
    expect(page.get_by_role("main")).to_contain_text("25")


def test_the_fund_and_the_alliance_write_to_each_other(
    visit: Visit, draft: str, factory: SessionFactory, world: World, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "Devis.pdf"
    path.write_bytes(PDF)
    with unit_of_work(factory) as session:
        reference = world.submitted(session, title="Ressourcerie des vallées").reference
    alliance, fund = visit("applicant", phone=True, script=True), visit("officer", script=True)
    page = alliance.open(f"/mes-dossiers/{reference}/echanges")
    page.locator("#write textarea").fill("Bonjour,\nvoici le devis demandé. <b>Merci</b>")
    page.locator("input[type=file]").set_input_files(path)
    follow(page.locator("#write button"))
    expect(page.locator(".message")).to_contain_text("<b>Merci</b>")
    assert alliance.violations() == []
    assert not alliance.overflows()
    fund.open("/echanges")
    assert fund.violations() == []
    page = fund.open(f"/dossiers/{reference}/echanges")
    expect(page.locator(".message").get_by_role("link", name="Devis.pdf")).to_be_visible()
    page.locator("#write textarea").fill("Bien reçu.")
    follow(page.locator("#write button"))
    expect(page.locator(".message")).to_have_count(2)
    assert fund.violations() == []
    page = alliance.open(f"/mes-dossiers/{reference}/echanges")
    expect(page.locator(".message-read")).to_be_visible()
    with unit_of_work(factory) as session:
        store = BlobStore(settings.storage_url)
        application = documented.draft(session, world, budget=None)
        members = [f"{ACCOUNTS}.{member.id}" for member in application.members]
        documented.hand_in(session, world, application, members[0], b"a;b\n1;2\n", desk=Desk(store, scans=False))
    fund.open(f"/dossiers/{reference}/documents")
    assert fund.violations() == []
