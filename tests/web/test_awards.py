"""Awards as staff and the beneficiary meet them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Award
from fund.services import agreements, awards
from fund.services.agreement_terms import describe_terms
from fund.services.steps import take_step
from tests.agreeing import BECAUSE
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]


def made(factory: SessionFactory, make: Callable[[Session], Award]) -> str:
    with unit_of_work(factory) as session:
        return make(session).reference


@pytest.fixture
def drafted(factory: SessionFactory, world: World) -> str:
    """A draft award of 15,000 euros in two tranches."""
    return made(factory, lambda session: world.award(session, title="Jardins du bassin"))


def test_who_sees_which_awards(sign_in: SignIn, drafted: str) -> None:
    for name in ("officer", "finance", "auditor", "admin", "applicant"):
        browser = sign_in(name)
        assert "Jardins du bassin" in browser.get("/attributions").text
        assert browser.get(f"/attributions/{drafted}").status_code == 200
    stranger = sign_in("stranger")
    assert "Jardins du bassin" not in stranger.get("/attributions").text
    assert stranger.get(f"/attributions/{drafted}").status_code == 404
    for name in ("reviewer", "member", "chair"):
        assert sign_in(name).get(f"/attributions/{drafted}").status_code == 403


def test_the_beneficiary_sees_less(sign_in: SignIn, drafted: str) -> None:
    page = sign_in("applicant").get(f"/attributions/{drafted}").text
    assert "10\u202f000,00" in page
    assert "/versements/" not in page
    assert "échéancier</a>" not in page
    staff = sign_in("officer").get(f"/attributions/{drafted}").text
    assert "/versements/" in staff
    assert f"/attributions/{drafted}/echeancier" in staff


def test_the_list_is_filtered_and_paginated(sign_in: SignIn, drafted: str) -> None:
    officer = sign_in("officer")
    assert "Jardins du bassin" in officer.get("/attributions", etat="draft").text
    assert "Jardins du bassin" not in officer.get("/attributions", etat="active").text
    assert officer.get("/attributions", etat="perdu").status_code == 404
    assert officer.get("/attributions", page="n'importe quoi").status_code == 422


def test_the_reason_of_a_suspension_is_shown_to_the_alliance(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    def suspended(session: Session) -> Award:
        award = world.active_award(session)
        take_step(session, world["officer"], award, "suspend", inputs=BECAUSE)
        return award

    reference = made(factory, suspended)
    page = sign_in("applicant").get(f"/attributions/{reference}").text
    assert "La convention est suspendue" in page
    assert BECAUSE["reason"] in page


def test_what_a_tranche_waits_for_is_said(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    def make(session: Session) -> Award:
        award = world.award(session)
        lines: list[dict[str, Any]] = [
            {"amount": Decimal(5_000), "due_on": date(2030, 5, 4)},
            {"amount": Decimal(10_000), "conditions": [{"kind": "report_accepted", "report": 1}]},
        ]
        awards.set_schedule(session, world["officer"], award, tranches=lines)
        world.send_agreement(session, award)
        world.sign_agreement(session, award)
        world.verified_account(session, award.beneficiary)
        return award

    reference = made(factory, make)
    page = sign_in("applicant").get(f"/attributions/{reference}").text
    assert "attend\u00a0: son échéance, le 4\u00a0mai\u00a02030" in page
    assert "attend\u00a0: le compte rendu final, attendu le 30\u00a0juin\u00a02028" in page


def test_an_amendment_in_force_shows_on_the_award(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    def make(session: Session) -> Award:
        award = world.active_award(session)
        terms = describe_terms(award) | {"ends_on": date(2028, 6, 30)}
        agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Une crue.")
        world.send_agreement(session, award)
        world.sign_agreement(session, award)
        return award

    reference = made(factory, make)
    page = sign_in("applicant").get(f"/attributions/{reference}").text
    assert "30\u00a0juin\u00a02028" in page
    assert "/conventions/CV-" in page
    assert f"/attributions/{reference}/convention" in page
