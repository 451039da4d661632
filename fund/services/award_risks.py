"""Awards at risk: what an officer should look into. Nothing is stored; each look works it out from the facts.

The rules, and the first day on which each holds (``since``). Imported history is nobody's to follow up.

- ``report_late``: a report is owed and its day is past.
- ``repayment_late``: a repayment is not whole and its day is past.
- ``tranche_held``: a tranche is on hold for more than ``HELD_DAYS``.
- ``bank_details``: a tranche is within ``BANK_DAYS`` of its day (or waits for no day at all), and there are no
  bank details in force, or a change of them is not verified.
- ``signature_awaited``: an agreement or amendment was sent more than ``SIGNATURE_DAYS`` ago, and not all signed.
- ``nothing_paid``: the agreement is signed for more than ``UNPAID_MONTHS``, and no tranche is paid.
- ``project_over``: the project's last day is past, and the final report is still to come (until it is late).
- ``underspent``: the latest interim report came after the project's middle, with less than ``SPENT_SHARE`` of the
  budget spent.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Subquery,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from fund.models import (
    Agreement,
    Application,
    Award,
    BankAccount,
    Disbursement,
    Organisation,
    OutboxRow,
    OutboxState,
    Repayment,
    Report,
    TrancheCondition,
)
from fund.services.access import visible_to
from fund.services.listing import Order, Page, paginate_rows
from workflows.agreement import AgreementState
from workflows.award import AwardState
from workflows.bank_account import BankAccountState
from workflows.disbursement import DisbursementState
from workflows.engine import PARIS
from workflows.permissions import Actor
from workflows.repayment import RepaymentState
from workflows.report import OWED_STATES, ReportState
from workflows.topics import Topic

HELD_DAYS = 30
BANK_DAYS = 30
SIGNATURE_DAYS = 30
UNPAID_MONTHS = 6
SPENT_SHARE = Decimal("0.5")
IN_FORCE = (AwardState.ACTIVE, AwardState.SUSPENDED)
HANDED_IN = (ReportState.SUBMITTED, ReportState.ACCEPTED)
ACCEPTED = (ReportState.ACCEPTED, ReportState.WAIVED)
TO_BE_PAID = (
    DisbursementState.PLANNED,
    DisbursementState.DUE,
    DisbursementState.HELD,
    DisbursementState.FAILED,
)
"""The states in which a tranche may wait for bank details; of what was ordered the program makes ``held``."""


class Risk(StrEnum):
    """In the order in which they are told: what is late first."""

    REPORT_LATE = "report_late"
    REPAYMENT_LATE = "repayment_late"
    TRANCHE_HELD = "tranche_held"
    BANK_DETAILS = "bank_details"
    SIGNATURE_AWAITED = "signature_awaited"
    NOTHING_PAID = "nothing_paid"
    PROJECT_OVER = "project_over"
    UNDERSPENT = "underspent"


Cause = Report | Repayment | Disbursement | Agreement


@dataclass(frozen=True, slots=True)
class Reminders:
    """How often the authors of a report were reminded of it, and when last."""

    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One risk of one award.

    ``since`` is the first day on which the rule holds, ``day`` the one that it counts from; ``cause`` is what the
    award is at risk of, where that is not the award as a whole. ``reminders`` are those of a late report.
    """

    risk: Risk
    award: Award
    since: date
    day: date | None
    cause: Cause | None
    reminders: Reminders | None


@dataclass(frozen=True, slots=True)
class AtRisk:
    """An award with all that is to be looked into, what lasts longest first."""

    award: Award
    findings: tuple[Finding, ...]


# --- the rules -----------------------------------------------------------------------------------------------

Found = Select[str, int, int, date, date]


def _found(risk: Risk, cause: Any, day: Any, since: Any) -> Found:
    return (
        select(
            literal(risk.value).label("risk"),
            Award.id.label("award_id"),
            cast(cause, BigInteger).label("cause_id"),
            cast(day, Date).label("day"),
            cast(since, Date).label("since"),
        )
        .select_from(Award)
        .where(Award.imported.is_(False))
    )


def _late_reports() -> Found:
    owed = and_(Report.award_id == Award.id, Report.state.in_(OWED_STATES))
    found = _found(Risk.REPORT_LATE, Report.id, Report.due_on, Report.due_on + 1)
    return found.join(Report, owed).where(Award.state.in_(IN_FORCE))


def _late_repayments() -> Found:
    asked = and_(Repayment.award_id == Award.id, Repayment.state == RepaymentState.ASKED)
    return _found(Risk.REPAYMENT_LATE, Repayment.id, Repayment.due_on, Repayment.due_on + 1).join(Repayment, asked)


