"""What public funders granted to the members, on the officer's page of the alliance."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Organisation
from fund.services.subsidies import SHOWN
from tests.scenario import World, siret
from tests.services.test_subsidies import past, record
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]
Make = Callable[..., str]


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL that the application sends."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def english(browser: Browser, reference: str) -> str:
    browser.get("/langue/en")
    answer = browser.get(f"/dossiers/{reference}/alliance")
    assert answer.status_code == 200
    return unescape(answer.text)


def part_of(page: str, name: str) -> str:
    """The section of one member among the published grants."""
    grants = page.partition('id="public-grants"')[2]
    return next(part for part in grants.split("<h3")[1:] if name in part.partition("</h3>")[0])


def test_grants_stand_beside_what_the_member_declares(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World
) -> None:
    reference = make("submitted")
    with unit_of_work(factory) as session:
        record(
            session,
            past(purpose="Jardin <b>partagé</b>", amount=Decimal("1234.50")),
            past(purpose="Le même été", agreement_date=date(2024, 7, 1)),
            past(purpose="Don d’un local", agreement_date=date(2019, 1, 2), nature="aide en nature"),
        )
    page = english(sign_in("officer"), reference)
    part = part_of(page, "Association d'essai")
    assert "declares €5,000.00 in money" in part.replace("\u00a0", " ")
    body, foot = part.split("<tfoot>")
    assert body.index("Le même été") < body.index("partagé") < body.index("Don d’un local")
    assert "Ville Exemple" in body
    assert "6\u00a0May\u00a02024" in body
    assert "€1,234.50" in body
    assert "aide en nature" in body
    assert ["€2,234.50" in foot, "€1,000.00" in foot, "€3,234.50" in foot] == [True] * 3
    assert "Nothing found in what was taken in until" in part_of(page, "Commune d'essai")
    # What a funder published is text like any other.
    assert "<b>partagé" not in sign_in("officer").get(f"/dossiers/{reference}/alliance").text


def test_nothing_taken_in_yet_is_said(sign_in: SignIn, make: Make) -> None:
    page = english(sign_in("auditor"), make("submitted"))
    assert "No published grants were taken in yet." in page
    assert "Nothing found" not in page


def test_a_member_without_number_is_said(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World
) -> None:
    reference = make("submitted")
    with unit_of_work(factory) as session:
        company = session.get_one(Organisation, world.company_id)
        company.siret = company.siren = None
        record(session, past(beneficiary_siret=siret(77)))
    assert "has given neither" in part_of(english(sign_in("officer"), reference), "Entreprise d'essai")


def test_a_long_list_says_that_it_is_cut(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World
) -> None:
    reference = make("submitted")
    with unit_of_work(factory) as session:
        record(session, *(past(purpose=f"n° {n}") for n in range(SHOWN + 4)))
    part = part_of(english(sign_in("officer"), reference), "Association d'essai")
    assert f"The {SHOWN} latest of {SHOWN + 4} grants" in part
    assert part.count("n° ") == SHOWN


def test_the_committee_reads_the_alliance_without_it(sign_in: SignIn, make: Make, factory: SessionFactory) -> None:
    reference = make("before_committee")
    with unit_of_work(factory) as session:
        record(session, past())
    assert 'id="public-grants"' not in english(sign_in("member"), reference)
    assert 'id="public-grants"' in english(sign_in("officer"), reference)


def test_it_costs_as_many_statements_for_many_grants_as_for_none(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World, statements: list[str]
) -> None:
    reference = make("submitted")
    officer = sign_in("officer")

    def count() -> int:
        del statements[:]
        assert officer.get(f"/dossiers/{reference}/alliance").status_code == 200
        return len(statements)

    none = count()

    def fill(session: Session) -> None:
        for number in (2, 3, 4):
            record(session, *(past(beneficiary_siret=siret(number), purpose=f"n° {n}") for n in range(30)))

    with unit_of_work(factory) as session:
        fill(session)
    assert count() == none
    assert len([text for text in statements if "subsidies" in text]) == 2
