"""What every command that needs the database or the queue enters first."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import click

from config.embedded import engines
from config.engine_programs import EngineError
from config.settings import Settings


@contextmanager
def running_engines(settings: Settings) -> Iterator[Settings]:
    """Give the settings with the addresses of both engines filled in, starting or joining private ones.

    Raises click.ClickException, with a sentence for the person at the terminal, when they cannot be started.
    """
    with ExitStack() as stack:
        try:
            urls = stack.enter_context(engines(settings))
        except EngineError as error:
            raise click.ClickException(str(error)) from error
        yield replace(settings, database_url=urls.database_url, redis_url=urls.redis_url)
