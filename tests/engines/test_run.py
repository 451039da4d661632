"""`fund run`: its programs are kept running, and none outlives it."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.conftest import wait_until

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A supervisor whose programs both run."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.engines.supervised", str(tmp_path)], cwd=PROJECT
    ) as process:
        wait_until(lambda: all(number_in(tmp_path / name) for name in ("willing", "stubborn")))
        yield process
        process.terminate()  # a kill would leave the stubborn one


def number_in(path: Path) -> int:
    return int((path.read_text(encoding="utf-8") if path.exists() else "") or 0)


def runs(pid: int) -> bool:
    """Whether the process lives; one that is dead and not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_program_that_dies_is_started_again(tmp_path: Path, supervisor: "subprocess.Popen[bytes]") -> None:
    first = number_in(tmp_path / "willing")

    os.kill(first, signal.SIGKILL)

    wait_until(lambda: number_in(tmp_path / "willing") not in (0, first))
    assert runs(number_in(tmp_path / "willing"))


@pytest.mark.parametrize("ask", [signal.SIGTERM, signal.SIGINT])
def test_all_programs_stop_when_asked_even_one_that_will_not(
    tmp_path: Path, supervisor: "subprocess.Popen[bytes]", ask: signal.Signals
) -> None:
    programs = [number_in(tmp_path / name) for name in ("willing", "stubborn")]

    supervisor.send_signal(ask)

    assert supervisor.wait(20) == 0
    assert [runs(pid) for pid in programs] == [False, False]


def test_programs_are_asked_to_stop_when_the_supervisor_is_killed(
    tmp_path: Path, supervisor: "subprocess.Popen[bytes]"
) -> None:
    willing = number_in(tmp_path / "willing")

    supervisor.kill()

    wait_until(lambda: not runs(willing))
    os.kill(number_in(tmp_path / "stubborn"), signal.SIGKILL)  # this one alone ignores the request


def test_a_port_that_is_taken_is_named_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = {**os.environ, "PORT": str(port), "FUND_INSTANCE": str(tmp_path / "instance")}
        done = subprocess.run(
            [sys.executable, "-m", "fund.cli", "run"], env=environment, capture_output=True, text=True, check=False
        )

    assert done.returncode == 1
    assert f"port {port}: Address already in use" in done.stderr
    assert f"PORT={port + 1}" in done.stderr
    assert not (tmp_path / "instance" / "engines").exists()


def test_mail_is_kept_as_files_before_it_is_acknowledged(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "fund.cli", "mailbox", str(number)],
            env={**os.environ, "FUND_INSTANCE": str(tmp_path)},
            pass_fds=(number,),
        )
        with smtplib.SMTP("127.0.0.1", listener.getsockname()[1], timeout=20) as smtp:
            smtp.sendmail(
                "fonds@fonds.example",
                ["élise@asso.example"],
                "Subject: Reçu\n\nVotre dossier".encode(),
                ["SMTPUTF8"],
            )
            kept = list((tmp_path / "mail").iterdir())
    process.terminate()

    assert process.wait(20) == 0
    assert [file.suffix for file in kept] == [".eml"]
    assert "Votre dossier" in kept[0].read_text(encoding="utf-8")
