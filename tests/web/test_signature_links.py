"""The page behind a signer's link: reading, signing, refusing, and what becomes of the link."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from fund.db import SessionFactory, unit_of_work
from fund.models import Agreement, LinkPurpose, OutboxRow
from fund.models.base import utc_now
from fund.services import agreements
from fund.services.links import make_link, text_of
from fund.services.steps import take_step
from tests.agreeing import BECAUSE, ask_contract, link_of, represent_all, sign
from tests.documents.reading import Paper
from tests.scenario import World
from tests.web.conftest import TOKEN, Browser
from workflows.agreement import AgreementState
from workflows.award import AwardState

LinkOf = Callable[[int], str]
DIGEST = re.compile(r'name="digest" value="([0-9a-f]{64})"')


@pytest.fixture
def sent(factory: SessionFactory, world: World) -> int:
    """An agreement that every member signs."""
    with unit_of_work(factory) as session:
        award = world.award(session, title="Jardins du bassin")
        ask_contract(award)
        represent_all(session, award)
        return world.send_agreement(session, award, every_member=True).id


@pytest.fixture
def address(factory: SessionFactory, sent: int, app: Flask) -> LinkOf:
    """The page of a signer: 0 is the lead's, 1 the town's, 2 the company's."""

    def find(place: int) -> str:
        with factory() as session:
            link = link_of(session, session.get_one(Agreement, sent), place)
            return "/signature/" + text_of(link, app.config["SECRET_KEY"])

    return find


def now(factory: SessionFactory, number: int) -> Agreement:
    with factory() as session:
        agreement = session.get_one(Agreement, number)
        assert agreement.award.state
        assert agreement.signatures
        return agreement


def send(browser: Browser, path: str, **given: str) -> TestResponse:
    """Sign as the page shown lets one."""
    page = browser.get(path).text
    token, digest = TOKEN.search(page), DIGEST.search(page)
    assert token
    assert digest
    usual = {
        "name": "Sacha Essai",
        "function": "maire",
        "has_read": "y",
        "digest": digest[1],
        "csrf_token": token[1],
    }
    return browser.client.post(path, data={**usual, **given})


def test_a_signer_reads_the_whole_text_without_an_account(browser: Browser, address: LinkOf) -> None:
    answer = browser.get(address(1))
    for said in (
        "Jardins du bassin",
        "Commune d&#39;essai",
        "Article\u00a01",
        "15\u202f000,00",
        'value="Personne 1"',
    ):
        assert said in answer.text
    assert "@" not in re.sub(r"<(link|script|img)[^>]*>", "", answer.text)
    assert 'name="accepts_contract"' not in answer.text  # asked of associations and foundations
    assert 'name="accepts_contract"' in browser.get(address(0)).text
    paper = browser.get(f"{address(1)}/convention.pdf")
    assert paper.content_type == "application/pdf"
    assert "Jardins du bassin" in Paper(paper.data).text


def test_the_address_of_the_page_is_kept_secret(browser: Browser, address: LinkOf) -> None:
    for path in (address(1), f"{address(1)}/convention.pdf", f"{address(1)}/refus"):
        headers = browser.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


def test_all_sign_and_it_is_in_force(
    browser: Browser, factory: SessionFactory, world: World, sent: int, address: LinkOf
) -> None:
    town = address(1)
    answer = send(browser, town)
    assert (answer.status_code, answer.location) == (303, town)
    page = browser.get(town).text
    assert "Sacha Essai" in page
    assert 'name="digest"' not in page
    assert "Entreprise d&#39;essai" in page  # whose signature is awaited
    assert "Signé en ligne le" in Paper(browser.get(f"{town}/convention.pdf").data).text
    assert send(browser, address(2)).status_code == 303
    assert send(browser, address(0)).status_code == 422  # the contract is not subscribed to
    assert send(browser, address(0), accepts_contract="y").status_code == 303
    agreement = now(factory, sent)
    assert agreement.award.state is AwardState.ACTIVE
    assert [one.name for one in agreement.signatures] == ["Dominique Essai", *["Sacha Essai"] * 3]
    # The old link reads on, and a new one was sent.
    assert "tone-success" in browser.get(town).text
    with factory() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == "agreement.signed"))
        told = [row.link.email for row in rows if row.link]
    assert told == ["personne0@essai.example", "personne1@essai.example", "personne2@essai.example"]


