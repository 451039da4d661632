"""Letters once they left: who reads them, and that they stay as they left."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, CommitteeSession, Outcome
from fund.services import committee
from tests.deciding import (
    MOTIVATIONS,
    checked_session,
    withdraw,
)
from tests.documents.reading import Paper
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.letters import files_of, sitting_of

SignIn = Callable[[str], Browser]
FUNDED, WAITLISTED, DECLINED, DEFERRED = Outcome.FUNDED, Outcome.WAITLISTED, Outcome.DECLINED, Outcome.DEFERRED


@pytest.fixture
def checked(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return checked_session(session, world, FUNDED, DECLINED).reference


@pytest.fixture
def released(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        sitting = checked_session(session, world, FUNDED, WAITLISTED, DECLINED, DEFERRED, conditions="Un bilan.")
        world.release_now(session, sitting)
        return sitting.reference


# --- afterwards ----------------------------------------------------------------------------------------------


def test_the_alliance_reads_its_decision_and_its_letter(
    sign_in: SignIn, factory: SessionFactory, released: str
) -> None:
    author = sign_in("applicant")
    for place, (file, motivation) in enumerate(
        zip(files_of(factory, released), MOTIVATIONS.values(), strict=True)
    ):
        page = author.get(f"/mes-dossiers/{file}").text
        assert motivation in page
        assert "Un bilan." in page
        assert f'href="/dossiers/{file}/decision.pdf"' in page
        paper = Paper(author.get(f"/dossiers/{file}/decision.pdf").data).text
        assert "Projet de lettre" not in paper
        assert "Le comité a décidé." in paper
        assert motivation in paper
        assert ("15 000,00" in paper) == (place == 0)
    assert (
        "Rang sur la liste d’attente 1er"
        in Paper(author.get(f"/dossiers/{files_of(factory, released)[1]}/decision.pdf").data).text
    )


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("applicant", 200),
        ("officer", 200),
        ("auditor", 200),
        ("stranger", 404),
        ("reviewer", 404),
        ("member", 404),
        ("catalyst", 404),
    ],
)
def test_the_letter_is_for_the_alliance_and_the_fund(
    sign_in: SignIn, factory: SessionFactory, released: str, name: str, status: int
) -> None:
    file = files_of(factory, released)[0]
    assert sign_in(name).get(f"/dossiers/{file}/decision.pdf").status_code == status


def test_a_letter_stays_as_it_left(sign_in: SignIn, factory: SessionFactory, released: str) -> None:
    author, file = sign_in("applicant"), files_of(factory, released)[0]
    before = author.get(f"/dossiers/{file}/decision.pdf").data
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == file)).one()
        application.title = "Un autre titre"
        application.lead.name = "Un autre nom"
        application.call.title_fr = "Un autre appel"
    assert author.get(f"/dossiers/{file}/decision.pdf").data == before


def test_a_file_that_was_put_off_and_decided_later_keeps_both_letters(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        sitting = checked_session(session, world, DEFERRED)
        world.release_now(session, sitting)
        application, first = sitting.items[0].application, sitting.reference
        again = world.sitting(session)
        committee.put_on_agenda(session, world["officer"], again, application)
        world.open_sitting(session, again)
        world.decide(session, application, FUNDED)
        session.flush()
        file, number = application.reference, again.id
    author, path = sign_in("applicant"), f"/dossiers/{file}/decision.pdf"
    assert "Reporté" in Paper(author.get(path).data).text
    with unit_of_work(factory) as session:
        world.release(session, session.get_one(CommitteeSession, number))
    assert "Retenu" in Paper(author.get(path).data).text
    assert "Reporté" in Paper(author.get(path, seance=first).data).text
    assert author.get(path, seance="CO-AUTRE").status_code == 404


def test_a_file_withdrawn_before_the_release_has_no_letter(
    sign_in: SignIn, factory: SessionFactory, world: World, checked: str
) -> None:
    file = files_of(factory, checked)[0]
    with unit_of_work(factory) as session:
        sitting = sitting_of(session, checked)
        withdraw(session, world, sitting.items[0].application)
    with unit_of_work(factory) as session:
        world.release_now(session, sitting_of(session, checked))
    assert sign_in("applicant").get(f"/dossiers/{file}/decision.pdf").status_code == 404


def test_officers_see_what_is_not_released_yet_and_the_letters_that_left(
    sign_in: SignIn, factory: SessionFactory, world: World, checked: str
) -> None:
    officer, file = sign_in("officer"), files_of(factory, checked)[0]
    assert MOTIVATIONS[FUNDED] in officer.get(f"/dossiers/{file}/decision").text
    assert "decision.pdf" not in officer.get(f"/dossiers/{file}/decision").text
    with unit_of_work(factory) as session:
        world.release_now(session, sitting_of(session, checked))
    assert f"/dossiers/{file}/decision.pdf?seance={checked}" in officer.get(f"/dossiers/{file}/decision").text
