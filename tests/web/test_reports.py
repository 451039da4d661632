"""Reports: the alliance writes and hands in, an officer reads, accepts or sends back."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Report
from tests.scenario import World
from tests.services.makers import expected_report, given_report, returned_report
from tests.web.conftest import Browser
from workflows.report import ReportState

SignIn = Callable[[str], Browser]
Make = Callable[[World, Session], Report]


def made(factory: SessionFactory, world: World, make: Make) -> str:
    with unit_of_work(factory) as session:
        return make(world, session).reference


def report_of(factory: SessionFactory, reference: str) -> Report:
    with factory() as session:
        return session.scalars(select(Report).where(Report.reference == reference)).one()


@pytest.fixture
def expected(factory: SessionFactory, world: World) -> str:
    return made(factory, world, expected_report)


def write(browser: Browser, reference: str, **form: str) -> tuple[int, str]:
    path = f"/comptes-rendus/{reference}"
    answer = browser.post(path, form, on=path)
    return answer.status_code, answer.text


def test_who_sees_a_report(sign_in: SignIn, expected: str) -> None:
    path = f"/comptes-rendus/{expected}"
    for name in ("officer", "finance", "auditor", "admin", "applicant"):
        assert sign_in(name).get(path).status_code == 200
    assert sign_in("stranger").get(path).status_code == 404
    assert sign_in("reviewer").get(path).status_code == 403


def test_an_unfinished_report_is_saved(sign_in: SignIn, expected: str, factory: SessionFactory) -> None:
    applicant, version = sign_in("applicant"), str(report_of(factory, expected).version)
    status, _ = write(applicant, expected, narrative="Nous avons commencé.", version=version)
    assert status == 303
    assert "Nous avons commencé." in applicant.get(f"/comptes-rendus/{expected}").text
    assert report_of(factory, expected).state is ReportState.EXPECTED


def test_handing_in_too_early_saves_the_text_and_says_what_is_missing(
    sign_in: SignIn, expected: str, factory: SessionFactory
) -> None:
    version = str(report_of(factory, expected).version)
    status, page = write(sign_in("applicant"), expected, narrative="Presque.", version=version, submit="1")
    assert status == 409
    assert 'href="#spent_amount"' in page
    found = report_of(factory, expected)
    assert found.narrative == "Presque."
    assert found.state is ReportState.EXPECTED
    assert f'name="version" value="{found.version}"' in page


def test_a_whole_report_is_handed_in_and_accepted(sign_in: SignIn, expected: str, factory: SessionFactory) -> None:
    applicant, officer, here = sign_in("applicant"), sign_in("officer"), f"/comptes-rendus/{expected}"
    form = {"narrative": "Tout est fait.", "spent_amount": "39 000,50", "people_reached": "120", "submit": "1"}
    status, _ = write(applicant, expected, **form, version=str(report_of(factory, expected).version))
    assert status == 303
    found = report_of(factory, expected)
    assert found.state is ReportState.SUBMITTED
    assert found.spent_amount == Decimal("39000.50")
    assert "<textarea" not in applicant.get(here).text
    page = officer.get(here).text
    assert "Tout est fait." in page
    assert "39\u202f000,50" in page
    assert "Accepter le compte rendu" in page
    answer = officer.post(f"/etapes/report/{expected}/accept", {"version": str(found.version)}, on=here)
    assert answer.status_code == 303
    assert report_of(factory, expected).state is ReportState.ACCEPTED


def test_a_returned_report_says_why_and_goes_back(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, returned_report)
    applicant = sign_in("applicant")
    assert "Pour essai." in applicant.get(f"/comptes-rendus/{reference}").text
    version = str(report_of(factory, reference).version)
    status, _ = write(
        applicant, reference, narrative="Corrigé.", spent_amount="39000", version=version, submit="1"
    )
    assert status == 303
    assert report_of(factory, reference).state is ReportState.SUBMITTED


def test_a_return_needs_its_reason(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, given_report)
    officer, version = sign_in("officer"), str(report_of(factory, reference).version)
    answer = officer.post(
        f"/etapes/report/{reference}/return",
        {"version": version, "reason": " "},
        on=f"/comptes-rendus/{reference}",
    )
    assert answer.status_code == 409
    assert report_of(factory, reference).state is ReportState.SUBMITTED


def test_a_bad_amount_keeps_what_was_typed(sign_in: SignIn, expected: str, factory: SessionFactory) -> None:
    version = str(report_of(factory, expected).version)
    status, page = write(
        sign_in("applicant"), expected, narrative="Un long récit.", spent_amount="peu", version=version
    )
    assert status == 422
    assert "Un long récit." in page
    assert 'value="peu"' in page
    assert report_of(factory, expected).narrative == ""


def test_a_change_meanwhile_is_told_and_loses_nothing(
    sign_in: SignIn, expected: str, factory: SessionFactory
) -> None:
    applicant, version = sign_in("applicant"), report_of(factory, expected).version
    assert write(applicant, expected, narrative="Le premier.", version=str(version))[0] == 303
    status, page = write(applicant, expected, narrative="Le second.", version=str(version))
    assert status == 409
    assert "Le second." in page
    assert "entre-temps" in page
    now = report_of(factory, expected)
    assert now.narrative == "Le premier."
    assert f'name="version" value="{now.version}"' in page


def test_nobody_else_writes(sign_in: SignIn, expected: str, factory: SessionFactory) -> None:
    for name, status in (("officer", 403), ("finance", 403), ("stranger", 404)):
        answer = sign_in(name).post(f"/comptes-rendus/{expected}", {"narrative": "Moi."}, on="/compte")
        assert answer.status_code == status
    refused = sign_in("applicant").client.post(f"/comptes-rendus/{expected}", data={"narrative": "Sans jeton."})
    assert refused.status_code == 400
    assert report_of(factory, expected).narrative == ""


def test_a_report_in_hand_is_no_longer_written(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, given_report)
    version = str(report_of(factory, reference).version)
    answer = sign_in("applicant").post(
        f"/comptes-rendus/{reference}", {"narrative": "Autre chose.", "version": version}, on="/compte"
    )
    assert answer.status_code == 409
    assert report_of(factory, reference).narrative == "Tout est fait."


def test_late_reports_lead_the_list_and_say_so(sign_in: SignIn, expected: str) -> None:
    assert "En retard" not in sign_in("officer").get("/comptes-rendus").text
    with time_machine.travel(datetime(2028, 7, 1, 8, tzinfo=UTC)):
        officer = sign_in("officer")
        assert "En retard" in officer.get("/comptes-rendus").text
        assert "Ce compte rendu est en retard" in officer.get(f"/comptes-rendus/{expected}").text


def test_the_list_filters_and_shows_each_their_own(sign_in: SignIn, expected: str) -> None:
    officer = sign_in("officer")
    assert expected in officer.get("/comptes-rendus", etat="expected").text
    assert expected not in officer.get("/comptes-rendus", etat="accepted").text
    assert officer.get("/comptes-rendus", etat="perdu").status_code == 404
    assert expected in sign_in("applicant").get("/comptes-rendus").text
    assert expected not in sign_in("stranger").get("/comptes-rendus").text
