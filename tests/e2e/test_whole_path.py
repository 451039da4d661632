"""From an open call to a closed report in a real browser: each person at a desk, in French, without JavaScript."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select

from config.settings import Settings
from fund.db import SessionFactory
from fund.models import Application, Call, CommitteeSession, Person
from fund.models.base import utc_now
from fund.services import journal
from tests.documented import PDF
from tests.e2e.conftest import Visitor, choose, follow, own_form
from tests.engines.conftest import wait_until
from tests.jobs.conftest import Programs
from tests.scenario import IBAN, World, siret
from workflows.application import ApplicationState
from workflows.engine import PARIS

TITLE = "Une halle pour les maraîchers"
MOTIVATION = "Un projet solide, porté par tout un territoire."
REFERENCE = re.compile(r"[A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture
def programs(settings: Settings, redis: Redis) -> Iterator[Programs]:
    """A relay and workers as the processes that they are; no mail leaves, for its queue is nobody's."""
    programs = Programs(replace(settings, smtp_url="smtp://127.0.0.1:9", public_url="https://fonds.essai.example"))
    yield programs
    programs.end()


def is_released(factory: SessionFactory, sitting: str) -> bool:
    with factory() as session:
        query = select(CommitteeSession).where(CommitteeSession.reference == sitting)
        return session.scalars(query).one().is_released


def test_an_alliance_is_funded_paid_and_closed(
    visit: Callable[..., Visitor], world: World, factory: SessionFactory, programs: Programs, tmp_path: Path
) -> None:
    with factory() as session:
        call = session.get_one(Call, world.call_id).reference
        people = {name: session.get_one(Person, number).reference for name, number in world.people.items()}

    applicant = visit("applicant")
    file = write_and_submit(applicant, call)
    officer = visit("officer")
    assign(officer, file, [people["reviewer"], people["reviewer2"]])
    for name in ("reviewer", "reviewer2"):
        score(visit(name))
    officer.open(f"/dossiers/{file}")
    officer.press("Conclure l’évaluation")

    chair = visit("chair")
    sitting = plan(officer, call, file, people)
    hold(chair, sitting, file)
    announce(officer, sitting, file)
    assert MOTIVATION not in applicant.open(f"/mes-dossiers/{file}").inner_text("main")
    programs.relay()
    programs.worker("deadlines")
    wait_until(lambda: is_released(factory, sitting))
    programs.end()  # what falls due from here on is for the officer's own hand
    assert MOTIVATION in applicant.open(f"/mes-dossiers/{file}").inner_text("main")

    award = agree(officer, applicant, file)
    finance = visit("finance")
    give_bank_details(applicant, finance, award, tmp_path)
    pay(officer, finance, award, tmp_path)
    report(applicant, officer, award)

    with factory() as session:
        application = session.scalars(select(Application).where(Application.reference == file)).one()
        assert application.state is ApplicationState.REPORTED
        assert application.title == TITLE
        minutes = session.scalars(select(CommitteeSession).where(CommitteeSession.reference == sitting)).one()
        assert minutes.signed_at is not None
        assert minutes.items[0].letter is not None
        assert minutes.items[0].letter.sent_at == minutes.items[0].in_force_at
        assert journal.verify(session).broken == []
    assert "Comptes clos" in applicant.open(f"/mes-dossiers/{file}").inner_text("main")


def write_and_submit(applicant: Visitor, call: str) -> str:
    """A draft with two more members, saved and submitted; returns the file's reference."""
    page = applicant.open(f"/appels/{call}")
    applicant.press("Déposer un dossier")
    page.locator("[name=name]").fill("Association d'essai")
    page.locator("[name=kind]").select_option("association")
    page.locator("[name=siret]").fill(siret(3))
    applicant.press("Commencer le brouillon")
    found = REFERENCE.search(page.url)
    assert found, page.inner_text("main")
    file = found[0]
    for name, value in {
        "title": TITLE,
        "summary": "Trois communes, une coopérative et une association ouvrent une halle.",
        "commune_code": "31458",
        "starts_on": "2027-01-01",
        "ends_on": "2027-12-31",
        "total_budget": "40 000",
        "requested_amount": "20 000,00",
        "contact_name": "Camille Essai",
        "contact_email": "camille@essai.example",
    }.items():
        page.locator(f"[name={name}]").fill(value)
    applicant.press("Enregistrer")
    for kind, number in (("local_authority", 2), ("company", 4)):
        applicant.open(f"/mes-dossiers/{file}/alliance/membres/nouveau")
        page.locator("[name=name]").fill(f"Membre d'essai {number}")
        page.locator("[name=kind]").select_option(kind)
        page.locator("[name=siret]").fill(siret(number))
        applicant.press("Ajouter à l’alliance")
    applicant.open(f"/mes-dossiers/{file}")
    applicant.press("Déposer le dossier")
    page.locator("[name=declared]").check()
    applicant.press("Déposer le dossier")
    assert "Déposé" in page.inner_text("main")
    return file


