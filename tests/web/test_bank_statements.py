"""The pages of bank statements: reading one, what it settled, and what a person settles."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from fund.bank.statements import MAX_BYTES
from fund.db import SessionFactory, unit_of_work
from fund.models import BankLine, BankStatement, Disbursement, LineStanding, PaymentOrder, Repayment
from fund.services import bank_statements
from fund.services.repayments import ask
from fund.services.steps import take_step
from tests.scenario import FUND_IBAN, IBAN, World
from tests.services.bank_answers import back, debit, document, entry, part, statement, whole
from tests.services.paying import file_of, file_of_two, twins
from tests.services.refusals import staff_joins_the_lead
from tests.web.conftest import Browser
from tests.web.counting import count_statements
from workflows.disbursement import DisbursementState
from workflows.repayment import RepaymentState

SignIn = Callable[[str], Browser]
DESK = "/versements/releves"
FILES = Path(__file__).parents[1] / "bank" / "files"
OTHER_IBAN = "FR7699999000010000000000115"


@pytest.fixture
def orders(factory: SessionFactory, world: World) -> list[PaymentOrder]:
    """The two transfers of a file, of 10,000 and 5,000 euros."""
    with unit_of_work(factory) as session:
        file = file_of_two(world, session)
        for order in file.orders:
            assert order.file is file
            assert order.disbursement.reference
        return list(file.orders)


def send(browser: Browser, data: bytes, name: str = "releve.xml") -> TestResponse:
    return browser.client.post(
        DESK,
        data={"csrf_token": browser.token(DESK), "file": (BytesIO(data), name)},
        content_type="multipart/form-data",
    )


def read(factory: SessionFactory, world: World, data: bytes) -> list[int]:
    """Read a statement past the page; the numbers of its movements."""
    with unit_of_work(factory) as session:
        taken = bank_statements.take_in(session, world["finance"], data, "releve.xml")
        return [line.id for one in taken.statements for line in one.lines]


def movement(number: int) -> str:
    return f"{DESK}/mouvements/{number}"


def line_of(factory: SessionFactory, number: int) -> BankLine:
    with factory() as session:
        return session.get_one(BankLine, number)


def state_of(factory: SessionFactory, order: PaymentOrder) -> DisbursementState:
    with factory() as session:
        return session.get_one(Disbursement, order.disbursement_id).state


# --- reading ----------------------------------------------------------------------------------------------------


def test_a_statement_is_read_and_settles_what_is_certain(
    sign_in: SignIn, factory: SessionFactory, orders: list[PaymentOrder]
) -> None:
    finance = sign_in("finance")
    fee = entry(Decimal("12.40"), remittance="Frais de tenue de compte")
    answer = send(finance, statement(debit(orders[0]), fee, identification="2027-088"))
    assert answer.status_code == 303
    page = finance.get(answer.location).text
    assert "Nouveaux mouvements\u00a0: 2. Rapprochés\u00a0: 1. À traiter\u00a0: 1." in page
    assert "Relevé 2027-088" in page
    assert f'href="/versements/{orders[0].disbursement.reference}"' in page
    assert "Frais de tenue de compte" in page
    assert IBAN not in page
    assert FUND_IBAN not in page
    assert state_of(factory, orders[0]) is DisbursementState.PAID
    index = finance.get(DESK).text
    assert "Frais de tenue de compte" in index
    assert orders[0].disbursement.reference not in index  # it is settled
    assert "2027-088" in index
    only = finance.get(answer.location, etat="matched").text
    assert "Frais de tenue de compte" not in only
    assert finance.get(answer.location, etat="rien").status_code == 404


def test_the_same_file_twice_is_refused_in_words(
    sign_in: SignIn, factory: SessionFactory, orders: list[PaymentOrder]
) -> None:
    finance, data = sign_in("finance"), statement(debit(orders[0]))
    assert send(finance, data).status_code == 303
    answer = send(finance, data)
    assert answer.status_code == 409
    assert "Ce fichier a déjà été lu, octet pour octet" in answer.text
    with factory() as session:
        assert len(session.scalars(select(BankStatement)).all()) == 1


def test_a_statement_that_overlaps_says_what_was_known(sign_in: SignIn, orders: list[PaymentOrder]) -> None:
    finance = sign_in("finance")
    send(finance, statement(debit(orders[0])))
    answer = send(finance, statement(debit(orders[0]), debit(orders[1], status="PDNG")))
    page = finance.get(answer.location).text
    assert "Ce relevé n’apporte rien de nouveau" in page
    assert "<dt>Mouvements déjà connus</dt>\n  <dd>1</dd>" in page
    assert "attendus dans un relevé ultérieur</dt>\n  <dd>1</dd>" in page


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ((FILES / "bomb.xml").read_bytes(), 422, "Ce fichier déclare des entités XML"),
        (b"ceci n'est pas un releve", 422, "Ce fichier n’est pas du XML lisible"),
        (b'<Document xmlns="urn:x"/>', 422, "Ce n’est pas un relevé au format camt.053"),
        (b" " * (MAX_BYTES + 1), 422, "Ce fichier dépasse 5\u00a0Mo"),
        (b"", 422, "Ce fichier n’est pas du XML lisible"),
        (statement(entry(Decimal(3)), iban=OTHER_IBAN), 409, "ne concerne aucun compte vérifié du fonds"),
        (statement(entry(Decimal("3.001"))), 422, "un montant illisible\u00a0: «\u00a03.001\u00a0»"),
        (statement(entry(Decimal(3)).replace('"EUR"', '"CHF"')), 422, "des montants en CHF"),
        (statement(entry(Decimal(3)).replace("<Dt>", "<Dt>le ")), 422, "une date illisible"),
    ],
)
@pytest.mark.usefixtures("orders")
def test_a_wrong_file_is_refused_in_words(
    sign_in: SignIn, factory: SessionFactory, data: bytes, status: int, said: str
) -> None:
    answer = send(sign_in("finance"), data)
    assert answer.status_code == status
    assert said in answer.text
    with factory() as session:
        assert session.scalars(select(BankStatement)).all() == []


@pytest.mark.usefixtures("orders")
def test_no_file_is_said(sign_in: SignIn) -> None:
    finance = sign_in("finance")
    answer = finance.post(DESK, on=DESK)
    assert answer.status_code == 422
    assert "Choisissez d’abord un fichier" in answer.text


def test_accounts_that_are_not_the_funds_are_named(sign_in: SignIn, orders: list[PaymentOrder]) -> None:
    finance = sign_in("finance")
    answer = send(finance, document(part(entry(Decimal(3)), iban=OTHER_IBAN), part(debit(orders[0]))))
    page = finance.get(answer.location).text
    assert "Laissés de côté, car ce ne sont pas des comptes du fonds\u00a0: FR •••• 0115." in page


def test_a_file_of_several_statements_leads_to_the_list(sign_in: SignIn, orders: list[PaymentOrder]) -> None:
    finance = sign_in("finance")
    days = (part(debit(orders[0]), identification="J-1"), part(debit(orders[1]), identification="J-2"))
    answer = send(finance, document(*days))
    assert answer.location == DESK
    page = finance.get(DESK).text
    assert "J-1" in page
    assert "J-2" in page


# --- one movement -----------------------------------------------------------------------------------------------


def test_a_proposal_is_confirmed_with_one_press(
    sign_in: SignIn, factory: SessionFactory, world: World, orders: list[PaymentOrder]
) -> None:
    (number,) = read(factory, world, statement(entry(Decimal(5_000))))
    finance = sign_in("finance")
    page = finance.get(DESK).text
    assert "La banque ne donne pas de référence\u00a0; le montant correspond." in page
    assert f'name="target" value="order-{orders[1].id}"' in page
    confirmed = {"target": f"order-{orders[1].id}", "from": "list"}
    answer = finance.post(movement(number), confirmed, on=DESK)
    assert (answer.status_code, answer.location) == (303, DESK)
    assert state_of(factory, orders[1]) is DisbursementState.PAID
    page = finance.get(movement(number)).text
    assert "par Finance" in page
    assert 'name="target"' not in page
    again = finance.post(movement(number), {"target": f"order-{orders[0].id}"}, on="/compte")
    assert again.status_code == 409
    assert "Quelqu’un a traité ce mouvement entre-temps" in again.text


def test_of_two_that_fit_a_person_chooses(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        first, second = (order.id for order in file_of(world, session, *twins(world, session)).orders)
    (number,) = read(factory, world, statement(entry(Decimal(10_000))))
    finance = sign_in("finance")
    desk = finance.get(DESK).text
    assert f'value="order-{first}"' not in desk  # nothing is confirmed at once
    assert desk.count(f'href="{movement(number)}"') == 2  # its name, and what is to be done
    page = finance.get(movement(number)).text
    assert "Plusieurs correspondent\u00a0: à vous de choisir." in page
    for choice in (first, second):
        assert f'value="order-{choice}"' in page
    answer = finance.post(movement(number), {}, on=movement(number))
    assert answer.status_code == 422
    assert "Remplissez ce champ" in answer.text
    assert finance.post(movement(number), {"target": f"order-{second}"}, on=movement(number)).status_code == 303
    assert line_of(factory, number).order_id == second


def test_another_amount_is_refused_in_words(
    sign_in: SignIn, factory: SessionFactory, world: World, orders: list[PaymentOrder]
) -> None:
    (number,) = read(factory, world, statement(debit(orders[0], amount=Decimal(9_990))))
    finance = sign_in("finance")
    page = finance.get(movement(number)).text
    assert "Le montant n’est pas celui qui était attendu." in page
    assert orders[0].end_to_end_id in page
    assert "10\u202f000,00\u00a0€" in page
    answer = finance.post(movement(number), {"target": f"order-{orders[0].id}"}, on=movement(number))
    assert answer.status_code == 409
    assert "n’est pas celui de l’ordre" in answer.text
    assert state_of(factory, orders[0]) is DisbursementState.SENT


@pytest.mark.parametrize("target", ["order-0", "order-x", "order-99999999999999999999", "person-1", "rien"])
def test_what_was_not_offered_does_not_exist(
    sign_in: SignIn, factory: SessionFactory, world: World, orders: list[PaymentOrder], target: str
) -> None:
    (number,) = read(factory, world, statement(entry(Decimal(5_000))))
    finance = sign_in("finance")
    assert finance.post(movement(number), {"target": target}, on=DESK).status_code == 404
    assert line_of(factory, number).standing is LineStanding.PROPOSED
    assert finance.get(movement(0)).status_code == 404
    assert finance.get(f"{DESK}/0").status_code == 404
    assert state_of(factory, orders[1]) is DisbursementState.SENT


@pytest.mark.usefixtures("orders")
def test_a_movement_is_set_aside_with_a_word(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    (number,) = read(factory, world, statement(entry(Decimal("12.40"))))
    finance = sign_in("finance")
    assert "Aucun virement en attente de réponse" in finance.get(movement(number)).text
    answer = finance.post(movement(number), {"do": "ignore", "note": " "}, on=movement(number))
    assert answer.status_code == 422
    answer = finance.post(movement(number), {"do": "ignore", "note": "Frais bancaires."}, on=movement(number))
    assert answer.status_code == 303
    assert "Frais bancaires." in finance.get(answer.location).text
    assert "Écarté le" in finance.get(movement(number)).text


def test_a_repayment_is_received_from_its_movement(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        award = world.paid_award(session)
        world.verified_account(session, award.call.funder, FUND_IBAN)
        demand = ask(session, world["officer"], award, amount=Decimal(1_000), reason="Non dépensé.")
        demand_id, reference = demand.id, demand.reference
    (number,) = read(factory, world, statement(entry(Decimal(400), is_credit=True, remittance=reference)))
    finance = sign_in("finance")
    page = finance.get(movement(number)).text
    assert f"Une partie du reversement {reference}" in page
    assert "1\u202f000,00\u00a0€ encore attendus" in page
    answer = finance.post(movement(number), {"target": f"repayment-{demand_id}"}, on=movement(number))
    assert answer.status_code == 303
    with factory() as session:
        demand = session.get_one(Repayment, demand_id)
        assert (demand.state, demand.outstanding) == (RepaymentState.ASKED, Decimal(600))
    assert reference in finance.get(answer.location).text


def test_a_demand_that_was_given_up_refuses_in_words(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        award = world.paid_award(session)
        world.verified_account(session, award.call.funder, FUND_IBAN)
        demand = ask(session, world["officer"], award, amount=Decimal(1_000), reason="Non dépensé.")
        take_step(session, world["finance"], demand, "waive", inputs={"reason": "Liquidation."})
        reference = demand.reference
    (number,) = read(factory, world, statement(entry(Decimal(1_000), is_credit=True, remittance=reference)))
    page = sign_in("finance").get(movement(number)).text
    assert "Il n’a pas pu être enregistré en l’état des choses." in page
    assert "ne permet pas cette étape" in page


def test_a_return_is_told_with_the_banks_reason(
    sign_in: SignIn, factory: SessionFactory, world: World, orders: list[PaymentOrder]
) -> None:
    read(factory, world, statement(debit(orders[0])))
    (number,) = read(factory, world, statement(back(orders[0], "AC04")))
    page = sign_in("officer").get(movement(number)).text
    assert "Le compte est clos." in page
    assert "Virement revenu" in page


def test_a_whole_file_is_named(
    sign_in: SignIn, factory: SessionFactory, world: World, orders: list[PaymentOrder]
) -> None:
    file = orders[0].file
    (number,) = read(factory, world, statement(whole(file)))
    page = sign_in("auditor").get(movement(number)).text
    assert f'href="/versements/fichiers/{file.reference}"' in page
    assert "Rapproché par sa référence à la lecture du relevé." in page


# --- who --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("orders")
def test_others_of_the_fund_read_and_change_nothing(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    (number,) = read(factory, world, statement(entry(Decimal(5_000))))
    for name in ("officer", "auditor", "admin"):
        reader = sign_in(name)
        for page in (DESK, movement(number), f"{DESK}/{line_of(factory, number).statement_id}"):
            assert reader.get(page).status_code == 200
            assert 'name="target"' not in reader.get(page).text
        assert reader.post(DESK, on="/compte").status_code == 403
        assert reader.post(movement(number), {"do": "ignore", "note": "x"}, on="/compte").status_code == 403
    for name in ("applicant", "reviewer", "chair"):
        assert sign_in(name).get(DESK).status_code == 403


def test_of_a_file_that_she_keeps_off_nothing_is_offered(
    sign_in: SignIn, factory: SessionFactory, world: World, orders: list[PaymentOrder]
) -> None:
    with unit_of_work(factory) as session:
        staff_joins_the_lead(world, session, None)
    numbers = read(factory, world, statement(debit(orders[0]), entry(Decimal(5_000))))
    finance = sign_in("finance")
    page = finance.get(movement(numbers[0])).text
    assert "se déporte de ce dossier" in page
    assert f"/versements/{orders[0].disbursement.reference}" not in page
    for number, order in zip(numbers, orders, strict=True):
        assert 'name="target"' not in finance.get(movement(number)).text
        target = {"target": f"order-{order.id}"}
        assert finance.post(movement(number), target, on="/compte").status_code == 404
    assert state_of(factory, orders[1]) is DisbursementState.SENT


def test_the_pages_cost_as_many_statements_for_many_movements(
    sign_in: SignIn, factory: SessionFactory, world: World, orders: list[PaymentOrder]
) -> None:
    finance = sign_in("finance")
    read(factory, world, statement(entry(Decimal(5_000)), debit(orders[0]), entry(Decimal(1), is_credit=True)))
    first = f"{DESK}/{line_of(factory, latest(factory)).statement_id}"
    finance.get(first)
    few = [count_statements(partial(finance.get, path)) for path in (DESK, first)]
    fees = [entry(Decimal(number), is_credit=number % 2 == 0) for number in range(2, 12)]
    read(factory, world, statement(entry(Decimal(5_000)), entry(Decimal(5_000)), debit(orders[1]), *fees))
    second = f"{DESK}/{line_of(factory, latest(factory)).statement_id}"
    assert second != first
    assert [count_statements(partial(finance.get, path)) for path in (DESK, second)] == few


def test_a_movement_costs_as_many_statements_for_many_choices(
    sign_in: SignIn, factory: SessionFactory, world: World, orders: list[PaymentOrder]
) -> None:
    assert orders
    (number,) = read(factory, world, statement(entry(Decimal(10_000), iban=IBAN)))
    finance = sign_in("finance")
    finance.get(movement(number))
    few = count_statements(partial(finance.get, movement(number)))
    with unit_of_work(factory) as session:
        for _ in range(2):
            file_of(world, session, *twins(world, session))
    assert count_statements(partial(finance.get, movement(number))) == few
    assert finance.get(movement(number)).text.count('value="order-') == 5


def latest(factory: SessionFactory) -> int:
    with factory() as session:
        return max(session.scalars(select(BankLine.id)))


def test_many_movements_go_on_page_by_page(
    sign_in: SignIn, factory: SessionFactory, world: World, orders: list[PaymentOrder]
) -> None:
    assert orders
    fees = [entry(Decimal(number), remittance=f"Frais {number}") for number in range(1, 31)]
    read(factory, world, statement(*fees))
    finance = sign_in("finance")
    first = finance.get(DESK).text
    assert "Frais 25<" in first
    assert "Frais 26<" not in first
    address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = finance.client.get(address).get_data(as_text=True)
    assert "Frais 26<" in second
    assert 'rel="prev"' in second
    assert finance.get(DESK, mouvements="n'importe quoi").status_code == 422
