"""The inbox: one's own messages, read or not."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, OutboxRow
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]


@pytest.fixture
def application(factory: SessionFactory, world: World) -> Application:
    with unit_of_work(factory) as session:
        return world.submitted(session)


def message_of(factory: SessionFactory, world: World, name: str) -> int:
    with factory() as session:
        number = session.scalar(select(OutboxRow.id).where(OutboxRow.recipient_id == world.people[name]))
        assert number is not None
        return number


def test_the_header_counts_what_is_unread(sign_in: SignIn, application: Application) -> None:
    page = sign_in("applicant").get("/compte").text
    assert re.search(r'class="count">1<span class="visually-hidden"> message non lu<', page)


def test_opening_a_message_marks_it_read_and_leads_to_the_file(
    sign_in: SignIn, application: Application, factory: SessionFactory, world: World
) -> None:
    browser = sign_in("applicant")
    assert f"Dossier {application.reference}" in browser.get("/messages").text
    answer = browser.post(f"/messages/{message_of(factory, world, 'applicant')}", on="/messages")
    assert answer.status_code == 303
    assert application.reference in answer.headers["Location"]
    page = browser.get("/messages").text
    assert "Non lu" not in page
    assert 'class="count"' not in page


def test_nobody_opens_the_message_of_somebody_else(
    sign_in: SignIn, application: Application, factory: SessionFactory, world: World
) -> None:
    number = message_of(factory, world, "applicant")
    assert sign_in("stranger").post(f"/messages/{number}", on="/messages").status_code == 404
    with factory() as session:
        assert session.get_one(OutboxRow, number).read_at is None


def test_all_of_ones_own_can_be_marked_read(
    sign_in: SignIn, application: Application, factory: SessionFactory, world: World
) -> None:
    assert sign_in("applicant").post("/messages", on="/messages").status_code == 303
    with factory() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.recipient_id.is_not(None)))
        read = {row.recipient_id for row in rows if row.read_at is not None}
    assert read == {world.people["applicant"]}


def test_a_long_inbox_goes_on_on_the_next_page(
    sign_in: SignIn, factory: SessionFactory, world: World, application: Application
) -> None:
    with unit_of_work(factory) as session:
        first = session.get_one(OutboxRow, message_of(factory, world, "applicant"))
        for number in range(35):
            payload = {**first.payload, "reference": f"DO-TEST-{number:04}"}
            session.add(
                OutboxRow(
                    topic=first.topic,
                    subject_type=first.subject_type,
                    subject_id=first.subject_id,
                    recipient_id=first.recipient_id,
                    payload=payload,
                )
            )
    browser = sign_in("applicant")
    newest = browser.get("/messages").text
    assert "DO-TEST-0034" in newest
    assert application.reference not in newest
    following = re.search(r'rel="next" href="([^"]+)"', newest)
    assert following is not None
    assert application.reference in browser.client.get(following[1]).text


@pytest.mark.parametrize("before", ["99999999999999999999", "-1"])
def test_a_place_that_cannot_be_is_a_404(sign_in: SignIn, before: str) -> None:
    assert sign_in("applicant").get("/messages", avant=before).status_code == 404


def test_a_number_that_cannot_be_is_a_404(sign_in: SignIn) -> None:
    assert sign_in("applicant").post("/messages/99999999999999999999", on="/compte").status_code == 404
