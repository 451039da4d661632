"""A mail server, people to write to, and relays and workers as the processes that they are."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import func, insert, select

from config.settings import Settings, inherited_environment
from fund.db import SessionFactory, unit_of_work
from fund.jobs import runtime
from fund.jobs.relay import run_relay
from fund.jobs.worker import run_worker
from fund.models import OutboxRow, OutboxState, Person
from fund.models.base import utc_now
from fund.services.references import new_reference
from tests.engines.conftest import wait_until
from tests.jobs.mail_server import MailServer
from workflows.topics import Deadline, Topic

LEASE_SECONDS = 1.5


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def job_settings(settings: Settings, mail_server: MailServer) -> Settings:
    """The settings with which jobs run, here and in other processes."""
    complete = replace(settings, smtp_url=mail_server.url, public_url="https://fonds.essai.example")
    runtime.configure(complete)
    return complete


@dataclass
class Outbox:
    """The outbox as the tests fill and read it."""

    factory: SessionFactory

    def write(self, count: int = 1, *, first: int = 1) -> list[int]:
        """One message to each of so many new people; returns the rows' ids."""
        with unit_of_work(self.factory) as session:
            people = [
                Person(
                    reference=new_reference("PE"), email=self.address(n), name=f"Personne {n}", password_hash="-"
                )
                for n in range(first, first + count)
            ]
            session.add_all(people)
            session.flush()
            rows = [
                {
                    "topic": Topic.APPLICATION_SUBMITTED.value,
                    "subject_type": "application",
                    "subject_id": 1,
                    "recipient_id": person.id,
                    "payload": {"reference": "DO-ESSAI", "title": "Un atelier partagé"},
                }
                for person in people
            ]
            return list(session.scalars(insert(OutboxRow).returning(OutboxRow.id), rows))

    @staticmethod
    def address(number: int) -> str:
        return f"personne{number}@essai.example"

    def addresses(self, count: int) -> list[str]:
        return sorted(self.address(n) for n in range(1, count + 1))

    def row(self, row_id: int) -> OutboxRow:
        with self.factory() as session:
            return session.get_one(OutboxRow, row_id)

    def count(self, state: OutboxState) -> int:
        with self.factory() as session:
            query = select(func.count()).select_from(OutboxRow).where(OutboxRow.state == state)
            return session.scalar(query) or 0

    def all_done(self) -> bool:
        """Whether nothing waits but the coming night's check, which every relay sets."""
        with self.factory() as session:
            query = select(func.count()).where(
                OutboxRow.state != OutboxState.DONE, OutboxRow.topic != Deadline.LEDGER_CHECK
            )
            return session.scalar(query) == 0

    def make_due(self, row_id: int) -> None:
        """As if the pause were over."""
        with unit_of_work(self.factory) as session:
            row = session.get_one(OutboxRow, row_id)
            row.available_at = utc_now()


@pytest.fixture
def outbox(factory: SessionFactory) -> Outbox:
    return Outbox(factory)


# Real processes, forked from one that has imported everything once: a start takes milliseconds instead of seconds.
FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(["fund.jobs.relay", "fund.jobs.worker", "fund.jobs.mail", "fund.jobs.deadlines"])


class Program:
    """A process that the test may kill."""

    def __init__(self, target: Callable[..., None], *args: object) -> None:
        self._process = FORKSERVER.Process(target=target, args=args)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        return [int(number) for number in listed.split()]

    def kill(self) -> None:
        """SIGKILL to the program and its children: nobody has time to write anything."""
        # Stopped first, so that it neither forks nor notes the death of a child meanwhile.
        os.kill(self.pid, signal.SIGSTOP)
        children = self.children()
        os.kill(self.pid, signal.SIGKILL)
        for child in children:
            # One that had ended by itself goes with its parent, who is no longer there to wait for it.
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self._process.join(20)

    def kill_child(self) -> None:
        [child] = self.children()
        os.kill(child, signal.SIGKILL)

    def end(self) -> None:
        if self._process.is_alive():
            self.kill()


class Programs:
    """Starts relays and workers on the test's own engines."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._started: list[Program] = []

    def relay(self, lease_seconds: float = LEASE_SECONDS) -> Program:
        return self._start(run_relay_with_lease, self._settings, lease_seconds)

    def worker(self, queue: str = "notifications", smtp_url: str | None = None) -> Program:
        settings = self._settings if smtp_url is None else replace(self._settings, smtp_url=smtp_url)
        return self._start(run_worker, queue, settings)

    def _start(self, target: Callable[..., None], *args: object) -> Program:
        program = Program(target, *args)
        self._started.append(program)
        return program

    def end(self) -> None:
        for program in self._started:
            program.end()


def run_relay_with_lease(settings: Settings, lease_seconds: float) -> None:
    run_relay(settings, lease=timedelta(seconds=lease_seconds))


@pytest.fixture
def environment(job_settings: Settings) -> dict[str, str]:
    """What a ``fund`` command needs to find the test's engines and mail server."""
    return {
        **inherited_environment(),
        "FUND_ENV": "test",
        "FUND_INSTANCE": str(job_settings.instance_path),
        "DATABASE_URL": str(job_settings.database_url),
        "REDIS_URL": str(job_settings.redis_url),
        "SMTP_URL": str(job_settings.smtp_url),
        "SECRET_KEY": "test",
    }


@pytest.fixture
def programs(job_settings: Settings, outbox: Outbox, redis: Redis) -> Iterator[Programs]:
    programs = Programs(job_settings)
    yield programs
    programs.end()


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Poll until a condition holds; fail when it does not in time."""
    return wait_until
