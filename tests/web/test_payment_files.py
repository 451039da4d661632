"""The pages of payment files: ticking, adding up, making one, and reading it again."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.bank.business_days import next_business_day
from fund.db import SessionFactory, unit_of_work
from fund.models import Disbursement, PaymentFile
from fund.services import bank_accounts, disbursements
from fund.services.steps import take_step
from tests.documents.reading import Paper
from tests.scenario import BIC, IBAN, World
from tests.services.makers import BECAUSE, today
from tests.services.money_makers import approved_tranche, made_file
from tests.services.paying import approved_award, file_of, file_of_two
from tests.services.refusals import staff_joins_the_lead
from tests.web.conftest import Browser
from tests.web.counting import count_statements
from workflows.disbursement import DisbursementState
from workflows.payment_file import PaymentFileState

SignIn = Callable[[str], Browser]
DESK = "/versements/fichiers"
OTHER_IBAN = "FR7699999000010000000000115"


@pytest.fixture
def approved(factory: SessionFactory, world: World) -> list[str]:
    """References of two approved tranches, of 10,000 and 5,000 euros."""
    with unit_of_work(factory) as session:
        return [tranche.reference for tranche in approved_award(world, session).live_tranches]


def working_day() -> str:
    return next_business_day(today()).isoformat()


def find_file(session: Session) -> PaymentFile:
    return session.scalars(select(PaymentFile)).one()


def made(factory: SessionFactory, world: World, make: Callable[[World, Session], PaymentFile]) -> str:
    with unit_of_work(factory) as session:
        return make(world, session).reference


def test_what_is_approved_is_ticked_and_added_up(sign_in: SignIn, approved: list[str]) -> None:
    page = sign_in("finance").get(DESK).text
    for reference in approved:
        assert f'value="{reference}" id="tranche-{reference}"' in page
    assert page.count(" checked>") == 2
    assert "<span data-count>2</span> · <span data-total>15\u202f000,00\u00a0€</span>" in page
    assert f'value="{working_day()}"' in page
    assert IBAN not in page
    assert "FR •••• 0189" in page


def test_the_sum_follows_the_ticks_without_scripts(
    sign_in: SignIn, approved: list[str], factory: SessionFactory
) -> None:
    answer = sign_in("finance").post(DESK, {"tranches": approved[1:], "do": "sum", "execution_on": ""}, on=DESK)
    assert answer.status_code == 200
    assert "<span data-count>1</span> · <span data-total>5\u202f000,00\u00a0€</span>" in answer.text
    assert answer.text.count(" checked>") == 1
    with factory() as session:
        assert session.scalars(select(PaymentFile)).all() == []


def test_a_file_is_made_and_read_again(sign_in: SignIn, approved: list[str], factory: SessionFactory) -> None:
    finance = sign_in("finance")
    answer = finance.post(DESK, {"tranches": approved, "execution_on": working_day()}, on=DESK)
    assert answer.status_code == 303
    with factory() as session:
        file = find_file(session)
        content, number = file.content, file.message_id
    assert answer.location == f"{DESK}/{file.reference}"
    page = finance.get(answer.location).text
    assert "Le fichier est établi" in page
    for said in (number, *approved, "15\u202f000,00\u00a0€", "FR •••• 0189", file.sha256[:8]):
        assert said in page
    first, second = (finance.get(f"{answer.location}/virements.xml") for _ in range(2))
    assert first.data == second.data == content
    assert first.content_type == "application/xml"
    assert first.headers["Content-Disposition"] == f'attachment; filename="{number}.xml"'
    assert sha256(first.data).hexdigest() == file.sha256
    sheet = finance.get(f"{answer.location}/bordereau.pdf")
    assert sheet.content_type == "application/pdf"
    assert number in Paper(sheet.data).text
    assert sheet.data == finance.get(f"{answer.location}/bordereau.pdf").data
    assert file.reference in finance.get(DESK).text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"execution_on": ""}, "Remplissez ce champ"),
        ({"execution_on": "2020-01-02"}, "Choisissez un jour d’aujourd’hui au"),
        ({"tranches": []}, "Cochez au moins une tranche"),
        ({"tranches": ["VE-AUCUN"]}, "Cochez au moins une tranche"),
    ],
)
def test_a_refusal_keeps_the_ticks(
    sign_in: SignIn, approved: list[str], factory: SessionFactory, form: dict[str, Any], said: str
) -> None:
    ticked = form.get("tranches", approved[:1])
    sent = {"tranches": ticked, "execution_on": form.get("execution_on", working_day())}
    answer = sign_in("finance").post(DESK, sent, on=DESK)
    assert answer.status_code == 422
    assert said in answer.text
    assert answer.text.count(" checked>") == len([one for one in ticked if one in approved])
    with factory() as session:
        assert session.scalars(select(PaymentFile)).all() == []


def test_a_tranche_that_went_meanwhile_is_named(
    sign_in: SignIn, approved: list[str], factory: SessionFactory, world: World
) -> None:
    finance = sign_in("finance")
    token = finance.token(DESK)
    with unit_of_work(factory) as session:
        tranche = session.scalars(select(Disbursement).where(Disbursement.reference == approved[0])).one()
        file_of(world, session, tranche)
    form = {"csrf_token": token, "tranches": approved, "execution_on": working_day()}
    answer = finance.client.post(DESK, data=form)
    assert answer.status_code == 409
    assert f"ne peuvent plus entrer dans un fichier\u00a0: {approved[0]}" in answer.text


def test_what_speaks_against_a_tranche_stands_beside_it(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        award = approved_award(world, session)
        take_step(session, world["officer"], award, "suspend", inputs=BECAUSE)
    page = sign_in("finance").get(DESK).text
    assert "La convention n’est pas en vigueur" in page
    assert page.count(" disabled>") == 2
    assert "<span data-count>0</span>" in page


def test_a_funder_without_account_is_said(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        reference = approved_tranche(world, session).reference
    finance = sign_in("finance")
    assert "n’a pas de compte vérifié d’où payer" in finance.get(DESK).text
    answer = finance.post(DESK, {"tranches": [reference], "execution_on": working_day()}, on=DESK)
    assert answer.status_code == 409
    assert "n’a pas de compte bancaire vérifié" in answer.text


def test_officers_and_auditors_read_and_make_nothing(
    sign_in: SignIn, approved: list[str], factory: SessionFactory, world: World
) -> None:
    reference = made(factory, world, lambda world, session: file_of(world, session, *tranches_of(session)))
    for name in ("officer", "auditor", "admin"):
        reader = sign_in(name)
        page = reader.get(DESK).text
        assert reference in page
        assert 'name="tranches"' not in page
        assert reader.post(DESK, {"tranches": approved}, on="/compte").status_code == 403
        assert reader.get(f"{DESK}/{reference}").status_code == 200
        assert reader.get(f"{DESK}/{reference}/bordereau.pdf").status_code == 200
        # The file itself has whole account numbers.
        status = 200 if name == "auditor" else 403
        assert reader.get(f"{DESK}/{reference}/virements.xml").status_code == status
    for name in ("applicant", "reviewer", "chair"):
        assert sign_in(name).get(DESK).status_code == 403
        assert sign_in(name).get(f"{DESK}/{reference}").status_code == 403


def tranches_of(session: Session) -> list[Disbursement]:
    approved = DisbursementState.APPROVED
    return list(session.scalars(select(Disbursement).where(Disbursement.state == approved)))


def test_the_steps_of_a_file_are_taken_from_its_page(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    reference = made(factory, world, file_of_two)
    finance, here = sign_in("finance"), f"{DESK}/{reference}"
    assert "Noter que la banque a le fichier" in finance.get(here).text
    answer = finance.post(f"/etapes/payment_file/{reference}/transmit", {"version": "1"}, on=here)
    with factory() as session:
        version = find_file(session).version
    assert answer.status_code == 409  # the page had another version
    answer = finance.post(f"/etapes/payment_file/{reference}/transmit", {"version": str(version)}, on=here)
    assert (answer.status_code, answer.location) == (303, here)
    page = finance.get(here).text
    assert "La banque n’a pas encore répondu pour 2 virements" in page
    with factory() as session:
        version = find_file(session).version
    form = {"version": str(version), "reason": "Refusé par la banque."}
    assert finance.post(f"/etapes/payment_file/{reference}/cancel", form, on=here).status_code == 303
    page = finance.get(here).text
    assert "ne le remettez pas à la banque" in page
    assert "Refusé par la banque." in page
    assert "virements.xml" not in page
    with factory() as session:
        assert find_file(session).state is PaymentFileState.CANCELLED


def test_the_answers_of_the_bank_stand_beside_each_transfer(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        file = file_of_two(world, session)
        reference = file.reference
        first, second = file.orders
        inputs = {"reason": "Rejet.", "return_code": "AC04"}
        disbursements.fail(session, world["finance"], first.disbursement, inputs=inputs)
        paid_on = today() - timedelta(days=1)
        disbursements.pay(session, world["finance"], second.disbursement, inputs={"paid_on": paid_on})
    page = sign_in("auditor").get(f"{DESK}/{reference}").text
    assert "Revenu" in page
    assert "Le compte est clos." in page
    assert "Exécuté" in page
    assert f'datetime="{paid_on.isoformat()}"' in page


def test_what_changed_since_a_file_was_made_stands_on_it(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    reference = made(factory, world, file_of_two)
    finance = sign_in("finance")
    assert "ne sont pas encore vérifiées" not in finance.get(f"{DESK}/{reference}").text
    with unit_of_work(factory) as session:
        order = find_file(session).orders[0]
        name, beneficiary = order.end_to_end_id, order.disbursement.award.beneficiary
        bank_accounts.propose(
            session, world["officer"], beneficiary, holder=beneficiary.name, iban=OTHER_IBAN, bic=BIC
        )
    notice = finance.get(f"{DESK}/{reference}").text.split('<div class="notice tone-danger"')[1].split("</ul>")[0]
    assert name in notice
    assert notice.count("ne sont pas encore vérifiées") == 2
    assert "Téléchargez le fichier, déposez-le" not in finance.get(f"{DESK}/{reference}").text


def test_whoever_keeps_off_a_file_finds_no_link_to_it(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    """The treasury reads the bank's files whole; what is behind a transfer stays closed to who keeps off it."""
    with unit_of_work(factory) as session:
        file = made_file(world, session)
        reference, tranche = file.reference, file.orders[0].disbursement
        name = tranche.reference
        staff_joins_the_lead(world, session, tranche)
    page = sign_in("finance").get(f"{DESK}/{reference}").text
    assert name in page
    assert f"/versements/{name}" not in page


