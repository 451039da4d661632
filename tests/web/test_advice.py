"""External advice on the pages: the officer asks, the expert reads what was chosen, others read the answer."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from config.settings import Settings
from fund.db import SessionFactory, unit_of_work
from fund.models import Advice, Application, Document, PersonalLink
from fund.models.base import utc_now
from fund.services.links import text_of
from fund.storage.blobs import BlobStore
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]
EXPERT = "claude@laboratoire.example"


@pytest.fixture
def file(factory: SessionFactory, world: World, settings: Settings) -> str:
    """A file in review with two documents, « Plan.pdf » and « Secret.pdf »."""
    with unit_of_work(factory) as session:
        application = world.in_review(session, title="Tiers-lieu des coteaux")
        for name in ("Plan", "Secret"):
            blob = BlobStore(settings.storage_url).put(BytesIO(f"%PDF-1.7 {name}".encode()))
            application.documents.append(
                Document(
                    reference=f"DC-{name.upper()}",
                    slot=f"asked.{name.lower()}",
                    number=1,
                    name=f"{name}.pdf",
                    kind="pdf",
                    media_type="application/pdf",
                    size=blob.size,
                    sha256=blob.sha256,
                )
            )
        return application.reference


def ask(officer: Browser, file: str, **given: object) -> int:
    address = f"/dossiers/{file}/avis"
    usual = {
        "expert_name": "Claude Essai",
        "expert_email": EXPERT,
        "question": "Le tri est-il réaliste ?",
        "due_on": (utc_now() + timedelta(days=9)).date().isoformat(),
        "documents": ["DC-PLAN"],
    }
    return officer.post(address, {**usual, **given}, on=address).status_code


@pytest.fixture
def link(app: Flask, factory: SessionFactory) -> Callable[[], str]:
    """The address of the latest link."""

    def read() -> str:
        with factory() as session:
            found = session.scalars(select(PersonalLink).order_by(PersonalLink.id.desc()).limit(1)).one()
            return "/avis/" + text_of(found, app.config["SECRET_KEY"])

    return read


def words(page: str) -> str:
    return unescape(page).replace("\u00a0", " ")


def test_an_expert_reads_the_question_and_the_chosen_document_alone_and_answers(
    browser: Browser, sign_in: SignIn, file: str, link: Callable[[], str], factory: SessionFactory
) -> None:
    assert ask(sign_in("officer"), file) == 303
    address = link()
    answer = browser.get(address)
    page = words(answer.text)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Le tri est-il réaliste ?" in page
    assert "Tiers-lieu des coteaux" in page
    assert "Une recyclerie, une école et une entreprise." in page
    assert "Plan.pdf" in page
    assert "Secret.pdf" not in page
    assert "contact@essai.example" not in page
    document = browser.get(f"{address}/documents/DC-PLAN")
    assert document.data.startswith(b"%PDF")
    assert "attachment" in document.headers["Content-Disposition"]
    assert browser.get(f"{address}/documents/DC-SECRET").status_code == 404
    assert browser.get("/documents/DC-PLAN").status_code == 303  # without the link one signs in
    assert browser.post(address, {"answer": ""}, on=address).status_code == 422
    assert browser.post(address, {"answer": "Oui, sans réserve."}, on=address).status_code == 303
    page = words(browser.get(address).text)
    assert "Oui, sans réserve." in page
    assert "Plan.pdf" not in page
    assert browser.get(f"{address}/documents/DC-PLAN").status_code == 404
    with factory() as session:
        advice = session.scalars(select(Advice)).one()
        assert advice.answer == "Oui, sans réserve."
    journal = words(sign_in("officer").get(f"/journal/application/{file}").text)
    assert "À rendre avant le" in journal
    assert f"{advice.due_on}" not in journal, "a date is told as people write it"


def test_the_answer_is_read_by_reviewers_at_once_and_by_the_fund_and_never_by_the_alliance(
    browser: Browser, sign_in: SignIn, file: str, link: Callable[[], str], factory: SessionFactory
) -> None:
    officer = sign_in("officer")
    ask(officer, file)
    address = link()
    with factory() as session:
        application = session.scalars(select(Application).where(Application.reference == file)).one()
        review = application.reviews[0].reference
    assert "Le tri est-il réaliste" not in sign_in("reviewer").get(f"/evaluations/{review}").text
    browser.post(address, {"answer": "Oui, sans réserve."}, on=address)
    assert "Oui, sans réserve." in sign_in("reviewer").get(f"/evaluations/{review}").text
    assert "Oui, sans réserve." in officer.get(f"/dossiers/{file}/avis").text
    assert sign_in("applicant").get(f"/dossiers/{file}/avis").status_code == 403
    assert "Oui, sans réserve." not in sign_in("applicant").get(f"/mes-dossiers/{file}").text
    assert sign_in("reviewer").get(f"/dossiers/{file}/avis").status_code == 403


def test_an_expert_declines_in_a_word(
    browser: Browser, sign_in: SignIn, file: str, link: Callable[[], str]
) -> None:
    officer = sign_in("officer")
    ask(officer, file)
    address = link()
    assert browser.post(address, {"answer": "Trop loin.", "declined": "y"}, on=address).status_code == 303
    page = officer.get(f"/dossiers/{file}/avis").text
    assert "Trop loin." in page
    assert "Renvoyer le lien" not in page


def test_a_refused_question_keeps_what_was_typed(sign_in: SignIn, file: str) -> None:
    officer, address = sign_in("officer"), f"/dossiers/{file}/avis"
    given = {
        "expert_name": "Claude Essai",
        "expert_email": "autre@essai.example",
        "question": "Est-ce neutre ?",
        "due_on": (utc_now() + timedelta(days=9)).date().isoformat(),
        "documents": ["DC-PLAN"],
    }
    answer = officer.post(address, given, on=address)
    assert answer.status_code == 422
    assert 'id="expert_email-error"' in answer.text
    assert "Est-ce neutre ?" in answer.text
    assert re.search(r'value="DC-PLAN" checked', answer.text)
    assert ask(officer, file, question="") == 422
    assert ask(officer, file, due_on="2020-01-01") == 422
    assert ask(officer, file, documents=["DC-NULLE"]) == 422


def test_links_that_were_replaced_withdrawn_expired_or_forged_open_nothing(
    browser: Browser, sign_in: SignIn, file: str, link: Callable[[], str], factory: SessionFactory
) -> None:
    officer, address = sign_in("officer"), f"/dossiers/{file}/avis"
    ask(officer, file)
    with factory() as session:
        number = session.scalars(select(Advice.id)).one()
    first = link()
    assert officer.post(f"{address}/{number}/renvoyer", on=address).status_code == 303
    assert browser.get(first).status_code == 410
    second = link()
    assert browser.get(second).status_code == 200
    with time_machine.travel(utc_now() + timedelta(days=31)):
        assert browser.get(second).status_code == 410
    assert officer.post(f"{address}/{number}/retirer", on=address).status_code == 303
    assert browser.get(second).status_code == 410
    assert browser.get(second + "x").status_code == 404
    assert officer.post(f"{address}/{number}/retirer", on=address).status_code == 409
    assert officer.post(f"{address}/{number + 9}/retirer", on=address).status_code == 404


def test_an_officer_with_an_interest_and_other_roles_ask_nothing(
    sign_in: SignIn, file: str, factory: SessionFactory, world: World
) -> None:
    address = f"/dossiers/{file}/avis"
    assert "expert_name" not in sign_in("auditor").get(address).text
    assert sign_in("auditor").post(address, {}, on="/compte").status_code == 403
    with unit_of_work(factory) as session:
        world.person(session, "officer").organisation_id = world.town_id
    assert sign_in("officer").get(address).status_code == 404
