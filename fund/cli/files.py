"""Writing files from commands: whole or not at all, and failing in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask_babel import gettext

from fund.errors import EngineAway


@contextmanager
def failing_in_words(out: Path | None) -> Iterator[None]:
    """Raise click.ClickException where the database is away or the file cannot be written."""
    try:
        yield
    except EngineAway as error:
        raise click.ClickException(gettext("The database does not answer. Nothing was written.")) from error
    except OSError as error:
        facts = {"file": out or "-", "error": error.strerror}
        raise click.ClickException(gettext("%(file)s cannot be written: %(error)s.", **facts)) from error


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Where to write what shall stand at ``out``: beside it first, so that a reader finds the former one whole."""
    if out.exists() and not out.is_file():  # a pipe or a device
        yield out
        return
    part = out.with_name(f".{out.name}.part")
    try:
        yield part
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
