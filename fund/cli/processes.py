"""The commands of the programs that ``fund run`` starts; each can also be run alone."""

import socket

import click

from config.settings import Settings, SettingsError
from fund.cli.engines import running_engines


@click.command()
@click.pass_obj
def relay(settings: Settings) -> None:
    """Hand due notifications and deadlines to the queues, until SIGTERM or Ctrl-C."""
    from fund.jobs.relay import run_relay

    with running_engines(settings) as complete:
        run_relay(complete)


@click.command()
@click.argument("queue")
@click.pass_obj
def worker(settings: Settings, queue: str) -> None:
    """Carry out the jobs of QUEUE, until SIGTERM or Ctrl-C."""
    from fund.jobs.worker import run_worker

    with running_engines(settings) as complete:
        try:
            run_worker(queue, complete)
        except SettingsError as error:
            raise click.ClickException(f"The worker was not started: {error}.") from error


@click.command(hidden=True)
@click.argument("listener", type=int)
@click.pass_obj
def mailbox(settings: Settings, listener: int) -> None:
    """Keep mail as files in instance/mail; LISTENER is the number of an open socket, given by `fund run`."""
    from fund.cli.mailbox import serve_mailbox

    serve_mailbox(socket.socket(fileno=listener), settings.instance_path / "mail")
