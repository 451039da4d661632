"""One message: what goes out, what is refused, what is tried again, what is parked."""

import socket
import ssl
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from config.settings import Settings
from fund.db import unit_of_work
from fund.jobs import runtime
from fund.jobs.handling import BACK_OFF, MAX_ATTEMPTS
from fund.jobs.mail import deliver
from fund.models import OutboxRow, OutboxState, Person
from fund.models.base import utc_now
from tests.jobs.conftest import Outbox
from tests.jobs.mail_server import MailServer

pytestmark = pytest.mark.usefixtures("job_settings")


def change_recipient(outbox: Outbox, **fields: object) -> None:
    with unit_of_work(outbox.factory) as session:
        session.execute(update(Person).values(**fields))


def test_a_message_goes_out_in_the_recipients_language(outbox: Outbox, mail_server: MailServer) -> None:
    first, second = outbox.write(2)
    deliver(first)
    change_recipient(outbox, locale="en")
    deliver(second)

    french, english = mail_server.received
    assert french["Subject"] == "Dossier DO-ESSAI\u00a0: bien déposé"
    assert french["To"] == "Personne 1 <personne1@essai.example>"
    assert french["Content-Language"] == "fr"
    assert "https://fonds.essai.example/dossiers/DO-ESSAI" in french.get_content()
    assert french["Message-ID"].startswith(f"<outbox-{first}.")
    assert french["Auto-Submitted"] == "auto-generated"
    assert english["Subject"] == "Application DO-ESSAI: received"
    assert english["Content-Language"] == "en"
    row = outbox.row(first)
    assert row.state is OutboxState.DONE
    assert row.done_at is not None


def test_a_message_that_is_done_is_not_sent_again(outbox: Outbox, mail_server: MailServer) -> None:
    [row_id] = outbox.write()
    deliver(row_id)
    deliver(row_id)
    assert len(mail_server.received) == 1


def test_a_row_in_other_hands_is_left_alone(outbox: Outbox, mail_server: MailServer) -> None:
    [row_id] = outbox.write()
    with outbox.factory() as session:
        session.get_one(OutboxRow, row_id, with_for_update=True)
        deliver(row_id)
    assert mail_server.received == []
    assert outbox.row(row_id).attempts == 0


def test_a_closed_account_is_told_nothing(outbox: Outbox, mail_server: MailServer) -> None:
    [row_id] = outbox.write()
    change_recipient(outbox, active=False)
    deliver(row_id)
    assert mail_server.received == []
    assert outbox.row(row_id).state is OutboxState.DONE


def test_line_ends_in_what_people_typed_begin_no_header(outbox: Outbox, mail_server: MailServer) -> None:
    [row_id] = outbox.write()
    change_recipient(outbox, name="Personne\r\nBcc: autre@essai.example")
    with unit_of_work(outbox.factory) as session:
        payload = {"reference": "DO-1\r\nBcc: autre@essai.example\u2028X: y", "title": "Titre"}
        session.execute(update(OutboxRow).values(payload=payload))

    deliver(row_id)

    [mail] = mail_server.received
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert mail["Subject"] == "Dossier DO-1 Bcc: autre@essai.example X: y\u00a0: bien déposé"


def test_a_temporary_refusal_is_tried_again_after_a_pause(outbox: Outbox, mail_server: MailServer) -> None:
    [row_id] = outbox.write()
    mail_server.refuse(outbox.address(1), 451)
    deliver(row_id)

    row = outbox.row(row_id)
    assert (row.state, row.attempts) == (OutboxState.PENDING, 1)
    assert "451" in (row.last_error or "")
    assert timedelta(seconds=50) < row.available_at - utc_now() <= BACK_OFF[0]

    mail_server.refuse(outbox.address(1), None)
    deliver(row_id)
    assert mail_server.recipients == outbox.addresses(1)
    assert outbox.row(row_id).last_error is None


def test_pauses_grow_and_the_last_attempt_parks(outbox: Outbox, mail_server: MailServer) -> None:
    [row_id] = outbox.write()
    mail_server.refuse(outbox.address(1), 451)
    for pause in BACK_OFF:
        deliver(row_id)
        assert abs(outbox.row(row_id).available_at - utc_now() - pause) < timedelta(seconds=10)
    deliver(row_id)

    row = outbox.row(row_id)
    assert (row.state, row.attempts) == (OutboxState.PARKED, MAX_ATTEMPTS)
    deliver(row_id)
    assert outbox.row(row_id).attempts == MAX_ATTEMPTS, "a parked row is not tried"


def test_a_permanent_refusal_parks_at_once(outbox: Outbox, mail_server: MailServer) -> None:
    [row_id] = outbox.write()
    mail_server.refuse(outbox.address(1), 550)
    deliver(row_id)
    row = outbox.row(row_id)
    assert (row.state, row.attempts) == (OutboxState.PARKED, 1)
    assert row.last_error == "Hopeless: 550 refused by the test"


def test_a_mail_server_that_is_away_is_tried_again(
    outbox: Outbox, job_settings: Settings, mail_server: MailServer
) -> None:
    [row_id] = outbox.write()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    runtime.configure(replace(job_settings, smtp_url=f"smtp://127.0.0.1:{port}"))
    deliver(row_id)
    assert outbox.row(row_id).state is OutboxState.PENDING
    assert "ConnectionRefusedError" in (outbox.row(row_id).last_error or "")


def test_a_password_is_never_sent_in_clear(
    outbox: Outbox, job_settings: Settings, mail_server: MailServer
) -> None:
    [row_id] = outbox.write()
    runtime.configure(replace(job_settings, smtp_url=f"smtp://fonds:secret@127.0.0.1:{mail_server.port}"))
    deliver(row_id)
    assert mail_server.received == []
    assert mail_server.signed_in == []
    assert "the password was not sent" in (outbox.row(row_id).last_error or "")


def test_starttls_is_used_where_it_is_offered_and_the_certificate_is_checked(
    outbox: Outbox, job_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subjects = ["-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", *options, *subjects, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    first, second = outbox.write(2)
    with MailServer(tls_context=context) as server:
        url = f"smtp://fonds:se%40cret@localhost:{server.port}"
        runtime.configure(replace(job_settings, smtp_url=url))
        deliver(first)
        assert "CERTIFICATE_VERIFY_FAILED" in (outbox.row(first).last_error or "")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        deliver(second)

        assert server.signed_in == [b"fonds"]
        assert server.recipients == ["personne2@essai.example"]
