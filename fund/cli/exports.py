"""``fund export``: publishing what the fund granted."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, TypeVar

import click
from flask_babel import gettext, ngettext
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.settings import Settings
from fund.cli.db import ready_database
from fund.cli.files import failing_in_words, replacing
from fund.cli.language import language_option, speaking
from fund.db import make_session_factory, translated_errors
from fund.edge.open_data import make_files, publisher_of
from fund.edge.scdl_words import SENTENCES
from fund.models.base import utc_now
from fund.schemas.giving import Written, write_grants
from fund.schemas.published import OwnRow, grant_of, published
from fund.schemas.scdl import Reason
from fund.schemas.scdl_writer import Publication, write_awards
from fund.services.publication import signed_awards

Result = TypeVar("Result")
out_option = click.option(
    "--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write to this file."
)


@click.group(name="export")
def export_group() -> None:
    """Publish what the fund granted."""


@export_group.command()
@out_option
@language_option
@click.pass_obj
def scdl(settings: Settings, out: Path | None, language: str) -> None:
    """Write every signed award as SCDL "subventions" 2.1.1, to the standard output or to a file.

    Awards that the standard does not allow to publish are named on the standard error.
    """
    with ready_database(settings) as engine, speaking(language), failing_in_words(out):
        publication = _write(out, lambda stream: export_awards(engine, stream))
        for left_out in publication.left_out:
            award = left_out.award
            _tell(award.beneficiary_name, f"{award.agreement_date}, {award.amount} €", left_out.faults)
        _count(publication.written)


@export_group.command()
@out_option
@language_option
@click.pass_obj
def giving(settings: Settings, out: Path | None, language: str) -> None:
    """Write every signed award as 360Giving 1.4.3 JSON, to the standard output or to a file.

    Awards that break a rule are named on the standard error. Ends with an error where none can be written: the
    standard asks for one at the least.
    """
    with ready_database(settings) as engine, speaking(language), failing_in_words(out):
        grants = _write(out, lambda stream: export_grants(engine, stream, settings))
        for withheld in grants.withheld:
            _tell(withheld.reference, "360Giving", withheld.faults)
        _count(grants.count)
        if not grants.count:
            raise click.ClickException(gettext("No award can be published yet: the package is empty."))


@export_group.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Write into this folder, which is made where it does not exist.",
)
@language_option
@click.pass_obj
def datapackage(settings: Settings, out: Path, language: str) -> None:
    """Write both files and datapackage.json, which describes them, into a folder: what the site offers."""
    with ready_database(settings) as engine, speaking(language), failing_in_words(out):
        out.mkdir(parents=True, exist_ok=True)
        with _reading(engine) as session:
            made = make_files(session, out, publisher_of(settings))
        for left_out in made.left_out:
            _tell(left_out.reference, left_out.file, left_out.faults)
        for file in made.files:
            click.echo(f"{file.sha256}  {file.name}")


def _write(out: Path | None, write: Callable[[TextIO], Result]) -> Result:
    if out is None:
        # UTF-8 and its own line ends, whatever the terminal's: this is a file that passes through.
        stream = TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        result = write(stream)
        stream.detach()  # written out, and the standard output left open
        return result
    with replacing(out) as path, path.open("w", encoding="utf-8", newline="") as stream:
        return write(stream)


@contextmanager
def _reading(engine: Engine) -> Iterator[Session]:
    with make_session_factory(engine)() as session, translated_errors():
        yield session


def export_awards(engine: Engine, out: TextIO) -> Publication[OwnRow]:
    """Write the signed awards to ``out``. Raises EngineAway."""
    with _reading(engine) as session:
        return write_awards(map(published, signed_awards(session)), out)


def export_grants(engine: Engine, out: TextIO, settings: Settings) -> Written:
    """Write the signed awards to ``out`` as a 360Giving package. Raises EngineAway."""
    with _reading(engine) as session:
        grants = map(grant_of, signed_awards(session))
        return write_grants(grants, out, publisher_of(settings), utc_now())


def _tell(name: str, detail: str, faults: Mapping[str, list[Reason]]) -> None:
    told = ", ".join(f"{column}: {SENTENCES[reason]}" for column, reasons in faults.items() for reason in reasons)
    click.echo(
        gettext("Left out: %(name)s, %(detail)s. %(faults)s", name=name, detail=detail, faults=told), err=True
    )


def _count(written: int) -> None:
    click.echo(ngettext("%(num)s award was written.", "%(num)s awards were written.", written), err=True)
