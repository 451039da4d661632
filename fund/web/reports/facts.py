"""One report in words, to be read: what was answered, the documents, what the grant was used for."""

from collections.abc import Iterator
from typing import Any

from flask import url_for

from fund.edge.i18n import current_language
from fund.forms.compiler import slot_of
from fund.forms.definition import FieldType
from fund.models import Document, Report
from fund.services.report_writing import OWN, judge_part, part_form, raw_part
from fund.services.reports import use_of
from fund.web.reading import passage_of
from fund.web.readings import FileLink, Passage
from fund.web.reports.parts import chapter_label


def reading_of(report: Report) -> dict[str, Any]:
    """What the pages that show a whole report draw it from."""
    return {
        "passages": list(passages_of(report)),
        "account": report.judge_account(complete=False),
        "has_account": bool(report.account_rows()),
        "threshold": report.rules.reporting.threshold,
        "use": use_of(report),
        "rate": report.rules.grant.rate,
        "chapter_label": chapter_label,
    }


def passages_of(report: Report) -> Iterator[Passage]:
    """What every report says, and the sections of the call's form that its answers ask for."""
    own = part_form(report, OWN)
    raw = raw_part(report, OWN)
    yield passage_of(own, raw, judge_part(report, OWN, raw, complete=False).shown, {})
    shown, files = report.judge_answers(complete=False).shown, _files(report)
    for section in report.rules.report.sections:
        if section.key in shown:
            yield passage_of(section, report.answers.get(section.key) or {}, shown, files)


def _files(report: Report) -> dict[str, tuple[FileLink, ...]]:
    places = {
        report.document_slot(slot): slot
        for section in report.rules.report.sections
        for question in section.fields
        if question.type is FieldType.FILE
        for slot in (slot_of(section.key, question.key),)
    }
    return {
        places[document.slot]: (_link(document),)
        for document in report.award.application.documents
        if document.slot in places and document.is_present
    }


def _link(document: Document) -> FileLink:
    url = url_for("documents.download", reference=document.reference)
    return FileLink(document.name, document.size, document.sha256, url)


def file_stem(report: Report) -> str:
    """The name of a download without its ending: « compte-rendu-CR-… »."""
    return f"{'report' if current_language() == 'en' else 'compte-rendu'}-{report.reference}"
