"""Conditions, their evidence and the proof of a payment by hand, on the pages of both sides."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Disbursement
from fund.services import awards, bank_accounts
from fund.services.perform import perform
from fund.services.steps import take_step
from tests.scenario import World
from tests.storage.samples import pdf
from tests.web.conftest import Browser
from workflows.disbursement import DisbursementState, DisbursementStep
from workflows.engine import PARIS
from workflows.permissions import SYSTEM

SignIn = Callable[[str], Browser]

CONDITIONS = [
    {"kind": "cofinancing_proven", "label": "Convention avec la commune"},
    {"kind": "expense_evidence", "label": "Factures du premier semestre"},
    {"kind": "report_accepted", "report": 1},
]


@pytest.fixture
def tranche(factory: SessionFactory, world: World) -> str:
    """The second tranche of an award in force, which waits for three things; the first is approved."""
    with unit_of_work(factory) as session:
        award = world.award(session)
        lines = [
            {"amount": Decimal(5_000), "due_on": date(2026, 1, 1)},
            {"amount": Decimal(10_000), "due_on": date(2026, 1, 1), "conditions": CONDITIONS},
        ]
        awards.set_schedule(session, world["officer"], award, tranches=lines)
        session.expire(award)
        world.send_agreement(session, award)
        world.sign_agreement(session, award)
        world.verified_account(session, award.beneficiary)
        first, second = award.live_tranches
        for step, who in (("release", "officer"), ("order", "officer"), ("approve", "finance")):
            take_step(session, world[who], first, step)
        return second.reference


def read(factory: SessionFactory, reference: str) -> Disbursement:
    with factory() as session:
        found = session.scalars(select(Disbursement).where(Disbursement.reference == reference)).one()
        for condition in found.conditions:
            assert condition.document is None or condition.document.reference
        assert found.award.disbursements
        assert found.evidence is None or found.evidence.name
        return found


def approved(factory: SessionFactory, reference: str) -> str:
    return read(factory, reference).award.disbursements[0].reference


def sent(data: bytes | None = None, name: str = "piece.pdf", **form: str) -> dict[str, Any]:
    return {**form, "file": (BytesIO(data or pdf()), name)}


def test_everything_it_waits_for_is_said_one_by_one(
    sign_in: SignIn, factory: SessionFactory, tranche: str
) -> None:
    page = sign_in("finance").get(f"/versements/{tranche}").text
    for words in (
        "la preuve du cofinancement (Convention avec la commune)",
        "les justificatifs des dépenses (Factures du premier semestre)",
        "le compte rendu final, attendu le",
    ):
        assert words in page
    # The same in the list, and for the alliance on its award.
    award = read(factory, tranche).award.reference
    assert (
        "la preuve du cofinancement (Convention avec la commune)"
        in sign_in("applicant").get(f"/attributions/{award}").text
    )


def test_the_alliance_hands_in_and_an_officer_confirms(
    sign_in: SignIn, factory: SessionFactory, tranche: str
) -> None:
    award = read(factory, tranche).award.reference
    applicant, path = sign_in("applicant"), f"/attributions/{award}/justificatifs"
    assert path in applicant.get(f"/attributions/{award}").text
    condition = read(factory, tranche).conditions[1].id
    page = applicant.post(path, {"condition": str(condition)}, on=path)
    assert page.status_code == 422
    assert "Choisissez d’abord un fichier" in page.text
    answer = applicant.post(path, sent(condition=str(condition), name="factures.pdf"), on=path)
    assert answer.status_code == 303
    assert "factures.pdf" in applicant.get(path).text
    officer, confirm = sign_in("officer"), f"/versements/{tranche}/conditions/{condition}"
    assert confirm in officer.get(f"/versements/{tranche}").text
    assert confirm not in sign_in("finance").get(f"/versements/{tranche}").text
    assert "factures.pdf" in officer.get(confirm).text
    version = str(read(factory, tranche).version)
    assert officer.post(confirm, {"version": version, "note": ""}, on=confirm).status_code == 422
    assert officer.post(confirm, {"version": "1", "note": "Lues."}, on=confirm).status_code == 409
    assert officer.post(confirm, {"version": version, "note": "Lues."}, on=confirm).status_code == 303
    found = read(factory, tranche).conditions[1]
    assert (found.is_met, found.note) == (True, "Lues.")
    assert found.document is not None
    assert found.document.name == "factures.pdf"
    assert "Factures du premier semestre" not in applicant.get(path).text
    again = officer.post(
        confirm, {"version": str(read(factory, tranche).version), "note": "Encore."}, on="/compte"
    )
    assert again.status_code == 409


def test_an_officer_confirms_with_a_document_of_her_own(
    sign_in: SignIn, factory: SessionFactory, tranche: str
) -> None:
    condition = read(factory, tranche).conditions[0].id
    officer, path = sign_in("officer"), f"/versements/{tranche}/conditions/{condition}"
    form = sent(version=str(read(factory, tranche).version), note="Délibération lue.", name="deliberation.pdf")
    assert officer.post(path, form, on=path).status_code == 303
    assert "deliberation.pdf" in officer.get(f"/versements/{tranche}").text


def test_whose_pages_these_are(sign_in: SignIn, factory: SessionFactory, tranche: str) -> None:
    found = read(factory, tranche)
    by_report = next(one.id for one in found.conditions if one.report_id)
    evidence = f"/attributions/{found.award.reference}/justificatifs"
    for name in ("finance", "applicant", "auditor"):
        path = f"/versements/{tranche}/conditions/{found.conditions[0].id}"
        assert sign_in(name).get(path).status_code == 403
    officer = sign_in("officer")
    assert officer.get(f"/versements/{tranche}/conditions/{by_report}").status_code == 404
    assert officer.get(f"/versements/{approved(factory, tranche)}/conditions/{by_report}").status_code == 404
    assert officer.get(evidence).status_code == 403
    assert sign_in("stranger").get(evidence).status_code == 404
    form = sent(condition=str(by_report))
    assert sign_in("applicant").post(evidence, form, on="/compte").status_code == 404
    for name in ("officer", "applicant", "auditor"):
        assert sign_in(name).get(f"/versements/{approved(factory, tranche)}/preuve").status_code == 403


def test_a_payment_by_hand_is_proven_then_recorded(sign_in: SignIn, factory: SessionFactory, tranche: str) -> None:
    reference = approved(factory, tranche)
    finance, path = sign_in("finance"), f"/versements/{reference}/preuve"
    page = finance.get(f"/versements/{reference}").text
    assert path in page
    assert "Un versement à la main demande un document qui le prouve" in page
    pay, today = f"/etapes/disbursement/{reference}/pay", datetime.now(PARIS).date().isoformat()
    form = {"version": str(read(factory, reference).version), "paid_on": today, "bank_reference": "VIR-7"}
    refused = finance.post(pay, form, on="/compte")
    assert refused.status_code == 409
    assert "Un versement à la main demande un document qui le prouve" in refused.text
    assert finance.post(path, {"version": form["version"]}, on=path).status_code == 422
    answer = finance.post(path, sent(version=form["version"], name="avis.pdf"), on=path)
    assert (answer.status_code, answer.location) == (303, pay)
    assert "avis.pdf" in finance.get(f"/versements/{reference}").text
    form["version"] = str(read(factory, reference).version)
    assert finance.post(pay, form, on="/compte").status_code == 303
    assert read(factory, reference).state is DisbursementState.PAID
    assert finance.get(path).status_code == 409
    journal = sign_in("auditor").get(f"/journal/disbursement/{reference}").text
    assert "Preuve du versement remise" in journal


def test_a_hold_says_why_and_by_whom(sign_in: SignIn, factory: SessionFactory, world: World, tranche: str) -> None:
    reference = approved(factory, tranche)
    with unit_of_work(factory) as session:
        found = session.scalars(select(Disbursement).where(Disbursement.reference == tranche)).one()
        take_step(session, world["officer2"], found, "hold", inputs={"reason": "Contrôle en cours."})
        lead = found.award.beneficiary
        bank_accounts.propose(
            session, world["applicant"], lead, holder=lead.name, iban="FR1420041010050500013M02606", bic=""
        )
    page = sign_in("finance").get(f"/versements/{tranche}").text
    assert "Contrôle en cours." in page
    assert "Bloqué par Officer2." in page
    page = sign_in("finance").get(f"/versements/{reference}").text
    assert "Bloqué\u00a0: les coordonnées bancaires ne sont pas vérifiées" in page
    assert "la vérification des coordonnées bancaires du bénéficiaire par une seconde personne" in page
    journal = sign_in("auditor").get(f"/journal/disbursement/{reference}").text
    assert "les coordonnées bancaires ne sont pas vérifiées" in journal
    assert "bank_details" not in journal


def test_a_rejection_by_the_bank_says_what_it_means_and_what_helps(
    sign_in: SignIn, factory: SessionFactory, world: World, tranche: str
) -> None:
    reference = approved(factory, tranche)
    with unit_of_work(factory) as session:
        found = session.scalars(select(Disbursement).where(Disbursement.reference == reference)).one()
        world.prove_payment(session, found)
        take_step(session, world["finance"], found, "pay", inputs={"paid_on": datetime.now(PARIS).date()})
        returned = {"reason": "Rejet du 3 mars.", "return_code": "AC04"}
        take_step(session, world["finance"], found, "fail", inputs=returned)
    page = sign_in("officer").get(f"/versements/{reference}").text
    for words in ("Le compte est clos.", "Rejet du 3 mars.", "Ces coordonnées bancaires ne peuvent plus servir"):
        assert words in page


def test_what_is_with_the_bank_says_since_when(
    sign_in: SignIn, factory: SessionFactory, world: World, tranche: str
) -> None:
    reference = approved(factory, tranche)
    with unit_of_work(factory) as session:
        found = session.scalars(select(Disbursement).where(Disbursement.reference == reference)).one()
        perform(session, SYSTEM, found, DisbursementStep.SEND)
    assert "Attend\u00a0: la réponse de la banque" in sign_in("finance").get(f"/versements/{reference}").text
