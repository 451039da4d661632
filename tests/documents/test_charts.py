"""What pictures say, that they say it in print and to screen readers too, and that a page can hold them safely."""

import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pytest

from fund.documents.charts import palette
from fund.documents.charts.facts import (
    Coverage,
    Envelope,
    Facts,
    Progress,
    Ranking,
    ReviewerProgress,
    Severities,
)
from fund.documents.charts.pictures import picture_of
from fund.documents.charts.svg import WIDTH, breadth, fitted
from tests.documents.pictures import (
    ALL,
    COVERAGE,
    ENVELOPE,
    HOSTILE,
    PROGRESS,
    RANKING,
    SEVERITIES,
    Picture,
    line,
    ranked,
)

TAGS = {"svg", "title", "desc", "defs", "pattern", "g", "path", "line", "rect", "circle", "text", "tspan"}
KINDS = [type(facts).__name__ for facts in ALL]
every_kind = pytest.mark.parametrize("facts", ALL, ids=KINDS)


def drawn(facts: Facts, language: str = "fr") -> Picture:
    return Picture(picture_of(facts, language))


def across(picture: Picture, **attributes: str) -> list[float]:
    """How far from the scale's start the marks with these attributes stand."""
    found = [
        re.match(r"translate\(([-0-9.]+),", path.get("transform", "")) for path in picture.paths(**attributes)
    ]
    return [float(match[1]) for match in found if match]


def extents(picture: Picture, **attributes: str) -> list[tuple[float, float]]:
    """From where, and how far, the areas with these attributes reach."""
    found = [
        re.match(r"M([-0-9.]+),[-0-9.]+h([-0-9.]+)v", path.attrib["d"]) for path in picture.paths(**attributes)
    ]
    return [(float(match[1]), float(match[2])) for match in found if match]


@every_kind
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_picture_has_a_name_and_a_description(facts: Facts, language: str) -> None:
    picture = drawn(facts, language)
    named = [picture.root.find(f".//*[@id='{name}']") for name in picture.root.attrib["aria-labelledby"].split()]
    assert picture.root.attrib["role"] == "img"
    assert [element.text if element is not None else None for element in named] == [
        facts.title,
        picture.description,
    ]
    assert len(picture.description) > 40


@every_kind
def test_a_picture_is_only_shapes_and_texts(facts: Facts) -> None:
    picture = drawn(facts)
    tags = {element.tag.rpartition("}")[2] for element in picture.root.iter()}
    attributes = {name for element in picture.root.iter() for name in element.attrib}
    assert tags <= TAGS
    assert not {"style", "class", "href", "src", "aria-label"} & attributes
    assert not [name for name in attributes if name.startswith("on") or "}" in name]
    assert picture.text.count("://") == 1, "the name of SVG itself"
    assert picture.root.attrib["width"] == "100%"
    assert picture.root.attrib["viewBox"].startswith(f"0 0 {WIDTH} ")


def test_pictures_on_one_page_share_no_identifier() -> None:
    pictures = [drawn(facts) for facts in (*ALL, Ranking("A", ()), Ranking("B", ()), replace(COVERAGE, title="B"))]
    every = [identifier for picture in pictures for identifier in picture.ids]
    assert len(every) == len(set(every))


@every_kind
def test_a_picture_refers_only_to_its_own_patterns(facts: Facts) -> None:
    picture = drawn(facts)
    used = set(re.findall(r"url\(#([^)]+)\)", picture.text))
    assert used <= set(picture.ids)
    assert {name for name in picture.ids if not name.endswith(("-title", "-desc"))} == used


@pytest.mark.parametrize(
    "facts", [RANKING, COVERAGE, PROGRESS, SEVERITIES], ids=lambda facts: type(facts).__name__
)
def test_what_people_wrote_stays_text_on_one_short_line(facts: Facts) -> None:
    found = [text for text in drawn(facts).texts if text.startswith("</text><script>")]
    assert len(found) == 1
    assert found[0].endswith("…")
    assert not re.search("[\x00\u202e]", found[0])


def test_a_title_of_hostile_text_names_the_picture() -> None:
    picture = drawn(replace(ENVELOPE, title=HOSTILE))
    title = next(picture.elements("title")).text or ""
    assert title.startswith("</text><script>alert(1)</script> & « titre » très long")


def test_the_same_facts_give_the_same_picture() -> None:
    picture_of.cache_clear()
    first = picture_of(RANKING, "fr")
    picture_of.cache_clear()
    assert picture_of(RANKING, "fr") == first


@pytest.mark.parametrize(
    "facts", [Ranking("x", ()), Coverage("x", "y", ()), Progress("x", ()), Severities("x", ())], ids=str
)
def test_nothing_to_show_is_said(facts: Facts) -> None:
    assert drawn(facts).texts == ["Rien à montrer pour l’instant."]
    assert drawn(facts, "en").texts == ["Nothing to show yet."]


