"""Messages that were given up: an officer sees why and sends them again."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import OutboxRow, OutboxState
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]
HERE = "/messages-en-attente"
CAUSE = "550 unknown mailbox"


@pytest.fixture
def parked(factory: SessionFactory, world: World) -> list[int]:
    """Two parked messages and a parked deadline."""
    with unit_of_work(factory) as session:
        world.submitted(session)
        told = session.scalars(select(OutboxRow).where(OutboxRow.recipient_id.is_not(None)).limit(2)).all()
        due = session.scalars(select(OutboxRow).where(OutboxRow.recipient_id.is_(None)).limit(1)).all()
        for row in (*told, *due):
            row.state, row.attempts, row.last_error = OutboxState.PARKED, 8, CAUSE
        return [row.id for row in (*told, *due)]


def states(factory: SessionFactory, ids: list[int]) -> list[OutboxState]:
    with factory() as session:
        return [session.get_one(OutboxRow, number).state for number in ids]


@pytest.mark.parametrize("name", ["applicant", "finance", "auditor", "reviewer", "chair"])
def test_the_desk_is_for_officers(sign_in: SignIn, parked: list[int], factory: SessionFactory, name: str) -> None:
    browser = sign_in(name)
    assert HERE not in browser.get("/messages").text
    assert browser.get(HERE).status_code == 403
    assert browser.post(f"{HERE}/renvoyer", on="/compte").status_code == 403
    assert browser.post(f"{HERE}/{parked[0]}/renvoyer", on="/compte").status_code == 403
    assert set(states(factory, parked)) == {OutboxState.PARKED}


@pytest.mark.parametrize("name", ["officer", "admin"])
def test_the_cause_is_shown(sign_in: SignIn, parked: list[int], name: str) -> None:
    browser = sign_in(name)
    assert HERE in browser.get("/messages").text
    page = browser.get(HERE).text
    assert page.count(CAUSE) == 3
    assert "après 8 tentatives" in page
    assert "applicant@essai.example" in page
    assert "à sa date" in page  # the deadline, which has no recipient


def test_one_is_sent_again(sign_in: SignIn, parked: list[int], factory: SessionFactory) -> None:
    officer = sign_in("officer")
    assert officer.post(f"{HERE}/{parked[0]}/renvoyer", on=HERE).status_code == 303
    assert states(factory, parked) == [OutboxState.PENDING, OutboxState.PARKED, OutboxState.PARKED]
    assert "repart" in officer.get(HERE).text
    assert officer.post(f"{HERE}/{parked[0]}/renvoyer", on=HERE).status_code == 404


def test_all_are_sent_again(sign_in: SignIn, parked: list[int], factory: SessionFactory) -> None:
    officer = sign_in("officer")
    assert officer.post(f"{HERE}/renvoyer", on=HERE).status_code == 303
    assert set(states(factory, parked)) == {OutboxState.PENDING}
    page = officer.get(HERE).text
    assert "3 messages repartent." in page
    assert "Tout est parti." in page


def test_a_form_without_its_token_sends_nothing(
    sign_in: SignIn, parked: list[int], factory: SessionFactory
) -> None:
    assert sign_in("officer").client.post(f"{HERE}/renvoyer").status_code == 400
    assert set(states(factory, parked)) == {OutboxState.PARKED}
