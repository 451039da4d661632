"""The money of one's own file: what came, what is to come and waits for what, what the alliance has to do."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Award, Collaborator, Disbursement, Right
from fund.services import agreements, awards, bank_accounts, repayments
from fund.services.agreement_terms import describe_terms
from fund.services.schedules import add_report
from fund.services.steps import take_step
from tests.scenario import BIC, IBAN, World
from tests.services.makers import BECAUSE, today
from tests.services.paying import approve, file_of
from tests.web.conftest import Browser
from tests.web.counting import count_statements

SignIn = Callable[[str], Browser]
Make = Callable[[Session], Award]
FAR = date(2030, 5, 4)


@pytest.fixture
def page_of(factory: SessionFactory, sign_in: SignIn) -> Callable[[Make], str]:
    """The money page of an award made just so, as the applicant reads it."""

    def run(make: Make) -> str:
        with unit_of_work(factory) as session:
            path = path_of(make(session))
        answer = sign_in("applicant").get(path)
        assert answer.status_code == 200
        return answer.text

    return run


PageOf = Callable[[Make], str]


def path_of(award: Award) -> str:
    return f"/mes-dossiers/{award.application.reference}/financement"


def tasks_in(page: str) -> str:
    return page.partition('id="tasks-title"')[2].partition("</section>")[0]


def planned(session: Session, world: World, *lines: dict[str, Any]) -> Award:
    """A signed award with these tranches, whose bank details are verified."""
    award = world.award(session)
    awards.set_schedule(session, world["officer"], award, tranches=lines)
    session.expire(award)
    world.send_agreement(session, award)
    world.sign_agreement(session, award)
    world.verified_account(session, award.beneficiary)
    return award


# --- who sees it ---------------------------------------------------------------------------------------------


def test_only_the_file_s_own_people_see_it(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        path = path_of(world.active_award(session))
    assert sign_in("applicant").get(path).status_code == 200
    for name in ("stranger", "officer", "finance", "reviewer"):
        assert sign_in(name).get(path).status_code == 404, name
    with unit_of_work(factory) as session:
        award = session.query(Award).one()
        reader = Collaborator(person_id=world.people["stranger"], right=Right.READ)
        award.application.collaborators.append(reader)
    assert sign_in("stranger").get(path).status_code == 200


def test_a_file_that_is_not_funded_has_none(sign_in: SignIn, make: Callable[..., str]) -> None:
    reference = make("reviewed")
    applicant = sign_in("applicant")
    assert applicant.get(f"/mes-dossiers/{reference}/financement").status_code == 404
    assert "financement" not in applicant.get(f"/mes-dossiers/{reference}").text


def test_the_file_s_page_leads_to_it(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        path = path_of(world.active_award(session))
    applicant = sign_in("applicant")
    assert f'href="{path}"' in applicant.get(path.removesuffix("/financement")).text


# --- what is to come, what came ------------------------------------------------------------------------------


def test_what_is_to_come_says_when_and_what_it_waits_for(page_of: PageOf, world: World) -> None:
    def make(session: Session) -> Award:
        proof = {"kind": "cofinancing_proven", "label": "La part de la commune"}
        first = {"amount": Decimal(9_000), "due_on": FAR}
        return planned(session, world, first, {"amount": Decimal(6_000), "due_on": None, "conditions": [proof]})

    page = page_of(make)
    assert "à partir du 4\u00a0mai\u00a02030" in page
    assert "son échéance, le 4\u00a0mai\u00a02030" in page
    assert "dès que plus rien n’est attendu" in page
    assert "la preuve du cofinancement (La part de la commune)" in page
    figures = page.partition('class="figures"')[2].partition("</ul>")[0]
    assert figures.count("15\u202f000,00") == 2  # granted, and all of it to come
    assert "Aucun versement pour le moment." in page


def test_payments_have_their_day_and_the_reference_of_the_bank(page_of: PageOf, world: World) -> None:
    page = page_of(lambda session: world.paid_award(session))
    received = page.partition('id="paid-title"')[2].partition("</section>")[0]
    assert received.count("VIR-1") == 2
    assert "10\u202f000,00" in received
    assert f'datetime="{today().isoformat()}"' in received
    assert "Versements à venir" not in page


def test_a_transfer_that_the_bank_gave_no_reference_has_the_fund_s(page_of: PageOf, world: World) -> None:
    sent: list[str] = []

    def make(session: Session) -> Award:
        award = world.active_award(session)
        world.verified_account(session, award.call.funder, "FR1420041010050500013M02606")
        tranche = approve(world, session, award.live_tranches[0])
        sent.append(file_of(world, session, tranche).orders[0].end_to_end_id)
        take_step(session, world["finance"], tranche.payment_orders[0].file, "transmit")
        take_step(session, world["finance"], tranche, "pay", inputs={"paid_on": today()})
        return award

    page = page_of(make)
    assert sent[0] in page.partition('id="paid-title"')[2].partition("</section>")[0]


def test_nothing_more_comes_of_a_cancelled_award(page_of: PageOf, world: World) -> None:
    def make(session: Session) -> Award:
        award = world.active_award(session)
        take_step(session, world["officer"], award, "cancel", inputs=BECAUSE)
        return award

    page = page_of(make)
    assert "Plus rien ne sera versé." in page
    assert "son échéance" not in page
    assert "Rien pour le moment." in tasks_in(page)


# --- what the alliance has to do -----------------------------------------------------------------------------


def test_first_the_agreement_is_signed_and_bank_details_are_entered(
    page_of: PageOf, sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    tasks = tasks_in(page_of(lambda session: world.offered_award(session)))
    assert "À signer\u00a0: Convention" in tasks
    assert "/coordonnees-bancaires" in tasks
    assert "/comptes-rendus/" not in tasks  # none is owed before the signature
    with unit_of_work(factory) as session:
        award = session.query(Award).one()
        world.sign_agreement(session, award)
        bank_accounts.propose(
            session, world["applicant"], award.beneficiary, holder="Association d'essai", iban=IBAN, bic=BIC
        )
        path = path_of(award)
    page = sign_in("applicant").get(path).text
    assert "À signer" not in tasks_in(page)
    assert "/coordonnees-bancaires" not in tasks_in(page)  # the fund's turn
    assert "À vérifier par une seconde personne" in page
    assert "/comptes-rendus/" in tasks_in(page)


def test_an_amendment_is_to_be_signed_and_its_draft_is_not_told(page_of: PageOf, world: World) -> None:
    def make(session: Session) -> Award:
        award = world.active_award(session)
        terms = describe_terms(award) | {"ends_on": date(2028, 3, 31)}
        agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Une crue.")
        return award

    assert "Avenant" not in page_of(make)


def test_a_sent_amendment_is_to_be_signed(page_of: PageOf, world: World) -> None:
    def make(session: Session) -> Award:
        award = world.active_award(session)
        terms = describe_terms(award) | {"ends_on": date(2028, 3, 31)}
        agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Une crue.")
        world.send_agreement(session, award)
        return award

    assert "À signer\u00a0: Avenant n°\u00a01" in tasks_in(page_of(make))


def test_evidence_is_asked_for_once_until_it_is_handed_in(page_of: PageOf, world: World) -> None:
    def make(session: Session) -> Award:
        proof = {"kind": "expense_evidence", "label": "Factures de l’année"}
        return planned(session, world, {"amount": Decimal(15_000), "due_on": None, "conditions": [proof]})

    tasks = tasks_in(page_of(make))
    assert "Factures de l’année" in tasks
    assert "/justificatifs" in tasks


def test_evidence_that_is_being_read_is_no_task(page_of: PageOf, world: World) -> None:
    def make(session: Session) -> Award:
        proof = {"kind": "expense_evidence", "label": "Factures de l’année"}
        award = planned(session, world, {"amount": Decimal(15_000), "due_on": None, "conditions": [proof]})
        condition = award.live_tranches[0].conditions[0]
        condition.document_id = world.document(session, award.application, f"condition.{condition.id}").id
        return award

    assert "/justificatifs" not in tasks_in(page_of(make))


def test_a_late_report_comes_first(factory: SessionFactory, world: World, sign_in: SignIn) -> None:
    with unit_of_work(factory) as session:
        award = world.paid_award(session)
        repayments.ask(session, world["officer"], award, amount=Decimal(3_000), reason="Trop perçu.")
        path, report = path_of(award), award.reports[0].reference
    in_time = tasks_in(sign_in("applicant").get(path).text)
    assert "En retard" not in in_time
    assert f"/comptes-rendus/{report}" in in_time
    assert "À reverser" not in in_time
    assert "Reverser 3\u202f000,00" in in_time
    with unit_of_work(factory) as session:
        session.query(Award).one().reports[0].due_on = today() - timedelta(days=3)
    page = sign_in("applicant").get(path).text
    late = tasks_in(page)
    assert late.count("En retard") == 1
    assert late.index("En retard") < late.index("Reverser 3")
    assert "à reverser" in page.partition('class="figures"')[2].partition("</ul>")[0]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        assert tasks_in(sign_in("applicant").get(path).text).count("En retard") == 2


def test_a_payment_that_came_back_has_the_account_checked(page_of: PageOf, world: World) -> None:
    def make(session: Session) -> Award:
        award = world.paid_award(session)
        inputs = {"return_code": "AC04", "reason": "Compte clos."}
        take_step(session, world["finance"], award.live_tranches[0], "fail", inputs=inputs)
        return award

    page = page_of(make)
    assert "coordonnees-bancaires" in tasks_in(page)
    assert "Rejeté par la banque" in page


def test_the_number_of_statements_does_not_grow(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        award = planned(
            session, world, *({"amount": Decimal(5_000), "due_on": date(2026, 1, 1)} for _ in range(3))
        )
        world.pay(session, award.live_tranches[0])
        repayments.ask(session, world["officer"], award, amount=Decimal(1_000), reason="Trop perçu.")
        terms = describe_terms(award) | {"ends_on": date(2028, 3, 31)}
        agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Une crue.")
        world.send_agreement(session, award)
        path = path_of(award)
    applicant = sign_in("applicant")
    applicant.get(path)
    few = count_statements(lambda: applicant.get(path))
    with unit_of_work(factory) as session:
        award = session.query(Award).one()
        second: Disbursement = award.live_tranches[1]
        world.pay(session, second)
        repayments.ask(session, world["officer"], award, amount=Decimal(2_000), reason="Trop perçu.")
        add_report(session, world["officer"], award, due_on=FAR, final=False)
    assert count_statements(lambda: applicant.get(path)) == few
