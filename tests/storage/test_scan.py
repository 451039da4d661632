"""Asking clamd: a real one where there is one, and sockets that behave as a broken one does."""

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest

from fund.storage import scan as scanning
from fund.storage.scan import Outcome, Verdict, scan
from tests.conftest import find_clamd
from tests.storage.samples import ooxml, packed

START_SECONDS = 30.0
# The test string that scanners agree on, in two parts so that none takes this file for what it looks for.
HARMLESS_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
STREAM_LIMIT = 2 * 1024 * 1024


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A clamd that knows one signature, of our own; its two addresses."""
    folder = tmp_path_factory.mktemp("clamd")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "signatures").mkdir()
    (folder / "signatures" / "test.ndb").write_text(f"Test.Harmless:0:*:{HARMLESS_VIRUS.hex()}\n")
    (folder / "clamd.conf").write_text(
        f"DatabaseDirectory {folder}/signatures\nLocalSocket {folder}/clamd.sock\nForeground yes\n"
        f"TCPSocket {port}\nTCPAddr 127.0.0.1\nStreamMaxLength {STREAM_LIMIT}\nLogFile {folder}/clamd.log\n"
    )
    program = find_clamd()
    assert program is not None, "clamd is required here"
    process = subprocess.Popen([program, "--config-file", str(folder / "clamd.conf")])
    try:
        deadline = time.monotonic() + START_SECONDS
        while not listens(folder / "clamd.sock"):
            assert process.poll() is None, (folder / "clamd.log").read_text()
            assert time.monotonic() < deadline, "clamd did not start in time"
            time.sleep(0.05)
        yield {"unix": f"unix://{folder}/clamd.sock", "tcp": f"tcp://127.0.0.1:{port}"}
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


@pytest.mark.clamd
@pytest.mark.parametrize("way", ["unix", "tcp"])
@pytest.mark.parametrize("content", [b"", b"a;b\n1;2\n", ooxml("docx"), b"x" * 300_000])
def test_a_clean_file_is_clean(clamd: dict[str, str], way: str, content: bytes) -> None:
    assert scan(clamd[way], BytesIO(content)) == Verdict(Outcome.CLEAN)


@pytest.mark.clamd
@pytest.mark.parametrize("way", ["unix", "tcp"])
@pytest.mark.parametrize("content", [HARMLESS_VIRUS, packed({"a.txt": HARMLESS_VIRUS})], ids=["plain", "in a ZIP"])
def test_an_infected_file_is_named(clamd: dict[str, str], way: str, content: bytes) -> None:
    assert scan(clamd[way], BytesIO(content)) == Verdict(Outcome.INFECTED, "Test.Harmless.UNOFFICIAL")


@pytest.mark.clamd
def test_a_file_longer_than_clamd_takes_is_not_called_clean(clamd: dict[str, str]) -> None:
    verdict = scan(clamd["unix"], BytesIO(b"x" * STREAM_LIMIT * 4))
    assert verdict.outcome is Outcome.UNAVAILABLE


# --- a clamd that is away, slow or confused ------------------------------------------------------------------


@contextmanager
def answering(answer: bytes, *, keep_open: bool = False) -> Iterator[str]:
    """The address of a socket that reads what comes and gives this answer."""
    done = threading.Event()

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)
            if keep_open:
                done.wait(20)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        finally:
            done.set()
            thread.join()


def test_a_clamd_that_is_away_is_unavailable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for url in (f"unix://{tmp_path}/nothing.sock", f"tcp://127.0.0.1:{port}"):
        verdict = scan(url, BytesIO(b"content"))
        assert verdict.outcome is Outcome.UNAVAILABLE
        assert verdict.detail


@pytest.mark.parametrize(
    "answer", [b"", b"stream: OK", b"UNKNOWN COMMAND\0", b"INSTREAM size limit exceeded. ERROR\0", b"\xff" * 9000]
)
def test_an_answer_that_says_neither_is_no_verdict(answer: bytes) -> None:
    with answering(answer) as url:
        verdict = scan(url, BytesIO(b"content"))
    assert verdict.outcome is Outcome.UNAVAILABLE
    assert verdict.detail


def test_a_clamd_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "ANSWER_SECONDS", 0.05)
    with answering(b"", keep_open=True) as url:
        assert scan(url, BytesIO(b"content")).outcome is Outcome.UNAVAILABLE
