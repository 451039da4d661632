"""The cash plan: what is still to be paid in the next twelve months, as a table and as a picture.

GET /versements/echeancier         of the fund, or of one call (?appel=)
GET /versements/echeancier.xlsx    the same as a spreadsheet, with the tranches behind it
"""

from dataclasses import dataclass
from datetime import date
from io import BytesIO

from flask import Blueprint, Response, abort, render_template, request, send_file, url_for
from flask_babel import gettext
from markupsafe import Markup

from fund.documents.charts.facts import CashColumn, CashNeeds
from fund.documents.charts.pictures import picture_of
from fund.documents.charts.tabulating import table_of
from fund.documents.tables import Column, Kind, Table, write_sheet
from fund.edge.access import access, only
from fund.edge.formats import day
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.models import Call, Disbursement
from fund.models.base import utc_now
from fund.services import cash_plan
from fund.services.access import find
from fund.services.cash_plan import CashPlan, PlanLine, Span
from fund.web.balance.words import month_name
from workflows.engine import paris_day
from workflows.permissions import STAFF_ROLES

blueprint = Blueprint("cash_plan", __name__)

READERS = only(*STAFF_ROLES)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CODES = {Span.LATE: "en-retard", Span.LATER: "plus-tard", Span.UNDATED: "sans-date"}
"""How an address names the parts of the plan that are no month."""
SOON = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the plan, as an address names it."""

    span: Span
    month: date | None

    @property
    def code(self) -> str:
        return CODES.get(self.span) or f"{self.month:%Y-%m}"

    @property
    def name(self) -> str:
        """« déc. 2026 », « En retard »."""
        match self.span:
            case Span.LATE:
                return str(gettext("Overdue"))
            case Span.LATER:
                return str(gettext("Later on"))
            case Span.UNDATED:
                return str(gettext("Without date"))
        return month_name(self.code, short=True)

    @property
    def title(self) -> str:
        """Of the page with its tranches."""
        match self.span:
            case Span.LATE:
                return str(gettext("Overdue payments"))
            case Span.LATER:
                return str(gettext("Payments beyond the twelve months"))
            case Span.UNDATED:
                return str(gettext("Payments without date"))
        return str(gettext("Payments of the month: %(month)s", month=month_name(self.code)))


def part_asked() -> Part | None:
    """The part of the plan that the query string asks for (``echeance``); one that is not in it is a 404."""
    code = request.args.get("echeance", "")
    if not code:
        return None
    parts = (Part(span, month) for span, month in cash_plan.parts_of(today()))
    return next((part for part in parts if part.code == code), None) or abort(404)


def call_asked() -> Call | None:
    """The call that the query string asks for (``appel``)."""
    reference = request.args.get("appel", "")
    return find(current_session(), current_actor(), Call, reference) if reference else None


def today() -> date:
    return paris_day(utc_now())


@blueprint.get("/versements/echeancier")
@access(READERS)
def show() -> str:
    session, call, language = current_session(), call_asked(), current_language()
    plan = cash_plan.draw_up(session, today=today(), call_id=call.id if call else None)
    facts = _facts(plan)
    return render_template(
        "disbursements/cash_plan.html",
        today=today(),
        call=call,
        calls=cash_plan.calls_with_awards(session),
        plan=plan,
        figures=_figures(plan),
        # Our own SVG, in which people's words are escaped.
        picture=Markup(picture_of(facts, language)),  # noqa: S704
        title=facts.title,
        table=_without_nought(table_of(facts, language)),
        addresses=[_behind(line, call) for line in plan.lines],
        xlsx_url=url_for(".sheet", appel=call.reference if call else None),
    )


@blueprint.get("/versements/echeancier.xlsx")
@access(READERS)
def sheet() -> Response:
    session, call, language = current_session(), call_asked(), current_language()
    call_id = call.id if call else None
    plan = cash_plan.draw_up(session, today=today(), call_id=call_id)
    tranches = cash_plan.unpaid_tranches(session, current_actor(), call_id=call_id)
    title = gettext("Cash plan on %(day)s", day=day(today()))
    whole = f"{title} – {call.title(language)}" if call else title
    content = write_sheet([table_of(_facts(plan), language), _tranches(tranches)], whole, language)
    name = gettext("cash-plan-%(day)s.xlsx", day=today().isoformat())
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


def _facts(plan: CashPlan) -> CashNeeds:
    columns = (
        CashColumn(
            Part(line.span, line.month).name,
            probable=line.probable,
            **{state.value: amount for state, amount in line.states.items()},
        )
        for line in plan.lines
    )
    return CashNeeds(gettext("Still to be paid, month by month"), tuple(columns))


def _without_nought(table: Table) -> Table:
    """Without the columns in which there is nothing at all: a page is narrower than a spreadsheet."""
    places = [place for place in range(len(table.columns)) if any(row[place] for row in table.rows)]
    rows = tuple(tuple(row[place] for place in places) for row in table.rows)
    return Table(table.title, tuple(table.columns[place] for place in places), rows)


def _figures(plan: CashPlan) -> list[tuple[str, object]]:
    """What it says in a few amounts: their names, and the euros."""
    late, *months = plan.lines
    ends = [month_name(f"{months[number - 1].month:%Y-%m}") for number in (SOON, cash_plan.MONTHS)]
    figures = [
        (gettext("overdue"), late.total),
        (
            gettext("needed until the end of %(month)s, with what is overdue", month=ends[0]),
            plan.needed_within(SOON),
        ),
        (
            gettext("needed until the end of %(month)s, with what is overdue", month=ends[1]),
            plan.needed_within(cash_plan.MONTHS),
        ),
        (gettext("to be paid in all"), plan.total),
    ]
    return [*figures, *([(gettext("probable besides, not signed"), plan.probable)] if plan.probable else [])]


def _behind(line: PlanLine, call: Call | None) -> str | None:
    """The address of the tranches behind a line; None where there are none."""
    if not line.total and not line.probable:
        return None
    code = Part(line.span, line.month).code
    return url_for("disbursements.index", echeance=code, appel=call.reference if call else None)


def _tranches(tranches: list[Disbursement]) -> Table:
    columns = (
        Column(gettext("Payment")),
        Column(gettext("Beneficiary")),
        Column(gettext("Award")),
        Column(gettext("Call")),
        Column(gettext("Due on")),
        Column(gettext("State")),
        Column(gettext("State of the agreement")),
        Column(gettext("Amount"), Kind.EUROS),
    )
    rows = tuple(
        (
            tranche.reference,
            tranche.award.beneficiary_name,
            tranche.award.reference,
            tranche.award.call.title(current_language()),
            # In an order that a spreadsheet can sort by.
            tranche.due_on.isoformat() if tranche.due_on else "",
            label(tranche.state),
            label(tranche.award.state),
            tranche.amount,
        )
        for tranche in tranches
    )
    return Table(gettext("Tranches to be paid"), columns, rows)
