"""The demand for a repayment says what, why, by when and where to; the receipt what came and what is left."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fund.documents.repayment import repayment_demand_pdf, repayment_receipt_pdf
from tests.documents.agreements import repayment
from tests.documents.reading import Paper, assert_archival

INSTANT = datetime(2030, 4, 2, 8, tzinfo=UTC)
RECEIPTS = [
    {"number": 1, "amount": "1000.00", "received_on": "2030-04-20", "bank_reference": "VIR 0420"},
    {"number": 2, "amount": "1200.00", "received_on": "2030-05-02", "bank_reference": ""},
]
PART = repayment(receipts=RECEIPTS, outstanding="2000.00")


def demand(facts: dict[str, Any], language: str = "fr") -> Paper:
    return Paper(repayment_demand_pdf(facts, language=language, instant=INSTANT))


def receipt(facts: dict[str, Any], language: str = "fr") -> Paper:
    return Paper(repayment_receipt_pdf(facts, language=language, instant=INSTANT))


def test_the_demand_says_everything() -> None:
    text = demand(repayment()).text
    for said in (
        "2 place de l’Exemple 31000 Toulouse Association Exemple des Trois Rivières Camille Essai, présidente",
        "Nos références : RV-2030-MOUL Le 2 avril 2030 Objet : Demande de reversement RV-2030-MOUL",
        "de reverser 4 200,00 € sur la subvention accordée au projet « Une rivière en commun », au plus tard",
        "Motif Le compte rendu final justifie l’emploi de 40 800 €",
        "Convention CV-2027-RIVE Subvention versée 45 000,00 € Emploi justifié 40 800,00 € Reversement",
        "Titulaire Fonds ODD 17 IBAN FR76 •••• •••• •••• •••• •••• 189 BIC EXEMFRPPXXX Référence à rappeler",
        "écrivez à fonds@fonds.example avant cette date",
        "Pour le fonds Dominique Exemple trésorerie",
    ):
        assert said in text, said
    assert "You will receive a written answer." in demand(repayment(), "en").text
    assert "to pay back €4,200.00 of the grant" in demand(repayment(), "en").text


def test_the_demand_leaves_out_what_is_not_known() -> None:
    text = demand(repayment(spent=None, account=None, agreement="")).text
    for absent in ("Emploi justifié", "Comment payer", "IBAN"):
        assert absent not in text
    assert "Convention AT-2027-RIVE" in text


def test_the_receipt_of_a_part_says_what_is_left() -> None:
    text = receipt(PART).text
    for said in (
        "Le 2 mai 2030 Objet : Quittance de reversement RV-2030-MOUL",
        "Le fonds a reçu 1 200,00 € le 2 mai 2030, en réponse à sa demande de reversement RV-2030-MOUL",
        "Il reste 2 000,00 € à reverser, au plus tard le 15 mai 2030.",
        "Reste à reverser 2 000,00 €",
        "1 20 avril 2030 VIR 0420 1 000,00 € 2 2 mai 2030 – 1 200,00 €",
    ):
        assert said in text, said
    assert "Motif" not in text
    assert "€2,000.00 remain to be paid back, by 15 May 2030." in receipt(PART, "en").text


def test_the_receipt_of_the_whole_says_that_nothing_is_left() -> None:
    text = receipt(repayment(receipts=RECEIPTS, outstanding="0.00")).text
    assert "La somme demandée est entièrement reversée." in text
    assert "Il reste" not in text


def test_they_may_be_archived_and_the_same_facts_give_the_same_bytes() -> None:
    assert_archival(demand(repayment()), title="Demande de reversement RV-2030-MOUL", language="fr-FR")
    assert_archival(receipt(PART, "en"), title="Receipt of repayment RV-2030-MOUL", language="en-GB")
    for made, facts in ((repayment_demand_pdf, repayment()), (repayment_receipt_pdf, PART)):
        assert made(facts, language="fr", instant=INSTANT) == made(facts, language="fr", instant=INSTANT)


def test_a_long_reason_and_many_receipts_break_over_pages() -> None:
    assert demand(repayment(why="Un motif détaillé.\n\n" * 90)).pages > 2
    many = [RECEIPTS[0] | {"number": number} for number in range(1, 91)]
    assert "90 20 avril 2030" in receipt(repayment(receipts=many)).text


def test_what_people_write_is_no_instruction() -> None:
    hostile = '#panic(1) $x$ = Titre "); #import "x.typ" <label> \\u{41} {amount} %(x)s'
    text = demand(repayment(why=hostile, project=hostile, signatory=hostile)).text
    assert text.count(hostile) == 1 + 2 + 1


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=60))
@example("\u200b")
@pytest.mark.parametrize("made", [demand, receipt])
def test_no_text_makes_them_fail(made: Any, text: str) -> None:
    line = RECEIPTS[0] | {"bank_reference": text}
    assert made(repayment(why=text, project=text, addressee=text, function=text, receipts=[line])).pages >= 1
