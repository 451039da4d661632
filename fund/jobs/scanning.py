"""Having one document scanned for viruses."""

from sqlalchemy.orm import Session

from fund.jobs.handling import Hopeless, handle
from fund.jobs.runtime import current_settings
from fund.models import Document, OutboxRow, Scan
from fund.services.documents import record_scan
from fund.storage.blobs import BlobStore
from fund.storage.scan import Outcome, scan


class ScannerAway(Exception):
    """The scanner gave no verdict: it is away, busy, or does not take a file of this size."""


def scan_document(outbox_id: int) -> None:
    """Scan the document of the row and write down the verdict; without one the row is tried again later."""
    handle(outbox_id, _scan)


def _scan(session: Session, row: OutboxRow) -> None:
    document = session.get(Document, row.subject_id)
    settings = current_settings()
    # Without a scanner (it was taken out since) the document stays « not yet scanned », which its pages say.
    if document is None or document.scan is not Scan.NOT_SCANNED or settings.clamd_url is None:
        return
    # Scanned before the file's row is locked: its authors go on writing meanwhile.
    try:
        with BlobStore(settings.storage_url).open(document.sha256) as content:
            verdict = scan(settings.clamd_url, content)
    except FileNotFoundError as error:
        raise Hopeless("the store does not have the content") from error
    if verdict.outcome is Outcome.UNAVAILABLE:
        raise ScannerAway(verdict.detail)
    record_scan(session, document, threat=verdict.detail if verdict.outcome is Outcome.INFECTED else None)
