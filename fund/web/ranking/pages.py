"""The three views of a call's scores, and all of them in one spreadsheet."""

from io import BytesIO
from typing import Any

from flask import Response, render_template, request, send_file, url_for
from flask_babel import gettext
from markupsafe import Markup

from fund.documents.charts.facts import Facts
from fund.documents.charts.pictures import picture_of
from fund.documents.charts.tabulating import table_of
from fund.documents.tables import write_sheet
from fund.edge.access import access, only
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session
from fund.models import Call
from fund.services.access import find
from fund.services.assessment import FEW_FILES, assess_reviewers
from fund.services.coverage import cover_call
from fund.services.ranking import rank_call
from fund.web.ranking import facts
from fund.web.ranking.blueprint import blueprint
from workflows.permissions import STAFF_ROLES, Role

READERS = only(*STAFF_ROLES, Role.COMMITTEE, Role.CHAIR)
PER_PAGE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/appels/<reference>/classement")
@access(READERS)
def show(reference: str) -> str:
    call = _find(reference)
    ranking = rank_call(current_session(), current_actor(), call)
    pages = max(-(-len(ranking.files) // PER_PAGE), 1)
    page = _page_number(pages)
    first = (page - 1) * PER_PAGE
    return _render(
        "show",
        call,
        ranking=ranking,
        picture=_picture(facts.ranking_facts(ranking)),
        lines=[(first + place, file) for place, file in enumerate(ranking.files[first : first + PER_PAGE], 1)],
        page=page,
        pages=pages,
        discussion_words=facts.discussion_words,
        scored=sum(file.score is not None for file in ranking.files),
        awaiting=sum(file.awaits_discussion for file in ranking.files),
        can_open=current_actor().has_role(Role.OFFICER),
    )


@blueprint.get("/appels/<reference>/classement/evaluateurs")
@access(READERS)
def readers(reference: str) -> str:
    call = _find(reference)
    assessment = assess_reviewers(current_session(), current_actor(), call)
    return _render(
        "readers",
        call,
        assessment=assessment,
        verdict=facts.VERDICTS[assessment.overall.verdict],
        few=FEW_FILES,
        agreement=facts.agreement_table(assessment),
        groups=facts.groups_sentence(assessment),
        views=[_view(facts.severity_facts(assessment)), _view(facts.progress_facts(assessment))],
    )


@blueprint.get("/appels/<reference>/classement/couverture")
@access(READERS)
def coverage(reference: str) -> str:
    call = _find(reference)
    found = cover_call(current_session(), current_actor(), call)
    views = [_view(facts.coverage_facts(kind, lines)) for kind, lines in found.items()]
    return _render("coverage", call, views=views)


@blueprint.get("/appels/<reference>/classement.xlsx")
@access(READERS)
def download(reference: str) -> Response:
    """Every table, with all its rows."""
    session, actor, call, language = current_session(), current_actor(), _find(reference), current_language()
    assessment = assess_reviewers(session, actor, call)
    tables = [
        facts.ranking_table(rank_call(session, actor, call)),
        facts.agreement_table(assessment),
        table_of(facts.severity_facts(assessment), language),
        table_of(facts.progress_facts(assessment), language),
        *(
            table_of(facts.coverage_facts(kind, lines), language)
            for kind, lines in cover_call(session, actor, call).items()
        ),
    ]
    content = write_sheet(tables, facts.document_title(call), language)
    name = gettext("ranking-%(reference)s.xlsx", reference=call.reference)
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


def _find(reference: str) -> Call:
    call: Call = find(current_session(), current_actor(), Call, reference)
    return call


def _render(view: str, call: Call, **context: Any) -> str:
    names = {"show": gettext("Files"), "readers": gettext("Reviewers"), "coverage": gettext("Coverage")}
    tabs = [
        (name, url_for(f"ranking.{endpoint}", reference=call.reference), endpoint == view, None)
        for endpoint, name in names.items()
    ]
    is_staff = current_actor().has_role(*STAFF_ROLES)
    above = (gettext("Committee"), url_for("committee.index"))
    if is_staff:
        above = (call.reference, url_for("call_desk.show", reference=call.reference))
    crumbs = [above, (gettext("Scores and coverage"), None)]
    return render_template(
        f"ranking/{view}.html", call=call, tabs=tabs, crumbs=crumbs, is_staff=is_staff, **context
    )


def _page_number(pages: int) -> int:
    text = request.args.get("page", "1")
    return min(max(int(text), 1), pages) if text.isdecimal() and len(text) < 6 else 1


def _picture(found: Facts) -> Markup:
    return Markup(picture_of(found, current_language()))  # noqa: S704 - our own SVG, in which people's words are escaped


def _view(found: Facts) -> dict[str, Any]:
    return {"title": found.title, "picture": _picture(found), "table": table_of(found, current_language())}
