"""A virus scan by clamd, which is given the content over its socket (INSTREAM): it needs no sight of our files."""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from fund.storage.blobs import Readable

CHUNK = 64 * 1024
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
ANSWER_LENGTH = 4096


class Outcome(StrEnum):
    CLEAN = "clean"
    INFECTED = "infected"
    UNAVAILABLE = "unavailable"  # no answer, or none that says either: to be asked again


@dataclass(frozen=True, slots=True)
class Verdict:
    """``detail`` is the name of what was found, or why there is no answer."""

    outcome: Outcome
    detail: str = ""


def scan(url: str, stream: Readable) -> Verdict:
    """Ask the clamd at ``url`` (``unix:///…`` or ``tcp://host:port``) about what the stream gives. Never raises
    for a clamd that is away, slow or confused: that is ``unavailable``."""
    try:
        with _connection(url) as connection:
            _send(connection, stream)
            answer = _answer(connection)
    except OSError as error:
        return Verdict(Outcome.UNAVAILABLE, str(error))
    if answer.endswith(" FOUND"):
        return Verdict(Outcome.INFECTED, answer.removeprefix("stream: ").removesuffix(" FOUND"))
    if answer == "stream: OK":
        return Verdict(Outcome.CLEAN)
    return Verdict(Outcome.UNAVAILABLE, answer or "clamd closed the connection")


def _connection(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "tcp":
        connection = socket.create_connection((parts.hostname, parts.port), CONNECT_SECONDS)
    else:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(parts.path)
        except OSError:
            connection.close()
            raise
    connection.settimeout(ANSWER_SECONDS)
    return connection


def _send(connection: socket.socket, stream: Readable) -> None:
    """Send the content, each piece after its length, and an empty piece as its end.

    Raises OSError where clamd stops listening, as it does past its StreamMaxLength.
    """
    connection.sendall(b"zINSTREAM\0")
    for piece in _pieces(stream):
        connection.sendall(struct.pack("!I", len(piece)) + piece)
    connection.sendall(struct.pack("!I", 0))


def _pieces(stream: Readable) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece


def _answer(connection: socket.socket) -> str:
    """clamd's answer without the zero byte that ends it; nothing where it was cut off before."""
    answer = b""
    while not answer.endswith(b"\0"):
        received = connection.recv(ANSWER_LENGTH)
        if not received or len(answer) > ANSWER_LENGTH:
            return ""
        answer += received
    return answer.removesuffix(b"\0").decode("utf-8", "replace").strip()
