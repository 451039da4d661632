"""The map of France: each département once, shaded by euros, with the figure of its alliances."""

import re
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from config.communes import departements
from config.outlines import MAINLAND, OVERSEAS, is_overseas, outlines
from fund.documents.charts.facts import Amount, FranceMap, MapLine
from fund.documents.charts.palette import PAPER, SHADES
from fund.documents.charts.pictures import picture_of
from fund.documents.charts.tabulating import table_of
from tests.documents.pictures import FRANCE, HOSTILE, Picture


def shape_of(picture: Picture, code: str) -> list[str]:
    """The fills with which the outline of a département is drawn: its own, and its enlargement's."""
    return [path.attrib["fill"] for path in picture.elements("path") if path.get("d") == outlines()[code].path]


def line(code: str, euros: int, files: int = 1) -> MapLine:
    return MapLine(code, departements()[code].name, Amount(files, Decimal(euros)))


def test_every_departement_has_an_outline_within_its_plane() -> None:
    of_today = {code for code in departements() if not code.startswith(("975", "977", "978", "98"))}
    assert outlines().keys() == of_today
    for code, outline in outlines().items():
        wide, high = (OVERSEAS, OVERSEAS) if is_overseas(code) else MAINLAND
        assert re.fullmatch(r"(M\d+,\d+l[-\d ]+z)+", outline.path), code
        assert 0 < outline.x < wide, code
        assert 0 < outline.y < high, code


def test_each_is_drawn_once_and_those_around_paris_again_larger() -> None:
    picture = Picture(picture_of(FRANCE, "fr"))
    drawn = {code: len(shape_of(picture, code)) for code in outlines()}
    assert {code for code, count in drawn.items() if count == 2} == {"75", "92", "93", "94"}
    assert set(drawn.values()) == {1, 2}


def test_the_more_was_awarded_the_darker() -> None:
    facts = FranceMap("Carte", (line("31", 200_000), line("09", 100_000), line("32", 50_000), line("65", 1)))
    picture = Picture(picture_of(facts, "fr"))
    assert [shape_of(picture, code) for code in ("31", "09", "32", "65", "66")] == [
        [SHADES[3]],
        [SHADES[1]],
        [SHADES[0]],
        [SHADES[0]],
        [PAPER],
    ]
    assert "De 150\u202f000\u00a0€ à 200\u202f000\u00a0€" in picture.texts


def test_shades_differ_in_a_print_without_colours() -> None:
    greys = [sum(int(shade[place : place + 2], 16) for place in (1, 3, 5)) for shade in (PAPER, *SHADES)]
    assert all(lighter - darker > 60 for lighter, darker in pairwise(greys))


def test_the_figure_counts_the_alliances_and_the_pointer_reads_the_rest() -> None:
    picture = Picture(picture_of(FRANCE, "fr"))
    assert {"12", "2", "3"} <= set(picture.texts)
    titles = [title.text for title in picture.elements("title")]
    assert "Haute-Garonne (31)\u00a0: 240\u202f000\u00a0€, alliances\u00a0: 12" in titles
    assert "Ariège" in titles


def test_what_is_not_on_the_map_is_named_and_stands_in_the_table() -> None:
    for language, beginning in (("fr", "Hors de la carte"), ("en", "Not on the map")):
        picture = Picture(picture_of(FRANCE, language))
        remark = next(text for text in picture.texts if text.startswith(beginning))
        assert "Polynésie française (987)" in remark
        assert "Polynésie française (987)" in picture.description
    table = table_of(FRANCE, "fr")
    assert [row[0] for row in table.rows[-3:]] == ["Polynésie française (987)", HOSTILE, "Ensemble"]
    assert table.rows[-1] == ("Ensemble", 19, Decimal("375000.50"))


@pytest.mark.parametrize("euros", ["0.01", "1", "999.99", "15000", "999999999999.99"])
def test_any_amount_has_a_class(euros: str) -> None:
    facts = replace(FRANCE, lines=(MapLine("31", "Haute-Garonne", Amount(1, Decimal(euros))),))
    (fill,) = shape_of(Picture(picture_of(facts, "fr")), "31")
    assert fill in SHADES
