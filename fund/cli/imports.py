"""``fund import``: taking in what others published."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask_babel import gettext, ngettext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.settings import Settings
from fund.cli.award_files import import_awards
from fund.cli.db import ready_database
from fund.cli.language import language_option, speaking
from fund.cli.refusals import RefusedRow
from fund.errors import EngineAway

TOLD_EVERY = 500  # rows


@click.group(name="import")
def import_group() -> None:
    """Take in data that others published."""


@import_group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@language_option
@click.pass_obj
def awards(settings: Settings, file: Path, language: str) -> None:
    """Take in past awards from FILE, a CSV in the SCDL "subventions" form.

    Each row is carried through all steps from submission to payment, with its own dates. Rows that cannot be
    read are named on the standard output. Running it again changes nothing but what is new.
    """
    with ready_database(settings) as engine, speaking(language):
        try:
            with _progress() as on_rows:
                outcome = import_awards(engine, file, on_refusal=_say, on_rows=on_rows)
        except EngineAway as error:
            raise click.ClickException(
                gettext(
                    "The database does not answer. What was taken in is kept: run the command again when it does."
                )
            ) from error
        click.echo(_summary(outcome.taken, outcome.known, outcome.refused))
        if outcome.refused and not outcome.taken + outcome.known:
            raise SystemExit(1)


def _say(refused: RefusedRow) -> None:
    click.echo(str(refused))


def _summary(taken: int, known: int, refused: int) -> str:
    return " ".join(
        (
            ngettext("%(num)s award was taken in.", "%(num)s awards were taken in.", taken),
            ngettext("%(num)s was known already.", "%(num)s were known already.", known),
            ngettext("%(num)s row was refused.", "%(num)s rows were refused.", refused),
        )
    )


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Progress on the standard error: a bar on a terminal, else a line now and then."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _tell_now_and_then()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # Refused rows go to the standard output: above the bar only where that is the same terminal.
    with Progress(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty()) as progress:
        task = progress.add_task(gettext("Rows"), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _tell_now_and_then() -> Callable[[int, int], None]:
    told = 0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if done >= told + TOLD_EVERY or done == total:
            told = done
            click.echo(gettext("%(done)s rows of %(total)s", done=done, total=total), err=True)

    return tell
