"""The one map from an exception to a problem document (RFC 9457).

``type`` is about:blank: what tells problems apart is ``code``, and ``detail`` says in the reader's language what
happened and what to do. ``reference`` is the request's number, by which the log is searched.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import structlog
from flask import Response, jsonify, request
from flask_babel import lazy_gettext as _l
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from fund.edge.access import RoleNeeded, SignInNeeded
from fund.edge.conflict_words import CONFLICTS
from fund.edge.security import request_reference
from fund.edge.sentences import conflict_sentence, problem_sentence, reason_sentence
from fund.errors import Conflict, EngineAway, FundError, InvalidInput, NotFound, StaleVersion
from fund.schemas.steps import input_of
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import UnknownStep
from workflows import WORKFLOWS
from workflows.engine import StepForbidden, StepRefused, StepUnavailable
from workflows.reasons import Reason, ReasonCode

CONTENT_TYPE: Final = "application/problem+json"
CHALLENGE: Final = 'Bearer realm="Fonds ODD 17"'
RETRY_SECONDS: Final = 30
ERRORS_MAXIMUM: Final = 100
TOKEN_LENGTH: Final = 200
"""Of one name in a pointer: a body may hold a megabyte of one name."""

log = structlog.get_logger(__name__)


class TokenUnknown(FundError):
    """The request carries a token that is unknown, revoked or out of date."""


TITLES: Final[dict[int, Any]] = {
    400: _l("The request cannot be understood"),
    401: _l("You are not signed in"),
    403: _l("This is not open to you"),
    404: _l("There is nothing here"),
    405: _l("This address cannot be used that way"),
    409: _l("This is not possible in the present state"),
    412: _l("Somebody changed this meanwhile"),
    413: _l("This is too large"),
    415: _l("This kind of content is not read here"),
    422: _l("Some values cannot be accepted"),
    428: _l("The version is missing"),
    429: _l("Too many requests"),
    500: _l("Something went wrong on our side"),
    503: _l("The service is away for a moment"),
}
DETAILS: Final[dict[str, Any]] = {
    "bad_request": _l("The request could not be read. The body is JSON in UTF-8, without NaN or Infinity."),
    "token_needed": _l("Send a token: “Authorization: Bearer …”. You make one on the page of your account."),
    "token_unknown": _l(
        "This token is unknown, revoked or out of date. Make a new one on the page of your account."
    ),
    "role_needed": _l("Your role does not open this address."),
    "not_permitted": _l("You may not do this here."),
    "not_found": _l("Nothing of this address exists, or it is not open to you. Check the reference."),
    "unknown_step": _l("There is no step of this name. “allowed” lists those that leave the present state."),
    "method_not_allowed": _l(
        "The address exists, but not with this method. The header Allow lists those that do."
    ),
    "wrong_state": _l("The present state does not allow this. “reasons” says more."),
    "refused": _l("This is refused for now. “reasons” says why, and what would lift it."),
    "stale": _l("Your version is not the present one. Read the subject again, then send its new ETag."),
    "too_large": _l("The body is above one megabyte."),
    "unsupported_media_type": _l("Send the body as “Content-Type: application/json”."),
    "invalid": _l("Some values are missing or are not of the kind expected. “errors” names each."),
    "version_needed": _l("Send the ETag that you read in the header If-Match; an asterisk is not taken."),
    "too_many_requests": _l("You ask too often. Wait as many seconds as Retry-After says."),
    "internal": _l("The program met an error that it did not expect. Write to us with the reference given here."),
    "away": _l(
        "A part of the service does not answer. Wait, then read the subject again before you repeat a write."
    ),
}
HTTP_CODES: Final[dict[int, str]] = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    412: "stale",
    413: "too_large",
    415: "unsupported_media_type",
    428: "version_needed",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be answered; ``detail`` None takes the sentence of the code."""

    status: int
    code: str
    detail: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def problem_response(error: Exception) -> Response:
    """The problem document of an exception. What the map does not know is a 500, logged with its trace."""
    problem = _problem_of(error)
    if problem.status == 500:
        log.error("api_error", path=request.path, exc_info=error)
    body = {
        "type": "about:blank",
        "title": str(TITLES[problem.status]),
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail or str(DETAILS[problem.code]),
        "reference": request_reference(),
        **problem.members,
    }
    response = jsonify(body)
    response.status_code = problem.status
    response.content_type = CONTENT_TYPE
    response.headers.update(problem.headers)
    return response


def _problem_of(error: Exception) -> Problem:
    return next((make(error) for kind, make in MAP if isinstance(error, kind)), Problem(500, "internal"))


def _http(error: HTTPException) -> Problem:
    """An error of the framework: only what has a meaning for the client keeps its status."""
    status = error.code or 500
    if status not in HTTP_CODES:
        return Problem(400, "bad_request") if status < 500 else Problem(500, "internal")
    headers = {"Allow": ", ".join(error.valid_methods or ())} if isinstance(error, MethodNotAllowed) else {}
    return Problem(status, HTTP_CODES[status], headers=headers)


