"""The treasury's desk: the cash plan, and many tranches ordered or approved at once."""

import re
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

import pytest
from dateutil.relativedelta import relativedelta
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Award, Call, Disbursement, PersonRole
from fund.services import awards
from fund.services.steps import take_step
from tests.scenario import IBAN, World
from tests.services.makers import BECAUSE, published_call, today
from tests.services.money_makers import due_tranche, ordered_tranche, paid_tranche
from tests.services.refusals import staff_joins_the_lead
from tests.web.conftest import Browser
from tests.web.counting import count_statements
from workflows.disbursement import DisbursementState
from workflows.permissions import Role

SignIn = Callable[[str], Browser]
Make = Callable[[World, Session], object]
PLAN, ORDERS, APPROVALS = "/versements/echeancier", "/versements/ordonner", "/versements/approuver"
WITH_ENTRY = re.compile(r'name="tranches" value="([^"]+)"')
OFFICER, FINANCE = "officer", "finance"


def soon(months: int) -> str:
    """The month that is so many ahead, as addresses name it."""
    return f"{today().replace(day=1) + relativedelta(months=months):%Y-%m}"


@pytest.fixture
def planned(factory: SessionFactory, world: World) -> str:
    """An award in force, by its reference: 2,500 euros in three months, 1,000 without date; one is unsigned."""
    with unit_of_work(factory) as session:
        day = today().replace(day=1) + relativedelta(months=3, days=9)
        award = world.funded(session, Decimal(3_500)).award
        assert award is not None
        tranches = [{"amount": Decimal(2_500), "due_on": day}, {"amount": Decimal(1_000), "due_on": None}]
        awards.set_schedule(session, world[OFFICER], award, tranches=tranches)
        session.expire(award)
        world.send_agreement(session, award)
        world.sign_agreement(session, award)
        world.verified_account(session, award.beneficiary)
        world.offered_award(session)
        return award.reference


def put(factory: SessionFactory, world: World, make: Make, times: int = 1) -> None:
    with unit_of_work(factory) as session:
        for _ in range(times):
            make(world, session)


def states(factory: SessionFactory) -> list[tuple[DisbursementState, Decimal]]:
    """Of the tranches that may be acted upon, in the order of their making."""
    with factory() as session:
        found = session.scalars(select(Disbursement).order_by(Disbursement.id)).all()
        return [(tranche.state, tranche.amount) for tranche in found if tranche.position == 1]


def test_the_plan_says_what_is_needed_and_when(sign_in: SignIn, planned: str) -> None:
    page = sign_in(FINANCE).get(PLAN).text
    assert page.count("<svg") - page.count('<svg class="icon') == 1
    # In all of what is signed; what is not signed; the two together, as the ledger has them.
    for said in ("3\u202f500,00\u00a0€", "15\u202f000,00\u00a0€", "18\u202f500,00\u00a0€"):
        assert said in page
    assert f"/versements?echeance={soon(3)}" in page
    assert f"/versements?echeance={soon(2)}" not in page
    assert "/versements?echeance=sans-date" in page
    assert "/comptes/controle" not in page, "plan and ledger agree"


def test_a_period_leads_to_its_payments(sign_in: SignIn, planned: str, factory: SessionFactory) -> None:
    finance = sign_in(FINANCE)
    with factory() as session:
        award = session.scalars(select(Award).where(Award.reference == planned)).one()
        third, undated = [tranche.reference for tranche in award.disbursements]
    page = finance.get("/versements", echeance=soon(3)).text
    assert third in page
    assert undated not in page
    assert "2\u202f500,00\u00a0€" in page
    page = finance.get("/versements", echeance="sans-date").text
    assert undated in page
    assert third not in page
    assert 'class="empty"' in finance.get("/versements", echeance=soon(1)).text
    for nowhere in (soon(12), soon(-1), "jamais", "MONTH", "2026-1"):
        assert finance.get("/versements", echeance=nowhere).status_code == 404


