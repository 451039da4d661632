"""An award from the decision to its closed account in a real browser: in French, everybody at their own desk.

Thirds that do not come out even, a tranche that is held, bank details that change, a payment that comes back, an
amendment, two reports, and money that is asked back. At the end the ledger, the states and the journal agree.
"""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Award, PaymentFile, Repayment
from fund.services import journal, ledger_check
from tests.e2e.conftest import Post, Visitor, follow, own_form
from tests.e2e.money_room import (
    REFERENCE,
    MoneyRoom,
    enter_account,
    in_days,
    make_file,
    open_account,
    order_and_approve,
    order_and_approve_all,
    read_statement,
    send_agreement,
    take,
    take_because,
    verify_account,
    words,
    write_report,
)
from tests.reporting import give_plan
from tests.scenario import BIC, FUND_IBAN, IBAN, World
from tests.services.bank_answers import back, debit, entry, statement
from workflows.application import ApplicationState
from workflows.award import AwardState
from workflows.payment_file import PaymentFileState
from workflows.permissions import Role
from workflows.repayment import RepaymentState

OTHER_IBAN = "FR7610107001011234567890129"
ALLIANCE, FUND = "Association d'essai", "Fonds d'essai"
SIGNER = "contact@essai.example"
INTERIM = {
    "charges-0": "6 000",
    "charges-1": "9 500,50",
    "charges-2": "0",
    "products-0": "3 333,34",
    "products-1": "12 000",
    "products-2": "0",
}
FINAL = {
    "charges-0": "10 000",
    "charges-1": "28 000",
    "charges-2": "2 500",
    "products-0": "8 000",
    "products-1": "30 000",
    "products-2": "2 500",
}
# Of the whole fund, at the end: one envelope of 200,000 €, of which 8,000 € are spent for good.
BALANCES = {
    "available": "191 000,00 €",
    "committed": "0,00 €",
    "approved": "0,00 €",
    "ordered": "0,00 €",
    "paid": "8 000,00 €",
    "to_recover": "0,00 €",
    "recovered": "1 000,00 €",
}


@pytest.fixture
def room(
    visit: Callable[..., Visitor], world: World, factory: SessionFactory, post: Post, tmp_path: Path
) -> MoneyRoom:
    """A file that the committee has just funded, with a budget; beside the others, a person of two offices."""
    made = MoneyRoom(visit, world, factory, post, tmp_path)
    with unit_of_work(factory) as session:
        world.add_person(session, "treasurer", (Role.OFFICER, Role.FINANCE))
        award = world.funded(session, Decimal(10_000), title="Un atelier pour trois communes").award
        assert award is not None
        give_plan(session, award.reports[-1])
        made.award, made.call, made.file = award.reference, award.call.reference, award.application.reference
    return made


def test_an_award_goes_from_the_decision_to_a_closed_account(room: MoneyRoom) -> None:
    set_schedule(room)
    sign_by_link(room)
    give_bank_details(room)
    hold_and_release(room)
    approve_by_two(room)
    change_bank_details(room)
    open_the_funds_account(room)
    come_back_and_pay_again(room)
    amend(room)
    hand_in_interim_report(room)
    pay_the_rest(room)
    ask_back(room)
    accept_final_report(room)
    receive_repayment(room)
    compare_accounts(room)
    assert not room.faults, "\n".join(room.faults)


# --- the agreement --------------------------------------------------------------------------------------------


def set_schedule(room: MoneyRoom) -> None:
    """Three thirds of 10,000 €: one cent more goes to the first. The second awaits a report."""
    officer = room.at("officer")
    page = officer.open(f"/attributions/{room.award}/echeancier")
    for row in range(3):
        page.locator(f"[name=tranches-{row}-amount]").fill("")
        page.locator(f"[name=tranches-{row}-share]").fill("1/3")
        page.locator(f"[name=tranches-{row}-due_on]").fill("")
    page.locator("[name=tranches-1-what1]").select_option("report-1")
    page.locator("[name=reports-0-due_on]").fill(in_days(60))
    page.locator("[name=reports-1-due_on]").fill(in_days(400))
    officer.press("Enregistrer l’échéancier")
    assert [tranche.amount for tranche in room.tranches()] == [Decimal("3333.34"), *[Decimal("3333.33")] * 2]
    assert "3 333,34 €" in words(page)
    assert words(page).count("3 333,33 €") == 2
    room.look("officer", f"/attributions/{room.award}/echeancier")


