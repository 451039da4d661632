"""Which queue and which body each topic of the outbox has."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from workflows.topics import Deadline, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How rows of a topic are carried out. ``body`` is a dotted path to a function of an outbox row's id.

    ``timeout`` in seconds. ``result_ttl`` is how long RQ keeps a job that has succeeded, in seconds: not at all,
    for the outbox row itself is the record, and what is kept nowhere else need not be cleaned up.
    """

    queue: str
    body: str
    timeout: int
    result_ttl: int = 0


_DELIVER = Job(queue="notifications", body="fund.jobs.mail.deliver", timeout=180)
_ACT = Job(queue="deadlines", body="fund.jobs.deadlines.act", timeout=60)
# A queue of its own: on the evening of a closing many documents wait to be scanned, and no deadline waits for it.
_SCAN = Job(queue="scans", body="fund.jobs.scanning.scan_document", timeout=300)
# So has this: the optimiser may work for seconds, and thousands of pairs are given for minutes.
_ASSIGN = Job(queue="assignments", body="fund.jobs.assignment.work_on_plan", timeout=240)
_CHECK = Job(queue="deadlines", body="fund.jobs.ledger.check_ledger", timeout=120)

JOBS: Mapping[str, Job] = {
    **{topic.value: _DELIVER for topic in Topic},
    **{deadline.value: _ACT for deadline in Deadline},
    Deadline.DOCUMENT_SCAN.value: _SCAN,
    Deadline.ASSIGNMENT_PLAN.value: _ASSIGN,
    Deadline.LEDGER_CHECK.value: _CHECK,
}
QUEUES = tuple(dict.fromkeys(job.queue for job in JOBS.values()))


class RegistryError(RuntimeError):
    """A topic has no job, or a job's body does not exist; raised at start, before anything is taken."""


def check_registry(jobs: Mapping[str, Job] = JOBS) -> None:
    """Raise RegistryError unless every topic and deadline has a job and every body is a function."""
    for topic in (*Topic, *Deadline):
        if topic.value not in jobs:
            raise RegistryError(f"no job for {topic.value}")
    for body in {job.body for job in jobs.values()}:
        module, _, function = body.rpartition(".")
        try:
            found = callable(getattr(import_module(module), function))
        except (ImportError, AttributeError) as error:
            raise RegistryError(f"{body} cannot be imported: {error}") from error
        if not found:
            raise RegistryError(f"{body} is not a function")
