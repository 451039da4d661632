"""Every route declares who may use it: ``@access(PUBLIC)``, ``@access(SIGNED_IN)``, ``@access(only(Role.ADMIN))``.

The declaration is the outer wall: which subjects exist for a person is decided in the query, and what may be done
with them by the guards. A route without a declaration stops the program at its start.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, request

from fund.edge.requests import current_actor
from fund.errors import FundError
from workflows.permissions import Role

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "fund_access"

# Flask's own route for static files, and those that extensions add for theirs.
STATIC_ENDPOINTS = frozenset({"static", "bootstrap.static"})


class SignInNeeded(FundError):
    """The route is for people who are signed in."""


class RoleNeeded(FundError):
    """The route is for other roles than the actor has."""


class UndeclaredRoute(RuntimeError):
    """A route does not say who may use it."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use a route: everybody, whoever is signed in, or whoever has one of the roles."""

    public: bool = False
    roles: frozenset[Role] = frozenset()


PUBLIC = Access(public=True)
SIGNED_IN = Access()


def only(*roles: Role) -> Access:
    return Access(roles=frozenset(roles))


def access(declared: Access) -> Callable[[View], View]:
    """Declare who may use the view (or one method of a method view)."""

    def declare(view: View) -> View:
        setattr(view, ATTRIBUTE, declared)
        return view

    return declare


def access_of(app: Flask, endpoint: str, method: str) -> Access | None:
    """What the route declares for this method, or None."""
    if endpoint in STATIC_ENDPOINTS or endpoint.endswith(".static"):
        return PUBLIC
    view = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        handler = getattr(view_class, method.lower(), None) or getattr(view_class, "get", None)
        return getattr(handler, ATTRIBUTE, None) or getattr(view_class, ATTRIBUTE, None)
    return getattr(view, ATTRIBUTE, None)


def init_access(app: Flask) -> None:
    """Enforce the declarations; register after whatever recognises the actor."""
    app.before_request(enforce)


def require_declarations(app: Flask) -> None:
    """Raise UndeclaredRoute when a route declares nothing; called once all routes are there."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if access_of(app, rule.endpoint, method) is None:
                raise UndeclaredRoute(f"{method} {rule.rule} ({rule.endpoint}) does not declare its access")


def enforce() -> None:
    """Raise SignInNeeded or RoleNeeded where the route is not for this actor."""
    if request.endpoint is None or request.method == "OPTIONS":
        return
    declared = access_of(current_app, request.endpoint, request.method)
    if declared is None or declared.public:
        return
    actor = current_actor()
    if actor.person_id is None:
        raise SignInNeeded(request.path)
    if declared.roles and not actor.has_role(*declared.roles):
        raise RoleNeeded(request.path)
