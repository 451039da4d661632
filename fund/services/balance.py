"""The balance (bilan) of a period: every figure, and the rows behind it.

A figure is defined once, in ``DEFINITIONS``: of which rows it is made and how. It is worked out in all, and along
each axis of the rows that stand under a code. Along goals, levers, measures and kinds of member a file counts
whole under each code that it has: those lines do not add up to the total, in which it counts once. Along regions,
départements and months each row stands under one code, and the lines add up.

Amounts are euros; which dates count is said in ``fund.services.balance_rows``.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, load_only

from config.vocabularies import levers, measures, sdgs
from fund.forms.definition import OrganisationKind
from fund.models import Application, Award, Call, Disbursement, Organisation, Report
from fund.services.access import visible
from fund.services.balance_rows import Axis, Basis, Indicator, Row, Scope, Source, gather, ids_among
from fund.services.listing import Order, Page, paginate
from workflows.permissions import Actor

Value = int | Decimal | None
"""None where there is nothing to divide by."""
AXES: Final = (Axis.LEVER, Axis.MEASURE, Axis.SDG, Axis.REGION, Axis.DEPARTEMENT, Axis.KIND, Axis.MONTH)
"""The axes along which every figure is broken down; indicators are lines of their own."""


class Figure(StrEnum):
    CALLS_OPENED = "calls_opened"
    CALLS = "calls"
    APPLICATIONS = "applications"
    ASKED = "asked"
    DECIDED = "decided"
    FUNDED = "funded"
    SUCCESS = "success"
    AWARDS = "awards"
    AWARDED = "awarded"
    PAID = "paid"
    LEVERAGE = "leverage"
    SECURED = "secured"
    CONTRIBUTED = "contributed"
    REPORTS = "reports"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure: its source, which of its rows, what is worked out of them, and as what they are found."""

    source: Source
    model: type[Any]
    work_out: Callable[[Sequence[Row]], Value]
    counts: Callable[[Row], bool] = lambda _: True
    identify: Callable[[Row], int] = lambda row: row.id


def _amounts(rows: Iterable[Row]) -> Decimal:
    return sum((row.amount for row in rows), Decimal(0))


def _success(rows: Sequence[Row]) -> Decimal | None:
    """In percent."""
    return Decimal(100 * sum(row.funded for row in rows)) / len(rows) if rows else None


def _per_euro(money_of: Callable[[Row], Decimal]) -> Callable[[Sequence[Row]], Value]:
    """Euros of other money for one euro of grant."""

    def work_out(rows: Sequence[Row]) -> Decimal | None:
        granted = _amounts(rows)
        return sum((money_of(row) for row in rows), Decimal(0)) / granted if granted else None

    return work_out


def secured(row: Row) -> Decimal:
    """What other funders have granted to the file, in euros."""
    return row.cofinancing.granted if row.cofinancing else Decimal(0)


def cofinanced(row: Row) -> Decimal:
    """What other funders have granted, or are asked for."""
    return row.cofinancing.granted + row.cofinancing.asked if row.cofinancing else Decimal(0)


def has_budget(row: Row) -> bool:
    return row.cofinancing is not None


