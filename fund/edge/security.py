"""What every answer carries and every request must respect: headers, cookies, sizes, a reference per request."""

import secrets
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import structlog
from flask import Flask, abort, g, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from config.settings import Settings

MEGABYTE: Final = 1024 * 1024
MAX_BODY: Final = 25 * MEGABYTE
MAX_FORM: Final = 2 * MEGABYTE  # a part of a file full of long texts, as a form writes them
SWALLOWED_MAXIMUM: Final = 8 * MAX_BODY
# Without vowels no word appears by chance; without 0, 1 and look-alikes it can be read out on the telephone.
REFERENCE_ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ23456789"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
STRICT_TRANSPORT: Final = "max-age=63072000; includeSubDomains"


def init_security(app: Flask, settings: Settings) -> None:
    """Set the cookies' flags, the largest body (25 MB) and the hooks that number, check and seal each request."""
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_FORM,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.is_production,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_NAME="fund_session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_production,
    )
    # The number comes first: a refusal by the check must already carry it.
    app.before_request(number_request)
    app.before_request(refuse_nul)

    @app.after_request
    def seal(response: Response) -> Response:
        return _seal(response, over_https=settings.is_production)


def new_reference() -> str:
    """A reference such as ``K7QD-29XW-PHMB``, for a person to quote and an engineer to find in the log."""
    signs = [secrets.choice(REFERENCE_ALPHABET) for _ in range(12)]
    return "-".join("".join(signs[start : start + 4]) for start in (0, 4, 8))


def request_reference() -> str:
    """The reference of the request in hand; a request refused before it was numbered gets one now."""
    if "request_id" not in g:
        g.request_id = new_reference()
    return str(g.request_id)


def number_request() -> None:
    """Give the request its reference. One sent by the client is not believed: the journal keeps ours."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_reference())


def refuse_nul() -> None:
    """Refuse NUL characters with a 400: PostgreSQL cannot store them, and no person types them.

    The API's requests are left to its schemas, which name the faulty field.
    """
    if request.path.startswith("/api/"):
        return
    texts = [request.path, *_texts(request.args)]
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        texts += _texts(request.form)
        texts += [upload.filename or "" for upload in request.files.values()]
    if any("\0" in text for text in texts):
        abort(400)


def _texts(values: MultiDict[str, str]) -> list[str]:
    return [text for name, value in values.items(multi=True) for text in (name, value)]


def _swallow_body() -> None:
    """Read a body that is too long, as far as people's files go, and forget it.

    A browser listens once it has sent everything; answered and closed before, it shows no page at all.
    """
    left = min(request.content_length or 0, SWALLOWED_MAXIMUM)
    if left <= MAX_BODY:  # a shorter one was read already, and refused for what is in it
        return
    body = request.input_stream
    while left > 0 and (chunk := body.read(min(left, MEGABYTE))):
        left -= len(chunk)


def _seal(response: Response, *, over_https: bool) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if over_https:
        response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        _swallow_body()
    response.headers["X-Request-ID"] = request_reference()
    # On a shared computer the back button must not show a file after signing out; static files set their own.
    response.headers.setdefault("Cache-Control", "no-store")
    return response
