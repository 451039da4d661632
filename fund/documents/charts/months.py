"""Euros month by month, as columns."""

from fund.documents.charts import words
from fund.documents.charts.columns import Pile, draw_columns
from fund.documents.charts.facts import Months
from fund.documents.charts.layout import sentences
from fund.documents.charts.palette import DONE


def draw_months(facts: Months, language: str) -> str:
    """A column for each month; amounts and names of months where there is room for them."""
    piles = [Pile(month.label, ((month.euros, DONE),), month.euros) for month in facts.months]
    description = sentences(words.MONTHS.of(language), words.IN_TABLE.of(language))
    return draw_columns(facts.title, description, piles, language)
