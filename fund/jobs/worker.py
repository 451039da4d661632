"""The worker: one process per queue, and one child of it per job."""

from datetime import timedelta
from typing import Any

import structlog
from redis import Redis
from rq import Worker
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from sqlalchemy.orm import configure_mappers

from config.settings import Settings, SettingsError
from fund.errors import FundError
from fund.jobs.handling import note_failure
from fund.jobs.registry import QUEUES, check_registry
from fund.jobs.runtime import configure, open_sessions
from fund.messages.render import load_templates

__all__ = ["QUEUES", "WorkerKilled", "run_worker"]

LONGEST_PAUSE = timedelta(seconds=5)  # between attempts to reach a Redis that is away

_log = structlog.get_logger(__name__)


class WorkerKilled(Exception):
    """The process that carried out a job died, or was killed for taking far too long."""


def run_worker(queue: str, settings: Settings) -> None:
    """Carry out the jobs of one queue until SIGTERM or SIGINT; the job in hand is finished first.

    One queue per process: with several, RQ takes a job off its queue in a way that loses it if the worker is
    killed at that moment. Raises SettingsError for an unknown queue, or where there is nowhere to send mail to.
    """
    if queue not in QUEUES:
        raise SettingsError(f"there is no queue {queue!r}; the queues are {', '.join(QUEUES)}")
    if settings.smtp_url is None:
        raise SettingsError("SMTP_URL must be set for a worker that is run alone")
    check_registry()
    configure(settings)
    # Before the first fork, or every child would do it again for its one job.
    configure_mappers()
    load_templates()
    with Redis.from_url(str(settings.redis_url)) as redis:
        worker = Worker(
            [queue],
            connection=redis,
            serializer=JSONSerializer,
            log_job_description=False,
            work_horse_killed_handler=_note_killed,
        )
        worker.max_connection_wait_time = LONGEST_PAUSE.total_seconds()
        worker.log_result_lifespan = False
        _log.info("worker ready", queue=queue)
        worker.work(logging_level="WARNING")


def _note_killed(job: RqJob, _pid: int, status: int | None, _usage: Any) -> None:
    """Count the attempt of a child that died, so that a row which kills its process is parked in the end."""
    try:
        with open_sessions() as factory:
            note_failure(factory, int(job.args[0]), WorkerKilled(f"wait status {status}"))
    except FundError as error:
        # PostgreSQL is away: the attempt goes uncounted, and the row comes back when its lease ends.
        _log.warning("attempt not counted", job=job.id, error=str(error))