@pytest.mark.parametrize(
    ("given", "status", "place"),
    [({"has_read": ""}, 422, "has_read"), ({"name": " "}, 422, "name"), ({"digest": "0" * 64}, 409, "")],
)
def test_what_cannot_be_signed_so_is_told(
    browser: Browser,
    factory: SessionFactory,
    sent: int,
    address: LinkOf,
    given: dict[str, str],
    status: int,
    place: str,
) -> None:
    answer = send(browser, address(1), **given)
    assert answer.status_code == status
    assert "error-summary" in answer.text
    assert f'href="#{place}"' in answer.text or not place
    assert len(now(factory, sent).signatures) == 1


def test_a_text_sent_anew_meanwhile_is_not_signed_unread(
    browser: Browser, factory: SessionFactory, world: World, sent: int, address: LinkOf
) -> None:
    former = address(1)
    browser.get(former)
    with unit_of_work(factory) as session:
        agreement = session.get_one(Agreement, sent)
        take_step(session, world["officer"], agreement, "withdraw", inputs=BECAUSE)
        agreement.award.application.summary = "Autre chose."
        world.send_agreement(session, agreement.award)
    answer = browser.get(former)
    assert answer.status_code == 410
    assert "Autre chose." in browser.get(address(1)).text


def test_a_second_signature_is_told(
    browser: Browser, factory: SessionFactory, world: World, sent: int, address: LinkOf
) -> None:
    path = address(0)
    page = browser.get(path).text
    with unit_of_work(factory) as session:
        sign(session, world, session.get_one(Agreement, sent))  # with the account, meanwhile
    token, digest = TOKEN.search(page), DIGEST.search(page)
    assert token
    assert digest
    form = {"name": "X", "has_read": "y", "accepts_contract": "y", "digest": digest[1], "csrf_token": token[1]}
    answer = browser.client.post(path, data=form)
    assert answer.status_code == 409
    assert len(now(factory, sent).signatures) == 2


def test_a_signer_refuses_with_a_reason(
    browser: Browser, factory: SessionFactory, sent: int, address: LinkOf
) -> None:
    path = f"{address(1)}/refus"
    assert path in browser.get(address(1)).text
    assert browser.post(path, {"name": "Sacha Essai", "reason": ""}, on=path).status_code == 422
    answer = browser.post(path, {"name": "Sacha Essai", "reason": "Le conseil n’a pas délibéré."}, on=path)
    assert (answer.status_code, answer.location) == (303, address(1))
    agreement = now(factory, sent)
    assert (agreement.state, agreement.award.state) == (AgreementState.REFUSED, AwardState.REFUSED)
    assert 'name="digest"' not in browser.get(address(1)).text
    assert 'name="reason"' not in browser.get(path).text
    with factory() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == "award.refused"))
        assert {row.payload["reason"] for row in rows} == {"Le conseil n’a pas délibéré."}


def test_dead_links_say_so(
    browser: Browser, factory: SessionFactory, world: World, sent: int, address: LinkOf
) -> None:
    path = address(1)
    with time_machine.travel(utc_now() + timedelta(days=61)):
        assert browser.get(path).status_code == 410
    with unit_of_work(factory) as session:
        agreement = session.get_one(Agreement, sent)
        agreements.send_again(session, world["officer"], agreement, agreement.signers[1])
    for dead in (path, f"{path}/convention.pdf", f"{path}/refus"):
        assert browser.get(dead).status_code == 410
    assert browser.get("/signature/forged").status_code == 404
    assert browser.get(address(1)).status_code == 200


def test_a_link_of_another_kind_opens_nothing_here(
    browser: Browser, factory: SessionFactory, app: Flask, address: LinkOf
) -> None:
    text = address(1).removeprefix("/signature/")
    for page in ("membre", "avis", "invitation", "mot-de-passe"):
        assert browser.get(f"/{page}/{text}").status_code == 404
    with unit_of_work(factory) as session:
        other = make_link(session, LinkPurpose.REGISTER, email="autre@essai.example", now=utc_now())
        text = text_of(other, app.config["SECRET_KEY"])
    assert browser.get(f"/signature/{text}").status_code == 404


def test_the_form_comes_from_its_own_page(browser: Browser, address: LinkOf) -> None:
    assert browser.client.post(address(1), data={"name": "X", "has_read": "y"}).status_code == 400


# --- whether it is genuine -----------------------------------------------------------------------------------


def test_anybody_can_check_what_was_signed(browser: Browser, factory: SessionFactory, sent: int) -> None:
    agreement = now(factory, sent)
    for digest in (agreement.facts_sha256 or "", agreement.signatures[0].journal_hash):
        page = browser.get("/verifier", reference=agreement.reference, empreinte=digest).text
        assert "tone-success" in page
        assert str(agreement.facts_sha256) in page
        assert "Jardins du bassin" not in page
        assert "Dominique" not in page
    assert "tone-danger" in browser.get("/verifier", reference=agreement.reference, empreinte="0" * 64).text
