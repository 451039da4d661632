"""Error pages: what happened, what to do next, and a reference to quote. None of them asks the database.

``fund.app`` registers ``error_page`` for the kinds in ``HANDLED``, beside the API's own problem documents.
"""

from dataclasses import dataclass
from typing import Any, Final

from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError, generate_csrf
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSlow
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from fund.edge.access import RoleNeeded, SignInNeeded
from fund.edge.requests import wants_json
from fund.edge.security import request_reference
from fund.edge.sentences import conflict_sentence, problem_sentence, reason_sentence
from fund.errors import Conflict, EngineAway, FundError, InvalidInput, NotFound, StaleVersion
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import UnknownStep
from fund.web.people import is_signed_in
from workflows.engine import Refused, StepForbidden

ENGINES_AWAY: Final = (EngineAway, OperationalError, PoolExhausted, RedisAway, RedisSlow)
HANDLED: Final[tuple[type[Exception], ...]] = (
    HTTPException,
    FundError,
    Refused,
    NotPermitted,
    NotEditable,
    *ENGINES_AWAY,
)

# Headers of an HTTP error that mean something to the client and must survive our own page.
KEPT_HEADERS: Final = ("Allow", "Retry-After")
RETRY_AFTER_SECONDS: Final = "30"


@dataclass(frozen=True, slots=True)
class ErrorText:
    """The sentences of an error page."""

    title: Any
    what: Any
    next: Any


FORM_EXPIRED: Final = ErrorText(
    _l("This form has expired"),
    _l("The page stayed open too long, or you signed out in another window. Nothing was saved."),
    _l("Go back, reload the page and send the form again. Copy long texts first, so as not to lose them."),
)
CHANGED_MEANWHILE: Final = ErrorText(
    _l("Somebody changed this meanwhile"),
    _l("The page that you sent was older than what is now recorded. Nothing was saved."),
    _l("Go back, reload the page to see the present state, then start again if it is still needed."),
)
TEXTS: Final[dict[int, ErrorText]] = {
    400: ErrorText(
        _l("The request cannot be understood"),
        _l("What your browser sent is incomplete or holds characters that cannot be recorded. Nothing was saved."),
        _l("Go back and try again. If you pasted a text, paste it once more without its formatting."),
    ),
    401: ErrorText(
        _l("You are not signed in"),
        _l("This page is only shown to people who are signed in."),
        _l("Sign in, then open the page again."),
    ),
    403: ErrorText(
        _l("This is not open to you"),
        _l("Your account does not have the right to do this or to see this page."),
        _l("If you believe that it should, write to the fund's team and say what you wanted to do."),
    ),
    404: ErrorText(
        _l("This page does not exist"),
        _l("The address is wrong, the page has moved, or it is not open to you."),
        _l("Check the address, or start again from the home page."),
    ),
    405: ErrorText(
        _l("This address cannot be used that way"),
        _l("The page exists, but it does not accept this kind of request. Nothing was saved."),
        _l("Start again from the home page and follow the links."),
    ),
    409: ErrorText(
        _l("This is not possible in the present state"),
        _l("Somebody was there first, or the file has moved on since your page was made. Nothing was saved."),
        _l("Go back and reload the page: it shows what is possible now."),
    ),
    413: ErrorText(
        _l("This is too large"),
        _l("What you sent is above 25 MB. Nothing was saved."),
        _l("Make the file smaller, or send several files one after the other."),
    ),
    422: ErrorText(
        _l("Some answers cannot be accepted"),
        _l("At least one value is missing or is not of the kind expected. Nothing was saved."),
        _l("Go back and check your answers."),
    ),
    429: ErrorText(
        _l("Too many attempts"),
        _l("To protect accounts, the number of attempts is limited."),
        _l("Wait a few minutes, then try again."),
    ),
    500: ErrorText(
        _l("Something went wrong on our side"),
        _l("The program met an error that it did not expect. What was already recorded is kept."),
        _l("Try again in a moment. If it happens again, write to us with the reference below."),
    ),
    503: ErrorText(
        _l("The service is away for a moment"),
        _l("A part of the service does not answer. What was already recorded is kept."),
        _l("Wait a minute, then reload the page: the service resumes by itself."),
    ),
}


def error_page(error: Exception) -> Response | tuple[str, int, dict[str, str]]:
    """The page of an error (for a page's script the same as JSON), its status and its headers.

    Whatever is unknown is a 500.

    Who must sign in to read a page is sent there and comes back; a form sent without a session is not replayed.
    """
    if isinstance(error, SignInNeeded) and request.method in ("GET", "HEAD"):
        flash(gettext("Sign in to see this page."), "info")
        return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?")), 303)
    code = status_of(error)
    text = _text_of(error, code)
    if wants_json():
        said = [str(text.what), *_reasons_of(error), str(text.next)]
        told = {"title": str(text.title), "message": " ".join(said), "reference": request_reference()}
        if isinstance(error, Conflict):
            told["conflict"] = error.code  # "busy" passes by itself
        if isinstance(error, CSRFError):
            # A script of ours goes on with the token of the present session; without one its person signs in.
            code = 400 if is_signed_in() else 401
            told |= {"csrf_token": generate_csrf()} if code == 400 else {}
        return make_response(jsonify(told), code, _headers_of(error, code))
    body = render_template(
        "errors/error.html",
        code=code,
        title=text.title,
        what=text.what,
        next=text.next,
        reasons=_reasons_of(error),
        reference=request_reference(),
    )
    return body, code, _headers_of(error, code)


def status_of(error: Exception) -> int:
    """The HTTP status that an error amounts to."""
    if isinstance(error, HTTPException):
        return error.code or 500
    kinds: tuple[tuple[type[Exception] | tuple[type[Exception], ...], int], ...] = (
        (ENGINES_AWAY, 503),
        ((NotFound, UnknownStep), 404),
        (InvalidInput, 422),
        (SignInNeeded, 401),
        ((RoleNeeded, NotPermitted, StepForbidden), 403),
        ((StaleVersion, Conflict, NotEditable, Refused), 409),
    )
    return next((status for kind, status in kinds if isinstance(error, kind)), 500)


def _text_of(error: Exception, code: int) -> ErrorText:
    if isinstance(error, CSRFError):
        return FORM_EXPIRED
    if isinstance(error, StaleVersion):
        return CHANGED_MEANWHILE
    return TEXTS.get(code) or TEXTS[400 if code < 500 else 500]


def _reasons_of(error: Exception) -> list[str]:
    """Why exactly, where the program knows it: the sentences of guards, of fields and of the database."""
    match error:
        case NotPermitted() | NotEditable():
            return [reason_sentence(error.reason)]
        case Refused():
            return [reason_sentence(reason) for reason in error.reasons]
        case Conflict():
            return [conflict_sentence(error.code)]
        case InvalidInput():
            return [problem_sentence(problem) for problems in error.errors.values() for problem in problems]
    return []


def _headers_of(error: Exception, code: int) -> dict[str, str]:
    given = dict(error.get_headers()) if isinstance(error, HTTPException) else {}
    headers: dict[str, str] = {name: given[name] for name in KEPT_HEADERS if name in given}
    if code == 503:
        headers.setdefault("Retry-After", RETRY_AFTER_SECONDS)
    return headers
