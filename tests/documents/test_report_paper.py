"""The report on a grant: planned and actual, what differs and why, what was done, who certifies it."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fund.documents.report_paper import report_pdf
from tests.documents.agreements import report, row
from tests.documents.reading import Paper, assert_archival

INSTANT = datetime(2030, 3, 12, 9, tzinfo=UTC)


def read(facts: dict[str, Any], language: str = "fr") -> Paper:
    return Paper(report_pdf(facts, language=language, instant=INSTANT))


def test_it_says_everything_in_french() -> None:
    text = read(report()).text
    for said in (
        "CR-2030-RIVE Compte rendu final de subvention Dans le plan du formulaire Cerfa n° 15059*02",
        "Bénéficiaire Association Exemple des Trois Rivières, 000 000 000 00018",
        "Attribution AT-2027-RIVE, convention signée le 15 juin 2027 Subvention accordée 45 000,00 €",
        "Période du 1er septembre 2027 au 31 août 2029 Attendu le 28 février 2030 Personnes touchées 1 250",
        "Charges Prévu Réalisé Écart (€) Écart (%) 60 – Achats 20 000,00 € 25 000,00 € +5 000,00 € +25 %",
        "604 – Prestations de services · Animation des ateliers 20 000,00 € 25 000,00 € +5 000,00 € +25 %*",
        "606 – Fournitures 0,00 € 300,00 € +300,00 € –",
        "Total 48 000,00 € 48 000,00 € 0,00 € 0 %",
        "* Écart supérieur au seuil de 10 % fixé par l’appel à projets.",
        "La subvention représente 37,36 % du total des produits.",
        "la subvention s’établit à 40 800,00 €. Trop-perçu : 4 200,00 €, à reverser au fonds.",
        "Animation des ateliers Deux ateliers de plus, à la demande des habitants. Le chantier a commencé",
        "Le projet Ce qui a été fait Douze ateliers. Un chantier. Ce qui reste à faire –",
        "Personnes associées 300 341 Pièces jointes",
        "Camille Essai (présidente) certifie exactes les informations",
        "20 février 2030 à 17 h 05 min 09 s (heure de Paris)",
        "Compte rendu accepté le 12 mars 2030, avec une réserve. Réserve Joindre l’arrêté de la région.",
    ):
        assert said in text, said
    assert text.count("Le projet ") == 1  # a section is named once


def test_it_says_everything_in_english() -> None:
    text = read(report(), "en").text
    for said in (
        "Final report on a grant",
        "604 – Services bought · Animation des ateliers €20,000.00 €25,000.00 +€5,000.00 +25%*",
        "Difference beyond the call’s threshold of 10%.",
        "Report accepted on 12 March 2030, with a reserve.",
    ):
        assert said in text, said


def test_less_is_told_from_more() -> None:
    account = report()["account"]
    less = row(planned="1000.00", realised="800.00", difference="-200.00", percent="-20", explanation="")
    text = read(report(account=account | {"charges": [less], "products": []})).text.replace("\u2212", "-")
    assert "800,00 € -200,00 € -20 %*" in text
    assert "Sans explication." in text


def test_a_draft_says_so_on_every_page() -> None:
    paper = read(report(handed_in=None, decision=None, final=False))
    assert paper.text.count("· Brouillon page") == paper.pages
    assert "Compte rendu intermédiaire de subvention" in paper.text
    assert "Brouillon du 12 mars 2030 à 10 h 00, pas encore remis au fonds." in paper.text
    for absent in ("Attestation", "Décision du fonds"):
        assert absent not in paper.text


def test_what_there_is_not_leaves_no_empty_place() -> None:
    facts = report(account=None, explanations="", indicators=[], answers=[], documents=[], people_reached=None)
    text = read(facts | {"decision": {"accepted_at": "2030-03-12T09:00:00+00:00", "reserve": ""}}).text
    for absent in ("Explication", "Bilan", "Indicateurs", "Pièces", "Personnes", "réserve", "Réserve"):
        assert absent not in text
    assert "L’appel à projets ne demande pas de budget dans ce plan." in text
    within = report()["account"] | {"charges": [row(beyond=False, explanation="")], "unspent": "0.00"}
    text = read(report(account=within, explanations="")).text
    for absent in ("supérieur au seuil", "Explication", "Trop-perçu"):
        assert absent not in text


def test_it_may_be_archived_and_the_same_facts_give_the_same_bytes() -> None:
    paper = read(report())
    assert_archival(paper, title="Compte rendu final de subvention CR-2030-RIVE", language="fr-FR")
    assert paper.tags().count("/TH") == 5 + 5 + 3
    assert report_pdf(report(), language="fr", instant=INSTANT) == report_pdf(
        report(), language="fr", instant=INSTANT
    )


def test_long_lists_break_over_pages() -> None:
    rows = [row(f"6{number}", label=f"Ligne {number}") for number in range(120)]
    answers = [
        {"section": f"Partie {n // 5}", "label": f"Question {n}", "text": "Réponse. " * 60} for n in range(30)
    ]
    paper = read(report(account=report()["account"] | {"charges": rows}, answers=answers))
    assert paper.text.count("Ligne 119") == 2
    assert "Question 29" in paper.text
    assert paper.pages > 10


def test_what_people_write_is_no_instruction() -> None:
    hostile = '#panic(1) $x$ = Titre "); #import "x.typ" <label> \\u{41} {amount} %(x)s'
    account = report()["account"] | {"charges": [row(label=hostile, explanation=hostile)]}
    answers = [{"section": hostile, "label": hostile, "text": hostile}]
    text = read(report(account=account, answers=answers, explanations=hostile, documents=[hostile])).text
    assert text.count(hostile) == (2 + 1) + 3 + 1 + 1


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
@example(" ", "\u200b")
@example("\u3000", "\n\n")
def test_no_text_makes_it_fail(one: str, other: str) -> None:
    account = report()["account"] | {"charges": [row(label=one, explanation=other)]}
    answers = [{"section": other, "label": one, "text": other}]
    facts = report(account=account, answers=answers, project=one, explanations=other, documents=[one])
    assert read(facts).pages >= 1
