"""Repayments on the pages: asking with a proposed amount, receiving in parts, papers; bringing an award down."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Award, Repayment
from fund.services import bank_accounts, repayments, reports
from fund.services.steps import take_step
from tests.documents.reading import Paper
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.counting import count_statements
from workflows.award import AwardState
from workflows.engine import PARIS
from workflows.repayment import RepaymentState

SignIn = Callable[[str], Browser]

WHY = "Dépenses moindres que prévu."


def today() -> str:
    return datetime.now(PARIS).date().isoformat()


def read_award(factory: SessionFactory, reference: str) -> Award:
    with factory() as session:
        award = session.scalars(select(Award).where(Award.reference == reference)).one()
        assert award.disbursements
        return award


def read(factory: SessionFactory, reference: str) -> Repayment:
    with factory() as session:
        found = session.scalars(select(Repayment).where(Repayment.reference == reference)).one()
        assert found.receipts is not None
        return found


def hand_in(session: Any, world: World, award: Award, spent: int) -> None:
    because = {"because_charges": "Moins cher que prévu.", "because_products": "Moins cher que prévu."}
    report, cost = award.reports[-1], Decimal(spent)
    reports.edit_report(
        session, world["applicant"], report, account=because, narrative="Tout est fait.", spent_amount=cost
    )
    take_step(session, world["applicant"], report, "submit")


@pytest.fixture
def paid(factory: SessionFactory, world: World) -> str:
    """15 000 € paid, of which the final report justifies 12 000 €; the fund has a verified account."""
    with unit_of_work(factory) as session:
        award = world.paid_award(session)
        hand_in(session, world, award, 15_000)
        [funder] = bank_accounts.funders(session)
        world.verified_account(session, funder)
        return award.reference


@pytest.fixture
def asked(factory: SessionFactory, world: World, paid: str) -> str:
    """3 000 € asked back."""
    with unit_of_work(factory) as session:
        award = session.scalars(select(Award).where(Award.reference == paid)).one()
        made = repayments.ask(session, world["officer"], award, amount=Decimal("3000.00"), reason=WHY)
        return made.reference


# --- asking --------------------------------------------------------------------------------------------------


def test_what_is_unspent_is_proposed_and_asked(sign_in: SignIn, factory: SessionFactory, paid: str) -> None:
    officer, path = sign_in("officer"), f"/attributions/{paid}/reversement"
    assert path in officer.get(f"/attributions/{paid}").text
    page = officer.get(path).text
    assert 'value="3000,00"' in page
    assert "justifie 12\u202f000,00\u00a0€ de la subvention" in page
    answer = officer.post(path, {"amount": "3 000,00", "reason": WHY}, on=path)
    assert answer.status_code == 303
    reference = answer.location.rsplit("/", 1)[1]
    assert read(factory, reference).amount == Decimal(3_000)
    page = sign_in("applicant").get(f"/reversements/{reference}").text
    for words in (
        WHY,
        "FR76 3000 6000 0112 3456 7890 189",
        "Référence à rappeler",
        reference,
        "3\u202f000,00\u00a0€",
    ):
        assert words in page
    assert f"/reversements/{reference}" in sign_in("applicant").get(f"/attributions/{paid}").text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"amount": "15000,01", "reason": WHY}, "Au plus 15\u202f000,00\u00a0€ peuvent être redemandés"),
        ({"amount": "-5", "reason": WHY}, "au moins"),
        ({"amount": "100", "reason": ""}, "Remplissez ce champ"),
        ({"amount": "100", "reason": WHY, "due_on": "2020-01-01"}, "Ce jour est passé"),
    ],
)
def test_what_cannot_be_asked_is_explained(
    sign_in: SignIn, factory: SessionFactory, paid: str, form: dict[str, str], words: str
) -> None:
    path = f"/attributions/{paid}/reversement"
    answer = sign_in("finance").post(path, form, on=path)
    assert answer.status_code == 422
    assert words in answer.text
    assert form["amount"] in answer.text
    with factory() as session:
        assert session.scalars(select(Repayment)).all() == []


@pytest.mark.parametrize("name", ["applicant", "auditor", "reviewer", "chair"])
def test_asking_is_for_officers_and_finance(sign_in: SignIn, paid: str, name: str) -> None:
    assert sign_in(name).get(f"/attributions/{paid}/reversement").status_code == 403


def test_a_demand_without_an_account_says_so(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        award = world.paid_award(session)
        made = repayments.ask(session, world["officer"], award, amount=Decimal(100), reason=WHY)
        reference, award_reference = made.reference, award.reference
    assert "ne payez pas sur un compte lu ailleurs" in sign_in("applicant").get(f"/reversements/{reference}").text
    page = sign_in("officer").get(f"/attributions/{award_reference}/reversement").text
    assert "Le fonds n’a pas de compte vérifié" in page


# --- the desk ------------------------------------------------------------------------------------------------


def test_the_desk_lists_what_is_awaited(sign_in: SignIn, asked: str) -> None:
    for name in ("finance", "officer", "auditor"):
        page = sign_in(name).get("/reversements").text
        assert asked in page
        assert "3\u202f000,00\u00a0€" in page
    finance = sign_in("finance")
    assert asked not in finance.get("/reversements", etat="received").text
    assert finance.get("/reversements", etat="volé").status_code == 404
    assert sign_in("applicant").get("/reversements").status_code == 403


def test_the_desk_asks_as_much_for_many(
    sign_in: SignIn, factory: SessionFactory, world: World, asked: str, paid: str
) -> None:
    finance = sign_in("finance")
    finance.get("/reversements")
    alone = count_statements(lambda: finance.get("/reversements"))
    with unit_of_work(factory) as session:
        award = session.scalars(select(Award).where(Award.reference == paid)).one()
        for _ in range(4):
            repayments.ask(session, world["officer"], award, amount=Decimal(10), reason=WHY)
    assert count_statements(lambda: finance.get("/reversements")) == alone


@pytest.mark.parametrize(
    ("name", "status"), [("applicant", 200), ("auditor", 200), ("stranger", 404), ("chair", 403)]
)
def test_whose_it_is(sign_in: SignIn, asked: str, name: str, status: int) -> None:
    browser = sign_in(name)
    for path in (f"/reversements/{asked}", f"/reversements/{asked}/demande.pdf"):
        assert browser.get(path).status_code == status


# --- receiving -----------------------------------------------------------------------------------------------


def test_it_comes_in_parts_with_a_paper_each(sign_in: SignIn, factory: SessionFactory, asked: str) -> None:
    finance, path = sign_in("finance"), f"/reversements/{asked}"

    def note(**form: str) -> Any:
        version = str(read(factory, asked).version)
        return finance.post(f"{path}/recu", {"version": version, "received_on": today(), **form}, on=path)

    answer = note(amount="3000,01")
    assert answer.status_code == 409
    assert "Il reste 3\u202f000,00\u00a0€ à recevoir" in answer.text
    assert "3000,01" in answer.text
    assert note(amount="abc").status_code == 422
    assert note(amount="1000", bank_reference="VIR-12").status_code == 303
    page = finance.get(path).text
    assert "VIR-12" in page
    assert "2\u202f000,00\u00a0€" in page
    assert note().status_code == 303
    assert read(factory, asked).state is RepaymentState.RECEIVED
    assert f'action="{path}/recu"' not in finance.get(path).text
    applicant = sign_in("applicant")
    first = Paper(applicant.get(f"{path}/quittance-1.pdf").data).text
    assert "Il reste 2 000,00 € à reverser" in first
    assert "entièrement reversée" in Paper(applicant.get(f"{path}/quittance-2.pdf").data).text
    assert applicant.get(f"{path}/quittance-3.pdf").status_code == 404
    demand = applicant.get(f"{path}/demande.pdf")
    assert demand.data == applicant.get(f"{path}/demande.pdf").data
    assert f"Demande de reversement {asked}" in Paper(demand.data).text


def test_only_finance_notes_it(sign_in: SignIn, factory: SessionFactory, asked: str) -> None:
    for name in ("officer", "applicant", "auditor"):
        browser = sign_in(name)
        assert "/recu" not in browser.get(f"/reversements/{asked}").text
        form = {"version": str(read(factory, asked).version), "received_on": today()}
        assert browser.post(f"/reversements/{asked}/recu", form, on="/compte").status_code == 403


def test_giving_up_says_what_was_given_up(sign_in: SignIn, factory: SessionFactory, asked: str) -> None:
    form = {"version": str(read(factory, asked).version), "reason": "Organisme dissous."}
    path = f"/reversements/{asked}"
    assert sign_in("finance").post(f"/etapes/repayment/{asked}/waive", form, on="/compte").status_code == 303
    assert "Organisme dissous." in sign_in("officer").get(path).text
    page = sign_in("applicant").get(path).text
    assert "Le fonds renonce à 3\u202f000,00\u00a0€" in page
    assert "Organisme dissous." not in page


# --- bringing an award down ----------------------------------------------------------------------------------


@pytest.fixture
def half_paid(factory: SessionFactory, world: World) -> str:
    """10 000 € paid, 5 000 € planned, 12 000 € justified."""
    with unit_of_work(factory) as session:
        award = world.active_award(session)
        world.pay(session, award.live_tranches[0], date.fromisoformat(today()))
        hand_in(session, world, award, 15_000)
        return award.reference


def test_what_would_happen_is_shown_before_it_happens(
    sign_in: SignIn, factory: SessionFactory, half_paid: str
) -> None:
    officer, path = sign_in("officer"), f"/attributions/{half_paid}/reduction"
    assert path in officer.get(f"/attributions/{half_paid}").text
    page = officer.get(path).text
    assert 'value="12000,00"' in page
    for words in ("Ce qui se passerait", "2\u202f000,00\u00a0€", "3\u202f000,00\u00a0€"):
        assert words in page
    tried = officer.post(path, {"amount": "10 000", "reason": "", "try": "1"}, on=path)
    assert tried.status_code == 200
    assert "tombe" in tried.text
    assert read_award(factory, half_paid).amount == Decimal(15_000)
    assert officer.post(path, {"amount": "9000", "reason": WHY}, on=path).status_code == 422
    assert officer.post(path, {"amount": "12000", "reason": ""}, on=path).status_code == 422
    assert officer.post(path, {"amount": "12000", "reason": WHY}, on=path).status_code == 303
    award = read_award(factory, half_paid)
    assert (award.amount, award.state) == (Decimal(12_000), AwardState.ACTIVE)
    assert award.live_tranches[-1].amount == Decimal(2_000)
    journal = sign_in("auditor").get(f"/journal/award/{half_paid}").text
    assert "Attribution ramenée à ce qui a été dépensé" in journal
    assert "12\u202f000,00\u00a0€" in journal


@pytest.mark.parametrize("name", ["finance", "applicant", "auditor"])
def test_bringing_down_is_for_officers(sign_in: SignIn, half_paid: str, name: str) -> None:
    browser = sign_in(name)
    assert browser.get(f"/attributions/{half_paid}/reduction").status_code == 403
    assert "/reduction" not in browser.get(f"/attributions/{half_paid}").text