def sign_by_link(room: MoneyRoom) -> None:
    """The officer sends the text; the lead's representative signs it by the link of her mail."""
    officer = room.at("officer")
    page = officer.open(f"/attributions/{room.award}/convention")
    officer.press("Régler les modalités de signature")
    page.locator("[name=fund_signatory]").fill("Dominique Essai")
    page.locator("[name=fund_function]").fill("présidence du fonds")
    officer.press("Enregistrer")
    send_agreement(officer, room.award)
    assert "En attente" in words(page)
    signer = room.visit(phone=True, script=True)
    own = signer.open(room.post.last_link(SIGNER))
    room.judge(signer)
    own.locator("[name=name]").fill("Camille Essai")
    own.locator("[name=function]").fill("présidente")
    own.locator("[name=has_read]").check()
    signer.press("Je signe")
    assert "Signé par tous et en vigueur" in words(own)
    room.judge(signer)
    room.look("officer", f"/attributions/{room.award}/convention", f"/attributions/{room.award}")


# --- bank details ---------------------------------------------------------------------------------------------


def give_bank_details(room: MoneyRoom) -> None:
    """Until the lead's account is verified nothing is due; then the first and the third tranche are."""
    room.run_program()
    assert room.states() == ["planned"] * 3
    enter_account(room, IBAN)
    room.look("applicant", f"/attributions/{room.award}/coordonnees-bancaires")
    room.look("finance", "/coordonnees-bancaires")
    page = verify_account(room.at("finance"), ALLIANCE)
    assert "les versements reprennent" in words(page)
    room.run_program()
    assert room.states() == ["due", "planned", "due"]
    page = room.at("applicant").open(f"/attributions/{room.award}")
    assert "compte rendu" in words(page)


def hold_and_release(room: MoneyRoom) -> None:
    reason = "Une pièce du marché manque au dossier."
    officer = room.at("officer")
    page = take_because(officer, room.tranche(1), "hold", reason)
    assert room.states()[0] == "held"
    assert reason in words(page)
    room.run_program()
    assert room.states()[0] == "held"
    room.look("finance", "/versements", room.tranche(1))
    take_because(officer, room.tranche(1), "lift", "La pièce est arrivée.")
    room.run_program()
    assert room.states()[0] == "due"


def approve_by_two(room: MoneyRoom) -> None:
    """Whoever orders does not approve, though she has both offices: the page says so, and so does the program."""
    treasurer = room.at("treasurer")
    page = take(treasurer, room.tranche(1), "Ordonner le versement")
    main = page.get_by_role("main")
    expect(main.get_by_role("button", name="Approuver le versement", exact=True)).to_have_count(0)
    token = page.locator("[name=csrf_token]").first.input_value()
    reference = room.tranche(1).rpartition("/")[2]
    address = f"{treasurer.address}/etapes/disbursement/{reference}/approve"
    assert page.request.post(address, form={"csrf_token": token}).status == 409
    assert room.states()[0] == "ordered"
    take(room.at("finance"), room.tranche(1), "Approuver le versement")
    assert room.states()[0] == "approved"


def change_bank_details(room: MoneyRoom) -> None:
    """Another account stops the payment that two people had approved; they do it again once it is verified."""
    enter_account(room, OTHER_IBAN)
    assert room.states() == ["held", "planned", "held"]
    page = room.at("finance").open(room.tranche(1))
    assert "vérification des coordonnées bancaires" in words(page)
    expect(page.get_by_role("button", name="Approuver le versement", exact=True)).to_have_count(0)
    page = open_account(room.at("treasurer"), ALLIANCE)
    room.look("treasurer", page.url.removeprefix(room.at("treasurer").address))
    verify_account(room.at("treasurer"), ALLIANCE)
    room.run_program()
    assert room.states() == ["due", "planned", "due"]
    order_and_approve(room, 1)


def open_the_funds_account(room: MoneyRoom) -> None:
    """The fund's own account too is entered by one and verified by another."""
    finance = room.at("finance")
    page = finance.open("/coordonnees-bancaires")
    follow(page.locator("main a[href*='/coordonnees-bancaires/organismes/']").first)
    page.locator("[name=iban]").fill(FUND_IBAN)
    page.locator("[name=bic]").fill(BIC)
    follow(own_form(page).locator("button[type=submit]").last)
    page = open_account(finance, FUND)
    expect(page.locator("[name=verified_note]")).to_have_count(0)
    verify_account(room.at("treasurer"), FUND)


