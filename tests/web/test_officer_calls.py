"""The desk of calls: writing a call without JavaScript, announcing it, giving one draft more time."""

import re
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


def sent(**changes: str | list[str]) -> dict[str, object]:
    """A complete form of a call."""
    return {
        "title_fr": "Alliances pour l’eau",
        "title_en": "Alliances for water",
        "summary_fr": "Un résumé.",
        "summary_en": "A summary.",
        "opens_at": at(2),
        "closes_at": at(30),
        "envelope": "90 000,50",
        "min_grant": "1000",
        "max_grant": "30000",
        "max_rate": "70",
        "reviews_required": "2",
        "required_kinds": ["association", "company"],
        "criteria-0-label_fr": "Eau",
        "criteria-0-label_en": "Water",
        "criteria-0-weight": "60",
        "criteria-0-scale_max": "5",
        "criteria-3-label_fr": "Terre",
        "criteria-3-label_en": "Earth",
        "criteria-3-weight": "40",
        "criteria-3-scale_max": "10",
        "criteria-4-scale_max": "5",
        **changes,
    }


def latest(factory: SessionFactory) -> Call:
    with factory() as session:
        call = session.scalars(select(Call).order_by(Call.id.desc())).first()
        assert call is not None
        assert [criterion.position for criterion in call.criteria]
        return call


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


def test_an_officer_writes_a_call_and_announces_it(sign_in: SignIn, factory: SessionFactory) -> None:
    officer = sign_in("officer")
    answer = officer.post(NEW, sent(), on=NEW)
    assert answer.status_code == 303, answer.text
    call = latest(factory)
    assert call.envelope == Decimal("90000.50")
    assert call.required_kinds == ["association", "company"]
    assert [(c.label_fr, c.weight, c.scale_max) for c in call.criteria] == [
        ("Eau", Decimal(60), 5),
        ("Terre", Decimal(40), 10),
    ]
    page = officer.get(answer.location).text
    assert "Alliances for water" in page
    assert "Fonds d&#39;essai" in page
    step = f"/etapes/call/{call.reference}/publish"
    assert officer.post(step, {"version": str(call.version)}, on=answer.location).status_code == 303
    assert latest(factory).state is CallState.PUBLISHED


def test_a_row_is_added_without_losing_what_was_typed(sign_in: SignIn, factory: SessionFactory) -> None:
    officer = sign_in("officer")
    before = latest(factory).id
    first = officer.get(NEW).text.count('class="row-card"')
    page = officer.post(NEW, {**sent(**{f"criteria-{n}-label_fr": "Plus" for n in range(5)}), "more": "1"}, on=NEW)
    assert page.status_code == 200
    assert page.text.count('class="row-card"') > first
    assert 'value="Terre"' not in page.text
    assert page.text.count('value="Plus"') == 5
    assert "Un résumé." in page.text
    assert latest(factory).id == before


def test_a_refused_call_keeps_what_was_typed_and_names_the_row(sign_in: SignIn, factory: SessionFactory) -> None:
    before = latest(factory).id
    wrong = sent(envelope="beaucoup", **{"criteria-3-weight": "lourd", "closes_at": at(1)})
    answer = sign_in("officer").post(NEW, wrong, on=NEW)
    assert answer.status_code == 422
    assert 'value="beaucoup"' in answer.text
    assert 'value="lourd"' in answer.text
    assert re.search(r'id="criteria-1-weight-error"', answer.text)
    assert 'value="company" checked' in answer.text
    assert latest(factory).id == before


def test_dates_in_disorder_are_refused_beside_the_date(sign_in: SignIn) -> None:
    answer = sign_in("officer").post(NEW, sent(closes_at=at(1)), on=NEW)
    assert answer.status_code == 422
    assert 'id="closes_at-error"' in answer.text


def test_a_draft_is_edited(sign_in: SignIn, factory: SessionFactory, draft: str) -> None:
    officer = sign_in("officer")
    address = f"/gestion/appels/{draft}/modifier"
    page = officer.get(address).text
    assert 'value="62,5"' in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    changed = sent(title_fr="Alliances pour la mer", version=version[1])
    assert officer.post(address, changed, on=address).status_code == 303
    assert latest(factory).title_fr == "Alliances pour la mer"


def test_a_call_changed_meanwhile_keeps_what_was_typed(
    sign_in: SignIn, factory: SessionFactory, world: World, draft: str
) -> None:
    officer = sign_in("officer")
    address = f"/gestion/appels/{draft}/modifier"
    version = re.search(r'name="version" value="(\d+)"', officer.get(address).text)
    assert version
    with unit_of_work(factory) as session:
        call = session.scalars(select(Call).where(Call.reference == draft)).one()
        calls.edit_call(session, world["officer2"], call, title_en="Meanwhile")
    answer = officer.post(address, sent(title_fr="Tapé ici", version=version[1]), on=address)
    assert answer.status_code == 409
    assert 'value="Tapé ici"' in answer.text
    assert 'value="Terre"' in answer.text
    assert latest(factory).title_fr != "Tapé ici"


def test_an_open_call_is_not_edited(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with factory() as session:
        reference = session.get_one(Call, world.call_id).reference
    officer = sign_in("officer")
    assert officer.get(f"/gestion/appels/{reference}/modifier").status_code == 404
    answer = officer.post(f"/gestion/appels/{reference}/modifier", sent(), on=NEW)
    assert answer.status_code == 409
    assert "Alliances pour l’eau" in answer.text


@pytest.mark.parametrize("name", ["finance", "auditor", "admin"])
def test_staff_read_calls_but_do_not_write_them(sign_in: SignIn, draft: str, name: str) -> None:
    person = sign_in(name)
    assert draft in person.get("/gestion/appels").text
    assert person.get(f"/gestion/appels/{draft}").status_code == 200
    assert person.get(NEW).status_code == 403
    assert person.post(NEW, sent(), on="/").status_code == 403


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
