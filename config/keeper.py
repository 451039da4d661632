"""The keeper: the one process that owns an instance's private PostgreSQL and Redis.

Started by ``config.embedded`` as ``python -m config.keeper INSTANCE/engines``; that module's docstring
states the protocol. On its standard output the keeper says ``note SENTENCE`` any number of times, then one of
``ready``, ``busy`` (another keeper has the lock) or ``failed SENTENCE``.
"""

import fcntl
import json
import os
import selectors
import shutil
import signal
import socket
import stat
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from config.engine_programs import Account, Engine, EngineError, Place, postgres_engine, redis_engine

FIRST_USER_SECONDS = 5.0  # the starter connects at once; it was killed when it has not by then
START_SECONDS = 60.0  # PostgreSQL may have a crash to recover from
STOP_SECONDS = 8.0  # for each signal of an engine's ladder
RESTART_SECONDS = 2.0
CHECK_SECONDS = 0.2


class Keeper:
    """Holds the lock, the control socket and both engines; serves until the last user has left."""

    def __init__(self, folder: Path, lock: int) -> None:
        account = Account.choose(folder)
        self._place = Place(folder, _runtime_folder(folder, account), account, lock)
        self._control = _listen(self._place.runtime / "control")
        # Published only now: whoever reads the path can connect.
        _write_whole(folder / "runtime", str(self._place.runtime))
        self._engines: list[Engine] = []
        self._terminated = False
        signal.signal(signal.SIGTERM, self._terminate)

    def start(self) -> None:
        """Start both engines and wait until they answer. Raises EngineError with the engine's own words."""
        for make in (postgres_engine, redis_engine):
            self._engines.append(make(self._place))
        for engine in self._engines:
            engine.start()
        deadline = time.monotonic() + START_SECONDS
        for engine in self._engines:
            while not engine.answers():
                if not engine.runs() or time.monotonic() > deadline:
                    raise EngineError(f"{engine.name} did not start: {engine.last_words()}")
                time.sleep(0.02)

    def serve(self) -> socket.socket | None:
        """Admit users until the last one leaves; return that one's connection (None after SIGTERM)."""
        urls = json.dumps({engine.url_name: engine.url for engine in self._engines}).encode() + b"\n"
        users: set[socket.socket] = set()
        idle_until = time.monotonic() + FIRST_USER_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            while not self._terminated and (users or time.monotonic() < idle_until):
                ready = {key.fileobj for key, _ in selector.select(CHECK_SECONDS)}
                # New users first: one that arrives while the last one leaves keeps the engines running.
                if self._control in ready:
                    user = self._control.accept()[0]
                    with suppress(OSError):  # it was killed meanwhile: seen as leaving in the next round
                        user.sendall(urls)
                    users.add(user)
                    selector.register(user, selectors.EVENT_READ)
                for user in users & ready:
                    selector.unregister(user)
                    users.remove(user)
                    if not users and not self._someone_waits():
                        return user
                    idle_until = time.monotonic() + FIRST_USER_SECONDS  # for the one who waits, if none is left
                    user.close()
                self._restart_the_fallen()
        return None

    def stop(self) -> None:
        """Refuse newcomers, then stop the engines and remove their sockets."""
        (self._place.folder / "runtime").unlink(missing_ok=True)
        self._control.close()
        for engine in self._engines:
            engine.signal_first()
        for engine in self._engines:
            engine.stop(STOP_SECONDS)
        shutil.rmtree(self._place.runtime, ignore_errors=True)

    def _someone_waits(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            return bool(selector.select(0))

    def _restart_the_fallen(self) -> None:
        for engine in self._engines:
            if not engine.runs() and time.monotonic() > engine.started_at + RESTART_SECONDS:
                _log(f"{engine.name} has died ({engine.last_words()}); starting it again")
                engine.start()

    def _terminate(self, *_: object) -> None:
        self._terminated = True


def main(folder: Path) -> None:
    """Be the keeper of ``folder`` until its last user has left, unless there is one already."""
    os.umask(0o077)
    try:
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("busy")
        return
    except OSError as error:
        _say(f"failed {error.strerror}: {error.filename}")
        return
    _keep(folder, lock)


def _keep(folder: Path, lock: int) -> None:
    keeper = None
    try:
        keeper = Keeper(folder, lock)
        keeper.start()
    except (EngineError, OSError) as error:
        _say(f"failed {error}")
        if keeper:
            keeper.stop()
        return
    _say("ready")
    last_user = keeper.serve()
    keeper.stop()
    if last_user:
        # The connection itself closes as this process ends: the user that waits for it outlives us all.
        with suppress(OSError):  # it was killed
            last_user.sendall(b"stopped")


def _runtime_folder(folder: Path, account: Account) -> Path:
    """The private folder of the sockets, in /tmp because a socket's whole path has at most 107 bytes.

    A folder left by a killed keeper is used again when it is still ours alone, so that nothing piles up and
    the addresses stay the same; anything else under that name is not trusted.
    """
    try:
        left = Path((folder / "runtime").read_text(encoding="utf-8"))
        state = left.lstat()
    except OSError:
        pass
    else:
        if stat.S_ISDIR(state.st_mode) and state.st_uid == account.uid and not state.st_mode & 0o077:
            # Dead sockets, and a lock file whose number another process may have by now; we hold the lock.
            for remains in left.iterdir():
                remains.unlink()
            return left
    made = Path(tempfile.mkdtemp(prefix="fund-", dir="/tmp"))
    account.give(made)
    return made


def _listen(path: Path) -> socket.socket:
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    control.bind(str(path))
    control.listen(128)
    return control


def _write_whole(path: Path, text: str) -> None:
    """Write so that a reader sees the old text or the new one, never a part."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _say(line: str) -> None:
    sys.stdout.write(" ".join(line.split()) + "\n")
    sys.stdout.flush()


def _log(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
