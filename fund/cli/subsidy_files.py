"""Taking a file of other funders' grants in, in bounded memory: what ``fund import subsidies`` does."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from fund.cli.published_files import OnRefusal, OnRows, Outcome, Reading, chunks, past_award
from fund.db import make_session_factory, translated_errors
from fund.schemas.scdl import AwardRecord
from fund.services.subsidies import record_subsidies
from workflows.permissions import IMPORTER

BATCH = 500  # rows of a statement and of a transaction


def import_subsidies(
    engine: Engine,
    path: Path,
    *,
    dry_run: bool,
    on_taken: Callable[[AwardRecord], None],
    on_refusal: OnRefusal,
    on_rows: OnRows,
) -> Outcome:
    """Keep every row that can be read and is not known; a trial (``dry_run``) keeps none and says the same.

    ``on_taken`` is told each new row once it is kept, ``on_refusal`` each fault as it is met, ``on_rows`` how many
    rows of how many were dealt with. Raises EngineAway, Conflict; OSError.
    """
    factory = make_session_factory(engine)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    total = _count_rows(path)
    outcome, reading = Outcome(), Reading(path, on_refusal)
    for batch in chunks(reading.records(), BATCH):
        with factory() as session, translated_errors():
            rows = {record.fingerprint: past_award(record) for record in batch}
            new = record_subsidies(session, IMPORTER, rows, source=path.name, source_digest=digest)
            if not dry_run:
                session.commit()
        for record in batch:
            if record.fingerprint in new:
                on_taken(record)
        outcome.taken += len(new)
        outcome.known += len(batch) - len(new)
        outcome.refused = reading.refused
        on_rows(outcome.rows, total)
    outcome.refused = reading.refused
    return outcome


def _count_rows(path: Path) -> int:
    reading = Reading(path)
    for _ in reading.records():
        pass
    return reading.rows
