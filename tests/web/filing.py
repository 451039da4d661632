"""What the tests of the applicant's pages share: reading a file back, and sending its form."""

import re

from sqlalchemy import select
from werkzeug.test import TestResponse

from fund.db import SessionFactory
from fund.models import Application
from tests.web.conftest import Browser


def load(factory: SessionFactory, reference: str) -> Application:
    with factory() as session:
        application = session.scalars(select(Application).where(Application.reference == reference)).one()
        for member in application.members:
            assert member.organisation
        return application


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="(-?\d+)"', page)
    assert found is not None
    return found[1]


def send(browser: Browser, reference: str, **typed: str) -> TestResponse:
    """Send the form of the file as a person who opened it just now."""
    path = f"/mes-dossiers/{reference}/modifier"
    sent = {"version": version_on(browser.get(path).text), **typed}
    return browser.post(path, {name.replace("__", "-"): value for name, value in sent.items()}, on=path)
