"""The entries: found by call, award, account and period, and taken away for the accountant."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from flask import (
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    stream_with_context,
    url_for,
)
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectField, StringField
from wtforms.widgets import DateInput

from fund.documents.ledger_sheets import fec_lines, ledger_workbook
from fund.edge.access import access
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.ledger_export import SHEET_LINES, rows_of
from fund.edge.ledger_words import action_words
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.forms.fields import Day, PageInput, Problem, Text
from fund.models import Award, Call, LedgerEntry
from fund.models.base import utc_now
from fund.services.access import find
from fund.services.ledger_reading import Wanted, count_hidden, find_entries, turnover_of
from fund.web.forms import SchemaForm
from fund.web.ledger.blueprint import KEEPERS, READERS, blueprint, page_of, tabs_on
from fund.web.lists import neighbours
from fund.web.saving import UNUSABLE
from workflows.engine import paris_day
from workflows.ledger import LedgerAccount

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("fec", "xlsx")
Page = str | AnyResponse | tuple[str, int]


class EntriesInput(PageInput):
    """The query string, which people read in the address bar: its names are French."""

    appel = Text(maximum=20, load_default="")
    attribution = Text(maximum=20, load_default="")
    compte = Text(maximum=20, load_default="")
    du = Day(allow_none=True, load_default=None)
    au = Day(allow_none=True, load_default=None)
    page = Text(maximum=500, load_default="")

    @validates_schema
    def in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("du") and data.get("au") and data["du"] > data["au"]:
            raise ValidationError(Problem("period_disordered"), "au")


class EntriesForm(SchemaForm):
    """The filters; the place in the list is a link."""

    schema = EntriesInput
    appel = SelectField(_l("Call"), validate_choice=False)
    attribution = StringField(_l("Reference of the award"), render_kw={"maxlength": 20, "autocomplete": "off"})
    compte = SelectField(_l("Account"), validate_choice=False)
    du = StringField(_l("First day"), widget=DateInput())
    au = StringField(_l("Last day"), widget=DateInput())

    def offer(self) -> None:
        """Fill the choices: the calls that the ledger knows, and its accounts."""
        known = (
            select(Call).where(Call.id.in_(select(LedgerEntry.call_id))).order_by(Call.opens_at.desc(), Call.id)
        )
        calls = [(call.reference, call.title(current_language())) for call in current_session().scalars(known)]
        self.appel.choices = [("", gettext("All calls")), *calls]
        accounts = [(account.value, label(account)) for account in LedgerAccount]
        self.compte.choices = [("", gettext("All accounts")), *accounts]

    def wanted(self) -> tuple[Wanted, str | None] | None:
        """Which entries, and the place in the list; None where the fields bear why not."""
        found = self.read({"page": request.args["page"]} if "page" in request.args else None)
        if found is None:
            return None
        call_id = self._id_of(Call, "appel", found["appel"])
        award_id = self._id_of(Award, "attribution", found["attribution"].strip().upper())
        if self.errors:
            return None
        account = _account(found["compte"])
        wanted = Wanted(call_id=call_id, award_id=award_id, account=account, since=found["du"], until=found["au"])
        return wanted, found["page"] or None

    def _id_of(self, model: type[Call | Award], name: str, reference: str) -> int | None:
        if not reference:
            return None
        try:
            subject: Call | Award = find(current_session(), current_actor(), model, reference)
        except NotFound:
            self.show_problems({name: [Problem("unknown_reference")]})
            return None
        return subject.id


@dataclass(frozen=True, slots=True)
class Line:
    """One side of an entry, on its page."""

    entry: LedgerEntry
    words: str
    url: str | None
    account: str
    debit: Decimal
    credit: Decimal


@blueprint.get("/comptes/ecritures")
@access(READERS)
def entries() -> Page:
    form = _form()
    asked = form.wanted()
    if asked is None:
        return _unusable(form)
    wanted, place = asked
    session, actor = current_session(), current_actor()
    page = find_entries(session, actor, wanted, cursor=place)
    filters = {name: value for name, value in request.args.items() if name != "page"}
    return render_template(
        "ledger/entries.html",
        form=form,
        tabs=tabs_on("entries"),
        page=page,
        lines=[line for entry in page.items for line in _lines(entry, wanted.account)],
        turnover=turnover_of(session, actor, wanted),
        hidden=count_hidden(session, actor, wanted),
        account=wanted.account,
        is_filtered=any(filters.values()),
        exports={kind: _address(filters, kind) for kind in KINDS} if actor.has_role(*KEEPERS.roles) else {},
        **neighbours(page),
    )


@blueprint.get("/comptes/ecritures.<any(fec, xlsx):kind>")
@access(KEEPERS)
def take(kind: str) -> Page:
    """The entries that the page shows, whole and in the order of their booking."""
    form = _form()
    asked = form.wanted()
    if asked is None:
        return _unusable(form)
    wanted, _ = asked
    session, actor = current_session(), current_actor()
    name = gettext("grant-ledger-%(day)s", day=paris_day(utc_now()).isoformat())
    if kind == "fec":
        # UTF-8 is named: the article asks for a known encoding, and accounting programs ask the file's name.
        lines = (line.encode() for line in fec_lines(rows_of(session, actor, wanted)))
        headers = {"Content-Disposition": f'attachment; filename="{name}.txt"'}
        return Response(stream_with_context(lines), content_type="text/plain; charset=utf-8", headers=headers)
    if 2 * turnover_of(session, actor, wanted).entries > SHEET_LINES:
        flash(
            gettext("These are more lines than a spreadsheet holds. Choose a shorter period, or take the FEC."),
            "warning",
        )
        return redirect(_address(request.args.to_dict()), 303)
    content = ledger_workbook(rows_of(session, actor, wanted), current_language())
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx")


def _form() -> EntriesForm:
    form = EntriesForm(formdata=request.args, meta={"csrf": False})
    form.offer()
    return form


def _unusable(form: EntriesForm) -> tuple[str, int]:
    return render_template("ledger/entries.html", form=form, tabs=tabs_on("entries"), page=None), UNUSABLE


def _account(code: str) -> LedgerAccount | None:
    if not code:
        return None
    try:
        return LedgerAccount(code)
    except ValueError:
        abort(404)


def _address(filters: Mapping[str, str], kind: str | None = None) -> str:
    """The list with these filters, or the file of it. By hand: to ``url_for`` some names are orders."""
    path = url_for("ledger.take", kind=kind) if kind else url_for("ledger.entries")
    query = urlencode({name: value for name, value in filters.items() if value})
    return f"{path}?{query}" if query else path


def _lines(entry: LedgerEntry, account: LedgerAccount | None) -> list[Line]:
    """Both sides of an entry; of one account, its own side."""
    words = action_words(entry.subject_type, entry.action)
    url = page_of(entry.subject_type, entry.subject_reference)
    return [
        Line(entry, words, url, label(line.account), line.debit, line.credit)
        for line in entry.lines
        if account is None or line.account is account
    ]
