"""The demonstration: files in every state, made by steps; a past; accounts that work."""

import time
import tomllib
from dataclasses import replace

import click
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from stdnum.fr import siret

from config.communes import departement_of
from config.settings import Settings
from fund.cli.demo import REAL, SAMPLE, load_demo
from fund.cli.demo.cast import DATA
from fund.db import SessionFactory
from fund.models import SUBJECTS, Application, AuditEvent, Call, OutboxRow, OutboxState
from fund.schemas.scdl import Refusal
from fund.schemas.scdl_reader import read_rows
from fund.services import journal
from fund.services.people import authenticate
from workflows.permissions import PEOPLE_ROLES
from workflows.review import ReviewState


def test_it_reaches_every_state_and_holds_together(
    settings: Settings, factory: SessionFactory, session: Session
) -> None:
    accounts = load_demo(settings)
    for name, model in SUBJECTS.items():
        reached = set(session.scalars(select(model.state).where(~model.imported).distinct()))
        # A review is a draft only within the act that assigns it.
        expected = set(model.workflow.states) - {ReviewState.DRAFT if name == "review" else None}
        assert reached == expected, name
    assert journal.verify(session).broken == []
    for account in accounts:
        person = authenticate(session, account.email, account.password)
        assert person is not None
        assert account.role in person.roles
    assert {account.role for account in accounts} == set(PEOPLE_ROLES)
    assert session.scalar(select(func.count()).where(OutboxRow.state == OutboxState.PARKED)) == 1
    rows = [row for path in (SAMPLE, REAL) if path.exists() for row in read_rows(path)]
    taken = [row for row in rows if not isinstance(row, Refusal)]
    assert session.scalar(select(func.count()).where(Application.imported)) == len(taken)
    funders_and_years = {(row.grantor_siret, row.agreement_date.year) for row in taken}
    assert session.scalar(select(func.count()).where(Call.imported)) == len(funders_and_years) >= 3

    events = session.scalar(select(func.count()).select_from(AuditEvent))
    began = time.monotonic()
    assert load_demo(settings) == accounts
    assert time.monotonic() - began < 1
    session.rollback()
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == events


def test_it_is_not_for_production(settings: Settings, factory: SessionFactory, session: Session) -> None:
    with pytest.raises(click.ClickException, match="password"):
        load_demo(replace(settings, environment="production"))
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == 0


def test_its_organisations_are_invented_and_its_communes_exist() -> None:
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    for organisation in data["organisations"].values():
        assert siret.is_valid(organisation["siret"])
        assert organisation["siret"].startswith("000")
        assert departement_of(organisation["commune"]) is not None
    places = [departement_of(project["commune"]) for project in data["projects"]]
    departements = {place.code for place in places if place is not None}
    assert len(places) == len(data["projects"]) >= 25
    assert {"2A", "2B"} <= departements
    assert any(code.startswith("97") for code in departements)


def test_its_past_has_refused_rows_too() -> None:
    rows = list(read_rows(SAMPLE))
    refusals = [row for row in rows if isinstance(row, Refusal)]
    assert len({refusal.line for refusal in refusals}) == 4
    assert len(rows) - len(refusals) == 28
