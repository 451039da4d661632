"""Other funders' grants taken in by the command, from files as such funders publish them."""

import hashlib
import threading
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from fund.cli.imports import import_group
from fund.cli.language import speaking
from fund.cli.published_files import Outcome
from fund.cli.subsidy_files import BATCH, import_subsidies
from fund.db import make_engine
from fund.models import Application, Subsidy
from tests.cli.conftest import FUNDER, Command, row, rows, write_file
from tests.conftest import SHARED
from tests.scenario import siret

ENGLISH = ("--language", "en")


def taken(session: Session) -> list[Subsidy]:
    session.rollback()
    return list(session.scalars(select(Subsidy).order_by(Subsidy.granted_on, Subsidy.object)))


def test_a_row_is_kept_as_it_was_published(run: Command, session: Session, tmp_path: Path) -> None:
    path = write_file(tmp_path / "ville.csv", [row(montant="10 000,00", pourcentageSubvention="0,333333")])
    result = run(import_group, "subsidies", path, *ENGLISH)
    assert result.exit_code == 0, result.output
    (subsidy,) = taken(session)
    assert (subsidy.funder_name, subsidy.funder_siret) == ("Ville Exemple", FUNDER)
    assert (subsidy.beneficiary_name, subsidy.beneficiary_siret) == ("Association Exemple des Essais", siret(801))
    assert (subsidy.beneficiary_siren, subsidy.beneficiary_rna) == (siret(801)[:9], None)
    assert (subsidy.granted_on, subsidy.amount) == (date(2017, 4, 13), Decimal("3333.33"))
    assert (subsidy.object, subsidy.nature, subsidy.conditions) == (
        "Ateliers d'été",
        "aide en numéraire",
        "unique",
    )
    assert subsidy.source == "ville.csv"
    assert subsidy.source_digest == hashlib.sha256(path.read_bytes()).digest()
    # It is a note on an organisation and no file of ours.
    assert session.scalar(select(func.count()).select_from(Application)) == 0


def test_it_says_row_by_row_what_it_took_and_refused(run: Command, session: Session, tmp_path: Path) -> None:
    lines = [
        row(nomBeneficiaire="", idBeneficiaire=""),
        row(),
        row(dateConvention="31/02/2017"),
        row(montant="0,01", pourcentageSubvention="0,1"),
        row(idBeneficiaire="", rnaBeneficiaire="W990000001", montant="70"),
    ]
    result = run(import_group, "subsidies", write_file(tmp_path / "ville.csv", lines), *ENGLISH)
    assert result.exit_code == 0
    said = [line.replace("\N{NO-BREAK SPACE}", " ") for line in result.stdout.splitlines()]
    assert sorted(said[:-1]) == [
        "Line 2, column idBeneficiaire: The beneficiary has neither a SIRET nor an RNA number. Give one of them.",
        "Line 2, column nomBeneficiaire: The cell is empty. Fill it in.",
        "Line 3: new, Ville Exemple to Association Exemple des Essais, 13 April 2017, €2,400.50",
        "Line 4, column dateConvention, “31/02/2017”: The calendar has no such day.",
        "Line 5, column montant, “0.01”: The beneficiary’s part must be one cent at the least.",
        "Line 6: new, Ville Exemple to Association Exemple des Essais, 13 April 2017, €70.00",
    ]
    assert said[-1] == "2 awards were taken in. 0 were known already. 3 rows were refused."
    assert result.stderr.splitlines() == ["5 rows of 5"]
    assert {(s.beneficiary_siren, s.beneficiary_rna) for s in taken(session)} == {
        (siret(801)[:9], None),
        (None, "W990000001"),
    }


def test_a_second_run_takes_nothing(run: Command, session: Session, tmp_path: Path) -> None:
    lines = [*rows(5), row(), row()]  # two identical rows are two grants
    run(import_group, "subsidies", write_file(tmp_path / "ville.csv", lines))
    first = taken(session)
    assert len(first) == 7
    other = tmp_path / "saved otherwise.csv"
    text = (tmp_path / "ville.csv").read_text(encoding="utf-8-sig")
    other.write_text(text.replace("2400,50", "2400.5"), encoding="cp1252")
    result = run(import_group, "subsidies", other, *ENGLISH)
    assert result.stdout == "0 awards were taken in. 7 were known already. 0 rows were refused.\n"
    assert [subsidy.id for subsidy in taken(session)] == [subsidy.id for subsidy in first]