def test_the_journal_of_a_file_is_told_in_words(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, file_of_two)
    page = sign_in("auditor").get(f"/journal/payment_file/{reference}").text
    for said in ("Fichier de virements établi", "Identifiant pour la banque", "15\u202f000,00\u00a0€", "CB-"):
        assert said in page


def test_an_unknown_file_does_not_exist(sign_in: SignIn, approved: list[str]) -> None:
    finance = sign_in("finance")
    for path in ("FV-AUCUN", "FV-AUCUN/virements.xml", "FV-AUCUN/bordereau.pdf"):
        assert finance.get(f"{DESK}/{path}").status_code == 404


def test_the_list_costs_as_many_statements_for_many_tranches(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    finance = sign_in("finance")
    with unit_of_work(factory) as session:
        approved_tranche(world, session)
    finance.get(DESK)
    few = count_statements(lambda: finance.get(DESK))
    with unit_of_work(factory) as session:
        for _ in range(2):
            approved_award(world, session)
    assert count_statements(lambda: finance.get(DESK)) == few
    with factory() as session:
        assert sum(tranche.amount for tranche in tranches_of(session)) == Decimal(40_000)


def test_a_file_costs_as_many_statements_for_many_transfers(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    finance = sign_in("finance")
    one = made(factory, world, made_file)
    many = made(factory, world, lambda world, session: file_of(world, session, *four_tranches(world, session)))
    finance.get(f"{DESK}/{one}")
    few, more = (count_statements(partial(finance.get, f"{DESK}/{name}")) for name in (one, many))
    assert few == more


def four_tranches(world: World, session: Session) -> list[Disbursement]:
    return [tranche for _ in range(2) for tranche in approved_award(world, session).live_tranches]
