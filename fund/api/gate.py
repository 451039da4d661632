"""Before any view of the API: is the address known, who asks (by token alone), and how often."""

from typing import Final

from flask import Flask, Response, current_app, g, request
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import MethodNotAllowed, NotFound

from fund.api.problems import TokenUnknown, problem_response
from fund.edge.i18n import current_language
from fund.edge.limits import limiter
from fund.edge.requests import current_actor, set_actor, writing
from fund.edge.security import request_reference
from fund.services.people import find_token_person
from workflows.permissions import ANONYMOUS

PREFIX: Final = "/api/v1"
RATE: Final = "API_RATE"
ANONYMOUS_RATE: Final = "API_ANONYMOUS_RATE"


def init_gate(app: Flask) -> None:
    """Register the checks, in this order; ``fund.edge.access`` comes after them."""
    app.config.setdefault(RATE, "600 per minute")
    app.config.setdefault(ANONYMOUS_RATE, "120 per minute")
    app.before_request(open_gate)
    app.after_request(name_language)


def open_gate() -> Response | None:
    """Recognise who asks, or answer an address that does not exist. Raises what the problem map knows."""
    if not _is_ours():
        return None
    error = request.routing_exception
    if isinstance(error, NotFound | MethodNotAllowed):
        # No view, hence no blueprint whose error handlers would answer: the pages' would.
        return problem_response(error)
    token_is_known = recognise()
    # After recognising, so that each person has a count of their own; before refusing, so that guesses count.
    count_request()
    if not token_is_known:
        raise TokenUnknown
    return None


def recognise() -> bool:
    """Say who asks, by the token and nothing else; False for a token (or another credential) of no use."""
    set_actor(ANONYMOUS)
    if "Authorization" not in request.headers:
        return True
    credential = request.authorization
    if credential is None or credential.type != "bearer" or not credential.token:
        return False
    # Committed at once: the instant of last use is kept, and its row not locked while the request lasts.
    with writing() as session:
        person = find_token_person(session, credential.token)
    if person is None:
        return False
    g.token_person = person
    set_actor(person.as_actor(request_reference()))
    return True


def _rate() -> str:
    name = ANONYMOUS_RATE if current_actor().person_id is None else RATE
    return str(current_app.config[name])


def _caller() -> str:
    person_id = current_actor().person_id
    return f"address:{get_remote_address()}" if person_id is None else f"person:{person_id}"


@limiter.shared_limit(_rate, scope="api", key_func=_caller)
def count_request() -> None:
    """Count the request against its caller's rate. Raises RateLimitExceeded."""


def name_language(response: Response) -> Response:
    if _is_ours():
        response.headers["Content-Language"] = current_language()
        response.vary.add("Accept-Language")
    return response


def _is_ours() -> bool:
    return request.path == PREFIX or request.path.startswith(PREFIX + "/")
