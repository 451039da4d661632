"""What becomes of documents after they are handed in: their scan, and the store that keeps them."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict
from fund.models import Application, AuditEvent, Document, OutboxRow, Scan
from fund.services import documents
from fund.services.documents import Desk
from tests import documented
from tests.documented import STATUTES
from tests.scenario import World
from workflows.topics import Deadline


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return documented.desk(tmp_path / "store")


@pytest.fixture
def draft(session: Session, world: World) -> Application:
    return documented.draft(session, world)


@pytest.fixture
def hand_in(session: Session, world: World, draft: Application, desk: Desk) -> Callable[[], Document]:
    return lambda: documented.hand_in(session, world, draft, STATUTES, desk=desk)


def actions(session: Session, application: Application) -> list[str]:
    query = select(AuditEvent).where(
        AuditEvent.subject_id == application.id, AuditEvent.subject_type == "application"
    )
    return [event.action for event in session.scalars(query.order_by(AuditEvent.seq))]


def test_a_scan_is_ordered_where_there_is_a_scanner(
    session: Session, world: World, draft: Application, tmp_path: Path
) -> None:
    scanning = documented.desk(tmp_path / "store", scans=True)
    document = documented.hand_in(session, world, draft, STATUTES, desk=scanning)
    row = session.scalars(select(OutboxRow).where(OutboxRow.topic == Deadline.DOCUMENT_SCAN.value)).one()
    assert (row.subject_type, row.subject_id, row.recipient_id) == ("document", document.id, None)


def test_without_a_scanner_none_is_ordered_until_there_is_one(
    session: Session, hand_in: Callable[[], Document]
) -> None:
    hand_in()
    assert session.scalars(select(OutboxRow).where(OutboxRow.topic == Deadline.DOCUMENT_SCAN.value)).all() == []
    assert documents.order_missing_scans(session) == 1
    session.flush()
    assert documents.order_missing_scans(session) == 0


def test_an_infected_document_empties_its_place_and_is_given_to_nobody(
    session: Session, draft: Application, hand_in: Callable[[], Document], desk: Desk
) -> None:
    document = hand_in()
    documents.record_scan(session, document, threat="Test.Harmless")
    assert (document.scan, document.threat) == (Scan.INFECTED, "Test.Harmless")
    assert [asked[0] for asked in draft.missing_documents()] == [STATUTES]
    with pytest.raises(Conflict, match="document_infected"):
        documents.open_content(document, desk.store)
    assert actions(session, draft)[-1] == "application.document_infected"
    assert hand_in().is_present
    assert draft.missing_documents() == []


def test_a_clean_document_is_no_event(
    session: Session, draft: Application, hand_in: Callable[[], Document]
) -> None:
    document = hand_in()
    before = actions(session, draft)
    documents.record_scan(session, document, threat=None)
    assert document.scan is Scan.CLEAN
    assert document.scanned_at is not None
    assert actions(session, draft) == before


def test_orphans_and_losses_are_found(session: Session, hand_in: Callable[[], Document], desk: Desk) -> None:
    document = hand_in()
    orphan = desk.store.put(BytesIO(b"left by a crash")).sha256
    assert documents.find_orphans(session, desk.store) == [orphan]
    assert not documents.clear_orphan(session, desk.store, document.sha256)
    assert documents.clear_orphan(session, desk.store, orphan)
    assert list(desk.store.digests()) == [document.sha256]
    assert documents.find_lost(session, desk.store) == []
    desk.store.delete(document.sha256)
    assert documents.find_lost(session, desk.store) == [document]
