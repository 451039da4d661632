"""The request's own session and actor.

Reading pages use ``current_session()``; whoever writes does it inside ``with writing() as session``, which commits
once and turns the database's refusals into the program's own errors. What is not committed is rolled back when the
request ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session

from fund.db import SessionFactory, translated_errors
from workflows.permissions import ANONYMOUS, Actor

EXTENSION = "fund_sessions"


def init_requests(app: Flask, factory: SessionFactory) -> None:
    app.extensions[EXTENSION] = factory
    app.teardown_appcontext(_close_session)


def current_session() -> Session:
    """The session of this request, begun when it is first asked for."""
    if "session" not in g:
        factory = cast(SessionFactory, current_app.extensions[EXTENSION])
        g.session = factory()
    return cast(Session, g.session)


@contextmanager
def writing() -> Iterator[Session]:
    """The request's session as a unit of work: committed when the block ends, rolled back when it raises."""
    session = current_session()
    try:
        with translated_errors():
            yield session
            session.commit()
    except BaseException:
        session.rollback()
        raise


def current_actor() -> Actor:
    """Who asks; the edge that recognised the person has said so with ``set_actor``."""
    return cast(Actor, g.get("actor", ANONYMOUS))


def set_actor(actor: Actor) -> None:
    g.actor = actor


def wants_json() -> bool:
    """Whether a page's script asks, which shows the answer itself; a browser that goes to a page never says so."""
    return request.accept_mimetypes.best == "application/json"


def _close_session(_error: BaseException | None) -> None:
    session: Session | None = g.pop("session", None)
    if session is not None:
        session.close()
