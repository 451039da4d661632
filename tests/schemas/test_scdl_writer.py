"""What is published can be read back exactly, obeys the standard, and starts nothing in a spreadsheet."""

import csv
import io
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stdnum import luhn

from fund.forms.shielding import shielded, unshielded
from fund.schemas.scdl import (
    COLUMNS,
    AwardRecord,
    Nature,
    PaymentCondition,
    PublishedAward,
    Reason,
    ScdlRowSchema,
    one_line,
)
from fund.schemas.scdl_reader import read_rows
from fund.schemas.scdl_writer import Publication, write_awards

AWARD = PublishedAward(
    grantor_name="Fonds exemple",
    grantor_siret="99100001900018",
    agreement_date=date(2024, 3, 1),
    decision_reference="D-12",
    beneficiary_name="Association Exemple des Trois Rivières",
    beneficiary_siret="99100002700011",
    beneficiary_rna="W123456789",
    purpose="Une alliance d’exemple",
    amount=Decimal("12450.50"),
    share=Decimal("0.455"),
    nature=Nature.CASH,
    payment_condition=PaymentCondition.STAGGERED,
    period_start=date(2024, 4, 1),
    period_end=date(2025, 3, 31),
    rae_id="12345",
    eu_notified=False,
    scheme="Fonds ODD 17",
)


def _written(awards: Iterable[PublishedAward]) -> tuple[Publication[PublishedAward], list[dict[str, str]]]:
    out = io.StringIO(newline="")
    publication = write_awards(awards, out)
    return publication, list(csv.DictReader(io.StringIO(out.getvalue(), newline=""), strict=True))


def _facts(award: PublishedAward) -> dict[str, object]:
    return {item.name: getattr(award, item.name) for item in fields(PublishedAward)}


def _read_back(awards: list[PublishedAward], path: Path) -> list[dict[str, object]]:
    with path.open("w", encoding="utf-8", newline="") as out:
        assert write_awards(awards, out) == Publication(len(awards), ())
    rows = list(read_rows(path))
    assert all(isinstance(row, AwardRecord) and row.completed == () for row in rows)
    return [_facts(row) for row in rows if isinstance(row, AwardRecord)]


def test_a_row_is_written_as_the_standard_asks() -> None:
    publication, rows = _written([AWARD])
    assert publication == Publication(1, ())
    (row,) = rows
    assert tuple(row) == COLUMNS
    assert {column: cell for column, cell in row.items() if cell} == {
        "nomAttribuant": "Fonds exemple",
        "idAttribuant": "99100001900018",
        "nomServiceInstructeur": "Fonds exemple",
        "idServiceInstructeur": "99100001900018",
        "nomBeneficiaire": "Association Exemple des Trois Rivières",
        "idBeneficiaire": "99100002700011",
        "rnaBeneficiaire": "W123456789",
        "dateConvention": "2024-03-01",
        "referenceDecision": "D-12",
        "dispositif": "Fonds ODD 17",
        "objet": "Une alliance d’exemple",
        "nature": "aide en numéraire",
        "montant": "12450.50",
        "conditionsVersement": "échelonné",
        "descriptionConditionsVersement": "Versement en plusieurs fois, selon la convention.",
        "datesPeriodeVersement": "2024-04-01/2025-03-31",
        "idRAE": "12345",
        "notificationUE": "non",
        "pourcentageSubvention": "0.455",
    }


def test_the_header_stands_even_without_awards() -> None:
    out = io.StringIO(newline="")
    assert write_awards([], out) == Publication(0, ())
    assert out.getvalue() == ",".join(COLUMNS) + "\r\n"


def test_every_condition_and_nature_is_published() -> None:
    awards = [
        replace(AWARD, nature=nature, payment_condition=condition)
        for nature in Nature
        for condition in PaymentCondition
    ]
    publication, rows = _written(awards)
    assert publication.written == len(awards) == 9
    assert all(row["descriptionConditionsVersement"] for row in rows)