def test_a_trial_says_the_same_and_keeps_nothing(run: Command, session: Session, tmp_path: Path) -> None:
    path = write_file(tmp_path / "ville.csv", [*rows(BATCH + 2), row(montant="")])
    trial = run(import_group, "subsidies", path, "--dry-run", *ENGLISH)
    assert trial.exit_code == 0
    assert taken(session) == []
    real = run(import_group, "subsidies", path, *ENGLISH)
    assert trial.stdout.splitlines()[:-1] == real.stdout.splitlines()[:-1]
    assert trial.stdout.splitlines()[-1].startswith(f"{BATCH + 2} awards would be taken in.")
    assert len(taken(session)) == BATCH + 2


def test_two_imports_at_once_take_each_row_once(settings: Settings, session: Session, tmp_path: Path) -> None:
    mixed = rows(120)
    paths = [write_file(tmp_path / "a.csv", mixed), write_file(tmp_path / "b.csv", mixed[::-1])]
    outcomes: list[Outcome] = []
    start = threading.Barrier(2)

    def take(path: Path) -> None:
        engine = make_engine(str(settings.database_url))
        start.wait()
        with speaking("fr"):
            outcome = import_subsidies(
                engine, path, dry_run=False, on_taken=print, on_refusal=print, on_rows=lambda _d, _t: None
            )
        outcomes.append(outcome)
        engine.dispose()

    threads = [threading.Thread(target=take, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcome.taken for outcome in outcomes) == 120
    assert sum(outcome.known for outcome in outcomes) == 120
    assert len(taken(session)) == 120


QUIRKS = {
    "windows_1252_and_decimal_commas.csv": (
        "Nom de l'attribuant;SIRET attribuant;Date de la convention;Siret bénéficiaire;Nom du bénéficiaire;"
        "Objet de la subvention;Montant total;Nature de la subvention\r\n"
        f"Métropole Exemple;{FUNDER};03/07/2021;{siret(805)};Café associatif Exemple;Été à la ferme;"
        "1 250,75;Numéraire\r\n"
    ).encode("cp1252"),
    "floats_blanks_and_other_order.csv": (
        "\ufeffmontant,objet,nomBeneficiaire,idBeneficiaire,nomAttribuant,idAttribuant,dateConvention,nature,"
        "conditionsVersement,datesPeriodeVersement\n"
        f'1250.75,"Été à la ferme",Café associatif Exemple,{siret(805)}.0,Métropole Exemple,{FUNDER}.0,'
        "2021-07-03,aide en numéraire,,\n\n"
    ).encode(),
    "tabs.tsv": (
        "nomAttribuant\tidAttribuant\tdateConvention\tidBeneficiaire\tnomBeneficiaire\tobjet\tmontant\tnature\n"
        f"Métropole Exemple\t{FUNDER}\t2021/07/03\t{siret(805)}\tCafé associatif Exemple\tÉté à la ferme"
        "\t1250,75\tAide en numéraire\n"
    ).encode(),
}


@pytest.mark.parametrize("name", QUIRKS)
def test_files_are_read_as_they_are_found(run: Command, session: Session, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(QUIRKS[name])
    result = run(import_group, "subsidies", tmp_path / name, *ENGLISH)
    assert result.stdout.endswith("1 award was taken in. 0 were known already. 0 rows were refused.\n")
    (subsidy,) = taken(session)
    assert (subsidy.funder_name, subsidy.funder_siret) == ("Métropole Exemple", FUNDER)
    assert (subsidy.beneficiary_name, subsidy.beneficiary_siret) == ("Café associatif Exemple", siret(805))
    assert (subsidy.object, subsidy.amount) == ("Été à la ferme", Decimal("1250.75"))
    assert subsidy.granted_on == date(2021, 7, 3)


def test_a_file_of_nothing_but_faults_ends_with_an_error(run: Command, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(b"PK\x03\x04 and so on")
    result = run(import_group, "subsidies", path, *ENGLISH)
    assert result.exit_code == 1
    assert result.stdout.startswith("Line 1: This is no CSV text.")
    assert taken(session) == []


@pytest.mark.shared
def test_the_real_file_is_taken_in_once(run: Command, session: Session) -> None:
    real = SHARED / "subventions-haute-garonne-reelles.csv"
    result = run(import_group, "subsidies", real, *ENGLISH)
    assert result.exit_code == 0
    assert result.stdout.endswith("68 awards were taken in. 0 were known already. 1 row was refused.\n")
    assert sum(subsidy.amount for subsidy in taken(session)) == Decimal("351558.85")
    again = run(import_group, "subsidies", real, *ENGLISH)
    assert again.stdout.endswith("0 awards were taken in. 68 were known already. 1 row was refused.\n")
    assert len(taken(session)) == 68
