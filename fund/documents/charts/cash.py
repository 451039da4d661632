"""What is still to be paid, period by period: columns piled up by what each euro waits for."""

from typing import Final

from fund.documents.charts import words
from fund.documents.charts.columns import Pile, draw_columns
from fund.documents.charts.facts import CashColumn, CashNeeds
from fund.documents.charts.key import Entry, area
from fund.documents.charts.layout import sentences
from fund.documents.charts.palette import AGREED, DONE, EXCESS, NEW, OPEN, PROMISED, REFUSED, UNDER_WAY, Ink
from fund.forms.definition import Words

PARTS: Final[tuple[tuple[str, Words, Ink], ...]] = (
    ("sent", words.SENT, DONE),
    ("approved", words.TO_TRANSFER, UNDER_WAY),
    ("ordered", words.TO_APPROVE, AGREED),
    ("due", words.DUE, NEW),
    ("planned", words.PLANNED, PROMISED),
    ("failed", words.FAILED, REFUSED),
    ("held", words.HELD, EXCESS),
    ("probable", words.PROBABLE, OPEN),
)
"""What is furthest on its way stands lowest; those of which there is nothing are left out."""


def draw_cash(facts: CashNeeds, language: str) -> str:
    """A column for each period; the amount above it is without what is only probable."""
    parts = [part for part in PARTS if any(getattr(column, part[0]) for column in facts.columns)]
    key = [area(ink, word.of(language)) for _, word, ink in parts]
    if any(column.probable for column in facts.columns):
        key.append(Entry(words.WITHOUT_PROBABLE.of(language)))
    return draw_columns(
        facts.title,
        sentences(words.CASH.of(language), words.IN_TABLE.of(language)),
        [_pile(column, parts) for column in facts.columns],
        language,
        key,
    )


def _pile(column: CashColumn, parts: list[tuple[str, Words, Ink]]) -> Pile:
    return Pile(column.label, tuple((getattr(column, name), ink) for name, _, ink in parts), column.total)