def _sign_in(_: SignInNeeded) -> Problem:
    return Problem(401, "token_needed", headers={"WWW-Authenticate": CHALLENGE})


def _token(_: TokenUnknown) -> Problem:
    return Problem(401, "token_unknown", headers={"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'})


def _rate(error: RateLimitExceeded) -> Problem:
    seconds = error.limit.limit.get_expiry() if error.limit else RETRY_SECONDS
    return Problem(429, "too_many_requests", headers={"Retry-After": str(seconds)})


def _away(_: Exception) -> Problem:
    return Problem(503, "away", headers={"Retry-After": str(RETRY_SECONDS)})


def _forbidden(error: StepForbidden) -> Problem:
    return _for_reasons(403, "not_permitted", error.reasons)


def _not_permitted(error: NotPermitted) -> Problem:
    return _for_reasons(403, "not_permitted", (error.reason,))


def _not_editable(error: NotEditable) -> Problem:
    return _for_reasons(409, "wrong_state", (error.reason,))


def _unknown_step(error: UnknownStep) -> Problem:
    return Problem(404, "unknown_step", members={"allowed": list(error.allowed)})


def _unavailable(error: StepUnavailable) -> Problem:
    workflow = WORKFLOWS[str(error.step.name).partition(".")[0]]
    state = error.reasons[0].params["state"]
    allowed = [str(step.name) for step in workflow.steps_from(state)]
    return _for_reasons(409, "wrong_state", error.reasons, allowed=allowed)


def _refused(error: StepRefused) -> Problem:
    """A refusal that names only inputs of the step is about the body; any other about the state of things."""
    inputs = input_of(error.step)().fields
    fields = [_input_of_reason(reason) for reason in error.reasons]
    if not all(name in inputs for name in fields):
        return _for_reasons(409, "refused", error.reasons)
    errors = [
        {"pointer": f"#/{name}", "code": reason.code, "detail": reason_sentence(reason)}
        for name, reason in zip(fields, error.reasons, strict=True)
    ]
    return Problem(422, "invalid", members={"errors": errors})


def _input_of_reason(reason: Reason) -> str | None:
    return "reason" if reason.code is ReasonCode.REASON_MISSING else reason.field


def _conflict(error: Conflict) -> Problem:
    # The names of constraints without a sentence are the database's own affair.
    code = error.code if error.code in CONFLICTS else "constraint"
    return Problem(409, code, conflict_sentence(code))


def _invalid(error: InvalidInput) -> Problem:
    lines = [(path, problem) for path, problems in error.errors.items() for problem in problems]
    errors = [
        {**_place(path), "code": str(problem), "detail": problem_sentence(problem)}
        for path, problem in lines[:ERRORS_MAXIMUM]
    ]
    return Problem(422, "invalid", members={"errors": errors})


def _place(path: str) -> dict[str, str]:
    """Where the value stands: what reads has a query, what writes a body."""
    if request.method in ("GET", "HEAD"):
        return {"parameter": path}
    return {"pointer": path if path.startswith("#") else pointer(path.split("."))}


def pointer(names: Iterable[str]) -> str:
    """A JSON pointer (RFC 6901) as a URI fragment."""
    tokens = (name[:TOKEN_LENGTH].replace("~", "~0").replace("/", "~1") for name in names)
    return "#" + "".join("/" + quote(token, safe="~", errors="replace") for token in tokens)


def _for_reasons(status: int, code: str, reasons: Iterable[Reason], **members: Any) -> Problem:
    return Problem(status, code, members={"reasons": [reason_line(reason) for reason in reasons], **members})


def reason_line(reason: Reason) -> dict[str, Any]:
    """A guard's reason, for programs and for people."""
    return {"code": reason.code, "detail": reason_sentence(reason), "field": _input_of_reason(reason)}


# The first kind that fits answers, so the particular stand before the general.
MAP: Final[tuple[tuple[type[Exception], Callable[[Any], Problem]], ...]] = (
    (SignInNeeded, _sign_in),
    (TokenUnknown, _token),
    (RoleNeeded, lambda _: Problem(403, "role_needed")),
    (StepForbidden, _forbidden),
    (NotPermitted, _not_permitted),
    (UnknownStep, _unknown_step),
    (NotFound, lambda _: Problem(404, "not_found")),
    (StepUnavailable, _unavailable),
    (NotEditable, _not_editable),
    (StepRefused, _refused),
    (Conflict, _conflict),
    (StaleVersion, lambda _: Problem(412, "stale")),
    (InvalidInput, _invalid),
    (RateLimitExceeded, _rate),
    (EngineAway, _away),
    (OperationalError, _away),
    (PoolExhausted, _away),
    (HTTPException, _http),
)
