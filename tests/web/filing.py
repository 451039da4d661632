"""What the tests of the applicant's pages share: reading a file back, and its version on a page."""

import re

from sqlalchemy import select

from fund.db import SessionFactory
from fund.models import Application


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
