"""The ``fund`` command: settings read once, then one of the commands in the table below."""

import click

from config.settings import SettingsError, load_settings
from fund.cli.db import db
from fund.cli.exports import export_group
from fund.cli.imports import import_group
from fund.cli.outbox import outbox
from fund.cli.people import people
from fund.cli.processes import mailbox, relay, worker
from fund.cli.run import run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Grant management of the Fonds ODD 17."""
    try:
        context.obj = load_settings()
    except SettingsError as error:
        raise click.ClickException(f"{error}. Nothing was started.") from error


cli.add_command(db)
cli.add_command(export_group)
cli.add_command(import_group)
cli.add_command(mailbox)
cli.add_command(outbox)
cli.add_command(people)
cli.add_command(relay)
cli.add_command(run)
cli.add_command(worker)
