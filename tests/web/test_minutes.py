"""The minutes as people read, sign and check them."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import CommitteeSession, Outcome
from fund.services import committee
from fund.services.minutes import describe_session, digest_of, signature_of
from fund.services.steps import take_step
from tests.deciding import decided_session, keep_off, signed_session
from tests.documents.reading import Paper
from tests.scenario import World
from tests.web.conftest import Browser
from workflows.committee import CommitteeState

SignIn = Callable[[str], Browser]


@pytest.fixture
def closed(factory: SessionFactory, world: World) -> str:
    """A session whose minutes await their signature: one file funded, one declined."""
    with unit_of_work(factory) as session:
        sitting = decided_session(session, world, Outcome.FUNDED, Outcome.DECLINED)
        take_step(session, world["chair"], sitting, "close")
        return sitting.reference


@pytest.fixture
def signed(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return signed_session(session, world, Outcome.FUNDED, Outcome.DECLINED).reference


def sitting_of(session: Session, reference: str) -> CommitteeSession:
    return session.scalars(select(CommitteeSession).where(CommitteeSession.reference == reference)).one()


def digest_shown(browser: Browser, path: str) -> str:
    page = browser.get(path).text
    start = page.index('name="digest"')
    return page[start : start + 200].partition('value="')[2].partition('"')[0]


# --- reading -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chair", "member", "officer", "finance", "auditor", "admin"])
def test_the_committee_and_the_fund_read_them(sign_in: SignIn, closed: str, name: str) -> None:
    browser, path = sign_in(name), f"/comite/{closed}/proces-verbal"
    page = browser.get(path).text
    for said in ("Projet 1", "Projet 2", "Un ancrage exemplaire.", "Le portage manque encore.", "Non retenu"):
        assert said in page
    assert "Projet non signé" in page
    paper = browser.get(f"{path}.pdf")
    assert paper.content_type == "application/pdf"
    assert f"proces-verbal-{closed}.pdf" in paper.headers["Content-Disposition"]
    assert "Projet de procès-verbal, non signé" in Paper(paper.data).text


@pytest.mark.parametrize("name", ["applicant", "partner", "catalyst", "reviewer"])
def test_nobody_else_does(sign_in: SignIn, signed: str, name: str) -> None:
    browser = sign_in(name)
    for tail in ("", ".pdf"):
        assert browser.get(f"/comite/{signed}/proces-verbal{tail}").status_code == 403


def test_there_are_none_before_the_session_opens(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        reference = world.sitting(session).reference
    for tail in ("", ".pdf"):
        assert sign_in("chair").get(f"/comite/{reference}/proces-verbal{tail}").status_code == 404


def test_who_keeps_off_a_file_reads_nothing_of_it(
    sign_in: SignIn, factory: SessionFactory, world: World, closed: str
) -> None:
    with unit_of_work(factory) as session:
        keep_off(session, world, "member", sitting_of(session, closed).items[0])
    browser, path = sign_in("member"), f"/comite/{closed}/proces-verbal"
    for text in (browser.get(path).text, Paper(browser.get(f"{path}.pdf").data).text):
        assert "Dossier qui ne vous est pas montré" in text
        for hidden in ("Projet 1", "Un ancrage exemplaire.", "15 000,00"):
            assert hidden not in text.replace("\u202f", " ")
        assert "Projet 2" in text


def test_hostile_text_stays_text(sign_in: SignIn, factory: SessionFactory, world: World, closed: str) -> None:
    with unit_of_work(factory) as session:
        item = sitting_of(session, closed).items[0]
        committee.write_notes(session, world["officer"], item, "<script>alert(1)</script> #panic(1)")
    browser, path = sign_in("officer"), f"/comite/{closed}/proces-verbal"
    page = browser.get(path).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)</script> #panic(1)" in Paper(browser.get(f"{path}.pdf").data).text


# --- signing -------------------------------------------------------------------------------------------------


def test_the_chair_signs_what_the_page_showed(sign_in: SignIn, factory: SessionFactory, closed: str) -> None:
    chair, path = sign_in("chair"), f"/comite/{closed}/proces-verbal"
    digest = digest_shown(chair, path)
    with factory() as session:
        assert digest == digest_of(describe_session(session, sitting_of(session, closed)))
    answer = chair.post(path, {"digest": digest}, on=path)
    assert (answer.status_code, answer.location) == (303, path)
    with factory() as session:
        sitting = sitting_of(session, closed)
        assert sitting.state is CommitteeState.SIGNED
        assert sitting.minutes_sha256 == digest
        signature = signature_of(session, sitting)
        assert signature is not None
    page = chair.get(path).text
    assert "Projet non signé" not in page
    assert 'name="digest"' not in page
    said = Paper(chair.get(f"{path}.pdf").data).text
    assert "Signé en ligne par Chair, présidence de séance" in said
    for hexadecimal in (signature["sha256"], signature["journal_hash"]):
        assert hexadecimal[:8] in said
        assert hexadecimal[:8] in page


def test_minutes_that_changed_since_are_shown_again_and_not_signed(
    sign_in: SignIn, factory: SessionFactory, world: World, closed: str
) -> None:
    chair, path = sign_in("chair"), f"/comite/{closed}/proces-verbal"
    before = digest_shown(chair, path)
    with unit_of_work(factory) as session:
        committee.write_notes(session, world["officer"], sitting_of(session, closed).items[0], "Un mot de plus.")
    answer = chair.post(path, {"digest": before}, on=path)
    assert answer.status_code == 409
    assert "Un mot de plus." in answer.text
    assert "error-summary" in answer.text
    assert before not in answer.text
    with factory() as session:
        assert sitting_of(session, closed).state is CommitteeState.CLOSED
    assert chair.post(path, {"digest": digest_shown(chair, path)}, on=path).status_code == 303


@pytest.mark.parametrize(("name", "status"), [("member", 403), ("officer", 403), ("admin", 403)])
def test_nobody_else_signs(sign_in: SignIn, factory: SessionFactory, closed: str, name: str, status: int) -> None:
    browser, path = sign_in(name), f"/comite/{closed}/proces-verbal"
    assert 'name="digest"' not in browser.get(path).text
    assert browser.post(path, {"digest": "0" * 64}, on="/compte").status_code == status
    with factory() as session:
        assert sitting_of(session, closed).state is CommitteeState.CLOSED


def test_they_are_signed_once(sign_in: SignIn, signed: str) -> None:
    chair, path = sign_in("chair"), f"/comite/{signed}/proces-verbal"
    assert chair.post(path, {"digest": "0" * 64}, on="/compte").status_code == 409


def test_the_step_leads_to_the_page_where_they_are_read(sign_in: SignIn, closed: str) -> None:
    page = sign_in("chair").get(f"/comite/{closed}").text
    assert f'href="/comite/{closed}/proces-verbal"' in page
    assert f'action="/etapes/committee/{closed}/sign"' not in page


# --- checking ------------------------------------------------------------------------------------------------


def test_anybody_checks_them_and_learns_nothing_else(
    browser: Browser, factory: SessionFactory, signed: str
) -> None:
    with factory() as session:
        signature = signature_of(session, sitting_of(session, signed))
    assert signature is not None
    for digest in (signature["sha256"], signature["journal_hash"]):
        page = browser.get("/verifier", reference=signed, empreinte=digest).text
        assert "tone-success" in page
        for hidden in ("Projet 1", "Comité d&#39;essai", "Chair", "15 000"):
            assert hidden not in page


@pytest.mark.parametrize("digest", ["0" * 64, "x", "é" * 64, "%", "' OR 1=1 --"])
def test_another_fingerprint_is_not_genuine(browser: Browser, signed: str, digest: str) -> None:
    page = browser.get("/verifier", reference=signed, empreinte=digest)
    assert page.status_code == 200
    assert "tone-danger" in page.text


def test_unsigned_minutes_are_not_genuine(browser: Browser, factory: SessionFactory, closed: str) -> None:
    with factory() as session:
        digest = digest_of(describe_session(session, sitting_of(session, closed)))
    assert "tone-danger" in browser.get("/verifier", reference=closed, empreinte=digest).text
