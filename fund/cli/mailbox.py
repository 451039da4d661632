"""A mail server for development: keeps each message as a file instead of sending it."""

import asyncio
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session


class _Keeper:
    """aiosmtpd's handler: the message is on disk before the sender is told that it was taken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - theirs
        await asyncio.to_thread(self._keep, envelope.original_content or b"")
        return "250 Kept"

    def _keep(self, message: bytes) -> None:
        name = f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}-{uuid4().hex[:8]}.eml"
        part = self._folder / f".{name}.part"
        part.write_bytes(message)
        part.rename(self._folder / name)


def serve_mailbox(listener: socket.socket, folder: Path) -> None:
    """Take messages at ``listener`` into ``folder`` as .eml files, until SIGTERM or SIGINT."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    asyncio.run(_serve(listener, folder))


async def _serve(listener: socket.socket, folder: Path) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    handler = _Keeper(folder)
    server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True, loop=loop), sock=listener)
    await stopped.wait()
    server.close()
