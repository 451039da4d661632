"""The table behind a picture: complete, written in the reader's language, and safe in a spreadsheet."""

from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook

from fund.documents.charts.facts import Envelope, Facts, Progress, Ranking
from fund.documents.charts.tabulating import table_of
from fund.documents.tables import Column, Kind, Table, Value, shown, write_sheet
from tests.documents.pictures import ALL, COVERAGE, ENVELOPE, HOSTILE, PROGRESS, RANKING, SEVERITIES, ranked

NUMBERS = Table(
    "Chiffres",
    (
        Column("Nom"),
        Column("Dossiers", Kind.COUNT),
        Column("Montant (€)", Kind.EUROS),
        Column("Note", Kind.POINTS),
        Column("Écart", Kind.DIFFERENCE),
    ),
    (("Ariège", 1200, Decimal("1234.50"), 72.25, -3.0), ("Aude", 0, Decimal(0), None, None)),
)


def opened(*tables: Table, title: str = "Classement", language: str = "fr") -> Workbook:
    return openpyxl.load_workbook(BytesIO(write_sheet(tables, title, language)))


@pytest.mark.parametrize(
    ("value", "kind", "french", "english"),
    [
        (None, Kind.EUROS, "", ""),
        ("=1+1", Kind.TEXT, "=1+1", "=1+1"),
        (12345, Kind.COUNT, "12\u202f345", "12,345"),
        (Decimal("12345.60"), Kind.EUROS, "12\u202f345,60\u00a0€", "€12,345.60"),
        (Decimal("12345.00"), Kind.EUROS, "12\u202f345\u00a0€", "€12,345"),
        (Decimal("-0.50"), Kind.EUROS, "−0,50\u00a0€", "−€0.50"),
        (72.46, Kind.POINTS, "72,5", "72.5"),
        (3.14, Kind.DIFFERENCE, "+3,1", "+3.1"),
        (-3.14, Kind.DIFFERENCE, "−3,1", "−3.1"),
        (-0.04, Kind.DIFFERENCE, "0,0", "0.0"),
        (Decimal("12.345"), Kind.PERCENT, "12,3", "12.3"),
    ],
)
def test_values_are_written_as_people_read_them(value: Value, kind: Kind, french: str, english: str) -> None:
    assert (shown(value, kind, "fr"), shown(value, kind, "en")) == (french, english)


def test_a_row_has_a_value_for_each_column() -> None:
    with pytest.raises(ValueError, match="one value for each column"):
        Table("x", (Column("a"), Column("b")), (("only one",),))


# The table behind each picture


def test_the_ranking_gives_every_file_with_its_spread() -> None:
    table = table_of(RANKING, "fr")
    assert [column.label for column in table.columns[:4]] == ["Rang", "Référence", "Dossier", "Évaluations"]
    assert table.rows[0] == (1, "DO-1", "Dossier d’exemple", 3, 85.0, 87.0, 79.0, 95.0, 80, 95)
    assert table.rows[2] == (3, "DO-3", "Dossier d’exemple", 0, None, None, None, None, None, None)


def test_the_table_holds_what_the_picture_leaves_out() -> None:
    assert len(table_of(Ranking("x", tuple(ranked(number, 50.0) for number in range(70))), "fr").rows) == 70


def test_coverage_names_its_dimension_and_gives_files_and_euros() -> None:
    table = table_of(COVERAGE, "en")
    assert [column.label for column in table.columns] == [
        "Département",
        *("Asked (files)", "Asked (€)", "Proposed (files)", "Proposed (€)", "Awarded (files)", "Awarded (€)"),
    ]
    assert table.rows[0] == ("Ariège", 1, 400_000, 1, 200_000, 1, 100_000)


