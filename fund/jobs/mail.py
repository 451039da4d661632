"""Sending one message by mail."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from sqlalchemy.orm import Session

from config.settings import DEFAULT_LOCALE, LOCALES, Settings
from fund.jobs.attachments import attach_files
from fund.jobs.handling import Hopeless, handle
from fund.jobs.runtime import current_settings
from fund.messages.render import one_line, render
from fund.models import OutboxRow, Person, PersonalLink
from fund.services.links import text_of

SMTP_SECONDS = 60.0  # for each answer of the mail server
QUIT_SECONDS = 2.0
FIRST_PERMANENT = 500  # RFC 5321, 4.2.1: replies from 500 on say that repeating the same will not help


def deliver(outbox_id: int) -> None:
    """Send the row's message to its recipient, at most once for each time the row is due."""
    handle(outbox_id, _deliver)


def _deliver(_session: Session, row: OutboxRow) -> None:
    recipient = _reader_of(row)
    if recipient is not None:
        settings = current_settings()
        send(settings, write_mail(settings, row, recipient))


def _reader_of(row: OutboxRow) -> Person | PersonalLink | None:
    """An account that was closed since is told nothing more, and a link that was taken back is not sent."""
    if row.link is not None:
        return row.link if row.link.revoked_at is None else None
    return row.recipient if row.recipient is not None and row.recipient.active else None


def write_mail(settings: Settings, row: OutboxRow, recipient: Person | PersonalLink) -> EmailMessage:
    """The message as it goes out, in the recipient's language."""
    locale = recipient.locale if recipient.locale in LOCALES else DEFAULT_LOCALE
    link_text = text_of(row.link, settings.secret_key) if row.link else ""
    message = render(row, locale, public_url=settings.public_url, link_text=link_text)
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = _address(settings.mail_from)
    mail["To"] = Address(display_name=one_line(recipient.name), addr_spec=recipient.email)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(row.created_at)
    mail["Message-ID"] = message_id(settings, row)
    # RFC 3834: so that no holiday responder answers.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body, cte="quoted-printable")
    attach_files(mail, row, locale, public_url=settings.public_url)
    mail["Content-Language"] = locale  # after the content, which brings its own Content- headers
    return mail


def message_id(settings: Settings, row: OutboxRow) -> str:
    """The same for every repetition of a row, and another for any other row of any other database.

    A receiver that knows the identifier folds a repeated message (RFC 5322, 3.6.4). The instant at which the row
    was made tells apart rows of one number in two databases, and survives a restored backup.
    """
    made = int(row.created_at.timestamp() * 1_000_000)
    return f"<outbox-{row.id}.{made}@{urlsplit(settings.public_url).hostname}>"


def send(settings: Settings, mail: EmailMessage) -> None:
    """Hand the message to the mail server of ``SMTP_URL``; returning means that the server has accepted it.

    Raises Hopeless where the server refuses this recipient or this message for good. Everything else (the server
    away, busy, or refusing ourselves) may pass, and is raised as smtplib and the sockets have it.
    """
    try:
        with _connected(str(settings.smtp_url)) as server:
            server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        [(code, text)] = error.recipients.values()
        raise _refusal(error, code, text) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(error, error.smtp_code, error.smtp_error) from error


def _refusal(error: Exception, code: int, text: bytes | str) -> Exception:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return Hopeless(f"{code} {said}") if code >= FIRST_PERMANENT else error


@contextmanager
def _connected(smtp_url: str) -> Iterator[smtplib.SMTP]:
    server = _connect(smtp_url)
    try:
        yield server
    finally:
        # Whether the message was accepted is known by now. A server that takes leave badly or late must not turn
        # an accepted message into a failed attempt, nor keep us from the commit (smtplib's own `with` does both).
        with suppress(smtplib.SMTPException, OSError):
            if server.sock is not None:
                server.sock.settimeout(QUIT_SECONDS)
            server.quit()
        server.close()


def _connect(smtp_url: str) -> smtplib.SMTP:
    url = urlsplit(smtp_url)
    host = url.hostname or "localhost"
    server: smtplib.SMTP
    if url.scheme == "smtps":
        secure = ssl.create_default_context()
        server = smtplib.SMTP_SSL(host, url.port or 465, timeout=SMTP_SECONDS, context=secure)
    else:
        server = smtplib.SMTP(host, url.port or 25, timeout=SMTP_SECONDS)
    try:
        server.ehlo()
        if url.scheme != "smtps" and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if url.username:
            _sign_in(server, unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _sign_in(server: smtplib.SMTP, user: str, password: str) -> None:
    if not isinstance(server.sock, ssl.SSLSocket):
        raise smtplib.SMTPNotSupportedError("the mail server offers no STARTTLS: the password was not sent")
    server.login(user, password)


def _address(text: str) -> Address:
    name, spec = parseaddr(text)
    return Address(display_name=name, addr_spec=spec)
