"""The budget page: lines as typed, sums by the server, a spreadsheet there and back."""

import html
import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application
from fund.services.writing import raw_answers, save_part
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.filing import load
from tests.web.writing import Writer

SignIn = Callable[[str], Browser]


@pytest.fixture
def budget(sign_in: SignIn, draft: str) -> Writer:
    return Writer(sign_in("applicant"), draft, "budget").open()


def recorded(factory: SessionFactory, reference: str) -> dict[str, Any]:
    with factory() as session:
        file = session.scalars(select(Application).where(Application.reference == reference)).one()
        return raw_answers(file, "budget")


def sums(page: str) -> dict[str, str]:
    found = re.findall(r'data-sum="([a-z-]+)">([^<]*)<', page)
    return {name: re.sub(r"\s", " ", text) for name, text in found}


def fill(budget: Writer) -> Writer:
    """A balanced budget of 60 000 euros, half of it asked from the fund."""
    budget.type(charges__0__account="641", charges__0__label="Animation", charges__0__amount="60 000").save()
    budget.type(products__0__amount="30 000")
    budget.type(products__1__account="742", products__1__label="Région Occitanie", products__1__amount="30 000,00")
    return budget.type(products__1__status="asked").save()


def test_lines_are_saved_and_added_up(budget: Writer, factory: SessionFactory, draft: str) -> None:
    fill(budget)
    assert recorded(factory, draft)["products"][0] == {
        "account": "74",
        "fund": "yes",
        "label": "",
        "amount": "30 000",
    } | {name: "" for name in recorded(factory, draft)["products"][0] if name in ("status", "evidence")}
    shown = sums(budget.page)
    assert shown["charges"] == "60 000,00 €"
    assert shown["balance"] == "0,00 €"
    assert shown["rate"] == "50 %"
    assert "Le budget est équilibré et complet" in budget.page
    file = load(factory, draft)
    assert (file.total_budget, file.requested_amount) == (Decimal(60_000), Decimal(30_000))
    assert "Qui finance le projet" in budget.page


def test_what_does_not_fit_together_is_said_in_words(budget: Writer) -> None:
    fill(budget)
    budget.type(charges__1__account="864", charges__1__amount="500", products__1__amount="29 000").save()
    assert "Il manque 1\u202f000,00\u00a0€ de produits" in budget.page
    assert "au compte 86" in budget.page
    budget.type(charges__0__amount="beaucoup").save()
    assert budget.fields["charges-0-amount"] == "beaucoup"
    problem = re.search(r'id="q-charges-0-amount-error".*?</div>', budget.page, re.DOTALL)
    assert problem is not None
    assert "montant en euros" in problem[0]


def test_a_line_is_removed_without_javascript_but_not_the_fund_s(
    budget: Writer, factory: SessionFactory, draft: str
) -> None:
    fill(budget)
    assert 'value="products-0"' not in budget.page
    answer = budget.send(_remove="products-1")
    assert answer.headers["Location"].endswith("/ecrire/budget#q-products")
    assert [row["account"] for row in recorded(factory, draft)["products"]] == ["74"]


def test_the_page_sent_back_untouched_changes_nothing(
    budget: Writer, factory: SessionFactory, world: World, draft: str
) -> None:
    budget.save()
    assert recorded(factory, draft) == {}
    odd = {
        "charges": [{"account": "999", "amount": "x"}, {}, {"account": "601"}],
        "products": [
            {"account": "741", "fund": "yes", "amount": "3"},
            {"account": "749", "status": "granted", "evidence": "PI-2", "amount": "1"},
        ],
    }
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == draft)).one()
        save_part(session, world["applicant"], file, "budget", odd, base=0)
    budget.open().save()
    assert recorded(factory, draft) == odd


def test_two_people_in_one_side_see_both(
    sign_in: SignIn, budget: Writer, factory: SessionFactory, draft: str
) -> None:
    other = Writer(sign_in("stranger"), draft, "budget").open()
    fill(budget)
    answer = other.type(charges__0__account="601", charges__0__amount="5").send()
    assert answer.status_code == 409
    assert "Animation" in answer.text
    other.take(answer.text)
    assert other.fields["charges-0-amount"] == "5"
    assert other.fields["products-0-amount"] == "30 000"  # untouched by her: as the other wrote it
    other.type(_keep__charges="theirs").save()
    assert recorded(factory, draft)["charges"][0]["label"] == "Animation"
    told = other.autosave("charges", "charges-0-account", charges__0__amount="7")
    assert told.status_code == 200