def test_progress_ends_with_the_sums() -> None:
    rows = table_of(PROGRESS, "fr").rows
    assert rows[0] == ("Évaluateur 1", 3, 1, 2, 0, 1, 6)
    assert rows[-1] == ("Ensemble", 4, 1, 3, 1, 1, 8)
    assert table_of(Progress("x", ()), "fr").rows == (("Ensemble", 0, 0, 0, 0, 0, 0),)


def test_the_envelopes_parts_add_up_in_euros_and_in_percent() -> None:
    *parts, total = table_of(ENVELOPE, "fr").rows
    assert sum(Decimal(str(row[1])) for row in parts) == total[1] == ENVELOPE.total
    assert sum(Decimal(str(row[2])) for row in parts) == total[2] == 100


def test_an_envelope_of_nothing_has_no_shares() -> None:
    zero = Decimal(0)
    assert {row[2] for row in table_of(Envelope("x", zero, zero, zero, zero), "fr").rows} == {None}


def test_severities_come_as_in_the_picture() -> None:
    assert [row[2] for row in table_of(SEVERITIES, "fr").rows] == [-4.25, 0.0, 3.1]


# As a spreadsheet


@pytest.mark.parametrize("facts", ALL, ids=lambda facts: type(facts).__name__)
def test_every_table_can_be_downloaded(facts: Facts) -> None:
    table = table_of(facts, "fr")
    sheet = opened(table).worksheets[0]
    assert [cell.value for cell in sheet[1]] == [column.label for column in table.columns]
    assert sheet.max_row == 1 + len(table.rows)


def test_numbers_are_numbers_with_the_format_of_their_kind() -> None:
    sheet = opened(NUMBERS).worksheets[0]
    assert [cell.value for cell in sheet[2]] == ["Ariège", 1200, 1234.5, 72.25, -3]
    assert [cell.value for cell in sheet[3]] == ["Aude", 0, 0, None, None]
    assert [cell.number_format for cell in sheet[2]][1:] == [
        "#,##0",
        r"#,##0.00\ [$€-40C]",
        "0.0",
        "+0.0;-0.0;0.0",
    ]


def test_the_head_stays_in_sight_and_on_every_printed_page() -> None:
    book = opened(NUMBERS, title="Séance & votes\n2026")
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:E3"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.oddHeader is not None
    assert sheet.oddHeader.left.text == "Séance && votes 2026"
    assert book.properties.title == "Séance & votes 2026"
    assert all(8 <= sheet.column_dimensions[letter].width <= 61 for letter in "ABCDE")


@pytest.mark.parametrize("start", "=+-@")
def test_texts_are_never_formulas(start: str) -> None:
    sheet = opened(Table("x", (Column(f"{start}1+1"),), ((f"{start}1+1",),))).worksheets[0]
    assert [(cell.value, cell.data_type) for cell in sheet["A"]] == [(f"'{start}1+1", "s")] * 2


def test_hostile_text_leaves_a_file_that_opens() -> None:
    hostile = Table(HOSTILE, (Column(HOSTILE),), ((HOSTILE,),))
    book = opened(hostile, title=HOSTILE)
    assert str(book.worksheets[0]["A2"].value).startswith("</text><script>alert(1)</script> & \ufffd")


@settings(max_examples=40, deadline=None)
@given(titles=st.lists(st.text(max_size=50), min_size=1, max_size=4))
def test_any_titles_make_sheets_that_a_spreadsheet_can_name(titles: list[str]) -> None:
    names = opened(*(Table(title, (Column("a"),), ()) for title in titles)).sheetnames
    assert len({name.casefold() for name in names}) == len(titles)
    assert all(0 < len(name.encode("utf-16-le")) // 2 <= 31 for name in names)


def test_tables_of_one_name_get_numbers() -> None:
    long = "Répartition des montants par département"
    assert opened(*(Table(title, (Column("a"),), ()) for title in (long, long, "", "'?"))).sheetnames == [
        "Répartition des montants par dé",
        "Répartition des montants par 2",
        "Tableau",
        "Tableau 2",
    ]
