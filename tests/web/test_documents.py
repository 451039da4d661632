"""The documents of a file as its people meet them: without JavaScript, and as the page's script asks."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select
from werkzeug.test import TestResponse

from config.settings import Settings
from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import Form
from fund.models import Application, Collaborator, Document, Right, Scan
from fund.services import documents
from fund.services.documents import Desk
from fund.services.steps import take_step
from fund.storage.blobs import SIZE_LIMIT, BlobStore
from tests import documented
from tests.documented import ACCOUNTS, PDF, PLAN, STATUTES
from tests.scenario import World
from tests.storage.samples import ooxml, packed
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]
JSON = {"Accept": "application/json"}


@pytest.fixture
def store(settings: Settings) -> BlobStore:
    return BlobStore(settings.storage_url)


@pytest.fixture
def draft(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return documented.draft(session, world).reference


@pytest.fixture
def submitted(factory: SessionFactory, world: World, store: BlobStore) -> str:
    """A file submitted with its statutes."""
    with unit_of_work(factory) as session:
        application = documented.draft(session, world, form=Form(), budget=None)
        documented.hand_in(session, world, application, STATUTES, desk=Desk(store, scans=False))
        inputs = {"declared": True, "signatory_name": "Camille Essai"}
        take_step(session, world["applicant"], application, "submit", inputs=inputs)
        return application.reference


def address(reference: str) -> str:
    return f"/mes-dossiers/{reference}/documents"


def send(
    browser: Browser,
    reference: str,
    slot: str = STATUTES,
    data: bytes | None = None,
    *,
    name: str = "Statuts.pdf",
    headers: dict[str, str] | None = None,
) -> TestResponse:
    token = browser.token(address(reference))
    form: dict[str, Any] = {
        "csrf_token": token,
        "slot": slot,
        "file": (BytesIO(PDF if data is None else data), name),
    }
    return browser.client.post(address(reference), data=form, headers=headers or {})


def only_document(factory: SessionFactory) -> Document:
    with factory() as session:
        return session.scalars(select(Document)).one()


def count_documents(factory: SessionFactory) -> int:
    with factory() as session:
        return len(session.scalars(select(Document)).all())


# --- the page ------------------------------------------------------------------------------------------------


def test_the_page_shows_every_place_with_what_is_taken_there(sign_in: SignIn, draft: str) -> None:
    page = sign_in("applicant").get(address(draft)).text
    assert "Statuts de l’association" in page
    assert "Les statuts en vigueur, signés." in page
    assert "Comptes annuels – Commune d&#39;essai" in page
    assert "Plan d’action" in page
    assert f'id="{STATUTES}"' in page
    assert 'accept=".pdf"' in page


def test_a_document_is_handed_in_replaced_and_taken_back_without_javascript(
    sign_in: SignIn, draft: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    answer = send(browser, draft, name="../Statuts signés.pdf")
    assert answer.status_code == 303
    assert answer.location == f"{address(draft)}#{STATUTES}"
    page = browser.get(address(draft)).text
    document = only_document(factory)
    assert f'<a href="/documents/{document.reference}">-Statuts signés.pdf</a>' in page
    assert "Applicant" in page
    send(browser, draft, name="Nouveaux.pdf")
    assert "Nouveaux.pdf" in browser.get(address(draft)).text
    with factory() as session:
        [former, present] = session.scalars(select(Document).order_by(Document.number))
    assert former.replaced_at is not None
    taken = browser.post(f"{address(draft)}/retirer", {"document": present.reference}, on=address(draft))
    assert taken.status_code == 303
    assert browser.client.get(f"/documents/{former.reference}").status_code == 200  # versions stay readable


def test_without_a_scanner_the_page_says_so(sign_in: SignIn, draft: str) -> None:
    browser = sign_in("applicant")
    send(browser, draft)
    assert browser.get(address(draft)).text.count("badge-state tone-neutral") >= 2  # optional, and not scanned


# --- refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slot", "data", "sentence"),
    [
        (STATUTES, b"MZ\x90\0" + b"\0" * 99, "file_executable"),
        (PLAN, b"<html><script>alert(1)</script></html>", "file_markup"),
        (PLAN, ooxml("docm"), "file_macros"),
        (PLAN, packed({"a": "b"}), "file_archive"),
        (STATUTES, ooxml("docx"), "file_kind"),
        (STATUTES, b"", "file_empty"),
        (STATUTES, b"%PDF-" + b"0" * SIZE_LIMIT, "file_too_large"),
    ],
)
def test_a_refusal_stands_in_its_place_with_a_sentence(
    sign_in: SignIn, draft: str, factory: SessionFactory, slot: str, data: bytes, sentence: str
) -> None:
    answer = send(sign_in("applicant"), draft, slot, data)
    assert answer.status_code == 422
    [error] = re.findall(r'class="field-error" id="error-([^"]+)">', answer.text)
    assert error == slot
    assert f"#file-{slot}" in answer.text  # the summary leads to the control
    assert sentence not in answer.text  # a sentence, not its code
    assert count_documents(factory) == 0


def test_a_form_without_a_file_is_told_so(sign_in: SignIn, draft: str) -> None:
    browser = sign_in("applicant")
    answer = browser.post(address(draft), {"slot": STATUTES}, on=address(draft))
    assert answer.status_code == 422
    assert f'id="error-{STATUTES}"' in answer.text


@pytest.mark.parametrize("headers", [{}, JSON])
def test_a_body_above_the_limit_is_answered_and_nothing_stays(
    sign_in: SignIn, draft: str, factory: SessionFactory, store: BlobStore, headers: dict[str, str]
) -> None:
    before = set(store.digests())
    answer = send(sign_in("applicant"), draft, data=b"%PDF-" + b"0" * (26 * 1024 * 1024), headers=headers)
    assert answer.status_code == 413
    said = answer.json["message"] if headers and answer.json else answer.text
    assert "25 Mo" in said.replace("\u00a0", " ")
    assert count_documents(factory) == 0
    assert set(store.digests()) == before


def test_a_body_above_the_limit_is_read_to_its_end(sign_in: SignIn, draft: str) -> None:
    """Behind gunicorn a browser that is answered before it has sent everything shows no page at all."""
    body = BytesIO(b"0" * (30 * 1024 * 1024))
    answer = sign_in("applicant").client.post(
        address(draft),
        input_stream=body,
        content_length=len(body.getvalue()),
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert body.read() == b""


@pytest.mark.parametrize("slot", ["asked.other", "message.1", "budget.0", ""])
def test_a_guessed_place_is_a_404(sign_in: SignIn, draft: str, slot: str) -> None:
    assert send(sign_in("applicant"), draft, slot).status_code == 404


def test_after_the_deposit_an_upload_is_refused_in_words(
    sign_in: SignIn, submitted: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    page = browser.get(address(submitted)).text
    assert "data-upload>" not in page
    form = {"csrf_token": browser.token("/mes-dossiers"), "slot": STATUTES, "file": (BytesIO(PDF), "a.pdf")}
    answer = browser.client.post(address(submitted), data=form)
    assert answer.status_code == 409
    assert "error-summary" in answer.text
    assert count_documents(factory) == 1


def test_a_reader_sees_the_documents_and_no_form(
    sign_in: SignIn, draft: str, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == draft)).one()
        application.collaborators.append(Collaborator(person_id=world.people["stranger"], right=Right.READ))
    browser = sign_in("stranger")
    assert "data-upload>" not in browser.get(address(draft)).text
    form = {"csrf_token": browser.token("/mes-dossiers"), "slot": STATUTES, "file": (BytesIO(PDF), "a.pdf")}
    assert browser.client.post(address(draft), data=form).status_code == 403


@pytest.mark.parametrize("name", ["stranger", "officer", "reviewer"])
def test_the_page_is_the_alliances_own(sign_in: SignIn, draft: str, name: str) -> None:
    assert sign_in(name).get(address(draft)).status_code == 404


# --- the page's script ---------------------------------------------------------------------------------------


def test_the_script_gets_the_card_as_it_now_is(sign_in: SignIn, draft: str, factory: SessionFactory) -> None:
    answer = send(sign_in("applicant"), draft, headers=JSON)
    assert answer.status_code == 200
    assert answer.json is not None
    assert (
        answer.json["message"] == "«\u00a0Statuts.pdf\u00a0» est remis." or "Statuts.pdf" in answer.json["message"]
    )
    card = answer.json["card"]
    assert f"/documents/{only_document(factory).reference}" in card
    assert 'name="csrf_token"' in card


def test_the_script_gets_the_same_sentences(sign_in: SignIn, draft: str) -> None:
    browser = sign_in("applicant")
    told = send(browser, draft, data=b"MZ" + b"\0" * 99, headers=JSON)
    assert told.status_code == 422
    assert told.json is not None
    shown = send(browser, draft, data=b"MZ" + b"\0" * 99)
    assert told.json["message"] in shown.text.replace("&#39;", "'")


def test_the_script_is_told_of_an_ended_session_in_words(app: Flask, sign_in: SignIn, draft: str) -> None:
    browser = sign_in("applicant")
    token = browser.token(address(draft))
    browser.client.delete_cookie("fund_session")
    form = {"csrf_token": token, "slot": STATUTES, "file": (BytesIO(PDF), "a.pdf")}
    answer = browser.client.post(address(draft), data=form, headers=JSON)
    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["message"]


# --- download ------------------------------------------------------------------------------------------------


def test_a_download_is_kept_and_never_run(sign_in: SignIn, draft: str, factory: SessionFactory) -> None:
    browser = sign_in("applicant")
    send(browser, draft, name="Statuts: 100% à jour; été.pdf")
    document = only_document(factory)
    answer = browser.client.get(f"/documents/{document.reference}")
    assert answer.data == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Length"] == str(len(PDF))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Cache-Control"] == "no-store"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="')
    assert "filename*=UTF-8''Statuts-%20100%25%20%C3%A0%20jour%3B%20%C3%A9t%C3%A9.pdf" in disposition
    disposition.encode("ascii")


def test_somebody_elses_document_does_not_exist(sign_in: SignIn, draft: str, factory: SessionFactory) -> None:
    send(sign_in("applicant"), draft)
    reference = only_document(factory).reference
    for name in ("stranger", "officer", "reviewer", "member"):
        assert sign_in(name).get(f"/documents/{reference}").status_code == 404
    assert sign_in("applicant").get("/documents/DC-2222-2222").status_code == 404


def test_an_infected_document_is_refused_to_everybody(
    sign_in: SignIn, submitted: str, factory: SessionFactory
) -> None:
    with unit_of_work(factory) as session:
        document = session.scalars(select(Document)).one()
        documents.record_scan(session, document, threat="Test.Harmless")
    for name in ("applicant", "officer"):
        answer = sign_in(name).get(f"/documents/{document.reference}")
        assert answer.status_code == 409
        assert PDF not in answer.data
    page = sign_in("applicant").get(address(submitted)).text
    assert f"/documents/{document.reference}" not in page
    assert "field-error" in page


# --- the fund ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["officer", "auditor"])
def test_the_fund_reads_the_documents_of_a_submitted_file(
    sign_in: SignIn, submitted: str, factory: SessionFactory, name: str
) -> None:
    browser = sign_in(name)
    page = browser.get(f"/dossiers/{submitted}/documents")
    assert page.status_code == 200
    document = only_document(factory)
    assert f"/documents/{document.reference}" in page.text
    assert document.scan is Scan.NOT_SCANNED
    assert "data-upload>" not in page.text
    assert browser.get(f"/documents/{document.reference}").status_code == 200


@pytest.fixture
def statements() -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def test_statements_do_not_grow_with_the_documents(
    sign_in: SignIn, draft: str, statements: list[str], factory: SessionFactory, world: World, store: BlobStore
) -> None:
    browser = sign_in("applicant")
    send(browser, draft)
    statements.clear()
    browser.get(address(draft))
    once = len(statements)
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == draft)).one()
        for _ in range(3):
            documented.hand_in(session, world, application, PLAN, desk=Desk(store, scans=False))
        for member in application.members:
            slot = f"{ACCOUNTS}.{member.id}"
            documented.hand_in(session, world, application, slot, b"a;b\n1;2\n", desk=Desk(store, scans=False))
    statements.clear()
    browser.get(address(draft))
    assert len(statements) == once
