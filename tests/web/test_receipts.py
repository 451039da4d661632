"""The receipt as a PDF: for its alliance and the staff, the same for ever, and checked by anybody."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Receipt
from fund.services import reviews
from fund.services.steps import take_step
from tests.documents.reading import Paper
from tests.filling import DECLARED, complete_draft, open_call
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]


@pytest.fixture
def deposited(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        application = complete_draft(session, world, open_call(session, world))
        take_step(session, world["applicant"], application, "submit", inputs=DECLARED)
        return application.reference


def receipt_of(factory: SessionFactory, reference: str) -> Receipt:
    with factory() as session:
        query = select(Receipt).join(Receipt.application).where(Application.reference == reference)
        return session.scalars(query).one()


def test_it_says_what_was_deposited_by_whom_and_where_to_check_it(
    sign_in: SignIn, deposited: str, factory: SessionFactory
) -> None:
    answer = sign_in("applicant").get(f"/mes-dossiers/{deposited}/recus/1.pdf")
    assert answer.content_type == "application/pdf"
    assert deposited in answer.headers["Content-Disposition"]
    said, receipt = Paper(answer.data).text, receipt_of(factory, deposited)
    for words in (deposited, "Un atelier partagé", "Camille Essai, Présidente", "Dominique Essai", "25 000,00 €"):
        assert words in said
    assert receipt.content_sha256[:8] in said
    assert receipt.journal_hash[:8] in said


def test_it_stays_the_same_whatever_becomes_of_the_file(
    sign_in: SignIn, deposited: str, factory: SessionFactory
) -> None:
    browser, path = sign_in("applicant"), f"/mes-dossiers/{deposited}/recus/1.pdf"
    before = browser.get(path).data
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == deposited)).one()
        application.title = "Un tout autre titre"
        application.lead.name = "Un autre nom"
        application.call.title_fr = "Un autre appel"
    assert browser.get(path).data == before
    browser.client.get("/langue/en")
    assert "Receipt of deposit" in Paper(browser.get(path).data).text


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("applicant", 200),
        ("officer", 200),
        ("auditor", 200),
        ("stranger", 404),
        ("reviewer", 404),
        ("member", 404),
    ],
)
def test_it_is_for_the_alliance_and_the_staff(
    sign_in: SignIn, deposited: str, factory: SessionFactory, world: World, name: str, status: int
) -> None:
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == deposited)).one()
        reviews.assign(session, world["officer"], application, world.person(session, "reviewer"))
    assert sign_in(name).get(f"/mes-dossiers/{deposited}/recus/1.pdf").status_code == status


def test_one_that_was_not_issued_does_not_exist(sign_in: SignIn, deposited: str) -> None:
    assert sign_in("applicant").get(f"/mes-dossiers/{deposited}/recus/2.pdf").status_code == 404


def test_officers_find_it_on_the_summary_and_with_what_was_deposited(sign_in: SignIn, deposited: str) -> None:
    officer = sign_in("officer")
    for tail in ("", "/depot"):
        assert f"/mes-dossiers/{deposited}/recus/1.pdf" in officer.get(f"/dossiers/{deposited}{tail}").text


# --- checking one -----------------------------------------------------------------------------------------------


def test_the_link_on_the_receipt_says_that_it_is_genuine_and_shows_nothing_of_the_file(
    browser: Browser, sign_in: SignIn, deposited: str, factory: SessionFactory
) -> None:
    paper = Paper(sign_in("applicant").get(f"/mes-dossiers/{deposited}/recus/1.pdf").data)
    found = re.search(r"https?://[^/\s]+(/verifier\?\S+)", "".join(paper.text.split()))
    assert found
    page = browser.get("/verifier", reference=deposited, empreinte=receipt_of(factory, deposited).content_sha256)
    assert found[1].startswith(f"/verifier?reference={deposited}&empreinte=")
    assert "tone-success" in page.text
    for hidden in ("Un atelier partagé", "Association d&#39;essai", "Camille Essai", "25 000"):
        assert hidden not in page.text


@pytest.mark.parametrize("digest", ["0" * 64, "x", "é" * 64, "%", "' OR 1=1 --"])
def test_another_fingerprint_is_not_genuine(browser: Browser, deposited: str, digest: str) -> None:
    page = browser.get("/verifier", reference=deposited, empreinte=digest)
    assert page.status_code == 200
    assert "tone-danger" in page.text
    assert deposited in page.text  # what was typed stays


def test_one_of_the_two_is_not_enough(browser: Browser, deposited: str) -> None:
    page = browser.get("/verifier", reference=deposited).text
    assert "tone-progress" in page
    assert "tone-success" not in page


def test_guessing_is_limited(browser: Browser, deposited: str) -> None:
    asked = [browser.get("/verifier", reference=deposited, empreinte=f"{n:064x}").status_code for n in range(61)]
    assert asked == [200] * 60 + [429]