def test_an_rna_with_letters_gives_way_to_the_siret() -> None:
    publication, (row,) = _written([replace(AWARD, beneficiary_rna="W9N1004512")])
    assert publication.left_out == ()
    assert (row["idBeneficiaire"], row["rnaBeneficiaire"]) == ("99100002700011", "")


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (
            {"beneficiary_siret": None, "beneficiary_rna": "W9N1004512"},
            {"rnaBeneficiaire": [Reason.RNA_UNPUBLISHABLE], "idBeneficiaire": [Reason.IDENTIFIER_MISSING]},
        ),
        ({"beneficiary_siret": None, "beneficiary_rna": None}, {"idBeneficiaire": [Reason.IDENTIFIER_MISSING]}),
        ({"beneficiary_siret": "99100002700012"}, {"idBeneficiaire": [Reason.SIRET_CHECKSUM]}),
        ({"grantor_siret": "991000019"}, {"idAttribuant": [Reason.SIRET_CHECKSUM]}),
        ({"grantor_siret": "991 000 019 00018"}, {"idAttribuant": [Reason.SIRET_CHECKSUM]}),
        ({"purpose": "x" * 257}, {"objet": [Reason.TOO_LONG]}),
        ({"purpose": " \n "}, {"objet": [Reason.REQUIRED]}),
        ({"beneficiary_name": ""}, {"nomBeneficiaire": [Reason.REQUIRED]}),
        ({"rae_id": "123456"}, {"idRAE": [Reason.TOO_LONG]}),
        ({"share": Decimal("0.001")}, {"pourcentageSubvention": [Reason.SHARE_OUT_OF_RANGE]}),
        ({"share": Decimal("1.5")}, {"pourcentageSubvention": [Reason.SHARE_OUT_OF_RANGE]}),
        ({"amount": Decimal("NaN")}, {"montant": [Reason.INVALID]}),
    ],
)
def test_what_the_standard_forbids_is_left_out_and_the_rest_is_written(
    change: dict[str, object], faults: dict[str, list[Reason]]
) -> None:
    award = PublishedAward(**(_facts(AWARD) | change))  # type: ignore[arg-type]  # the facts are those of an award
    publication, rows = _written([AWARD, award, AWARD])
    assert (publication.written, len(rows)) == (2, 2)
    (left_out,) = publication.left_out
    assert left_out.award == award
    assert left_out.faults == faults


@pytest.mark.parametrize("text", ["=1+1", "+33 exemple", "-10 ans", "@ssociation", "'=1", "''@x"])
def test_nothing_starts_in_a_spreadsheet_and_the_name_comes_back_exactly(text: str, tmp_path: Path) -> None:
    award = replace(
        AWARD, beneficiary_name=text, purpose=text, grantor_name=text, scheme=text, decision_reference=text
    )
    _, (row,) = _written([award])
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    assert _read_back([award], tmp_path / "awards.csv") == [_facts(award)]


def test_texts_over_several_lines_are_published_on_one() -> None:
    _, (row,) = _written([replace(AWARD, purpose="  Une alliance\r\n\r\n  d’exemple\t\x0b")])
    assert row["objet"] == "Une alliance d’exemple"


@given(st.text())
def test_the_shield_is_taken_away_exactly(text: str) -> None:
    assert unshielded(shielded(text)) == text


@given(st.text())
def test_one_line_is_one_line_and_stays_so(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line


def _siret(siren: int, establishment: int) -> str:
    head = f"{siren:08d}"
    head = f"{head}{luhn.calc_check_digit(head)}{establishment:04d}"
    return head + str(luhn.calc_check_digit(head))


SIRETS = st.one_of(
    st.builds(_siret, st.integers(0, 99_999_999), st.integers(1, 9_999)).filter(
        lambda number: number[:9] != "356000000"
    ),
    st.sampled_from(["35600000000048", "35600000000010"]),
)
RNAS = st.from_regex(r"\AW[0-9]{9}\Z")
TEXTS = (
    st.tuples(
        st.sampled_from(["", "=", "'=", "+", "-", "@", "''-", '"', ";", ","]),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufffd"), max_size=240),
    )
    .map(lambda parts: one_line("".join(parts)))
    .filter(lambda text: 0 < len(shielded(text)) <= 256)
)
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@st.composite
def _awards(draw: st.DrawFn) -> PublishedAward:
    first, second = sorted((draw(DAYS), draw(DAYS)))
    siret, rna = draw(st.one_of(st.tuples(SIRETS, st.none() | RNAS), st.tuples(st.none(), RNAS)))
    return PublishedAward(
        grantor_name=draw(TEXTS),
        grantor_siret=draw(SIRETS),
        agreement_date=draw(DAYS),
        decision_reference=draw(st.none() | TEXTS),
        beneficiary_name=draw(TEXTS),
        beneficiary_siret=siret,
        beneficiary_rna=rna,
        purpose=draw(TEXTS),
        amount=draw(st.decimals("0.01", "999999999999.99", places=2)),
        share=draw(st.decimals("0.01", "1", places=6)),
        nature=draw(st.sampled_from(Nature)),
        payment_condition=draw(st.sampled_from(PaymentCondition)),
        period_start=first,
        period_end=draw(st.none() | st.just(second)),
        rae_id=draw(st.none() | st.from_regex(r"\A[0-9A-Z]{1,5}\Z")),
        eu_notified=draw(st.booleans()),
        scheme=draw(st.none() | TEXTS),
    )


# The file is written anew for each example, so one folder serves them all.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(awards=st.lists(_awards(), max_size=4))
def test_what_is_written_is_read_back_the_same(awards: list[PublishedAward], tmp_path: Path) -> None:
    assert _read_back(awards, tmp_path / "awards.csv") == [_facts(award) for award in awards]


def test_the_schema_knows_no_other_column() -> None:
    assert ScdlRowSchema().validate({"montants": "1"})["montants"] == ["Unknown field."]
