"""Scanning a document: by a real clamd where there is one, and without a verdict as long as it is away."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select

from config.settings import Settings
from fund.db import SessionFactory, unit_of_work
from fund.jobs import runtime
from fund.jobs.handling import MAX_ATTEMPTS
from fund.jobs.registry import JOBS
from fund.jobs.relay import relay_due
from fund.jobs.scanning import scan_document
from fund.models import Application, AuditEvent, Document, OutboxRow, OutboxState, Scan
from fund.services import documents
from fund.services.documents import Desk
from fund.storage.blobs import BlobStore
from tests import documented
from tests.documented import PLAN, STATUTES
from tests.jobs.conftest import Outbox, Programs
from tests.scenario import World
from tests.storage.test_scan import HARMLESS_VIRUS, clamd
from workflows.topics import Deadline

__all__ = ["clamd"]  # the fixture of the real scanner

SCANNED = Deadline.DOCUMENT_SCAN.value


@pytest.fixture
def store(settings: Settings) -> BlobStore:
    return BlobStore(settings.storage_url)


@pytest.fixture
def scanner(job_settings: Settings) -> Callable[[str | None], Settings]:
    """Have the jobs of this process ask this clamd."""

    def use(url: str | None) -> Settings:
        complete = replace(job_settings, clamd_url=url)
        runtime.configure(complete)
        return complete

    return use


@pytest.fixture
def hand_in(factory: SessionFactory, world: World, store: BlobStore) -> Callable[..., int]:
    """Hand a document in where a scanner is configured; gives the outbox row that orders the scan."""

    def run(slot: str = STATUTES, data: bytes | None = None) -> int:
        with unit_of_work(factory) as session:
            application = session.scalars(select(Application)).first() or documented.draft(session, world)
            documented.hand_in(session, world, application, slot, data, desk=Desk(store, scans=True))
            query = select(OutboxRow.id).where(OutboxRow.topic == SCANNED).order_by(OutboxRow.id.desc())
            return session.scalars(query).first() or 0

    return run


def scans(factory: SessionFactory) -> list[Scan]:
    with factory() as session:
        return list(session.scalars(select(Document.scan).order_by(Document.id)))


def virus() -> bytes:
    """The scanners' test string inside what looks like a table."""
    return b"a;b\n" + HARMLESS_VIRUS + b";1\n"


@pytest.mark.clamd
def test_a_document_is_scanned_by_the_program_that_takes_scans(
    clamd: dict[str, str],
    factory: SessionFactory,
    redis: Redis,
    scanner: Callable[[str | None], Settings],
    hand_in: Callable[..., int],
    outbox: Outbox,
    until: Callable[[Callable[[], bool]], None],
) -> None:
    programs = Programs(scanner(clamd["unix"]))
    hand_in()
    hand_in(PLAN, virus())
    try:
        programs.relay()
        programs.worker("scans")
        until(lambda: Scan.NOT_SCANNED not in scans(factory))
    finally:
        programs.end()
    assert scans(factory) == [Scan.CLEAN, Scan.INFECTED]


@pytest.mark.clamd
def test_an_infected_document_is_named_in_the_journal_and_empties_its_place(
    clamd: dict[str, str],
    factory: SessionFactory,
    scanner: Callable[[str | None], Settings],
    hand_in: Callable[..., int],
) -> None:
    scanner(clamd["tcp"])
    scan_document(hand_in(PLAN, virus()))
    with factory() as session:
        document = session.scalars(select(Document)).one()
        assert (document.scan, document.threat) == (Scan.INFECTED, "Test.Harmless.UNOFFICIAL")
        assert PLAN not in document.application.present_slots()
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert event is not None
        assert (event.action, event.body["actor"]) == ("application.document_infected", "system")
        assert event.body["details"]["threat"] == "Test.Harmless.UNOFFICIAL"


def test_without_a_verdict_the_scan_is_tried_again_and_parked_in_the_end(
    factory: SessionFactory,
    tmp_path: Path,
    outbox: Outbox,
    scanner: Callable[[str | None], Settings],
    hand_in: Callable[..., int],
) -> None:
    scanner(f"unix://{tmp_path}/nobody.sock")
    row = hand_in()
    scan_document(row)
    assert outbox.row(row).state is OutboxState.PENDING
    assert (outbox.row(row).last_error or "").startswith("ScannerAway")
    for _ in range(MAX_ATTEMPTS):
        scan_document(row)
    assert outbox.row(row).state is OutboxState.PARKED
    assert scans(factory) == [Scan.NOT_SCANNED]


def test_a_lost_content_is_parked_at_once(
    store: BlobStore,
    factory: SessionFactory,
    tmp_path: Path,
    outbox: Outbox,
    scanner: Callable[[str | None], Settings],
    hand_in: Callable[..., int],
) -> None:
    scanner(f"unix://{tmp_path}/nobody.sock")
    row = hand_in()
    with factory() as session:
        store.delete(session.scalars(select(Document.sha256)).one())
    scan_document(row)
    assert outbox.row(row).state is OutboxState.PARKED


def test_where_the_scanner_was_taken_out_the_document_stays_unscanned(
    factory: SessionFactory,
    outbox: Outbox,
    scanner: Callable[[str | None], Settings],
    hand_in: Callable[..., int],
) -> None:
    scanner(None)
    row = hand_in()
    scan_document(row)
    assert outbox.row(row).state is OutboxState.DONE
    assert scans(factory) == [Scan.NOT_SCANNED]


def test_scans_have_a_queue_of_their_own(
    factory: SessionFactory, redis: Redis, hand_in: Callable[..., int], outbox: Outbox
) -> None:
    row = hand_in()
    relay_due(factory, redis)
    assert outbox.row(row).state is OutboxState.ENQUEUED
    assert JOBS[SCANNED].queue == "scans"
    assert redis.lrange("rq:queue:scans", 0, -1) == [f"outbox-{row}".encode()]
    assert outbox.row(row).subject_type == documents.DOCUMENT_SUBJECT
