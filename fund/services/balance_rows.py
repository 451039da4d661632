"""The rows that a balance counts: what was submitted, decided, granted, paid and accounted for in a period.

By which date a row belongs to a period, always a day in Paris, both ends included:

- a call by its opening; drafts and cancelled calls never;
- an application by its first deposit, whatever became of it since (withdrawn and ineligible ones too);
- a decision by the day on which it came into force: the release of the session's decisions, the award from the
  waiting list, or the end of the waiting; what the committee decided and did not release is not known here;
- an award by that decision, unless it was refused or cancelled since;
- a payment by its day in the ledger; one that the bank returned is taken off on the day of its return, and what an
  alliance pays back later is not taken off;
- a final report by its acceptance. Interim reports are left out: the final one tells of the whole project, and
  people would be counted twice.

Test files are never counted, imported history only where it is asked for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, and_, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from config.territories import parents_of
from config.vocabularies import measures
from fund.forms.accounts import COFINANCED, plan
from fund.forms.budget import load_budget
from fund.forms.compiler import judge
from fund.forms.definition import BudgetRule, FieldType, Form, GrantRule, Words
from fund.forms.project import BUDGET
from fund.models import (
    Application,
    Award,
    Call,
    CallVersion,
    LedgerEntry,
    LedgerLine,
    Member,
    Organisation,
    Report,
    Section,
)
from fund.models.call import FREED_STATES, PUBLIC_STATES
from fund.models.call_version import read_version
from fund.services.themes import themes_by_version
from workflows.application import ApplicationState
from workflows.disbursement import DISBURSEMENT
from workflows.engine import PARIS, paris_day
from workflows.ledger import LedgerAccount
from workflows.report import ReportState

ANY_BUDGET: Final = (BudgetRule(), GrantRule(Decimal(0), Decimal(0), Decimal(100)))
"""The amounts of a budget do not depend on the call's rules, which only judge it."""


class Source(StrEnum):
    CALLS = "calls"
    SUBMISSIONS = "submissions"
    DECISIONS = "decisions"
    AWARDS = "awards"
    PAYMENTS = "payments"
    REPORTS = "reports"


class Axis(StrEnum):
    """Along what a balance is broken down. A file may stand under several goals, levers, measures and kinds."""

    LEVER = "lever"
    MEASURE = "measure"
    SDG = "sdg"
    REGION = "region"
    DEPARTEMENT = "departement"
    KIND = "kind"
    MONTH = "month"
    INDICATOR = "indicator"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a balance is of: days in Paris, both included; without a first day, since the beginning."""

    first: date | None
    last: date
    with_imported: bool = False

    def holds_file(self) -> ColumnElement[bool]:
        counted = Application.is_test.is_(False)
        return counted if self.with_imported else and_(counted, Application.imported.is_(False))

    def holds_instant(self, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        until = column < _midnight(self.last + timedelta(days=1))
        return until if self.first is None else and_(column >= _midnight(self.first), until)

    def holds_day(self, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return column <= self.last if self.first is None else column.between(self.first, self.last)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, PARIS)


@dataclass(frozen=True, slots=True)
class Cofinancing:
    """Other funders' money in the budget of a file, in euros: granted already, or only asked."""

    granted: Decimal
    asked: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source: its ``id`` there, its file (none for a call) and the call.

    ``amount`` is euros asked, granted or paid; of a report, people reached. ``funded`` is how a decision went.
    Of an award: ``cofinancing``, None where the file has no budget, and ``contributed``, the members' own money.
    ``numbers`` are a report's answers to the indicators, by the indicator's code.
    """

    id: int
    file: int | None
    call: int
    day: date
    amount: Decimal = Decimal(0)
    funded: bool = False
    cofinancing: Cofinancing | None = None
    contributed: Decimal = Decimal(0)
    numbers: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A number that a call's report form asks for; another wording of it is another indicator."""

    call: int
    section: str
    key: str
    label: Words

    @property
    def code(self) -> str:
        """Short enough for an address."""
        return sha256(repr(self).encode()).hexdigest()[:12]


