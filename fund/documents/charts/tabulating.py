"""The table behind each picture: every line and every figure, also those that the picture leaves out."""

from decimal import Decimal
from itertools import accumulate

from fund.documents.charts import words
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
from fund.documents.tables import Column, Kind, Table, Value
from fund.forms.definition import Words


def table_of(facts: Facts, language: str) -> Table:  # noqa: C901 - a table: an entry a kind of picture
    """The facts as a table in this language (``fr`` or ``en``)."""
    match facts:
        case CashNeeds():
            return _cash(facts, language)
        case Ranking():
            return _ranking(facts, language)
        case Coverage():
            return _coverage(facts, language)
        case Progress():
            return _progress(facts, language)
        case Envelope():
            return _envelope(facts, language)
        case Severities():
            return _severities(facts, language)
        case FranceMap():
            return _france(facts, language)
        case Breakdown():
            return _breakdown(facts, language)
        case Accounts():
            return _accounts(facts, language)
        case Months():
            columns = _columns(language, (words.MONTH, Kind.TEXT), (words.EUROS, Kind.EUROS))
            return Table(facts.title, columns, tuple((month.label, month.euros) for month in facts.months))


def _ranking(facts: Ranking, language: str) -> Table:
    points = (words.MEAN_SCORE, words.ADJUSTED_SCORE, words.LOW, words.HIGH, words.LOWEST, words.HIGHEST)
    columns = (
        *_columns(language, (words.PLACE, Kind.COUNT), (words.REFERENCE, Kind.TEXT), (words.FILE, Kind.TEXT)),
        *_columns(language, (words.REVIEWS, Kind.COUNT), *((word, Kind.POINTS) for word in points)),
    )
    rows = tuple(
        (
            *(place, file.reference, file.title, len(file.scores), file.mean, file.adjusted, file.low, file.high),
            *(min(file.scores, default=None), max(file.scores, default=None)),
        )
        for place, file in enumerate(facts.files, 1)
    )
    return Table(facts.title, columns, rows)


def _coverage(facts: Coverage, language: str) -> Table:
    columns = [Column(facts.dimension)]
    for word in (words.ASKED, words.PROPOSED, words.AWARDED):
        for form, kind in ((words.IN_FILES, Kind.COUNT), (words.IN_EUROS, Kind.EUROS)):
            columns.append(Column(form.of(language).format(what=word.of(language)), kind))
    rows: list[tuple[Value, ...]] = []
    for line in facts.lines:
        amounts = (line.asked, line.proposed, line.awarded)
        rows.append((line.label, *(value for amount in amounts for value in (amount.files, amount.euros))))
    return Table(facts.title, tuple(columns), tuple(rows))


def _progress(facts: Progress, language: str) -> Table:
    counted = (words.SUBMITTED, words.ACCEPTED, words.ASSIGNED, words.DECLINED, words.RECUSED, words.EXPECTED)
    columns = _columns(language, (words.REVIEWER, Kind.TEXT), *((word, Kind.COUNT) for word in counted))
    rows = [
        (
            reviewer.submitted,
            reviewer.accepted,
            reviewer.assigned,
            reviewer.declined,
            reviewer.recused,
            reviewer.expected,
        )
        for reviewer in facts.reviewers
    ]
    named = [(reviewer.reviewer, *row) for reviewer, row in zip(facts.reviewers, rows, strict=True)]
    sums = tuple(sum(counts) for counts in zip(*rows, strict=True)) or (0,) * len(counted)
    return Table(facts.title, columns, (*named, (words.IN_ALL.of(language), *sums)))


def _envelope(facts: Envelope, language: str) -> Table:
    columns = _columns(language, (words.ITEM, Kind.TEXT), (words.EUROS, Kind.EUROS), (words.SHARE, Kind.PERCENT))
    items = (
        (words.BEFORE, facts.awarded),
        (words.DECIDED, facts.decided),
        (words.PROPOSED, facts.proposed),
        (words.REMAINING, facts.remaining),
        (words.TOTAL, facts.total),
    )
    rows = tuple((word.of(language), value, _share(value, facts)) for word, value in items)
    return Table(facts.title, columns, rows)