def _held_tranches() -> Found:
    held = and_(Disbursement.award_id == Award.id, Disbursement.state == DisbursementState.HELD)
    since = _paris_day(Disbursement.moved_at)
    found = _found(Risk.TRANCHE_HELD, Disbursement.id, since, since + (HELD_DAYS + 1))
    return found.join(Disbursement, held).where(Award.state.in_(IN_FORCE))


def _missing_bank_details() -> Found:
    """One finding an award, by its first tranche. Without a day it is paid once all else has happened."""
    verified, proposed = _has_account(BankAccountState.VERIFIED), _has_account(BankAccountState.PROPOSED)
    unmet = (
        select(TrancheCondition.id)
        .outerjoin(Report, Report.id == TrancheCondition.report_id)
        .where(
            TrancheCondition.disbursement_id == Disbursement.id,
            TrancheCondition.met_at.is_(None),
            or_(TrancheCondition.report_id.is_(None), Report.state.not_in(ACCEPTED)),
        )
    )
    opens_on = func.coalesce(Disbursement.due_on - BANK_DAYS, Award.signed_on)
    found = _found(Risk.BANK_DETAILS, null(), func.min(Disbursement.due_on), func.min(opens_on))
    return (
        found.join(Disbursement, Disbursement.award_id == Award.id)
        .where(
            Award.state.in_((AwardState.OFFERED, AwardState.ACTIVE)),
            Disbursement.state.in_(TO_BE_PAID),
            or_(Disbursement.due_on.is_not(None), ~exists(unmet)),
            or_(~verified, proposed),
        )
        .group_by(Award.id)
    )


def _awaited_signatures() -> Found:
    sent, day = Agreement.state == AgreementState.SENT, _paris_day(Agreement.sent_at)
    found = _found(Risk.SIGNATURE_AWAITED, Agreement.id, day, day + (SIGNATURE_DAYS + 1))
    return found.join(Agreement, and_(Agreement.award_id == Award.id, sent)).where(
        Award.state.in_((AwardState.OFFERED, *IN_FORCE))
    )


def _nothing_paid() -> Found:
    paid = exists().where(Disbursement.award_id == Award.id, Disbursement.state == DisbursementState.PAID)
    since = cast(Award.signed_on + func.make_interval(0, UNPAID_MONTHS), Date) + 1
    return _found(Risk.NOTHING_PAID, null(), Award.signed_on, since).where(Award.state.in_(IN_FORCE), ~paid)


def _projects_over(today: date) -> Found:
    """Once the final report is late, that says all."""
    final = and_(Report.award_id == Award.id, Report.final, Report.state.in_(OWED_STATES), Report.due_on >= today)
    found = _found(Risk.PROJECT_OVER, Report.id, Award.ends_on, Award.ends_on + 1)
    return found.join(Report, final).where(Award.state.in_(IN_FORCE))


def _underspent() -> Found:
    later = aliased(Report)
    overtaken = exists().where(
        later.award_id == Award.id, later.state.in_(HANDED_IN), or_(later.final, later.due_on > Report.due_on)
    )
    day = _paris_day(Report.submitted_at)
    middle = Award.starts_on + (Award.ends_on - Award.starts_on) // 2
    return (
        _found(Risk.UNDERSPENT, Report.id, day, day)
        .join(Report, and_(Report.award_id == Award.id, ~Report.final, Report.state.in_(HANDED_IN)))
        .join(Application, Application.id == Award.application_id)
        .where(
            Award.state.in_(IN_FORCE),
            day > middle,
            Report.spent_amount < Application.total_budget * SPENT_SHARE,
            ~overtaken,
        )
    )


def _paris_day(instant: Any) -> ColumnElement[date]:
    return cast(func.timezone(PARIS.key, instant), Date)


def _has_account(state: BankAccountState) -> ColumnElement[bool]:
    return exists().where(BankAccount.organisation_id == Award.beneficiary_id, BankAccount.state == state)


def _rows(today: date) -> Subquery:
    """Every risk of every award that holds today."""
    found = union_all(
        _late_reports(),
        _late_repayments(),
        _held_tranches(),
        _missing_bank_details(),
        _awaited_signatures(),
        _nothing_paid(),
        _projects_over(today),
        _underspent(),
    ).subquery()
    return select(found).where(found.c.since <= today).subquery("risks")


# --- reading -------------------------------------------------------------------------------------------------


def count_awards(session: Session, actor: Actor, *, today: date) -> tuple[int, Mapping[Risk, int]]:
    """How many awards that the actor may see are at risk at all, and of each; an award may be at several."""
    rows = _rows(today)
    query = (
        select(rows.c.risk, func.count(rows.c.award_id.distinct()))
        .join(Award, Award.id == rows.c.award_id)
        .where(visible_to(actor, Award))
        .group_by(func.rollup(rows.c.risk))
    )
    counted: dict[str | None, int] = {row[0]: row[1] for row in session.execute(query)}
    return counted.get(None, 0), {risk: counted.get(risk.value, 0) for risk in Risk}


