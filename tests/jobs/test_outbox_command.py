"""``fund outbox``, as a person at a terminal uses it."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from fund.cli.main import cli
from fund.db import unit_of_work
from fund.jobs.mail import deliver
from fund.models import OutboxRow, OutboxState
from fund.services.registration import ask_account
from tests.jobs.conftest import Outbox
from tests.jobs.mail_server import MailServer

Fund = Callable[..., Result]


@pytest.fixture
def fund(environment: dict[str, str]) -> Fund:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments, env=environment)

    return run


def park(outbox: Outbox, mail_server: MailServer, count: int) -> list[int]:
    row_ids = outbox.write(count)
    for number, row_id in enumerate(row_ids, start=1):
        mail_server.refuse(outbox.address(number), 550)
        deliver(row_id)
        mail_server.refuse(outbox.address(number), None)
    return row_ids


def test_a_message_that_carries_a_link_is_listed_with_its_reader(
    outbox: Outbox, mail_server: MailServer, fund: Fund
) -> None:
    with unit_of_work(outbox.factory) as session:
        ask_account(session, email="nouvelle@essai.example", name="Nouvelle", locale="fr")
    with outbox.factory() as session:
        row_id = session.scalars(select(OutboxRow.id).where(OutboxRow.subject_type == "link")).one()
    mail_server.refuse("nouvelle@essai.example", 550)
    deliver(row_id)
    mail_server.refuse("nouvelle@essai.example", None)
    line = next(
        line for line in fund("outbox", "list").output.splitlines() if line.strip().startswith(str(row_id))
    )
    for word in ("parked", "account.register", "nouvelle@essai.example", "550 refused by the test"):
        assert word in line
    assert fund("outbox", "retry", str(row_id)).exit_code == 0
    deliver(row_id)
    assert mail_server.recipients == ["nouvelle@essai.example"]


def test_a_parked_message_is_listed_with_its_cause_and_can_be_sent_again(
    outbox: Outbox, mail_server: MailServer, fund: Fund
) -> None:
    [row_id] = park(outbox, mail_server, 1)
    listed = fund("outbox", "list", "--state", "parked")
    assert listed.exit_code == 0
    line = next(line for line in listed.output.splitlines() if line.strip().startswith(str(row_id)))
    for word in ("parked", "application.submitted", "DO-ESSAI", outbox.address(1), "550 refused by the test"):
        assert word in line

    again = fund("outbox", "retry", str(row_id))

    assert (again.exit_code, again.output) == (0, "To be tried again now: 1.\n")
    assert outbox.row(row_id).state is OutboxState.PENDING
    assert outbox.row(row_id).attempts == 0
    deliver(row_id)
    assert mail_server.recipients == outbox.addresses(1)
    assert fund("outbox", "list").output == "Nothing.\n"
    assert str(row_id) in fund("outbox", "list", "--state", "done").output


def test_all_parked_messages_at_once(outbox: Outbox, mail_server: MailServer, fund: Fund) -> None:
    park(outbox, mail_server, 3)
    assert fund("outbox", "retry", "--all").output == "To be tried again now: 3.\n"
    assert outbox.count(OutboxState.PENDING) == 3


def test_a_row_that_is_not_parked_changes_nothing(outbox: Outbox, mail_server: MailServer, fund: Fund) -> None:
    [parked] = park(outbox, mail_server, 1)
    refused = fund("outbox", "retry", str(parked), "999999")
    assert refused.exit_code == 1
    assert "No parked message 999999; nothing was changed." in refused.output
    assert outbox.row(parked).state is OutboxState.PARKED
    assert fund("outbox", "retry").exit_code == 2


def test_a_worker_without_a_mail_server_or_of_an_unknown_queue_says_so(
    fund: Fund, environment: dict[str, str]
) -> None:
    refused = fund("worker", "letters")
    assert refused.exit_code == 1
    assert "notifications, deadlines" in refused.output
    del environment["SMTP_URL"]
    refused = fund("worker", "notifications")
    assert refused.exit_code == 1
    assert "SMTP_URL must be set" in refused.output
