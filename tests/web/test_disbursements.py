"""The payment desk: two people for each payment, and the sums of what waits."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Disbursement, PersonRole
from tests.scenario import World
from tests.services.money_makers import (
    approved_tranche,
    due_tranche,
    failed_tranche,
    held_tranche,
    ordered_tranche,
    paid_tranche,
    planned_tranche,
)
from tests.web.conftest import Browser
from tests.web.counting import count_statements
from workflows.disbursement import DisbursementState
from workflows.engine import PARIS
from workflows.permissions import Role

SignIn = Callable[[str], Browser]
Make = Callable[[World, Session], Disbursement]


def made(factory: SessionFactory, world: World, make: Make) -> str:
    with unit_of_work(factory) as session:
        return make(world, session).reference


def tranche_of(factory: SessionFactory, reference: str) -> Disbursement:
    with factory() as session:
        return session.scalars(select(Disbursement).where(Disbursement.reference == reference)).one()


def take(browser: Browser, factory: SessionFactory, reference: str, name: str, **form: str) -> int:
    version = str(tranche_of(factory, reference).version)
    path = f"/etapes/disbursement/{reference}/{name}"
    return browser.post(path, {"version": version, **form}, on="/compte").status_code


@pytest.mark.parametrize("name", ["applicant", "reviewer", "chair", "member", "partner"])
def test_the_desk_is_for_staff(sign_in: SignIn, factory: SessionFactory, world: World, name: str) -> None:
    reference = made(factory, world, due_tranche)
    browser = sign_in(name)
    assert browser.get("/versements").status_code == 403
    assert browser.get(f"/versements/{reference}").status_code == 403


def test_who_ordered_does_not_approve(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    """An officer who is of the treasury too: the order is hers, the approval somebody else's."""
    reference = made(factory, world, due_tranche)
    with unit_of_work(factory) as session:
        person = world.person(session, "officer")
        person.role_rows.append(PersonRole(role=Role.FINANCE))
    officer, finance, here = sign_in("officer"), sign_in("finance"), f"/versements/{reference}"
    assert take(finance, factory, reference, "order") == 403
    assert take(officer, factory, reference, "order") == 303
    page = officer.get(here).text
    assert "Vous avez ordonné ce versement" in page
    assert take(officer, factory, reference, "approve") == 409
    assert tranche_of(factory, reference).state is DisbursementState.ORDERED
    assert "Approuver le versement" in finance.get(here).text
    assert take(finance, factory, reference, "approve") == 303
    today = datetime.now(PARIS).date().isoformat()
    assert take(finance, factory, reference, "pay", paid_on="demain") == 422
    with unit_of_work(factory) as session:
        tranche = session.scalars(select(Disbursement).where(Disbursement.reference == reference)).one()
        world.prove_payment(session, tranche)
    assert take(finance, factory, reference, "pay", paid_on=today, bank_reference="VIR-7") == 303
    page = officer.get(here).text
    for text_ in ("VIR-7", "Officer", "Finance", "Versé"):
        assert text_ in page


def test_a_stale_step_says_so(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, ordered_tranche)
    answer = sign_in("finance").post(
        f"/etapes/disbursement/{reference}/approve", {"version": "1"}, on=f"/versements/{reference}"
    )
    assert answer.status_code == 409
    assert tranche_of(factory, reference).state is DisbursementState.ORDERED


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (due_tranche, "Attend\u00a0: l’ordre d’un chargé de mission"),
        (ordered_tranche, "Attend\u00a0: l’approbation d’une deuxième personne"),
        (approved_tranche, "Attend\u00a0: le virement"),
        (held_tranche, "Attend\u00a0: la levée du blocage"),
        (failed_tranche, "Attend\u00a0: un nouvel ordre"),
    ],
)
def test_each_state_says_what_it_waits_for(
    sign_in: SignIn, factory: SessionFactory, world: World, make: Make, words: str
) -> None:
    reference = made(factory, world, make)
    assert words in sign_in("finance").get(f"/versements/{reference}").text


@pytest.mark.parametrize("make", [held_tranche, failed_tranche])
def test_the_reason_is_shown(sign_in: SignIn, factory: SessionFactory, world: World, make: Make) -> None:
    reference = made(factory, world, make)
    assert "Pour essai." in sign_in("auditor").get(f"/versements/{reference}").text


def test_the_list_filters_by_state_and_sums(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    due = made(factory, world, due_tranche)
    ordered = made(factory, world, ordered_tranche)
    paid = made(factory, world, paid_tranche)
    finance = sign_in("finance")
    everything = finance.get("/versements").text
    assert due in everything
    assert ordered in everything
    assert paid not in everything
    page = finance.get("/versements", etat="ordered").text
    assert ordered in page
    assert due not in page
    assert "pour un versement" in page
    assert 'href="/versements?etat=ordered">À approuver</a> · 1' in everything
    page = finance.get("/versements", etat="paid").text
    assert paid in page
    assert "10\u202f000,00\u00a0€</strong>" in page, "what was paid this year"
    assert finance.get("/versements", etat="volé").status_code == 404


def test_the_list_goes_on_page_by_page(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    references = [made(factory, world, due_tranche)]
    with unit_of_work(factory) as session:
        # Copies of one tranche: a list needs rows, not thirty files brought before a committee.
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for number in range(1, 30):
            columns = "award_id, amount, state, due_on, version, moved_at, created_at, imported, journal_length"
            session.execute(
                text(
                    f"INSERT INTO disbursements (reference, position, {columns})"  # noqa: S608 - constants
                    f" SELECT :reference, :position, {columns} FROM disbursements WHERE reference = :model"
                ),
                {"reference": f"VE-{number:04d}", "position": 100 + number, "model": references[0]},
            )
    finance = sign_in("finance")
    first = finance.get("/versements", etat="due").text
    assert 'rel="next"' in first
    assert first.count('<th scope="row"><a href="/versements/') == 25
    address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = finance.client.get(address).get_data(as_text=True)
    assert second.count('<th scope="row"><a href="/versements/') == 5
    assert 'rel="prev"' in second
    assert "pour 30 versements" in second


def test_the_list_asks_as_much_for_many_as_for_one(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    """What each planned tranche waits for is read with the list, not one by one."""
    made(factory, world, planned_tranche)
    finance = sign_in("finance")

    def ask() -> None:
        finance.get("/versements", etat="planned")

    ask()
    alone = count_statements(ask)
    for _ in range(2):
        made(factory, world, planned_tranche)
    assert count_statements(ask) == alone
