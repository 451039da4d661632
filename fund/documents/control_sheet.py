"""The control sheet (bordereau de contrôle) of a file of transfers: what whoever hands it to the bank compares.

Facts:

- ``reference`` (of the payment file), ``message_id``, ``made_at``, ``execution_day``, ``sha256`` (of the bytes);
- ``debtor``: ``name``, ``iban``, ``bic``;
- ``count``, ``total`` (euros): what the file says of itself;
- ``orders``: ``end_to_end_id``, ``tranche`` (its reference), ``beneficiary``, ``iban`` (only its end is printed),
  ``amount`` (euros), ``ordered_by``, ``approved_by`` (names).
"""

from datetime import datetime
from decimal import Decimal

from fund.bank.accounts import grouped_iban, masked_iban
from fund.documents.committee_words import COLON, Facts, day_in_paris, euros
from fund.documents.typesetting import typeset
from fund.documents.words import grouped_digest, in_language, instant_to_the_second, number_text
from fund.forms.definition import Words

WORDS = {
    "fund": Words("Fonds ODD 17", "Fonds ODD 17"),
    "title": Words("Bordereau de contrôle", "Control sheet"),
    "subtitle": Words("Fichier de virements SEPA", "SEPA credit transfer file"),
    "page": Words("page", "page"),
    "colon": COLON,
    "digest": Words("Empreinte du fichier (SHA-256)", "Fingerprint of the file (SHA-256)"),
    "orders": Words("Virements", "Transfers"),
    "total": Words("Total", "Total"),
    "signatures": Words("Remise à la banque", "Handing over to the bank"),
    "check": Words(
        "Comparer l’empreinte avec celle du fichier remis, puis le nombre de virements et le total avec ce que la "
        "banque affiche.",
        "Compare the fingerprint with that of the file handed over, then the number of transfers and the total "
        "with what the bank shows.",
    ),
    "handed": Words("Remis par", "Handed over by"),
    "checked": Words("Contrôlé par", "Checked by"),
    "sign": Words("Nom, date et signature", "Name, date and signature"),
}
FACTS = {
    "message_id": Words("Identifiant du message", "Message identification"),
    "made_at": Words("Fichier établi le", "File made on"),
    "execution_day": Words("Exécution demandée le", "Execution asked for"),
    "debtor": Words("Compte débité", "Account debited"),
    "count": Words("Nombre de virements", "Number of transfers"),
    "total": Words("Total", "Total"),
}
COLUMNS = (
    Words("Tranche", "Tranche"),
    Words("Référence de bout en bout", "End-to-end reference"),
    Words("Bénéficiaire", "Beneficiary"),
    Words("IBAN", "IBAN"),
    Words("Ordonné par", "Ordered by"),
    Words("Approuvé par", "Approved by"),
    Words("Montant", "Amount"),
)


def control_sheet_pdf(facts: Facts, language: str, instant: datetime) -> bytes:
    """The PDF in that language (``fr`` or ``en``), dated ``instant``.

    Raises ValueError where the count or the total is not that of the orders: such a sheet would control nothing.
    """
    orders = facts["orders"]
    total = sum((Decimal(order["amount"]) for order in orders), Decimal(0))
    if (facts["count"], Decimal(facts["total"])) != (len(orders), total):
        raise ValueError(f"{facts['reference']}: {len(orders)} orders of {total}, not what the file says")
    data = {
        "locale": language,
        "words": in_language(WORDS, language),
        "draft": "",
        "reference": facts["reference"],
        "facts": _facts(facts, language),
        "digest": grouped_digest(facts["sha256"]),
        "columns": [column.of(language) for column in COLUMNS],
        "orders": [_order(order, language) for order in orders],
        "total": euros(facts["total"], language),
    }
    return typeset("control_sheet", data, instant=instant)


def _facts(facts: Facts, language: str) -> list[tuple[str, str]]:
    debtor = facts["debtor"]
    said = {
        "message_id": facts["message_id"],
        "made_at": instant_to_the_second(datetime.fromisoformat(facts["made_at"]), language),
        "execution_day": day_in_paris(facts["execution_day"], language),
        "debtor": f"{debtor['name']}\n{grouped_iban(debtor['iban'])} – {debtor['bic']}",
        "count": number_text(Decimal(facts["count"]), language),
        "total": euros(facts["total"], language),
    }
    return [(label.of(language), said[key]) for key, label in FACTS.items()]


def _order(order: Facts, language: str) -> dict[str, str]:
    return {
        **{key: order[key] for key in ("tranche", "end_to_end_id", "beneficiary", "ordered_by", "approved_by")},
        "iban": masked_iban(order["iban"]),
        "amount": euros(order["amount"], language),
    }
