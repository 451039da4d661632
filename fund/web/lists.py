"""What the desks share: the state asked for, the neighbouring pages of a list, the version that was shown."""

from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import abort, request, url_for

from fund.models import Subject
from fund.services.listing import Page

State = TypeVar("State", bound=StrEnum)


def chosen(states: type[State], name: str = "etat") -> State | None:
    """The state that the query string asks for, or None; one that does not exist is a 404."""
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        return states(text)
    except ValueError:
        abort(404)


def cursor() -> str | None:
    return request.args.get("page") or None


def address(**changes: str | None) -> str:
    """The address of this list with its filters and these changes; None takes a name out.

    Written by hand: to ``url_for``, names that a visitor may put in the address (``_external``) are orders.
    """
    asked = {**request.args.to_dict(), **changes}
    query = urlencode({name: value for name, value in asked.items() if value})
    here = url_for(str(request.endpoint), **(request.view_args or {}))
    return f"{here}?{query}" if query else here


def neighbours(page: Page[Any]) -> dict[str, str | None]:
    """The addresses of the next and the previous page, with the filters of this one."""
    return {
        "next_url": address(page=page.next_cursor) if page.next_cursor else None,
        "previous_url": address(page=page.previous_cursor) if page.previous_cursor else None,
    }


def version_shown(subject: Subject) -> int | str:
    """The version that the page of the sent form showed: a form drawn again must not hide a change meanwhile."""
    return request.form.get("version", subject.version)
