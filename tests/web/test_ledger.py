"""The pages of the ledger: who reads them, what they add up to, and that each figure leads to its entries."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from html import unescape
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import Engine, select, text

from fund.db import SessionFactory, unit_of_work
from fund.models import Award, Call, LedgerCheck
from fund.services import interests
from fund.services.ledger_check import run_check
from fund.services.listing import PAGE_SIZE
from tests.scenario import World
from tests.services.makers import published_call, today
from tests.web.conftest import Browser
from tests.web.counting import count_statements

SignIn = Callable[[str], Browser]
PAGES = ("/comptes", "/comptes/ecritures", "/comptes/controle")
FILES = ("/comptes/ecritures.fec", "/comptes/ecritures.xlsx")
YESTERDAY, TOMORROW = ((today() + timedelta(days=days)).isoformat() for days in (-1, 1))


@pytest.fixture
def paid(factory: SessionFactory, world: World) -> str:
    """An award of 15,000 euros, all of it paid."""
    with unit_of_work(factory) as session:
        return world.paid_award(session).reference


def one_more(factory: SessionFactory, world: World) -> None:
    """A call more, and an award that is paid."""
    with unit_of_work(factory) as session:
        published_call(world, session)
        world.paid_award(session)


def words_of(page: str) -> str:
    """What a reader sees: every amount without its spaces."""
    text_alone = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))
    return re.sub(r"(?<=\d)\s(?=\d)|\s(?=€)", "", text_alone)


def links_to_entries(page: str) -> list[tuple[str, Decimal]]:
    """Each amount that leads to its entries: the address, and the amount."""
    found = re.findall(r'<a href="(/comptes/ecritures\?[^"]*)">([^<]*)<span', page)
    return [(unescape(address), euros(amount)) for address, amount in found]


def euros(shown: str) -> Decimal:
    return Decimal(re.sub(r"[^\d,−-]", "", unescape(shown)).replace(",", ".").replace("−", "-"))


# --- who reads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "page_status", "file_status", "checks"),
    [
        ("finance", 200, 200, True),
        ("admin", 200, 200, True),
        ("auditor", 200, 200, False),
        ("officer", 200, 403, False),
        ("applicant", 403, 403, False),
        ("reviewer", 403, 403, False),
        ("chair", 403, 403, False),
    ],
)
def test_who_reads_takes_away_and_checks(
    sign_in: SignIn, paid: str, name: str, page_status: int, file_status: int, checks: bool
) -> None:
    browser = sign_in(name)
    assert {browser.get(page).status_code for page in PAGES} == {page_status}
    assert {browser.get(file).status_code for file in FILES} == {file_status}
    assert browser.post("/comptes/controle", on="/compte").status_code == (303 if checks else 403)
    assert (file_status == 200) is ("/comptes/ecritures.fec" in browser.get("/comptes/ecritures").text)
    assert checks is ('action="/comptes/controle"' in browser.get("/comptes/controle").text)
    assert ('href="/comptes"' in browser.get("/compte").text) is (name in ("finance", "admin", "auditor"))


def test_whoever_is_not_signed_in_is_asked_to(browser: Browser) -> None:
    for page in (*PAGES, *FILES):
        assert "/connexion" in browser.get(page).headers["Location"]


# --- balances ----------------------------------------------------------------------------------------------------


def test_the_balances_of_the_fund_and_of_its_calls(sign_in: SignIn, paid: str) -> None:
    page = sign_in("finance").get("/comptes").text
    words = words_of(page)
    for amount in ("200000,00€", "185000,00€", "15000,00€"):
        assert words.count(amount) >= 2  # of the fund, and of the call
    assert '<div class="picture"' in page
    assert "<details" in page


def test_a_past_day_has_its_own_balances(sign_in: SignIn, paid: str) -> None:
    finance = sign_in("finance")
    assert "15000,00€" not in words_of(finance.get("/comptes", jour=YESTERDAY).text)
    assert words_of(finance.get("/comptes", jour=TOMORROW).text).count("15000,00€") >= 2
    assert finance.get("/comptes", jour="demain").status_code == 422
    assert finance.get("/comptes", page="nulle-part").status_code == 422


def test_every_amount_is_the_sum_of_the_entries_that_it_leads_to(
    sign_in: SignIn, factory: SessionFactory, world: World, paid: str, call_reference: str
) -> None:
    one_more(factory, world)
    auditor = sign_in("auditor")
    for path in ("/comptes", f"/comptes/appels/{call_reference}"):
        links = links_to_entries(auditor.get(path, jour=today().isoformat()).text)
        assert len(links) > 12
        for address, amount in links:
            page = auditor.client.get(address).text
            strong = re.findall(r"<strong>([^<]*)</strong>", page)
            # What opened the envelopes left the endowment: that account is below nought by as much.
            sign = -1 if "compte=endowment" in address else 1
            assert (euros(strong[3]) * sign if strong else 0) == amount, address


def test_a_call_has_the_balances_of_its_awards(sign_in: SignIn, paid: str, call_reference: str) -> None:
    finance = sign_in("finance")
    page = finance.get(f"/comptes/appels/{call_reference}").text
    assert f'href="/attributions/{paid}"' in page
    assert "15000,00€" in words_of(page)
    empty = finance.get(f"/comptes/appels/{call_reference}", jour=YESTERDAY).text
    assert f'href="/attributions/{paid}"' not in empty
    assert finance.get("/comptes/appels/AP-AUCU-NUNN").status_code == 404
    assert finance.get(f"/comptes/appels/{call_reference}", jour="x").status_code == 422


def test_awards_of_files_that_she_keeps_off_are_counted_and_not_shown(
    sign_in: SignIn, factory: SessionFactory, world: World, paid: str, call_reference: str
) -> None:
    with unit_of_work(factory) as session:
        award = session.scalars(select(Award).where(Award.reference == paid)).one()
        interests.declare(session, world["finance"], award.application, "Ma sœur y travaille.")
    finance = sign_in("finance")
    page = finance.get(f"/comptes/appels/{call_reference}").text
    assert paid not in page
    assert "Une attribution n’est pas montrée" in page
    assert "15000,00€" in words_of(page)  # the sums of the call are whole
    entries = finance.get("/comptes/ecritures").text
    assert paid not in entries
    assert "5 écritures ne sont pas montrées" in entries
    assert finance.get("/comptes/ecritures", attribution=paid).status_code == 422


# --- entries -----------------------------------------------------------------------------------------------------


def test_entries_have_two_sides_and_lead_to_what_they_book(
    sign_in: SignIn, paid: str, call_reference: str
) -> None:
    page = sign_in("finance").get("/comptes/ecritures").text
    assert page.count('<th scope="row">') == 12
    assert f'href="/attributions/{paid}"' in page
    assert f'href="/comptes/appels/{call_reference}"' in page
    assert page.count('href="/versements/VE-') == 4
    words = words_of(page)
    assert words.count("245000,00€") == 2


def test_entries_are_found_by_call_award_account_and_period(
    sign_in: SignIn, factory: SessionFactory, world: World, paid: str, call_reference: str
) -> None:
    one_more(factory, world)
    finance = sign_in("finance")

    def count(**asked: str) -> int:
        answer = finance.get("/comptes/ecritures", **asked)
        assert answer.status_code == 200
        return answer.text.count('<th scope="row">')

    assert count() == 24
    assert count(appel=call_reference) == 22
    assert count(attribution=paid) == count(attribution=f" {paid.lower()} ") == 10
    assert count(attribution=paid, compte="paid") == 2
    assert count(du=TOMORROW) == count(au=YESTERDAY) == 0
    assert count(du=today().isoformat(), au=today().isoformat()) == 24
    for wrong in (
        {"du": TOMORROW, "au": YESTERDAY},
        {"du": "hier"},
        {"appel": "AP-AUCU-NUNN"},
        {"attribution": "AT-AUCU-NENN"},
        {"page": "nulle-part"},
    ):
        assert finance.get("/comptes/ecritures", **wrong).status_code == 422, wrong
    assert finance.get("/comptes/ecritures", compte="ailleurs").status_code == 404


def test_the_list_goes_on_with_its_filters(
    sign_in: SignIn, factory: SessionFactory, world: World, paid: str
) -> None:
    for _ in range(8):
        one_more(factory, world)
    finance = sign_in("finance")
    page = finance.get("/comptes/ecritures", compte="committed").text
    [following] = re.findall(r'href="(/comptes/ecritures\?[^"]*page=[^"]*)"', page)
    assert page.count('<th scope="row">') == 25
    assert "compte=committed" in unescape(following)


def test_the_files_hold_what_the_page_shows(sign_in: SignIn, paid: str) -> None:
    auditor = sign_in("auditor")
    page = auditor.get("/comptes/ecritures", attribution=paid, compte="paid").text
    fec, sheet = (
        unescape(address) for address in re.findall(r'href="(/comptes/ecritures\.(?:fec|xlsx)\?[^"]*)"', page)
    )
    answer = auditor.client.get(fec)
    head, *lines = [line.split("\t") for line in answer.text.splitlines()]
    assert (answer.mimetype, len(head), len(lines)) == ("text/plain", 18, 4)
    assert re.search(r'filename="comptes-subventions-[\d-]+\.txt"', answer.headers["Content-Disposition"])
    debit, credit = (
        sum(Decimal(line[head.index(side)].replace(",", ".")) for line in lines) for side in ("Debit", "Credit")
    )
    assert debit == credit == 15_000
    book = openpyxl.load_workbook(BytesIO(auditor.client.get(sheet).data))
    assert book.worksheets[0].max_row == 5
    assert auditor.get("/comptes/ecritures.fec", du="hier").status_code == 422


def test_a_spreadsheet_that_would_lose_lines_is_not_made(
    sign_in: SignIn, paid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fund.web.ledger.entries.SHEET_LINES", 5)
    finance = sign_in("finance")
    answer = finance.get("/comptes/ecritures.xlsx", attribution=paid)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/comptes/ecritures?attribution={paid}")
    assert "Choisissez une période plus courte" in finance.get("/comptes/ecritures").text


# --- checks ------------------------------------------------------------------------------------------------------


def test_a_check_is_run_and_kept(sign_in: SignIn, factory: SessionFactory, paid: str) -> None:
    finance = sign_in("finance")
    assert "Aucun contrôle" in finance.get("/comptes/controle").text
    assert finance.post("/comptes/controle", on="/comptes/controle").status_code == 303
    page = finance.get("/comptes/controle").text
    assert "Tout concorde" in page
    assert "6 écritures ont été comparées" in page
    with factory() as session:
        assert [done.fault_count for done in session.scalars(select(LedgerCheck))] == [0]


def tamper(engine: Engine) -> None:
    """Past the triggers, as only a superuser can: one state that holds its euros where they were."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE awards SET state = 'suspended'"))