def test_the_plan_of_one_call(sign_in: SignIn, planned: str, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        other = published_call(world, session).reference
        own = session.get_one(Call, world.call_id).reference
    finance = sign_in(FINANCE)
    page = finance.get(PLAN, appel=own).text
    assert f"/versements?echeance={soon(3)}&amp;appel={own}" in page
    assert "<svg" in page
    assert "3\u202f500,00\u00a0€" not in finance.get(PLAN, appel=other).text
    assert "2\u202f500,00\u00a0€" in finance.get("/versements", echeance=soon(3), appel=own).text
    assert "2\u202f500,00\u00a0€" not in finance.get("/versements", echeance=soon(3), appel=other).text
    assert finance.get(PLAN, appel="AP-AUCUN").status_code == 404


def test_the_plan_as_a_spreadsheet(sign_in: SignIn, planned: str) -> None:
    answer = sign_in("auditor").get(f"{PLAN}.xlsx")
    assert answer.status_code == 200
    plan, tranches = load_workbook(BytesIO(answer.data)).worksheets
    heads, *rows = plan.iter_rows(values_only=True)
    assert (heads[0], heads[-1]) == ("Période", "Probable (convention non signée)")
    assert len(rows) == 16, "late, twelve months, later, undated, and the sums"
    assert [row[1] for row in rows if row[1]] == [2_500, 1_000, 3_500]
    assert rows[-1][-1] == 15_000
    assert {(row[2], row[-1]) for row in tranches.iter_rows(values_only=True) if row[2] == planned} == {
        (planned, 2_500),
        (planned, 1_000),
    }


def test_a_difference_from_the_ledger_is_said(sign_in: SignIn, planned: str, factory: SessionFactory) -> None:
    with unit_of_work(factory) as session:
        tranche = session.scalars(select(Disbursement).where(Disbursement.amount == 2_500)).one()
        session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
        tranche.amount += 7
    page = sign_in(FINANCE).get(PLAN).text
    assert "/comptes/controle" in page
    assert "7,00\u00a0€" in page


def test_files_that_the_reader_keeps_off_count_and_are_not_shown(
    sign_in: SignIn, planned: str, factory: SessionFactory, world: World
) -> None:
    put(factory, world, lambda world, session: staff_joins_the_lead(world, session, None))
    finance = sign_in(FINANCE)
    assert "3\u202f500,00\u00a0€" in finance.get(PLAN).text
    page = finance.get("/versements", echeance=soon(3)).text
    assert "/versements/VE-" not in page
    assert 'class="notice tone-info"' in page
    assert len(list(load_workbook(BytesIO(finance.get(f"{PLAN}.xlsx").data)).worksheets[1].rows)) == 1


@pytest.mark.parametrize("name", ["applicant", "reviewer", "chair", "member", "partner"])
def test_the_plan_is_for_staff(sign_in: SignIn, name: str) -> None:
    browser = sign_in(name)
    assert browser.get(PLAN).status_code == 403
    assert browser.get(f"{PLAN}.xlsx").status_code == 403


@pytest.mark.parametrize(("name", "path"), [(FINANCE, ORDERS), ("auditor", ORDERS), (OFFICER, APPROVALS)])
def test_each_round_is_for_its_own_people(
    sign_in: SignIn, factory: SessionFactory, world: World, name: str, path: str
) -> None:
    browser = sign_in(name)
    assert browser.get(path).status_code == 403
    assert browser.post(path, on="/compte").status_code == 403
    assert path not in browser.get("/versements").text


def test_many_are_ordered_then_approved_by_somebody_else(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    put(factory, world, due_tranche, times=3)
    officer, finance = sign_in(OFFICER), sign_in(FINANCE)
    assert ORDERS in officer.get("/versements").text
    ticks = WITH_ENTRY.findall(officer.get(ORDERS).text)
    assert len(ticks) == 3
    assert officer.post(ORDERS, {"tranches": ticks[:2]}, on=ORDERS).status_code == 303
    assert [state.value for state, _ in states(factory)] == ["ordered", "ordered", "due"]
    assert "20\u202f000,00\u00a0€" in officer.get(ORDERS).text, "said once they are ordered"
    page = finance.get(APPROVALS).text
    assert IBAN not in page
    assert "Officer" in page
    ticks = WITH_ENTRY.findall(page)
    assert finance.post(APPROVALS, {"tranches": [ticks[1], ticks[1]]}, on=APPROVALS).status_code == 303
    assert [state.value for state, _ in states(factory)] == ["ordered", "approved", "due"]


def test_nothing_is_ticked_but_by_the_person(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    put(factory, world, ordered_tranche, times=2)
    finance = sign_in(FINANCE)
    assert " checked>" not in finance.get(APPROVALS).text
    page = finance.get(APPROVALS, cocher="tout").text
    assert page.count(" checked>") == 2
    assert "<span data-count>2</span> · <span data-total>20\u202f000,00\u00a0€</span>" in page
    ticks = WITH_ENTRY.findall(page)
    answer = finance.post(APPROVALS, {"tranches": ticks[:1], "do": "sum"}, on=APPROVALS)
    assert answer.status_code == 200
    assert "<span data-count>1</span> · <span data-total>10\u202f000,00\u00a0€</span>" in answer.text
    assert finance.post(APPROVALS, on=APPROVALS).status_code == 422
    assert {state for state, _ in states(factory)} == {DisbursementState.ORDERED}


def test_what_is_refused_holds_up_nothing_else(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    """One was sent back and ordered anew after the page was opened, one never was: the third is approved."""
    put(factory, world, ordered_tranche, times=2)
    finance = sign_in(FINANCE)
    stale, good = WITH_ENTRY.findall(finance.get(APPROVALS).text)
    with unit_of_work(factory) as session:
        tranche = session.scalars(
            select(Disbursement).where(Disbursement.reference == stale.partition(".")[0])
        ).one()
        take_step(session, world[FINANCE], tranche, "reject", inputs=BECAUSE)
        take_step(session, world[OFFICER], tranche, "order")
    answer = finance.post(APPROVALS, {"tranches": [stale, "VE-AUCUN.1", good]}, on=APPROVALS)
    assert answer.status_code == 409
    refused = answer.text.split('class="notice tone-danger"')[1].split("</ul>")[0]
    assert refused.count("<li>") == 2
    for named in (tranche.reference, "VE-AUCUN"):
        assert named in refused
    assert good.partition(".")[0] not in refused
    assert "10\u202f000,00\u00a0€" in answer.text.split('class="notice tone-success"')[1].split("</div>")[0]
    assert [state.value for state, _ in states(factory)] == ["ordered", "approved"]


def test_who_ordered_cannot_tick_it_and_is_refused_if_she_sends_it(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    put(factory, world, ordered_tranche)
    with unit_of_work(factory) as session:
        person = world.person(session, OFFICER)
        person.role_rows.append(PersonRole(role=Role.FINANCE))
    officer = sign_in(OFFICER)
    page = officer.get(APPROVALS, cocher="tout").text
    assert "Vous avez ordonné ce versement" in page
    assert " disabled>" in page
    assert " checked>" not in page
    answer = officer.post(APPROVALS, {"tranches": WITH_ENTRY.findall(page)}, on=APPROVALS)
    assert answer.status_code == 409
    assert answer.text.count("Vous avez ordonné ce versement") == 2, "in the result, and beside the tranche"
    assert [state.value for state, _ in states(factory)] == ["ordered"]


def test_more_than_a_page_offers_is_not_taken(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    put(factory, world, ordered_tranche)
    ticks = [f"VE-{number}.1" for number in range(101)]
    assert sign_in(FINANCE).post(APPROVALS, {"tranches": ticks}, on=APPROVALS).status_code == 400


def test_files_that_she_keeps_off_are_in_no_round(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    put(factory, world, due_tranche)
    tick = WITH_ENTRY.findall(sign_in(OFFICER).get(ORDERS).text)
    put(factory, world, lambda world, session: staff_joins_the_lead(world, session, None))
    officer = sign_in(OFFICER)
    assert not WITH_ENTRY.findall(officer.get(ORDERS).text)
    answer = officer.post(ORDERS, {"tranches": tick}, on="/compte")
    assert answer.status_code == 409
    assert [state.value for state, _ in states(factory)] == ["due"]


@pytest.mark.parametrize(
    ("name", "path", "make"),
    [
        (FINANCE, PLAN, due_tranche),
        (FINANCE, f"{PLAN}.xlsx", due_tranche),
        (FINANCE, "/versements?echeance=en-retard", ordered_tranche),
        (FINANCE, "/versements?etat=paid", paid_tranche),
        (OFFICER, ORDERS, due_tranche),
        (FINANCE, APPROVALS, ordered_tranche),
    ],
)
def test_pages_ask_as_much_for_many_as_for_one(
    sign_in: SignIn, factory: SessionFactory, world: World, name: str, path: str, make: Make
) -> None:
    put(factory, world, make)
    browser = sign_in(name)

    def ask() -> None:
        assert browser.client.get(path).status_code == 200

    ask()
    alone = count_statements(ask)
    put(factory, world, make, times=2)
    assert count_statements(ask) == alone
