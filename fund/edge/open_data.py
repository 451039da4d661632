"""The published files: made when a fact has changed since they were last made, kept and offered until the next.

Each award is judged by the rules of its form before it is written, and one that breaks a rule is left out and
named; so what is offered is valid, row by row.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from sqlalchemy.orm import Session

from config.settings import Settings
from fund.models.base import utc_now
from fund.schemas.datapackage import CSV, DESCRIPTION, JSON, LICENSE, Offered, describe_package
from fund.schemas.giving import Publisher, write_grants
from fund.schemas.published import grant_of, published
from fund.schemas.scdl import Reason
from fund.schemas.scdl_writer import write_awards
from fund.services.publication import fingerprint, lock_publication, signed_awards
from fund.storage.shelf import Shelf

PUBLISHER = "Fonds ODD 17"
FORM = 1
"""Of the files: raised with every change of how they are written, so that a new program makes them anew."""
MARK = "contenu.json"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An award that the form of one file does not allow, and why, by column or field of that form."""

    file: str
    reference: str
    faults: Mapping[str, list[Reason]]


@dataclass(frozen=True, slots=True)
class OpenData:
    """What is offered. A file without any award is not: it is absent from ``files``."""

    made_at: datetime
    files: tuple[Offered, ...]
    left_out: tuple[LeftOut, ...]

    def find(self, name: str) -> Offered | None:
        return next((file for file in self.files if file.name == name), None)


@dataclass(frozen=True, slots=True)
class Publishing:
    """Where published files are kept, and in whose name they are made."""

    shelf: Shelf
    publisher: Publisher

    @classmethod
    def of(cls, settings: Settings) -> "Publishing":
        return cls(Shelf(settings.storage_url, "publications", MARK), publisher_of(settings))

    def current(self, session: Session) -> tuple[str, OpenData]:
        """The key of the set that tells the facts as they are now, and what is in it. Raises Conflict."""
        key = self._key(session)
        if (found := self._read(key)) is not None:
            return key, found
        lock_publication(session)
        # Whoever held the lock may have made them, of these facts or of newer ones.
        key = self._key(session)
        return key, self._read(key) or self._make(session, key)

    def open(self, key: str, name: str) -> BinaryIO:
        return self.shelf.open(key, name)

    def _key(self, session: Session) -> str:
        own = json.dumps([FORM, fingerprint(session), asdict(self.publisher)])
        return hashlib.sha256(own.encode()).hexdigest()[:32]

    def _read(self, key: str) -> OpenData | None:
        mark = self.shelf.read_mark(key)
        return None if mark is None else _parse(mark)

    def _make(self, session: Session, key: str) -> OpenData:
        with TemporaryDirectory() as name:
            folder = Path(name)
            made = make_files(session, folder, self.publisher)
            mark = json.dumps(asdict(made), default=datetime.isoformat).encode()
            self.shelf.put(key, {file.name: folder / file.name for file in made.files}, mark)
        return made


def publisher_of(settings: Settings) -> Publisher:
    return Publisher(PUBLISHER, settings.giving_prefix, settings.public_url, LICENSE["path"])


def make_files(session: Session, folder: Path, publisher: Publisher) -> OpenData:
    """Write the files and their description into a folder, one award after the other."""
    made_at = utc_now()
    with (folder / CSV).open("w", encoding="utf-8", newline="") as out:
        table = write_awards(map(published, signed_awards(session)), out)
    with (folder / JSON).open("w", encoding="utf-8") as out:
        grants = write_grants(map(grant_of, signed_awards(session)), out, publisher, made_at)
    counts = {CSV: table.written, JSON: grants.count}
    files = tuple(_offered(folder / name, count) for name, count in counts.items() if count)
    if files:
        description = describe_package(files, publisher, made_at)
        (folder / DESCRIPTION).write_text(json.dumps(description, ensure_ascii=False, indent=2) + "\n", "utf-8")
        files = (*files, _offered(folder / DESCRIPTION, 0))
    return OpenData(
        made_at,
        files,
        (
            *(LeftOut(CSV, each.award.reference, each.faults) for each in table.left_out),
            *(LeftOut(JSON, each.reference, each.faults) for each in grants.withheld),
        ),
    )


def _offered(path: Path, rows: int) -> Offered:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Offered(path.name, path.stat().st_size, digest, rows)


def _parse(mark: bytes) -> OpenData:
    facts = json.loads(mark)
    return OpenData(
        datetime.fromisoformat(facts["made_at"]),
        tuple(Offered(**file) for file in facts["files"]),
        tuple(
            LeftOut(each["file"], each["reference"], {k: list(map(Reason, v)) for k, v in each["faults"].items()})
            for each in facts["left_out"]
        ),
    )
