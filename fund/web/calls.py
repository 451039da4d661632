"""The calls as everybody sees them."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy import ColumnElement, Select, and_, not_, select
from werkzeug.exceptions import NotFound as PageNotFound

from config.territories import territory_label
from fund.documents.blank_form import render_blank_form
from fund.edge.access import PUBLIC, access
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session
from fund.forms.content import digest
from fund.forms.definition import CallContent
from fund.models import Application, Call, Collaborator
from fund.models.base import utc_now
from fund.services.access import find, visible
from fund.services.listing import Order, paginate
from workflows.application import ApplicationState
from workflows.call import CallState
from workflows.engine import paris_day
from workflows.permissions import ANONYMOUS, Role

blueprint = Blueprint("calls", __name__)
blueprint.add_app_template_filter(territory_label)


@dataclass(frozen=True, slots=True)
class Shown:
    """A call at this instant. ``state`` follows the clock, also in the seconds before the program has moved it."""

    call: Call
    state: CallState
    days_left: int

    @property
    def is_open(self) -> bool:
        return self.state is CallState.OPEN


@blueprint.get("/appels")
@access(PUBLIC)
def index() -> str:
    """Open and announced calls, then the closed ones, page by page."""
    now = utc_now()
    query = _public_calls().where(not_(_is_current(now)))
    closed = paginate(
        current_session(), query, Order((Call.closes_at, Call.id)), cursor=request.args.get("page"), limit=10
    )
    current = list_current()
    return render_template(
        "public/calls.html",
        open_calls=[shown for shown in current if shown.is_open],
        announced=[shown for shown in current if not shown.is_open],
        closed=[_show(call, now) for call in closed.items],
        page=closed,
    )


@blueprint.get("/appels/<reference>")
@access(PUBLIC)
def show(reference: str) -> str:
    """One call: texts, dates, limits, alliance, documents, rubric, the version in force, and the way in."""
    call = find_public(reference)
    return render_template(
        "public/call.html",
        shown=show_now(call),
        content=call.content,
        version=call.published_version,
        may_apply=current_actor().person_id is None or current_actor().has_role(Role.APPLICANT),
        own_files=list_own_files(call),
    )


@blueprint.get("/appels/<reference>/formulaire.pdf")
@access(PUBLIC)
def blank_form(reference: str) -> Response:
    """All that the call asks, to be filled in on paper; the same version is the same file."""
    return paper(find_public(reference).content, reference)


def paper(content: CallContent, reference: str) -> Response:
    """The blank form of a content, made once for each language and kept."""
    language = current_language()
    response = Response(mimetype="application/pdf")
    etag = f"{digest(content)}-{language}"
    response.set_etag(etag)
    response.headers["Content-Disposition"] = f'inline; filename="{reference}-{language}.pdf"'
    if request.if_none_match.contains(etag):
        response.status_code = 304
    else:
        response.set_data(_render(content, language))
    return response


@lru_cache(maxsize=32)
def _render(content: CallContent, language: str) -> bytes:
    return render_blank_form(content, language)


def find_public(reference: str) -> Call:
    """The call, if the public may read it; staff find drafts at their own desk. Raises NotFound, PageNotFound."""
    call: Call = find(current_session(), current_actor(), Call, reference)
    if not call.is_published:
        raise PageNotFound
    return call


def show_now(call: Call) -> Shown:
    return _show(call, utc_now())


def list_current() -> list[Shown]:
    """The calls that can be answered now or soon, the first to close first."""
    now = utc_now()
    query = _public_calls().where(_is_current(now)).order_by(Call.closes_at, Call.id)
    return [_show(call, now) for call in current_session().scalars(query)]


def list_own_files(call: Call) -> list[Application]:
    """The signed-in person's files in this call that are alive, the newest first."""
    if current_actor().person_id is None:
        return []
    query = (
        select(Application)
        .join(Collaborator)
        .where(
            Application.call_id == call.id,
            Application.state != ApplicationState.WITHDRAWN,
            Application.is_test.is_(False),
            Collaborator.person_id == current_actor().person_id,
        )
        .order_by(Application.id.desc())
    )
    return list(current_session().scalars(query))


def _public_calls() -> Select[Any]:
    """What the public may answer or could have answered; the years of imported history were never calls here."""
    return visible(ANONYMOUS, Call).where(Call.imported.is_(False))


def _is_current(now: datetime) -> ColumnElement[bool]:
    return and_(Call.state.in_((CallState.PUBLISHED, CallState.OPEN)), Call.closes_at > now)


def _show(call: Call, now: datetime) -> Shown:
    state = call.state
    if state in (CallState.PUBLISHED, CallState.OPEN):
        state = CallState.PUBLISHED if now < call.opens_at else CallState.OPEN
        state = CallState.CLOSED if now >= call.closes_at else state
    days_left = (paris_day(call.closes_at) - paris_day(now)).days
    return Shown(call, state, max(0, days_left))
