"""Real programs that use real engines, and sight of every process that belongs to an instance's engines."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

DEADLINE_SECONDS = 20.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Poll ``condition``; fail when it does not come true in time."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not so within {DEADLINE_SECONDS} seconds"
        time.sleep(0.02)


def engine_processes(instance: Path) -> dict[int, str]:
    """Number and name of each process of the instance's engines and keeper: all that hold the lock open."""
    lock = str(instance / "engines" / "lock")
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(number.readlink()) == lock for number in (process / "fd").iterdir()):
                found[int(process.name)] = (process / "comm").read_text(encoding="utf-8").strip()
        except OSError:  # it ended meanwhile
            continue
    return found


def keeper_of(instance: Path) -> int:
    """The keeper's process number: the one parent of Redis."""
    redis = next(pid for pid, name in engine_processes(instance).items() if name == "redis-server")
    status = Path(f"/proc/{redis}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))


class User:
    """A process with a ``with engines(...)`` block."""

    def __init__(self, instance: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.engines.user", str(instance)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def urls(self) -> list[str]:
        """Wait until it has entered; the addresses that it was given."""
        return [str(url) for url in self._answer()]

    def ask(self, statement: str) -> list[object]:
        """Have it run a statement (and ping Redis); the first row."""
        self._say(statement)
        return self._answer()

    def leave(self) -> None:
        """Have it end its block; return when the process has ended."""
        self._say("leave")
        assert self.process.wait(DEADLINE_SECONDS) == 0

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _answer(self) -> list[object]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the user's program has ended without an answer"
        answer = json.loads(line)
        assert isinstance(answer, list)
        return answer


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Path]:
    """An instance of its own, whose engines must have gone by the test's end."""
    folder = tmp_path / "instance"
    yield folder
    wait_until(lambda: not engine_processes(folder))


@pytest.fixture
def enter(instance: Path) -> Iterator[Callable[[], User]]:
    """Start a user of the instance."""
    users: list[User] = []

    def start() -> User:
        users.append(User(instance))
        return users[-1]

    yield start
    for user in users:
        user.end()
