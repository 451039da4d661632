"""What is read: lists, one subject, its journal, and who one is."""

from collections.abc import Callable
from typing import Any

from flask import Response, g, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from fund.api.answers import answer, answer_subject
from fund.api.kinds import Kind
from fund.edge.access import RoleNeeded
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.models import AuditEvent, Subject
from fund.schemas.least import may_read_journal, represent, represent_events
from fund.schemas.views import MeView
from fund.services.access import find, listed, visible
from fund.services.listing import Order, Page, paginate

View = Callable[..., Response]


def list_of(kind: Kind) -> View:
    def view(given: dict[str, Any]) -> Response:
        session, actor = current_session(), current_actor()
        query = listed(actor, kind.model).where(*kind.conditions(given)).options(*kind.loads)
        page = paginate(session, query, kind.order, cursor=given.get("cursor"), limit=given["limit"])
        return _answer_page(page, represent(session, actor, page.items, kind.view))

    return view


def one_of(kind: Kind) -> View:
    def view(reference: str) -> Response:
        query = visible(current_actor(), kind.model).where(kind.model.reference == reference)
        subject = current_session().scalars(query.options(*kind.loads)).unique().one_or_none()
        if subject is None:
            raise NotFound(f"{kind.noun} {reference}")
        return answer_subject(kind, subject)

    return view


def journal_of(kind: Kind) -> View:
    def view(given: dict[str, Any], reference: str) -> Response:
        session, actor = current_session(), current_actor()
        subject: Subject = find(session, actor, kind.model, reference)
        if not may_read_journal(actor, subject):
            raise RoleNeeded(request.path)
        query = (
            select(AuditEvent)
            .options(joinedload(AuditEvent.personal))
            .where(AuditEvent.subject_type == kind.workflow.name, AuditEvent.subject_id == subject.id)
        )
        order = Order((AuditEvent.seq,), descending=False)
        page = paginate(session, query, order, cursor=given.get("cursor"), limit=given["limit"])
        return _answer_page(page, represent_events(actor, page.items))

    return view


def me() -> Response:
    """Who the token stands for."""
    return answer(MeView().dump(g.token_person))


def _answer_page(page: Page[Any], items: list[dict[str, Any]]) -> Response:
    return answer(
        {"items": items, "next": _address_of(page.next_cursor), "previous": _address_of(page.previous_cursor)}
    )


def _address_of(cursor: str | None) -> str | None:
    """This list, with its filters, at another page."""
    if cursor is None or request.endpoint is None:
        return None
    arguments = {**request.args.to_dict(), **(request.view_args or {}), "cursor": cursor}
    return url_for(request.endpoint, **arguments)
