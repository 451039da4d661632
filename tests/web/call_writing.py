"""What the tests of the call desk share: the example call in the database, and pages sent back as forms."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from fund.db import SessionFactory, unit_of_work
from fund.forms.content import read_yaml
from fund.forms.definition import CallContent
from fund.models import Call
from fund.services import call_versions
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.reading import sent_of

SignIn = Callable[[str], Browser]
Written = Callable[[str], CallContent]
EXAMPLE = Path(__file__).parents[2] / "config" / "calls" / "exemple.yaml"
NEW = "/gestion/appels/nouveau"


def example() -> CallContent:
    return read_yaml(EXAMPLE.read_text(encoding="utf-8"))


@pytest.fixture
def draft(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        funder_id = session.get_one(Call, world.call_id).funder_id
        call = call_versions.create_from_content(session, world["officer"], example(), funder_id=funder_id)
        return call.reference


@pytest.fixture
def published(factory: SessionFactory, world: World, draft: str) -> str:
    with unit_of_work(factory) as session:
        call = session.scalars(select(Call).where(Call.reference == draft)).one()
        take_step(session, world["officer"], call, "publish")
    return draft


@pytest.fixture
def officer(sign_in: SignIn) -> Browser:
    return sign_in("officer")


@pytest.fixture
def written(factory: SessionFactory) -> Written:
    """What an officer goes on writing of a call."""

    def read(reference: str) -> CallContent:
        with factory() as session:
            call = session.scalars(select(Call).where(Call.reference == reference)).one()
            return call_versions.revised_content(call)

    return read


def edit(browser: Browser, path: str, **changes: str | list[str] | None) -> TestResponse:
    """Open the page, change these controls (None: not sent), send its form."""
    page = browser.get(path)
    assert page.status_code == 200, page.text
    sent: dict[str, Any] = sent_of(page.text)
    for name, value in changes.items():
        sent[name.replace("__", ".")] = value
    return browser.client.post(path, data={name: value for name, value in sent.items() if value is not None})


def part(reference: str, name: str) -> str:
    return f"/gestion/appels/{reference}/modifier/{name}"
