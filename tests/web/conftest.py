"""The pages as a browser without JavaScript sees them: real application, real engines, real sign-in form."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from config.settings import Settings
from fund.app import create_app
from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Call, Collaborator, Organisation, Right
from fund.services.applications import start_application
from tests.filling import empty_draft
from tests.scenario import PASSWORD, World, address_of
from tests.web.shell_app import development_settings, make_client

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture
def shell(tmp_path: Path) -> FlaskClient:
    """The frame of the pages alone, for tests that need no database."""
    return make_client(development_settings(tmp_path))


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    app = create_app(settings)
    app.testing = False  # errors become pages, as in production
    return app


class Browser:
    """A client that signs in and sends forms with the CSRF token of the page it is on."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **query: str) -> TestResponse:
        return self.client.get(path, query_string=query)

    def post(self, path: str, data: Mapping[str, object] | None = None, *, on: str = "/connexion") -> TestResponse:
        """Send a form as from the page ``on``."""
        return self.client.post(path, data={"csrf_token": self.token(on), **(data or {})})

    def token(self, page: str) -> str:
        found = TOKEN.search(self.client.get(page).get_data(as_text=True))
        assert found, f"{page} has no form"
        return found[1]

    def sign_in(self, name: str) -> "Browser":
        answer = self.post("/connexion", {"email": address_of(name), "password": PASSWORD})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return self


# Both ask for Redis, which is emptied after each test: attempts at signing in are counted there.
@pytest.fixture
def browser(app: Flask, redis: Redis) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def sign_in(app: Flask, world: World, factory: SessionFactory, redis: Redis) -> Callable[[str], Browser]:
    """A browser of its own in which the named person of the world is signed in.

    By the session that signing in leaves, which test_account proves: checking a password is slow on purpose.
    """

    def enter(name: str) -> Browser:
        with factory() as session:
            epoch = world.person(session, name).session_epoch
        browser = Browser(app.test_client())
        with browser.client.session_transaction() as kept:
            kept.update({"_user_id": f"{world.people[name]}:{epoch}", "_fresh": True})
        return browser

    return enter


@pytest.fixture
def make(factory: SessionFactory, world: World) -> Callable[..., str]:
    """Make a file with a method of the world and give its reference."""

    def run(method: str, **fields: Any) -> str:
        with unit_of_work(factory) as session:
            application: Application = getattr(world, method)(session, **fields)
            return application.reference

    return run


@pytest.fixture
def empty(factory: SessionFactory, world: World) -> str:
    """A draft with nothing but its lead."""
    with unit_of_work(factory) as session:
        call, lead = session.get_one(Call, world.call_id), session.get_one(Organisation, world.lead_id)
        return start_application(session, world["applicant"], call, lead).reference


@pytest.fixture
def call_reference(factory: SessionFactory, world: World) -> str:
    with factory() as session:
        return session.get_one(Call, world.call_id).reference


@pytest.fixture
def draft(factory: SessionFactory, world: World) -> str:
    """A file in a call with every kind of field, which the applicant writes with a co-author, the stranger."""
    with unit_of_work(factory) as session:
        application = empty_draft(session, world)
        application.collaborators.append(Collaborator(person_id=world.people["stranger"], right=Right.WRITE))
        return application.reference
