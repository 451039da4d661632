"""(l) Seconds of the ledger's check, milliseconds of its balances and pages, with 1,000 and 10,000 awards.

Each award is signed, paid in three tranches, and tells so in ten entries and in the journal. The rows are written
as they are, past the triggers. ``python -m tests.bench.ledger`` measures it alone.
"""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from sqlalchemy import Engine, Table, insert, select, text
from sqlalchemy.orm import Session

from fund.app import create_app
from fund.db import make_engine, make_session_factory, unit_of_work
from fund.models import Call
from fund.models.base import Base
from fund.services.ledger import balances
from fund.services.ledger_check import check
from tests.bench.ground import Ground, break_ground, median_ms, timed
from tests.bench.listing import fetch, sign_in, statements
from tests.scenario import World

SIZES: Final = (1_000, 10_000)
ROUNDS: Final = 10
TRANCHES: Final = 3
OF_TRANCHE: Final = Decimal(1_000)
WAY: Final = (
    ("disbursement.approve", "ordered", "approved", "committed", "approved"),
    ("disbursement.send", "approved", "sent", "approved", "ordered"),
    ("disbursement.pay", "sent", "paid", "ordered", "paid"),
)
"""The steps of a tranche that move euros: from which state to which, from which account to which."""
RAISED: Final = text(
    "UPDATE ledger_lines SET debit = :sum * sign(debit), credit = :sum * sign(credit)"  # the envelope, whole
)
DAY: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
ENTRIES_AN_AWARD: Final = 1 + TRANCHES * len(WAY)


def measure(ground: Ground) -> dict[str, Any]:
    return {f"{size}_awards": _measure(ground, size) for size in SIZES}


def _measure(ground: Ground, size: int) -> dict[str, float]:
    url = ground.database(f"ledger_{size}")
    engine = make_engine(url)
    call = _fill(engine, size)
    client = create_app(ground.settings(url)).test_client()
    sign_in(client)
    with Session(engine) as session:
        found = check(session)
        if found.faults or found.entries <= size * TRANCHES:
            raise RuntimeError(f"what was written does not agree: {found}")
        figures = {
            "entries": found.entries,
            "check_seconds": timed(lambda: check(session)),
            "balance_of_the_fund_ms": median_ms(lambda: balances(session), ROUNDS),
            "balance_of_a_past_day_ms": median_ms(lambda: balances(session, on=DAY.date()), ROUNDS),
        }
    pages = {"balances": "/comptes", "awards": f"/comptes/appels/{call}", "entries": "/comptes/ecritures"}
    for name, page in pages.items():
        figures[f"page_of_{name}_ms"] = median_ms(lambda page=page: fetch(client, page), ROUNDS)  # type: ignore[misc]  # bound now
        figures[f"page_of_{name}_statements"] = statements(client, page)
    engine.dispose()
    return figures


