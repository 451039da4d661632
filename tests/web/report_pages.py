"""What the tests of reports share: reports in some state, and their pages as a browser would send them back."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from fund.db import SessionFactory, unit_of_work
from fund.models import Report
from fund.services.steps import take_step
from tests.reporting import planned_report, write_whole
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.reading import sent_of
from tests.web.writing import form_on
from workflows.report import ReportState

SignIn = Callable[[str], Browser]
Make = Callable[[World, Session], Report]
OWN, ACCOUNT = "ecrire/l-essentiel", "compte"


def made(factory: SessionFactory, world: World, make: Make) -> str:
    with unit_of_work(factory) as session:
        return make(world, session).reference


def expected_report(world: World, session: Session) -> Report:
    return world.active_award(session).reports[-1]


def given_report(world: World, session: Session) -> Report:
    return world.submitted_report(session)


def returned_report(world: World, session: Session) -> Report:
    report = given_report(world, session)
    take_step(session, world["officer"], report, "return", inputs={"reason": "Pour essai."})
    return report


def planned(world: World, session: Session) -> Report:
    return planned_report(session, world)


def whole(world: World, session: Session) -> Report:
    report = planned_report(session, world, paid=True)
    write_whole(session, world, report)
    return report


def report_of(factory: SessionFactory, reference: str) -> Report:
    with factory() as session:
        return session.scalars(select(Report).where(Report.reference == reference)).one()


def state_of(factory: SessionFactory, reference: str) -> ReportState:
    return report_of(factory, reference).state


def here(reference: str, page: str = "") -> str:
    return f"/comptes-rendus/{reference}{f'/{page}' if page else ''}"


def drawn(browser: Browser, path: str) -> dict[str, str]:
    """The page's form of writing as it would be sent back."""
    return dict(form_on(browser.get(path).text).items())


def as_script(browser: Browser, path: str, form: dict[str, str]) -> TestResponse:
    sent = {"csrf_token": browser.token(path), **form}
    return browser.client.post(path, data=sent, headers={"Accept": "application/json"})


def send_file(browser: Browser, path: str, **form: object) -> TestResponse:
    sent = {"csrf_token": browser.token(path), **form}
    return browser.client.post(path, data=sent, content_type="multipart/form-data")


def write(browser: Browser, reference: str, page: str, **changes: str) -> tuple[int, str]:
    """Send the page as it is drawn, with changes; ``__`` in a name stands for ``-``."""
    path = here(reference, page)
    form = {**drawn(browser, path), **{name.replace("__", "-"): text for name, text in changes.items()}}
    answer = browser.post(path, form, on=path)
    return answer.status_code, answer.text


def hand_in(browser: Browser, reference: str, **form: str) -> tuple[int, str]:
    path = here(reference, "remise")
    version = sent_of(browser.get(path).text).get("version", ["1"])[-1]
    answer = browser.post(path, {"signatory_name": "Camille Essai", "version": version, **form}, on=path)
    return answer.status_code, answer.text
