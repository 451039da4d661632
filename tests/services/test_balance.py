"""The balance of a small world that is worked out by hand, and what holds for every balance."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import Application, Award, Interest, InterestKind
from fund.services import repayments
from fund.services.balance import (
    AXES,
    DEFINITIONS,
    Balance,
    Figure,
    Line,
    Value,
    Wanted,
    all_of,
    count_hidden,
    draw_up,
    lines_of,
    page_of,
    rows_behind,
    totals_of,
)
from fund.services.balance_rows import Axis, Basis, Row, Scope, Source, months_between
from fund.services.steps import take_step
from tests.services.balancing import ALL, AUTUMN, SPRING, TRAINED, Files, build
from tests.web.counting import count_statements

SINGLE = (Axis.REGION, Axis.DEPARTEMENT, Axis.MONTH)
SUMMED = (
    *(Figure.APPLICATIONS, Figure.ASKED, Figure.DECIDED, Figure.FUNDED, Figure.AWARDS, Figure.AWARDED),
    *(Figure.PAID, Figure.REPORTS, Figure.PEOPLE),
)


@st.composite
def bases(draw: st.DrawFn) -> Basis:
    """Any rows of any files, each file under one territory and any number of the other codes."""
    single = st.sampled_from(["a", "b", ""]).map(lambda code: frozenset((code,)))
    several = st.sets(st.sampled_from(["1", "2", "3"])).map(lambda codes: frozenset(codes or {""}))
    codes = {axis: single if axis in SINGLE else several for axis in AXES}
    files = draw(st.dictionaries(st.integers(1, 6), st.fixed_dictionaries(codes), min_size=1))
    row = st.builds(
        Row,
        id=st.integers(1, 99),
        file=st.sampled_from(sorted(files)),
        call=st.integers(1, 3),
        day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
        amount=st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100),
        funded=st.booleans(),
    )
    return Basis({source: draw(st.lists(row, max_size=8)) for source in Source}, files, {})


@pytest.fixture
def files(session: Session) -> Files:
    return build(session)


def line(balance: Balance, axis: Axis, code: str) -> Line:
    return next(line for line in balance.lines[axis] if line.code == code)


def file(session: Session, reference: str) -> Application:
    return session.scalars(select(Application).where(Application.reference == reference)).one()


def euros(amount: int) -> Decimal:
    return Decimal(amount)


def test_every_figure_of_the_first_half_year(session: Session, files: Files) -> None:
    assert draw_up(session, SPRING).totals == {
        Figure.CALLS_OPENED: 2,
        Figure.CALLS: 2,
        Figure.APPLICATIONS: 4,
        Figure.ASKED: euros(20_000 + 30_000 + 20_000 + 20_000),
        Figure.DECIDED: 2,
        Figure.FUNDED: 1,
        Figure.SUCCESS: 50,
        Figure.AWARDS: 1,
        Figure.AWARDED: euros(15_000),
        Figure.PAID: 0,
        Figure.LEVERAGE: euros(10_000 + 6_000) / 15_000,
        Figure.SECURED: euros(10_000) / 15_000,
        Figure.CONTRIBUTED: euros(5_000 + 10_000 + 5_000) / 15_000,
        Figure.REPORTS: 0,
        Figure.PEOPLE: 0,
    }


def test_every_figure_of_the_second(session: Session, files: Files) -> None:
    balance = draw_up(session, AUTUMN)
    assert balance.totals == {
        Figure.CALLS_OPENED: 0,
        Figure.CALLS: 1,
        Figure.APPLICATIONS: 2,
        Figure.ASKED: euros(40_000),
        Figure.DECIDED: 1,
        Figure.FUNDED: 1,
        Figure.SUCCESS: 100,
        Figure.AWARDS: 1,
        Figure.AWARDED: euros(15_000),
        Figure.PAID: euros(15_000),
        Figure.LEVERAGE: None,
        Figure.SECURED: None,
        Figure.CONTRIBUTED: euros(20_000) / 15_000,
        Figure.REPORTS: 1,
        Figure.PEOPLE: 120,
    }
    [indicator] = balance.indicators
    assert (indicator.indicator.label, indicator.total, indicator.reports) == (TRAINED, Decimal("12.5"), 1)
    assert balance.calls[indicator.indicator.call].reference == files.call


def test_a_file_counts_whole_on_every_line_that_it_names_and_once_in_all(session: Session, files: Files) -> None:
    balance = draw_up(session, SPRING)
    eleven, seventeen, none = (line(balance, Axis.SDG, code).figures for code in ("11", "17", ""))
    assert (eleven[Figure.APPLICATIONS], eleven[Figure.SUCCESS], eleven[Figure.ASKED]) == (2, 50, euros(50_000))
    assert (seventeen[Figure.APPLICATIONS], seventeen[Figure.SUCCESS]) == (1, 100)
    assert (none[Figure.APPLICATIONS], none[Figure.SUCCESS], none[Figure.CALLS]) == (2, None, 2)
    assert eleven[Figure.AWARDED] == seventeen[Figure.AWARDED] == balance.totals[Figure.AWARDED]


def test_a_measure_brings_its_lever(session: Session, files: Files) -> None:
    balance = draw_up(session, SPRING)
    assert [line.code for line in balance.lines[Axis.LEVER]] == ["1", "2", ""]
    assert [line.code for line in balance.lines[Axis.MEASURE]] == ["2.1", ""]
    assert line(balance, Axis.LEVER, "2").figures[Figure.AWARDED] == euros(15_000)


def test_territories_kinds_and_months(session: Session, files: Files) -> None:
    balance = draw_up(session, SPRING)
    assert [line.code for line in balance.lines[Axis.DEPARTEMENT]] == ["dep:31", "dep:81", "dep:75"]
    assert [line.code for line in balance.lines[Axis.REGION]] == ["reg:76", "reg:11"]
    assert [line.code for line in balance.lines[Axis.KIND]] == ["local_authority", "association", "company"]
    assert all(each.figures[Figure.APPLICATIONS] == 4 for each in balance.lines[Axis.KIND])
    months = {each.code: each.figures[Figure.APPLICATIONS] for each in balance.lines[Axis.MONTH]}
    assert months == {"2027-01": 1, "2027-02": 2, "2027-06": 1}


def test_without_commune_the_leads_own_is_taken(session: Session, files: Files) -> None:
    late = file(session, files.late)
    late.commune_code, late.lead.commune_code = None, "33063"
    session.flush()
    assert line(draw_up(session, SPRING), Axis.DEPARTEMENT, "dep:33").figures[Figure.APPLICATIONS] == 1


def test_parts_of_one_membership_sum_to_the_whole(session: Session, files: Files) -> None:
    for scope in (SPRING, AUTUMN, ALL):
        balance = draw_up(session, scope)
        for axis, figure in product(SINGLE, SUMMED):
            parts = [each.figures[figure] or 0 for each in balance.lines[axis]]
            assert sum(parts, Decimal(0)) == balance.totals[figure], (axis, figure)


@given(basis=bases())
def test_whatever_the_rows_single_parts_sum_and_shared_parts_never_fall_short(basis: Basis) -> None:
    totals = totals_of(basis)
    for axis, figure in product(AXES, SUMMED):
        parts = sum((each.figures[figure] or Decimal(0) for each in lines_of(basis, axis)), Decimal(0))
        if axis in SINGLE:
            assert parts == totals[figure]
        else:
            assert parts >= (totals[figure] or 0)


def test_periods_that_touch_sum_to_the_period_that_holds_them(session: Session, files: Files) -> None:
    first, second, whole = (draw_up(session, scope).totals for scope in (SPRING, AUTUMN, ALL))
    for figure in (*SUMMED, Figure.CALLS_OPENED):
        assert (first[figure] or 0) + (second[figure] or 0) == whole[figure], figure


def test_the_rows_behind_a_figure_are_those_it_is_made_of(session: Session, files: Files) -> None:
    balance, auditor = draw_up(session, ALL), files.world["auditor"]
    parts: list[tuple[Axis | None, str, Mapping[Figure, Value]]] = [(None, "", balance.totals)]
    parts += [(axis, each.code, each.figures) for axis in AXES for each in balance.lines[axis]]
    for figure, (axis, code, figures) in product(Figure, parts):
        behind = rows_behind(session, Wanted(figure, ALL, axis, code))
        found = all_of(session, auditor, behind)
        rows = [row for each in found for row in behind.rows[each.id]]
        assert {each.id for each in found} == set(behind.rows)
        assert DEFINITIONS[figure].work_out(rows) == behind.value == figures[figure]


def test_an_indicator_leads_to_the_reports_that_answer_it(session: Session, files: Files) -> None:
    [indicator] = draw_up(session, ALL).indicators
    behind = rows_behind(session, Wanted(Figure.REPORTS, ALL, Axis.INDICATOR, indicator.indicator.code))
    [report] = all_of(session, files.world["officer"], behind)
    assert report.award.application.reference == files.done
    assert rows_behind(session, Wanted(Figure.REPORTS, ALL, Axis.INDICATOR, "another")).rows == {}


def test_a_decision_that_is_not_released_is_not_known(session: Session, files: Files) -> None:
    with time_machine.travel(datetime(2027, 10, 1, 9, tzinfo=UTC), tick=False):
        call_id = file(session, files.done).call_id
        application = files.world.before_committee(session, call_id=call_id)
        item = files.world.decide(session, application)
        before = draw_up(session, AUTUMN).totals
        files.world.release(session, item.session)
    after = draw_up(session, AUTUMN).totals
    assert [totals[Figure.FUNDED] for totals in (before, after)] == [1, 2]
    assert [totals[Figure.AWARDED] for totals in (before, after)] == [euros(15_000), euros(30_000)]


def test_a_payment_that_came_back_is_taken_off_on_its_day(session: Session, files: Files) -> None:
    with time_machine.travel(datetime(2027, 11, 10, 9, tzinfo=UTC), tick=False):
        application = file(session, files.done)
        assert application.award is not None
        tranche = application.award.live_tranches[0]
        take_step(session, files.world["finance"], tranche, "fail", inputs={"reason": "Compte clos."})
    november = Scope(date(2027, 11, 1), date(2027, 11, 30))
    paid = [draw_up(session, scope).totals[Figure.PAID] for scope in (AUTUMN, november)]
    assert paid == [euros(5_000), euros(-10_000)]
    behind = rows_behind(session, Wanted(Figure.PAID, AUTUMN))
    assert sorted(len(rows) for rows in behind.rows.values()) == [1, 2]


def test_what_is_asked_back_stays_paid(session: Session, files: Files) -> None:
    with time_machine.travel(datetime(2027, 11, 10, 9, tzinfo=UTC), tick=False):
        award = file(session, files.done).award
        assert award is not None
        repayments.ask(session, files.world["officer"], award, amount=euros(2_000), reason="Non dépensé.")
        session.flush()
    assert draw_up(session, AUTUMN).totals[Figure.PAID] == euros(15_000)


def test_whoever_waits_too_long_is_declined_on_that_day(session: Session, files: Files) -> None:
    assert draw_up(session, AUTUMN).totals[Figure.DECIDED] == 1
    with time_machine.travel(datetime(2027, 11, 2, 9, tzinfo=UTC), tick=False):
        waiting = file(session, files.waiting)
        take_step(session, files.world["officer"], waiting, "expire", inputs={"reason": "Enveloppe épuisée."})
    balance = draw_up(session, AUTUMN)
    assert (balance.totals[Figure.DECIDED], balance.totals[Figure.SUCCESS]) == (2, 50)
    assert line(balance, Axis.MONTH, "2027-11").figures[Figure.DECIDED] == 1


def test_an_award_that_was_cancelled_was_decided_and_grants_nothing(session: Session, files: Files) -> None:
    award = session.scalars(select(Award).where(Award.application_id == file(session, files.funded).id)).one()
    take_step(session, files.world["officer"], award, "cancel", inputs={"reason": "Projet abandonné."})
    totals = draw_up(session, SPRING).totals
    assert (totals[Figure.FUNDED], totals[Figure.SUCCESS]) == (1, 50)
    assert (totals[Figure.AWARDS], totals[Figure.AWARDED], totals[Figure.LEVERAGE]) == (0, 0, None)


def test_imported_history_is_counted_where_it_is_asked_for(session: Session, files: Files) -> None:
    imported = file(session, files.late)
    imported.imported = True
    session.flush()
    assert draw_up(session, SPRING).totals[Figure.APPLICATIONS] == 3
    assert draw_up(session, replace(SPRING, with_imported=True)).totals[Figure.APPLICATIONS] == 4


def test_rows_of_files_that_one_keeps_off_are_counted_and_not_shown(session: Session, files: Files) -> None:
    officer, kept = files.world["officer"], file(session, files.funded)
    session.add(
        Interest(application=kept, person_id=officer.person_id, kind=InterestKind.DECLARED, detail="Un lien.")
    )
    session.flush()
    behind = rows_behind(session, Wanted(Figure.APPLICATIONS, SPRING))
    shown = {each.reference for each in all_of(session, officer, behind)}
    assert behind.value == len(behind.rows) == 4
    assert shown == {files.declined, files.waiting, files.late}
    assert count_hidden(session, officer, behind) == 1
    assert count_hidden(session, files.world["auditor"], behind) == 0


def test_a_member_of_the_committee_sees_the_rows_of_her_agendas(session: Session, files: Files) -> None:
    member = files.world["member"]
    behind = rows_behind(session, Wanted(Figure.APPLICATIONS, SPRING))
    page = page_of(session, member, behind, None)
    assert {each.reference for each in page.items} == {files.declined, files.waiting, files.funded}
    assert count_hidden(session, member, behind) == 1
    paid = rows_behind(session, Wanted(Figure.PAID, ALL))
    assert list(all_of(session, member, paid)) == []
    assert count_hidden(session, member, paid) == len(paid.rows) > 0


def test_as_many_statements_for_more_files(session: Session, files: Files) -> None:
    def count(act: Callable[[], object]) -> int:
        session.expire_all()
        return count_statements(act)

    few = count(lambda: draw_up(session, AUTUMN))
    with time_machine.travel(datetime(2027, 10, 1, 9, tzinfo=UTC), tick=False):
        call_id = file(session, files.done).call_id
        for _ in range(3):
            files.world.funded(session, call_id=call_id)
    session.flush()
    assert draw_up(session, AUTUMN).totals[Figure.FUNDED] == 4
    assert count(lambda: draw_up(session, AUTUMN)) == few


def test_a_balance_of_nothing(session: Session) -> None:
    balance = draw_up(session, Scope(None, date(1999, 12, 31)))
    assert set(balance.totals.values()) == {0, None}
    assert all(lines == () for lines in balance.lines.values())
    assert balance.indicators == ()


def test_months_between_two_days() -> None:
    months = [f"{month:%Y-%m}" for month in months_between(date(2026, 11, 30), date(2027, 2, 1))]
    assert months == ["2026-11", "2026-12", "2027-01", "2027-02"]
