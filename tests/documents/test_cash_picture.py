"""The picture of the cash plan: columns that pile up, amounts that fit, and the table behind it."""

from decimal import Decimal

import pytest

from fund.documents.charts.columns import rounded
from fund.documents.charts.facts import CashColumn, CashNeeds
from fund.documents.charts.pictures import picture_of
from fund.documents.charts.tabulating import table_of
from tests.documents.pictures import CASH, Picture


def column(label: str, planned: int, probable: int = 0, due: int = 0) -> CashColumn:
    nought = Decimal(0)
    return CashColumn(
        label, Decimal(planned), nought, nought, Decimal(due), nought, nought, nought, Decimal(probable)
    )


def drawn(*columns: CashColumn, language: str = "fr") -> Picture:
    return Picture(picture_of(CashNeeds("Besoin", columns), language))


def test_only_what_there_is_stands_in_the_key() -> None:
    texts = drawn(column("déc. 2026", 1_000), column("janv. 2027", 0, due=500)).texts
    assert {"Prévu", "Exigible, à ordonner"} <= set(texts)
    assert not {"Bloqué", "À la banque", "Probable (convention non signée)"} & set(texts)
    assert "Probable (convention non signée)" in Picture(picture_of(CASH, "fr")).texts


def test_the_amount_above_a_column_is_without_the_probable() -> None:
    texts = drawn(column("déc. 2026", 1_000, probable=300), column("janv. 2027", 0, probable=700)).texts
    assert "1\u202f000\u00a0€" in texts
    assert "Montants écrits\u00a0: sans le probable" in texts
    assert not any("300" in text or "700" in text for text in texts)


def test_parts_stand_on_each_other() -> None:
    """As high as their euros: the part that is planned stands on the one that is due."""
    paths = drawn(column("déc. 2026", 1_000, due=3_000)).paths(**{"stroke-width": "1.5"})
    assert len(paths) == 2
    heights = [abs(float(path.attrib["d"].split("v")[1].split("h")[0])) for path in paths]
    assert heights[0] == pytest.approx(3 * heights[1], abs=0.1)


def test_names_stand_on_two_lines_where_there_are_many() -> None:
    months = [column(f"déc. {year}", 1_000) for year in range(2026, 2041)]
    assert drawn(*months).texts.count("déc.") == 15
    assert "déc. 2026" in drawn(*months[:3]).texts


@pytest.mark.parametrize(
    ("euros", "french", "english"),
    [
        ("950", "950\u00a0€", "€950"),
        ("999.60", "1\u00a0k€", "€1k"),
        ("12500", "12,5\u00a0k€", "€12.5k"),
        ("99950", "100\u00a0k€", "€100k"),
        ("480400", "480\u00a0k€", "€480k"),
        ("999499", "999\u00a0k€", "€999k"),
        ("999500", "1\u00a0M€", "€1M"),
        ("1250000", "1,2\u00a0M€", "€1.2M"),
    ],
)
def test_amounts_are_short_where_there_is_little_room(euros: str, french: str, english: str) -> None:
    assert rounded(Decimal(euros), "fr") == french
    assert rounded(Decimal(euros), "en") == english


def test_the_table_has_every_figure_and_the_sums() -> None:
    table = table_of(CASH, "fr")
    late, december, last, sums = table.rows
    assert late[1:] == (0, 1_500, 700, 2_000, 3_000, 4_000, 5_000, 16_200, 16_200, 0)
    assert december[-3:] == (12_500, 28_700, 8_000)
    assert last[-3:] == (0, 28_700, 500)
    assert sums == ("Ensemble", 12_500, 1_500, 700, 2_000, 3_000, 4_000, 5_000, 28_700, None, 8_500)
