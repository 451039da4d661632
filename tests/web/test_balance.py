"""The pages of the balance: who reads them, what they say, and that each figure leads to exactly its rows."""

import re
from collections.abc import Callable
from functools import partial
from html import unescape
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
import time_machine
from flask import Flask
from redis import Redis

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Interest, InterestKind
from fund.services.balance import Figure
from tests.documents.reading import Paper
from tests.services.balancing import Files, build
from tests.web.conftest import Browser
from tests.web.counting import count_statements

WHOLE = {"du": "", "au": "2027-12-31"}
SPRING = {"du": "2027-01-01", "au": "2027-06-30"}
PAGES = ("/bilan", "/bilan.pdf", "/bilan.xlsx", "/bilan/lignes?figure=asked", "/bilan/lignes.xlsx?figure=asked")
Enter = Callable[[str], Browser]


@pytest.fixture
def files(factory: SessionFactory) -> Files:
    with unit_of_work(factory) as session:
        return build(session)


@pytest.fixture
def enter(app: Flask, files: Files, factory: SessionFactory, redis: Redis) -> Enter:
    """A browser in which the named person is signed in."""

    def run(name: str) -> Browser:
        with factory() as session:
            epoch = files.world.person(session, name).session_epoch
        browser = Browser(app.test_client())
        with browser.client.session_transaction() as kept:
            kept.update({"_user_id": f"{files.world.people[name]}:{epoch}", "_fresh": True})
        return browser

    return run


def links_of(page: str) -> list[tuple[str, str]]:
    """Each figure that leads somewhere: its address and what is written."""
    found = re.findall(r'<a href="(/bilan/lignes\?[^"]*)">([^<]*)', page)
    return [(unescape(address), re.sub(r"\s", "", text)) for address, text in found]


def rows_of(book: bytes) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(BytesIO(book)).worksheets[0].iter_rows(values_only=True))


def test_the_balance_is_for_the_fund_and_its_committee(enter: Enter) -> None:
    people = {
        **dict.fromkeys(("officer", "finance", "auditor", "admin", "member", "chair"), 200),
        **dict.fromkeys(("applicant", "reviewer", "partner", "catalyst"), 403),
    }
    for name, status in people.items():
        browser = enter(name)
        assert {browser.client.get(page).status_code for page in PAGES} == {status}, name
        assert ('href="/bilan"' in browser.get("/appels").text) is (status == 200), name


def test_the_page_says_every_figure_and_how_it_is_counted(enter: Enter) -> None:
    page = enter("officer").get("/bilan", **SPRING).text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    written = [text for address, text in links_of(page) if "par=" not in address]
    assert written[:9] == ["2", "2", "4", "90000€", "2", "1", "50,0", "1", "15000€"]
    assert "Levier 2" in words
    assert "Haute-Garonne (31)" in words
    assert page.count('<div class="picture" tabindex="0" role="group"') == 8
    assert page.count("<dt>") >= len(Figure)


def test_every_figure_of_the_page_leads_to_exactly_its_rows(enter: Enter) -> None:
    auditor = enter("auditor")
    links = links_of(auditor.get("/bilan", **WHOLE).text)
    assert {parse_qs(urlsplit(address).query)["figure"][0] for address, _ in links} == set(Figure)
    for address, written in links:
        page = auditor.client.get(address).text
        assert f">{written}<" in re.sub(r"\s", "", page), address
        count = int(re.findall(r"<strong>(\d+)</strong>", page)[-1])
        assert page.count('<th scope="row">') == count, address
        if "figure=applications" in address or "figure=decided" in address or "figure=funded" in address:
            assert str(count) == written, address


def test_the_sum_of_the_rows_is_the_figure(enter: Enter) -> None:
    book = enter("auditor").get("/bilan/lignes.xlsx", figure="asked", par="departement", valeur="dep:31", **WHOLE)
    head, *rows = rows_of(book.data)
    assert len(head) == 5
    assert [row[4] for row in rows] == [20_000, 20_000, 20_000]
    assert "attachment" in book.headers["Content-Disposition"]


def test_rows_that_one_may_not_see_are_counted_and_said(
    enter: Enter, files: Files, factory: SessionFactory
) -> None:
    with unit_of_work(factory) as session:
        kept = session.query(Application).filter_by(reference=files.funded).one()
        kept.title = "Projet caché"
        person = files.world.people["officer"]
        session.add(
            Interest(application_id=kept.id, person_id=person, kind=InterestKind.DECLARED, detail="Un lien.")
        )
    query = {"figure": "applications", **SPRING}
    seen, hidden = (enter(name).get("/bilan/lignes", **query).text for name in ("auditor", "officer"))
    assert ("Projet caché" in seen, "Projet caché" in hidden) == (True, False)
    assert files.funded not in hidden
    assert [page.count('<th scope="row">') for page in (seen, hidden)] == [4, 3]
    assert ('class="notice' in seen, 'class="notice' in hidden) == (False, True)
    book = enter("officer").get("/bilan/lignes.xlsx", **query).data
    assert files.funded not in {cell for row in rows_of(book) for cell in row}


