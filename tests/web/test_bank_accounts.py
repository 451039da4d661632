"""Bank details on the pages: entering, what the other side sees, verifying, and who reads the whole number."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from fund.db import SessionFactory, unit_of_work
from fund.models import Award, BankAccount
from fund.services import bank_accounts, interests
from fund.services.steps import take_step
from tests.scenario import IBAN, World
from tests.storage.samples import ooxml, pdf
from tests.web.conftest import Browser
from workflows.bank_account import BankAccountState, VerifiedHow
from workflows.disbursement import DisbursementState, HoldCause

SignIn = Callable[[str], Browser]

OTHER_IBAN = "FR1420041010050500013M02606"
WHOLE = "FR14 2004 1010 0505 0001 3M02 606"
MASKED = "FR •••• 2606"
ENTERED = {"holder": "Association d'essai", "iban": WHOLE, "bic": ""}
VERIFIED = {"verified_how": "call_back", "verified_note": "Appel au secrétariat."}


@pytest.fixture
def award_reference(factory: SessionFactory, world: World) -> str:
    """An award in force with verified bank details; its first tranche is due."""
    with unit_of_work(factory) as session:
        award = world.active_award(session)
        take_step(session, world["officer"], award.live_tranches[0], "release")
        return award.reference


@pytest.fixture
def waiting(factory: SessionFactory, world: World, award_reference: str) -> str:
    """Details that the alliance changed, to be verified."""
    with unit_of_work(factory) as session:
        award = award_of(session, award_reference)
        account = bank_accounts.propose(
            session,
            world["applicant"],
            award.beneficiary,
            holder="Association d'essai du Nord",
            iban=OTHER_IBAN,
            bic="",
        )
        return account.reference


def award_of(session: Any, reference: str) -> Award:
    return session.scalars(select(Award).where(Award.reference == reference)).one()  # type: ignore[no-any-return]


def account_of(factory: SessionFactory, reference: str) -> BankAccount:
    with factory() as session:
        return session.scalars(select(BankAccount).where(BankAccount.reference == reference)).one()


def page_of(reference: str) -> str:
    return f"/attributions/{reference}/coordonnees-bancaires"


def send(browser: Browser, path: str, data: bytes | None = None, **given: str) -> Any:
    form: dict[str, object] = {**ENTERED, **given}
    if data is not None:
        form["file"] = (BytesIO(data), "rib.pdf")
    return browser.post(path, form, on="/compte")


# --- the alliance --------------------------------------------------------------------------------------------


def test_an_author_enters_and_reads_what_follows(
    sign_in: SignIn, factory: SessionFactory, world: World, award_reference: str
) -> None:
    applicant, path = sign_in("applicant"), page_of(award_reference)
    assert "FR •••• 0189" in applicant.get(path).text
    assert send(applicant, path, pdf()).status_code == 303
    page = applicant.get(path).text
    assert "À vérifier par une seconde personne" in page
    assert "Les versements sont suspendus jusque-là" in page
    assert MASKED in page
    assert "rib.pdf" in page
    # Once entered, the number is nobody's to read but the verifier's.
    assert OTHER_IBAN not in page
    assert WHOLE not in page
    assert 'name="iban"' not in page
    with factory() as session:
        award = award_of(session, award_reference)
        assert award.live_tranches[0].state is DisbursementState.HELD
        assert award.live_tranches[0].hold_cause is HoldCause.BANK_DETAILS
        assert award.beneficiary.bank_accounts[-1].bic.startswith("PSST")
    assert "À vérifier par une seconde personne" in applicant.get(f"/attributions/{award_reference}").text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"iban": "FR14 2004 1010 0505 0001 3M02 607"}, "Un caractère de cet IBAN est faux"),
        ({"iban": "SA03 8000 0000 6080 1016 7519"}, "dans la zone SEPA"),
        ({"bic": "DEUTDEFF"}, "celui d’une banque d’un autre pays"),
        ({"holder": ""}, "Remplissez ce champ"),
    ],
)
def test_a_wrong_entry_is_explained_and_kept(
    sign_in: SignIn, factory: SessionFactory, award_reference: str, given: dict[str, str], words: str
) -> None:
    answer = send(sign_in("applicant"), page_of(award_reference), pdf(), **given)
    assert answer.status_code == 422
    assert words in answer.text
    assert given.get("iban", WHOLE) in answer.text
    with factory() as session:
        assert not award_of(session, award_reference).beneficiary.has_unverified_account


def test_the_banks_paper_is_asked_for(sign_in: SignIn, award_reference: str) -> None:
    applicant, path = sign_in("applicant"), page_of(award_reference)
    answer = send(applicant, path)
    assert answer.status_code == 422
    assert "Choisissez d’abord un fichier" in answer.text
    assert WHOLE in answer.text
    assert "DOCX" in send(applicant, path, ooxml("docx")).text


def test_what_waits_already_is_not_entered_again(sign_in: SignIn, award_reference: str, waiting: str) -> None:
    answer = send(sign_in("officer"), page_of(award_reference), pdf(), iban=IBAN)
    assert answer.status_code == 409
    assert "attendent déjà d’être vérifiées" in answer.text


@pytest.mark.parametrize(
    ("name", "status"), [("stranger", 404), ("reviewer", 403), ("chair", 403), ("auditor", 200)]
)
def test_whose_pages_these_are(sign_in: SignIn, award_reference: str, name: str, status: int) -> None:
    browser = sign_in(name)
    assert browser.get(page_of(award_reference)).status_code == status
    assert send(browser, page_of(award_reference), pdf()).status_code in (403, 404)


def test_the_alliance_is_led_from_the_message_to_its_award(
    sign_in: SignIn, award_reference: str, waiting: str
) -> None:
    answer = sign_in("applicant").get(f"/coordonnees-bancaires/{waiting}")
    assert answer.status_code == 303
    assert answer.location == page_of(award_reference)
    assert sign_in("stranger").get(f"/coordonnees-bancaires/{waiting}").status_code == 404
    assert sign_in("applicant").get("/coordonnees-bancaires").status_code == 403


def test_a_rejection_says_why(
    sign_in: SignIn, factory: SessionFactory, world: World, award_reference: str, waiting: str
) -> None:
    version = str(account_of(factory, waiting).version)
    form = {"version": version, "reason": "Le RIB est illisible."}
    path = f"/etapes/bank_account/{waiting}/reject"
    assert sign_in("officer").post(path, form, on="/compte").status_code == 303
    page = sign_in("applicant").get(page_of(award_reference)).text
    assert "Le RIB est illisible." in page
    assert "Les précédentes restent en vigueur" in page
    assert 'name="iban"' in page


# --- the fund ------------------------------------------------------------------------------------------------


def test_what_waits_stands_in_a_list(sign_in: SignIn, waiting: str) -> None:
    for name in ("officer", "finance", "auditor", "admin"):
        page = sign_in(name).get("/coordonnees-bancaires").text
        assert f"/coordonnees-bancaires/{waiting}" in page
        assert OTHER_IBAN not in page
    finance = sign_in("finance")
    assert waiting not in finance.get("/coordonnees-bancaires", etat="verified").text
    assert finance.get("/coordonnees-bancaires", etat="volé").status_code == 404


def test_the_verifier_sees_what_changed_and_leaves_a_trace(sign_in: SignIn, world: World, waiting: str) -> None:
    finance = sign_in("finance")
    with capture_logs() as logs:
        page = finance.get(f"/coordonnees-bancaires/{waiting}").text
    read = [entry for entry in logs if entry["event"] == "bank_details_read"]
    assert [(entry["actor"], entry["account"]) for entry in read] == [(world["finance"].reference, waiting)]
    assert OTHER_IBAN not in str(logs)
    for words in (WHOLE, "FR76 3000 6000 0112 3456 7890 189", "Le nom du titulaire est proche", "Applicant"):
        assert words in page
    assert "inchangé" not in page.split("Vérifier les coordonnées")[0]


@pytest.mark.parametrize("name", ["auditor", "admin"])
def test_others_of_the_fund_read_its_end_alone(sign_in: SignIn, waiting: str, name: str) -> None:
    browser = sign_in(name)
    with capture_logs() as logs:
        page = browser.get(f"/coordonnees-bancaires/{waiting}").text
    assert not [entry for entry in logs if entry["event"] == "bank_details_read"]
    assert MASKED in page
    assert WHOLE not in page
    assert 'name="verified_how"' not in page
    journal = browser.get(f"/journal/bank_account/{waiting}").text
    assert MASKED in journal
    assert OTHER_IBAN not in journal


def test_a_second_person_verifies(
    sign_in: SignIn, factory: SessionFactory, world: World, award_reference: str, waiting: str
) -> None:
    path = f"/coordonnees-bancaires/{waiting}"
    finance, version = sign_in("finance"), str(account_of(factory, waiting).version)
    answer = finance.post(path, {"version": version, "verified_how": "call_back"}, on=path)
    assert answer.status_code == 422
    assert finance.post(path, {"version": "1", **VERIFIED}, on=path).status_code == 409
    assert finance.post(path, {"version": version, **VERIFIED}, on=path).status_code == 303
    account = account_of(factory, waiting)
    assert account.state is BankAccountState.VERIFIED
    assert account.verified_how is VerifiedHow.CALL_BACK
    page = finance.get(path).text
    assert "Par téléphone, à un numéro connu d’avance" in page
    assert "Appel au secrétariat." in page
    with factory() as session:
        tranche = award_of(session, award_reference).live_tranches[0]
        assert (tranche.state, tranche.hold_cause) == (DisbursementState.PLANNED, None)
    assert MASKED in sign_in("applicant").get(page_of(award_reference)).text


def test_whoever_entered_is_told_that_somebody_else_verifies(
    sign_in: SignIn, factory: SessionFactory, world: World, award_reference: str
) -> None:
    officer = sign_in("officer")
    assert send(officer, page_of(award_reference), pdf()).status_code == 303
    with factory() as session:
        reference = award_of(session, award_reference).beneficiary.bank_accounts[-1].reference
    path = f"/coordonnees-bancaires/{reference}"
    page = officer.get(path).text
    assert "quelqu’un d’autre doit les vérifier" in page
    assert 'name="verified_how"' not in page
    version = str(account_of(factory, reference).version)
    answer = officer.post(path, {"version": version, **VERIFIED}, on="/compte")
    assert answer.status_code == 409
    assert account_of(factory, reference).state is BankAccountState.PROPOSED


def test_another_name_and_another_owner_are_pointed_out(
    sign_in: SignIn, factory: SessionFactory, world: World, award_reference: str
) -> None:
    with unit_of_work(factory) as session:
        award = award_of(session, award_reference)
        [funder] = bank_accounts.funders(session)
        world.verified_account(session, funder, OTHER_IBAN)
        account = bank_accounts.propose(
            session, world["applicant"], award.beneficiary, holder="Dominique Exemple", iban=OTHER_IBAN, bic=""
        )
        reference = account.reference
    page = sign_in("finance").get(f"/coordonnees-bancaires/{reference}").text
    assert "Le titulaire porte un autre nom que l’organisme" in page
    assert "Un autre organisme a donné le même compte" in page
    assert "Fonds d&#39;essai" in page


def test_an_officer_who_keeps_off_does_not_find_them(
    sign_in: SignIn, factory: SessionFactory, world: World, award_reference: str, waiting: str
) -> None:
    with unit_of_work(factory) as session:
        application = award_of(session, award_reference).application
        interests.declare(session, world["officer2"], application, "Mon voisin.")
    officer = sign_in("officer2")
    assert officer.get(f"/coordonnees-bancaires/{waiting}").status_code == 404
    assert waiting not in officer.get("/coordonnees-bancaires").text


# --- the fund's own account ----------------------------------------------------------------------------------


def test_finance_enters_the_funds_own_account_and_another_verifies(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with factory() as session:
        [funder] = bank_accounts.funders(session)
        path = f"/coordonnees-bancaires/organismes/{funder.id}"
    finance = sign_in("finance")
    assert sign_in("officer").get(path).status_code == 403
    assert finance.get("/coordonnees-bancaires/organismes/999999").status_code == 404
    assert send(finance, path, iban="FR14").status_code == 422
    assert send(finance, path, holder="Fonds d'essai").status_code == 303
    assert "à vérifier" in finance.get("/coordonnees-bancaires").text
    with factory() as session:
        [funder] = bank_accounts.funders(session)
        reference = funder.bank_accounts[0].reference
    show = f"/coordonnees-bancaires/{reference}"
    version = str(account_of(factory, reference).version)
    assert finance.post(show, {"version": version, **VERIFIED}, on="/compte").status_code == 409
    assert sign_in("officer").post(show, {"version": version, **VERIFIED}, on=show).status_code == 303
    assert account_of(factory, reference).state is BankAccountState.VERIFIED
