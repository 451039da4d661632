"""The store of file contents: each is kept once, under the SHA-256 of its bytes, behind any fsspec URL."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileOpener

from fund.errors import FundError

SIZE_LIMIT = 20 * 1024 * 1024
CHUNK = 1024 * 1024
DIGEST = re.compile(r"[0-9a-f]{64}")


class TooLarge(FundError):
    """The content is longer than ``limit`` bytes; nothing of it was kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"longer than {limit} bytes")
        self.limit = limit


class Readable(Protocol):
    """What is read in pieces, from where it stands to its end."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Blob:
    """A kept content: its SHA-256 in lower-case hexadecimal, and its length in bytes."""

    sha256: str
    size: int


class BlobStore:
    """Contents in a local folder or at any fsspec URL (``s3://bucket/prefix`` where s3fs is installed)."""

    def __init__(self, url: str) -> None:
        self._url = url

    def put(self, stream: Readable, *, limit: int = SIZE_LIMIT) -> Blob:
        """Keep what the stream gives. The same content, put again, is the same blob and stays as it was.

        Raises TooLarge as soon as more than ``limit`` bytes came. A crash leaves at most a nameless remainder in
        ``incoming/``, which nothing ever reads.
        """
        files, root = self._place()
        waiting = f"{root}/incoming/{secrets.token_hex(16)}"
        files.makedirs(f"{root}/incoming", exist_ok=True)
        try:
            blob = _written(files, waiting, stream, limit)
            kept = _path(root, blob.sha256)
            # Two people who send the same content at once both move it: to the same name, with the same bytes.
            if not files.exists(kept):
                files.makedirs(kept.rpartition("/")[0], exist_ok=True)
                files.mv(waiting, kept)
        finally:
            if files.exists(waiting):
                files.rm_file(waiting)
        return blob

    def open(self, sha256: str) -> BinaryIO:
        """The content, to be read and closed. Raises FileNotFoundError where the store does not have it."""
        files, root = self._place()
        return cast(BinaryIO, files.open(_path(root, sha256), "rb"))

    def exists(self, sha256: str) -> bool:
        files, root = self._place()
        return bool(files.exists(_path(root, sha256)))

    def size(self, sha256: str) -> int:
        """The length in bytes. Raises FileNotFoundError like ``open``."""
        files, root = self._place()
        return int(files.size(_path(root, sha256)))

    def digests(self) -> Iterator[str]:
        """The SHA-256 of everything that is kept, as the store lists it."""
        files, root = self._place()
        for path in files.find(root):
            digest = str(path).rpartition("/")[2]
            if DIGEST.fullmatch(digest):
                yield digest

    def delete(self, sha256: str) -> None:
        """Delete a content. Raises FileNotFoundError like ``open``."""
        files, root = self._place()
        files.rm_file(_path(root, sha256))

    def _place(self) -> tuple[AbstractFileSystem, str]:
        # Asked for at each use: fsspec keeps one client per process and thread, and a client made before a fork
        # must not be used after it. Listings are not cached, since other processes write to the same store.
        files, root = url_to_fs(self._url, use_listings_cache=False)
        return files, str(root).rstrip("/")


def _path(root: str, sha256: str) -> str:
    """Where a content lies; a folder per first two digits keeps folders short. Raises ValueError for no digest."""
    if not DIGEST.fullmatch(sha256):
        raise ValueError("not a SHA-256 in lower-case hexadecimal")
    return f"{root}/{sha256[:2]}/{sha256}"


def _written(files: AbstractFileSystem, path: str, stream: Readable, limit: int) -> Blob:
    digest, size = hashlib.sha256(), 0
    with files.open(path, "wb") as file:
        for chunk in _chunks(stream):
            size += len(chunk)
            if size > limit:
                raise TooLarge(limit)
            digest.update(chunk)
            file.write(chunk)
        _settle(file)
    return Blob(digest.hexdigest(), size)


def _chunks(stream: Readable) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _settle(file: object) -> None:
    """Make a local file lasting before it gets its name, or a power cut could leave the name without the bytes."""
    if isinstance(file, LocalFileOpener):
        file.flush()
        os.fsync(file.fileno())
