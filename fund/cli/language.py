"""The catalogues for commands that speak to people beyond the one who runs the program."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from flask_babel import Babel, force_locale

import fund
from config.settings import DEFAULT_LOCALE, LOCALES, TIMEZONE

CATALOGUES = Path(fund.__file__).parent / "translations"

language_option = click.option(
    "--language",
    type=click.Choice(LOCALES),
    default=DEFAULT_LOCALE,
    show_default=True,
    help="The language of the messages.",
)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within the block, gettext gives sentences in this language."""
    app = Flask("fund")
    Babel(
        app,
        default_locale=DEFAULT_LOCALE,
        default_timezone=TIMEZONE,
        default_translation_directories=str(CATALOGUES),
    )
    with app.app_context(), force_locale(language):
        yield
