"""The language of a page: French unless the reader chose English. The API speaks the language that is asked of it.

The choice is kept in a cookie and not read from the account at each request, so that choosing the language of an
error page needs no database; signing in copies the account's language into the cookie.
"""

from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from flask import Blueprint, Flask, abort, current_app, redirect, request, url_for
from flask_babel import Babel, get_locale
from werkzeug.wrappers import Response

from config.settings import DEFAULT_LOCALE, LOCALES, TIMEZONE
from fund.edge.access import PUBLIC, access

LANGUAGE_COOKIE = "fund_language"
LANGUAGE_NAMES = {"fr": "Français", "en": "English"}
A_YEAR = 365 * 24 * 3600
TRANSLATIONS = Path(__file__).parent.parent / "translations"

blueprint = Blueprint("language", __name__)


class Language(NamedTuple):
    """A language that the reader can change to."""

    code: str
    name: str
    url: str


def init_i18n(app: Flask) -> None:
    """Set up the catalogues, the choice of language and ``/langue/<code>``."""
    Babel(
        app,
        default_locale=DEFAULT_LOCALE,
        default_timezone=TIMEZONE,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=chosen_language,
    )
    app.register_blueprint(blueprint)
    app.jinja_env.globals["current_language"] = current_language
    app.jinja_env.globals["other_languages"] = other_languages


def chosen_language() -> str:
    """The language of the reader's cookie, French when there is none; for the API, that of ``Accept-Language``."""
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(LOCALES) or DEFAULT_LOCALE
    code = request.cookies.get(LANGUAGE_COOKIE, DEFAULT_LOCALE)
    return code if code in LOCALES else DEFAULT_LOCALE


def current_language() -> str:
    """The code of the page's language (``fr``)."""
    return str(get_locale() or DEFAULT_LOCALE)


def other_languages() -> list[Language]:
    """The other languages, each with the address that changes to it and comes back to this page."""
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return [
        Language(code, LANGUAGE_NAMES[code], url_for("language.choose", code=code, next=here))
        for code in LOCALES
        if code != current_language()
    ]


def remember_language(response: Response, code: str) -> None:
    """Keep the choice for a year."""
    response.set_cookie(
        LANGUAGE_COOKIE,
        code,
        max_age=A_YEAR,
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
    )


def local_path(target: str | None, default: str = "/") -> str:
    """``target`` when it is a path of this site, else ``default``: nobody is sent elsewhere by our links.

    Browsers read ``//host`` and ``/\\host`` as other sites, and drop tabs and line ends before they look.
    """
    if not target or not target.startswith("/") or any(ord(sign) < 0x21 or sign == "\\" for sign in target):
        return default
    return default if target.startswith("//") else quote(target, safe="/?&=%+,;:@~!$'()*-._#[]")


@blueprint.get("/langue/<code>")
@access(PUBLIC)
def choose(code: str) -> Response:
    """Change the language and come back. An unknown code is a 404."""
    if code not in LOCALES:
        abort(404)
    response = redirect(local_path(request.args.get("next")), 303)
    remember_language(response, code)
    return response
