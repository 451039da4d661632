"""The letter of decision: a first draft for every outcome, and a paper whose facts no editing can change."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fund.documents.letter import letter_pdf
from fund.documents.letter_drafts import letter_body, letter_subject
from tests.documents.reading import Paper, assert_archival
from tests.documents.sessions import letter

INSTANT = datetime(2027, 5, 20, 6, tzinfo=UTC)


def read(facts: dict[str, Any], language: str = "fr") -> Paper:
    return Paper(letter_pdf(facts, language, INSTANT))


def draft(outcome: str, language: str = "fr", **changes: Any) -> str:
    return letter_body(outcome, letter(outcome=outcome, **changes), language).replace("\u202f", "\u00a0")


# --- the paper -----------------------------------------------------------------------------------------------


def test_it_says_everything_in_french() -> None:
    text = read(letter()).text
    for said in (
        "Fonds ODD 17 1 place de l’Exemple 31000 Toulouse Association Exemple des Trois Rivières Camille Essai",
        "Nos références : DO-2027-0001 Le 20 mai 2027 Objet : décision du comité sur le projet",
        "Madame, Monsieur, Voici la décision. Recevez mes salutations.",
        "la présidence Dominique Exemple La décision Appel à projets Alliances pour l’eau",
        "Décision Retenu Subvention accordée 45 000,00 € Conditions Associer la commune",
        "Motivation Une alliance solide, ancrée dans son territoire. Voies et délais de recours Un recours",
    ):
        assert said in text
    assert "Projet de lettre" not in text


def test_it_says_everything_in_english() -> None:
    text = read(letter(), "en").text
    for said in (
        "Our reference: DO-2027-0001 20 May 2027 Subject: décision du comité sur le projet Une rivière",
        "For the committee, the chair Dominique Exemple The decision Call for projects Alliances for the water",
        "Decision Funded Grant awarded €45,000.00",
    ):
        assert said in text


def test_it_may_be_archived_and_read_aloud() -> None:
    assert_archival(read(letter()), title="Décision du comité DO-2027-0001", language="fr-FR")


def test_the_same_facts_give_the_same_bytes() -> None:
    assert letter_pdf(letter(), "fr", INSTANT) == letter_pdf(letter(), "fr", INSTANT)
    assert letter_pdf(letter(), "fr", INSTANT) != letter_pdf(letter(rank=2), "fr", INSTANT)


def test_before_its_release_it_is_a_draft_without_date() -> None:
    paper = read(letter(released_at=None, body="Un paragraphe.\n\n" * 60))
    assert paper.pages > 1
    assert paper.text.count("Projet de lettre") == 2 * paper.pages
    assert "20 mai 2027" not in paper.text


def test_the_day_of_the_letter_is_that_of_paris() -> None:
    assert "Le 21 mai 2027" in read(letter(released_at="2027-05-20T22:30:00+00:00")).text


def test_a_place_on_the_waiting_list_promises_no_amount() -> None:
    text = read(letter(outcome="waitlisted", rank=2)).text
    assert "Décision Liste d’attente Rang sur la liste d’attente 2e" in text
    assert "45 000" not in text


def test_what_is_not_said_has_no_heading() -> None:
    text = read(letter(outcome="declined", amount=None, conditions="", motivation="", recourse="")).text
    assert "Décision Non retenu" in text
    for absent in ("Conditions", "Motivation", "Voies", "Subvention", "Rang"):
        assert absent not in text


def test_what_people_write_is_no_instruction() -> None:
    hostile = '#panic(1) $x$ *gras* = Titre "); #import "house.typ": * <label> \\u{41} {amount} %(x)s'
    said = dict.fromkeys(("title", "subject", "body", "conditions", "addressee", "chair"), hostile)
    assert read(letter(**said)).text.count(hostile) == 6


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
@example(" ", "\u200b")
@example("\u3000", "\n\n")
def test_no_text_makes_it_fail(one: str, other: str) -> None:
    facts = letter(
        title=one, body=other, conditions=one, motivation=other, addressee=one, chair=other, recourse=one
    )
    assert read(facts).pages >= 1


# --- the first draft -----------------------------------------------------------------------------------------


def test_a_grant_is_announced_with_its_amount_and_what_was_asked() -> None:
    body = draft("funded")
    for said in (
        "Madame, Monsieur,\n\nVous avez déposé le 31\u00a0mars\u00a02027",
        "le projet «\u00a0Une rivière en commun\u00a0» (dossier\u00a0DO-2027-0001)",
        "sa séance du 12\u00a0mai\u00a02027.",
        "une subvention de 45\u00a0000,00\u00a0€, sur les 48\u00a0000,00\u00a0€ demandés.",
        "\n\nLes conditions dont cette décision est assortie et sa motivation figurent à la suite",
        "aucun versement ne peut intervenir avant cette signature.",
    ):
        assert said in body
    assert body.endswith("l’expression de ma considération distinguée.")
    assert "demandés" not in draft("funded", amount="48000.00")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"motivation": ""}, "Les conditions dont cette décision est assortie figurent"),
        ({"conditions": ""}, "La motivation de cette décision figure"),
    ],
)
def test_it_points_to_what_follows_and_only_to_that(changes: dict[str, str], said: str) -> None:
    assert said in draft("declined", amount=None, **changes)
    assert "à la suite de cette lettre" not in draft("declined", amount=None, conditions="", motivation="")


@pytest.mark.parametrize(
    ("outcome", "language", "said"),
    [
        ("waitlisted", "fr", "sur la liste d’attente, au rang indiqué à la suite de cette lettre."),
        ("declined", "fr", "J’ai le regret de vous informer que le comité n’a pas retenu ce projet."),
        ("deferred", "fr", "Le comité a choisi de reporter sa décision sur ce projet à une séance ultérieure."),
        ("funded", "en", "a grant of €45,000.00, of the €48,000.00 requested."),
        ("waitlisted", "en", "on the waiting list, at the rank shown after this letter."),
        ("declined", "en", "I regret to inform you that the committee has not selected this project."),
        ("deferred", "en", "The committee has chosen to defer its decision on this project to a later session."),
    ],
)
def test_every_outcome_has_its_letter(outcome: str, language: str, said: str) -> None:
    body = draft(outcome, language, rank=1)
    assert said in body
    assert "\n\n\n" not in body
    assert "€" not in body or outcome == "funded"


def test_the_subject_names_the_project_in_both_languages() -> None:
    assert letter_subject(letter(), "fr") == "décision du comité sur le projet «\u00a0Une rivière en commun\u00a0»"
    assert letter_subject(letter(), "en") == "decision of the committee on the project “Une rivière en commun”"


def test_what_a_title_says_stays_a_title() -> None:
    assert "{amount} %s {0}" in draft("funded", title="{amount} %s {0}")


def test_a_file_withdrawn_gets_no_letter() -> None:
    with pytest.raises(KeyError):
        draft("withdrawn")