# The ranking


def test_every_mark_of_a_file_stands_at_its_score() -> None:
    picture = drawn(RANKING)
    unit = (max(extents(picture, fill=palette.BRAND_WASH))[1]) / 16  # the interval of the first spans 16 points
    assert across(picture, stroke=palette.OCHRE) == pytest.approx([85 * unit, 66.25 * unit], abs=0.01)
    assert across(picture, fill=palette.BRAND) == pytest.approx([87 * unit, 68.25 * unit], abs=0.01)
    ticks = [(start + width / 2, width) for start, width in extents(picture, fill=palette.TEXT)]
    assert [middle for middle, _ in ticks] == pytest.approx(
        [unit * score for score in (80, 95, 60.5, 72)], abs=0.01
    )
    assert ticks[0][1] > 2 * ticks[1][1], "two reviews with the same score are drawn thicker"


def test_figures_are_written_in_the_readers_language() -> None:
    assert {"85,0", "87,0", "68,2", "sans note", "Note minimale (50)"} <= set(drawn(RANKING).texts)
    assert {"85.0", "87.0", "68.2", "no score", "Minimum score (50)"} <= set(drawn(RANKING, "en").texts)


def test_the_minimum_is_a_line_only_where_there_is_one() -> None:
    assert [element.get("stroke") for element in drawn(RANKING).elements("line")].count(palette.RED) == 1
    assert palette.RED not in picture_of(replace(RANKING, minimum=None), "fr")


def test_marks_beyond_the_scale_are_kept_on_it() -> None:
    file = replace(ranked(1, 98, 100), adjusted=103.0, low=95.0, high=111.0)
    picture = drawn(Ranking("x", (file,)))
    (mark,) = across(picture, fill=palette.BRAND)
    ((start, width),) = extents(picture, fill=palette.BRAND_WASH)
    assert mark == pytest.approx(start + width) == pytest.approx(start / 95 * 100)
    assert "103,0" in picture.texts


def test_titles_begin_in_one_column_and_only_files_with_a_score_have_a_place() -> None:
    wide, none = replace(ranked(1, 90), reference="DO-WWWW-WWWW"), replace(ranked(2), title="Sans note")
    texts = list(drawn(Ranking("x", (wide, ranked(3, 80), none))).elements("text"))
    titles = {text.get("x") for text in texts if text.text in ("Dossier d’exemple", "Sans note")}
    assert len(titles) == 1
    assert [text.text for text in texts if text.text in ("1", "2", "3", "–")] == ["1", "2", "–"]


def test_sixty_files_are_drawn_and_the_picture_says_how_many_there_are() -> None:
    files = tuple(ranked(number, 90 - number, 95 - number) for number in range(61))
    whole, cut = drawn(Ranking("x", files[:60])), drawn(Ranking("x", files))
    remark = "Les 60 premières lignes sur 61\u00a0; toutes sont dans le tableau."
    assert remark in cut.texts
    assert remark in cut.description
    assert remark not in whole.texts
    assert [text for text in cut.texts if text.startswith("DO-")] == [f"DO-{number}" for number in range(60)]


# The other views


def test_bars_are_as_long_as_the_amounts() -> None:
    picture = drawn(COVERAGE)
    asked = [width for _, width in extents(picture, fill=palette.PAPER, stroke=palette.BRAND)]
    awarded = [width for _, width in extents(picture, fill=palette.BRAND)]
    assert asked[1] / asked[0] == pytest.approx(50 / 400)
    assert awarded == pytest.approx([asked[0] / 4])
    assert {"400\u202f000\u00a0€ (1)", "300\u202f000\u00a0€"} <= set(picture.texts)
    assert {"€400,000 (1)", "€300,000"} <= set(drawn(COVERAGE, "en").texts)


def test_what_nobody_proposed_or_awarded_takes_no_room() -> None:
    before = drawn(Coverage("x", "ODD", (line("ODD 6", 10_000),)))
    assert "Demandé" in before.texts
    assert not {"Proposé", "Accordé"} & set(before.texts)
    after = drawn(Coverage("x", "ODD", (line("ODD 6", 10_000), line("ODD 7", 5_000, 0, 5_000))))
    assert {"Demandé", "Accordé"} <= set(after.texts)
    assert "Proposé" not in after.texts


def test_coverage_of_nothing_but_zeros_is_drawn() -> None:
    assert drawn(Coverage("x", "ODD", (line("ODD 6", 0),))).texts.count("0\u00a0€") == 1


def test_progress_counts_what_is_in_and_what_is_awaited() -> None:
    texts = drawn(PROGRESS).texts
    assert {"Rendues\u00a0: 4", "En cours\u00a0: 1", "En attente de réponse\u00a0: 3", "Refusées\u00a0: 1"} <= set(
        texts
    )
    assert {"3 rendues sur 6", "1 rendue sur 2"} <= set(texts)
    idle = Progress("x", (ReviewerProgress("R", 2, 0, 0, 0, 0),))
    assert "aucune rendue sur 2" in drawn(idle).texts


