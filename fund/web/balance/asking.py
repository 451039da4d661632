"""Which balance is asked for: its query string, and the addresses that lead to it."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, StringField
from wtforms.widgets import DateInput

from fund.edge.formats import day
from fund.forms.fields import Day, PageInput, Problem, YesNo
from fund.models.base import utc_now
from fund.services.balance import Figure
from fund.services.balance_rows import Axis, Scope
from fund.web.forms import SchemaForm
from workflows.engine import paris_day


class BalanceInput(PageInput):
    """The query string, which people read in the address bar: its names are French."""

    du = Day(allow_none=True, load_default=None)
    au = Day(required=True)
    importes = YesNo(load_default=False)

    @validates_schema
    def in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("du") and data.get("au") and data["du"] > data["au"]:
            raise ValidationError(Problem("period_disordered"), "au")


class BalanceForm(SchemaForm):
    schema = BalanceInput
    du = StringField(_l("First day"), widget=DateInput(), description=_l("Empty: since the beginning."))
    au = StringField(_l("Last day"), widget=DateInput(), description=_l("It counts too."))
    importes = BooleanField(_l("Count imported history too"))

    def scope(self) -> Scope | None:
        """The balance asked for, or None: then the fields bear their sentences."""
        found = self.read()
        return None if found is None else Scope(found["du"], found["au"], found["importes"])


def asked() -> BalanceForm:
    """The form as the address fills it in; without dates, the last six months."""
    given = request.args
    if "du" not in given and "au" not in given:
        today = paris_day(utc_now())
        given = MultiDict({**given.to_dict(), "du": months_before(today, 6).isoformat(), "au": today.isoformat()})
    return BalanceForm(formdata=given, meta={"csrf": False})


def months_before(last: date, months: int) -> date:
    """The first of so many months that end with this day: of six to 30 June, 1 January."""
    after = last + timedelta(days=1)
    year, month = divmod(after.year * 12 + after.month - 1 - months, 12)
    return date(year, month + 1, min(after.day, monthrange(year, month + 1)[1]))


def presets(scope: Scope | None) -> list[tuple[str, str, bool]]:
    """Periods that people ask for often, up to today: their name, address, and whether this is it."""
    today = paris_day(utc_now())
    wanted: list[tuple[str, date | None]] = [
        (gettext("The last six months"), months_before(today, 6)),
        (gettext("The last twelve months"), months_before(today, 12)),
        (gettext("Since the beginning"), None),
    ]
    imported = scope.with_imported if scope else False
    offered = [(name, Scope(first, today, imported)) for name, first in wanted]
    return [(name, address("balance.show", each), each == scope) for name, each in offered]


def address(endpoint: str, scope: Scope, **more: str) -> str:
    """The address of a page of this balance."""
    return f"{url_for(endpoint)}?{urlencode({**_query(scope), **more})}"


def rows_address(scope: Scope, figure: Figure, axis: Axis | None = None, code: str = "") -> str:
    """The address of the rows behind a figure, in all or of the rows under one code."""
    part = {} if axis is None else {"par": axis.value, "valeur": code}
    return address("balance.show_rows", scope, figure=figure.value, **part)


def _query(scope: Scope) -> dict[str, str]:
    query = {"du": scope.first.isoformat() if scope.first else "", "au": scope.last.isoformat()}
    return query | ({"importes": "y"} if scope.with_imported else {})


def period_words(scope: Scope) -> str:
    if scope.first is None:
        return str(gettext("Since the beginning, until %(last)s", last=day(scope.last)))
    return str(gettext("From %(first)s to %(last)s", first=day(scope.first), last=day(scope.last)))
