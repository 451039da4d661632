"""(a) Steps per second through the service, beside a raw transaction that sends the very same statements.

The step is the submission of an application: its guards read the call, the members and the reports owed; it writes
the application, the event with its personal side, and one outbox row per author and officer. Half of the files are
submitted through the service. For the other half the service's own statements are recorded (and rolled back), then
sent again by psycopg with nothing between: same reads, same writes, same commits.
"""

import multiprocessing
from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from fund.db import make_engine, make_session_factory, unit_of_work
from fund.models import Application
from fund.services.access import find
from fund.services.steps import take_step
from tests.bench.ground import Ground, timed
from tests.scenario import World
from workflows.application import ApplicationStep
from workflows.permissions import Actor

Statement = tuple[str, Any]
FILES = 400  # per number of connections; half for each side
CONNECTIONS = (1, 4)


def measure(ground: Ground) -> dict[str, Any]:
    return {f"{count}_connections": _measure(ground, count) for count in CONNECTIONS}


def _measure(ground: Ground, connections: int) -> dict[str, float]:
    url = ground.database(f"steps_{connections}")
    actor, references = _prepare(url)
    half = len(references) // 2
    recordings = _record(url, actor, references[half:])
    service = _in_parallel(_run_service, [(url, actor, part) for part in _parts(references[:half], connections)])
    raw = _in_parallel(_run_raw, [(url, part) for part in _parts(recordings, connections)])
    return {
        "service_steps_per_second": half / service,
        "raw_steps_per_second": half / raw,
        "ratio": raw / service,
        "statements_per_step": len(recordings[0].statements),
    }


def _prepare(url: str) -> tuple[Actor, list[str]]:
    """Complete drafts of one applicant."""
    engine = make_engine(url)
    with unit_of_work(make_session_factory(engine)) as session:
        world = World.make(session)
        references = [world.draft(session).reference for _ in range(FILES)]
    engine.dispose()
    return world["applicant"], references


def _parts(items: Sequence[Any], count: int) -> list[Sequence[Any]]:
    return [items[start::count] for start in range(count)]


def _in_parallel(run: Any, arguments: list[tuple[Any, ...]]) -> float:
    """Seconds until every process has done its part, counted from when all stand ready."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(arguments) + 1)
    processes = [context.Process(target=run, args=(barrier, *given)) for given in arguments]
    for process in processes:
        process.start()
    barrier.wait()
    seconds = timed(lambda: _join(processes))
    if any(process.exitcode for process in processes):
        raise RuntimeError("a process of the measurement failed")
    return seconds


def _join(processes: Sequence[Any]) -> None:
    for process in processes:
        process.join()


def _submit(session: Session, actor: Actor, reference: str) -> Any:
    application = find(session, actor, Application, reference)
    return take_step(session, actor, application, ApplicationStep.SUBMIT)


def _run_service(barrier: Any, url: str, actor: Actor, references: Sequence[str]) -> None:
    factory = make_session_factory(make_engine(url))
    with factory() as session:  # the connection and the mappers stand before the clock starts
        session.scalar(select(Application.id).limit(1))
    barrier.wait()
    for reference in references:
        with unit_of_work(factory) as session:
            _submit(session, actor, reference)


class Recording:
    """The statements of one step, and the number that the journal's row got: others name it."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.event_id = 0


def _record(url: str, actor: Actor, references: Sequence[str]) -> list[Recording]:
    engine = make_engine(url)
    recordings = []
    for reference in references:
        recording = Recording()
        with _listening(engine, recording), Session(engine) as session:
            recording.event_id = _submit(session, actor, reference).id
        recordings.append(recording)
    engine.dispose()
    return recordings


class _listening:  # noqa: N801 - reads as a verb where it is used
    """Note what is sent to the engine while the block runs."""

    def __init__(self, engine: Engine, recording: Recording) -> None:
        self.engine = engine
        self.recording = recording

    def _note(self, _c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, _many: bool) -> None:
        self.recording.statements.append((statement, parameters))

    def __enter__(self) -> None:
        event.listen(self.engine, "before_cursor_execute", self._note)

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)


def _run_raw(barrier: Any, url: str, recordings: Sequence[Recording]) -> None:
    connection = psycopg.connect(url.replace("+psycopg", ""), options="-c timezone=UTC")
    barrier.wait()
    for recording in recordings:
        with connection.cursor() as cursor:
            _replay(cursor, recording)
        connection.commit()
    connection.close()


def _replay(cursor: psycopg.Cursor[Any], recording: Recording) -> None:
    event_id = recording.event_id
    for statement, parameters in recording.statements:
        for given in parameters if isinstance(parameters, list) else [parameters]:
            cursor.execute(statement, _renumbered(given, recording.event_id, event_id))
            rows = cursor.fetchall() if cursor.description else []
            if statement.startswith("INSERT INTO audit_events"):
                event_id = rows[0][0]


def _renumbered(given: Any, recorded: int, actual: int) -> Any:
    """The parameters, with the journal row's number of this run instead of the recorded one."""
    if recorded == actual or "event_id" not in given:
        return given
    return {**given, "event_id": actual}
