"""A real Chromium on the real application; it opens pages as people do."""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, ViewportSize, expect, sync_playwright
from werkzeug.serving import make_server

from config.settings import Settings
from fund.app import create_app
from tests.conftest import find_chromium
from tests.scenario import PASSWORD, World, address_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
ARGUMENTS = [
    "--no-sandbox",  # CI runs as root, for whom Chromium has no sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = find_chromium()
    assert path, "the browser tests need Chromium (Debian's package chromium)"
    browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    yield browser
    browser.close()


class Watched:
    """The application, and how many requests it is answering: a page that is closed does not wait for its own."""

    def __init__(self, app: "WSGIApplication") -> None:
        self.app = app
        self.changed = threading.Condition()
        self.active = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self._count(1)
        try:
            return self.app(environ, start_response)
        finally:
            self._count(-1)

    def _count(self, step: int) -> None:
        with self.changed:
            self.active += step
            self.changed.notify_all()

    def wait_until_idle(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.active == 0, timeout=20)


@pytest.fixture(scope="session")
def served(settings: Settings) -> Watched:
    return Watched(create_app(settings))


@pytest.fixture(scope="session")
def address(served: Watched) -> Iterator[str]:
    """The application behind a real socket."""
    server = make_server("127.0.0.1", 0, served, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)


class Visitor:
    """One person at one browser window, without JavaScript unless asked for."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def open(self, path: str) -> Page:
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == 200, f"{path} answered {answer.status}"
        return self.page

    def sign_in(self, name: str) -> "Visitor":
        self.open("/connexion")
        self.page.get_by_label("Adresse électronique").fill(address_of(name))
        self.page.get_by_label("Mot de passe").fill(PASSWORD)
        self.page.get_by_role("main").get_by_role("button", name="Se connecter").click()
        expect(self.page.get_by_role("button", name="Se déconnecter").first).to_be_attached()
        return self

    def press(self, name: str) -> None:
        """Press the button or follow the link of that name in the page's content, and be where it leads."""
        content = self.page.get_by_role("main")
        content.get_by_role("button", name=name, exact=True).or_(
            content.get_by_role("link", name=name, exact=True)
        ).first.click()
        self.arrive()

    def arrive(self) -> None:
        """Wait for the page that a press opened: a click is over as soon as the answer begins, and a document
        that has only begun has nothing to measure yet."""
        self.page.wait_for_load_state()

    def violations(self) -> list[str]:
        """What axe finds wrong with the page as it stands."""
        self.arrive()
        found = Axe().run(self.page).response["violations"]
        return [f"{self.page.url}: {v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]

    def overflows(self) -> bool:
        """Whether the page must be pushed sideways to be read."""
        self.arrive()
        return bool(
            self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        )


@pytest.fixture
def visit(chromium: Browser, address: str, served: Watched, world: World) -> Iterator[Callable[..., Visitor]]:
    """Open a window for a person of the world (or for nobody)."""
    contexts = []

    def enter(name: str | None = None, *, phone: bool = False, script: bool = False) -> Visitor:
        context = chromium.new_context(
            viewport=PHONE if phone else DESKTOP, java_script_enabled=script, locale="fr-FR"
        )
        contexts.append(context)
        visitor = Visitor(context.new_page(), address)
        return visitor.sign_in(name) if name else visitor

    yield enter
    for context in contexts:
        context.close()
    served.wait_until_idle()
