"""``fund export giving`` and ``fund export datapackage``."""

import hashlib
import json
from pathlib import Path

from frictionless import Package, system

from fund.cli.exports import export_group
from fund.cli.imports import import_group
from fund.db import SessionFactory, unit_of_work
from tests.cli.conftest import Command, row, write_file
from tests.scenario import World


def test_own_awards_and_imported_history_are_written_together(
    run: Command, factory: SessionFactory, world: World, tmp_path: Path
) -> None:
    with unit_of_work(factory) as session:
        reference = world.active_award(session).reference
        world.award(session, title="Pas encore signé")
    assert run(import_group, "awards", write_file(tmp_path / "past.csv", [row()])).exit_code == 0
    out = tmp_path / "grants.json"
    result = run(export_group, "giving", "--out", out)
    assert result.exit_code == 0, result.output
    assert result.stderr == "2 subventions ont été écrites.\n"
    past, own = json.loads(out.read_text(encoding="utf-8"))["grants"]
    assert own["id"] == f"360G-FondsODD17-{reference}"
    assert own["fromOpenCall"] == "Yes"
    assert (past["title"], past["amountAwarded"], past["awardDate"]) == ("Ateliers d'été", 2400.5, "2017-04-13")
    assert past["fundingOrganization"][0]["name"] == "Ville Exemple"
    assert not {"url", "fromOpenCall", "plannedDates"} & past.keys()


def test_a_package_of_nothing_is_an_error(run: Command, tmp_path: Path, world: World) -> None:
    result = run(export_group, "giving", "--out", tmp_path / "grants.json")
    assert result.exit_code == 1
    assert "le fichier est vide" in result.stderr


def test_the_standard_output_holds_the_file_alone(run: Command, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        world.active_award(session)
    assert len(json.loads(run(export_group, "giving").stdout)["grants"]) == 1


def test_the_data_package_is_a_folder_that_others_can_check(
    run: Command, factory: SessionFactory, world: World, tmp_path: Path
) -> None:
    with unit_of_work(factory) as session:
        world.active_award(session)
    out = tmp_path / "new" / "package"
    result = run(export_group, "datapackage", "--out", out)
    assert result.exit_code == 0, result.output
    told = {name: digest for digest, _, name in (line.partition("  ") for line in result.stdout.splitlines())}
    assert told == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir()}
    assert set(told) == {"attributions.csv", "attributions.json", "datapackage.json"}
    with system.use_context(trusted=True):
        assert Package(str(out / "datapackage.json")).validate().flatten(["message"]) == []


def test_a_folder_that_cannot_be_made_is_named(run: Command, tmp_path: Path, world: World) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    result = run(export_group, "datapackage", "--out", tmp_path / "taken" / "package")
    assert result.exit_code == 1
    assert "taken" in result.stderr
    assert "Traceback" not in result.output
