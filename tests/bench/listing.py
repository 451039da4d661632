"""(c) The officer's list at 1,000, 10,000 and 100,000 files: the first page and one half-way down.

Through the whole application (session, navigation, template) in one process. The files are written by SQL, for the
list only reads them.
"""

import re
import secrets
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from fund.app import create_app
from fund.db import make_engine, make_session_factory, unit_of_work
from fund.models import Application
from fund.services.listing import Order, paginate
from fund.services.references import ALPHABET
from tests.bench.ground import Ground, median_ms
from tests.scenario import PASSWORD, World

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 30
ORDER = Order((Application.moved_at, Application.id))

FILES = text(
    """
    INSERT INTO applications (reference, state, version, moved_at, created_at, imported, is_test, journal_length,
                              call_id, lead_id, title, summary, requested_amount, total_budget, submitted_at,
                              corrections)
    SELECT 'DO-' || lpad(n::text, 8, '0') || :salt,
           (ARRAY['submitted', 'in_review', 'reviewed', 'declined'])[1 + n % 4],
           1, now() - n * interval '1 minute', now(), false, false, 0, :call, :lead,
           'Projet ' || n, '', 1000 + n % 50000, 100000, now(), '{}'
    FROM generate_series(1, :count) AS n
    """
)


def measure(ground: Ground) -> dict[str, Any]:
    sizes = {size: _measure(ground, size) for size in SIZES}
    smallest, largest = sizes[SIZES[0]], sizes[SIZES[-1]]
    return {
        **{f"{size}_files": figures for size, figures in sizes.items()},
        "first_page_largest_over_smallest": largest["first_ms"] / smallest["first_ms"],
        "deep_page_largest_over_smallest": largest["deep_ms"] / smallest["deep_ms"],
    }


def _measure(ground: Ground, size: int) -> dict[str, float]:
    url = ground.database(f"listing_{size}")
    engine = make_engine(url)
    cursor = _fill(engine, size)
    client = create_app(ground.settings(url)).test_client()
    sign_in(client)
    deep = f"/dossiers?cursor={cursor}"
    figures = {
        "first_ms": median_ms(lambda: fetch(client, "/dossiers"), ROUNDS),
        "deep_ms": median_ms(lambda: fetch(client, deep), ROUNDS),
        "first_statements": statements(client, "/dossiers"),
        "deep_statements": statements(client, deep),
    }
    engine.dispose()
    return figures


def _fill(engine: Engine, size: int) -> str:
    """Write the files; returns the cursor of the page half-way down."""
    with unit_of_work(make_session_factory(engine)) as session:
        world = World.make(session)
        salt = "".join(secrets.choice(ALPHABET) for _ in range(4))
        values = {"count": size, "call": world.call_id, "lead": world.lead_id, "salt": salt}
        session.execute(FILES, values)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    with Session(engine) as session:
        middle = select(Application.id).order_by(Application.id).offset(size // 2).limit(1).scalar_subquery()
        page = paginate(session, select(Application).where(Application.id >= middle), ORDER, limit=1)
    if page.next_cursor is None:
        raise RuntimeError("the list has no second half")
    return page.next_cursor


def sign_in(client: FlaskClient) -> None:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/connexion").get_data(as_text=True))
    form = {
        "csrf_token": token[1] if token else "",
        "email": "officer@fonds.example",
        "password": PASSWORD,
    }
    if client.post("/connexion", data=form).status_code != 303:
        raise RuntimeError("the officer could not sign in")


def fetch(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def statements(client: FlaskClient, path: str) -> int:
    """How many SQL statements the page sends."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    event.listen(Engine, "before_cursor_execute", note)
    try:
        fetch(client, path)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return count
