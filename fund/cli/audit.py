"""``fund audit``: the journal, checked link by link."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.settings import Settings
from fund.cli.engines import running_engines
from fund.db import make_engine, translated_errors
from fund.errors import EngineAway
from fund.services.journal import BrokenLink, Fault, Verification, count_events, verify

MEANING = {
    Fault.MISSING_LINK: "this link is missing",
    Fault.EDITED: "this link was edited: its content does not match its hash, or the head kept on the subject",
    Fault.WRONG_PREVIOUS: "this link does not follow the one before it: one of the two was replaced",
    Fault.MISPLACED: "this link belongs to another place or to another subject",
    Fault.TAIL_MISSING: "from this link on the chain was cut off",
    Fault.UNKNOWN_EVENTS: "from this link on there are events that the subject does not know of",
    Fault.PERSONAL_EDITED: "the personal data beside this link was edited",
}


@click.group()
def audit() -> None:
    """The journal of everything that was done."""


@audit.command("verify")
@click.pass_obj
def verify_command(settings: Settings) -> None:
    """Check every chain of the journal and name the first broken link of each broken one.

    Ends with status 1 when a chain is broken.
    """
    with running_engines(settings) as complete:
        engine = make_engine(str(complete.database_url), pool_size=1)
        try:
            with translated_errors():
                result = _verify(engine)
        except EngineAway as error:
            raise click.ClickException("The database does not answer; nothing was verified.") from error
        finally:
            engine.dispose()
    click.echo(f"Chains: {result.chains}. Events: {result.events}. Broken chains: {len(result.broken)}.")
    for link in result.broken:
        click.echo(_sentence(link))
    if result.broken:
        raise SystemExit(1)


def _verify(engine: Engine) -> Verification:
    # Heads and events of one moment, while people go on working.
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with Session(reading) as session, _progress(count_events(session)) as advance:
        return verify(session, on_events=advance)


def _sentence(link: BrokenLink) -> str:
    return f"{link.subject_type} {link.reference}, link {link.seq}: {MEANING[link.fault]} ({link.fault})."


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal; nothing where the output is not one."""
    console = Console(stderr=True)
    columns = (TextColumn("Events"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("events", total=total)
        yield lambda count: bar.advance(task, count)
