"""Start programs, start again those that die, and stop them all together.

The programs stop when the supervisor is killed, too: see ``config.processes.die_with_parent``. Each is in a
session of its own, so that Ctrl-C reaches only the supervisor, which then asks each one once: an RQ worker
that is asked twice drops the job in hand.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from config.processes import die_with_parent

CHECK_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # one that has lived for so long is started again at once
# The ladder of a stop, under 10 seconds in all: ask; ask again (an RQ worker then gives up its job, which
# its queue repeats); kill what is left of the program's process group.
ASK_AGAIN_SECONDS = 5.0
KILL_SECONDS = 8.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run. ``serves_others``: stopped only after those that do not."""

    name: str
    command: Sequence[str]
    pass_fds: tuple[int, ...] = ()
    serves_others: bool = False


class Supervisor:
    """Runs programs until SIGTERM or SIGINT. Must be used in the only thread of its process."""

    def __init__(self, programs: Sequence[Program], environment: Mapping[str, str]) -> None:
        self._children = [_Child(program, environment) for program in programs]
        self._asked_to_stop = False

    def run(self) -> None:
        """Run the programs; return when, after SIGTERM or SIGINT, the last one has stopped."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        try:
            while not self._asked_to_stop:
                for child in self._children:
                    child.keep_running()
                time.sleep(CHECK_SECONDS)
        finally:
            _log.info("stopping")
            _stop([child for child in self._children if not child.program.serves_others])
            _stop([child for child in self._children if child.program.serves_others])

    def _ask_to_stop(self, *_: object) -> None:
        self._asked_to_stop = True


class _Child:
    """One program and its present process."""

    def __init__(self, program: Program, environment: Mapping[str, str]) -> None:
        self.program = program
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._failures = 0

    def keep_running(self) -> None:
        """Start the program if it does not run and its pause is over."""
        if self.runs():
            return
        if self._process is not None:
            self._note_death(self._process)
        if time.monotonic() >= self._start_at:
            self._start()

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        if self._process is not None and self.runs():
            self._process.terminate()

    def kill(self) -> None:
        """Kill the program and the processes of its group."""
        if self._process is not None and self.runs():
            _log.warning("killed: it did not stop", program=self.program.name)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - commands of our own, no shell
            self.program.command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            pass_fds=self.program.pass_fds,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        self._started_at = time.monotonic()
        _log.info("started", program=self.program.name, pid=self._process.pid)

    def _note_death(self, process: "subprocess.Popen[bytes]") -> None:
        lived = time.monotonic() - self._started_at
        self._failures = 0 if lived >= STEADY_SECONDS else self._failures + 1
        pause = min(2.0 ** (self._failures - 1), LONGEST_PAUSE_SECONDS) if self._failures else 0.0
        self._start_at = time.monotonic() + pause
        self._process = None
        _log.error(
            "died, will be started again", program=self.program.name, exit=process.returncode, pause_seconds=pause
        )


def _stop(children: Sequence[_Child]) -> None:
    begun = time.monotonic()
    asked_again = False
    for child in children:
        child.ask_to_stop()
    while any(child.runs() for child in children):
        waited = time.monotonic() - begun
        if waited > KILL_SECONDS:
            for child in children:
                child.kill()
        elif waited > ASK_AGAIN_SECONDS and not asked_again:
            asked_again = True
            for child in children:
                child.ask_to_stop()
        time.sleep(0.05)
