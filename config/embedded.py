"""A private PostgreSQL and Redis for every machine that has none: development, demonstration and tests.

``with engines(settings) as urls:`` gives the addresses of both engines. Addresses that are set (production)
are used as given. Otherwise the engines of this instance run under ``instance/engines``, on unix sockets
only: the first program that needs them starts them, every later one shares them, and they stop with the last
one. If only one address is set, the private pair runs all the same and the given address is used.

The protocol
------------
One process, the *keeper* (``config.keeper``), owns both engines as its children. It exists so that nobody's
death matters: not the starter's (others may still be using the engines), nor the last user's, even by
``kill -9``, after which no code of the user's runs any more. It is in a session of its own, so that Ctrl-C in
a terminal does not reach it or the engines.

*Being a user is being connected* to the keeper's control socket. The kernel closes a connection when its
process dies in whatever way, so the count of users is never wrong. (A count in a file would be, after a kill;
and a shared file lock cannot tell the last leaver that the engines have stopped.)

*The lock* ``engines/lock`` (flock) is taken by the keeper and inherited by every process of the engines. So
whoever obtains it knows that no keeper and no process of either engine is alive, and may remove their stale
files without asking whether a process number has been given away again.

To enter: (1) read the control socket's path in ``engines/runtime`` and connect; (2) where that fails, start a
keeper and try again. A keeper (a) takes the lock or says "busy" and ends, (b) listens, (c) publishes the
path, (d) starts the engines, (e) admits those who have connected meanwhile, sending the addresses.

To leave: shut down the connection's sending side and read until its end. The keeper closes the connection at
once where others remain. For the last user it (1) takes back the path and stops listening, (2) stops the
engines, (3) removes the sockets, (4) says "stopped" and ends; its end closes the connection and the lock.
So a program that has left last returns only when nothing of it is left.

Races closed:
- two starters: one keeper gets the lock, the other says "busy", both users then connect to the first;
- a newcomer while the last user leaves: the keeper looks for waiting connections before it decides to stop;
  one that arrives later finds its connection closed without addresses and tries again, and the lock keeps
  a new keeper from starting before the old engines have gone;
- a keeper killed: the kernel stops its engines (PR_SET_PDEATHSIG: safe here, for the keeper is nobody's user
  and lives as long as there is one); the lock is free again when the last of their processes has ended;
- an engine killed: the keeper starts it again, at the same address;
- a starter killed before it has connected: the keeper stops after a few seconds without any user;
- a user that forks: the child's copy of the connection does not count, for leaving is said on the connection
  itself; only the process that entered leaves.

Sockets are in a private folder (0700) under /tmp, since a socket's whole path has at most 107 bytes and an
instance's path may be longer. PostgreSQL refuses to run as root: see ``config.engine_programs.Account``.
"""

import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from config.engine_programs import EngineError
from config.settings import Settings

ENTER_SECONDS = 90.0  # more than the keeper gives the engines to start
LEAVE_SECONDS = 40.0  # more than the keeper gives the engines to stop
RETRY_SECONDS = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineUrls:
    """Where the engines are: ``postgresql+psycopg://…`` (SQLAlchemy's form) and ``redis://…`` or ``unix://…``."""

    database_url: str
    redis_url: str


@contextmanager
def engines(settings: Settings) -> Iterator[EngineUrls]:
    """Give the engines' addresses, starting or joining the private ones where none are set.

    Raises EngineError, with a sentence for the person at the terminal, when they cannot be started.
    """
    if settings.database_url and settings.redis_url:
        yield EngineUrls(settings.database_url, settings.redis_url)
        return
    membership = _enter(settings.instance_path / "engines")
    try:
        yield EngineUrls(
            settings.database_url or membership.urls.database_url,
            settings.redis_url or membership.urls.redis_url,
        )
    finally:
        membership.leave()


def create_database(database_url: str, name: str, *, template: str | None = None) -> str:
    """Make the database ``name`` anew on the server of ``database_url`` and return its address.

    An existing one is dropped, with the connections to it. ``template`` names the database to copy; nobody may
    be connected to that one meanwhile, or psycopg.errors.ObjectInUse is raised.
    """
    parts = urlsplit(database_url)
    database = sql.Identifier(name)
    server = parts._replace(scheme="postgresql", path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(database, sql.Identifier(template or "template0"))
        )
    return parts._replace(path=f"/{name}").geturl()


@dataclass(frozen=True, slots=True)
class _Membership:
    """One user's connection to the keeper; ``keeper`` is the keeper's process where this user started it."""

    urls: EngineUrls
    connection: socket.socket
    keeper: "subprocess.Popen[str] | None"
    process: int

    def leave(self) -> None:
        """Leave, and, as the last user, return when the engines have stopped."""
        if os.getpid() != self.process:
            return  # a fork of the user is unwinding: it never entered
        answer = b""
        # A keeper that was killed has closed the connection: then there is nothing to wait for.
        with self.connection, suppress(ConnectionError, BrokenPipeError):
            self.connection.settimeout(LEAVE_SECONDS)
            self.connection.shutdown(socket.SHUT_WR)
            while part := self.connection.recv(64):
                answer += part
        if self.keeper and answer:
            self.keeper.wait(LEAVE_SECONDS)


def _enter(folder: Path) -> _Membership:
    folder.mkdir(parents=True, exist_ok=True)
    keeper = None
    deadline = time.monotonic() + ENTER_SECONDS
    while time.monotonic() < deadline:
        joined = _connect(folder)
        if joined:
            connection, urls = joined
            return _Membership(urls, connection, keeper, os.getpid())
        started = _start_keeper(folder)
        keeper = started or keeper
        if not started:
            time.sleep(RETRY_SECONDS)
    raise EngineError(
        f"The private PostgreSQL and Redis did not answer within {ENTER_SECONDS:.0f} seconds. Another program "
        f"may be stopping them: try again, and see the logs in {folder} if this persists."
    )


def _connect(folder: Path) -> tuple[socket.socket, EngineUrls] | None:
    """Connect to the keeper and wait for the addresses; None where there is no keeper or it is stopping."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        runtime = (folder / "runtime").read_text(encoding="utf-8")
        connection.settimeout(ENTER_SECONDS)
        connection.connect(f"{runtime}/control")
        with connection.makefile("r", encoding="utf-8") as answers:
            line = answers.readline()
    except (FileNotFoundError, ConnectionError):
        line = ""
    except BaseException:
        connection.close()
        raise
    if line:
        return connection, EngineUrls(**json.loads(line))
    connection.close()
    return None


def _start_keeper(folder: Path) -> "subprocess.Popen[str] | None":
    """Start a keeper and wait until its engines answer; None where there is one. Raises EngineError."""
    with (folder / "keeper.log").open("a", encoding="utf-8") as log:
        keeper = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-P", "-m", "config.keeper", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    with keeper.stdout as said:  # type: ignore[union-attr]  # a pipe was asked for above
        for line in said:
            word, _, sentence = line.strip().partition(" ")
            if word == "note":
                _log.warning("%s", sentence)
            elif word == "failed":
                keeper.wait()
                raise EngineError(f"The private PostgreSQL and Redis cannot be started. {sentence}")
            elif word == "ready":
                return keeper
    # "busy", or it was killed: either way the next attempt to connect tells.
    keeper.wait()
    return None