def test_what_was_found_is_told_in_words_beside_its_file(sign_in: SignIn, engine: Engine, paid: str) -> None:
    tamper(engine)
    finance = sign_in("finance")
    finance.post("/comptes/controle", on="/comptes/controle")
    page = sign_in("officer").get("/comptes/controle").text
    assert "Un écart" in page
    assert f'href="/attributions/{paid}"' in page
    assert "Son état est «\u00a0suspendue\u00a0»" in page.lower().replace("son état", "Son état")


def test_what_was_found_of_a_file_that_she_keeps_off_is_not_told(
    sign_in: SignIn, factory: SessionFactory, engine: Engine, world: World, paid: str
) -> None:
    with unit_of_work(factory) as session:
        award = session.scalars(select(Award).where(Award.reference == paid)).one()
        interests.declare(session, world["finance"], award.application, "Ma sœur y travaille.")
    tamper(engine)
    with unit_of_work(factory) as session:
        run_check(session)
    page = sign_in("finance").get("/comptes/controle").text
    assert paid not in page
    assert "Son état" not in page
    assert "une autre personne doit l’examiner" in page


# --- cost --------------------------------------------------------------------------------------------------------


def test_the_pages_ask_as_much_for_many(
    sign_in: SignIn, factory: SessionFactory, engine: Engine, world: World, paid: str, call_reference: str
) -> None:
    tamper(engine)
    finance = sign_in("finance")
    pages = (*PAGES, f"/comptes/appels/{call_reference}")

    def asked() -> dict[str, int]:
        with unit_of_work(factory) as session:
            run_check(session)
        for page in pages:
            finance.get(page)
        return {page: count_statements(lambda page=page: finance.get(page)) for page in pages}  # type: ignore[misc]  # bound now

    few = asked()
    for _ in range(3):
        one_more(factory, world)
    tamper(engine)
    assert asked() == few
    assert max(few.values()) < 15


def test_calls_go_on_over_pages(
    sign_in: SignIn, factory: SessionFactory, world: World, paid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(factory) as session:
        for _ in range(PAGE_SIZE + 1):
            published_call(world, session)
        count = len(session.scalars(select(Call.id)).all())
    finance = sign_in("finance")
    first = finance.get("/comptes", jour=today().isoformat()).text
    [following] = re.findall(r'href="(/comptes\?[^"]*page=[^"]*)"', first)
    second = finance.client.get(unescape(following)).text
    assert f"jour={today().isoformat()}" in following
    assert first.count('<th scope="row"><a href="/comptes/appels/') == PAGE_SIZE
    assert second.count('<th scope="row"><a href="/comptes/appels/') == count - PAGE_SIZE
