"""Health is told to whoever watches, and a page says in French that an engine is away."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.embedded import EngineUrls, engines
from config.settings import Settings, load_settings
from fund.app import create_app
from fund.db import make_engine, make_session_factory, unit_of_work
from fund.edge.limits import limiter
from migrations.runner import upgrade
from tests.engines.conftest import engine_processes, wait_until
from tests.scenario import World
from tests.web.conftest import Browser


@pytest.fixture(autouse=True)
def own_limiter() -> Iterator[None]:
    """A process has one limiter: what these tests' applications made of it must not outlive them."""
    kept = dict(vars(limiter))
    yield
    vars(limiter).clear()
    vars(limiter).update(kept)


@pytest.fixture
def own_instance(tmp_path: Path) -> Path:
    return tmp_path / "instance"


@pytest.fixture
def running(own_instance: Path) -> Iterator[tuple[EngineUrls, ExitStack]]:
    """Engines that a test may stop, by closing the stack."""
    with ExitStack() as stack:
        settings = load_settings({"FUND_ENV": "test", "FUND_INSTANCE": str(own_instance)})
        yield stack.enter_context(engines(settings)), stack


def app_with(settings: Settings, urls: dict[str, Any]) -> Flask:
    app = create_app(replace(settings, **urls))
    app.testing = False
    return app


def test_a_living_program_is_alive_and_ready(browser: Browser) -> None:
    assert browser.get("/healthz").json == {"status": "ok"}
    answer = browser.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "database": "ok", "redis": "ok"}


def test_a_database_without_our_schema_is_not_ready(
    settings: Settings, running: tuple[EngineUrls, ExitStack]
) -> None:
    client = app_with(settings, {"database_url": running[0].database_url}).test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "unavailable", "database": "schema not up to date", "redis": "ok"}


def test_a_stopped_database_is_named_and_told_in_french(
    settings: Settings, running: tuple[EngineUrls, ExitStack]
) -> None:
    urls, stack = running
    upgrade(urls.database_url)
    engine = make_engine(urls.database_url)
    with unit_of_work(make_session_factory(engine)) as session:
        World.make(session)
    engine.dispose()
    app = app_with(settings, {"database_url": urls.database_url})
    signed_in = Browser(app.test_client()).sign_in("applicant")

    stack.close()

    answer = signed_in.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "unavailable", "database": "away", "redis": "ok"}
    assert signed_in.get("/healthz").status_code == 200
    for client in (signed_in.client, app.test_client()):
        _says_that_it_is_away(client, "/mes-dossiers" if client is signed_in.client else "/appels")


def _says_that_it_is_away(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 503
    assert "momentanément indisponible" in page.text
    assert page.headers["X-Request-ID"] in page.text
    assert page.headers["Retry-After"]


def test_without_redis_people_still_sign_in(
    settings: Settings, running: tuple[EngineUrls, ExitStack], world: World
) -> None:
    urls, stack = running
    app = app_with(settings, {"redis_url": urls.redis_url})
    stack.close()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "unavailable", "database": "ok", "redis": "away"}
    page = Browser(app.test_client()).sign_in("applicant").get("/mes-dossiers")
    assert page.status_code == 200


def test_work_resumes_by_itself_when_the_engine_is_back(
    settings: Settings, running: tuple[EngineUrls, ExitStack], own_instance: Path
) -> None:
    client = app_with(settings, {"redis_url": running[0].redis_url}).test_client()
    assert client.get("/readyz").status_code == 200
    redis = next(pid for pid, name in engine_processes(own_instance).items() if name == "redis-server")
    os.kill(redis, signal.SIGKILL)  # its keeper starts it again
    wait_until(lambda: redis not in engine_processes(own_instance))
    wait_until(lambda: client.get("/readyz").status_code == 200)
