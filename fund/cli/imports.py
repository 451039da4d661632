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
from fund.cli.published_files import Outcome, past_award
from fund.cli.refusals import RefusedRow
from fund.cli.subsidy_files import import_subsidies
from fund.edge.formats import day, money
from fund.errors import EngineAway
from fund.schemas.scdl import AwardRecord

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
        with _reported_errors(), _progress() as on_rows:
            outcome = import_awards(engine, file, on_refusal=_say, on_rows=on_rows)
        taken = ngettext("%(num)s award was taken in.", "%(num)s awards were taken in.", outcome.taken)
        _conclude(taken, outcome)


@import_group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would be taken in and what refused.")
@language_option
@click.pass_obj
def subsidies(settings: Settings, file: Path, dry_run: bool, language: str) -> None:
    """Take in what other funders granted from FILE, a CSV in the SCDL "subventions" form.

    The grants stand beside the files of the organisations that received them. Each row that is new or cannot be
    read is named on the standard output. Running it again takes in only what is new.
    """
    with ready_database(settings) as engine, speaking(language):
        with _reported_errors(), _progress() as on_rows:
            outcome = import_subsidies(
                engine, file, dry_run=dry_run, on_taken=_say_taken, on_refusal=_say, on_rows=on_rows
            )
        if dry_run:
            taken = ngettext(
                "%(num)s award would be taken in.", "%(num)s awards would be taken in.", outcome.taken
            )
        else:
            taken = ngettext("%(num)s award was taken in.", "%(num)s awards were taken in.", outcome.taken)
        _conclude(taken, outcome)


@contextmanager
def _reported_errors() -> Iterator[None]:
    try:
        yield
    except EngineAway as error:
        raise click.ClickException(
            gettext("The database does not answer. What was taken in is kept: run the command again when it does.")
        ) from error


def _say(refused: RefusedRow) -> None:
    click.echo(str(refused))


def _say_taken(record: AwardRecord) -> None:
    click.echo(
        gettext(
            "Line %(line)s: new, %(funder)s to %(beneficiary)s, %(day)s, %(amount)s",
            line=record.line,
            funder=record.grantor_name,
            beneficiary=record.beneficiary_name,
            day=day(record.agreement_date),
            amount=money(past_award(record).own_amount),
        )
    )


def _conclude(taken: str, outcome: Outcome) -> None:
    """The last line, and the exit with an error where no row could be read at all."""
    known = ngettext("%(num)s was known already.", "%(num)s were known already.", outcome.known)
    refused = ngettext("%(num)s row was refused.", "%(num)s rows were refused.", outcome.refused)
    click.echo(f"{taken} {known} {refused}")
    if outcome.refused and not outcome.taken + outcome.known:
        raise SystemExit(1)


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
