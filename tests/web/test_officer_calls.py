"""The desk of calls: who sees it, announcing a call, giving one draft more time."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Call
from fund.models.base import utc_now
from fund.services import calls
from tests.scenario import World
from tests.web.conftest import Browser
from workflows.call import CallState

SignIn = Callable[[str], Browser]
NEW = "/gestion/appels/nouveau"


def at(days: int) -> str:
    return (utc_now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def draft(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        call = calls.create_call(
            session,
            world["officer"],
            funder_id=session.get_one(Call, world.call_id).funder_id,
            title_fr="Alliances pour l’eau",
            title_en="Alliances for water",
            opens_at=utc_now() + timedelta(days=2),
            closes_at=utc_now() + timedelta(days=30),
            envelope=Decimal(90_000),
            min_grant=Decimal(1_000),
            max_grant=Decimal(30_000),
            criteria=[{"label_fr": "Eau", "label_en": "Water", "weight": Decimal("62.5"), "scale_max": 5}],
        )
        return call.reference


def test_an_officer_announces_a_call_that_is_whole(
    sign_in: SignIn, factory: SessionFactory, world: World, draft: str
) -> None:
    officer = sign_in("officer")
    page = f"/gestion/appels/{draft}"
    step = f"/etapes/call/{draft}/publish"
    with factory() as session:
        version = session.scalars(select(Call.version).where(Call.reference == draft)).one()
    refused = officer.post(step, {"version": str(version)}, on=page)
    assert refused.status_code == 409  # no summary, and a rubric that weighs 62.5
    with unit_of_work(factory) as session:
        call = session.scalars(select(Call).where(Call.reference == draft)).one()
        rubric = [{"label_fr": "Eau", "label_en": "Water", "weight": Decimal(100), "scale_max": 5}]
        calls.edit_call(session, world["officer"], call, summary_fr="R", summary_en="S", criteria=rubric)
        session.flush()
        version = call.version
    assert officer.post(step, {"version": str(version)}, on=page).status_code == 303
    with factory() as session:
        call = session.scalars(select(Call).where(Call.reference == draft)).one()
        assert call.state is CallState.PUBLISHED
        assert call.published_version is not None


@pytest.mark.parametrize("name", ["finance", "auditor", "admin"])
def test_staff_read_calls_but_do_not_write_them(sign_in: SignIn, draft: str, name: str) -> None:
    person = sign_in(name)
    assert draft in person.get("/gestion/appels").text
    assert person.get(f"/gestion/appels/{draft}").status_code == 200
    assert person.get(NEW).status_code == 403
    assert person.post(NEW, {"title.fr": "X"}, on="/").status_code == 403


@pytest.mark.parametrize("name", ["applicant", "reviewer", "chair"])
def test_nobody_else_sees_the_desk(sign_in: SignIn, draft: str, name: str) -> None:
    assert sign_in(name).get("/gestion/appels").status_code == 403
    assert sign_in(name).get(f"/gestion/appels/{draft}").status_code == 403


def test_one_draft_gets_more_time_by_its_reference_alone(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        file = world.draft(session, title="Rien que pour nous").reference
        reference = session.get_one(Call, world.call_id).reference
    officer = sign_in("officer")
    address = f"/gestion/appels/{reference}/delai"
    wrong = officer.post(address, {"reference": "DO-XXXX-XXXX", "until": at(20), "reason": "Crue."}, on=address)
    assert wrong.status_code == 422
    assert "Crue." in wrong.text
    early = officer.post(address, {"reference": file, "until": at(5), "reason": "Crue."}, on=address)
    assert early.status_code == 422
    assert 'id="until-error"' in early.text
    right = officer.post(address, {"reference": file.lower(), "until": at(20), "reason": "Crue."}, on=address)
    assert right.status_code == 303
    page = officer.get(right.location).text
    assert file in page
    assert "Rien que pour nous" not in page
    with factory() as session:
        until = session.scalars(select(Application.extended_to).where(Application.reference == file)).one()
        assert until is not None
        assert until > utc_now() + timedelta(days=18)
