"""``fund run``: everything on one machine, for development and demonstration."""

import signal
import socket
import sys
from contextlib import ExitStack
from dataclasses import replace

import click

from config.settings import Settings, inherited_environment
from fund.cli.engines import running_engines
from fund.cli.supervisor import Program, Supervisor

PYTHON = (sys.executable, "-P", "-m")  # -P: a folder named like one of our modules must not hide it
FUND = (*PYTHON, "fund.cli")
WEB_THREADS = 4  # for each process: a page waits for the database most of its time


@click.command()
@click.option("--demo", is_flag=True, help="Load the demonstration data, once, and print its accounts.")
@click.pass_obj
def run(settings: Settings, demo: bool) -> None:
    """Run the web server, the relay and the workers until Ctrl-C or SIGTERM.

    Starts a private PostgreSQL and Redis where DATABASE_URL and REDIS_URL are not set, and keeps mail in
    instance/mail where SMTP_URL is not set. Outside production the database is brought up to date first.
    """
    signal.signal(signal.SIGTERM, _unwind)  # until the supervisor takes over: the engines must be left in order
    with ExitStack() as stack:
        web_socket = stack.enter_context(_listen(settings.host, settings.port))
        mail_socket = None if settings.smtp_url else stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        settings = stack.enter_context(running_engines(settings))
        settings = replace(settings, smtp_url=settings.smtp_url or _address_of(mail_socket))
        _prepare(settings, demo)
        click.echo(f"Open {settings.public_url} in a browser. Ctrl-C stops everything.")
        Supervisor(_programs(settings, web_socket, mail_socket), _environment(settings)).run()


def _prepare(settings: Settings, demo: bool) -> None:
    from fund.cli.db import upgrade

    if not settings.is_production:
        upgrade(str(settings.database_url))
    if demo:
        from fund.cli.demo import load_demo

        click.echo("Loading the demonstration…")
        for account in load_demo(settings):
            click.echo(f"  {account.role:<12} {account.email}  {account.password}")


def _programs(settings: Settings, web_socket: socket.socket, mail_socket: socket.socket | None) -> list[Program]:
    from fund.jobs.registry import QUEUES

    # The sockets are ours and outlive their servers: visitors wait while a server is started again.
    programs = [
        Program(name="web", command=_gunicorn(settings, web_socket.fileno()), pass_fds=(web_socket.fileno(),)),
        Program(name="relay", command=(*FUND, "relay")),
        *(Program(name=f"worker {queue}", command=(*FUND, "worker", queue)) for queue in QUEUES),
    ]
    if mail_socket:
        number = mail_socket.fileno()
        mailbox = (*FUND, "mailbox", str(number))
        programs.insert(0, Program(name="mailbox", command=mailbox, pass_fds=(number,), serves_others=True))
    return programs


def _gunicorn(settings: Settings, number: int) -> tuple[str, ...]:
    return (
        *(*PYTHON, "gunicorn", "fund.app:create_app()"),
        *("--bind", f"fd://{number}"),
        *("--workers", str(settings.web_processes)),
        *("--worker-class", "gthread", "--threads", str(WEB_THREADS)),
        *("--graceful-timeout", "4"),
        *("--log-level", "warning"),
        "--no-control-socket",
    )


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **inherited_environment(),
        "DATABASE_URL": str(settings.database_url),
        "REDIS_URL": str(settings.redis_url),
        "SMTP_URL": str(settings.smtp_url),
    }


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {host} port {port}: {error.strerror}. If another program (perhaps another "
            f"`fund run`) has this port, stop it, or choose a port: PORT={port + 1} make run"
        ) from error


def _address_of(mail_socket: socket.socket | None) -> str | None:
    return f"smtp://127.0.0.1:{mail_socket.getsockname()[1]}" if mail_socket else None


def _unwind(*_: object) -> None:
    raise SystemExit(0)