def assign(officer: Visitor, file: str, reviewers: list[str]) -> None:
    for reviewer in reviewers:
        page = officer.open(f"/dossiers/{file}/evaluations")
        page.locator(f"[name=reviewer][type=radio][value={reviewer}]").check()
        officer.press("Confier le dossier")
    officer.open(f"/dossiers/{file}")
    officer.press("Lancer l’évaluation")


def score(reviewer: Visitor) -> None:
    page = reviewer.open("/evaluations")
    follow(page.get_by_role("main").get_by_role("link", name=TITLE))
    reviewer.press("Accepter d’évaluer")
    for mark in page.locator("[name^=mark-][value='4']").all():
        mark.check()
    for comment in page.locator("[name^=comment-]").all():
        comment.fill("Solide.")
    reviewer.press("Rendre l’évaluation")
    assert "Rendue" in page.inner_text("main")


def plan(officer: Visitor, call: str, file: str, people: dict[str, str]) -> str:
    """A session with the file on its agenda, convened; returns its reference."""
    page = officer.open("/comite/nouvelle")
    page.locator("[name=call]").select_option(call)
    page.locator("[name=title]").fill("Comité d'hiver")
    tomorrow = (utc_now() + timedelta(days=1)).astimezone(PARIS)
    page.locator("[name=held_at]").fill(tomorrow.strftime("%Y-%m-%dT10:00"))
    page.locator("[name=quorum]").fill("2")
    page.locator("[name=chair]").select_option(people["chair"])
    page.locator(f"[name=members][value={people['member']}]").check()
    officer.press("Planifier la séance")
    found = REFERENCE.search(page.url)
    assert found, page.inner_text("main")
    page.locator(f"[name=application][value={file}]").check()
    officer.press("Inscrire à l’ordre du jour")
    officer.press("Convoquer le comité")
    return found[0]


def hold(chair: Visitor, sitting: str, file: str) -> None:
    """Presence, opening, a vote by show of hands, closing and the signature of the minutes."""
    page = chair.open(f"/comite/{sitting}/seance")
    page.locator("summary", has_text="Noter les présences").click()
    for box in page.locator("[name=present][type=checkbox]").all():
        box.check()
    chair.press("Noter les présences")
    chair.press("Ouvrir la séance")
    follow(page.locator("#call-1"))
    page.locator("[name=outcome][value=funded]").check()
    page.locator("[name=amount]").fill("15 000")
    page.locator("[name=motivation]").fill(MOTIVATION)
    page.locator("summary", has_text="Conditions, rang").click()
    page.locator("[name=method][value=hands]").check()
    chair.press("Ouvrir le vote")
    for name, count in (("for", 2), ("against", 0), ("abstain", 0)):
        page.locator(f"[name=votes_{name}]").fill(str(count))
    chair.press("Clore le vote et compter")
    assert MOTIVATION in page.inner_text("main")
    chair.press("Clore la séance")
    chair.open(f"/comite/{sitting}/proces-verbal")
    assert file in page.inner_text("main")
    chair.press("Signer le procès-verbal")


def announce(officer: Visitor, sitting: str, file: str) -> None:
    """The letter is written, read over and left to the release, which is for now."""
    page = officer.open(f"/comite/{sitting}/lettres")
    officer.press("Préparer la lettre qui manque")
    page.locator(f"[name=letter][value={file}]").check()
    officer.press("Marquer les lettres cochées comme relues")
    page.locator("summary", has_text="Publier maintenant").click()
    officer.press("Publier les décisions maintenant")


