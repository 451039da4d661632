"""How many statements a page asks of the database."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event


def count_statements(act: Callable[[], object]) -> int:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(asked)
