"""What a job's process works with. RQ hands over an id and nothing else, so the settings are kept here.

The worker sets them before it forks. Only plain values are inherited: each job opens its own connection to
PostgreSQL and closes it, for two processes that write to one inherited socket would mix their sentences.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from config.settings import Settings
from fund.db import SessionFactory, make_engine, make_session_factory

_settings: Settings | None = None


def configure(settings: Settings) -> None:
    """Give the jobs of this process, and of its children, their settings."""
    global _settings  # RQ calls a bare function: there is no object to hold them
    _settings = settings


def current_settings() -> Settings:
    """The settings of this process. Raises RuntimeError where ``configure`` was not called."""
    if _settings is None:
        raise RuntimeError("the jobs of this process have no settings")
    return _settings


@contextmanager
def open_sessions() -> Iterator[SessionFactory]:
    """Sessions on a connection of this process's own."""
    engine = make_engine(str(current_settings().database_url), pool_size=1)
    try:
        yield make_session_factory(engine)
    finally:
        engine.dispose()