def test_rows_come_by_pages(enter: Enter, files: Files, factory: SessionFactory) -> None:
    with time_machine.travel("2027-11-03T09:00:00Z", tick=False), unit_of_work(factory) as session:
        call_id = session.query(Application).filter_by(reference=files.done).one().call_id
        for _ in range(30):
            files.world.submitted(session, call_id=call_id)
    auditor, found = enter("auditor"), set()
    address: str | None = "/bilan/lignes?figure=applications&du=2027-11-01&au=2027-11-30"
    pages = 0
    while address is not None:
        page = auditor.client.get(address).text
        found |= set(re.findall(r"DO-[A-Z0-9]{4}-[A-Z0-9]{4}", page))
        next_page = re.search(r'rel="next" href="([^"]*)"', page)
        address, pages = unescape(next_page[1]) if next_page else None, pages + 1
    assert (pages, len(found)) == (2, 30)


def test_no_more_statements_for_more_files(enter: Enter, files: Files, factory: SessionFactory) -> None:
    auditor = enter("auditor")
    addresses = [f"{page}{'&' if '?' in page else '?'}du=&au=2027-12-31" for page in PAGES]
    before = [count_statements(partial(auditor.client.get, page)) for page in addresses]
    with time_machine.travel("2027-11-03T09:00:00Z", tick=False), unit_of_work(factory) as session:
        call_id = session.query(Application).filter_by(reference=files.done).one().call_id
        for _ in range(3):
            files.world.funded(session, call_id=call_id)
    assert [count_statements(partial(auditor.client.get, page)) for page in addresses] == before


def test_a_period_that_is_none_is_said(enter: Enter) -> None:
    officer = enter("officer")
    for query in (
        {"du": "2027-06-30", "au": "2027-01-01"},
        {"du": "hier", "au": "2027-01-01"},
        {"du": "2027-01-01"},
    ):
        answer = officer.get("/bilan", **query)
        assert answer.status_code == 422
        assert 'class="field-error"' in answer.text
        assert officer.get("/bilan.pdf", **query).status_code == 404
    for wrong in ({"figure": "x"}, {"figure": "asked", "par": "x"}, {}):
        assert officer.get("/bilan/lignes", **wrong, **WHOLE).status_code == 404
    assert "<td" not in officer.get("/bilan/lignes", figure="asked", par="sdg", valeur="<b>", **WHOLE).text


def test_without_dates_it_is_of_the_last_six_months(enter: Enter) -> None:
    with time_machine.travel("2027-06-30T21:00:00Z", tick=False):
        page = enter("officer").get("/bilan").text
    assert 'value="2027-01-01"' in page
    assert 'value="2027-06-30"' in page
    assert '<a href="/bilan?du=2027-01-01&amp;au=2027-06-30" aria-current="true">' in page
    assert '<a href="/bilan?du=2026-07-01&amp;au=2027-06-30">' in page
    assert '<a href="/bilan?du=&amp;au=2027-06-30">' in page


def test_imported_history_is_a_choice(enter: Enter, files: Files, factory: SessionFactory) -> None:
    with unit_of_work(factory) as session:
        session.query(Application).filter_by(reference=files.late).one().imported = True
    officer = enter("officer")
    for query, count in ((SPRING, 3), ({**SPRING, "importes": "y"}, 4)):
        links = links_of(officer.get("/bilan", **query).text)
        address, written = next(found for found in links if "figure=applications" in found[0])
        assert written == str(count)
        rows = officer.client.get(address).text
        assert (rows.count('<th scope="row">'), files.late in rows) == (count, count == 4)


def test_paper_and_spreadsheet_say_the_same(enter: Enter) -> None:
    officer = enter("officer")
    paper = Paper(officer.get("/bilan.pdf", **SPRING).data)
    assert "90 000 €" in paper.text
    assert "Levier 2" in paper.text
    book = openpyxl.load_workbook(BytesIO(officer.get("/bilan.xlsx", **WHOLE).data))
    assert len(book.worksheets) == 9  # in all, the seven axes, the indicators
    head, totals = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(head) == 1 + len(Figure)
    assert 130_000 in totals
    assert list(book.worksheets[-1].iter_rows(values_only=True))[1][2:] == (12.5, 1)


def test_a_hostile_title_stays_text(enter: Enter, files: Files, factory: SessionFactory) -> None:
    with unit_of_work(factory) as session:
        done = session.query(Application).filter_by(reference=files.done).one()
        done.title = "=1+1<script>alert(1)</script>"
    officer = enter("officer")
    page = officer.get("/bilan/lignes", figure="paid", **WHOLE).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    [_, row] = rows_of(officer.get("/bilan/lignes.xlsx", figure="people", **WHOLE).data)
    assert str(row[1]).endswith("=1+1<script>alert(1)</script>")
