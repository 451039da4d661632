"""From facts to a picture, whichever they are."""

from functools import lru_cache

from fund.documents.charts import words
from fund.documents.charts.envelope import draw_envelope
from fund.documents.charts.facts import (
    Accounts,
    Breakdown,
    CashNeeds,
    Coverage,
    Envelope,
    Facts,
    FranceMap,
    Months,
    Progress,
    Ranking,
    Severities,
)
from fund.documents.charts.frame import framed
from fund.documents.charts.france import draw_france
from fund.documents.charts.svg import label


@lru_cache(maxsize=64)
def picture_of(facts: Facts, language: str) -> str:  # noqa: C901 - a table: an entry a kind of picture
    """The picture of these facts in this language (``fr`` or ``en``), as the text of an SVG element.

    The text may stand in a page as it is: what people wrote is escaped. Facts without any line give a picture that
    says so. Raises RuntimeError in a process forked from one that has already drawn with Vega.
    """
    # Altair takes 0.7 s and 50 MB to import, which a process that never draws should not pay.
    match facts:
        case Envelope():
            return draw_envelope(facts, language)
        case Ranking(files=()) | Coverage(lines=()) | Progress(reviewers=()) | Severities(reviewers=()):
            return _empty(facts.title, language)
        case FranceMap(lines=()) | Breakdown(lines=()) | Months(months=()) | CashNeeds(columns=()):
            return _empty(facts.title, language)
        case FranceMap():
            return draw_france(facts, language)
        case Accounts(lines=()):
            return _empty(facts.title, language)
        case Accounts():
            from fund.documents.charts.accounts import draw_accounts

            return draw_accounts(facts, language)
        case Breakdown():
            from fund.documents.charts.breakdown import draw_breakdown

            return draw_breakdown(facts, language)
        case Months():
            from fund.documents.charts.months import draw_months

            return draw_months(facts, language)
        case CashNeeds():
            from fund.documents.charts.cash import draw_cash

            return draw_cash(facts, language)
        case Ranking():
            from fund.documents.charts.ranking import draw_ranking

            return draw_ranking(facts, language)
        case Coverage():
            from fund.documents.charts.coverage import draw_coverage

            return draw_coverage(facts, language)
        case Progress():
            from fund.documents.charts.progress import draw_progress

            return draw_progress(facts, language)
        case Severities():
            from fund.documents.charts.severities import draw_severities

            return draw_severities(facts, language)


def _empty(title: str, language: str) -> str:
    text = words.EMPTY.of(language)
    return framed([label(4, 26, text)], height=40, title=title, description=text)
