"""The pages of the thread: of the alliance, of the fund (tab and list), and of a draft that writes to the fund."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from fund.db import SessionFactory
from fund.messages.render import path_of
from fund.models import Document, OutboxRow, ThreadMessage
from tests.documented import PDF
from tests.web.conftest import Browser
from workflows.topics import Topic

SignIn = Callable[[str], Browser]
Make = Callable[..., str]


def own(reference: str) -> str:
    return f"/mes-dossiers/{reference}/echanges"


def write(browser: Browser, to: str, body: str, *files: tuple[str, bytes], on: str | None = None) -> Any:
    form: dict[str, Any] = {"csrf_token": browser.token(on or to), "body": body}
    form["files"] = [(BytesIO(data), name) for name, data in files]
    return browser.client.post(to, data=form, content_type="multipart/form-data")


@pytest.fixture
def file(make: Make) -> str:
    return make("submitted")


def test_the_two_sides_write_to_each_other(sign_in: SignIn, file: str) -> None:
    alliance, fund = sign_in("applicant"), sign_in("officer")
    assert write(alliance, own(file), "Quel taux ?\r\nMerci.").location == f"{own(file)}#last"
    page = fund.get(f"/dossiers/{file}/echanges").text
    assert "Quel taux ?\nMerci." in page
    assert "<strong>Applicant</strong>" in page
    sent = write(fund, f"/echanges/{file}", "80 %", on=f"/dossiers/{file}/echanges")
    assert sent.status_code == 303
    assert fund.client.get(sent.location.partition("#")[0], follow_redirects=True).status_code == 200
    page = alliance.get(own(file)).text
    assert "80 %" in page
    assert "Officer" not in page  # the fund answers as one


def test_each_side_sees_what_the_other_has_read(sign_in: SignIn, file: str) -> None:
    alliance, fund = sign_in("applicant"), sign_in("officer")
    write(alliance, own(file), "Bonjour")
    assert alliance.get(own(file)).text.count("message-read muted") == 1
    assert sign_in("auditor").get(f"/dossiers/{file}/echanges").status_code == 200
    assert (
        alliance.get(own(file)).text.count("message-read muted") == 1
    )  # an auditor looks on, and reads for nobody
    assert fund.client.head(f"/dossiers/{file}/echanges").status_code == 200
    assert alliance.get(own(file)).text.count("message-read muted") == 1
    fund.get(f"/dossiers/{file}/echanges")
    page = alliance.get(own(file)).text
    assert page.count("message-read muted") == 0
    assert page.count('class="message-read"') == 1


def test_scripts_in_a_text_stay_text(sign_in: SignIn, file: str) -> None:
    write(sign_in("applicant"), own(file), "<script>alert(1)</script> {{ 7*7 }}")
    page = sign_in("officer").get(f"/dossiers/{file}/echanges").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page
    assert "<script>alert" not in page


def test_attachments_are_read_on_both_sides_only(sign_in: SignIn, file: str, factory: SessionFactory) -> None:
    write(sign_in("applicant"), own(file), "Voici", ("Devis é.pdf", PDF), ("Plan.pdf", PDF))
    with factory() as session:
        references = list(session.scalars(select(Document.reference)))
    assert len(references) == 2
    page = sign_in("officer").get(f"/dossiers/{file}/echanges").text
    assert all(f"/documents/{reference}" in page for reference in references)
    for name, status in (("applicant", 200), ("officer", 200), ("stranger", 404), ("reviewer", 404)):
        assert sign_in(name).get(f"/documents/{references[0]}").status_code == status


@pytest.mark.parametrize(
    ("body", "files"),
    [("", ()), ("Voici", (("a.pdf", b"MZ" + b"\0" * 99),)), ("x" * 10_001, ()), ("a\x00b", ())],
)
def test_what_cannot_be_sent_is_shown_again_with_its_text(
    sign_in: SignIn, file: str, factory: SessionFactory, body: str, files: tuple[tuple[str, bytes], ...]
) -> None:
    answer = write(sign_in("applicant"), own(file), body, *files)
    assert answer.status_code in (400, 422)
    if answer.status_code == 422:
        assert "error-summary" in answer.text
        assert f"{body}</textarea>" in answer.text
    with factory() as session:
        assert session.scalars(select(ThreadMessage)).all() == []
        assert session.scalars(select(Document)).all() == []


def test_a_draft_writes_to_the_fund_which_sees_the_thread_and_nothing_else(sign_in: SignIn, make: Make) -> None:
    draft = make("draft", title="Titre visible", summary="Un résumé encore secret")
    fund = sign_in("officer")
    assert fund.get(f"/echanges/{draft}").status_code == 404
    write(sign_in("applicant"), own(draft), "Sommes-nous éligibles ?")
    listed = fund.get("/echanges").text
    assert "Titre visible" in listed
    assert f"/echanges/{draft}" in listed
    page = fund.get(f"/echanges/{draft}").text
    assert "Sommes-nous éligibles ?" in page
    assert "Un résumé encore secret" not in page
    assert fund.get(f"/dossiers/{draft}").status_code == 404
    assert fund.get(f"/dossiers/{draft}/echanges").location == f"/echanges/{draft}"
    assert write(fund, f"/echanges/{draft}", "Oui.").status_code == 303
    assert "Oui." in sign_in("applicant").get(own(draft)).text


@pytest.mark.parametrize("name", ["stranger", "reviewer", "member", "partner", "catalyst"])
def test_nobody_else_reads_the_thread(sign_in: SignIn, file: str, name: str) -> None:
    browser = sign_in(name)
    assert browser.get(own(file)).status_code == 404
    assert browser.get(f"/echanges/{file}").status_code == 403
    assert browser.get("/echanges").status_code == 403


def test_an_auditor_reads_and_does_not_write(sign_in: SignIn, file: str) -> None:
    browser = sign_in("auditor")
    assert 'name="body"' not in browser.get(f"/dossiers/{file}/echanges").text
    form = {"csrf_token": browser.token("/echanges"), "body": "Bonjour"}
    assert browser.client.post(f"/echanges/{file}", data=form).status_code == 403


def test_the_list_says_what_is_unread_and_what_awaits_an_answer(sign_in: SignIn, file: str) -> None:
    alliance, fund = sign_in("applicant"), sign_in("officer")
    assert 'class="empty"' in fund.get("/echanges").text
    write(alliance, own(file), "Bonjour")
    assert "tone-info" in rows(fund.get("/echanges").text)
    fund.get(f"/dossiers/{file}/echanges")
    assert "tone-progress" in rows(fund.get("/echanges").text)
    write(fund, f"/echanges/{file}", "Bonjour", on=f"/dossiers/{file}/echanges")
    assert "tone-progress" not in rows(fund.get("/echanges").text)


def rows(page: str) -> str:
    """The last column of the list, without the badges of states."""
    return "".join(part.partition("</td>")[0] for part in page.split("<td")[3::3])


def test_a_wrong_page_of_the_list_is_a_404(sign_in: SignIn) -> None:
    fund = sign_in("officer")
    assert fund.get("/echanges", avant="-1").status_code == 404
    assert fund.get("/echanges", avant=str(2**70)).status_code == 404


def test_the_copy_by_mail_leads_each_side_to_its_own_page(
    sign_in: SignIn, file: str, factory: SessionFactory
) -> None:
    alliance, fund = sign_in("applicant"), sign_in("officer")
    write(alliance, own(file), "Question")
    write(fund, f"/echanges/{file}", "Réponse", on=f"/dossiers/{file}/echanges")
    with factory() as session:
        query = select(OutboxRow).where(OutboxRow.topic == Topic.THREAD_MESSAGE.value)
        paths = {row.recipient.name: path_of(row) for row in session.scalars(query) if row.recipient}
    assert paths == {"Officer": f"/echanges/{file}", "Officer2": f"/echanges/{file}", "Applicant": own(file)}
    for name, path in (("officer", paths["Officer"]), ("applicant", paths["Applicant"])):
        assert sign_in(name).client.get(path, follow_redirects=True).status_code == 200
