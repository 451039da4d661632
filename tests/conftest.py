"""Real engines for every test: one private PostgreSQL and Redis per run, one database per test process."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from redis import Redis
from sqlalchemy import Engine, delete, text
from sqlalchemy.orm import Session

from config.embedded import EngineUrls, create_database, engines
from config.settings import Settings, load_settings
from fund.db import SessionFactory, make_engine, make_session_factory, unit_of_work
from fund.models import Base
from migrations.runner import upgrade
from tests.scenario import World

TEMPLATE = "fund_template"
SHARED = Path(__file__).parents[2] / "shared" / "data"
IN_CI = os.environ.get("CI") == "true"

# `pytest --hypothesis-profile=thorough` tries far more; tests that take seconds for one example ask for its name.
hypothesis_settings.register_profile("thorough", max_examples=1_000)


def find_chromium() -> str | None:
    """The browser of the browser tests, as Debian and others name it."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def find_clamd() -> str | None:
    """The virus scanner's daemon; Debian keeps it where only root's PATH looks."""
    return shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run: in CI nothing, there its absence is a failure."""
    absent = {
        "shared": None if SHARED.is_dir() else f"the official schemas are not at {SHARED.name}",
        "browser": None if find_chromium() else "no Chromium was found",
        "clamd": None if find_clamd() else "no clamd was found",
    }
    if IN_CI:
        return
    left_out = [item for item in items if any(absent[name] and item.get_closest_marker(name) for name in absent)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_report_header() -> list[str]:
    consequence = "and required here" if IN_CI else "so its tests are left out"
    return [
        f"official schemas: {'found' if SHARED.is_dir() else 'absent, ' + consequence}",
        f"chromium: {find_chromium() or 'absent, ' + consequence}",
        f"clamd: {find_clamd() or 'absent, ' + consequence}",
    ]


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all processes of a run (under xdist each has a folder of its own inside it)."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def engine_urls(run_folder: Path) -> Iterator[EngineUrls]:
    settings = load_settings({"FUND_ENV": "test", "FUND_INSTANCE": str(run_folder / "instance")})
    with engines(settings) as urls:
        yield urls


@pytest.fixture(scope="session")
def database_url(engine_urls: EngineUrls, run_folder: Path, worker_id: str) -> str:
    """This process's database, copied from a template that the first process migrates."""
    with (run_folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = run_folder / "template.made"
        if not made.exists():
            upgrade(create_database(engine_urls.database_url, TEMPLATE))
            made.touch()
        return create_database(engine_urls.database_url, f"test_{worker_id}", template=TEMPLATE)


@pytest.fixture(scope="session")
def redis_url(engine_urls: EngineUrls, worker_id: str) -> str:
    """This process's own numbered Redis database."""
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 1
    return f"{engine_urls.redis_url}?db={number}"


@pytest.fixture(scope="session")
def settings(database_url: str, redis_url: str, run_folder: Path, worker_id: str) -> Settings:
    return load_settings(
        {
            "FUND_ENV": "test",
            "FUND_INSTANCE": str(run_folder / f"instance-{worker_id}"),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": "test",
        }
    )


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url, pool_size=10)
    yield engine
    engine.dispose()


@pytest.fixture
def factory(engine: Engine) -> Iterator[SessionFactory]:
    """Sessions on an empty database; emptied again afterwards."""
    yield make_session_factory(engine)
    empty_database(engine)


def empty_database(engine: Engine) -> None:
    """Delete every row, past the triggers, as only a superuser can."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in Base.metadata.tables.values():
            connection.execute(delete(table))


@pytest.fixture
def session(factory: SessionFactory) -> Iterator[Session]:
    """A session that the test commits or not, as it likes."""
    with factory() as session:
        yield session


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    connection: Redis = Redis.from_url(redis_url)
    yield connection
    connection.flushdb()
    connection.close()


@pytest.fixture
def world(factory: SessionFactory) -> World:
    """People of every role and an open call, committed."""
    with unit_of_work(factory) as session:
        return World.make(session)


@pytest.fixture
def committed(factory: SessionFactory) -> Callable[..., object]:
    """Run a function of a session in a transaction of its own and commit it."""

    def run(act: Callable[[Session], object]) -> object:
        with unit_of_work(factory) as session:
            return act(session)

    return run
