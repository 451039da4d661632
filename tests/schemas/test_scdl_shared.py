"""Against the official schema, the standard's own examples and a real file, which stand beside the project."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from frictionless import Resource, Schema, system

from fund.schemas.scdl import COLUMNS, AwardRecord, Nature, PublishedAward, Reason, Refusal
from fund.schemas.scdl_reader import read_rows
from fund.schemas.scdl_writer import Publication, write_awards

pytestmark = pytest.mark.shared

SHARED = Path(__file__).parents[3] / "shared" / "data"
REAL = SHARED / "subventions-haute-garonne-reelles.csv"
VALID = SHARED / "scdl-exemple-valide.csv"


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(
        (SHARED / "scdl-subventions-2.1.1.schema.json").read_text(encoding="utf-8")
    )
    return schema


def _read(path: Path) -> tuple[list[AwardRecord], list[Refusal]]:
    rows = list(read_rows(path))
    return (
        [row for row in rows if isinstance(row, AwardRecord)],
        [row for row in rows if isinstance(row, Refusal)],
    )


def _publish(awards: Iterable[PublishedAward], path: Path) -> Publication[PublishedAward]:
    with path.open("w", encoding="utf-8", newline="") as out:
        return write_awards(awards, out)


def _official_faults(path: Path) -> list[str]:
    # The file stands in a temporary folder, outside the working directory, which frictionless calls unsafe.
    with system.use_context(trusted=True):
        report = Resource(path=str(path), encoding="utf-8", schema=Schema.from_descriptor(_schema())).validate()
    assert report.stats["tasks"] == 1
    return [message for (message,) in report.flatten(["message"])]


def test_our_columns_are_those_of_the_official_schema_in_its_order() -> None:
    assert list(COLUMNS) == [item["name"] for item in _schema()["fields"]]


def test_the_real_file_gives_68_awards_and_one_refused_row() -> None:
    records, refusals = _read(REAL)
    assert len(records) == 68
    assert [(refusal.line, refusal.column, refusal.reason) for refusal in refusals] == [
        (35, "nomBeneficiaire", Reason.REQUIRED),
        (35, "idBeneficiaire", Reason.IDENTIFIER_MISSING),
    ]
    assert Counter(record.completed for record in records) == {
        (): 37,
        ("datesPeriodeVersement",): 27,
        ("conditionsVersement",): 3,
        ("conditionsVersement", "datesPeriodeVersement"): 1,
    }
    assert sum(record.amount for record in records) == Decimal("351558.85")
    assert len({record.fingerprint for record in records}) == 68
    assert {record.nature for record in records} == {Nature.CASH}


@pytest.mark.parametrize("path", [REAL, VALID], ids=lambda path: path.stem)
def test_what_was_read_is_published_validly_and_comes_back_the_same(path: Path, tmp_path: Path) -> None:
    records, _ = _read(path)
    published = tmp_path / "published.csv"
    assert _publish(records, published) == Publication(len(records), ())
    assert _official_faults(published) == []
    again, refusals = _read(published)
    assert refusals == []
    names = [item.name for item in fields(PublishedAward)] + ["fingerprint"]
    assert [[getattr(record, name) for name in names] for record in again] == [
        [getattr(record, name) for name in names] for record in records
    ]


def test_the_official_check_finds_faults_where_there_are_some() -> None:
    assert _official_faults(SHARED / "scdl-exemple-invalide-cellules.csv")


def test_the_official_example_is_read_but_for_its_wrong_periods() -> None:
    records, refusals = _read(VALID)
    assert len(records) == 25
    # Valid to the schema's pattern; but the first ends before it begins, and there is no thirtieth month.
    assert [(refusal.line, refusal.value, refusal.reason) for refusal in refusals] == [
        (24, "2017-04-12/2017-03-09", Reason.PERIOD_INVERTED),
        (25, "2017-12-20/2017-03-09", Reason.PERIOD_INVERTED),
        (27, "2017-03-02/2017-30-05", Reason.DATE_IMPOSSIBLE),
        (29, "2017-03-02/2017-01-10", Reason.PERIOD_INVERTED),
    ]


def test_the_invalid_example_shows_its_faults() -> None:
    records, refusals = _read(SHARED / "scdl-exemple-invalide-cellules.csv")
    assert records == []
    assert {refusal.line for refusal in refusals} == set(range(2, 31))
    found = {(refusal.line, refusal.column, refusal.reason) for refusal in refusals}
    assert found >= {
        (2, "conditionsVersement", Reason.CHOICE_UNKNOWN),
        (3, "idAttribuant", Reason.SIRET_ROUNDED),
        (5, "rnaBeneficiaire", Reason.RNA_MALFORMED),
        (6, "notificationUE", Reason.CHOICE_UNKNOWN),
        (7, "idAttribuant", Reason.SIRET_LENGTH),
        (8, "notificationUE", Reason.CHOICE_UNKNOWN),
        (8, "idBeneficiaire", Reason.SIRET_CHECKSUM),
        (9, "idBeneficiaire", Reason.IDENTIFIER_MISSING),
        (10, "montant", Reason.REQUIRED),
        (12, "rnaBeneficiaire", Reason.RNA_MALFORMED),
        (30, "rnaBeneficiaire", Reason.RNA_MALFORMED),
    }


def test_other_column_names_and_orders_are_understood() -> None:
    _, cells = _read(SHARED / "scdl-exemple-invalide-cellules.csv")
    _, columns = _read(SHARED / "scdl-exemple-invalide-colonnes.csv")
    assert Counter(refusal.line for refusal in columns) == Counter(refusal.line for refusal in cells)
