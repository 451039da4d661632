"""A real Chromium on the real application; it opens pages as people do."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Playwright, ViewportSize, expect, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from config.settings import Settings
from fund.app import create_app
from fund.db import SessionFactory, unit_of_work
from fund.jobs import runtime
from fund.jobs.mail import deliver
from fund.models import Application, Collaborator, OutboxRow, OutboxState, Right
from fund.services.writing import raw_answers
from tests.conftest import find_chromium
from tests.filling import empty_draft
from tests.jobs.mail_server import MailServer
from tests.scenario import PASSWORD, World, address_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ADDRESS = re.compile(r"https?://\S+")
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
    """The application behind a gate, and how many requests it is answering.

    A page that is closed does not wait for its own requests, and may send a last saving on its way: what comes
    after the gate was shut belongs to a test that is over, and must not meet the database of the next one.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self.app = app
        self.changed = threading.Condition()
        self.active = 0
        self.is_open = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with self.changed:
            if not self.is_open:
                start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
                return [b""]
            self.active += 1
        try:
            return self.app(environ, start_response)
        finally:
            with self.changed:
                self.active -= 1
                self.changed.notify_all()

    def open(self) -> None:
        with self.changed:
            self.is_open = True

    def shut(self) -> None:
        """Let nothing in any more, and wait for what is under way."""
        with self.changed:
            self.is_open = False
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


def assert_soon(holds: Callable[[], bool]) -> None:
    """For what a page does behind its back: that has no place to be watched but the database."""
    deadline = monotonic() + 10
    while not holds():
        assert monotonic() < deadline
        sleep(0.05)


def follow(control: Locator) -> None:
    """Press what opens another page, and be there.

    A click by itself may be over before its page has come, or has even been asked for: where a form waits for a
    saving that is under way, and on a machine that is busy. What is read then is the page before.
    """
    with control.page.expect_navigation():
        control.click()


def own_form(page: Page) -> Locator:
    """The form of a page that is nothing but a form."""
    return page.locator("main form").first


def choose(page: Page, name: str, value: str) -> None:
    """Choose one of a few, drawn as a list or as radio buttons."""
    control = page.locator(f"[name={name}]")
    if control.first.get_attribute("type") == "radio":
        page.locator(f"[name={name}][value='{value}']").check()
    else:
        control.select_option(value)


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
        follow(self.page.get_by_role("main").get_by_role("button", name="Se connecter"))
        expect(self.page.get_by_role("button", name="Se déconnecter").first).to_be_attached()
        return self

    def press(self, name: str) -> None:
        """Press the button or follow the link of that name in the page's content, and be where it leads."""
        content = self.page.get_by_role("main")
        control = content.get_by_role("button", name=name, exact=True)
        follow(control.or_(content.get_by_role("link", name=name, exact=True)).first)

    def arrive(self) -> None:
        """Wait for the whole of the page: a document that has only begun has nothing to measure yet."""
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
    served.open()

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
    served.shut()


class Post:
    """Sends what waits in the outbox through a real mail server, and reads people their mail."""

    def __init__(self, factory: SessionFactory, server: MailServer) -> None:
        self.factory = factory
        self.server = server

    def last_link(self, reader: str) -> str:
        """The path of the address in the last mail to that reader."""
        with self.factory() as session:
            waiting = select(OutboxRow.id).where(OutboxRow.state == OutboxState.PENDING)
            told = waiting.where(OutboxRow.link_id.is_not(None) | OutboxRow.recipient_id.is_not(None))
            rows = session.scalars(told.order_by(OutboxRow.id)).all()
        for row in rows:
            deliver(row)
        mails = [mail for mail in self.server.received if mail["To"].addresses[0].addr_spec == reader]
        found = ADDRESS.search(mails[-1].get_content())
        assert found, mails[-1].get_content()
        return "/" + found[0].split("/", 3)[3]


@pytest.fixture
def post(settings: Settings, factory: SessionFactory, address: str) -> Iterator[Post]:
    with MailServer() as server:
        runtime.configure(replace(settings, smtp_url=server.url, public_url=address))
        yield Post(factory, server)


@pytest.fixture
def draft(factory: SessionFactory, world: World) -> str:
    """A file in a call with every kind of field, which the applicant writes with a co-author."""
    with unit_of_work(factory) as session:
        application = empty_draft(session, world)
        application.collaborators.append(Collaborator(person_id=world.people["stranger"], right=Right.WRITE))
        return application.reference


@pytest.fixture
def recorded(factory: SessionFactory, draft: str) -> Callable[..., dict[str, Any]]:
    def read(part: str = "need") -> dict[str, Any]:
        with factory() as session:
            file = session.scalars(select(Application).where(Application.reference == draft)).one()
            return raw_answers(file, part)

    return read
