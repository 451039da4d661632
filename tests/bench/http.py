"""(b) The same step over HTTP with two web processes, and (f) what a web process weighs afterwards."""

import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fund.db import unit_of_work
from fund.services.people import issue_token
from tests.bench.ground import Ground, resident_mib, timed
from tests.bench.programs import running_python
from tests.scenario import World

FILES = 200
PROCESSES = 2
CLIENTS = 4
PATIENCE = 30.0  # seconds until the server answers


def measure(ground: Ground) -> dict[str, Any]:
    url = ground.database("http")
    token, versions = _prepare(ground, url)
    with serving(ground, url, PROCESSES) as (port, server):
        fresh = _workers_mib(server.pid)
        seconds = timed(lambda: _submit_all(port, token, versions))
        return {
            "steps_per_second": len(versions) / seconds,
            "web_processes": PROCESSES,
            "clients": CLIENTS,
            "web_process_mib_before": fresh,
            "web_process_mib_after": _workers_mib(server.pid),
        }


def _prepare(ground: Ground, url: str) -> tuple[str, dict[str, int]]:
    """A token of the applicant, and her drafts with their versions."""
    with unit_of_work(ground.sessions(url)) as session:
        world = World.make(session)
        _, token = issue_token(session, world.people["applicant"], "bench")
        drafts = [world.draft(session) for _ in range(FILES)]
        return token, {draft.reference: draft.version for draft in drafts}


def _submit_all(port: int, token: str, versions: dict[str, int]) -> None:
    references = list(versions)
    failures: list[str] = []
    threads = [
        threading.Thread(
            target=_submit, args=(port, token, [(r, versions[r]) for r in references[n::CLIENTS]], failures)
        )
        for n in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{len(failures)} submissions failed, the first with {failures[0]}")


def _submit(port: int, token: str, files: Sequence[tuple[str, int]], failures: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for reference, version in files:
        headers = {
            "Authorization": f"Bearer {token}",
            "If-Match": f'"{version}"',
            "Content-Type": "application/json",
        }
        connection.request("POST", f"/api/v1/applications/{reference}/steps/submit", "{}", headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            failures.append(f"{answer.status} {text[:300]!r}")
    connection.close()


@contextmanager
def serving(ground: Ground, url: str, processes: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The web server as ``fund run`` starts it, on a free port, while the block runs; it answers already."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = (
        *("gunicorn", "fund.app:create_app()", "--bind", f"127.0.0.1:{port}", "--workers", str(processes)),
        *("--worker-class", "gthread", "--threads", "4", "--log-level", "warning", "--no-control-socket"),
    )
    with running_python(ground.environment(url), *command) as server:
        _await(port)
        yield port, server


def _await(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def _workers_mib(master: int) -> float:
    """The largest resident memory among the master's children."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
    return max(resident_mib(int(child)) for child in children)