def test_a_reviewers_states_follow_each_other() -> None:
    picture = drawn(
        Progress("x", (ReviewerProgress("R", assigned=3, accepted=2, submitted=4, declined=1, recused=0),))
    )
    bars = extents(picture, stroke_width="1.5")
    unit = bars[0][1] / 4
    assert [(start / unit, width / unit) for start, width in bars] == [(0, 4), (4, 2), (6, 3), (9, 1)]


def test_the_envelopes_parts_fill_its_bar() -> None:
    picture = drawn(ENVELOPE)
    widths = [float(rect.attrib["width"]) for rect in picture.elements("rect") if rect.get("height") == "40"]
    assert widths == pytest.approx([952 * share for share in (0.5, 0.1000005, 0.15, 0.2499995)], abs=0.01)
    assert {
        "Enveloppe\u00a0: 1\u202f000\u202f000\u00a0€",
        "Décidé en séance\u00a0: 100\u202f000,50\u00a0€",
    } <= set(picture.texts)
    assert "Reste\u00a0: 249\u202f999,50\u00a0€" in picture.description


def test_proposals_beyond_the_envelope_show_by_how_much() -> None:
    over = Envelope("x", Decimal(1_000), Decimal(500), Decimal(300), Decimal(450))
    picture = drawn(over, "en")
    bars = [rect for rect in picture.elements("rect") if rect.get("height") == "40"]
    assert "Over the envelope: €250" in picture.texts
    assert [round(float(bar.attrib["width"]) / 952 * 1250) for bar in bars] == [500, 300, 200, 250]
    assert bars[-1].get("stroke") == palette.RED


def test_an_envelope_of_nothing_is_drawn() -> None:
    zero = Decimal(0)
    assert "Reste\u00a0: 0\u00a0€" in drawn(Envelope("x", zero, zero, zero, zero)).texts


def test_the_most_severe_comes_first_and_what_is_unknown_has_no_interval() -> None:
    picture = drawn(SEVERITIES)
    signed = [text for text in picture.texts if re.fullmatch(r"[+−]?\d,\d", text)]
    assert signed == ["−4,2", "0,0", "+3,1"]
    assert len(extents(picture, fill=palette.BRAND_WASH)) == 2
    assert len(across(picture, fill=palette.BRAND)) == 3
    assert {"+10", "0", "−10"} <= set(picture.texts)


# Print, eyes, fonts


def test_colours_keep_their_contrast_on_paper() -> None:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    def contrast(colour: str) -> float:
        return (light(palette.PAPER) + 0.05) / (light(colour) + 0.05)

    assert min(map(contrast, (palette.TEXT, palette.SOFT_TEXT))) >= 4.5
    assert min(map(contrast, (palette.BRAND, palette.OCHRE, palette.RED))) >= 3


@pytest.mark.parametrize("facts", [COVERAGE, PROGRESS, ENVELOPE], ids=lambda facts: type(facts).__name__)
def test_areas_of_one_picture_differ_without_their_colour(facts: Facts) -> None:
    picture = drawn(facts)
    signs = [rect.attrib["fill"] for group in picture.elements("g") for rect in group if rect.get("width") == "28"]
    shades = [re.sub(r"-[0-9a-f]{6}\)$", "", fill) for fill in signs]
    patterns = ["solid" if shade.startswith("#") and shade != palette.PAPER else shade for shade in shades]
    assert len(patterns) >= 3
    assert len(set(patterns)) == len(patterns)


def test_texts_are_cut_to_their_room() -> None:
    assert fitted("Un toit", 200) == "Un toit"
    assert fitted("a\tb\nc\x07", 200) == "a b c"
    cut = fitted("MAISON DES ALLIANCES DU TERRITOIRE", 120)
    assert cut.endswith("…")
    assert breadth(cut) <= 120 < breadth("MAISON DES ALLIANCES DU TERRITOIRE")


# The process


def run(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_the_envelope_costs_no_engine() -> None:
    code = """
import sys
from fund.documents.charts.pictures import picture_of
from tests.documents.pictures import ENVELOPE
picture_of(ENVELOPE, "fr")
print([name for name in ("altair", "vl_convert") if name in sys.modules])
"""
    assert run(code) == "[]"


def test_a_child_of_a_process_that_has_drawn_is_refused_instead_of_waiting_for_ever() -> None:
    code = """
import os
from fund.documents.charts.pictures import picture_of
from tests.documents.pictures import COVERAGE, RANKING
picture_of(RANKING, "fr")
child = os.fork()
if not child:
    try:
        picture_of(COVERAGE, "fr")
    except RuntimeError:
        os._exit(3)
    os._exit(4)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run(code) == "3"