Codes = Mapping[Axis, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Basis:
    """Every row of a period, under which codes each file stands, and the indicators by their codes."""

    rows: Mapping[Source, Sequence[Row]]
    files: Mapping[int, Codes]
    indicators: Mapping[str, Indicator]

    def codes_of(self, row: Row, axis: Axis) -> frozenset[str]:
        """Where the row stands along an axis: at the empty code where nothing is named, nowhere without a file."""
        if axis is Axis.MONTH:
            return frozenset((f"{row.day:%Y-%m}",))
        if axis is Axis.INDICATOR:
            return frozenset(row.numbers)
        return self.files[row.file][axis] if row.file is not None else frozenset()


def gather(session: Session, scope: Scope) -> Basis:
    """Read the rows of a balance; as many statements for any number of them."""
    reports, indicators = _reports(session, scope)
    rows = {
        Source.CALLS: _calls(session, scope),
        Source.SUBMISSIONS: _submissions(session, scope),
        **_decisions(session, scope),
        Source.PAYMENTS: _payments(session, scope),
        Source.REPORTS: reports,
    }
    files = sorted({row.file for found in rows.values() for row in found if row.file is not None})
    return Basis(rows, _codes_of(session, files), indicators)


def ids_among(column: InstrumentedAttribute[Any], ids: Iterable[int]) -> ColumnElement[bool]:
    """That the column holds one of many ids: one parameter, however many."""
    return column == any_(literal(list(ids), ARRAY(BigInteger)))


# --- the sources ------------------------------------------------------------------------------------------------


def _calls(session: Session, scope: Scope) -> list[Row]:
    query = select(Call.id, Call.opens_at).where(Call.state.in_(PUBLIC_STATES), scope.holds_instant(Call.opens_at))
    if not scope.with_imported:
        query = query.where(Call.imported.is_(False))
    return [Row(call, None, call, paris_day(opens_at)) for call, opens_at in session.execute(query)]


def _submissions(session: Session, scope: Scope) -> list[Row]:
    query = select(
        Application.id, Application.call_id, Application.submitted_at, Application.requested_amount
    ).where(scope.holds_file(), scope.holds_instant(Application.submitted_at))
    return [
        Row(file, file, call, paris_day(at), asked or Decimal(0))
        for file, call, at, asked in session.execute(query)
        if at is not None
    ]


def _decisions(session: Session, scope: Scope) -> dict[Source, list[Row]]:
    """Decisions, and the awards that some of them opened.

    An award is opened by the step that funds its file; a file that was declined moves no more.
    """
    declined = select(Application.id, Application.call_id, Application.moved_at).where(
        scope.holds_file(),
        Application.state == ApplicationState.DECLINED,
        scope.holds_instant(Application.moved_at),
    )
    decisions = [Row(file, file, call, paris_day(at)) for file, call, at in session.execute(declined)]
    query = (
        select(Award.id, Award.application_id, Award.call_id, Award.created_at, Award.amount, Award.state)
        .join(Award.application)
        .where(scope.holds_file(), scope.holds_instant(Award.created_at))
    )
    opened = session.execute(query).all()
    decisions += [Row(file, file, call, paris_day(at), funded=True) for _, file, call, at, _, _ in opened]
    standing = [row for row in opened if row.state not in FREED_STATES]
    files = [row.application_id for row in standing]
    cofinancing, contributed = _cofinancing(session, files), _contributed(session, files)
    awards = [
        Row(
            award,
            file,
            call,
            paris_day(at),
            amount,
            cofinancing=cofinancing.get(file),
            contributed=contributed.get(file, Decimal(0)),
        )
        for award, file, call, at, amount, _ in standing
    ]
    return {Source.DECISIONS: decisions, Source.AWARDS: awards}


def _payments(session: Session, scope: Scope) -> list[Row]:
    """What the ledger says was paid: an entry each; a payment that the bank returned is an entry below zero."""
    query = (
        select(
            LedgerEntry.subject_id,
            Award.application_id,
            Award.call_id,
            LedgerEntry.day,
            LedgerLine.debit - LedgerLine.credit,
        )
        .join(LedgerEntry.lines)
        .join(Award, Award.id == LedgerEntry.award_id)
        .join(Award.application)
        .where(
            scope.holds_file(),
            LedgerEntry.subject_type == DISBURSEMENT.name,
            LedgerLine.account == LedgerAccount.PAID,
            scope.holds_day(LedgerEntry.day),
        )
    )
    return [Row(tranche, file, call, day, paid) for tranche, file, call, day, paid in session.execute(query)]


def _reports(session: Session, scope: Scope) -> tuple[list[Row], dict[str, Indicator]]:
    query = (
        select(
            Report.id,
            Award.application_id,
            Award.call_id,
            Report.moved_at,
            Report.people_reached,
            Report.answers,
            Application.version_id,
        )
        .join(Report.award)
        .join(Award.application)
        # A report that was accepted moves no more.
        .where(
            scope.holds_file(),
            Report.final,
            Report.state == ReportState.ACCEPTED,
            scope.holds_instant(Report.moved_at),
        )
    )
    found = session.execute(query).all()
    forms = _report_forms(session, {row.version_id for row in found} - {None})
    rows: list[Row] = []
    indicators: dict[str, Indicator] = {}
    for report, file, call, at, people, answers, version in found:
        numbers = _numbers(call, forms[version], answers) if version else {}
        indicators.update({indicator.code: indicator for indicator in numbers})
        told = {indicator.code: number for indicator, number in numbers.items()}
        rows.append(Row(report, file, call, paris_day(at), Decimal(people or 0), numbers=told))
    return rows, indicators


def _report_forms(session: Session, versions: Iterable[int]) -> dict[int, Form]:
    query = select(CallVersion.id, CallVersion.content).where(CallVersion.id.in_(versions))
    return {version: read_version(content).report for version, content in session.execute(query)}


def _numbers(call: int, form: Form, answers: Mapping[str, Any]) -> dict[Indicator, Decimal]:
    """What a report answered to the questions for a number; what its form hides or cannot read is no answer."""
    values = judge(form, answers, complete=False).values
    return {
        Indicator(call, section.key, question.key, question.label): value
        for section in form.sections
        for question in section.fields
        if question.type is FieldType.NUMBER
        and (value := values.get(section.key, {}).get(question.key)) is not None
    }


def _cofinancing(session: Session, files: Sequence[int]) -> dict[int, Cofinancing]:
    """What other funders give by the budget that was handed in; contributions in kind are none of it."""
    query = select(Section.application_id, Section.answers["products"]).where(
        Section.key == BUDGET, ids_among(Section.application_id, files)
    )
    return {file: _cofinancing_of(products) for file, products in session.execute(query)}


def _cofinancing_of(products: Any) -> Cofinancing:
    """Only other funders' lines are read: reading one costs as much as all the rest of a balance for its file."""
    wanted = {code for code, account in plan().items() if account.source in COFINANCED}
    rows = products if isinstance(products, list) else []
    lines = [row for row in rows if isinstance(row, dict) and row.get("account") in wanted]
    found = load_budget({"products": lines}, *ANY_BUDGET, complete=False).cofinancing
    return Cofinancing(found.granted, found.asked)


def _contributed(session: Session, files: Sequence[int]) -> dict[int, Decimal]:
    query = (
        select(Member.application_id, func.sum(Member.contribution))
        .where(ids_among(Member.application_id, files))
        .group_by(Member.application_id)
    )
    rows: list[tuple[int, Decimal]] = [(file, amount) for file, amount in session.execute(query)]
    return dict(rows)


# --- where each file stands -------------------------------------------------------------------------------------


def _codes_of(session: Session, files: Sequence[int]) -> dict[int, Codes]:
    query = (
        select(
            Application.id,
            Application.version_id,
            func.coalesce(Application.commune_code, Organisation.commune_code),
            Organisation.kind,
        )
        .join(Application.lead)
        .where(ids_among(Application.id, files))
    )
    found = session.execute(query).all()
    themes = themes_by_version(session, {file: version for file, version, _, _ in found})
    kinds = _kinds(session, files)
    codes: dict[int, Codes] = {}
    for file, _, commune, kind in found:
        named, parents = themes[file], parents_of(commune or "")
        codes[file] = {
            # A measure belongs to its lever, whether the alliance named that too or not.
            Axis.LEVER: _or_nothing({*named.levers, *(measures()[code].lever for code in named.measures)}),
            Axis.MEASURE: _or_nothing(named.measures),
            Axis.SDG: _or_nothing(named.sdgs),
            Axis.REGION: _or_nothing(code for code in parents if code.startswith("reg:")),
            Axis.DEPARTEMENT: _or_nothing(code for code in parents if code.startswith("dep:")),
            Axis.KIND: frozenset((kind.value, *kinds.get(file, ()))),
        }
    return codes


def _or_nothing(codes: Iterable[str]) -> frozenset[str]:
    return frozenset(codes) or frozenset(("",))


def _kinds(session: Session, files: Sequence[int]) -> dict[int, list[str]]:
    query = (
        select(Member.application_id, func.array_agg(Organisation.kind.distinct()))
        .join(Member.organisation)
        .where(ids_among(Member.application_id, files))
        .group_by(Member.application_id)
    )
    return {file: [str(kind) for kind in kinds] for file, kinds in session.execute(query)}


def months_between(first: date, last: date) -> Iterator[date]:
    """The first day of each month from one day to another, both months included."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)
