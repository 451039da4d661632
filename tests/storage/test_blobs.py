"""Contents are kept once, whole or not at all."""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from fund.storage.blobs import CHUNK, SIZE_LIMIT, Blob, BlobStore, TooLarge

CONTENT = "Convention d'alliance à Roques".encode()
DIGEST = hashlib.sha256(CONTENT).hexdigest()
NOWHERE = "0" * 64


@pytest.fixture(params=["folder", "url", "elsewhere"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlobStore]:
    """A folder by its path and by its URL, and a store that is no folder."""
    if request.param == "elsewhere":
        yield BlobStore("memory://bucket/files")
        MemoryFileSystem.store.clear()
    else:
        folder = tmp_path / "with space" / "été"
        yield BlobStore(str(folder) if request.param == "folder" else f"file://{folder}")


class Gone(Exception):
    """The sender's line broke."""


class Breaking:
    """A stream that breaks off after its first piece."""

    def __init__(self) -> None:
        self.pieces = [b"first piece"]

    def read(self, size: int, /) -> bytes:
        if not self.pieces:
            raise Gone
        return self.pieces.pop()[:size]


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_content_is_found_under_its_digest(store: BlobStore) -> None:
    assert not store.exists(DIGEST)
    blob = store.put(BytesIO(CONTENT))
    assert blob == Blob(DIGEST, len(CONTENT))
    assert store.exists(DIGEST)
    assert store.size(DIGEST) == len(CONTENT)
    with store.open(DIGEST) as file:
        assert file.read() == CONTENT
        assert file.seek(0) == 0


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    store = BlobStore(str(tmp_path))
    assert store.put(BytesIO(CONTENT)) == store.put(BytesIO(CONTENT))
    assert [path.name for path in files_below(tmp_path)] == [DIGEST]


def test_a_content_put_again_is_not_written_again(tmp_path: Path) -> None:
    store = BlobStore(str(tmp_path))
    store.put(BytesIO(CONTENT))
    (kept,) = files_below(tmp_path)
    before = kept.stat().st_ino
    store.put(BytesIO(CONTENT))
    assert kept.stat().st_ino == before


def test_a_long_content_keeps_every_piece(store: BlobStore) -> None:
    content = bytes(range(256)) * (CHUNK // 100)
    blob = store.put(BytesIO(content))
    assert blob == Blob(hashlib.sha256(content).hexdigest(), len(content))
    with store.open(blob.sha256) as file:
        assert file.read() == content


def test_a_content_of_just_the_limit_is_kept(store: BlobStore) -> None:
    assert store.put(BytesIO(b"x" * 1000), limit=1000).size == 1000


def test_a_content_past_the_limit_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TooLarge) as caught:
        BlobStore(str(tmp_path)).put(BytesIO(b"x" * 1001), limit=1000)
    assert caught.value.limit == 1000
    assert files_below(tmp_path) == []


def test_the_limit_is_noticed_without_reading_on(tmp_path: Path) -> None:
    endless = BytesIO(b"x" * (SIZE_LIMIT + 5 * CHUNK))
    with pytest.raises(TooLarge):
        BlobStore(str(tmp_path)).put(endless)
    assert endless.tell() == SIZE_LIMIT + CHUNK


def test_a_stream_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Gone):
        BlobStore(str(tmp_path)).put(Breaking())
    assert files_below(tmp_path) == []


CRASH = """
import os, sys
from fund.storage.blobs import BlobStore

class Killing:
    def read(self, size, /):
        if self.__dict__.setdefault("read_before", False):
            os.kill(os.getpid(), 9)
        self.read_before = True
        return b"a piece"

BlobStore(sys.argv[1]).put(Killing())
"""


def test_a_process_killed_while_writing_leaves_no_half_file(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", CRASH, str(tmp_path)], check=False, cwd=Path(__file__).parents[2]
    )
    assert killed.returncode == -9
    left = files_below(tmp_path)
    assert [path.parent.name for path in left] == ["incoming"]
    store = BlobStore(str(tmp_path))
    assert not store.exists(hashlib.sha256(b"a piece").hexdigest())


def test_many_who_send_the_same_at_once_all_succeed(tmp_path: Path) -> None:
    store = BlobStore(str(tmp_path))
    content = CONTENT * 10_000
    together = threading.Barrier(8)
    blobs: list[Blob] = []

    def send() -> None:
        together.wait(timeout=20)
        blobs.append(store.put(BytesIO(content)))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blobs == [Blob(hashlib.sha256(content).hexdigest(), len(content))] * 8
    assert len(files_below(tmp_path)) == 1


def test_what_is_not_there_is_said_so(store: BlobStore) -> None:
    with pytest.raises(FileNotFoundError):
        store.open(NOWHERE)
    with pytest.raises(FileNotFoundError):
        store.size(NOWHERE)


@pytest.mark.parametrize("name", ["", "../secret_key", DIGEST.upper(), DIGEST + "/", DIGEST[:-1], f"{DIGEST}\n"])
def test_only_digests_are_looked_for(store: BlobStore, name: str) -> None:
    for ask in (store.open, store.exists, store.size):
        with pytest.raises(ValueError, match="SHA-256"):
            ask(name)
