"""The schedule of an award as an officer writes it: amounts or shares, days, conditions, reports."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Award
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]
Line = dict[str, str]
REPORT = {"reports-0-due_on": "2028-06-30"}


@pytest.fixture
def drafted(factory: SessionFactory, world: World) -> str:
    """A draft award of 15,000 euros in two tranches."""
    with unit_of_work(factory) as session:
        return world.award(session, title="Jardins du bassin").reference


@pytest.fixture
def offered(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return world.offered_award(session).reference


def award_of(factory: SessionFactory, reference: str) -> Award:
    with factory() as session:
        award = session.scalars(select(Award).where(Award.reference == reference)).one()
        assert award.disbursements
        assert award.reports
        return award


def rows(*lines: Line, **more: str) -> dict[str, str]:
    form = {f"tranches-{index}-{name}": value for index, line in enumerate(lines) for name, value in line.items()}
    return {**REPORT, **form, **more}


def send(sign_in: SignIn, factory: SessionFactory, reference: str, form: dict[str, str]) -> tuple[int, str]:
    path, version = f"/attributions/{reference}/echeancier", award_of(factory, reference).version
    answer = sign_in("officer").post(path, {"version": str(version), **form}, on=path)
    return answer.status_code, answer.text


def test_an_officer_sets_the_schedule(sign_in: SignIn, drafted: str, factory: SessionFactory) -> None:
    form = rows(
        {"amount": "9 000,50", "due_on": "2026-03-01"},
        {"amount": ""},
        {
            "amount": "5999.50",
            "what1": "report-1",
            "what3": "cofinancing_proven",
            "label3": "arrêté de la région",
        },
    )
    form |= {"reports-0-due_on": "2027-06-30", "reports-2-due_on": "2028-06-30"}
    assert send(sign_in, factory, drafted, form)[0] == 303
    with factory() as session:
        award = session.scalars(select(Award)).one()
        first, second = award.live_tranches
        assert (first.amount, first.due_on, first.conditions) == (Decimal("9000.50"), date(2026, 3, 1), [])
        assert [(c.kind.value, c.label, c.report) for c in second.conditions] == [
            ("report_accepted", "", award.reports[0]),
            ("cofinancing_proven", "arrêté de la région", None),
        ]
        assert [(r.due_on, r.final) for r in award.reports] == [
            (date(2027, 6, 30), False),
            (date(2028, 6, 30), True),
        ]
    page = sign_in("officer").get(f"/attributions/{drafted}/echeancier").text
    assert 'value="arrêté de la région"' in page
    assert '<option value="report-1" selected>' in page
    assert 'id="tranches-1-what3"' in page  # one more can be written


@pytest.mark.parametrize("share", ["1/3", "33,33 %", "33.33"])
def test_shares_become_amounts_that_add_up(
    sign_in: SignIn, factory: SessionFactory, world: World, share: str
) -> None:
    with unit_of_work(factory) as session:
        award = world.funded(session, amount=Decimal(10_000)).award
        assert award is not None
        reference = award.reference
    assert send(sign_in, factory, reference, rows(*[{"share": share}] * 3))[0] == 303
    amounts = [tranche.amount for tranche in award_of(factory, reference).live_tranches]
    assert amounts == [Decimal("3333.34"), Decimal("3333.33"), Decimal("3333.33")]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([{"amount": "9000"}, {"amount": "5000"}], "il manque 1\u202f000,00"),
        ([{"amount": "9000"}, {"amount": "7000"}], "il y a 1\u202f000,00\u00a0€ de trop"),
        ([{"amount": "9000"}, {"share": "50 %"}], "il y a 1\u202f500,00\u00a0€ de trop"),
        ([{"share": "40"}, {"share": "40"}], "il manque 3\u202f000,00"),
        ([{"amount": "neuf mille"}], 'href="#tranches-0-amount"'),
        ([{"amount": "9000", "due_on": "2026-02-31"}], 'href="#tranches-0-due_on"'),
        ([{"share": "la moitié"}], 'href="#tranches-0-share"'),
        ([{"share": "0"}], 'href="#tranches-0-share"'),
        ([{"share": "1/0"}], 'href="#tranches-0-share"'),
        ([{"share": "50", "amount": "7500"}, {"amount": "7500"}], 'href="#tranches-0-share"'),
        ([{"what1": "cofinancing_proven"}], 'href="#tranches-0-amount"'),
        ([{"amount": "15000", "label1": "arrêté"}], 'href="#tranches-0-what1"'),
        ([{"amount": "15000", "what1": "perdu"}], 'href="#tranches-0-what1"'),
        ([{"amount": "15000", "what2": "expense_evidence", "label2": "x" * 301}], 'href="#tranches-0-label2"'),
        ([], "Saisissez au moins une tranche."),
        ([{"amount": "1"}] * 25, "24"),
    ],
)
def test_a_bad_schedule_says_why_and_keeps_what_was_typed(
    sign_in: SignIn, drafted: str, factory: SessionFactory, lines: list[Line], told: str
) -> None:
    status, page = send(sign_in, factory, drafted, rows(*lines))
    assert status == 422
    assert told in page
    for line in lines:
        for name, value in line.items():
            assert f'value="{value}"' in page or name.startswith("what")
    assert [t.amount for t in award_of(factory, drafted).live_tranches] == [Decimal(10_000), Decimal(5_000)]


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"tranches-0-what1": "report-2"}, "report-2"),
        ({"reports-0-due_on": ""}, ""),
        ({"reports-1-due_on": "2028-06-30"}, ""),
        ({"reports-1-due_on": "2027-06-30"}, ""),
    ],
)
def test_reports_follow_each_other_and_are_those_that_tranches_wait_for(
    sign_in: SignIn, drafted: str, factory: SessionFactory, more: dict[str, str], what: str
) -> None:
    status, page = send(sign_in, factory, drafted, rows({"amount": "15000"}, **more))
    assert status == 422
    assert "error-summary" in page
    assert f'value="{what}" selected' in page
    assert len(award_of(factory, drafted).live_tranches) == 2


def test_adding_rows_saves_nothing_and_counts_shares(
    sign_in: SignIn, drafted: str, factory: SessionFactory
) -> None:
    status, page = send(sign_in, factory, drafted, rows({"amount": "4000"}, {"share": "20"}, add="1"))
    assert status == 200
    assert 'value="4000"' in page
    assert "3\u202f000,00" in page  # what the share comes to
    assert "8\u202f000,00" in page  # what is missing
    assert 'id="tranches-3-amount"' in page
    assert 'id="reports-1-due_on"' in page
    assert len(award_of(factory, drafted).live_tranches) == 2


def test_a_stale_schedule_is_told_and_kept(sign_in: SignIn, drafted: str, factory: SessionFactory) -> None:
    version = award_of(factory, drafted).version
    form = rows({"amount": "15000", "due_on": "2026-03-01"}, version=str(version - 1))
    status, page = send(sign_in, factory, drafted, form)
    assert status == 409
    assert 'value="15000"' in page
    assert f'name="version" value="{version}"' in page
    assert len(award_of(factory, drafted).live_tranches) == 2


def test_the_schedule_is_the_officers_and_the_drafts(sign_in: SignIn, drafted: str, offered: str) -> None:
    for name in ("applicant", "finance", "auditor", "admin"):
        browser = sign_in(name)
        assert browser.get(f"/attributions/{drafted}/echeancier").status_code == 403
        assert browser.post(f"/attributions/{drafted}/echeancier", {}, on="/compte").status_code == 403
    officer, path = sign_in("officer"), f"/attributions/{offered}/echeancier"
    assert officer.get(path).status_code == 409
    assert officer.post(path, rows({"amount": "15000"}, version="9"), on="/compte").status_code == 409
