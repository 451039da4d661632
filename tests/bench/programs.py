"""The program's own processes, started for a measurement and stopped after it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from config.settings import inherited_environment

STOP_SECONDS = 20


@contextmanager
def running(environment: dict[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """``fund`` with these words, while the block runs."""
    with running_python(environment, "fund.cli", *command) as process:
        yield process


@contextmanager
def running_python(environment: dict[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """``python -m`` with these words, while the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", *command], env={**inherited_environment(), **environment}
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
