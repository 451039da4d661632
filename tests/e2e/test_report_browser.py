"""A report in a real browser: saved while typing, differences compared at once, explained where they are large."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Report
from tests.e2e.conftest import Visitor, assert_soon, follow
from tests.reporting import planned_report, write_whole
from tests.scenario import World
from workflows.report import ReportState

Visit = Callable[..., Visitor]


@pytest.fixture
def begun(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return planned_report(session, world).reference


@pytest.fixture
def written(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        report = planned_report(session, world, paid=True)
        write_whole(session, world, report)
        return report.reference


def report_of(factory: SessionFactory, reference: str) -> Report:
    with factory() as session:
        return session.scalars(select(Report).where(Report.reference == reference)).one()


def test_a_difference_is_shown_while_typing_and_its_explanation_asked_for(
    visit: Visit, begun: str, factory: SessionFactory
) -> None:
    page = visit("applicant", script=True).open(f"/comptes-rendus/{begun}/compte")
    because = page.locator("[name=because_64]")
    expect(page.locator("[name=charges-1-label]")).to_have_value("Animation")
    page.locator("[name=charges-0-amount]").fill("10 000")
    page.locator("[name=charges-1-amount]").fill("29 000")
    expect(page.locator("#sums")).to_contain_text("29\u202f000,00")
    expect(because).to_be_hidden()
    page.locator("[name=charges-1-amount]").fill("20 000")
    expect(because).to_be_visible()
    because.fill("Le poste a été pourvu en avril.")
    assert_soon(lambda: report_of(factory, begun).explanations == {"64": "Le poste a été pourvu en avril."})
    # A line of its own for what was not planned, without a page in between.
    page.get_by_role("button", name="Ajouter une ligne (Charges)").click()
    page.locator("[name=charges-3-account]").select_option("616")
    page.locator("[name=charges-3-amount]").fill("300")
    expect(page.locator("[name=because_61]")).to_be_visible()
    assert report_of(factory, begun).realised["charges"][3]["account"] == "616"


def test_a_report_is_handed_in_and_accepted_without_a_script(
    visit: Visit, written: str, factory: SessionFactory
) -> None:
    applicant = visit("applicant")
    page = applicant.open(f"/comptes-rendus/{written}")
    expect(page.get_by_role("main")).to_contain_text("Rien ne manque")
    page.goto(f"{applicant.address}/comptes-rendus/{written}/remise")
    page.locator("[name=signatory_function]").fill("Présidente")
    follow(page.locator("form:has([name=signatory_name]) button[type=submit]"))
    expect(page.get_by_role("main")).to_contain_text("Commencer par le terrain.")
    assert report_of(factory, written).state is ReportState.SUBMITTED
    officer = visit("officer")
    officer.open(f"/comptes-rendus/{written}")
    officer.press("Accepter le compte rendu")
    assert report_of(factory, written).state is ReportState.ACCEPTED


@pytest.mark.parametrize("phone", [False, True])
def test_its_pages_are_accessible_and_fit_their_window(visit: Visit, written: str, *, phone: bool) -> None:
    applicant, officer = visit("applicant", phone=phone, script=True), visit("officer", phone=phone, script=True)
    pages = ("", "/compte", "/ecrire/l-essentiel", "/ecrire/results", "/documents", "/remise")
    for visitor, path in [*((applicant, path) for path in pages), (officer, "")]:
        visitor.open(f"/comptes-rendus/{written}{path}")
        assert visitor.violations() == []
        assert not visitor.overflows(), path
