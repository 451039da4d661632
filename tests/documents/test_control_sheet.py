"""The control sheet of a transfer file: everything that is compared, and nothing that does not agree."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fund.documents.control_sheet import control_sheet_pdf
from tests.documents.reading import Paper, assert_archival

INSTANT = datetime(2027, 5, 1, 22, 31, tzinfo=UTC)


def order(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "end_to_end_id": f"CV-2027-{number:04}-T1",
        "tranche": f"TR-2027-{number:04}",
        "beneficiary": "Association Exemple des Trois Rivières",
        "iban": "FR7699999000010000000000115",
        "amount": "24000.00",
        "ordered_by": "Camille Essai",
        "approved_by": "Dominique Exemple",
        **changes,
    }


def sheet(**changes: Any) -> dict[str, Any]:
    return {
        "reference": "VF-2027-0001",
        "message_id": "VF-2027-0001-M",
        "made_at": "2027-05-01T22:30:07+00:00",
        "execution_day": "2027-05-03",
        "sha256": "0123456789abcdef" * 4,
        "debtor": {
            "name": "Fonds exemple des alliances",
            "iban": "FR7630006000011234567890189",
            "bic": "AGRIFRPPXXX",
        },
        "count": 2,
        "total": "36500.50",
        "orders": [
            order(),
            order(2, beneficiary="Commune Exemple", amount="12500.50", iban="FR7699999000010000000000212"),
        ],
        **changes,
    }


def read(facts: dict[str, Any], language: str = "fr") -> Paper:
    return Paper(control_sheet_pdf(facts, language, INSTANT))


def test_it_says_everything_in_french() -> None:
    text = read(sheet()).text
    for said in (
        "Bordereau de contrôle Fichier de virements SEPA Identifiant du message VF-2027-0001-M",
        "Fichier établi le 2 mai 2027 à 00 h 30 min 07 s (heure de Paris) Exécution demandée le 3 mai 2027",
        "Compte débité Fonds exemple des alliances FR76 3000 6000 0112 3456 7890 189 – AGRIFRPPXXX",
        "Nombre de virements 2 Total 36 500,50 €",
        "01234567 89abcdef 01234567 89abcdef 01234567 89abcdef 01234567 89abcdef",
        "TR-2027-0001 CV-2027-0001-T1 Association Exemple des Trois Rivières FR •••• 0115 Camille Essai",
        "FR •••• 0115 Camille Essai Dominique Exemple 24 000,00 €",
        "TR-2027-0002 CV-2027-0002-T1 Commune Exemple FR •••• 0212 Camille Essai Dominique Exemple 12 500,50 €",
        "Total 36 500,50 € Remise à la banque Comparer l’empreinte",
        "Remis par Nom, date et signature Contrôlé par Nom, date et signature",
    ):
        assert said in text


def test_it_says_everything_in_english() -> None:
    text = read(sheet(), "en").text
    for said in (
        "Control sheet SEPA credit transfer file Message identification VF-2027-0001-M",
        "File made on 2 May 2027 at 00:30:07 (Paris time) Execution asked for 3 May 2027",
        "Number of transfers 2 Total €36,500.50",
        "Ordered by Approved by Amount",
    ):
        assert said in text


def test_a_beneficiarys_account_is_not_printed_whole() -> None:
    text = read(sheet()).text.replace(" ", "")
    assert "FR7699999000010000000000115" not in text
    assert "99999" not in text


def test_it_may_be_archived_and_read_aloud() -> None:
    paper = read(sheet())
    assert_archival(paper, title="Bordereau de contrôle VF-2027-0001", language="fr-FR")
    assert paper.tags().count("/Table") == 1


def test_the_same_facts_give_the_same_paper() -> None:
    assert control_sheet_pdf(sheet(), "fr", INSTANT) == control_sheet_pdf(sheet(), "fr", INSTANT)


@pytest.mark.parametrize("changes", [{"count": 3}, {"total": "36500.51"}, {"orders": [order()]}])
def test_a_sheet_that_does_not_agree_with_its_orders_is_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="VF-2027-0001"):
        control_sheet_pdf(sheet(**changes), "fr", INSTANT)


def test_many_orders_go_on_the_next_pages_under_the_same_head() -> None:
    orders = [order(number, amount="1.00") for number in range(1, 81)]
    paper = read(sheet(orders=orders, count=80, total="80.00"))
    assert paper.pages >= 3
    assert all(f"CV-2027-{number:04}-T1" in paper.text for number in range(1, 81))
    assert paper.text.count("Référence de bout en bout") >= 3


def test_the_longest_references_and_names_stay_on_the_paper() -> None:
    long = order(end_to_end_id="X" * 35, tranche="TR-2027-0001-00001", beneficiary="Exemple " * 30)
    paper = read(sheet(orders=[long | {"ordered_by": "N" * 70}], count=1, total="24000.00"))
    for said in ("X" * 35, "TR-2027-0001-00001", "Exemple " * 30):
        assert said in paper.text


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=60))
@example('#panic(1) $x$ *gras* "); #import "house.typ": * {amount} %(x)s')
@example("\u3000\n\u200b")
def test_no_text_makes_it_fail(text: str) -> None:
    orders = [order(beneficiary=text, tranche=text, ordered_by=text, approved_by=text)]
    assert "FR •••• 0115" in read(sheet(orders=orders, count=1, total="24000.00")).text