def agree(officer: Visitor, applicant: Visitor, file: str) -> str:
    """The schedule is set, the agreement sent, and signed with the lead's account; returns the award."""
    page = officer.open(f"/dossiers/{file}/convention")
    follow(page.get_by_role("main").locator("a[href^='/attributions/AT-']").first)
    found = REFERENCE.search(page.url)
    assert found
    award = found[0]
    officer.open(f"/attributions/{award}/echeancier")
    for row, amount in enumerate(("10 000", "5 000")):
        page.locator(f"[name=tranches-{row}-amount]").fill(amount)
        page.locator(f"[name=tranches-{row}-due_on]").fill("2026-01-01")
    officer.press("Enregistrer l’échéancier")
    officer.open(f"/attributions/{award}/convention")
    officer.press("Régler les modalités de signature")
    page.locator("[name=fund_signatory]").fill("Dominique Essai")
    page.locator("[name=fund_function]").fill("présidence")
    officer.press("Enregistrer")
    officer.press("Envoyer à la signature")  # to the page where the text is read over
    officer.press("Envoyer à la signature")
    own = applicant.open(f"/attributions/{award}/convention")
    applicant.press("Lire et signer")
    own.locator("[name=has_read]").check()
    applicant.press("Je signe")
    assert "Signé en ligne le" in own.inner_text("main")
    return award


def give_bank_details(applicant: Visitor, finance: Visitor, award: str, folder: Path) -> None:
    """Entered with the bank's paper by the alliance, verified by the treasury."""
    paper = folder / "rib.pdf"
    paper.write_bytes(PDF)
    page = applicant.open(f"/attributions/{award}/coordonnees-bancaires")
    page.locator("[name=iban]").fill(IBAN)
    page.locator("[name=file]").set_input_files(paper)
    applicant.press("Enregistrer les coordonnées bancaires")
    desk = finance.open("/coordonnees-bancaires")
    follow(desk.get_by_role("main").locator("a[href^='/coordonnees-bancaires/CB-']").first)
    choose(desk, "verified_how", "call_back")
    desk.locator("[name=verified_note]").fill("Appel au secrétariat, au numéro connu.")
    finance.press("Vérifier les coordonnées bancaires")


def pay(officer: Visitor, finance: Visitor, award: str, folder: Path) -> None:
    """Each tranche is released and ordered by the officer, approved, proven and paid by another person."""
    page = officer.open(f"/attributions/{award}")
    tranches = sorted(
        {
            str(link.get_attribute("href"))
            for link in page.get_by_role("main").locator("a[href^='/versements/VE-']").all()
        }
    )
    assert len(tranches) == 2
    proof = folder / "avis-de-debit.pdf"
    proof.write_bytes(PDF)
    for tranche in tranches:
        officer.open(tranche)
        officer.press("Rendre le versement exigible")
        officer.press("Ordonner le versement")
        money = finance.open(tranche)
        finance.press("Approuver le versement")
        finance.open(f"{tranche}/preuve")
        money.locator("[name=file]").set_input_files(proof)
        follow(own_form(money).locator("button[type=submit]"))
        money.locator("[name=paid_on]").fill(utc_now().astimezone(PARIS).strftime("%Y-%m-%d"))
        money.locator("[name=bank_reference]").fill("VIR 2026-17")
        finance.press("Enregistrer le versement")
        assert "Versé" in money.inner_text("main")


def report(applicant: Visitor, officer: Visitor, award: str) -> None:
    """The final report is written part by part and accepted; nothing else is open, so the accounts close."""
    page = applicant.open(f"/attributions/{award}")
    follow(page.get_by_role("main").locator("a[href^='/comptes-rendus/CR-']").first)
    address = page.url.removeprefix(applicant.address)
    applicant.open(f"{address}/ecrire/l-essentiel")
    page.locator("[name=narrative]").fill("La halle est ouverte trois jours par semaine.")
    page.locator("[name=people_reached]").fill("1200")
    applicant.press("Enregistrer")
    applicant.open(f"{address}/compte")
    for name, amount in (("charges-0", "39 500"), ("products-0", "15 000"), ("products-1", "24 500")):
        page.locator(f"[name={name}-amount]").fill(amount)
    applicant.press("Enregistrer")
    applicant.open(f"{address}/remise")
    applicant.press("Remettre le compte rendu")
    officer.open(address)
    officer.press("Accepter le compte rendu")
