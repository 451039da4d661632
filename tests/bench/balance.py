"""(k) Milliseconds for the balance (bilan) of 1,000 and 10,000 files, a fifth of them funded, paid, reported on.

Through the whole application, with every table and picture; then the rows behind one figure, and the PDF. The
rows are written as they are, past the triggers, for a balance only reads them. ``python -m tests.bench.balance``
measures it alone.
"""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from sqlalchemy import Engine, Table, insert, text

from fund.app import create_app
from fund.db import make_engine, make_session_factory, unit_of_work
from fund.forms.project import BUDGET
from fund.models.base import Base
from tests.bench.ground import Ground, break_ground, median_ms
from tests.bench.listing import fetch, sign_in, statements
from tests.filling import open_call
from tests.scenario import World
from tests.services.balancing import PRODUCTS, content

SIZES: Final = (1_000, 10_000)
ROUNDS: Final = 10
FUNDED: Final = 5
"""One file in so many is funded."""
COMMUNES: Final = ("31555", "81004", "75056", "33063", "69123", "13055", "59350", "97411")
BEGINNING: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
PERIOD: Final = "du=&au=2027-12-31"


def measure(ground: Ground) -> dict[str, Any]:
    return {f"{size}_files": _measure(ground, size) for size in SIZES}


def _measure(ground: Ground, size: int) -> dict[str, float]:
    url = ground.database(f"balance_{size}")
    engine = make_engine(url)
    _fill(engine, size)
    client = create_app(ground.settings(url)).test_client()
    sign_in(client)
    page, rows = f"/bilan?{PERIOD}", f"/bilan/lignes?figure=asked&par=sdg&valeur=11&{PERIOD}"
    figures = {
        "page_ms": median_ms(lambda: fetch(client, page), ROUNDS),
        "rows_ms": median_ms(lambda: fetch(client, rows), ROUNDS),
        "pdf_ms": median_ms(lambda: fetch(client, f"/bilan.pdf?{PERIOD}"), 3),
        "page_statements": statements(client, page),
        "rows_statements": statements(client, rows),
    }
    engine.dispose()
    return figures


def _fill(engine: Engine, size: int) -> None:
    with unit_of_work(make_session_factory(engine)) as session:
        world = World.make(session)
        call = open_call(session, world, content())
        ids = {"call_id": call.id, "version_id": call.versions[0].id, "lead_id": world.lead_id}
        members = [world.lead_id, world.town_id, world.company_id]
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for name, rows in _rows(size, ids, members):
            connection.execute(insert(_table(name)), rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


Rows = list[dict[str, Any]]


def _rows(size: int, ids: dict[str, int], members: list[int]) -> Iterator[tuple[str, Rows]]:
    files, funded = range(1, size + 1), range(FUNDED, size + 1, FUNDED)
    yield "applications", [_application(n, ids) for n in files]
    yield "sections", [{"application_id": n, "key": "about", "answers": _themes(n)} for n in files]
    yield "sections", [{"application_id": n, "key": BUDGET, "answers": {"products": PRODUCTS}} for n in funded]
    yield "members", [_member(n, member) for n in files for member in members]
    yield "awards", [_award(n, ids) for n in funded]
    yield "reports", [_report(n) for n in funded]
    yield "ledger_entries", [_entry(n, ids["call_id"]) for n in funded]
    yield "ledger_lines", [line for n in funded for line in _lines(n)]


def _subject(n: int, prefix: str, state: str) -> dict[str, Any]:
    at = BEGINNING + timedelta(minutes=60 * n)
    return {"id": n, "reference": f"{prefix}-{n:08}", "state": state, "moved_at": at, "created_at": at}


def _application(n: int, ids: dict[str, int]) -> dict[str, Any]:
    file = _subject(n, "DO", "funded" if n % FUNDED == 0 else "declined")
    more = {"title": f"Projet {n}", "commune_code": COMMUNES[n % len(COMMUNES)], "submitted_at": file["moved_at"]}
    return {**file, **ids, **more, "requested_amount": Decimal(1_000 + n), "total_budget": Decimal(100_000)}


def _themes(n: int) -> dict[str, Any]:
    goals, lever = [str(1 + n % 17), str(1 + n % 5)], 1 + n % 7
    return {"goals": goals, "levers": [str(lever)], "measures": [f"{lever}.{1 + n % 3}"], "story": "Texte. " * 500}


def _member(n: int, organisation: int) -> dict[str, Any]:
    return {"application_id": n, "organisation_id": organisation, "contribution": Decimal(5_000)}


def _award(n: int, ids: dict[str, int]) -> dict[str, Any]:
    day = (BEGINNING + timedelta(minutes=60 * n)).date()
    return {
        **_subject(n, "AT", "closed"),
        "application_id": n,
        "call_id": ids["call_id"],
        "beneficiary_id": ids["lead_id"],
        "beneficiary_name": "Association",
        "purpose": "Projet",
        "signed_on": day,
        "amount": Decimal(1_000),
        "shared_total": Decimal(1_000),
    }


def _report(n: int) -> dict[str, Any]:
    report = _subject(n, "CR", "accepted")
    answers = {"results": {"trained": "12,5", "story": "Tout est fait."}}
    more = {"award_id": n, "final": True, "due_on": report["moved_at"].date(), "spent_amount": Decimal(1_000)}
    return {**report, **more, "submitted_at": report["moved_at"], "people_reached": 10, "answers": answers}


def _entry(n: int, call_id: int) -> dict[str, Any]:
    day = (BEGINNING + timedelta(minutes=60 * n)).date()
    return {
        "id": n,
        "day": day,
        "action": "disbursement.pay",
        "call_id": call_id,
        "award_id": n,
        "subject_type": "disbursement",
        "subject_id": n,
        "subject_reference": f"VE-{n:08}",
    }


def _lines(n: int) -> Iterator[dict[str, Any]]:
    amount, none = Decimal(1_000), Decimal(0)
    yield {"entry_id": n, "account": "paid", "debit": amount, "credit": none}
    yield {"entry_id": n, "account": "ordered", "debit": none, "credit": amount}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, break_ground(Path(folder)) as ground:
        Console().print(measure(ground))


if __name__ == "__main__":
    main()
