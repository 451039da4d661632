"""``fund ledger``: the check that states, entries and journal agree, balances, the export for the accountant."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from fund.cli.db import ready_database
from fund.cli.files import failing_in_words, replacing
from fund.cli.language import language_option, speaking
from fund.db import make_session_factory, unit_of_work
from fund.documents.ledger_sheets import fec_lines, ledger_workbook
from fund.edge.formats import money
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.ledger_export import SHEET_LINES, rows_of
from fund.edge.ledger_words import fault_sentence, kind_words
from fund.models import Award, Call
from fund.services.ledger import balances
from fund.services.ledger_check import faults_of, run_check
from fund.services.ledger_reading import Wanted, turnover_of
from workflows.permissions import SYSTEM

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def ledger() -> None:
    """The euros of the fund: where they lie, and whether everything agrees."""


@ledger.command()
@language_option
@click.pass_obj
def check(settings: Settings, language: str) -> None:
    """Compare the entries with the states of files and with the journal, keep the result and tell each fault.

    The treasury and the administrators are told by a message too. Ends with status 1 where something does not
    agree.
    """
    with _working(settings, language) as session:
        done = run_check(session)
        click.echo(
            ngettext("One entry was compared.", "%(num)s entries were compared.", done.entries)
            + " "
            + ngettext("One disagreement.", "%(num)s disagreements.", done.fault_count)
        )
        faults = faults_of(done)
        for fault in faults:
            click.echo(f"{kind_words(fault.subject_type)} {fault.reference}{gettext(': ')}{fault_sentence(fault)}")
        if len(faults) < done.fault_count:
            click.echo(gettext("Only the first %(count)s are shown.", count=len(faults)))
    if done.fault_count:
        raise SystemExit(1)


@ledger.command()
@click.option("--on", type=DAY, help="At the end of this day (YYYY-MM-DD); now, without one.")
@click.option("--call", "call_reference", help="Of this call alone, by its reference.")
@click.option("--award", "award_reference", help="Of this award alone, by its reference.")
@language_option
@click.pass_obj
def balance(
    settings: Settings,
    on: datetime | None,
    call_reference: str | None,
    award_reference: str | None,
    language: str,
) -> None:
    """Write what lies in each account, in euros."""
    with _working(settings, language) as session:
        call_id, award_id = _id_of(session, Call, call_reference), _id_of(session, Award, award_reference)
        found = balances(session, on=_day(on), call_id=call_id, award_id=award_id)
        width = max(len(label(account)) for account in found)
        for account, amount in found.items():
            click.echo(f"{label(account):<{width}}  {money(amount):>20}")


@ledger.command()
@click.option(
    "--format", "form", type=click.Choice(("fec", "xlsx")), required=True, help="FEC text, or spreadsheet."
)
@click.option("--from", "since", type=DAY, help="The first day (YYYY-MM-DD).")
@click.option("--to", "until", type=DAY, help="The last day; it counts too.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    required=True,
    help="Write to this file.",
)
@language_option
@click.pass_obj
def export(
    settings: Settings, form: str, since: datetime | None, until: datetime | None, out: Path, language: str
) -> None:
    """Write the entries for the accountant, in the order of their booking."""
    with _working(settings, language) as session, failing_in_words(out):
        wanted = Wanted(since=_day(since), until=_day(until))
        count = turnover_of(session, SYSTEM, wanted).entries
        if form == "xlsx" and 2 * count > SHEET_LINES:
            raise click.ClickException(
                gettext("These are more lines than a spreadsheet holds. Choose a shorter period, or take the FEC.")
            )
        rows = rows_of(session, SYSTEM, wanted)
        with replacing(out) as path, path.open("wb") as stream:
            if form == "fec":
                stream.writelines(line.encode() for line in fec_lines(rows))
            else:
                stream.write(ledger_workbook(rows, current_language()))
        click.echo(ngettext("One entry was written.", "%(num)s entries were written.", count), err=True)


@contextmanager
def _working(settings: Settings, language: str) -> Iterator[Session]:
    """A session on a database that is there, and sentences in that language."""
    with (
        ready_database(settings) as engine,
        speaking(language),
        failing_in_words(None),
        unit_of_work(make_session_factory(engine)) as session,
    ):
        yield session


def _id_of(session: Session, model: type[Any], reference: str | None) -> int | None:
    if reference is None:
        return None
    found: int | None = session.scalar(select(model.id).where(model.reference == reference))
    if found is None:
        raise click.ClickException(
            gettext("There is nothing of the reference %(reference)s.", reference=reference)
        )
    return found


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
