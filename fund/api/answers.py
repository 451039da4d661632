"""Answering: one subject with its ETag, as JSON."""

from typing import Any, cast

from flask import Response, jsonify, url_for
from sqlalchemy import select

from fund.api.kinds import Kind
from fund.edge.requests import current_actor, current_session
from fund.models import Subject
from fund.schemas.least import represent


def answer(body: Any, status: int = 200) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response


def answer_subject(kind: Kind, subject: Subject, *, status: int = 200) -> Response:
    """The subject as its reader may see it; the ETag is its version, as the next write's If-Match wants it."""
    session = current_session()
    (shown,) = represent(session, current_actor(), [subject], kind.view)
    response = answer(shown, status)
    response.set_etag(str(subject.version))
    if status == 201:
        response.location = url_for(f"api.show_{kind.noun}", reference=subject.reference)
    return response


def answer_written(kind: Kind, subject: Subject, *, status: int = 200) -> Response:
    """The subject as it stands after the commit, read again with all that hangs on it.

    Not through ``visible_to``: whoever was let to write is told what became of it, even where the write itself
    ended their sight of it.
    """
    session = current_session()
    session.expire_all()
    query = select(kind.model).where(kind.model.id == subject.id).options(*kind.loads)
    written = cast(Subject, session.scalars(query).unique().one())
    return answer_subject(kind, written, status=status)
