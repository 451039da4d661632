"""The balance on paper: its figures, pictures that are read aloud, tables, and how all is counted."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pikepdf

from fund.documents.balance import balance_pdf
from fund.documents.charts.facts import Breakdown, BreakdownLine
from fund.documents.charts.pictures import picture_of
from tests.documents.pictures import BREAKDOWN, FRANCE, HOSTILE, MONTHS
from tests.documents.reading import Paper, assert_archival

INSTANT = datetime(2027, 7, 1, 8, tzinfo=UTC)
MANY = Breakdown(
    "Par mesure",
    "Mesure",
    tuple(BreakdownLine(f"Mesure {n}", Decimal(1_000 * n), Decimal(500), Decimal(0)) for n in range(1, 31)),
)


def view(title: str = "Par levier", *pictures: str, rows: int = 2) -> dict[str, Any]:
    return {
        "title": title,
        "note": "Un dossier compte sur chaque ligne.",
        "pictures": list(pictures),
        "columns": ["Levier", "Dossiers déposés", "Montant demandé"],
        "numeric": [False, True, True],
        "rows": [[f"Levier {number}", "2", "50 000 €"] for number in range(1, rows + 1)],
    }


def facts(*views: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "period": "Du 1er janvier 2027 au 30 juin 2027",
        "scope": "",
        "figures": [("Dossiers déposés", "4"), ("Montant accordé", "15 000 €")],
        "views": list(views),
        "glossary": [("Dossiers déposés", "Par le jour du premier dépôt.")],
        "notes": ["Les jours sont ceux de Paris."],
        **changes,
    }


def read(given: dict[str, Any], language: str = "fr") -> Paper:
    return Paper(balance_pdf(given, language, INSTANT))


def test_it_says_everything_in_french() -> None:
    text = read(
        facts(view("Par levier", picture_of(BREAKDOWN, "fr")), scope="L’historique importé est compté.")
    ).text
    for said in (
        "Bilan Du 1er janvier 2027 au 30 juin 2027",
        "Établi le 1er juillet 2027 à 10 h 00. L’historique importé est compté.",
        "En bref",
        "15 000 € Montant accordé",
        "Par levier Un dossier compte sur chaque ligne.",
        "Levier 2 2 50 000 €",
        "Comment les chiffres sont comptés • Les jours sont ceux de Paris.",
        "Dossiers déposés Par le jour du premier dépôt.",
    ):
        assert said in text, said


def test_it_says_its_own_words_in_english() -> None:
    text = read(facts(), "en").text
    for said in ("Balance", "Drawn up on 1 July 2027", "In brief", "How the figures are counted"):
        assert said in text, said


def test_it_may_be_archived_and_every_picture_is_read_aloud() -> None:
    pictures = [picture_of(each, "fr") for each in (BREAKDOWN, MONTHS, FRANCE)]
    paper = read(facts(view("Par levier", *pictures)))
    assert_archival(paper, title="Bilan – Du 1er janvier 2027 au 30 juin 2027", language="fr-FR")
    assert paper.tags().count("/Figure") == len(pictures)
    told = sorted(str(found.Alt) for found in figures(paper.root.StructTreeRoot))
    assert [text.partition(" – ")[0] for text in told] == ["Carte", "Par levier", "Versé mois par mois"]
    assert "Montants versés chaque mois, en euros." in told[-1]
    assert paper.tags().count("/TH") == 3


def test_a_picture_that_is_too_tall_has_an_upright_page() -> None:
    across = read(facts(view("Par levier", picture_of(BREAKDOWN, "fr"))))
    upright = read(facts(view("Par mesure", picture_of(MANY, "fr"))))
    assert upright.pages == across.pages + 1
    assert [is_upright(page) for page in across.pdf.pages] == [False, False, False]
    assert [is_upright(page) for page in upright.pdf.pages] == [False, True, False, False]


def test_a_long_table_goes_on_under_its_head() -> None:
    paper = read(facts(view(rows=101)))
    assert paper.pages > 4
    assert "Levier 101 2 50 000 €" in paper.text


def test_nothing_to_show_and_hostile_words() -> None:
    empty = picture_of(Breakdown("Par levier", "Levier", ()), "fr")
    hostile = view(HOSTILE, empty) | {"note": "#panic()", "rows": [[HOSTILE, "1", "*1*"]]}
    text = read(facts(hostile)).text
    assert "#panic()" in text
    assert "<script>alert(1)</script>" in text


def test_the_same_facts_give_the_same_bytes() -> None:
    given = facts(view("Par levier", picture_of(BREAKDOWN, "fr")))
    assert balance_pdf(given, "fr", INSTANT) == balance_pdf(given, "fr", INSTANT)
    assert balance_pdf(given, "fr", INSTANT) != balance_pdf(facts(), "fr", INSTANT)


def is_upright(page: Any) -> bool:
    _, _, width, height = map(float, page.mediabox)
    return height > width


def figures(element: Any) -> list[Any]:
    """The pictures in the structure of a paper."""
    if not isinstance(element, pikepdf.Dictionary):
        return []
    found = [element] if str(element.get("/S", "")) == "/Figure" else []
    children: Any = element.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        found += figures(child)
    return found