# --- the bank -------------------------------------------------------------------------------------------------


def come_back_and_pay_again(room: MoneyRoom) -> None:
    """A file that is the same each time it is downloaded; a payment that comes back, is ordered again and paid."""
    room.look("finance", "/versements/fichiers")
    first = make_file(room)
    assert room.states() == ["sent", "planned", "due"]
    check_bytes(room, first)
    room.look("finance", f"/versements/fichiers/{first}")
    (order,) = room.orders(first)
    assert (order.amount, order.creditor_iban) == (Decimal("3333.34"), OTHER_IBAN)
    page = read_statement(room, statement(debit(order), back(order, "AC06")))
    room.look("finance", page.url.removeprefix(room.at("finance").address), "/versements/releves")
    assert room.states()[0] == "failed"
    page = room.at("officer").open(room.tranche(1))
    assert "Le compte est bloqué." in words(page)
    room.look("officer", room.tranche(1))
    take_because(room.at("officer"), room.tranche(1), "reorder", "La banque a débloqué le compte.")
    take(room.at("finance"), room.tranche(1), "Approuver le versement")
    second = make_file(room)
    (again,) = room.orders(second)
    assert again.end_to_end_id == f"{order.end_to_end_id}-2"
    read_statement(room, statement(debit(again)))
    assert room.states() == ["paid", "planned", "due"]


def check_bytes(room: MoneyRoom, file: str) -> None:
    """What is downloaded, twice, is what was kept when the file was made."""
    page = room.at("finance").open(f"/versements/fichiers/{file}")
    contents = []
    for _ in range(2):
        with page.expect_download() as download:
            page.locator("main a[href$='/virements.xml']").click()
        contents.append(download.value.path().read_bytes())
    with room.factory() as session:
        kept = session.scalars(select(PaymentFile).where(PaymentFile.reference == file)).one()
        assert contents == [kept.content, kept.content]
        assert hashlib.sha256(kept.content).hexdigest() == kept.sha256
    sheet = page.request.get(f"{room.at('finance').address}/versements/fichiers/{file}/bordereau.pdf")
    assert sheet.body().startswith(b"%PDF-")


# --- the amendment, the reports -------------------------------------------------------------------------------


def amend(room: MoneyRoom) -> None:
    """1,000 € less on the third tranche, and more time; signed by the lead with its account."""
    officer, applicant = room.at("officer"), room.at("applicant")
    page = officer.open(f"/attributions/{room.award}/convention")
    officer.press("Préparer un avenant")
    room.look("officer", f"/attributions/{room.award}/avenants/nouveau")
    page.locator("[name=reason]").fill("Le troisième site ouvre plus tard et coûte moins.")
    page.locator("[name=amount]").fill("9 000")
    page.locator("[name=ends_on]").fill("2028-03-31")
    page.locator("[name=tranches-1-amount]").fill("2 333,33")
    officer.press("Enregistrer le projet")
    assert "Avenant n° 1" in words(page)
    send_agreement(officer, room.award)
    assert room.tranches()[-1].amount == Decimal("3333.33")
    own = applicant.open(f"/attributions/{room.award}/convention")
    applicant.press("Lire et signer")
    own.locator("[name=has_read]").check()
    applicant.press("Je signe")
    assert "Signé en ligne le" in words(own)
    room.look("applicant", f"/attributions/{room.award}/convention")
    with room.factory() as session:
        award = session.scalars(select(Award).where(Award.reference == room.award)).one()
        assert (award.amount, str(award.ends_on)) == (Decimal(9_000), "2028-03-31")
        assert award.tranche_total == award.amount
        assert [one.number for one in award.agreements] == [0, 1]


def hand_in_interim_report(room: MoneyRoom) -> None:
    """Its acceptance is what the second tranche waited for."""
    room.run_program()
    assert room.states() == ["paid", "planned", "due"]
    path = room.report(final=False)
    write_report(room, path, INTERIM, {})
    room.look("officer", path)
    take(room.at("officer"), path, "Accepter le compte rendu")
    room.run_program()
    assert room.states() == ["paid", "due", "due"]
    room.look("officer", "/versements/ordonner", "/versements/echeancier", "/attributions/suivi")


