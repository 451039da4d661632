"""``fund outbox``: messages and deadlines that wait, and those that were given up."""

import click
from rich.console import Console
from rich.table import Table

from config.settings import Settings
from fund.cli.engines import running_engines
from fund.db import make_engine, make_session_factory, unit_of_work
from fund.errors import NotFound
from fund.models import OutboxRow, OutboxState
from fund.services.outbox import list_rows, retry, retry_all
from workflows.engine import PARIS

WAITING = (OutboxState.PENDING, OutboxState.ENQUEUED, OutboxState.PARKED)


@click.group()
def outbox() -> None:
    """Messages and deadlines: what waits, what was parked."""


@outbox.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in OutboxState]),
    help="Only rows in this state; may be given several times. By default all that are not done.",
)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(min=1))
@click.pass_obj
def list_command(settings: Settings, states: tuple[str, ...], limit: int) -> None:
    """List rows, the oldest first."""
    wanted = tuple(OutboxState(state) for state in states) or WAITING
    with running_engines(settings) as complete:
        engine = make_engine(str(complete.database_url), pool_size=1)
        with unit_of_work(make_session_factory(engine)) as session:
            rows = list_rows(session, wanted, limit=limit)
            _print(rows)
        engine.dispose()
    if len(rows) == limit:
        click.echo(f"The first {limit} rows; more with --limit.", err=True)


@outbox.command("retry")
@click.argument("row_ids", metavar="[ID]...", nargs=-1, type=int)
@click.option("--all", "every", is_flag=True, help="Every parked row.")
@click.pass_obj
def retry_command(settings: Settings, row_ids: tuple[int, ...], every: bool) -> None:
    """Have parked rows tried again, from a fresh count of attempts."""
    if bool(row_ids) == every:
        raise click.UsageError(
            "Give the numbers of parked rows, from `fund outbox list --state parked`, or --all."
        )
    with running_engines(settings) as complete:
        engine = make_engine(str(complete.database_url), pool_size=1)
        try:
            with unit_of_work(make_session_factory(engine)) as session:
                count = retry_all(session) if every else len([retry(session, row_id) for row_id in row_ids])
        except NotFound as error:
            raise click.ClickException(
                f"{str(error).capitalize()}; nothing was changed. See `fund outbox list --state parked`."
            ) from error
        finally:
            engine.dispose()
    click.echo(f"To be tried again now: {count}.")


def _print(rows: list[OutboxRow]) -> None:
    if not rows:
        click.echo("Nothing.")
        return
    table = Table("ID", "State", "Topic", "About", "To", "Attempts", "Next (Paris)", "Last error", box=None)
    for row in rows:
        waits = row.state in (OutboxState.PENDING, OutboxState.ENQUEUED)
        table.add_row(
            str(row.id),
            row.state.value,
            row.topic,
            row.payload.get("reference") or f"{row.subject_type} {row.subject_id}",
            reader.email if (reader := row.recipient or row.link) else "",
            str(row.attempts),
            f"{row.available_at.astimezone(PARIS):%Y-%m-%d %H:%M}" if waits else "",
            row.last_error or "",
        )
    console = Console()
    # Piped, a line stays a line: whoever greps it wants the whole.
    if not console.is_terminal:
        console = Console(width=400)
    console.print(table)
