"""The officer's list of files as its users meet it."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Application
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]


def made(factory: SessionFactory, make: Callable[[Session], Application]) -> str:
    with unit_of_work(factory) as session:
        return make(session).reference


@pytest.fixture
def submitted(factory: SessionFactory, world: World) -> str:
    return made(factory, lambda session: world.submitted(session, title="Jardins du bassin"))


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL that the application sends."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


# --- the list ------------------------------------------------------------------------------------------------


def titles(text: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/dossiers/[^"]+">([^<]+)</a>', text)


def test_the_list_shows_what_was_submitted_and_no_draft(
    sign_in: SignIn, factory: SessionFactory, world: World, submitted: str
) -> None:
    made(factory, lambda session: world.draft(session, title="Encore secret"))
    page = sign_in("officer").get("/dossiers").text
    assert titles(page) == ["Jardins du bassin"]
    assert submitted in page
    assert "Association d&#39;essai" in page


@pytest.mark.parametrize("name", ["officer", "finance", "auditor", "admin"])
def test_staff_read_the_list(sign_in: SignIn, name: str) -> None:
    assert sign_in(name).get("/dossiers").status_code == 200


@pytest.mark.parametrize("name", ["applicant", "reviewer", "member", "partner"])
def test_nobody_else_does(sign_in: SignIn, name: str) -> None:
    assert sign_in(name).get("/dossiers").status_code == 403


def test_a_visitor_is_asked_to_sign_in(browser: Browser) -> None:
    answer = browser.get("/dossiers")
    assert answer.status_code == 303
    assert answer.location.startswith("/connexion")


def test_the_filters_work_together_and_stay_in_the_address(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        world.submitted(session, title="Jardins du bassin")
        world.in_review(session, title="Jardins de la côte")
        elsewhere = world.make_call(session)
        world.submitted(session, title="Moulin 100 % commun", call_id=elsewhere.id)
        other_call = elsewhere.reference
    officer = sign_in("officer")
    assert len(titles(officer.get("/dossiers").text)) == 3
    assert titles(officer.get("/dossiers", texte="jardins", etat="in_review").text) == ["Jardins de la côte"]
    assert titles(officer.get("/dossiers", appel=other_call).text) == ["Moulin 100 % commun"]
    assert titles(officer.get("/dossiers", texte="100 %").text) == ["Moulin 100 % commun"]
    assert titles(officer.get("/dossiers", texte="%%").text) == []
    assert len(titles(officer.get("/dossiers", texte="entreprise d'essai").text)) == 3
    kept = officer.get("/dossiers", texte="jardins", tri="amount").text
    assert 'value="jardins"' in kept
    assert "texte=jardins" in kept


def test_a_reference_finds_its_file(
    sign_in: SignIn, submitted: str, world: World, factory: SessionFactory
) -> None:
    made(factory, world.submitted)
    assert titles(sign_in("officer").get("/dossiers", texte=submitted.lower()).text) == ["Jardins du bassin"]


def test_sorted_by_amount_in_both_directions(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    for amount in (5_000, 20_000, 12_000):
        made(factory, lambda s, a=amount: world.submitted(s, title=f"Projet {a}", requested_amount=Decimal(a)))  # type: ignore[misc]  # bound early
    officer = sign_in("officer")
    largest = officer.get("/dossiers", tri="-amount").text
    assert titles(largest) == ["Projet 20000", "Projet 12000", "Projet 5000"]
    assert 'aria-sort="descending"' in largest
    assert titles(officer.get("/dossiers", tri="amount").text) == ["Projet 5000", "Projet 12000", "Projet 20000"]


def test_an_unknown_filter_is_named_and_no_row_shown(sign_in: SignIn, submitted: str) -> None:
    answer = sign_in("officer").get("/dossiers", etat="nowhere")
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert titles(answer.text) == []


def test_names_that_the_list_does_not_know_do_no_harm(sign_in: SignIn, submitted: str) -> None:
    answer = sign_in("officer").get("/dossiers", endpoint="x", _external="1", _scheme="gopher", view_args="y")
    assert answer.status_code == 200
    assert titles(answer.text) == ["Jardins du bassin"]


def test_a_place_in_the_list_that_does_not_exist_is_refused(sign_in: SignIn, submitted: str) -> None:
    assert sign_in("officer").get("/dossiers", page="nonsense").status_code == 422


def test_the_list_costs_as_many_statements_for_60_files_as_for_5(
    sign_in: SignIn, factory: SessionFactory, world: World, statements: list[str]
) -> None:
    officer = sign_in("officer")
    with unit_of_work(factory) as session:
        for number in range(5):
            world.submitted(session, title=f"Projet {number}")
    del statements[:]
    assert len(titles(officer.get("/dossiers").text)) == 5
    few = list(statements)
    with unit_of_work(factory) as session:
        for number in range(55):
            world.submitted(session, title=f"Projet {number + 5}")
    del statements[:]
    first = officer.get("/dossiers").text
    assert len(titles(first)) == 25
    assert len(statements) == len(few)
    # Counting unread messages is the one count; the files themselves are never counted.
    assert not [text for text in statements if "count(" in text and "applications" in text]
    seen = titles(first)
    while further := re.search(r'rel="next" href="([^"]+)"', first):
        first = officer.client.get(further[1].replace("&amp;", "&")).text
        seen += titles(first)
    assert len(seen) == len(set(seen)) == 60