def pay_the_rest(room: MoneyRoom) -> None:
    order_and_approve_all(room)
    file = make_file(room)
    orders = room.orders(file)
    assert sorted(order.amount for order in orders) == [Decimal("2333.33"), Decimal("3333.33")]
    read_statement(room, statement(*(debit(order) for order in orders)))
    assert room.states() == ["paid"] * 3
    with room.factory() as session:
        states = session.scalars(select(PaymentFile.state).order_by(PaymentFile.id)).all()
        assert states == [PaymentFileState.SETTLED] * 3
    page = room.at("applicant").open(f"/attributions/{room.award}")
    assert "9 000,00 €" in words(page)
    room.look("applicant", f"/attributions/{room.award}", f"/mes-dossiers/{room.file}/financement")


# --- money that comes back, and the end -----------------------------------------------------------------------


def ask_back(room: MoneyRoom) -> None:
    """The final account needs 1,000 € less than was paid: that much is proposed, and asked back."""
    path = room.report(final=True)
    write_report(room, path, FINAL, {"75": "Un mécène a doublé son don."})
    officer = room.at("officer")
    page = officer.open(f"/attributions/{room.award}/reversement")
    expect(page.locator("[name=amount]")).to_have_value("1000,00")
    room.look("officer", f"/attributions/{room.award}/reversement")
    page.locator("[name=reason]").fill("Le compte final justifie 8 000 € de la subvention.")
    officer.press("Demander le reversement")
    found = REFERENCE.search(page.url)
    assert found
    room.look("applicant", f"/reversements/{found[0]}")
    room.look("finance", "/reversements")


def accept_final_report(room: MoneyRoom) -> None:
    """Accepted, but the account stays open while money is to come."""
    path = room.report(final=True)
    room.look("officer", path)
    take(room.at("officer"), path, "Accepter le compte rendu")
    with room.factory() as session:
        award = session.scalars(select(Award).where(Award.reference == room.award)).one()
        assert award.state is AwardState.ACTIVE
        assert award.has_accepted_final_report


def receive_repayment(room: MoneyRoom) -> None:
    """A part is noted by hand; the rest is on a statement, under its reference. With it the account closes."""
    finance = room.at("finance")
    with room.factory() as session:
        repayment = session.scalars(select(Repayment)).one().reference
    page = finance.open(f"/reversements/{repayment}")
    page.locator("[name=received_on]").fill(in_days(0))
    page.locator("[name=amount]").fill("400")
    finance.press("Noter cette somme")
    assert "600,00 €" in words(page)
    credit = entry(
        Decimal(600), is_credit=True, name=ALLIANCE, iban=OTHER_IBAN, remittance=f"Reversement {repayment}"
    )
    page = read_statement(room, statement(credit))
    follow(page.get_by_role("main").get_by_role("button", name="Confirmer"))
    with room.factory() as session:
        assert session.scalars(select(Repayment.state)).one() is RepaymentState.RECEIVED
    page = room.at("applicant").open(f"/reversements/{repayment}")
    assert "reçus en entier" in words(page)
    receipt = page.request.get(f"{finance.address}/reversements/{repayment}/quittance-2.pdf")
    assert receipt.body().startswith(b"%PDF-")


def compare_accounts(room: MoneyRoom) -> None:
    finance = room.at("finance")
    with room.factory() as session:
        award = session.scalars(select(Award).where(Award.reference == room.award)).one()
        assert award.state is AwardState.CLOSED
        assert award.application.state is ApplicationState.REPORTED
        assert (award.paid_total, award.net_paid) == (Decimal(9_000), Decimal(8_000))
        assert journal.verify(session).broken == []
        assert ledger_check.check(session).count == 0
    page = finance.open("/comptes")
    for account, amount in BALANCES.items():
        expect(page.locator(f"main a[href$='?compte={account}']").first).to_contain_text(amount)
    page = finance.open("/comptes/controle")
    follow(page.locator("main form[action='/comptes/controle'] button"))
    assert "Tout concorde" in words(page)
    room.look("finance", "/comptes", "/comptes/controle", "/comptes/ecritures", f"/comptes/appels/{room.call}")
