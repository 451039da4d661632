"""The invitation to a session as it arrives: its words, and the event for a calendar."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar, Event
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config.settings import Settings
from fund.db import SessionFactory, unit_of_work
from fund.jobs.mail import write_mail
from fund.models import CommitteeSession, OutboxRow, Person
from fund.services import committee
from fund.services.steps import take_step
from tests.scenario import World
from workflows.topics import Topic

HELD_AT = datetime(2031, 3, 1, 13, 0, tzinfo=UTC)


@pytest.fixture
def convened(factory: SessionFactory, world: World) -> int:
    with unit_of_work(factory) as session:
        sitting = world.sitting(session)
        committee.edit_session(
            session,
            world["officer"],
            sitting,
            held_at=HELD_AT,
            place="Salle des fêtes",
            link="https://visio.example/comite",
        )
        committee.put_on_agenda(session, world["officer"], sitting, world.reviewed(session))
        take_step(session, world["officer"], sitting, "convene")
        return sitting.id


def last_mail(
    session: Session, settings: Settings, world: World, topic: Topic, name: str = "member"
) -> EmailMessage:
    query = select(OutboxRow).where(OutboxRow.topic == topic, OutboxRow.recipient_id == world.people[name])
    row = session.scalars(query.order_by(OutboxRow.id.desc()).limit(1)).one()
    assert row.recipient is not None
    return write_mail(settings, row, row.recipient)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body()
    assert body is not None
    text: str = body.get_content()
    return text


def event_of(mail: EmailMessage) -> tuple[Mapping[str, Any], Event]:
    (part,) = list(mail.iter_attachments())
    assert part.get_content_type() == "text/calendar"
    written = part.get_payload(decode=True)
    assert isinstance(written, bytes)
    (event,) = Calendar.from_ical(written).walk("VEVENT")
    assert isinstance(event, Event)
    return {"method": part["Content-Type"].params["method"], "name": part.get_filename()}, event


def test_the_invitation_brings_words_and_an_event(
    factory: SessionFactory, settings: Settings, world: World, convened: int
) -> None:
    with factory() as session:
        reference = session.get_one(CommitteeSession, convened).reference
        mail = last_mail(session, settings, world, Topic.COMMITTEE_CONVENED)
    assert mail["Subject"] == "Convocation\u00a0: Comité d'essai, le 1er\u00a0mars\u00a02031 à 14\u00a0h\u00a000"
    assert mail["Content-Language"] == "fr"
    text = text_of(mail)
    for words in ("Salle des fêtes", "https://visio.example/comite", "Dossiers à l’ordre du jour\u00a0: 1."):
        assert words in text
    told, event = event_of(mail)
    assert told == {"method": "PUBLISH", "name": f"{reference}.ics"}
    assert event["UID"] == f"{reference}@fonds-odd17"
    assert event.start == HELD_AT
    assert event["STATUS"] == "CONFIRMED"
    assert "Salle des fêtes" in str(event["LOCATION"])


def test_a_session_that_moves_sends_the_same_event_again_with_a_higher_sequence(
    factory: SessionFactory, settings: Settings, world: World, convened: int
) -> None:
    with unit_of_work(factory) as session:
        session.execute(update(Person).where(Person.id == world.people["chair"]).values(locale="en"))
    with factory() as session:
        _, before = event_of(last_mail(session, settings, world, Topic.COMMITTEE_CONVENED, "chair"))
    later = datetime(2031, 3, 8, 9, 30, tzinfo=UTC)
    with unit_of_work(factory) as session:
        sitting = session.get_one(CommitteeSession, convened)
        committee.edit_session(session, world["officer"], sitting, held_at=later)
    with factory() as session:
        mail = last_mail(session, settings, world, Topic.COMMITTEE_CONVENED, "chair")
    assert mail["Subject"].startswith("Session changed: Comité d'essai")
    _, event = event_of(mail)
    assert event["UID"] == before["UID"]
    assert int(str(event["SEQUENCE"])) > int(str(before["SEQUENCE"]))
    assert event.start == later


def test_a_session_that_is_called_off_takes_its_event_out(
    factory: SessionFactory, settings: Settings, world: World, convened: int
) -> None:
    with unit_of_work(factory) as session:
        sitting = session.get_one(CommitteeSession, convened)
        inputs = {"reason": "Salle indisponible."}
        take_step(session, world["officer"], sitting, "cancel", inputs=inputs)
    with factory() as session:
        mail = last_mail(session, settings, world, Topic.COMMITTEE_CANCELLED)
    assert "Salle indisponible." in text_of(mail)
    _, event = event_of(mail)
    assert event["STATUS"] == "CANCELLED"