def _share(value: Decimal, facts: Envelope) -> Decimal | None:
    return 100 * value / facts.total if facts.total else None


def _severities(facts: Severities, language: str) -> Table:
    columns = _columns(
        language,
        (words.REVIEWER, Kind.TEXT),
        (words.REVIEWS, Kind.COUNT),
        (words.EFFECT, Kind.DIFFERENCE),
        (words.LOW, Kind.DIFFERENCE),
        (words.HIGH, Kind.DIFFERENCE),
    )
    rows = tuple((each.reviewer, each.reviews, each.effect, each.low, each.high) for each in facts.from_severe)
    return Table(facts.title, columns, rows)


def _france(facts: FranceMap, language: str) -> Table:
    columns = _columns(
        language, (words.DEPARTEMENT, Kind.TEXT), (words.ALLIANCES, Kind.COUNT), (words.AWARDED_EUROS, Kind.EUROS)
    )
    rows = tuple((line.label, line.awarded.files, line.awarded.euros) for line in facts.lines)
    files = sum(line.awarded.files for line in facts.lines)
    euros = sum((line.awarded.euros for line in facts.lines), Decimal(0))
    return Table(facts.title, columns, (*rows, (words.IN_ALL.of(language), files, euros)))


def _breakdown(facts: Breakdown, language: str) -> Table:
    amounts = (words.ASKED, words.AWARDED, words.PAID)
    named = (Column(words.IN_EUROS.of(language).format(what=word.of(language)), Kind.EUROS) for word in amounts)
    rows = tuple((line.label, line.asked, line.awarded, line.paid) for line in facts.lines)
    return Table(facts.title, (Column(facts.dimension), *named), rows)


def _accounts(facts: Accounts, language: str) -> Table:
    places = (
        words.AVAILABLE,
        words.COMMITTED,
        words.APPROVED,
        words.ORDERED,
        words.PAID,
        words.TO_RECOVER,
        words.RECOVERED,
    )
    columns = _columns(language, (words.CALL, Kind.TEXT), *((word, Kind.EUROS) for word in (words.TOTAL, *places)))
    rows = tuple(
        (
            line.label,
            line.total,
            line.available,
            line.committed,
            line.approved,
            line.ordered,
            line.paid,
            line.to_recover,
            line.recovered,
        )
        for line in facts.lines
    )
    return Table(facts.title, columns, rows)


def _cash(facts: CashNeeds, language: str) -> Table:
    states = (
        words.PLANNED,
        words.HELD,
        words.FAILED,
        words.DUE,
        words.TO_APPROVE,
        words.TO_TRANSFER,
        words.SENT,
    )
    named = (*states, words.TO_PAY, words.CUMULATED, words.PROBABLE)
    columns = _columns(language, (words.PERIOD, Kind.TEXT), *((word, Kind.EUROS) for word in named))
    figures = [
        (each.planned, each.held, each.failed, each.due, each.ordered, each.approved, each.sent, each.total)
        for each in facts.columns
    ]
    so_far = accumulate(each.total for each in facts.columns)
    rows = [
        (each.label, *line, cumulated, each.probable)
        for each, line, cumulated in zip(facts.columns, figures, so_far, strict=True)
    ]
    sums = [sum(line, Decimal(0)) for line in zip(*figures, strict=True)]
    probable = sum((each.probable for each in facts.columns), Decimal(0))
    return Table(facts.title, columns, (*rows, (words.IN_ALL.of(language), *sums, None, probable)))


def _columns(language: str, *named: tuple[Words, Kind]) -> tuple[Column, ...]:
    return tuple(Column(word.of(language), kind) for word, kind in named)