DEFINITIONS: Final[Mapping[Figure, Definition]] = {
    Figure.CALLS_OPENED: Definition(Source.CALLS, Call, len),
    Figure.CALLS: Definition(
        Source.SUBMISSIONS, Call, lambda rows: len({row.call for row in rows}), identify=lambda row: row.call
    ),
    Figure.APPLICATIONS: Definition(Source.SUBMISSIONS, Application, len),
    Figure.ASKED: Definition(Source.SUBMISSIONS, Application, _amounts),
    Figure.DECIDED: Definition(Source.DECISIONS, Application, len),
    Figure.FUNDED: Definition(Source.DECISIONS, Application, len, counts=lambda row: row.funded),
    Figure.SUCCESS: Definition(Source.DECISIONS, Application, _success),
    Figure.AWARDS: Definition(Source.AWARDS, Award, len),
    Figure.AWARDED: Definition(Source.AWARDS, Award, _amounts),
    Figure.PAID: Definition(Source.PAYMENTS, Disbursement, _amounts),
    Figure.LEVERAGE: Definition(Source.AWARDS, Award, _per_euro(cofinanced), counts=has_budget),
    Figure.SECURED: Definition(Source.AWARDS, Award, _per_euro(secured), counts=has_budget),
    Figure.CONTRIBUTED: Definition(Source.AWARDS, Award, _per_euro(lambda row: row.contributed)),
    Figure.REPORTS: Definition(Source.REPORTS, Report, len),
    Figure.PEOPLE: Definition(Source.REPORTS, Report, _amounts),
}


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of the rows under one code; the empty code is that of files that name none."""

    code: str
    figures: Mapping[Figure, Value]


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """The sum of what the final reports of a call answered, and how many answered."""

    indicator: Indicator
    total: Decimal
    reports: int


@dataclass(frozen=True, slots=True)
class Balance:
    """``totals`` count every row once; ``calls`` are those that indicators belong to, by id."""

    scope: Scope
    totals: Mapping[Figure, Value]
    lines: Mapping[Axis, tuple[Line, ...]]
    indicators: tuple[IndicatorLine, ...]
    calls: Mapping[int, Call]


def draw_up(session: Session, scope: Scope) -> Balance:
    """The balance of a period; as many statements whatever it holds. Whoever may ask is for the caller to say."""
    basis = gather(session, scope)
    lines = {axis: lines_of(basis, axis) for axis in AXES}
    calls = session.scalars(select(Call).where(Call.id.in_({one.call for one in basis.indicators.values()})))
    return Balance(scope, totals_of(basis), lines, _indicator_lines(basis), {call.id: call for call in calls})


def totals_of(basis: Basis) -> dict[Figure, Value]:
    return {figure: _figure(figure, basis.rows) for figure in Figure}


def _figure(figure: Figure, rows: Mapping[Source, Sequence[Row]]) -> Value:
    definition = DEFINITIONS[figure]
    return definition.work_out([row for row in rows.get(definition.source, ()) if definition.counts(row)])


def lines_of(basis: Basis, axis: Axis) -> tuple[Line, ...]:
    """A line for each code under which anything stands."""
    under: dict[str, dict[Source, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for source, rows in basis.rows.items():
        for row in rows:
            for code in basis.codes_of(row, axis):
                under[code][source].append(row)
    found = [Line(code, {figure: _figure(figure, rows) for figure in Figure}) for code, rows in under.items()]
    order = {code: place for place, code in enumerate(_known(axis))}
    # What has no name comes last; a vocabulary keeps its order, months theirs, territories go by what is asked.
    by_amount = axis in (Axis.REGION, Axis.DEPARTEMENT)
    return tuple(
        sorted(
            found,
            key=lambda line: (
                not line.code,
                order.get(line.code, 0),
                -(line.figures[Figure.ASKED] or 0) if by_amount else 0,
                line.code,
            ),
        )
    )


def _known(axis: Axis) -> Iterable[str]:
    match axis:
        case Axis.LEVER:
            return levers()
        case Axis.MEASURE:
            return measures()
        case Axis.SDG:
            return sdgs()
        case Axis.KIND:
            return list(OrganisationKind)
    return ()


def _indicator_lines(basis: Basis) -> tuple[IndicatorLine, ...]:
    """In the order of the calls; within one, in the order of its form."""
    numbers: dict[str, list[Decimal]] = defaultdict(list)
    for row in basis.rows[Source.REPORTS]:
        for code, number in row.numbers.items():
            numbers[code].append(number)
    found = [
        IndicatorLine(indicator, sum(numbers[code], Decimal(0)), len(numbers[code]))
        for code, indicator in basis.indicators.items()
    ]
    return tuple(sorted(found, key=lambda line: line.indicator.call))


# --- the rows behind a figure -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which figure of which balance: in all, or (with an axis) of the rows under one of its codes."""

    figure: Figure
    scope: Scope
    axis: Axis | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Behind:
    """Every row of a figure, by the id of what it is found as (``model``), in euros and counts as it was summed.

    One payment that came back and went out again is several rows of one id.
    """

    model: type[Any]
    value: Value
    rows: Mapping[int, tuple[Row, ...]]
    indicator: Indicator | None


def rows_behind(session: Session, wanted: Wanted) -> Behind:
    """The rows of which the figure is made, whoever may see them: what is shown of them says ``page_of``."""
    basis = gather(session, wanted.scope)
    definition = DEFINITIONS[wanted.figure]
    rows = [
        row
        for row in basis.rows[definition.source]
        if definition.counts(row) and (wanted.axis is None or wanted.code in basis.codes_of(row, wanted.axis))
    ]
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[definition.identify(row)].append(row)
    indicator = basis.indicators.get(wanted.code) if wanted.axis is Axis.INDICATOR else None
    return Behind(
        definition.model,
        definition.work_out(rows),
        {row_id: tuple(each) for row_id, each in found.items()},
        indicator,
    )


def page_of(session: Session, actor: Actor, behind: Behind, cursor: str | None) -> Page[Any]:
    """One page of what the actor may see of the rows, the latest first. Raises InvalidInput for a bad cursor."""
    return paginate(session, _shown(actor, behind), Order((behind.model.id,)), cursor=cursor)


def all_of(session: Session, actor: Actor, behind: Behind) -> Sequence[Any]:
    """All that the actor may see of the rows, the latest first."""
    return session.scalars(_shown(actor, behind).order_by(behind.model.id.desc())).all()


def count_hidden(session: Session, actor: Actor, behind: Behind) -> int:
    """How many of the rows are kept from the actor: the figure counts them all the same."""
    query = visible(actor, behind.model).where(ids_among(behind.model.id, behind.rows))
    shown = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return len(behind.rows) - shown


def _shown(actor: Actor, behind: Behind) -> Select[Any]:
    query = visible(actor, behind.model).where(ids_among(behind.model.id, behind.rows))
    file = (
        load_only(Application.reference, Application.title),
        joinedload(Application.lead).load_only(Organisation.name),
    )
    if behind.model is Call:
        return query.options(load_only(Call.reference, Call.title_fr, Call.title_en, Call.opens_at))
    if behind.model is Application:
        return query.options(*file)
    if behind.model is Award:
        return query.options(joinedload(Award.application).options(*file))
    return query.options(joinedload(behind.model.award).joinedload(Award.application).options(*file))
