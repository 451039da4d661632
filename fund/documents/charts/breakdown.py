"""How what was asked, awarded and paid in a period spreads along one axis of the balance."""

from typing import Final

from fund.documents.charts import words
from fund.documents.charts.amounts import Line, Series, draw_amounts
from fund.documents.charts.facts import Amount, Breakdown
from fund.documents.charts.palette import DONE, NEW, OPEN

SHOWN: Final = 22
"""Every measure, and what names none; as many as a page of paper holds."""


def draw_breakdown(facts: Breakdown, language: str) -> str:
    """Three bars a line, in euros."""
    series = (Series(words.ASKED, OPEN), Series(words.AWARDED, DONE), Series(words.PAID, NEW))
    lines = [
        Line(line.label, tuple(Amount(0, euros) for euros in (line.asked, line.awarded, line.paid)))
        for line in facts.lines
    ]
    return draw_amounts(facts.title, words.BREAKDOWN, series, lines, language, at_most=SHOWN)
