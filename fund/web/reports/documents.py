"""Documents of a report: the files that the call's report form asks for.

GET, POST /comptes-rendus/<ref>/documents           every place, and handing one in (slot, file)
POST      /comptes-rendus/<ref>/documents/retirer   taking one back (document)
"""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from fund.edge.access import access
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import problem_sentence, reason_sentence
from fund.errors import InvalidInput
from fund.forms.fields import Problem
from fund.models import Document, Report
from fund.services.perform import NotEditable
from fund.services.report_documents import (
    ReportPlace,
    hand_in_document,
    remove_document,
    report_documents,
    report_places,
)
from fund.storage.blobs import SIZE_LIMIT
from fund.storage.kinds import KINDS
from fund.web.documents import desk, upload_of
from fund.web.reports.own import WRITERS, Page, blueprint, find_report, writable_report
from fund.web.saving import REFUSED, UNUSABLE


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place as the page shows it; ``error`` is why the file that was just sent is not taken."""

    slot: str
    section: str
    title: str
    help: str
    required: bool
    kinds: str
    accept: str
    current: Document | None
    earlier: list[Document]
    error: str


@blueprint.get("/comptes-rendus/<reference>/documents")
@access(WRITERS)
def documents(reference: str) -> Page:
    return _page(writable_report(reference))


@blueprint.post("/comptes-rendus/<reference>/documents")
@access(WRITERS)
def upload(reference: str) -> Page:
    """Hand a document in; a refusal stands in its place."""
    report, slot = find_report(reference), request.form.get("slot", "")
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _page(report, slot=slot, error=problem_sentence(Problem("file_absent"))), UNUSABLE
    try:
        with writing() as session:
            document = hand_in_document(session, current_actor(), report, slot, upload_of(sent), desk=desk())
    except InvalidInput as refusal:
        return _page(report, slot=slot, error=problem_sentence(refusal.errors["file"][0])), UNUSABLE
    except NotEditable as refusal:
        return _page(report, slot=slot, error=reason_sentence(refusal.reason)), REFUSED
    flash(gettext("“%(name)s” is handed in.", name=document.name), "success")
    return redirect(url_for(".documents", reference=reference, _anchor=_anchor(report, slot)), 303)


@blueprint.post("/comptes-rendus/<reference>/documents/retirer")
@access(WRITERS)
def remove(reference: str) -> Page:
    report = find_report(reference)
    with writing() as session:
        document = remove_document(session, current_actor(), report, request.form.get("document", ""))
    flash(gettext("“%(name)s” was taken back.", name=document.name), "success")
    return redirect(url_for(".documents", reference=reference, _anchor=_anchor(report, document.slot)), 303)


def _anchor(report: Report, slot: str) -> str:
    """The place in the form (``form.section.field``), by which the form's own page links to it."""
    return f"form.{slot.removeprefix(report.document_slot(''))}"


def _page(report: Report, *, slot: str = "", error: str = "") -> str:
    versions = report_documents(current_session(), report)
    views = [
        _view(place, versions.get(place.slot, []), error if place.slot == slot else "")
        for place in report_places(report)
    ]
    return render_template(
        "reports/documents.html",
        report=report,
        award=report.award,
        views=[(_anchor(report, view.slot), view) for view in views],
        maximum=SIZE_LIMIT,
        refused=error if error and slot not in {view.slot for view in views} else "",
    )


def _view(place: ReportPlace, versions: list[Document], error: str) -> PlaceView:
    current = next((document for document in versions if document.is_present), None)
    locale = current_language()
    return PlaceView(
        slot=place.slot,
        section=place.section.of(locale),
        title=place.label.of(locale),
        help=place.help.of(locale),
        required=place.required,
        kinds=gettext(", ").join(label(group) for group in place.groups),
        accept=",".join(f".{name}" for name, kind in KINDS.items() if kind.group in place.groups),
        current=current,
        earlier=[document for document in versions if document is not current],
        error=error,
    )
