"""The ``fund`` command: settings read once, then one of the commands in the table below."""

from importlib import import_module

import click

from config.settings import SettingsError, load_settings

# Name → where it is. Imported when it is called: `fund run` starts six programs, each of which needs one of these.
COMMANDS = {
    "audit": "fund.cli.audit:audit",
    "call": "fund.cli.calls:call_group",
    "db": "fund.cli.db:db",
    "export": "fund.cli.exports:export_group",
    "import": "fund.cli.imports:import_group",
    "ledger": "fund.cli.ledger:ledger",
    "mailbox": "fund.cli.processes:mailbox",
    "outbox": "fund.cli.outbox:outbox",
    "people": "fund.cli.people:people",
    "relay": "fund.cli.processes:relay",
    "run": "fund.cli.run:run",
    "storage": "fund.cli.storage:storage",
    "worker": "fund.cli.processes:worker",
    "workflow": "fund.cli.workflow:workflow",
}


class CommandTable(click.Group):
    """A group that imports a command when it is called, or listed in the help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=CommandTable, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Grant management of the Fonds ODD 17."""
    try:
        context.obj = load_settings()
    except SettingsError as error:
        raise click.ClickException(f"{error}. Nothing was started.") from error
