"""The balance on screen, on paper and as a spreadsheet."""

from io import BytesIO

from flask import Response, abort, render_template, send_file
from flask_babel import gettext, pgettext
from markupsafe import Markup

from fund.documents.balance import balance_pdf
from fund.documents.charts.facts import Facts
from fund.documents.charts.pictures import picture_of
from fund.documents.tables import shown, write_sheet
from fund.edge.access import access
from fund.edge.i18n import current_language
from fund.edge.requests import current_session
from fund.models.base import utc_now
from fund.services.balance import Balance, draw_up
from fund.services.balance_rows import Scope
from fund.web.balance import words
from fund.web.balance.asking import address, asked, period_words, presets, rows_address
from fund.web.balance.blueprint import READERS, XLSX, blueprint
from fund.web.balance.facts import View, totals_table, views_of
from fund.web.saving import UNUSABLE

Page = str | tuple[str, int]


@blueprint.get("/bilan")
@access(READERS)
def show() -> Page:
    form = asked()
    scope = form.scope()
    if scope is None:
        return render_template("balance/show.html", form=form, presets=presets(None), balance=None), UNUSABLE
    balance = draw_up(current_session(), scope)
    views = views_of(balance)
    return render_template(
        "balance/show.html",
        form=form,
        presets=presets(scope),
        balance=balance,
        period=period_words(scope),
        figures=_figures(balance),
        views=[(view, [(each.title, _picture(each)) for each in view.pictures]) for view in views],
        glossary=[(name, text) for name, _, text in words.FIGURES.values()],
        notes=words.general_notes(),
        pdf_url=address("balance.paper", scope),
        xlsx_url=address("balance.sheet", scope),
    )


@blueprint.get("/bilan.pdf")
@access(READERS)
def paper() -> Response:
    scope = _scope()
    balance = draw_up(current_session(), scope)
    facts = {
        "period": period_words(scope),
        "scope": gettext("Imported history is counted.") if scope.with_imported else "",
        "figures": [(name, value) for name, value, _ in _figures(balance)],
        "views": [_on_paper(view) for view in views_of(balance)],
        "glossary": [(str(name), str(text)) for name, _, text in words.FIGURES.values()],
        "notes": words.general_notes(),
    }
    content = balance_pdf(facts, current_language(), utc_now())
    return send_file(BytesIO(content), mimetype="application/pdf", download_name=_file_name(scope, "pdf"))


@blueprint.get("/bilan.xlsx")
@access(READERS)
def sheet() -> Response:
    scope = _scope()
    balance = draw_up(current_session(), scope)
    tables = [totals_table(balance), *(view.table for view in views_of(balance))]
    title = f"{pgettext('of a period', 'Balance')} – {period_words(scope)}"
    content = write_sheet(tables, title, current_language())
    name = _file_name(scope, "xlsx")
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


def _scope() -> Scope:
    """The balance of a download, whose address a page gave: one that is none is not found."""
    return asked().scope() or abort(404)


def _figures(balance: Balance) -> list[tuple[str, str, str]]:
    """Name, value and address of each figure in all."""
    language = current_language()
    return [
        (
            str(name),
            shown(balance.totals[figure], kind, language) or "–",
            rows_address(balance.scope, figure) if balance.totals[figure] else "",
        )
        for figure, (name, kind, _) in words.FIGURES.items()
    ]


def _on_paper(view: View) -> dict[str, object]:
    language = current_language()
    kinds = [column.kind for column in view.table.columns]
    return {
        "title": view.title,
        "note": view.note,
        "pictures": [picture_of(each, language) for each in view.pictures],
        "columns": [column.label for column in view.table.columns],
        "numeric": [kind != "text" for kind in kinds],
        "rows": [
            [shown(value, kind, language) or "–" for value, kind in zip(row, kinds, strict=True)]
            for row in view.table.rows
        ],
    }


def _picture(found: Facts) -> Markup:
    return Markup(picture_of(found, current_language()))  # noqa: S704 - our own SVG, in which people's words are escaped


def _file_name(scope: Scope, ending: str) -> str:
    first = f"{scope.first}-" if scope.first else ""
    return str(gettext("balance-%(period)s.%(ending)s", period=f"{first}{scope.last}", ending=ending))