def _fill(engine: Engine, size: int) -> str:
    """Write the awards; returns the reference of their call."""
    with unit_of_work(make_session_factory(engine)) as session:
        world = World.make(session)
        call = session.get_one(Call, world.call_id)
        call.envelope = size * TRANCHES * OF_TRANCHE
        session.flush()
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(RAISED, {"sum": call.envelope})
        ids = {"call_id": call.id, "beneficiary_id": world.lead_id}
        reference = call.reference
        last = session.scalar(select(_table("ledger_entries").c.id).order_by(text("id DESC")).limit(1)) or 0
        first_event = session.scalar(select(_table("audit_events").c.id).order_by(text("id DESC")).limit(1)) or 0
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for start in range(1, size + 1, 1_000):
            for name, rows in _rows(range(start, min(start + 1_000, size + 1)), ids, last, first_event):
                connection.execute(insert(_table(name)), rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return reference


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


Rows = list[dict[str, Any]]


def _rows(awards: range, ids: dict[str, int], last: int, first_event: int) -> Iterator[tuple[str, Rows]]:
    moves = [move for n in awards for move in _moves(n)]
    number = (awards.start - 1) * ENTRIES_AN_AWARD
    yield "applications", [_application(n, ids) for n in awards]
    yield "awards", [_award(n, ids) for n in awards]
    yield "disbursements", [_tranche(n, part) for n in awards for part in range(TRANCHES)]
    yield "audit_events", [_event(first_event + number + k, move) for k, move in enumerate(moves, 1)]
    yield (
        "ledger_entries",
        [
            {**_entry(last + number + k, move), "call_id": ids["call_id"], "event_id": first_event + number + k}
            for k, move in enumerate(moves, 1)
        ],
    )
    yield "ledger_lines", [line for k, move in enumerate(moves, 1) for line in _lines(last + number + k, move)]


def _moves(n: int) -> Iterator[dict[str, Any]]:
    """What the steps of an award and of its tranches moved, each with its place in its subject's chain."""
    whole = TRANCHES * OF_TRANCHE
    award = {"subject_type": "award", "subject_id": n, "reference": f"AT-{n:08}", "award": n, "amount": whole}
    yield {
        **award,
        "seq": 1,
        "action": "award.create",
        "states": (None, "active"),
        "way": ("available", "committed"),
    }
    for part in range(TRANCHES):
        id_ = n * TRANCHES + part
        tranche = {"subject_type": "disbursement", "subject_id": id_, "reference": f"VE-{id_:08}", "award": n}
        for seq, (action, before, after, source, target) in enumerate(WAY, 1):
            move = {"seq": seq, "action": action, "states": (before, after), "way": (source, target)}
            yield {**tranche, **move, "amount": OF_TRANCHE}


def _subject(id_: int, prefix: str, state: str) -> dict[str, Any]:
    return {"id": id_, "reference": f"{prefix}-{id_:08}", "state": state, "moved_at": DAY, "created_at": DAY}


def _application(n: int, ids: dict[str, int]) -> dict[str, Any]:
    file = {**_subject(n, "DO", "funded"), "call_id": ids["call_id"], "lead_id": ids["beneficiary_id"]}
    return {
        **file,
        "title": f"Projet {n}",
        "commune_code": "31555",
        "submitted_at": DAY,
        "requested_amount": Decimal(1_000),
        "total_budget": Decimal(9_000),
    }


def _award(n: int, ids: dict[str, int]) -> dict[str, Any]:
    amount = TRANCHES * OF_TRANCHE
    more = {"beneficiary_name": f"Association {n}", "purpose": "Projet", "signed_on": DAY.date()}
    award = {**_subject(n, "AT", "active"), **ids, **more, "application_id": n}
    return {**award, "amount": amount, "shared_total": amount}


def _tranche(n: int, part: int) -> dict[str, Any]:
    tranche = {**_subject(n * TRANCHES + part, "VE", "paid"), "award_id": n, "position": part + 1}
    return {**tranche, "amount": OF_TRANCHE, "paid_amount": OF_TRANCHE, "paid_on": DAY.date()}


def _event(id_: int, move: dict[str, Any]) -> dict[str, Any]:
    now = DAY.isoformat(timespec="microseconds")
    changes = {"state": move["states"]}
    body = {"action": move["action"], "at": now, "recorded": now, "changes": changes}
    subject = {name: move[name] for name in ("subject_type", "subject_id", "seq")}
    return {"id": id_, **subject, "body": body, "hash": b"0" * 32}


def _entry(id_: int, move: dict[str, Any]) -> dict[str, Any]:
    subject = {name: move[name] for name in ("subject_type", "subject_id", "action")}
    more = {"subject_reference": move["reference"], "award_id": move["award"]}
    return {"id": id_, "day": DAY.date(), "booked_at": DAY, **subject, **more}


def _lines(entry: int, move: dict[str, Any]) -> Iterator[dict[str, Any]]:
    amount, (source, target) = move["amount"], move["way"]
    yield {"entry_id": entry, "account": target, "debit": amount, "credit": Decimal(0)}
    yield {"entry_id": entry, "account": source, "debit": Decimal(0), "credit": amount}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, break_ground(Path(folder)) as ground:
        Console().print(measure(ground))


if __name__ == "__main__":
    main()
