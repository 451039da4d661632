"""The link to an agreement as it arrives by mail: for the signer alone, in the agreement's language, and alive."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from config.settings import Settings
from fund.app import create_app
from fund.db import SessionFactory, unit_of_work
from fund.jobs.mail import deliver
from fund.models import Agreement, OutboxRow
from fund.services import agreements
from tests.agreeing import represent_all
from tests.jobs.mail_server import MailServer
from tests.scenario import World

ADDRESS = re.compile(r"https://fonds\.essai\.example(/signature/\S+)")


@pytest.fixture
def app(job_settings: Settings) -> Flask:
    return create_app(job_settings)


def mail_rows(factory: SessionFactory, number: int) -> list[int]:
    with factory() as session:
        query = select(OutboxRow.id).where(OutboxRow.subject_type == "agreement", OutboxRow.subject_id == number)
        return list(session.scalars(query.where(OutboxRow.link_id.is_not(None)).order_by(OutboxRow.id)))


@pytest.mark.parametrize(("locale", "said"), [("fr", "attend votre signature"), ("en", "awaits your signature")])
def test_the_link_opens_the_agreement(
    factory: SessionFactory, world: World, mail_server: MailServer, app: Flask, locale: str, said: str
) -> None:
    with unit_of_work(factory) as session:
        award = world.award(session, title="Jardins du bassin")
        represent_all(session, award)
        number = world.send_agreement(session, award, every_member=True, locale=locale).id
    for row in mail_rows(factory, number):
        deliver(row)
    assert [mail["To"] for mail in mail_server.received] == [
        f"Personne {place} <personne{place}@essai.example>" for place in range(3)
    ]
    mail = mail_server.received[1]
    assert mail["Content-Language"] == locale
    body = mail.get_content()
    assert said in body
    assert "Commune d'essai" in body
    found = ADDRESS.search(body)
    assert found
    page = app.test_client().get(found[1])
    assert page.status_code == 200
    assert "Jardins du bassin" in page.text
    with unit_of_work(factory) as session:
        agreement = session.get_one(Agreement, number)
        agreements.send_again(session, world["officer"], agreement, agreement.signers[1])
    assert app.test_client().get(found[1]).status_code == 410
    deliver(mail_rows(factory, number)[-1])
    newer = ADDRESS.search(mail_server.received[-1].get_content())
    assert newer
    assert app.test_client().get(newer[1]).status_code == 200
