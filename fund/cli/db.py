"""``fund db``, and what every command that works on the database enters first."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Engine

from config.settings import Settings
from fund.cli.engines import running_engines
from fund.db import make_engine
from migrations.runner import upgrade as upgrade


@contextmanager
def ready_database(settings: Settings) -> Iterator[Engine]:
    """An engine on a database that is there; outside production it is brought up to date first.

    Raises click.ClickException when the private engines cannot be started.
    """
    with running_engines(settings) as complete:
        database_url = str(complete.database_url)
        if not settings.is_production:
            upgrade(database_url)
        engine = make_engine(database_url)
        try:
            yield engine
        finally:
            engine.dispose()


@click.group()
def db() -> None:
    """The database's tables."""


@db.command(name="upgrade")
@click.pass_obj
def upgrade_command(settings: Settings) -> None:
    """Bring the tables up to date with this version of the program. Running it again changes nothing."""
    with running_engines(settings) as complete:
        upgrade(str(complete.database_url))
    click.echo("The database is up to date.")
