"""Awards as staff and the beneficiary meet them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Award
from fund.services import awards
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.makers import BECAUSE, offered_award, suspended_award
from tests.web.conftest import Browser
from workflows.award import AwardState

SignIn = Callable[[str], Browser]


def made(factory: SessionFactory, make: Callable[[Session], Award]) -> str:
    with unit_of_work(factory) as session:
        return make(session).reference


@pytest.fixture
def drafted(factory: SessionFactory, world: World) -> str:
    """A draft award of 15,000 euros in two tranches."""
    return made(factory, lambda session: world.award(session, title="Jardins du bassin"))


@pytest.fixture
def offered(factory: SessionFactory, world: World) -> str:
    return made(factory, lambda session: offered_award(world, session))


def award_of(factory: SessionFactory, reference: str) -> Award:
    with factory() as session:
        award = session.scalars(select(Award).where(Award.reference == reference)).one()
        assert award.disbursements
        return award


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


def schedule(*lines: tuple[str, str, bool]) -> dict[str, str]:
    form: dict[str, str] = {}
    for index, (amount, due_on, needs_report) in enumerate(lines):
        form[f"tranches-{index}-amount"] = amount
        form[f"tranches-{index}-due_on"] = due_on
        if needs_report:
            form[f"tranches-{index}-needs_report"] = "on"
    return form


def test_an_officer_sets_the_schedule(sign_in: SignIn, drafted: str, factory: SessionFactory) -> None:
    path = f"/attributions/{drafted}/echeancier"
    lines = schedule(("9 000,50", "2026-03-01", False), ("", "", False), ("5999.50", "2026-09-01", True))
    version = str(award_of(factory, drafted).version)
    answer = sign_in("officer").post(path, {**lines, "version": version}, on=path)
    assert answer.status_code == 303
    found = [
        (tranche.amount, tranche.due_on, tranche.needs_report)
        for tranche in award_of(factory, drafted).live_tranches
    ]
    assert found == [
        (Decimal("9000.50"), date(2026, 3, 1), False),
        (Decimal("5999.50"), date(2026, 9, 1), True),
    ]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([("9000", "2026-03-01", False), ("5000", "", False)], "il manque 1\u202f000,00"),
        ([("9000", "2026-03-01", False), ("7000", "", False)], "il y a 1\u202f000,00\u00a0€ de trop"),
        ([("neuf mille", "2026-03-01", False)], 'href="#tranches-0-amount"'),
        ([("9000", "2026-02-31", False)], 'href="#tranches-0-due_on"'),
        ([("", "", True)], 'href="#tranches-0-amount"'),
        ([], "Saisissez au moins une tranche."),
        ([(str(1), "", False)] * 25, "24"),
    ],
)
def test_a_bad_schedule_says_why_and_keeps_what_was_typed(
    sign_in: SignIn, drafted: str, factory: SessionFactory, lines: list[tuple[str, str, bool]], told: str
) -> None:
    path = f"/attributions/{drafted}/echeancier"
    version = str(award_of(factory, drafted).version)
    answer = sign_in("officer").post(path, {**schedule(*lines), "version": version}, on=path)
    assert answer.status_code == 422
    assert told in answer.text
    for amount, due_on, _ in lines:
        assert f'value="{amount}"' in answer.text
        assert f'value="{due_on}"' in answer.text
    assert [t.amount for t in award_of(factory, drafted).live_tranches] == [Decimal(10_000), Decimal(5_000)]


def test_adding_rows_saves_nothing(sign_in: SignIn, drafted: str, factory: SessionFactory) -> None:
    path = f"/attributions/{drafted}/echeancier"
    answer = sign_in("officer").post(path, {**schedule(("4000", "", False)), "version": "1", "add": "1"}, on=path)
    assert answer.status_code == 200
    assert 'value="4000"' in answer.text
    assert 'id="tranches-3-amount"' in answer.text
    assert "11\u202f000,00" in answer.text  # what is missing
    assert len(award_of(factory, drafted).live_tranches) == 2


def test_a_stale_schedule_is_told_and_kept(sign_in: SignIn, drafted: str, factory: SessionFactory) -> None:
    path = f"/attributions/{drafted}/echeancier"
    lines = schedule(("15000", "2026-03-01", False))
    version = award_of(factory, drafted).version
    answer = sign_in("officer").post(path, {**lines, "version": str(version - 1)}, on=path)
    assert answer.status_code == 409
    assert 'value="15000"' in answer.text
    assert f'name="version" value="{version}"' in answer.text
    assert len(award_of(factory, drafted).live_tranches) == 2


def test_the_schedule_is_the_officers_and_the_drafts(sign_in: SignIn, drafted: str, offered: str) -> None:
    for name in ("applicant", "finance", "auditor", "admin"):
        browser = sign_in(name)
        assert browser.get(f"/attributions/{drafted}/echeancier").status_code == 403
        assert browser.post(f"/attributions/{drafted}/echeancier", {}, on="/compte").status_code == 403
    officer = sign_in("officer")
    assert officer.get(f"/attributions/{offered}/echeancier").status_code == 409
    answer = officer.post(
        f"/attributions/{offered}/echeancier", schedule(("15000", "", False)) | {"version": "9"}, on="/compte"
    )
    assert answer.status_code == 409


def test_the_signatory_signs(sign_in: SignIn, offered: str, factory: SessionFactory) -> None:
    applicant, here = sign_in("applicant"), f"/attributions/{offered}"
    assert "Signer la convention" in applicant.get(here).text
    version = str(award_of(factory, offered).version)
    answer = applicant.post(f"/etapes/award/{offered}/sign", {"version": version}, on=here)
    assert answer.status_code == 303
    assert answer.location == here
    assert award_of(factory, offered).state is AwardState.ACTIVE


def test_an_officer_cannot_sign_for_the_alliance(sign_in: SignIn, offered: str, factory: SessionFactory) -> None:
    officer, here = sign_in("officer"), f"/attributions/{offered}"
    assert "Signer la convention" not in officer.get(here).text
    version = str(award_of(factory, offered).version)
    assert officer.post(f"/etapes/award/{offered}/sign", {"version": version}, on=here).status_code == 403
    assert award_of(factory, offered).state is AwardState.OFFERED


def test_the_reason_of_a_suspension_is_shown_to_the_alliance(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    reference = made(factory, lambda session: suspended_award(world, session))
    page = sign_in("applicant").get(f"/attributions/{reference}").text
    assert "La convention est suspendue" in page
    assert BECAUSE["reason"] in page


def test_what_a_tranche_waits_for_is_said(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    def make(session: Session) -> Award:
        award = world.award(session)
        lines: list[dict[str, Any]] = [
            {"amount": Decimal(5_000), "due_on": date(2030, 5, 4), "needs_report": False},
            {"amount": Decimal(10_000), "due_on": None, "needs_report": True},
        ]
        awards.set_schedule(session, world["officer"], award, tranches=lines)
        take_step(session, world["officer"], award, "offer")
        take_step(session, world["applicant"], award, "sign")
        return award

    reference = made(factory, make)
    page = sign_in("applicant").get(f"/attributions/{reference}").text
    assert "attend\u00a0: son échéance, le 4\u00a0mai\u00a02030" in page
    assert "attend\u00a0: le compte rendu final, attendu le 30\u00a0juin\u00a02028" in page
