"""The members' packet: an agenda, a sheet per file, and not a word on a file that its reader may not see."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fund.documents.session_pack import session_pack_pdf
from tests.documents.reading import Paper, assert_archival
from tests.documents.sessions import SCORE, pack, sheet

INSTANT = datetime(2027, 5, 5, 8, tzinfo=UTC)
BARE: dict[str, Any] = {
    **dict.fromkeys(("criteria", "comments", "advice", "members", "sdgs", "levers"), ()),
    **dict.fromkeys(("score", "divergence", "proposed", "starts_on", "ends_on", "total_budget")),
    **dict.fromkeys(("remark", "summary", "territory"), ""),
}


def read(facts: dict[str, Any], language: str = "fr") -> Paper:
    return Paper(session_pack_pdf(facts, language, INSTANT))


def of_sheet(**changes: Any) -> str:
    return read(pack(items=[sheet(**changes)])).text


def test_it_says_everything_in_french() -> None:
    text = read(pack()).text
    for said in (
        "CO-2027-MAIX Dossier de séance du comité Séance de printemps",
        "Date 12 mai 2027 à 14 h 00 Lieu Toulouse, salle Exemple, à distance : https://visio.example/comite",
        "Membres Dominique Exemple, Camille Essai",
        "Enveloppe de l’appel 900 000,00 € Disponible pour cette séance 780 000,00 €",
        "Document réservé aux membres du comité",
        "N° Dossier Demandé Note Page 1 Une rivière en commun Association Exemple des Trois Rivières",
        "DO-2027-0001 48 000,00 € 72,4 2",
        "Décision proposée : Retenir le projet, 45 000,00 €",
        "Territoire Roques (Haute-Garonne) Dates du 1er septembre 2027 au 31 août 2029",
        "Subvention demandée 48 000,00 €, soit 39,9 % du budget Budget total 120 450,50 €",
        "ODD 6. Eau propre et assainissement 17. Partenariats pour la réalisation des objectifs Leviers Levier 2",
        "Le projet Soigner la rivière avec ceux qui y vivent. Trois communes, deux écoles, une entreprise.",
        "Commune exemple de Roques Collectivité Accès aux berges",
        "Note ajustée 72,4 (intervalle à 95 % de 65,1 à 79,8), moyenne brute 70,2, 3 évaluations",
        "31,5 points entre la note la plus haute et la plus basse. Le désaccord demeure et est consigné.",
        "Deux lectures du budget.",
        "Solidité de l’alliance 60 % 3,7 sur 5 3 à 5 Effets sur l’eau (sous le seuil de 2) 40 % 1,5 sur 5 1 à 2",
        "• Des rôles clairs. • Une gouvernance à préciser. Appréciation générale • Un projet utile.",
        "Avis demandés Le débit suffit-il en été ? Oui, sauf en août. Agence exemple de l’eau",
        "Observation du fonds Dossier complet.",
    ):
        assert said in text


def test_it_says_everything_in_english() -> None:
    text = read(pack(), "en").text
    for said in (
        "Papers of the committee’s session",
        "Proposed decision: Fund the project, €45,000.00",
        "Dates 1 September 2027 to 31 August 2029 Grant requested €48,000.00, 39.9% of the budget",
        "Effects on the water (below the threshold of 2) 40% 1.5 out of 5 1 to 2",
        "They still disagree, as recorded.",
        "File no. 2: you are recused from this file",
    ):
        assert said in text


def test_it_may_be_archived_and_read_aloud() -> None:
    paper = read(pack())
    assert_archival(paper, title="Dossier de séance du comité CO-2027-MAIX", language="fr-FR")
    assert paper.tags().count("/TH") == 5 + 3 + 4


def test_the_same_facts_give_the_same_bytes() -> None:
    assert session_pack_pdf(pack(), "fr", INSTANT) == session_pack_pdf(pack(), "fr", INSTANT)
    assert session_pack_pdf(pack(), "fr", INSTANT) != session_pack_pdf(pack(items=[]), "fr", INSTANT)


def test_of_a_file_one_is_recused_from_there_is_a_line_and_nothing_else() -> None:
    # Even where the facts would hold more than a recused reader may see.
    paper = read(pack(items=[sheet(1, **BARE), sheet(2, title="Secret", lead="Caché", recused=True)]))
    assert "2 Dossier n° 2 : vous vous déportez sur ce dossier (lien d’intérêts)." in paper.text
    for hidden in ("Secret", "Caché", "DO-2027-0002", "Roques", "72,4"):
        assert hidden not in paper.text
    assert paper.pages == 2


def test_the_agenda_leads_to_the_sheets_and_each_page_names_its_file() -> None:
    paper = read(pack(items=[sheet(number, **BARE) for number in (1, 2, 3)]))
    assert paper.pages == 4
    assert len(list(paper.pdf.pages[0].Annots)) == 3
    for number in (1, 2, 3):
        assert f"Fonds ODD 17 · CO-2027-MAIX · Dossier n° {number} page {number + 1}/4" in paper.text


def test_a_file_without_reviews_says_so() -> None:
    text = of_sheet(**BARE)
    assert "Aucune évaluation n’a été remise." in text
    assert "DO-2027-0001 48 000,00 € – 2" in text
    for absent in (
        "Commentaires",
        "Avis",
        "Observation",
        "Décision proposée",
        "Territoire",
        "Leviers",
        "L’alliance",
    ):
        assert absent not in text


@pytest.mark.parametrize(
    ("score", "said"),
    [
        ({"adjusted": None, "low": None, "high": None, "reviews": 1}, "Moyenne brute 70,2, une évaluation"),
        ({"low": None, "high": None, "reviews": 2}, "Note ajustée 72,4, moyenne brute 70,2, 2 évaluations"),
        (
            {"adjusted": 0, "low": 0, "high": 4.5},
            "Note ajustée 0 (intervalle à 95 % de 0 à 4,5), moyenne brute 70,2",
        ),
    ],
)
def test_a_score_says_what_is_known_of_it(score: dict[str, Any], said: str) -> None:
    assert said in of_sheet(score=SCORE | score)


def test_the_agenda_shows_an_adjusted_score_of_nought() -> None:
    assert "48 000,00 € 0 2" in of_sheet(score=SCORE | {"adjusted": "0.0", "low": "0.0"})


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ({"mean": None, "low": None, "high": None}, "Effets sur l’eau 40 % – –"),
        ({"mean": "2.00", "low": 2, "high": 2}, "Effets sur l’eau 40 % 2 sur 5 2 à 2"),
    ],
)
def test_a_criterion_without_marks_or_at_its_threshold_is_not_below_it(mark: dict[str, Any], said: str) -> None:
    text = of_sheet(criteria=[sheet()["criteria"][1] | mark])
    assert said in text
    assert "seuil" not in text


def test_an_empty_agenda_says_so() -> None:
    paper = read(pack(items=[], members=[]))
    assert "L’ordre du jour est vide." in paper.text
    assert paper.pages == 1


def test_long_texts_go_on_the_next_page() -> None:
    long = "Une alliance qui prend soin de l’eau de la source à la mer. " * 300
    members = [{"name": f"Organisme exemple {n}", "kind": "company", "part": "Un rôle"} for n in range(15)]
    divergence = {"spread": "40", "outcome": "consensus", "text": long + "Fin du rapport."}
    item = sheet(summary=long, members=members, comments=[long + "Fin du commentaire."], divergence=divergence)
    paper = read(pack(items=[item]))
    for said in ("Organisme exemple 14", "Fin du commentaire.", "Fin du rapport.", "Observation du fonds"):
        assert said in paper.text
    assert paper.text.count("mer.") == 900
    assert paper.pages >= 12  # nothing is drawn below the edge of a page


def test_what_people_write_is_no_instruction() -> None:
    hostile = '#panic(1) $x$ *gras* = Titre "); #import "house.typ": * <label> \\u{41} {amount} %(x)s'
    text = of_sheet(title=hostile, summary=hostile, comments=[hostile], remark=hostile)
    assert text.count(hostile) == 5


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
@example(" ", "\u200b")
@example("\u3000", "\n\n")
def test_no_text_makes_it_fail(one: str, other: str) -> None:
    entry = sheet(title=one, summary=other, comments=[one, other], remark=one, sdgs=[one], territory=other)
    entry["advice"][0] |= {"question": one, "of": other}
    entry["criteria"][0] |= {"label_fr": other, "label_en": one}
    assert read(pack(items=[entry])).pages >= 2
