"""A real SMTP server on loopback that keeps what it accepts, and can be told to refuse or to hold."""

import asyncio
import ssl
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class MailServer:
    """``with MailServer() as server:`` runs one; ``received`` are the messages that it has accepted."""

    def __init__(self, tls_context: ssl.SSLContext | None = None) -> None:
        self.received: list[EmailMessage] = []
        self.signed_in: list[bytes] = []
        self.held = 0
        self._refusals: dict[str, int] = {}
        self._permits: asyncio.Semaphore | None = None
        self._tls_context = tls_context
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        self.port: int = server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> list[str]:
        """The address of each accepted message, sorted."""
        return sorted(mail["To"].addresses[0].addr_spec for mail in self.received)

    def refuse(self, address: str, code: int | None) -> None:
        """Answer ``code`` to the recipient; None accepts again."""
        if code is None:
            self._refusals.pop(address, None)
        else:
            self._refusals[address] = code

    def hold(self) -> None:
        """Take messages as far as the end of DATA and answer nothing, until ``let_pass`` or ``release``."""
        self._permits = asyncio.Semaphore(0)

    def let_pass(self, count: int) -> None:
        """Accept so many of those that are held or will be."""
        permits = self._permits
        assert permits is not None
        for _ in range(count):
            self._loop.call_soon_threadsafe(permits.release)

    def release(self) -> None:
        """Accept what is held, and everything from now on."""
        if self._permits is not None:
            self.let_pass(1_000)
            self._permits = None

    async def _start(self) -> asyncio.Server:
        return await self._loop.create_server(self._protocol, "127.0.0.1", 0)

    def _protocol(self) -> SMTP:
        return SMTP(
            self,
            loop=self._loop,
            tls_context=self._tls_context,
            authenticator=self._authenticate,
            enable_SMTPUTF8=True,
        )

    def _authenticate(self, *given: Any) -> AuthResult:
        self.signed_in.append(given[-1].login)
        return AuthResult(success=True)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if code := self._refusals.get(address):
            return f"{code} refused by the test"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self._permits is not None:
            self.held += 1
            try:
                # A client that is gone by now cancels us here: its message is not accepted.
                await self._permits.acquire()
            finally:
                self.held -= 1
        content = cast(bytes, envelope.original_content)
        self.received.append(message_from_bytes(content, policy=default))
        return "250 accepted"
