"""What every import of a published file shares: its rows examined, its faults told, its rows counted."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TypeVar

from fund.cli.refusals import RefusedRow
from fund.models.base import utc_now
from fund.schemas.scdl import AwardRecord, Reason, Refusal
from fund.schemas.scdl_reader import read_rows
from fund.services.history import PastAward
from workflows.engine import paris_day

Item = TypeVar("Item")
OnRefusal = Callable[[RefusedRow], None]
OnRows = Callable[[int, int], None]


@dataclass(slots=True)
class Outcome:
    """How many rows were taken in, were known before, and were refused."""

    taken: int = 0
    known: int = 0
    refused: int = 0

    @property
    def rows(self) -> int:
        return self.taken + self.known + self.refused


class Reading:
    """One pass over a file; ``rows`` and ``refused`` count what it met so far.

    A row with several faults is one row, and each of its faults is told to ``on_refusal``.
    """

    def __init__(self, path: Path, on_refusal: OnRefusal | None = None) -> None:
        self.rows = 0
        self.refused = 0
        self._path = path
        self._on_refusal = on_refusal

    def records(self) -> Iterator[AwardRecord]:
        """The rows that can be read and can be awards of the past. Raises OSError."""
        today = paris_day(utc_now())
        refused_line = 0
        for row in read_rows(self._path):
            fault = row if isinstance(row, Refusal) else _fault_of(row, today)
            if row.line != refused_line:
                self.rows += 1
                self.refused += fault is not None
            if fault is not None:
                refused_line = row.line
                if self._on_refusal is not None:
                    self._on_refusal(RefusedRow.of_cell(fault))
            elif isinstance(row, AwardRecord):
                yield row


def _fault_of(record: AwardRecord, today: date) -> Refusal | None:
    """What the form allows and no past award can be."""
    if record.agreement_date > today:
        value = record.agreement_date.isoformat()
        return Refusal(line=record.line, column="dateConvention", value=value, reason=Reason.DATE_AHEAD)
    if not past_award(record).own_amount:
        value = f"{record.amount:f}"
        return Refusal(line=record.line, column="montant", value=value, reason=Reason.AMOUNT_NOT_POSITIVE)
    return None


def past_award(record: AwardRecord) -> PastAward:
    return PastAward(**{item.name: getattr(record, item.name) for item in fields(PastAward)})


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of ``size``, the last one shorter; no more of them read than one list holds."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
