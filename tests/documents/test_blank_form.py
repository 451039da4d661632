"""The blank form holds everything that a call asks, and its rules, on paper."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fund.documents.blank_form import render_blank_form
from fund.documents.condition_words import Place, in_words
from fund.documents.form_questions import Paper as FormPaper
from fund.forms.conditions import parse
from fund.forms.definition import (
    AllianceRule,
    BudgetRule,
    CallContent,
    FieldType,
    Form,
    Question,
    Section,
    Words,
)
from tests.documents.calls import CALL, OPTIONS
from tests.documents.reading import Paper


def read(content: CallContent, locale: str = "fr") -> Paper:
    return Paper(render_blank_form(content, locale))


def test_it_holds_the_call_in_french() -> None:
    text = read(CALL).text
    for said in (
        "Alliances pour l’eau des territoires Le fonds soutient",
        "Ouverture 4 janvier 2027 à 09 h 00",
        "Clôture 31 mars 2027 à 23 h 59 min 59 s (heure de Paris)",
        "peut encore être déposé pendant 15 minutes",
        "De 10 000,00 € à 60 000,00 €, et au plus 50 % du budget total",
        "De 3 à 8 membres, chef de file compris Collectivité : 1 au moins (siège : Haute-Garonne (31), Ariège",
        "Territoire du projet Occitanie",
        "règlement (UE) 2023/2831 Le contrat d’engagement républicain est à souscrire.",
        "Solidité de l’alliance Ce que chacun apporte. Au-dessous d’une note moyenne de 1, le comité examine",
        "0 Rien n’est dit. 2 Tout est dit. 60 % 0 à 2 Effets sur l’eau 40 % 0 à 5",
        "Un dossier dont la note globale est inférieure à 42,5 sur 100 n’est pas proposé au financement.",
        "Si vous répondez oui : une dépense engagée avant le dépôt n’est pas soutenue.",
        "1.1 Titre du projet *",
        "À lire d’abord Un mot. 2.1 Milieu * une seule réponse La rivière et ses berges Une zone humide Autre",
        "2.2 Lequel ? À remplir si vous avez répondu « Autre » à la question 2.1. 120 caractères au plus",
        "3. Les objectifs À remplir si vous n’avez pas répondu à la question 2.2.",
        "17. Partenariats pour la réalisation des objectifs",
        "Levier 7",
        "commune ou intercommunalité",
        "À remplir si vous avez répondu à la colonne « Étape ».",
        "4. L’alliance Organisme Nature SIRET ou RNA",
        "5. Le budget prévisionnel Charges Montant (€) Produits Montant (€) 60 Achats",
        "dont subvention demandée au Fonds ODD 17",
        "Total avec les contributions en nature",
        "Statuts * une par membre de l’alliance Signés. PDF, image, texte ou présentation, tableur",
        "Autorisation * À joindre si vous avez répondu « Une zone humide » à la question 2.1. PDF",
        "7. Déclaration et signature Je certifie",
        "Signature de la personne mandatée",
    ):
        assert said in text


def test_it_holds_the_call_in_english() -> None:
    text = read(CALL, "en").text
    for said in (
        "Alliances for the water of territories The fund supports",
        "Closes 31 March 2027 at 23:59:59 (Paris time)",
        "at most 50% of the total budget",
        "Fill in if you answered “Other” to question 2.1.",
        "5. The budget Charges Amount (€) Income",
        "7. Declaration and signature I certify",
    ):
        assert said in text


def test_every_page_has_its_number() -> None:
    paper = read(CALL)
    assert all(f"page {number}/{paper.pages}" in paper.text for number in range(1, paper.pages + 1))


def test_it_may_be_archived_and_read_aloud() -> None:
    paper = read(CALL)
    with paper.pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Formulaire de candidature vierge – Alliances pour l’eau des territoires"
    assert str(paper.root.Lang) == "fr-FR"
    assert paper.tags().count("/H1") == 1
    assert all(set(font) & {"/FontFile2", "/FontFile3"} for font in paper.fonts())


def test_the_same_call_gives_the_same_bytes() -> None:
    assert render_blank_form(CALL, "fr") == render_blank_form(replace(CALL), "fr")


def test_a_bare_call_has_no_empty_parts() -> None:
    bare = replace(
        CALL, title=Words(), summary=Words(), declaration=Words(), eligibility=(), form=Form(), budget=None,
        documents=(), rubric=(), alliance=AllianceRule(),
    )  # fmt: skip
    text = read(bare).text
    assert "3. Déclaration et signature" in text
    for absent in ("budget prévisionnel", "pièces", "Avant de commencer", "Critères", "Territoire du projet"):
        assert absent not in text


def test_the_budget_offers_the_accounts_of_the_call() -> None:
    text = read(replace(CALL, budget=BudgetRule(accounts=("62", "75"), in_kind=False))).text
    assert "622 Rémunérations" in text
    assert "74 Subventions" in text
    assert "60 Achats" not in text
    assert "contributions en nature" not in text


@pytest.mark.parametrize("text", ["#panic(1) *x* $y$", "x" * 200, "😀\u202e"])
def test_what_officers_write_is_no_instruction(text: str) -> None:
    words = Words(text, text)
    question = Question("a", FieldType.CHOICE, words, words, options=(replace(OPTIONS[0], label=words),))
    paper = read(
        replace(CALL, title=words, form=Form((Section("s", words, words, fields=(question,)),)), documents=())
    )
    assert "2.1" in paper.text


@pytest.mark.parametrize("kind", list(FieldType))
def test_every_kind_of_question_has_its_space(kind: FieldType) -> None:
    column = Question("c", FieldType.AMOUNT, Words("Colonne", "Column"))
    question = Question("q", kind, Words("Question posée", "Question"), options=OPTIONS, fields=(column,))
    paper = FormPaper([Section("s", Words("S", "S"), fields=(question,))], "fr")
    (data,) = paper.sections()[0]["fields"]
    expected = {
        FieldType.NOTE: "note", FieldType.LONG_TEXT: "lines", FieldType.NUMBER: "short", FieldType.AMOUNT: "short",
        FieldType.DATE: "date", FieldType.ADDRESS: "address", FieldType.FILE: "file", FieldType.ROWS: "rows",
        FieldType.YES_NO: "yes_no", FieldType.CHOICE: "boxes", FieldType.CHOICES: "boxes", FieldType.SDGS: "boxes",
        FieldType.LEVERS: "boxes", FieldType.MEASURES: "boxes",
    }  # fmt: skip
    assert data["space"]["kind"] == expected.get(kind, "line")
    content = replace(CALL, form=Form((Section("s", Words("S", "S"), fields=(question,)),)), documents=())
    assert "Question posée" in read(content).text


@pytest.mark.parametrize(
    ("maximum", "lines"), [(None, 8), (Decimal(100), 3), (Decimal(900), 10), (Decimal(20_000), 20)]
)
def test_the_space_grows_with_what_may_be_written(maximum: Decimal | None, lines: int) -> None:
    question = Question("q", FieldType.LONG_TEXT, Words("Q", "Q"), maximum=maximum)
    paper = FormPaper([Section("s", Words("S", "S"), fields=(question,))], "fr")
    assert paper.sections()[0]["fields"][0]["space"]["count"] == lines


# --- conditions in words -------------------------------------------------------------------------------------

QUESTIONS = {
    "kind": Question("kind", FieldType.CHOICE, Words("Genre", "Kind"), options=OPTIONS),
    "paid": Question("paid", FieldType.YES_NO, Words("Payant", "Paid")),
    "cost": Question("cost", FieldType.AMOUNT, Words("Coût", "Cost")),
    "day": Question("day", FieldType.DATE, Words("Jour", "Day")),
    "goals": Question("goals", FieldType.SDGS, Words("ODD", "SDGs")),
    "area": Question("area", FieldType.TERRITORY, Words("Lieu", "Place")),
}


@pytest.mark.parametrize(
    ("text", "fr", "en"),
    [
        ('kind == "other"', "si vous avez répondu « Autre » à Q", "if you answered “Other” to Q"),
        ('kind != "other"', "si vous n’avez pas répondu « Autre » à Q", "if you did not answer “Other” to Q"),
        ("paid == yes", "si vous avez répondu « oui » à Q", "if you answered “yes” to Q"),
        ("not paid == no", "si vous n’avez pas répondu « non » à Q", "if you did not answer “no” to Q"),
        ("cost < 2500.50", "si la réponse à Q est inférieure à 2 500,5", "if the answer to Q is below 2,500.5"),
        ("not cost > 10", "si la réponse à Q est inférieure ou égale à 10", "if the answer to Q is at most 10"),
        ('day >= "2027-03-01"', "si la réponse à Q est au plus tôt le 1er mars 2027",
         "if the answer to Q is no earlier than 1 March 2027"),
        ('goals has "4"', "si vous avez coché « 4. Éducation de qualité » à Q",
         "if you ticked “4. Quality education” in Q"),
        ('area has "dep:31"', "si vous avez coché « Haute-Garonne (31) » à Q",
         "if you ticked “Haute-Garonne (31)” in Q"),
        ("cost is filled", "si vous avez répondu à Q", "if you answered Q"),
        ("not cost is filled", "si vous n’avez pas répondu à Q", "if you did not answer Q"),
        ("cost is empty", "si vous n’avez pas répondu à Q", "if you did not answer Q"),
        ('kind in ["river", "gone"]', "si vous avez répondu « La rivière et ses berges » ou « gone » à Q",
         "if you answered “The river and its banks” or “gone” to Q"),
        ("paid == yes and (cost is empty or day is filled)",
         "si vous avez répondu « oui » à Q et (si vous n’avez pas répondu à Q ou si vous avez répondu à Q)",
         "if you answered “yes” to Q and (if you did not answer Q or if you answered Q)"),
        ("not (paid == yes and cost is empty)",
         "si vous n’avez pas répondu « oui » à Q ou si vous avez répondu à Q",
         "if you did not answer “yes” to Q or if you answered Q"),
    ],
)  # fmt: skip
def test_a_condition_reads_as_a_sentence(text: str, fr: str, en: str) -> None:
    condition = parse(text)
    for locale, sentence in (("fr", fr), ("en", en)):
        words = in_words(condition, lambda name: Place(QUESTIONS[name], "Q"), locale)
        assert " ".join(words.split()) == sentence
