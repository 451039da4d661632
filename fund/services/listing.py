"""Keyset pagination: a page costs the same however deep it lies and however many rows there are."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import KeyedColumnElement

from fund.errors import InvalidInput
from fund.services.journal import plain

PAGE_SIZE = 25
PAGE_MAXIMUM = 100
Item = TypeVar("Item")


def _integer(text: str) -> int:
    """A number that a BIGINT column can be compared with. Raises ValueError."""
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError("beyond 64 bits")
    return number


def _text(text: str) -> str:
    """A text that PostgreSQL can hold. Raises ValueError for NUL and lone surrogates."""
    if "\0" in text:
        raise ValueError("NUL")
    text.encode()
    return text


_PARSERS: dict[type, Callable[[str], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    Decimal: Decimal,
    int: _integer,
    str: _text,
}


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page, and the cursors of its neighbours; None at either end."""

    items: Sequence[Item]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """Columns to sort by, the last one unique; all in the same direction, so that one index serves both ways."""

    columns: tuple[InstrumentedAttribute[Any] | KeyedColumnElement[Any], ...]
    descending: bool = True


def paginate(
    session: Session, query: Select[Any], order: Order, *, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[Any]:
    """The page after (or before) the cursor. Raises InvalidInput for a cursor that this list did not give out."""
    return _paginate(lambda query: session.scalars(query).all(), query, order, cursor, limit)


def paginate_rows(
    session: Session, query: Select[Any], order: Order, *, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[Any]:
    """The same of rows: what is listed is worked out by the query, which selects the columns of the order."""
    return _paginate(lambda query: session.execute(query).all(), query, order, cursor, limit)


def _paginate(
    fetch: Callable[[Select[Any]], Sequence[Any]], query: Select[Any], order: Order, cursor: str | None, limit: int
) -> Page[Any]:
    backwards, after = _decode(cursor, order) if cursor else (False, None)
    descending = order.descending != backwards
    if after is not None:
        key, bound = tuple_(*order.columns), tuple_(*after)
        query = query.where(key < bound if descending else key > bound)
    sorting = [column.desc() if descending else column.asc() for column in order.columns]
    rows = list(fetch(query.order_by(*sorting).limit(min(limit, PAGE_MAXIMUM) + 1)))
    has_more = len(rows) > min(limit, PAGE_MAXIMUM)
    rows = rows[: min(limit, PAGE_MAXIMUM)]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (has_more or backwards)
    has_previous = bool(rows) and (has_more if backwards else after is not None)
    return Page(
        items=rows,
        next_cursor=_encode(order, rows[-1], "after") if has_next else None,
        previous_cursor=_encode(order, rows[0], "before") if has_previous else None,
    )


def _encode(order: Order, item: Any, direction: str) -> str:
    values = [plain(getattr(item, column.key)) for column in order.columns]
    text = json.dumps([direction, *[str(value) for value in values]], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, order: Order) -> tuple[bool, tuple[Any, ...]]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        direction, *values = json.loads(text)
        types = [column.type.python_type for column in order.columns]
        if direction not in ("after", "before") or len(values) != len(types):
            raise InvalidInput({"cursor": ["bad_cursor"]})
        parsed = tuple(_PARSERS[kind](value) for kind, value in zip(types, values, strict=True))
    except (ValueError, TypeError, KeyError, InvalidOperation, binascii.Error, RecursionError) as error:
        raise InvalidInput({"cursor": ["bad_cursor"]}) from error
    return direction == "before", parsed
