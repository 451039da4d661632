"""Commands as people type them, and published files of our own."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from config.settings import Settings
from fund.db import SessionFactory
from tests.scenario import siret

Command = Callable[..., Result]
COLUMNS = (
    "nomAttribuant",
    "idAttribuant",
    "dateConvention",
    "referenceDecision",
    "idBeneficiaire",
    "rnaBeneficiaire",
    "nomBeneficiaire",
    "objet",
    "montant",
    "nature",
    "conditionsVersement",
    "datesPeriodeVersement",
    "idRAE",
    "notificationUE",
    "pourcentageSubvention",
    "dispositif",
)
FUNDER = siret(800)
ROW = {
    "nomAttribuant": "Ville Exemple",
    "idAttribuant": FUNDER,
    "dateConvention": "2017-04-13",
    "referenceDecision": "DELIB 06 du 13/04/2017",
    "idBeneficiaire": siret(801),
    "nomBeneficiaire": "Association Exemple des Essais",
    "objet": "Ateliers d'été",
    "montant": "2400,50",
    "nature": "Aide en numéraire",
    "conditionsVersement": "Unique",
    "datesPeriodeVersement": "2017-01-01_2017-12-31",
    "notificationUE": "non",
    "pourcentageSubvention": "1,0",
}


def row(**cells: str) -> dict[str, str]:
    return ROW | cells


def rows(count: int, year: int = 2018) -> list[dict[str, str]]:
    """So many different awards of one funder and year."""
    return [
        row(objet=f"Projet {n}", montant=str(1_000 + n), dateConvention=f"{year}-03-01", datesPeriodeVersement="")
        for n in range(count)
    ]


def write_file(path: Path, lines: Iterable[dict[str, str]]) -> Path:
    """A file as spreadsheets in France save it: semicolons, a byte order mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", delimiter=";")
        writer.writeheader()
        writer.writerows(lines)
    return path


@pytest.fixture
def run(settings: Settings, factory: SessionFactory) -> Command:
    """Run a command of the program on the test's database."""

    def invoke(command: click.Command, *arguments: object, answers: str | None = None) -> Result:
        return CliRunner().invoke(command, [str(part) for part in arguments], obj=settings, input=answers)

    return invoke
