"""The receipt says what was deposited, can be archived and read aloud, and never fails."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fund.documents.receipt import ReceiptFacts, ReceiptMember, render_receipt
from fund.documents.words import ordinal
from tests.documents.reading import Paper

FACTS = ReceiptFacts(
    reference="ODD17-2027-K7WX",
    call_title="Alliances pour l’eau des territoires",
    project_title="Une rivière en commun",
    lead_name="Association Exemple des Trois Rivières",
    submitted_at=datetime(2027, 3, 31, 21, 59, 7, tzinfo=UTC),
    signatory_name="Camille Exemple",
    signatory_function="Présidente",
    declaration="Je certifie l’exactitude de ce dossier.",
    members=(
        ReceiptMember("Association Exemple des Trois Rivières", "Association", "Chef de file"),
        ReceiptMember("Commune exemple de Roques", "Collectivité", "A confirmé le 3 mars 2027"),
    ),
    requested_amount=Decimal("48000.00"),
    total_budget=Decimal("120450.50"),
    content_sha256="0123456789abcdef" * 4,
    journal_hash="fedcba9876543210" * 4,
    number=1,
    verify_url="https://fonds-odd17.example/recepisses/ODD17-2027-K7WX/0123456789abcdef0123456789abcdef",
)


def read(facts: ReceiptFacts, locale: str = "fr") -> Paper:
    return Paper(render_receipt(facts, locale))


def test_it_says_everything_in_french() -> None:
    paper = read(FACTS)
    assert paper.pages == 1
    for said in (
        "Accusé de réception de dépôt 1er dépôt",
        "31 mars 2027 à 23 h 59 min 07 s (heure de Paris)",
        "Référence ODD17-2027-K7WX",
        "Projet Une rivière en commun",
        "Budget total 120 450,50 €",
        "Subvention demandée 48 000,00 €",
        "Signataire Camille Exemple, Présidente",
        "Commune exemple de Roques Collectivité A confirmé le 3 mars 2027",
        "Je certifie l’exactitude de ce dossier. Signé en ligne par Camille Exemple, Présidente.",
        "01234567 89abcdef 01234567 89abcdef 01234567 89abcdef 01234567 89abcdef",
        "fedcba98 76543210 fedcba98 76543210 fedcba98 76543210 fedcba98 76543210",
    ):
        assert said in paper.text


def test_it_says_everything_in_english() -> None:
    paper = read(FACTS, "en")
    for said in (
        "Receipt of deposit 1st deposit",
        "31 March 2027 at 23:59:07 (Paris time)",
        "Grant requested €48,000.00",
        "Signed online by Camille Exemple",
    ):
        assert said in paper.text
    assert str(paper.root.Lang) == "en-GB"


def test_it_may_be_archived_and_read_aloud() -> None:
    paper = read(FACTS)
    with paper.pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Accusé de réception de dépôt ODD17-2027-K7WX"
        assert metadata["xmp:CreateDate"] == "2027-03-31T21:59:07+00:00"
    assert paper.root.MarkInfo.Marked is True
    assert paper.root.ViewerPreferences.DisplayDocTitle is True
    assert str(paper.root.Lang) == "fr-FR"
    assert len(paper.root.OutputIntents) == 1
    assert [tag for tag in paper.tags() if tag.startswith("/H")] == ["/H1", "/H2", "/H2", "/H2", "/H2"]
    assert paper.tags().count("/TH") == 3
    assert all(set(font) & {"/FontFile2", "/FontFile3"} for font in paper.fonts())


def test_the_same_facts_give_the_same_bytes() -> None:
    assert render_receipt(FACTS, "fr") == render_receipt(replace(FACTS), "fr")
    assert render_receipt(FACTS, "fr") != render_receipt(replace(FACTS, number=2), "fr")


def test_the_address_to_check_it_is_a_link_and_can_be_copied() -> None:
    paper = read(FACTS)
    assert FACTS.verify_url in paper.text
    assert b"200B" not in paper.pdf.pages[0].Contents.read_bytes()  # no break that nobody sees is copied with it
    links = [annotation.A.URI for page in paper.pdf.pages for annotation in page.Annots]
    assert {str(link) for link in links} == {FACTS.verify_url}


def test_a_deposit_after_a_correction_says_so() -> None:
    assert "2e dépôt, après correction" in read(replace(FACTS, number=2)).text


@pytest.mark.parametrize(
    ("number", "word"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (13, "13th"), (22, "22nd")]
)
def test_ordinals_in_english(number: int, word: str) -> None:
    assert ordinal(number, "en") == word


def test_a_call_without_budget_or_declaration_has_no_empty_places() -> None:
    text = read(
        replace(FACTS, requested_amount=None, total_budget=None, declaration="", signatory_function="")
    ).text
    assert "Budget total" not in text
    assert "Déclaration" not in text
    assert "Signataire Camille Exemple L’alliance" in text


def test_a_large_alliance_goes_on_the_next_page() -> None:
    members = tuple(
        ReceiptMember(f"Organisme exemple {number}", "Association", "A confirmé") for number in range(50)
    )
    paper = read(replace(FACTS, members=members))
    assert paper.pages > 1
    assert "Organisme exemple 49" in paper.text
    assert f"page {paper.pages}/{paper.pages}" in paper.text


# --- texts are texts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "#panic(1) $x$ *gras* _ital_ `code` = Titre",
        '"); #import "house.typ": *',
        '#image("/etc/passwd") @ref <label> \\u{41} // fin /* fin */',
        "<script>alert(1)</script> & { } [ ] ~ --- ...",
    ],
)
def test_what_people_write_is_no_instruction(text: str) -> None:
    assert text in read(replace(FACTS, project_title=text)).text


def test_what_no_font_draws_is_replaced_and_what_turns_the_reading_is_left_out() -> None:
    text = read(replace(FACTS, project_title="Eau 😀 vive\u202e 中\ue000\ud800 Ελλάδα Łódź")).text
    assert "Eau \ufffd vive \ufffd\ufffd\ufffd Ελλάδα Łódź" in text


def test_a_word_without_end_stays_on_the_page() -> None:
    paper = read(replace(FACTS, lead_name="x" * 300))
    assert paper.text.count("x") > 300  # every one is there, though in several lines
    assert "x" * 300 not in paper.text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
@example("e\u0323\u0301\u0308", "\u0301")
@example("\u0e33\u0bbe\u1100\u1161", "\u3000\u2003")
@example("", "")
def test_no_text_makes_it_fail(title: str, name: str) -> None:
    facts = replace(
        FACTS, project_title=title, lead_name=name, signatory_name=name, declaration=title, call_title=name,
        members=(ReceiptMember(name, title, name),),
    )  # fmt: skip
    assert read(facts).pages >= 1
