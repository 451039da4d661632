"""The private engines: shared by all who use them, gone with the last, whatever end each of them meets."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from config.embedded import create_database, engines
from config.settings import load_settings
from tests.engines.conftest import User, engine_processes, keeper_of, wait_until

Enter = Callable[[], User]


def runtime_of(user_urls: list[str]) -> Path:
    return Path(user_urls[1].removeprefix("unix://")).parent


def test_a_second_program_shares_the_engines_and_the_last_one_stops_them(instance: Path, enter: Enter) -> None:
    first = enter()
    urls = first.urls()
    second = enter()
    assert second.urls() == urls
    assert stat.S_IMODE(runtime_of(urls).stat().st_mode) == 0o700

    first.leave()
    durable_and_private = "SELECT current_setting('synchronous_commit'), current_setting('listen_addresses')"
    assert second.ask(durable_and_private) == ["on", ""]

    second.leave()
    assert engine_processes(instance) == {}
    assert not runtime_of(urls).exists()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_runs_on_after_the_only_user_is_ended(instance: Path, enter: Enter, end: signal.Signals) -> None:
    user = enter()
    urls = user.urls()
    assert set(engine_processes(instance).values()) >= {"postgres", "redis-server"}

    user.process.send_signal(end)

    assert user.process.wait(20) != 0
    wait_until(lambda: not engine_processes(instance) and not runtime_of(urls).exists())


def test_the_others_work_on_when_the_starter_is_killed(instance: Path, enter: Enter) -> None:
    starter = enter()
    starter.urls()
    other = enter()
    other.urls()

    starter.process.kill()
    starter.process.wait()

    assert other.ask("SELECT 1") == [1]
    other.leave()
    assert engine_processes(instance) == {}


def test_committed_data_survives_the_killing_of_everything(instance: Path, enter: Enter) -> None:
    user = enter()
    urls = user.urls()
    user.ask("CREATE TABLE kept AS SELECT 17 AS number")
    for pid in (keeper_of(instance), *engine_processes(instance), user.process.pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # a backend that went with its server
    wait_until(lambda: not engine_processes(instance))
    assert runtime_of(urls).exists()

    data = instance / "engines" / "postgres"
    owner = data.stat().st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "60"], user=owner) as stranger:
        # The number that the kill left in this file has been given to another process of the same account.
        (data / "postmaster.pid").write_text(f"{stranger.pid}\n", encoding="utf-8")
        later = enter()
        assert later.urls() == urls  # the folder left behind is used again
        assert later.ask("SELECT number FROM kept") == [17]
        later.leave()
        assert stranger.poll() is None
        stranger.kill()
    assert engine_processes(instance) == {}
    assert not runtime_of(urls).exists()


def test_the_engines_go_with_a_killed_keeper_and_come_back_for_the_next_user(instance: Path, enter: Enter) -> None:
    user = enter()
    user.urls()

    os.kill(keeper_of(instance), signal.SIGKILL)
    next_user = enter()  # at once: the old engines are still stopping

    next_user.urls()
    assert next_user.ask("SELECT 1") == [1]
    user.leave()
    next_user.leave()


def test_an_engine_that_dies_is_started_again_at_the_same_address(instance: Path, enter: Enter) -> None:
    user = enter()
    user.urls()
    before = engine_processes(instance)
    redis = next(pid for pid, name in before.items() if name == "redis-server")
    postmaster = int((instance / "engines" / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split()[0])

    os.kill(postmaster, signal.SIGKILL)
    os.kill(redis, signal.SIGKILL)

    with engines(load_settings({"FUND_INSTANCE": str(instance)})) as urls:
        wait_until(lambda: answers(urls.database_url))
    wait_until(lambda: "redis-server" in engine_processes(instance).values())
    assert user.ask("SELECT 1") == [1]
    user.leave()


def answers(database_url: str) -> bool:
    try:
        psycopg.connect(database_url.replace("+psycopg", "")).close()
    except psycopg.OperationalError:
        return False
    return True


def test_programs_that_start_at_the_same_time_share_one_pair_of_engines(instance: Path, enter: Enter) -> None:
    users = [enter() for _ in range(4)]

    assert len({tuple(user.urls()) for user in users}) == 1
    assert [user.ask("SELECT 1") for user in users] == [[1]] * 4
    assert list(engine_processes(instance).values()).count("redis-server") == 1
    for user in users:
        user.leave()
    assert engine_processes(instance) == {}


def test_of_keepers_that_start_at_the_same_time_one_serves_and_the_others_withdraw(
    instance: Path, enter: Enter
) -> None:
    folder = instance / "engines"
    folder.mkdir(parents=True)
    command = [sys.executable, "-P", "-m", "config.keeper", str(folder)]

    keepers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    user = enter()

    user.urls()
    user.leave()
    last_lines = sorted(keeper.communicate()[0].splitlines()[-1] for keeper in keepers)
    assert last_lines == ["busy", "busy", "busy", "ready"]


def test_programs_that_come_while_the_last_one_leaves_get_engines(instance: Path, enter: Enter) -> None:
    present = enter()
    present.urls()
    for _ in range(4):
        newcomer = enter()
        present.leave()
        newcomer.urls()
        assert newcomer.ask("SELECT 1") == [1]
        present = newcomer
    present.leave()
    assert engine_processes(instance) == {}


def test_a_long_instance_path_is_no_obstacle(tmp_path: Path) -> None:
    instance = tmp_path / ("long" * 40) / "instance"

    user = User(instance)
    try:
        user.urls()
        assert user.ask("SELECT current_setting('data_directory')") == [str(instance / "engines" / "postgres")]
        user.leave()
    finally:
        user.end()
    assert engine_processes(instance) == {}


def test_a_folder_closed_to_others_is_opened_for_passage_only_and_only_for_root(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    user = User(closed / "instance")
    try:
        user.urls()
        assert user.ask("SELECT 1") == [1]
        user.leave()
    finally:
        user.end()
    assert stat.S_IMODE(closed.stat().st_mode) == (0o701 if os.geteuid() == 0 else 0o700)


def test_a_fork_of_a_user_does_not_stop_the_engines(instance: Path) -> None:
    with ExitStack() as blocks:
        urls = blocks.enter_context(engines(load_settings({"FUND_INSTANCE": str(instance)})))
        child = os.fork()
        if child == 0:
            try:
                blocks.close()  # the child unwinds the block that its parent entered
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert answers(urls.database_url)


def test_addresses_that_are_set_are_used_as_given(instance: Path) -> None:
    given = {
        "FUND_INSTANCE": str(instance),
        "DATABASE_URL": "postgresql+psycopg://db/x",
        "REDIS_URL": "redis://q/0",
    }

    with engines(load_settings(given)) as urls:
        assert (urls.database_url, urls.redis_url) == ("postgresql+psycopg://db/x", "redis://q/0")
        assert not (instance / "engines").exists()


def test_a_failed_start_says_why(instance: Path) -> None:
    data = instance / "engines" / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9.6\n", encoding="utf-8")
    if os.geteuid() == 0:
        os.chown(data, 65534, 65534)
    with (
        pytest.raises(RuntimeError, match="cannot be started"),
        engines(load_settings({"FUND_INSTANCE": str(instance)})),
    ):
        pass


def test_a_database_is_made_anew_from_a_template(instance: Path) -> None:
    with engines(load_settings({"FUND_INSTANCE": str(instance)})) as urls:
        with psycopg.connect(urls.database_url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE planted AS SELECT 1 AS one")
        for _ in range(2):  # the second time drops the first, used or not
            copy = create_database(urls.database_url, "copy-1", template="fund").replace("+psycopg", "")
            with psycopg.connect(copy) as connection:
                assert connection.execute("SELECT one FROM planted").fetchone() == (1,)
                connection.execute("DELETE FROM planted")
