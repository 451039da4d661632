"""The relay in one process, and what becomes of it when an engine is away."""

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from sqlalchemy import update

from config.settings import Settings
from fund.db import unit_of_work
from fund.jobs.registry import JOBS, RegistryError, check_registry
from fund.jobs.relay import relay_due
from fund.models import OutboxRow, OutboxState
from fund.models.base import utc_now
from tests.jobs.conftest import Outbox, Program, run_relay_with_lease
from workflows.topics import Topic


def test_every_topic_and_deadline_has_a_job_whose_body_exists() -> None:
    check_registry()


def test_a_topic_without_a_job_or_with_a_wrong_body_stops_the_start() -> None:
    without = {name: job for name, job in JOBS.items() if name != Topic.AWARD_SIGNED}
    with pytest.raises(RegistryError, match=r"no job for award\.signed"):
        check_registry(without)
    wrong = dict(JOBS) | {"award.signed": replace(JOBS["award.signed"], body="fund.jobs.mail.delivre")}
    with pytest.raises(RegistryError, match="delivre"):
        check_registry(wrong)


def test_a_job_is_an_id_in_json_with_its_own_limits(outbox: Outbox, redis: Redis) -> None:
    [row_id] = outbox.write()
    assert relay_due(outbox.factory, redis) == 1

    job = RqJob.fetch(f"outbox-{row_id}", connection=redis, serializer=JSONSerializer)
    assert (job.func_name, list(job.args), job.timeout, job.result_ttl) == (
        "fund.jobs.mail.deliver",
        [row_id],
        JOBS[Topic.APPLICATION_SUBMITTED].timeout,
        0,
    )
    assert Queue("notifications", connection=redis).job_ids == [f"outbox-{row_id}"]
    row = outbox.row(row_id)
    assert row.state is OutboxState.ENQUEUED
    assert row.available_at > utc_now() + timedelta(minutes=4)


def test_what_is_not_yet_due_waits(outbox: Outbox, redis: Redis) -> None:
    outbox.write()
    with unit_of_work(outbox.factory) as session:
        session.execute(update(OutboxRow).values(available_at=utc_now() + timedelta(seconds=30)))
    assert relay_due(outbox.factory, redis) == 0
    assert redis.dbsize() == 0


def test_a_row_that_is_being_carried_out_is_not_handed_over_again(outbox: Outbox, redis: Redis) -> None:
    [row_id] = outbox.write()
    with outbox.factory() as session:
        session.get_one(OutboxRow, row_id, with_for_update=True)
        assert relay_due(outbox.factory, redis) == 0


def test_a_topic_of_another_version_is_parked_where_it_is_seen(outbox: Outbox, redis: Redis) -> None:
    known, unknown = outbox.write(2)
    with unit_of_work(outbox.factory) as session:
        session.execute(update(OutboxRow).where(OutboxRow.id == unknown).values(topic="award.framed"))
    assert relay_due(outbox.factory, redis) == 2
    assert outbox.row(unknown).state is OutboxState.PARKED
    assert outbox.row(unknown).last_error == "no job for award.framed"
    assert outbox.row(known).state is OutboxState.ENQUEUED


def test_the_relay_waits_for_redis_and_goes_on_by_itself(
    outbox: Outbox,
    job_settings: Settings,
    redis: Redis,
    tmp_path: Path,
    until: Callable[[Callable[[], bool]], None],
) -> None:
    [row_id] = outbox.write()
    url = urlsplit(str(job_settings.redis_url))
    path = tmp_path / "redis.sock"
    with socket.socket(socket.AF_UNIX) as nobody:
        nobody.bind(str(path))
        nobody.listen()
        program = Program(
            run_relay_with_lease, replace(job_settings, redis_url=f"unix://{path}?{url.query}"), 60.0
        )
        nobody.accept()[0].close()  # the relay is there, and finds nobody to talk to
    assert outbox.row(row_id).state is OutboxState.PENDING

    path.unlink()
    path.symlink_to(url.path)
    try:
        until(lambda: outbox.count(OutboxState.ENQUEUED) == 1)
        assert redis.llen("rq:queue:notifications") == 1
    finally:
        program.kill()
