"""The minutes say who sat, what was put to the vote and what was decided; secret votes stay secret."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fund.documents.minutes import MinutesSignature, minutes_pdf
from tests.documents.reading import Paper, assert_archival
from tests.documents.sessions import NAMES, RULES, SCORE, SESSION, decision, item, minutes, motion

INSTANT = datetime(2027, 5, 13, 8, tzinfo=UTC)
SIGNED = MinutesSignature(
    "Dominique Exemple",
    INSTANT,
    "0123456789abcdef" * 4,
    "fedcba9876543210" * 4,
    "https://fonds.example/verifier",
)


def read(facts: dict[str, Any], language: str = "fr", signed: MinutesSignature | None = SIGNED) -> Paper:
    return Paper(minutes_pdf(facts, signed=signed, language=language, instant=INSTANT))


def of_item(**changes: Any) -> str:
    return read(minutes(items=[item(**changes)])).text


# --- what they say -------------------------------------------------------------------------------------------


def test_they_say_everything_in_french() -> None:
    text = read(minutes()).text
    for said in (
        "CO-2027-MAIX Procès-verbal de la séance du comité Séance de printemps",
        "Appel à projets Alliances pour l’eau des territoires (AP-2027-RIVE)",
        "Lieu Toulouse, salle Exemple, à distance Convoquée pour le 12 mai 2027 à 14 h 00",
        "Ouverte le 12 mai 2027 à 14 h 04 Levée le 12 mai 2027 à 17 h 31 Présidence Dominique Exemple Suppléance",
        "Quorum de 3 membres présents Majorité simple (plus de voix pour que de voix contre",
        "En cas de partage des voix, celle de la présidence est prépondérante",
        "Dominique Exemple Présidence En séance Camille Essai Suppléance En séance Sacha Modèle Membre En séance",
        "Claude Spécimen Membre Absence",
        "Enveloppe de l’appel 900 000,00 € Engagé hors de cette séance 120 000,00 €",
        "Décidé en séance 45 000,00 € Reste disponible 735 000,00 €",
        "Le comité est parti de la simulation n° 3 et l’a modifiée.",
        "DO-2027-0001 48 000,00 € 45 000,00 €",
        "1 Une rivière en commun Association Exemple des Trois Rivières · DO-2027-0001 48 000,00 € Retenu, 45",
        "1. Une rivière en commun Chef de file Association Exemple des Trois Rivières (DO-2027-0001)",
        "Note ajustée 72,4 (intervalle à 95 % de 65,1 à 79,8), moyenne brute 70,2, 3 évaluations",
        "(n’ont pris part ni aux échanges ni au vote) : Claude Spécimen (même SIREN qu’un membre de l’alliance)",
        "Échanges Le comité souligne la place des habitants. Il s’interroge sur le calendrier.",
        "Proposition n° 1 : retenir le projet, 45 000,00 € Scrutin public, chacun à l’écran",
        "Présents Quorum Pour Contre Abstentions Résultat 4 3 2 1 1 Adoptée",
        "Pour : Dominique Exemple, Camille Essai Contre : Sacha Modèle Abstention : Alix Démonstration Déport",
        "Décision Retenu, 45 000,00 € Conditions Associer la commune de Roques au comité de suivi. Motivation Une",
        "Signé en ligne par Dominique Exemple, présidence de séance, le 13 mai 2027 à 10 h 00 min 00 s",
        "Contenu du procès-verbal (SHA-256) 01234567 89abcdef",
        "Inscription au journal fedcba98 76543210",
        "À vérifier sur https://fonds.example/verifier",
    ):
        assert said in text


def test_they_say_everything_in_english() -> None:
    text = read(minutes(), "en").text
    for said in (
        "Minutes of the committee’s session",
        "Alliances for the water of territories (AP-2027-RIVE)",
        "Quorum of 3 members present Simple majority",
        "The committee started from simulation no. 3 and changed it.",
        "Recused (took no part in discussion or vote): Claude Spécimen (same SIREN as a member)",
        "Motion no. 1: fund the project, €45,000.00 Recorded ballot on screen",
        "Decision Funded, €45,000.00 Conditions",
        "Signed online by Dominique Exemple, chair, on 13 May 2027 at 10:00:00 (Paris time)",
    ):
        assert said in text


def test_they_may_be_archived_and_read_aloud() -> None:
    paper = read(minutes())
    assert_archival(paper, title="Procès-verbal de la séance du comité CO-2027-MAIX", language="fr-FR")
    assert paper.tags().count("/TH") == 3 + 3 + 4 + 6
    assert str(read(minutes(), "en").root.Lang) == "en-GB"


def test_the_same_facts_give_the_same_bytes() -> None:
    def made(facts: dict[str, Any]) -> bytes:
        return minutes_pdf(facts, signed=SIGNED, language="fr", instant=INSTANT)

    assert made(minutes()) == made(minutes())
    assert made(minutes()) != made(minutes(notes="Autre."))


def test_unsigned_they_say_so_on_every_page() -> None:
    facts = minutes(items=[item(number) for number in range(1, 6)])
    draft = read(facts, signed=None)
    assert draft.pages > 2
    assert draft.text.count("Projet non signé") == 2 * draft.pages  # across the page, and at its foot
    assert "Projet de procès-verbal, non signé, établi le 13 mai 2027 à 10 h 00." in draft.text
    assert "Signé en ligne" not in draft.text
    assert "rojet non signé" not in read(facts).text


def test_the_address_of_the_meeting_stays_among_members() -> None:
    assert "visio" not in read(minutes()).text


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"quorum": 50, "quorum_basis": "percent"}, "Quorum de 50 % des membres"),
        ({"quorum": 1}, "Quorum d’un membre présent"),
        ({"majority": "absolute"}, "Majorité absolue (plus de la moitié des personnes présentes pour le dossier)"),
        ({"majority": "two_thirds"}, "Majorité des deux tiers des voix pour et contre"),
        ({"secret_ballot": True}, "Scrutin secret"),
    ],
)
def test_the_rules_are_in_words(rules: dict[str, Any], said: str) -> None:
    assert said in read(minutes(session=SESSION | {"rules": RULES | rules})).text


@pytest.mark.parametrize(
    ("used", "said"),
    [
        ("none", "Aucune simulation n’a été faite."),
        ("ignored", "La simulation n° 7 a été faite ; le comité ne l’a pas suivie."),
        ("adopted", "Le comité a adopté la simulation n° 7."),
    ],
)
def test_what_became_of_the_simulation(used: str, said: str) -> None:
    text = read(minutes(simulation={"used": used, "number": 7, "differences": []})).text
    assert said in text
    assert "Écarts" not in text


# --- motions and decisions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["ballot", "hands"])
def test_a_secret_vote_names_who_voted_and_never_what(method: str) -> None:
    text = of_item(motions=[motion(secret=True, method=method)])
    voters = ", ".join(NAMES[:4])
    assert f"Adoptée Ont pris part au vote : {voters} Déport : Claude Spécimen" in text
    assert "4 3 2 1 1 Adoptée" in text
    for hidden in ("Pour :", "Contre :", "Abstention :"):
        assert hidden not in text


def test_a_show_of_hands_has_its_counts_alone() -> None:
    text = of_item(motions=[motion(method="hands", roll=[])])
    assert "Vote à main levée Présents Quorum Pour Contre Abstentions Résultat 4 3 2 1 1 Adoptée Décision" in text


def test_a_score_that_the_reviewers_agreed_on_comes_first() -> None:
    assert "Évaluation Note de consensus 71, note ajustée 72,4" in of_item(score=SCORE | {"agreed": "71.0"})


def test_who_was_in_the_room_without_a_ballot_is_named() -> None:
    roll = [{"name": NAMES[0], "choice": "for"}, {"name": NAMES[1], "choice": "present"}]
    assert "En séance, sans avoir voté : Camille Essai" in of_item(motions=[motion(roll=roll)])
    assert "En séance : Camille Essai" in of_item(motions=[motion(method="hands", roll=roll[1:])])


def test_a_file_that_the_reader_keeps_off_is_a_number_and_its_outcome() -> None:
    hidden = item(reference=None, title="", lead="", requested=None, score=None, recused=[], notes="", motions=[])
    before = read(minutes(items=[hidden | {"decision": None}])).text
    assert "1. Dossier qui ne vous est pas montré Ce dossier vous est fermé" in before
    assert "Aucune décision" not in before
    declined = decision("declined", None, conditions="", motivation="")
    after = of_item(**hidden | {"decision": declined})
    assert "fermé à cause d’un lien d’intérêts" in after
    assert after.count("Non retenu") == 2  # among the decisions, and below the number


def test_a_file_withdrawn_after_its_decision_says_when() -> None:
    said = of_item(withdrawn_at="2027-05-12T16:00:00+00:00")
    assert "Retrait 12 mai 2027 à 18 h 00" in said


def test_somebody_whose_reason_is_no_longer_known_is_named_without_it() -> None:
    said = of_item(recused=[{"name": NAMES[4], "because": None}])
    assert "(n’ont pris part ni aux échanges ni au vote) : Claude Spécimen Échanges" in said


def test_every_motion_is_there_with_its_own_reasons() -> None:
    motions = [
        motion(motivation="Trop cher.", result="rejected"),
        motion(number=2, outcome="waitlisted", amount="20000.00", rank=3, casting="for"),
    ]
    text = of_item(motions=motions, decision=decision("waitlisted", "20000.00", rank=3))
    assert "Rejetée" in text
    assert (
        "Motivation Trop cher. Proposition n° 2 : inscrire le projet sur la liste d’attente, 20 000,00 €" in text
    )
    assert "Voix partagées : celle de la présidence a été prépondérante." in text
    assert "Décision Liste d’attente, 20 000,00 €, 3e rang" in text
    assert text.count("Une alliance solide") == 1  # what became the decision is not said twice


def test_a_vote_without_quorum_and_a_motion_withdrawn_decide_nothing() -> None:
    motions = [motion(result="no_quorum", present=2), motion(number=2, result="withdrawn")]
    text = of_item(motions=motions, decision=None)
    assert "2 3 2 1 1 Sans effet, faute de quorum" in text
    assert "Proposition n° 2 : retenir le projet, 45 000,00 € Retirée avant le vote" in text
    assert text.count("Résultat") == 1
    assert "Aucune décision n’a été prise sur ce dossier." in text


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("declined", "Décision Non retenu Motivation"),
        ("deferred", "Décision Reporté à une séance ultérieure Motivation"),
        ("withdrawn", "Décision Retiré par l’alliance Motivation"),
    ],
)
def test_every_outcome_has_its_words(outcome: str, said: str) -> None:
    assert said in of_item(motions=[], decision=decision(outcome, None, conditions=""))


# --- little, much, and hostile -------------------------------------------------------------------------------


def test_an_empty_session_has_no_empty_places() -> None:
    facts = minutes(
        session=SESSION | {"opened_at": None, "closed_at": None, "place": "", "link": ""},
        members=[], items=[], simulation={"used": "none", "number": None, "differences": []},
    )  # fmt: skip
    text = read(facts).text
    assert "Aucun membre n’a été convoqué." in text
    assert "Aucun dossier n’était à l’ordre du jour." in text
    for absent in ("Délibérations", "Observations", "Lieu", "Ouverte", "Levée"):
        assert absent not in text


def test_thirty_long_files_and_fifteen_members_fit() -> None:
    long = "Une alliance qui prend soin de l’eau de la source à la mer avec celles et ceux qui y vivent " * 2
    members = [{"name": f"Prénom Exemple {n}", "present": True, "role": "member"} for n in range(15)]
    roll = [{"name": member["name"], "choice": "for"} for member in members]
    items = [item(n, title=long, notes=long * 9, motions=[motion(roll=roll)]) for n in range(1, 31)]
    paper = read(minutes(members=members, items=items))
    assert f"30. {long.strip()} Chef de file" in paper.text
    assert paper.text.count("Prénom Exemple 14") == 31
    assert f"page {paper.pages}/{paper.pages}" in paper.text


def test_what_people_write_is_no_instruction() -> None:
    hostile = '#panic(1) $x$ *gras* = Titre "); #import "house.typ": * <label> \\u{41} {amount} %(x)s'
    text = of_item(
        title=hostile, lead=hostile, notes=hostile, decision=decision(motivation=hostile, conditions=hostile),
        motions=[motion(motivation=hostile, roll=[{"name": hostile, "choice": "for"}])],
    )  # fmt: skip
    assert text.count(hostile) == 2 + 2 + 1 + 1 + 1 + 1 - 1 + 1


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
@example(" ", "\u200b")
@example("\u3000", "\n\n")
def test_no_text_makes_them_fail(one: str, other: str) -> None:
    entry = item(
        title=one, lead=other, notes=one, decision=decision(motivation=other, conditions=one),
        motions=[motion(conditions=other, motivation=one)],
    )  # fmt: skip
    assert read(minutes(items=[entry], notes=other), signed=None).pages >= 1
