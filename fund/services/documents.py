"""Documents of a file: handing one in, taking it back, reading it, and what the virus scan said.

The content goes into the store first and its row into the database second: a crash between the two leaves a
content that no row names (``fund storage orphans`` finds it), never a row without its content. Whoever hands in
holds a shared lock of the store until the commit, so that no content is cleared away between the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from fund.errors import Conflict, InvalidInput, NotFound
from fund.forms.fields import Problem
from fund.forms.project import BUDGET
from fund.models import Application, Document, OutboxRow, Scan
from fund.models.base import utc_now
from fund.models.document import DEPOSITED
from fund.services import journal
from fund.services.perform import NotEditable, NotPermitted, lock
from fund.services.places import Place, find_place, is_open, leftovers_of, places_of
from fund.services.references import new_reference
from fund.services.writing import EDITABLE, read_part, save_part
from fund.storage.blobs import SIZE_LIMIT, Blob, BlobStore, TooLarge
from fund.storage.kinds import Group, Kind, UnfitFile
from fund.storage.names import safe_name
from fund.storage.sniff import identify
from workflows.permissions import SYSTEM, Actor, Permission, allows
from workflows.topics import Deadline

REFERENCE_PREFIX = "DC"
DOCUMENT_SUBJECT = "document"
"""The subject type of outbox rows that concern one document."""
STORE_LOCK = 7_017_001
"""The number of the advisory lock between handing in (shared) and clearing the store (alone)."""
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: the name that its sender gave it, and its content."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True)
class Desk:
    """Where contents are kept, and whether a virus scan is configured."""

    store: BlobStore
    scans: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A content that was judged fit and is in the store."""

    name: str
    kind: Kind
    blob: Blob


def hand_in(
    session: Session, actor: Actor, application: Application, slot: str, upload: Upload, *, desk: Desk
) -> Document:
    """Put a document in its place; the one before stays as an earlier version. Commits nothing.

    Raises NotPermitted, NotEditable, Conflict (``place_closed``), NotFound for a place that the file does not
    have, InvalidInput (under ``file``) for a content that is not taken there.
    """
    place = _require_open(actor, application, slot)
    # Read, judged and stored before the file's row is locked: nobody else waits for an upload.
    kept = keep(session, upload, place.groups, desk=desk)
    lock(session, application)
    place = _require_open(actor, application, slot)
    now = utc_now()
    document = put_in_place(session, actor, application, slot, kept, desk=desk, at=now)
    _note(session, actor, application, document, "application.hand_in", now)
    if place.line is not None:
        _name_evidence(session, actor, application, place.line.key, document.reference)
    session.flush()
    return document


def remove(session: Session, actor: Actor, application: Application, reference: str) -> Document:
    """Take a document back; it stays readable as an earlier version. Commits nothing.

    Raises NotPermitted, NotEditable, Conflict (``place_closed``), NotFound.
    """
    lock(session, application)
    document = next((d for d in application.documents if d.reference == reference and d.is_present), None)
    if document is None or not document.is_of_deposit:
        raise NotFound(reference)
    _require_writer(actor, application)
    place = find_place(application, document.slot)
    if place is None:
        _require_leftover(application, document)
    elif not is_open(application, place):
        raise Conflict("place_closed")
    document.removed_at = utc_now()
    _note(session, actor, application, document, "application.remove_document", document.removed_at)
    if place is not None and place.line is not None and place.line.evidence == reference:
        _name_evidence(session, actor, application, place.line.key, "")
    session.flush()
    return document


def list_versions(session: Session, application: Application) -> dict[str, list[Document]]:
    """The documents of the file by place, the latest first, each with who handed it in."""
    query = (
        select(Document)
        .where(Document.application_id == application.id, or_(*(Document.slot.startswith(s) for s in DEPOSITED)))
        .options(joinedload(Document.uploaded_by))
        .order_by(Document.slot, Document.number.desc())
    )
    found: dict[str, list[Document]] = {}
    for document in session.scalars(query):
        found.setdefault(document.slot, []).append(document)
    return found


def open_content(document: Document, store: BlobStore) -> BinaryIO:
    """The content, to be read and closed. Raises Conflict (``document_infected``): it is given to nobody."""
    if document.scan is Scan.INFECTED:
        raise Conflict("document_infected")
    return store.open(document.sha256)


# --- what hand-ins and messages share ------------------------------------------------------------------------


def keep(session: Session, upload: Upload, groups: Sequence[Group], *, desk: Desk) -> Kept:
    """Judge a content and put it into the store. Raises InvalidInput with one problem under ``file``."""
    kind = _judge(upload.stream, groups)
    session.execute(select(func.pg_advisory_xact_lock_shared(STORE_LOCK)))
    upload.stream.seek(0)
    try:
        blob = desk.store.put(upload.stream)
    except TooLarge as error:
        raise _too_large() from error
    return Kept(safe_name(upload.name, kind.extension), kind, blob)


def put_in_place(
    session: Session, actor: Actor, application: Application, slot: str, kept: Kept, *, desk: Desk, at: datetime
) -> Document:
    """Put a content that is kept in its place; the one before stays as an earlier version.

    The caller holds the file's lock.
    """
    for former in application.documents:
        if former.slot == slot and former.is_present:
            former.replaced_at = at
    session.flush()  # the former first: the database takes one present document per place
    return add_row(session, actor, application, slot, kept, desk=desk, at=at)


