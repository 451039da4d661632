"""The whole application, asked through its JSON API by the people of the test world, each by token."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config.settings import Settings
from fund.api.gate import ANONYMOUS_RATE, RATE
from fund.app import create_app
from fund.db import SessionFactory, unit_of_work
from fund.models import SubjectMixin
from fund.services.people import issue_token
from tests.scenario import World

UNLIMITED = "1000000 per minute"
Made = Callable[[Callable[[Session], Any]], Any]


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    app = create_app(settings)
    app.config.update({RATE: UNLIMITED, ANONYMOUS_RATE: UNLIMITED})
    return app


class Api:
    """Asks the API as one of the world's people, or as nobody. Gives a TestResponse, whose ``json`` is untyped."""

    def __init__(self, app: Flask, tokens: dict[str, str]) -> None:
        self.app = app
        self.tokens = tokens

    def __call__(
        self,
        who: str | None,
        method: str,
        path: str,
        *,
        version: int | str | None = None,
        headers: dict[str, str] | None = None,
        **given: Any,
    ) -> Any:
        sent = dict(headers or {})
        if who is not None:
            sent["Authorization"] = f"Bearer {self.tokens[who]}"
        if version is not None:
            sent["If-Match"] = f'"{version}"'
        return self.app.test_client().open(f"/api/v1{path}", method=method, headers=sent, **given)

    def get(self, who: str | None, path: str, **given: Any) -> Any:
        return self(who, "GET", path, **given)

    def step(self, who: str | None, path: str, name: str, *, version: int, **inputs: Any) -> Any:
        return self(who, "POST", f"{path}/steps/{name}", version=version, json=inputs)


@pytest.fixture
def api(app: Flask, world: World, factory: SessionFactory) -> Api:
    with unit_of_work(factory) as session:
        tokens = {name: issue_token(session, person_id, "test")[1] for name, person_id in world.people.items()}
    return Api(app, tokens)


@pytest.fixture
def made(factory: SessionFactory) -> Made:
    """Make something of the world's, commit it, and give it back detached."""

    def make(act: Callable[[Session], Any]) -> Any:
        with unit_of_work(factory) as session:
            result = act(session)
            session.flush()
            if isinstance(result, SubjectMixin):
                session.refresh(result)
            return result

    return make
