"""Signed awards as the standard has them: what was imported comes back, what the fund granted goes out."""

from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session

from fund.cli.exports import export_group
from fund.cli.imports import import_group
from fund.db import SessionFactory, unit_of_work
from fund.models import Award, Organisation
from fund.schemas.scdl import AwardRecord, PublishedAward
from fund.schemas.scdl_reader import read_rows
from fund.services.steps import take_step
from tests.cli.conftest import Command, row, write_file
from tests.scenario import World, siret

FACTS = [item.name for item in fields(PublishedAward)]


def facts_of(path: Path) -> list[list[object]]:
    records = list(read_rows(path))
    assert all(isinstance(record, AwardRecord) for record in records), records
    return sorted([[getattr(record, name) for name in FACTS] for record in records], key=str)


def test_what_was_imported_comes_back(run: Command, tmp_path: Path) -> None:
    lines = [
        row(),
        row(nomBeneficiaire="Le même sous un autre nom", objet="=1+1 ; « exemple »", datesPeriodeVersement=""),
        row(montant="900", pourcentageSubvention="0,25", conditionsVersement="échelonné", idRAE="12345"),
        row(idBeneficiaire="", rnaBeneficiaire="W990000001", notificationUE="oui", dispositif="Culture pour tous"),
        row(dateConvention="2019-05-06", datesPeriodeVersement="2019-05-06", referenceDecision=""),
        row(dateConvention="2019-05-07", datesPeriodeVersement="2019-05-07_2019-05-07", objet="O" * 256),
        row(dateConvention="2020-01-01", datesPeriodeVersement="2020-01-01_2090-12-31"),
        row(nature="aide en nature"),
    ]
    path, out = write_file(tmp_path / "past.csv", lines), tmp_path / "out.csv"
    assert run(import_group, "awards", path).exit_code == 0
    result = run(export_group, "scdl", "--out", out)
    assert result.exit_code == 0, result.output
    assert result.stderr == "8 subventions ont été écrites.\n"
    assert facts_of(out) == facts_of(path)
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_an_award_of_the_fund_itself_is_published_with_its_tranches(
    run: Command, factory: SessionFactory, world: World, tmp_path: Path
) -> None:
    with unit_of_work(factory) as session:
        world.paid_award(session)
        world.offered_award(session, title="Pas encore signé")
    out = tmp_path / "out.csv"
    run(export_group, "scdl", "--out", out)
    (record,) = read_rows(out)
    assert isinstance(record, AwardRecord)
    today = datetime.now(UTC).date()
    assert (record.grantor_name, record.grantor_siret) == ("Fonds d'essai", siret(1))
    assert (record.beneficiary_name, record.beneficiary_siret) == ("Association d'essai", siret(3))
    assert (record.purpose, record.amount, record.share) == ("Un atelier partagé", Decimal(15_000), Decimal(1))
    assert abs((record.agreement_date - today).days) <= 1  # signed in Paris, asked in UTC
    assert record.payment_condition == "échelonné"
    assert (record.period_start, record.period_end) == (today, None)


def test_planned_tranches_give_the_period_from_the_first_to_the_last(
    run: Command, factory: SessionFactory, world: World, tmp_path: Path
) -> None:
    with unit_of_work(factory) as session:
        world.active_award(session)
    run(export_group, "scdl", "--out", tmp_path / "out.csv")
    (record,) = read_rows(tmp_path / "out.csv")
    assert isinstance(record, AwardRecord)
    assert (record.period_start, record.period_end) == (date(2026, 1, 1), date(2026, 2, 1))


def test_an_award_that_was_cancelled_is_not_published(
    run: Command, factory: SessionFactory, world: World, tmp_path: Path
) -> None:
    with unit_of_work(factory) as session:
        take_step(
            session, world["officer"], world.active_award(session), "cancel", inputs={"reason": "Abandonné."}
        )
    result = run(export_group, "scdl", "--out", tmp_path / "out.csv")
    assert result.stderr == "0 subvention a été écrite.\n"


def test_what_the_standard_does_not_allow_is_left_out_and_named(
    run: Command, factory: SessionFactory, world: World, session: Session, tmp_path: Path
) -> None:
    with unit_of_work(factory) as other:
        award = world.active_award(other)
        organisation = other.get_one(Organisation, award.beneficiary_id)
        organisation.siret, organisation.rna = None, "W9A1000001"
    result = run(export_group, "scdl", "--out", tmp_path / "out.csv")
    assert result.exit_code == 0
    assert "Non publiée : Association d'essai, " in result.stderr
    assert "rnaBeneficiaire" in result.stderr
    assert list(read_rows(tmp_path / "out.csv")) == []
    assert session.query(Award).count() == 1


def test_without_a_file_it_goes_to_the_standard_output(run: Command, tmp_path: Path) -> None:
    run(import_group, "awards", write_file(tmp_path / "past.csv", [row()]))
    result = run(export_group, "scdl")
    published = tmp_path / "published.csv"
    published.write_bytes(result.stdout_bytes)
    assert facts_of(published) == facts_of(tmp_path / "past.csv")


def test_a_place_that_cannot_be_written_is_named(run: Command, tmp_path: Path) -> None:
    result = run(export_group, "scdl", "--out", tmp_path / "absent" / "out.csv")
    assert result.exit_code == 1
    assert "out.csv" in result.stderr
    assert "Traceback" not in result.output
