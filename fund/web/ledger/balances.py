"""Where the euros lie: of the fund by call, of a call by award, on any day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import StringField
from wtforms.widgets import DateInput

from fund.documents.charts.facts import Accounts, AccountsLine
from fund.documents.charts.pictures import picture_of
from fund.documents.charts.tabulating import table_of
from fund.edge.access import access
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.forms.fields import Day, PageInput
from fund.models import Call
from fund.services.access import find
from fund.services.ledger import Balances
from fund.services.ledger import balances as sum_balances
from fund.services.ledger_reading import (
    balances_of_awards,
    balances_of_calls,
    count_hidden_awards,
    find_awards,
    find_calls,
)
from fund.web.forms import SchemaForm
from fund.web.ledger.blueprint import READERS, blueprint, entries_behind, tabs_on
from fund.web.lists import cursor, neighbours
from fund.web.saving import UNUSABLE
from workflows.ledger import LedgerAccount

OF_CALLS = tuple(account for account in LedgerAccount if account is not LedgerAccount.ENDOWMENT)
OF_AWARDS = tuple(account for account in OF_CALLS if account is not LedgerAccount.AVAILABLE)
Page = str | tuple[str, int]


class DayInput(PageInput):
    """The query string, which people read in the address bar: its name is French."""

    jour = Day(allow_none=True, load_default=None)


class DayForm(SchemaForm):
    schema = DayInput
    jour = StringField(_l("At the end of this day"), widget=DateInput(), description=_l("Empty: now."))


@dataclass(frozen=True, slots=True)
class Figure:
    """A balance, and the address of the entries behind it."""

    name: str
    amount: Decimal
    url: str


@blueprint.get("/comptes")
@access(READERS)
def index() -> Page:
    form, on = _day_asked()
    if form.errors:
        return render_template("ledger/index.html", form=form, tabs=tabs_on("index"), page=None), UNUSABLE
    session = current_session()
    page = find_calls(session, on=on, cursor=cursor())
    of_calls = balances_of_calls(session, page.items, on=on)
    names = {call.id: call.title(current_language()) for call in page.items}
    return render_template(
        "ledger/index.html",
        form=form,
        tabs=tabs_on("index"),
        on=on,
        page=page,
        figures=_figures(sum_balances(session, on=on), on, accounts=OF_CALLS),
        heads=[label(account) for account in OF_CALLS],
        rows=[
            (call, names[call.id], opened(of_calls[call.id]), _cells(of_calls[call.id], on, call=call.reference))
            for call in page.items
        ],
        view=_picture(gettext("Where the envelope of each call lies"), page.items, names, of_calls),
        **neighbours(page),
    )


@blueprint.get("/comptes/appels/<reference>")
@access(READERS)
def call(reference: str) -> Page:
    session, actor = current_session(), current_actor()
    found: Call = find(session, actor, Call, reference)
    form, on = _day_asked()
    if form.errors:
        return render_template("ledger/call.html", form=form, call=found, page=None), UNUSABLE
    page = find_awards(session, actor, found, on=on, cursor=cursor())
    of_awards = balances_of_awards(session, page.items, on=on)
    own = sum_balances(session, on=on, call_id=found.id)
    return render_template(
        "ledger/call.html",
        form=form,
        call=found,
        on=on,
        page=page,
        figures=_figures(own, on, accounts=OF_CALLS, call=reference),
        heads=[label(account) for account in OF_AWARDS],
        rows=[
            (
                award,
                -of_awards[award.id][LedgerAccount.AVAILABLE],
                _cells(of_awards[award.id], on, accounts=OF_AWARDS, award=award.reference),
            )
            for award in page.items
        ],
        hidden=count_hidden_awards(session, actor, found, on=on),
        view=_picture(
            gettext("Where the envelope lies"),
            [found],
            {found.id: found.title(current_language())},
            {found.id: own},
        ),
        **neighbours(page),
    )


def opened(balances: Balances) -> Decimal:
    """The envelopes in euros: what left the endowment, and lies in the other accounts."""
    return -balances[LedgerAccount.ENDOWMENT]


def _day_asked() -> tuple[DayForm, date | None]:
    form = DayForm(formdata=request.args, meta={"csrf": False})
    found = form.read()
    return form, found["jour"] if found else None


def _figures(
    balances: Balances, on: date | None, *, accounts: tuple[LedgerAccount, ...], call: str | None = None
) -> list[Figure]:
    endowment = entries_behind(LedgerAccount.ENDOWMENT, on, call=call)
    name = gettext("Envelope") if call else gettext("Envelopes opened")
    return [
        Figure(name, opened(balances), endowment),
        *_cells(balances, on, accounts, call),
    ]


def _cells(
    balances: Balances,
    on: date | None,
    accounts: tuple[LedgerAccount, ...] = OF_CALLS,
    call: str | None = None,
    award: str | None = None,
) -> list[Figure]:
    return [
        Figure(label(account), balances[account], entries_behind(account, on, call=call, award=award))
        for account in accounts
    ]


def _picture(
    title: str, calls: Any, names: Mapping[int, str], of_calls: Mapping[int, Balances]
) -> dict[str, Any] | None:
    lines = tuple(
        AccountsLine(names[call.id], **{account.value: of_calls[call.id][account] for account in OF_CALLS})
        for call in calls
        if opened(of_calls[call.id]) > 0
    )
    if not lines:
        return None
    facts, language = Accounts(title, lines), current_language()
    # Our own SVG, in which people's words are escaped.
    return {"title": title, "picture": Markup(picture_of(facts, language)), "table": table_of(facts, language)}  # noqa: S704
