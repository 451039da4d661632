"""(d) Notifications per second, from the outbox through relay, Redis and one worker to an SMTP server."""

import time
from typing import Any

from sqlalchemy import insert

from fund.db import unit_of_work
from fund.models import Application, OutboxRow
from tests.bench.ground import Ground
from tests.bench.programs import running
from tests.jobs.mail_server import MailServer
from tests.scenario import World
from workflows.topics import Topic

MESSAGES = 300
PATIENCE = 180.0  # seconds


def measure(ground: Ground) -> dict[str, Any]:
    url = ground.database("notifications")
    _fill(ground, url)
    with MailServer() as server:
        environment = ground.environment(url, SMTP_URL=server.url)
        with running(environment, "worker", "notifications"), running(environment, "relay"):
            first = _await(server, 1)
            last = _await(server, MESSAGES)
    return {"messages": MESSAGES, "messages_per_second": (MESSAGES - 1) / (last - first)}


def _await(server: MailServer, count: int) -> float:
    """The instant, in seconds, at which so many messages had come."""
    end = time.perf_counter() + PATIENCE
    while len(server.received) < count:
        if time.perf_counter() > end:
            raise RuntimeError(f"{len(server.received)} of {count} messages came within {PATIENCE} s")
        time.sleep(0.01)
    return time.perf_counter()


def _fill(ground: Ground, url: str) -> None:
    with unit_of_work(ground.sessions(url)) as session:
        world = World.make(session)
        application: Application = world.draft(session)
        row = {
            "topic": Topic.APPLICATION_SUBMITTED.value,
            "subject_type": "application",
            "subject_id": application.id,
            "recipient_id": world.people["applicant"],
            "payload": {"reference": application.reference, "title": application.title},
        }
        session.execute(insert(OutboxRow), [row] * MESSAGES)
