"""``fund call``: a call as a YAML file, out of the database and into it, exactly."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from config.settings import Settings
from fund.cli.db import ready_database
from fund.cli.language import language_option, speaking
from fund.db import make_session_factory, translated_errors
from fund.edge.content_words import ChangeInWords, changes_in_words, refusals_in_words
from fund.edge.sentences import conflict_sentence, problem_sentence, reason_sentence
from fund.errors import Conflict, EngineAway, InvalidInput, NotFound
from fund.forms.content import read_yaml, write_yaml
from fund.forms.definition import CallContent
from fund.forms.yaml_text import YamlRefused, parse_yaml
from fund.models import Call
from fund.services import call_versions, calls
from fund.services.access import find
from fund.services.perform import NotEditable
from workflows.permissions import SYSTEM


@click.group(name="call")
def call_group() -> None:
    """Write calls to YAML files, and read them."""


@call_group.command(name="export")
@click.argument("reference")
@click.option("--version", type=click.IntRange(min=1), help="A published version; else what is being written.")
@click.option(
    "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write to this file."
)
@language_option
@click.pass_obj
def export_call(
    settings: Settings, reference: str, version: int | None, output: Path | None, language: str
) -> None:
    """Write the call REFERENCE as YAML, to the standard output or to a file; "fund call import" reads it back."""
    with ready_database(settings) as engine, speaking(language):
        with make_session_factory(engine)() as session, _reported():
            text = write_yaml(_content_of(session, reference, version))
        try:
            if output is None:
                click.echo(text.encode(), nl=False)
            else:
                output.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            facts = {"file": output or "-", "error": error.strerror}
            raise click.ClickException(gettext("%(file)s cannot be written: %(error)s.", **facts)) from error


@call_group.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", metavar="REFERENCE", help="Change this call instead of making a new draft.")
@click.option("--dry-run", is_flag=True, help="Only say what would be refused or changed.")
@language_option
@click.pass_obj
def import_call(settings: Settings, file: Path, into: str | None, dry_run: bool, language: str) -> None:
    """Read a call from FILE, as YAML: a new draft, or with --into changes of a call.

    A draft is changed in place. Changes of a published call wait until an officer publishes them on its page.
    Everything that cannot be taken is named with its place on the standard error; then nothing is changed.
    """
    with ready_database(settings) as engine, speaking(language):
        content = _read(file)
        with make_session_factory(engine)() as session, _reported():
            told = _change(session, into, content) if into else _make(session, content)
            if not dry_run:
                session.commit()
        if dry_run:
            told.append(gettext("This was a trial: nothing is changed."))
        for line in told:
            click.echo(line)


@contextmanager
def _reported() -> Iterator[None]:
    """Refusals of the program as one sentence at the terminal."""
    try:
        with translated_errors():
            yield
    except NotFound as error:
        raise click.ClickException(gettext("There is no call of this reference.")) from error
    except NotEditable as error:
        raise click.ClickException(reason_sentence(error.reason)) from error
    except InvalidInput as error:
        sentences = [problem_sentence(problem) for problems in error.errors.values() for problem in problems]
        raise click.ClickException(" ".join(dict.fromkeys(sentences))) from error
    except Conflict as error:
        raise click.ClickException(conflict_sentence(error.code)) from error
    except EngineAway as error:
        raise click.ClickException(gettext("The database does not answer. Nothing was changed.")) from error


def _content_of(session: Session, reference: str, number: int | None) -> CallContent:
    call: Call = find(session, SYSTEM, Call, reference)
    if number is None:
        return call_versions.revised_content(call)
    version = next((version for version in call.versions if version.number == number), None)
    if version is None:
        facts = {"reference": reference, "number": number}
        raise click.ClickException(gettext("The call %(reference)s has no version %(number)s.", **facts))
    return version.read()


def _read(file: Path) -> CallContent:
    """The content of the file; raises SystemExit after naming all that is wrong with it."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        return read_yaml(text)
    except UnicodeDecodeError as error:
        raise click.ClickException(gettext("The file is no UTF-8 text. Save it as UTF-8.")) from error
    except OSError as error:
        facts = {"file": file, "error": error.strerror}
        raise click.ClickException(gettext("%(file)s cannot be read: %(error)s.", **facts)) from error
    except InvalidInput as refusal:
        data = _data(text)
        for path, place, sentence in refusals_in_words(refusal.errors, data):
            click.echo(f"{path} ({place}){gettext(': ')}{sentence}", err=True)
        count = sum(map(len, refusal.errors.values()))
        click.echo(
            ngettext("%(num)s fault: nothing is changed.", "%(num)s faults: nothing is changed.", count),
            err=True,
        )
        raise SystemExit(1) from refusal


def _make(session: Session, content: CallContent) -> list[str]:
    funder_id = calls.latest_funder(session)
    if funder_id is None:
        raise click.ClickException(
            gettext("There is no call yet whose funder this one could have. Make the first one on screen.")
        )
    call = call_versions.create_from_content(session, SYSTEM, content, funder_id=funder_id)
    return [gettext("The draft %(reference)s is made.", reference=call.reference)]


def _change(session: Session, reference: str, content: CallContent) -> list[str]:
    call: Call = find(session, SYSTEM, Call, reference)
    before = call_versions.revised_content(call)
    call_versions.save_content(session, SYSTEM, call, content)
    session.flush()
    changes = changes_in_words(before, content)
    if not changes:
        return [gettext("%(reference)s says this already: nothing is changed.", reference=reference)]
    waits = call.revision is not None
    facts = {"reference": reference}
    done = (
        gettext("The changes of %(reference)s wait to be published, on its page.", **facts)
        if waits
        else gettext("The call %(reference)s is changed.", **facts)
    )
    return [*map(_line, changes), done]


def _line(change: ChangeInWords) -> str:
    before, after = change.before or "—", change.after or "—"
    return f"{change.place}{gettext(': ')}{before} → {after}"


def _data(text: str) -> Any:
    """The file's own data, to name the places of its refusals."""
    try:
        return parse_yaml(text)
    except YamlRefused:
        return {}
