"""Documents of a report: the files that its call's report form asks for, kept among those of the application.

They concern the alliance and the fund's staff alone (``Document.is_of_deposit``). Content, versions and scan are
those of every document (``fund.services.documents``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from fund.errors import NotFound
from fund.forms.compiler import slot_of
from fund.forms.definition import FieldType, Words
from fund.models import Document, Report
from fund.models.base import utc_now
from fund.services import journal
from fund.services.documents import Desk, Upload, keep, put_in_place
from fund.services.perform import lock
from fund.services.places import groups_taken
from fund.services.report_writing import require_writable
from fund.storage.kinds import Group
from workflows.permissions import Actor


@dataclass(frozen=True, slots=True)
class ReportPlace:
    """A file that the report asks for. ``slot`` is where the document stands among those of the application."""

    slot: str
    section: Words
    label: Words
    help: Words
    required: bool
    groups: tuple[Group, ...]


def report_places(report: Report) -> list[ReportPlace]:
    """The files that the report form asks for with its present answers, in its order."""
    return list(_places(report))


def report_documents(session: Session, report: Report) -> dict[str, list[Document]]:
    """The documents of the report by place, the latest first, each with who handed it in."""
    before = report.document_slot("")
    query = (
        select(Document)
        .where(
            Document.application_id == report.award.application_id,
            Document.slot.startswith(before, autoescape=True),
        )
        .options(joinedload(Document.uploaded_by))
        .order_by(Document.slot, Document.number.desc())
    )
    found: dict[str, list[Document]] = {}
    for document in session.scalars(query):
        found.setdefault(document.slot, []).append(document)
    return found


def hand_in_document(
    session: Session, actor: Actor, report: Report, slot: str, upload: Upload, *, desk: Desk
) -> Document:
    """Put a document in its place; the one before stays as an earlier version. Commits nothing.

    Raises NotPermitted, NotEditable, NotFound, InvalidInput (under ``file``).
    """
    require_writable(actor, report)
    place = next((place for place in _places(report) if place.slot == slot), None)
    if place is None:
        raise NotFound(f"place {slot}")
    # Read, judged and stored before any row is locked: nobody else waits for an upload.
    kept = keep(session, upload, place.groups, desk=desk)
    lock(session, report)
    require_writable(actor, report)
    application, now = report.award.application, utc_now()
    document = put_in_place(session, actor, application, slot, kept, desk=desk, at=now)
    _note(session, actor, report, document, "report.hand_in_document", now)
    session.flush()
    return document


def remove_document(session: Session, actor: Actor, report: Report, reference: str) -> Document:
    """Take a document back; it stays readable as an earlier version.

    Raises NotPermitted, NotEditable, NotFound.
    """
    lock(session, report)
    require_writable(actor, report)
    before = report.document_slot("")
    documents = report.award.application.documents
    document = next((d for d in documents if d.reference == reference and d.is_present), None)
    if document is None or not document.slot.startswith(before):
        raise NotFound(reference)
    document.removed_at = utc_now()
    _note(session, actor, report, document, "report.remove_document", document.removed_at)
    session.flush()
    return document


def _places(report: Report) -> Iterator[ReportPlace]:
    shown = report.judge_answers(complete=False).shown
    for section in report.rules.report.sections:
        for question in section.fields:
            if question.type is FieldType.FILE and f"{section.key}.{question.key}" in shown:
                yield ReportPlace(
                    slot=report.document_slot(slot_of(section.key, question.key)),
                    section=section.title,
                    label=question.label,
                    help=question.help,
                    required=question.required,
                    groups=groups_taken(question.files),
                )


def _note(session: Session, actor: Actor, report: Report, document: Document, action: str, at: datetime) -> None:
    """Not the document's name: people's names stand in names of files."""
    details = {"document": document.reference, "slot": document.slot, "sha256": document.sha256}
    journal.append(session, actor, report, action, at=at, details=details)
