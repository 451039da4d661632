"""The rows behind one figure of the balance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from io import BytesIO
from typing import Any, Final, TypeVar

from flask import Response, abort, render_template, request, send_file, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from fund.documents.tables import Column, Kind, Table, Value, shown, write_sheet
from fund.edge.access import access
from fund.edge.formats import day
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.models import Application, Call
from fund.services.balance import (
    DEFINITIONS,
    Behind,
    Figure,
    Wanted,
    all_of,
    cofinanced,
    count_hidden,
    page_of,
    rows_behind,
    secured,
)
from fund.services.balance_rows import Axis, Row, Source
from fund.web.balance import words
from fund.web.balance.asking import address, asked, period_words
from fund.web.balance.blueprint import READERS, XLSX, blueprint
from fund.web.lists import cursor, neighbours
from workflows.application import ApplicationState
from workflows.permissions import STAFF_ROLES

Code = TypeVar("Code", bound=StrEnum)
Rows = tuple[Row, ...]

DAYS: Final[Mapping[Source, Any]] = {
    Source.CALLS: _l("Opened on"),
    Source.SUBMISSIONS: _l("Submitted on"),
    Source.DECISIONS: _l("Decided on"),
    Source.AWARDS: _l("Decided on"),
    Source.PAYMENTS: _l("Paid on"),
    Source.REPORTS: _l("Accepted on"),
}
Told = tuple[Any, Kind, Callable[[Rows], Value]]
AWARDED: Final[Told] = (_l("Amount awarded"), Kind.EUROS, lambda rows: _sum(rows, lambda row: row.amount))
OUTCOME: Final[Told] = (
    _l("Decision"),
    Kind.TEXT,
    lambda rows: label(ApplicationState.FUNDED if rows[0].funded else ApplicationState.DECLINED),
)
TOLD: Final[Mapping[Figure, tuple[Told, ...]]] = {
    Figure.CALLS: ((_l("Applications submitted"), Kind.COUNT, len),),
    Figure.ASKED: ((_l("Amount asked"), Kind.EUROS, lambda rows: _sum(rows, lambda row: row.amount)),),
    Figure.DECIDED: (OUTCOME,),
    Figure.SUCCESS: (OUTCOME,),
    Figure.AWARDED: (AWARDED,),
    Figure.PAID: ((_l("Amount paid"), Kind.EUROS, lambda rows: _sum(rows, lambda row: row.amount)),),
    Figure.LEVERAGE: (AWARDED, (_l("Co-financing"), Kind.EUROS, lambda rows: _sum(rows, cofinanced))),
    Figure.SECURED: (AWARDED, (_l("Co-financing granted"), Kind.EUROS, lambda rows: _sum(rows, secured))),
    Figure.CONTRIBUTED: (
        AWARDED,
        (_l("Members’ contributions"), Kind.EUROS, lambda rows: _sum(rows, lambda row: row.contributed)),
    ),
    Figure.PEOPLE: ((_l("People reached"), Kind.COUNT, lambda rows: _sum(rows, lambda row: row.amount)),),
}
"""What each row counts for, where it is more than one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One row for people: what it is of, whose, when, and what it counts for."""

    title: str
    reference: str
    lead: str
    url: str
    cells: tuple[Value, ...]


@blueprint.get("/bilan/lignes")
@access(READERS)
def show_rows() -> str:
    session, actor, wanted = current_session(), current_actor(), _wanted()
    behind = rows_behind(session, wanted)
    page = page_of(session, actor, behind, cursor())
    name, kind, definition = words.FIGURES[wanted.figure]
    return render_template(
        "balance/rows.html",
        name=name,
        definition=definition,
        value=shown(behind.value, kind, current_language()) or "–",
        part=_part(wanted, behind),
        period=period_words(wanted.scope),
        columns=_columns(wanted, behind),
        rows=[_shown(wanted, behind, found) for found in page.items],
        count=len(behind.rows),
        hidden=count_hidden(session, actor, behind),
        neighbours=neighbours(page),
        balance_url=address("balance.show", wanted.scope),
        xlsx_url=address("balance.rows_sheet", wanted.scope, **_asked_part(wanted)),
    )


@blueprint.get("/bilan/lignes.xlsx")
@access(READERS)
def rows_sheet() -> Response:
    session, wanted = current_session(), _wanted()
    behind = rows_behind(session, wanted)
    found = [_shown(wanted, behind, each) for each in all_of(session, current_actor(), behind)]
    columns = (Column(gettext("Reference")), Column(gettext("Title")), Column(gettext("Lead organisation")))
    table = Table(
        str(words.FIGURES[wanted.figure][0]),
        columns + _columns(wanted, behind),
        tuple((row.reference, row.title, row.lead, *row.cells) for row in found),
    )
    title = " – ".join(part for part in (table.title, _part(wanted, behind), period_words(wanted.scope)) if part)
    content = write_sheet([table], title, current_language())
    name = gettext("balance-rows-%(figure)s.xlsx", figure=wanted.figure.value.replace("_", "-"))
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


def _wanted() -> Wanted:
    scope = asked().scope() or abort(404)
    axis = _chosen(Axis, "par") if request.args.get("par") else None
    return Wanted(_chosen(Figure, "figure"), scope, axis, request.args.get("valeur", ""))


def _chosen(kind: type[Code], name: str) -> Code:
    try:
        return kind(request.args.get(name, ""))
    except ValueError:
        abort(404)


def _asked_part(wanted: Wanted) -> dict[str, str]:
    part = {} if wanted.axis is None else {"par": wanted.axis.value, "valeur": wanted.code}
    return {"figure": wanted.figure.value, **part}


def _part(wanted: Wanted, behind: Behind) -> str:
    """« Levier : 1. … »; nothing for a figure in all."""
    if wanted.axis is None:
        return ""
    named = behind.indicator.label.of(current_language()) if behind.indicator else ""
    name = named or words.code_name(wanted.axis, wanted.code)
    return f"{words.AXES[wanted.axis][1]}{gettext(': ')}{name}"


def _told(wanted: Wanted, behind: Behind) -> tuple[Told, ...]:
    if behind.indicator is None:
        return TOLD.get(wanted.figure, ())
    name = behind.indicator.label.of(current_language())
    return ((name, Kind.NUMBER, lambda rows: _sum(rows, lambda row: row.numbers[wanted.code])),)


def _columns(wanted: Wanted, behind: Behind) -> tuple[Column, ...]:
    when = () if wanted.figure is Figure.CALLS else (Column(str(DAYS[DEFINITIONS[wanted.figure].source])),)
    return (*when, *(Column(str(name), kind) for name, kind, _ in _told(wanted, behind)))


def _shown(wanted: Wanted, behind: Behind, found: Any) -> Shown:
    rows = behind.rows[found.id]
    when = () if wanted.figure is Figure.CALLS else (day(max(row.day for row in rows)),)
    cells = (*when, *(told(rows) for _, _, told in _told(wanted, behind)))
    if isinstance(found, Call):
        desk = "call_desk.show" if current_actor().has_role(*STAFF_ROLES) else "calls.show"
        url = url_for(desk, reference=found.reference)
        return Shown(found.title(current_language()), found.reference, "", url, cells)
    file = _file_of(found)
    url = url_for("officer.show", reference=file.reference)
    return Shown(file.title or file.reference, found.reference, file.lead.name, url, cells)


def _file_of(found: Any) -> Application:
    """The file of an award, of a payment, of a report; a file itself."""
    if isinstance(found, Application):
        return found
    award = getattr(found, "award", found)
    file: Application = award.application
    return file


def _sum(rows: Rows, number: Callable[[Row], Decimal]) -> Decimal:
    return sum((number(row) for row in rows), Decimal(0))
