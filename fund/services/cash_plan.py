"""The cash plan (échéancier de trésorerie): what is still to be paid, month by month, against the ledger.

A tranche falls to the month of the day before which it is not paid (``due_on``); where that day is past, it is
late, whoever it waits for. Awards that are not signed yet are counted apart, as probable. Sums are of everything,
as the ledger's are, also of files in which the reader has an interest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, Date, Select, and_, case, cast, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from fund.models import Award, Call, Disbursement
from fund.models.award import SETTLED_TRANCHES
from fund.services.access import visible
from fund.services.ledger import ZERO, balances
from workflows.award import AwardState
from workflows.disbursement import DisbursementState
from workflows.ledger import LedgerAccount
from workflows.permissions import Actor

MONTHS = 12
"""The present month and those that follow it."""
UNPAID = tuple(state for state in DisbursementState if state not in SETTLED_TRANCHES)
UNSIGNED = (AwardState.DRAFT, AwardState.OFFERED)
BOUND = (LedgerAccount.COMMITTED, LedgerAccount.APPROVED, LedgerAccount.ORDERED)
"""The ledger's accounts in which euros lie that are granted and not paid."""


class Span(StrEnum):
    """Which part of the plan, in its order."""

    LATE = "late"  # the day is past
    MONTH = "month"
    LATER = "later"  # after the months of the plan
    UNDATED = "undated"  # as soon as what it waits for has happened


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What falls to one part of the plan, in euros; ``month`` is the first day of a month.

    ``states`` holds every unpaid state, of awards that are signed; ``probable`` is of those that are not.
    """

    span: Span
    month: date | None
    states: Mapping[DisbursementState, Decimal]
    probable: Decimal

    @property
    def total(self) -> Decimal:
        return sum(self.states.values(), ZERO)


@dataclass(frozen=True, slots=True)
class CashPlan:
    """The lines in their order: late, the months without a gap, later, undated; and what the ledger says.

    ``bound`` is what is granted and not paid by the ledger, in euros, of signed and unsigned awards together.
    """

    lines: tuple[PlanLine, ...]
    bound: Decimal

    @property
    def total(self) -> Decimal:
        """Of the signed awards, in euros."""
        return sum((line.total for line in self.lines), ZERO)

    @property
    def probable(self) -> Decimal:
        return sum((line.probable for line in self.lines), ZERO)

    @property
    def difference(self) -> Decimal:
        """What the tranches have beyond the ledger; nought, or one of the two is wrong."""
        return self.total + self.probable - self.bound

    def cumulated(self) -> Iterator[tuple[PlanLine, Decimal]]:
        """Each line with the sum of all signed awards up to it."""
        so_far = ZERO
        for line in self.lines:
            so_far += line.total
            yield line, so_far

    def needed_within(self, months: int) -> Decimal:
        """What signed awards need until the end of so many months, with what is late; the undated is not in it."""
        return sum((line.total for line in self.lines[: months + 1]), ZERO)


Places = dict[tuple[Span, date | None], tuple[dict[DisbursementState, Decimal], list[Decimal]]]


def draw_up(session: Session, *, today: date, call_id: int | None = None) -> CashPlan:
    """The plan of the fund, or of one call, in two statements however much there is to pay."""
    places: Places = {place: (dict.fromkeys(UNPAID, ZERO), []) for place in parts_of(today)}
    for span, month, state, is_probable, amount in session.execute(_sums(today, call_id)):
        states, probable = places[Span(span), month]
        if is_probable:
            probable.append(amount)
        else:
            states[state] += amount
    lines = tuple(
        PlanLine(span, month, states, sum(probable, ZERO)) for (span, month), (states, probable) in places.items()
    )
    held = balances(session, call_id=call_id)
    return CashPlan(lines, sum((held[account] for account in BOUND), ZERO))


def parts_of(today: date) -> list[tuple[Span, date | None]]:
    """The parts of the plan in their order."""
    months = [today.replace(day=1) + relativedelta(months=number) for number in range(MONTHS)]
    return [
        (Span.LATE, None),
        *((Span.MONTH, month) for month in months),
        (Span.LATER, None),
        (Span.UNDATED, None),
    ]


def _sums(today: date, call_id: int | None) -> Select[str, date | None, DisbursementState, bool, Decimal]:
    # In a subquery: in GROUP BY, PostgreSQL would take the same expression with other parameters for another one.
    span = _span(today)
    each = (
        select(
            span.label("span"),
            case((span == Span.MONTH.value, _month_of_day())).label("month"),
            Disbursement.state,
            Award.state.in_(UNSIGNED).label("is_probable"),
            Disbursement.amount,
        )
        .join(Disbursement.award)
        .where(*_unpaid(call_id))
        .subquery()
    )
    place = (each.c.span, each.c.month, each.c.state, each.c.is_probable)
    return select(*place, func.sum(each.c.amount)).group_by(*place)


def _span(today: date) -> ColumnElement[str]:
    after = today.replace(day=1) + relativedelta(months=MONTHS)
    return case(
        (Disbursement.due_on.is_(None), Span.UNDATED.value),
        (Disbursement.due_on < today, Span.LATE.value),
        (Disbursement.due_on < after, Span.MONTH.value),
        else_=Span.LATER.value,
    )


def _month_of_day() -> ColumnElement[date]:
    return cast(func.date_trunc("month", Disbursement.due_on), Date)


def _unpaid(call_id: int | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Disbursement.state.in_(UNPAID)]
    return conditions if call_id is None else [*conditions, Award.call_id == call_id]


def unpaid_tranches(session: Session, actor: Actor, *, call_id: int | None = None) -> list[Disbursement]:
    """The tranches behind the plan that the actor may see, by their day; the undated last. One statement."""
    query = (
        visible(actor, Disbursement)
        .join(Disbursement.award)
        .where(*_unpaid(call_id))
        .options(contains_eager(Disbursement.award).options(joinedload(Award.call), joinedload(Award.application)))
        .order_by(Disbursement.due_on.nulls_last(), Disbursement.id)
    )
    return list(session.scalars(query))


def falls_to(span: Span, month: date | None, *, today: date) -> ColumnElement[bool]:
    """The condition under which a tranche is still to be paid and falls to that part of the plan."""
    unpaid = Disbursement.state.in_(UNPAID)
    return and_(unpaid, _span(today) == span.value, *([] if month is None else [_month_of_day() == month]))


def calls_with_awards(session: Session) -> list[Call]:
    """The calls by which a plan can be narrowed, the latest first."""
    granted = select(Award.call_id).where(Award.state.in_((*UNSIGNED, AwardState.ACTIVE, AwardState.SUSPENDED)))
    return list(session.scalars(select(Call).where(Call.id.in_(granted)).order_by(Call.opens_at.desc(), Call.id)))
