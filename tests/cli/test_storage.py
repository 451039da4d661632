"""``fund storage``: what is lost, what nobody names, what was not scanned."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from config.settings import Settings
from fund.cli.storage import storage
from fund.db import SessionFactory, unit_of_work
from fund.models import OutboxRow
from fund.services.documents import Desk
from fund.storage.blobs import BlobStore
from tests import documented
from tests.documented import STATUTES
from tests.scenario import World
from workflows.topics import Deadline


@pytest.fixture
def own_settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a store of the test's own."""
    return replace(settings, storage_url=f"file://{tmp_path}/store")


@pytest.fixture
def store(own_settings: Settings) -> BlobStore:
    return BlobStore(own_settings.storage_url)


@pytest.fixture
def kept(factory: SessionFactory, world: World, store: BlobStore) -> str:
    """The SHA-256 of a document that was handed in."""
    with unit_of_work(factory) as session:
        application = documented.draft(session, world)
        return documented.hand_in(session, world, application, STATUTES, desk=Desk(store, scans=False)).sha256


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(storage, arguments, obj=settings)


def test_a_lost_content_is_named_and_ends_in_failure(own_settings: Settings, store: BlobStore, kept: str) -> None:
    assert run(own_settings, "check").exit_code == 0
    store.delete(kept)
    result = run(own_settings, "check")
    assert result.exit_code == 1
    assert kept in result.output


def test_what_nobody_names_is_listed_and_removed_when_asked(
    own_settings: Settings, store: BlobStore, kept: str
) -> None:
    orphan = store.put(BytesIO(b"left by a crash")).sha256
    assert orphan in run(own_settings, "orphans").output
    assert set(store.digests()) == {kept, orphan}
    assert run(own_settings, "orphans", "--remove").exit_code == 0
    assert set(store.digests()) == {kept}


def test_documents_are_scanned_once_there_is_a_scanner(
    own_settings: Settings, factory: SessionFactory, kept: str
) -> None:
    assert run(own_settings, "scan").exit_code == 1
    result = run(replace(own_settings, clamd_url="unix:///nowhere.sock"), "scan")
    assert "1" in result.output
    with factory() as session:
        assert session.scalars(select(OutboxRow).where(OutboxRow.topic == Deadline.DOCUMENT_SCAN.value)).one()