def test_the_script_gets_the_sums_anew(budget: Writer) -> None:
    told = budget.autosave("charges", charges__0__account="641", charges__0__amount="12,5").get_json()
    assert sums(told["fragments"]["sums"])["charges"] == "12,50 €"
    assert "Le budget" in told["fragments"]["parts"]
    faulty = budget.open().autosave("charges", "charges-0-account", charges__0__amount="x").get_json()
    assert list(faulty["problems"]) == ["charges-0-amount"]


def upload(budget: Writer, content: bytes, name: str) -> Any:
    sent = {"csrf_token": budget.fields["csrf_token"], "file": (io.BytesIO(content), name)}
    return budget.browser.client.post(f"{budget.path}/import", data=sent, content_type="multipart/form-data")


def confirm(budget: Writer, page: str) -> Any:
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    return budget.browser.client.post(
        f"{budget.path}/import", data={name: html.unescape(value) for name, value in hidden.items()}
    )


def test_the_spreadsheet_goes_out_and_comes_back(budget: Writer, factory: SessionFactory, draft: str) -> None:
    fill(budget)
    sheet = budget.browser.get(f"/mes-dossiers/{draft}/ecrire/budget.xlsx")
    assert sheet.status_code == 200
    assert f"filename=budget-{draft}.xlsx" in sheet.headers["Content-Disposition"]
    book = load_workbook(io.BytesIO(sheet.data))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    next(cell for cell in cells if cell.value == 60_000).value = 61_000
    changed = io.BytesIO()
    book.save(changed)
    page = upload(budget, changed.getvalue(), "budget.xlsx")
    assert page.status_code == 200
    assert "3 lignes seraient reprises" in page.text
    assert "61000.00" in page.text
    assert recorded(factory, draft)["charges"][0]["amount"] == "60 000"  # not before it is confirmed
    assert confirm(budget, page.text).status_code == 303
    assert recorded(factory, draft)["charges"][0]["amount"] == "61000.00"
    assert load(factory, draft).total_budget == Decimal(61_000)


def test_what_a_spreadsheet_cannot_give_is_named_line_by_line(budget: Writer) -> None:
    rows = "Compte;Précision;Montant\n601;Bois;1200\n999;Rien;5\n604;=HYPERLINK(1);abc\n"
    page = upload(budget, rows.encode(), "budget.csv").text
    assert "1 ligne serait reprise" in page
    assert "ne comporte pas ce compte" in page
    assert "=HYPERLINK" not in page or "&gt;" not in page
    nothing = upload(budget, b"%PDF-1.7", "budget.xlsx").text
    assert "Aucune ligne ne peut être reprise" in nothing
    empty = budget.browser.post(f"{budget.path}/import", on="/compte")
    assert empty.status_code == 303


def test_a_budget_changed_between_reading_and_confirming_is_not_replaced(
    sign_in: SignIn, budget: Writer, factory: SessionFactory, draft: str
) -> None:
    page = upload(budget, b"Compte;Montant\n601;1200\n", "budget.csv").text
    other = Writer(sign_in("stranger"), draft, "budget").open()
    other.type(charges__0__account="604", charges__0__amount="7").save()
    answer = confirm(budget, page)
    assert answer.status_code == 303
    assert "rien n’a été repris" in budget.open().page
    assert recorded(factory, draft)["charges"][0]["amount"] == "7"


@pytest.mark.parametrize(
    "raw", ["", "[]", "{}", '{"charges": {}}', "[" * 100_000, '{"charges": ["x"], "products": []}']
)
def test_lines_that_were_tampered_with_break_nothing(budget: Writer, raw: str) -> None:
    answer = budget.browser.post(f"{budget.path}/import", {"raw": raw}, on="/compte")
    assert answer.status_code == 303
    assert budget.open().page