def page_of_awards(
    session: Session, actor: Actor, *, today: date, risk: Risk | None = None, cursor: str | None = None
) -> Page[AtRisk]:
    """The awards at risk that the actor may see, or those at one risk, what lasts longest first.

    Each comes with all its risks. A number of statements that does not grow with the page. Raises InvalidInput for
    a cursor that this list did not give out.
    """
    rows = _rows(today)
    worst = select(rows.c.award_id, func.min(rows.c.since).label("since")).group_by(rows.c.award_id)
    if risk is not None:
        worst = worst.where(rows.c.risk == risk.value)
    listed = worst.subquery("listed")
    query = (
        select(listed.c.since, listed.c.award_id)
        .join(Award, Award.id == listed.c.award_id)
        .where(visible_to(actor, Award))
    )
    order = Order((listed.c.since, listed.c.award_id), descending=False)
    page = paginate_rows(session, query, order, cursor=cursor)
    numbers = [row.award_id for row in page.items]
    awards = {award.id: award for award in session.scalars(_with_causes().where(Award.id.in_(numbers)))}
    found = find(session, list(awards.values()), today=today)
    items = [AtRisk(awards[number], found[number]) for number in numbers]
    return Page(items, page.next_cursor, page.previous_cursor)


def _with_causes() -> Select[Award]:
    return select(Award).options(
        joinedload(Award.application),
        joinedload(Award.call),
        joinedload(Award.beneficiary).selectinload(Organisation.bank_accounts),
        selectinload(Award.agreements),
        selectinload(Award.disbursements),
        selectinload(Award.repayments),
        selectinload(Award.reports),
    )


def find(session: Session, awards: Sequence[Award], *, today: date) -> dict[int, tuple[Finding, ...]]:
    """What is to be looked into of each of these awards, what lasts longest first; the causes are read of them."""
    rows = _rows(today)
    query = select(rows).where(rows.c.award_id.in_([award.id for award in awards]))
    found = session.execute(query.order_by(rows.c.since, rows.c.risk, rows.c.cause_id)).all()
    late = [row.cause_id for row in found if row.risk == Risk.REPORT_LATE]
    reminders = _reminders_of(session, late) if late else {}
    by_number = {award.id: award for award in awards}
    findings: dict[int, list[Finding]] = {number: [] for number in by_number}
    for row in found:
        award, risk = by_number[row.award_id], Risk(row.risk)
        cause = next((one for one in _causes_in(award, risk) if one.id == row.cause_id), None)
        told = reminders.get(row.cause_id) if risk is Risk.REPORT_LATE else None
        findings[award.id].append(Finding(risk, award, row.since, row.day, cause, told))
    return {number: tuple(of_award) for number, of_award in findings.items()}


def _causes_in(award: Award, risk: Risk) -> Iterator[Cause]:
    match risk:
        case Risk.REPORT_LATE | Risk.PROJECT_OVER | Risk.UNDERSPENT:
            yield from award.reports
        case Risk.REPAYMENT_LATE:
            yield from award.repayments
        case Risk.TRANCHE_HELD:
            yield from award.disbursements
        case Risk.SIGNATURE_AWAITED:
            yield from award.agreements


def _reminders_of(session: Session, reports: Collection[int]) -> dict[int, Reminders]:
    """What was sent; one reminder goes to several authors at one instant."""
    query = (
        select(OutboxRow.subject_id, func.count(OutboxRow.created_at.distinct()), func.max(OutboxRow.created_at))
        .where(
            OutboxRow.subject_type == Report.workflow.name,
            OutboxRow.subject_id.in_(reports),
            OutboxRow.topic == Topic.REPORT_REMINDER,
            OutboxRow.recipient_id.is_not(None),
            OutboxRow.state == OutboxState.DONE,
        )
        .group_by(OutboxRow.subject_id)
    )
    return {number: Reminders(count, last_at) for number, count, last_at in session.execute(query)}


def risks_of(session: Session, awards: Sequence[Award], *, today: date) -> dict[int, list[Risk]]:
    """Only which risks each of these awards runs, for lists of awards; nothing else of them is read."""
    rows = _rows(today)
    query = select(rows.c.award_id, rows.c.risk).where(rows.c.award_id.in_([award.id for award in awards]))
    found: dict[int, list[Risk]] = {award.id: [] for award in awards}
    for number, risk in session.execute(query.distinct()):
        found[number].append(Risk(risk))
    return {number: sorted(risks, key=list(Risk).index) for number, risks in found.items()}
