"""Sets of files that are whole or absent."""

from pathlib import Path

import pytest

from fund.storage.blobs import BlobStore
from fund.storage.shelf import Shelf


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"file://{tmp_path}/store" if request.param == "file" else f"memory://{tmp_path}"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.csv"
    path.write_bytes(b"a,b\n1,2\n")
    return path


def test_a_set_is_there_when_its_mark_is(url: str, source: Path) -> None:
    shelf = Shelf(url, "publications", "contenu.json")
    assert shelf.read_mark("one") is None
    shelf.put("one", {"a.csv": source}, b"whole")
    assert shelf.read_mark("one") == b"whole"
    with shelf.open("one", "a.csv") as file:
        assert file.read() == b"a,b\n1,2\n"


def test_a_new_set_takes_the_place_of_the_former(url: str, source: Path) -> None:
    shelf = Shelf(url, "publications", "contenu.json")
    shelf.put("one", {"a.csv": source}, b"1")
    shelf.put("two", {"b.csv": source}, b"2")
    assert shelf.read_mark("one") is None
    assert shelf.read_mark("two") == b"2"
    with pytest.raises(FileNotFoundError):
        shelf.open("one", "a.csv")


def test_files_of_a_set_are_no_contents_of_the_store(url: str, source: Path) -> None:
    shelf, store = Shelf(url, "publications", "contenu.json"), BlobStore(url)
    with source.open("rb") as stream:
        blob = store.put(stream)
    shelf.put("0123456789abcdef0123456789abcdef", {"a.csv": source}, b"1")
    assert list(store.digests()) == [blob.sha256]
