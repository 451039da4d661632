"""The ground that all measurements stand on: engines of their own, fresh databases, figures."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.embedded import EngineUrls, create_database, engines
from config.settings import Settings, load_settings
from fund.db import SessionFactory, make_engine, make_session_factory
from migrations.runner import upgrade

TEMPLATE = "bench_template"


@dataclass(frozen=True, slots=True)
class Ground:
    """Addresses of the engines, and databases made for one measurement each."""

    urls: EngineUrls
    folder: Path

    def database(self, name: str) -> str:
        """A fresh migrated database."""
        return create_database(self.urls.database_url, f"bench_{name}", template=TEMPLATE)

    def sessions(self, database_url: str) -> SessionFactory:
        return make_session_factory(make_engine(database_url))

    def settings(self, database_url: str, **more: str) -> Settings:
        return load_settings(self.environment(database_url, **more))

    def environment(self, database_url: str, **more: str) -> dict[str, str]:
        """What a process of the program is started with."""
        return {
            "FUND_ENV": "test",
            "FUND_INSTANCE": str(self.folder / "instance"),
            "DATABASE_URL": database_url,
            "REDIS_URL": self.urls.redis_url,
            "SECRET_KEY": "bench",
            "LOG_LEVEL": "WARNING",
            **more,
        }


@contextmanager
def break_ground(folder: Path) -> Iterator[Ground]:
    settings = load_settings({"FUND_ENV": "test", "FUND_INSTANCE": str(folder / "instance")})
    with engines(settings) as urls:
        upgrade(create_database(urls.database_url, TEMPLATE))
        yield Ground(urls, folder)


def timed(act: Callable[[], object]) -> float:
    """Seconds of wall clock that the act took."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def median_ms(act: Callable[[], object], rounds: int) -> float:
    """The median of the act's durations in milliseconds, after one round that is not counted."""
    act()
    return statistics.median(timed(act) for _ in range(rounds)) * 1_000


def resident_mib(pid: int) -> float:
    """The resident memory of a process, in MiB, from the kernel's own account."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