def add_row(
    session: Session, actor: Actor, application: Application, slot: str, kept: Kept, *, desk: Desk, at: datetime
) -> Document:
    """The row of a content that is kept, and the order to scan it; the caller holds the file's lock."""
    last = session.scalar(
        select(func.max(Document.number)).where(Document.application_id == application.id, Document.slot == slot)
    )
    document = Document(
        reference=new_reference(REFERENCE_PREFIX),
        slot=slot,
        number=(last or 0) + 1,
        name=kept.name,
        kind=kept.kind.extension,
        media_type=kept.kind.media_type,
        size=kept.blob.size,
        sha256=kept.blob.sha256,
        uploaded_by_id=actor.person_id,
        uploaded_at=at,
    )
    application.documents.append(document)
    session.flush()
    if desk.scans:
        order_scan(session, document, at)
    return document


def order_scan(session: Session, document: Document, at: datetime) -> None:
    """Have the document scanned; a row of its own, so that one that cannot be scanned keeps no other waiting."""
    session.add(
        OutboxRow(
            topic=Deadline.DOCUMENT_SCAN.value,
            subject_type=DOCUMENT_SUBJECT,
            subject_id=document.id,
            payload={"reference": document.reference},
            created_at=at,
            available_at=at,
        )
    )


def order_missing_scans(session: Session) -> int:
    """Have every document scanned that was not yet, as after a scanner was set up; returns how many."""
    waiting = select(OutboxRow.subject_id).where(
        OutboxRow.topic == Deadline.DOCUMENT_SCAN.value, OutboxRow.done_at.is_(None)
    )
    query = select(Document).where(Document.scan == Scan.NOT_SCANNED, Document.id.not_in(waiting))
    documents = session.scalars(query).all()
    now = utc_now()
    for document in documents:
        order_scan(session, document, now)
    return len(documents)


def record_scan(session: Session, document: Document, *, threat: str | None) -> None:
    """Write down what the scan found: a threat's name, or None for a clean document.

    An infected document empties its place, so the journal tells it. Commits nothing.
    """
    lock(session, document.application)
    if document.scan is not Scan.NOT_SCANNED:
        return
    document.scan = Scan.CLEAN if threat is None else Scan.INFECTED
    document.scanned_at, document.threat = utc_now(), threat
    if threat is not None:
        details = {**_facts(document), "threat": threat}
        application, at = document.application, document.scanned_at
        journal.append(session, SYSTEM, application, "application.document_infected", at=at, details=details)
    session.flush()


def find_orphans(session: Session, store: BlobStore) -> list[str]:
    """The contents that no row names: what a crash left between the store and the database."""
    named = set(session.scalars(select(Document.sha256).distinct()))
    return sorted(set(store.digests()) - named)


def find_lost(session: Session, store: BlobStore) -> list[Document]:
    """The documents whose content the store does not have: what only a backup brings back."""
    kept = set(store.digests())
    documents = session.scalars(select(Document).order_by(Document.id))
    return [document for document in documents if document.sha256 not in kept]


def clear_orphan(session: Session, store: BlobStore, sha256: str) -> bool:
    """Delete a content unless a row names it by now; whether it was deleted.

    Alone in the store until the commit: a hand-in of the same content either has its row, or stores it again.
    """
    session.execute(select(func.pg_advisory_xact_lock(STORE_LOCK)))
    if session.scalar(select(Document.id).where(Document.sha256 == sha256).limit(1)) is not None:
        return False
    store.delete(sha256)
    return True


# --- rules ---------------------------------------------------------------------------------------------------


def may_write(actor: Actor, application: Application) -> bool:
    """Whether the actor is one of those who write this file, whatever its state."""
    return allows(Permission.APPLICATION_WRITE, actor, application.relations(actor))


def _require_writer(actor: Actor, application: Application) -> None:
    if not may_write(actor, application):
        raise NotPermitted(Permission.APPLICATION_WRITE)
    if application.state not in EDITABLE:
        raise NotEditable(application.state)


def _require_open(actor: Actor, application: Application, slot: str) -> Place:
    _require_writer(actor, application)
    place = find_place(application, slot)
    if place is None:
        raise NotFound(f"place {slot}")
    if not is_open(application, place):
        raise Conflict("place_closed")
    return place


def _require_leftover(application: Application, document: Document) -> None:
    """What has no place any more can be taken out while the whole file can be written."""
    if application.corrections or document not in leftovers_of(application, places_of(application)):
        raise Conflict("place_closed")


def _judge(stream: BinaryIO, groups: Sequence[Group]) -> Kind:
    # The length first: what is too long is not read into memory.
    if stream.seek(0, 2) > SIZE_LIMIT:
        raise _too_large()
    try:
        kind = identify(stream)
    except UnfitFile as error:
        raise InvalidInput({"file": [Problem(f"file_{error.code.value}")]}) from error
    if kind.group not in groups:
        raise InvalidInput({"file": [Problem("file_kind", found=kind.extension.upper(), groups=tuple(groups))]})
    return kind


def _too_large() -> InvalidInput:
    return InvalidInput({"file": [Problem("file_too_large", megabytes=SIZE_LIMIT // MEGABYTE)]})


def _note(
    session: Session, actor: Actor, application: Application, document: Document, action: str, at: datetime
) -> None:
    journal.append(session, actor, application, action, at=at, details=_facts(document))


def _facts(document: Document) -> dict[str, Any]:
    """What the journal keeps of a document. Not its name: people's names stand in names of files."""
    return {"document": document.reference, "slot": document.slot, "sha256": document.sha256}


def _name_evidence(
    session: Session, actor: Actor, application: Application, line_key: str, reference: str
) -> None:
    """Write the document's reference into the budget's line (``products.3``), or take it out."""
    part = read_part(application, BUDGET)
    side, _, number = line_key.partition(".")
    rows = [dict(cast(Mapping[str, Any], row)) for row in part.answers[side]]
    rows[int(number)]["evidence"] = reference
    save_part(session, actor, application, BUDGET, {side: rows}, base=part.number)
