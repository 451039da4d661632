"""How what was asked, proposed and awarded spreads over territories, goals or levers."""

from typing import Final

from fund.documents.charts import words
from fund.documents.charts.amounts import Line, Series, draw_amounts
from fund.documents.charts.facts import Amount, Coverage, CoverageLine
from fund.documents.charts.palette import DONE, OPEN, UNDER_WAY

SHOWN: Final = 40


def draw_coverage(facts: Coverage, language: str) -> str:
    """For each line a bar of the euros asked and, where there are any at all, of those proposed and awarded."""
    series = (Series(words.ASKED, OPEN), Series(words.PROPOSED, UNDER_WAY), Series(words.AWARDED, DONE))
    amounts = [_amounts(line) for line in facts.lines]
    kept = [place for place in range(len(series)) if place == 0 or any(each[place].files for each in amounts)]
    lines = [
        Line(line.label, tuple(each[place] for place in kept))
        for line, each in zip(facts.lines, amounts, strict=True)
    ]
    drawn = [series[place] for place in kept]
    return draw_amounts(facts.title, words.COVERAGE, drawn, lines, language, at_most=SHOWN)


def _amounts(line: CoverageLine) -> tuple[Amount, ...]:
    return line.asked, line.proposed, line.awarded
