"""The relay: hands due rows of the outbox to RQ's queues. Any number of relays may run at once.

The order within one transaction: lock the due rows, enqueue, mark, commit. A relay that is killed between
enqueueing and the commit leaves the rows due, and they are enqueued again: a job may be there twice, which its
body bears, but none is lost. The other order would lose what was marked and not enqueued.
"""

import signal
import threading
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby

import structlog
from redis import Redis, RedisError
from redis.client import Pipeline
from rq import Queue
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.settings import Settings
from fund.db import SessionFactory, make_engine, make_session_factory, unit_of_work
from fund.errors import FundError
from fund.jobs.handling import OPEN_STATES
from fund.jobs.registry import JOBS, check_registry
from fund.models import OutboxRow, OutboxState
from fund.models.base import utc_now
from fund.services.ledger_check import schedule_next_check

LEASE = timedelta(minutes=5)
"""How long a handed-over row is left to the queue. More than any job's timeout; less than people's patience."""
BATCH = 100
POLL_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
FAILED_JOB_TTL = 24 * 3600  # seconds: RQ's own list of failures, for whoever looks; the outbox has its own

_log = structlog.get_logger(__name__)


def run_relay(settings: Settings, *, lease: timedelta = LEASE) -> None:
    """Hand over due rows until SIGTERM or SIGINT; while PostgreSQL or Redis is away, wait and try again."""
    check_registry()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    engine = make_engine(str(settings.database_url), pool_size=1)
    redis = Redis.from_url(str(settings.redis_url), socket_connect_timeout=5, socket_timeout=10)
    try:
        _relay_until(stop, make_session_factory(engine), redis, lease)
    finally:
        engine.dispose()
        redis.close()


def _relay_until(stop: threading.Event, factory: SessionFactory, redis: Redis, lease: timedelta) -> None:
    failures, has_begun = 0, False
    while not stop.is_set():
        try:
            if not has_begun:
                schedule_own_work(factory)
                has_begun = True
            handed_over = relay_due(factory, redis, lease=lease)
        except (FundError, SQLAlchemyError, RedisError) as error:
            failures += 1
            pause = min(POLL_SECONDS * 2**failures, LONGEST_PAUSE_SECONDS)
            _log.warning("relay waits", error=type(error).__name__, detail=str(error), pause_seconds=pause)
            stop.wait(pause)
            continue
        if failures:
            _log.info("relay works again")
            failures = 0
        if handed_over < BATCH:
            stop.wait(POLL_SECONDS)


def schedule_own_work(factory: SessionFactory) -> None:
    """Set what the program does every night: the first time, and where its row was lost."""
    with unit_of_work(factory) as session:
        schedule_next_check(session)


def relay_due(factory: SessionFactory, redis: Redis, *, lease: timedelta = LEASE) -> int:
    """Hand over one batch of due rows, in one transaction; returns how many there were.

    Raises what PostgreSQL or Redis raise when they are away; then nothing is marked.
    """
    with unit_of_work(factory) as session:
        rows = _take_due(session)
        known = [row for row in rows if row.topic in JOBS]
        _enqueue(redis, known)
        for row in known:
            row.state, row.available_at = OutboxState.ENQUEUED, utc_now() + lease
        for row in rows:
            if row.topic not in JOBS:  # written by a newer program, which was taken back
                row.state, row.last_error = OutboxState.PARKED, f"no job for {row.topic}"
    return len(rows)


def _take_due(session: Session) -> Sequence[OutboxRow]:
    # SKIP LOCKED leaves out what another relay hands over and what a worker is carrying out just now.
    return session.scalars(
        select(OutboxRow)
        .where(OutboxRow.state.in_(OPEN_STATES), OutboxRow.available_at <= utc_now())
        .order_by(OutboxRow.available_at, OutboxRow.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()


def _enqueue(redis: Redis, rows: Iterable[OutboxRow]) -> None:
    for queue_name, group in groupby(sorted(rows, key=_queue_of), key=_queue_of):
        queue = Queue(queue_name, connection=redis, serializer=JSONSerializer)
        pipeline = redis.pipeline(transaction=True)
        jobs = []
        for row in group:
            job, job_id = JOBS[row.topic], f"outbox-{row.id}"
            if row.state is OutboxState.ENQUEUED:
                _forget(queue, job_id, pipeline)
            jobs.append(
                Queue.prepare_data(
                    job.body,
                    args=[row.id],
                    timeout=job.timeout,
                    result_ttl=job.result_ttl,
                    failure_ttl=FAILED_JOB_TTL,
                    job_id=job_id,
                    description=job_id,
                )
            )
        queue.enqueue_many(jobs, pipeline=pipeline)
        pipeline.execute()


def _queue_of(row: OutboxRow) -> str:
    return JOBS[row.topic].queue


def _forget(queue: Queue, job_id: str, pipeline: Pipeline) -> None:
    """Remove what is left of a job whose lease has ended.

    It may still be waiting (then the queue is longer than the lease, and pushing the id again would make it longer
    still), or be the remains of a worker that was killed. It is not running: its row would be locked. RQ's own
    ``unique`` would refuse in both cases, and the second would never be carried out.
    """
    pipeline.lrem(queue.key, 0, job_id)
    pipeline.lrem(queue.intermediate_queue_key, 0, job_id)
    pipeline.delete(RqJob.key_for(job_id))
