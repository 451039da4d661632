"""Threads that act at once, each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import FundError
from workflows.engine import Refused

Result = TypeVar("Result")


def race(factory: SessionFactory, *acts: Callable[[Session, Barrier], Result]) -> list[Result | Exception]:
    """Run each act in a thread and a transaction of its own; what each returned, or why it was refused."""
    barrier = Barrier(len(acts), timeout=20)

    def run(act: Callable[[Session, Barrier], Result]) -> Result | Exception:
        try:
            with unit_of_work(factory) as session:
                return act(session, barrier)
        except (FundError, Refused) as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
