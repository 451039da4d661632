"""Files that the program makes itself and can make again, by name, in sets that are whole or absent."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, cast

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs


class Shelf:
    """Sets of files in a folder of the store, behind any fsspec URL. ``mark`` is the file that completes a set.

    The documents of files lie in the same store under their hashes; no name here looks like one.
    """

    def __init__(self, url: str, folder: str, mark: str) -> None:
        self._url = f"{url.rstrip('/')}/{folder}"
        self._mark = mark

    def read_mark(self, key: str) -> bytes | None:
        """The content of the mark, or None where the set is absent or not yet whole."""
        files, root = self._place()
        try:
            return cast(bytes, files.cat_file(f"{root}/{key}/{self._mark}"))
        except FileNotFoundError:
            return None

    def open(self, key: str, name: str) -> BinaryIO:
        """A file of a set, to be read and closed. Raises FileNotFoundError."""
        files, root = self._place()
        return cast(BinaryIO, files.open(f"{root}/{key}/{name}", "rb"))

    def put(self, key: str, sources: Mapping[str, Path], mark: bytes) -> None:
        """Keep a set and then its mark; the sets that were kept before it are let go."""
        files, root = self._place()
        files.makedirs(f"{root}/{key}", exist_ok=True)
        for name, source in sources.items():
            files.put_file(str(source), f"{root}/{key}/{name}")
        # Under its name at once and whole: a set is what a reader finds the mark of.
        waiting = f"{root}/{key}/{secrets.token_hex(8)}.part"
        files.pipe_file(waiting, mark)
        files.mv(waiting, f"{root}/{key}/{self._mark}")
        for path in files.ls(root, detail=False):
            if str(path).rstrip("/").rpartition("/")[2] != key:
                files.rm(path, recursive=True)

    def _place(self) -> tuple[AbstractFileSystem, str]:
        # Asked for at each use, as ``BlobStore`` does: a client made before a fork must not be used after it.
        files, root = url_to_fs(self._url, use_listings_cache=False)
        return files, str(root).rstrip("/")
