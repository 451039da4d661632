"""SIGKILL at every point between the outbox and the mail server: nothing is lost, and nothing is sent twice but in
the one window that no program can close."""

import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis import Redis
from sqlalchemy import Engine, text

from fund.models import OutboxState
from tests.jobs.conftest import Outbox, Program, Programs
from tests.jobs.mail_server import MailServer

Until = Callable[[Callable[[], bool]], None]
QUEUE = "rq:queue:notifications"
GATE = 4_711


@contextmanager
def standing_before(engine: Engine, state: OutboxState) -> Iterator[None]:
    """While the block runs, whoever marks a row with that state stands still in PostgreSQL, before the mark."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION test_gate() RETURNS trigger LANGUAGE plpgsql AS "
                f"'BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NEW; END'"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER test_gate BEFORE UPDATE ON outbox FOR EACH ROW "
                f"WHEN (NEW.state = '{state.value}') EXECUTE FUNCTION test_gate()"
            )
        )
    try:
        with engine.begin() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({GATE})"))
            yield
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP FUNCTION test_gate CASCADE"))


def someone_stands(engine: Engine) -> bool:
    with engine.connect() as connection:
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return bool(connection.scalar(text(query)))


def test_a_relay_killed_between_enqueueing_and_the_commit(
    engine: Engine, outbox: Outbox, programs: Programs, mail_server: MailServer, redis: Redis, until: Until
) -> None:
    with standing_before(engine, OutboxState.ENQUEUED):
        outbox.write(3)
        relay = programs.relay()
        until(lambda: someone_stands(engine))
        assert redis.llen(QUEUE) == 3
        relay.kill()

    programs.relay()
    until(lambda: outbox.count(OutboxState.ENQUEUED) == 3)
    assert redis.llen(QUEUE) == 6, "each job is there twice"
    programs.worker()
    until(lambda: outbox.all_done() and redis.llen(QUEUE) == 0)

    assert mail_server.recipients == outbox.addresses(3)


def test_a_relay_killed_after_the_commit(
    outbox: Outbox, programs: Programs, mail_server: MailServer, until: Until
) -> None:
    outbox.write(3)
    relay = programs.relay()
    until(lambda: outbox.count(OutboxState.ENQUEUED) == 3)
    relay.kill()

    programs.worker()
    until(outbox.all_done)

    assert mail_server.recipients == outbox.addresses(3)


def test_a_worker_killed_before_the_mail_server_has_answered(
    outbox: Outbox, programs: Programs, mail_server: MailServer, until: Until
) -> None:
    outbox.write(1)
    programs.relay()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        worker = programs.worker(smtp_url=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        connection, _ = silent.accept()
        worker.kill()
        connection.close()

    programs.worker()
    until(outbox.all_done)

    assert mail_server.recipients == outbox.addresses(1)


def test_a_worker_killed_before_the_mail_is_accepted(
    outbox: Outbox, programs: Programs, mail_server: MailServer, until: Until
) -> None:
    mail_server.hold()
    outbox.write(1)
    programs.relay()
    worker = programs.worker()
    until(lambda: mail_server.held == 1)

    worker.kill()
    until(lambda: mail_server.held == 0)
    mail_server.release()
    programs.worker()
    until(outbox.all_done)

    assert mail_server.recipients == outbox.addresses(1)


def test_a_job_whose_process_dies_is_counted_as_an_attempt(
    outbox: Outbox, programs: Programs, mail_server: MailServer, until: Until
) -> None:
    mail_server.hold()
    [row_id] = outbox.write(1)
    programs.relay(lease_seconds=60)
    worker = programs.worker()
    until(lambda: mail_server.held == 1)

    worker.kill_child()
    until(lambda: outbox.row(row_id).attempts == 1)
    assert outbox.row(row_id).state is OutboxState.PENDING
    assert (outbox.row(row_id).last_error or "").startswith("WorkerKilled")

    mail_server.release()
    outbox.make_due(row_id)
    until(outbox.all_done)
    assert mail_server.recipients == outbox.addresses(1)


def test_redis_loses_everything(
    outbox: Outbox, programs: Programs, mail_server: MailServer, redis: Redis, until: Until
) -> None:
    outbox.write(5)
    programs.relay()
    until(lambda: outbox.count(OutboxState.ENQUEUED) == 5)
    redis.flushdb()

    programs.worker()
    until(outbox.all_done)

    assert mail_server.recipients == outbox.addresses(5)


def test_a_queue_longer_than_the_lease_does_not_grow(
    outbox: Outbox, programs: Programs, redis: Redis, until: Until
) -> None:
    ids = outbox.write(5)
    programs.relay(lease_seconds=0.2)
    until(lambda: outbox.count(OutboxState.ENQUEUED) == 5)
    leases = {outbox.row(row_id).available_at for row_id in ids}
    until(lambda: leases.isdisjoint({outbox.row(row_id).available_at for row_id in ids}))

    assert redis.llen(QUEUE) == 5


def test_two_relays_and_two_workers_killed_at_random(
    outbox: Outbox, programs: Programs, mail_server: MailServer, until: Until
) -> None:
    """Relays die at any moment; workers while the server has their message and has not accepted it."""
    dice = random.Random(17)  # noqa: S311 - the same dice at every run
    mail_server.hold()
    outbox.write(30)
    relays = [programs.relay(), programs.relay()]
    workers = [programs.worker(), programs.worker()]
    for _ in range(3):
        until(lambda: mail_server.held == 2)
        _replace(relays, dice, programs.relay)
        _kill_one(workers, dice)
        until(lambda: mail_server.held == 1)
        workers.append(programs.worker())
        wanted = len(mail_server.received) + dice.randint(3, 6)
        mail_server.let_pass(wanted - len(mail_server.received))
        until(lambda wanted=wanted: len(mail_server.received) == wanted)  # type: ignore[misc]  # B023's remedy
    mail_server.release()
    until(outbox.all_done)

    assert mail_server.recipients == outbox.addresses(30)


def _replace(programs: list[Program], dice: random.Random, start: Callable[[], Program]) -> None:
    _kill_one(programs, dice)
    programs.append(start())


def _kill_one(programs: list[Program], dice: random.Random) -> None:
    programs.pop(dice.randrange(len(programs))).kill()


def test_the_window_between_acceptance_and_commit_repeats_the_mail_under_its_identifier(
    engine: Engine, outbox: Outbox, programs: Programs, mail_server: MailServer, until: Until
) -> None:
    with standing_before(engine, OutboxState.DONE):
        outbox.write(1)
        programs.relay()
        worker = programs.worker()
        until(lambda: someone_stands(engine))
        assert len(mail_server.received) == 1
        worker.kill()

    programs.worker()
    until(outbox.all_done)

    assert mail_server.recipients == outbox.addresses(1) * 2
    assert mail_server.received[0]["Message-ID"] == mail_server.received[1]["Message-ID"]


def test_the_commands_stop_when_asked_and_the_mail_in_hand_is_finished(
    outbox: Outbox, environment: dict[str, str], mail_server: MailServer, redis: Redis, until: Until
) -> None:
    mail_server.hold()
    outbox.write(2)
    relay, worker = (
        subprocess.Popen([sys.executable, "-m", "fund.cli", *command], env=environment)
        for command in (("relay",), ("worker", "notifications"))
    )
    try:
        until(lambda: mail_server.held == 1)
        relay.terminate()
        worker.terminate()
        mail_server.let_pass(1)
        assert (relay.wait(20), worker.wait(20)) == (0, 0)
    finally:
        relay.kill()
        worker.kill()

    assert len(mail_server.received) == 1
    assert (outbox.count(OutboxState.DONE), outbox.count(OutboxState.ENQUEUED)) == (1, 1)
