"""Recognising people: Flask-Login's session, read only when a page asks who is there."""

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.local import LocalProxy

from fund.edge.requests import current_session, set_actor
from fund.edge.security import request_reference
from fund.models import Person
from fund.services.people import find_session_person
from workflows.permissions import ANONYMOUS

manager = LoginManager()

# Answers that never depend on who asks, and must stand when the database does not.
PERSONLESS_ENDPOINTS = frozenset({"static", "bootstrap.static", "health.alive", "health.ready", "language.choose"})


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """A person in a browser session. The session keeps the number and the epoch, so that it can be ended."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def get_id(self) -> str:
        return f"{self.person.id}:{self.person.session_epoch}"


def init_people(app: Flask) -> None:
    # Without Flask-Login's own context processor: it would ask the database for the person on every page, those
    # included that say that the database is away.
    manager.init_app(app, add_context_processor=False)
    # "Strong" would end the session of whoever changes network between two pages.
    manager.session_protection = None
    app.before_request(recognise)


@manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
def load(session_id: str) -> SignedIn | None:
    number, _, epoch = session_id.partition(":")
    if not (number.isdecimal() and epoch.isdecimal()):
        return None
    person = find_session_person(current_session(), int(number), int(epoch))
    return SignedIn(person) if person else None


def recognise() -> None:
    """Say who asks. The API has tokens of its own, and must not be reached with a cookie (no CSRF check there)."""
    if request.endpoint in PERSONLESS_ENDPOINTS or request.path.startswith("/api/"):
        return
    user = current_user._get_current_object() if isinstance(current_user, LocalProxy) else current_user  # noqa: SLF001
    if isinstance(user, SignedIn):
        g.person = user.person
        set_actor(user.person.as_actor(request_reference()))
    else:
        set_actor(ANONYMOUS)


def begin_session(person: Person) -> None:
    """Sign the person in, in a session of its own: nothing that was put into the former one goes on."""
    session.clear()
    login_user(SignedIn(person))
    session.permanent = True


def end_session() -> None:
    logout_user()
    session.clear()


def current_person() -> Person | None:
    """The signed-in person of this request."""
    person: Person | None = g.get("person")
    return person


def is_signed_in() -> bool:
    """The same for answers that are made before the person is recognised: a form refused for its token."""
    return bool(current_user.is_authenticated)
