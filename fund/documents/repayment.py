"""The demand that an alliance pay money back (demande de reversement), and the receipt for it (quittance).

Facts, every key always there; amounts are euros:

- ``reference`` (of the demand), ``award`` and ``agreement`` (references; ``agreement`` may be empty), ``call``
  (``title_fr``, ``title_en``), ``project``;
- ``sender`` and ``addressee``: name and address, a line each; ``contact``: the fund's mail address;
- ``asked_on`` and ``due_on`` (days), ``amount``, ``paid`` (of the grant so far), ``spent`` (as accounted for, or
  None), ``why``;
- ``account`` to pay to: ``holder``, ``iban``, ``bic``, printed as they are given (masked or whole); or None;
- ``signatory`` and ``function``: who asks in the fund's name;
- ``receipts``, oldest first: ``number``, ``amount``, ``received_on``, ``bank_reference``; ``outstanding``: what is
  still to come after the last of them.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from fund.documents.committee_words import COLON, Facts, call_title, day_in_paris, euros, paragraphs
from fund.documents.typesetting import typeset
from fund.documents.words import in_language
from fund.forms.definition import Words

WORDS = {
    "fund": Words("Fonds ODD 17", "Fonds ODD 17"),
    "page": Words("page", "page"),
    "colon": COLON,
    "reference": Words("Nos références", "Our reference"),
    "object": Words("Objet", "Subject"),
    "why": Words("Motif", "Reason"),
    "account": Words("Comment payer", "How to pay"),
    "sums": Words("Le compte de la subvention", "The account of the grant"),
    "for": Words("Pour le fonds", "For the fund"),
}
DEMAND = Words("Demande de reversement", "Demand for repayment")
RECEIPT = Words("Quittance de reversement", "Receipt of repayment")
DATE = Words("Le {day}", "{day}")
ASKED = Words(
    "Le fonds demande à votre organisme de reverser {amount} sur la subvention accordée au "
    "projet «\u00a0{project}\u00a0», au plus tard le {day}.",
    "The fund asks your organisation to pay back {amount} of the grant awarded to the project "
    "“{project}”, by {day}.",
)
OBJECTION = Words(
    "Si vous contestez cette demande ou souhaitez un échéancier, écrivez à {contact} avant cette "
    "date, en disant pourquoi. Une réponse écrite vous sera faite.",
    "If you dispute this demand or would like to pay in instalments, write to {contact} before "
    "that date and say why. You will receive a written answer.",
)
RECEIVED = Words(
    "Le fonds a reçu {amount} le {day}, en réponse à sa demande de reversement {reference}, et "
    "en donne quittance.",
    "The fund received {amount} on {day} in answer to its demand for repayment {reference}, and "
    "gives receipt for it.",
)
SETTLED = Words(
    "La somme demandée est entièrement reversée. Il ne reste rien à payer à ce titre.",
    "The sum asked for has been paid back in full. Nothing remains to be paid under this demand.",
)
STILL_DUE = Words(
    "Il reste {amount} à reverser, au plus tard le {day}.", "{amount} remain to be paid back, by {day}."
)
CAUTION = Words(
    "Le fonds n’annonce jamais un changement de compte par un simple message\u00a0: en cas de "
    "doute, comparez ces coordonnées à celles de votre espace en ligne avant de payer.",
    "The fund never announces a change of account by a mere message: if in doubt, compare these "
    "details with those in your online space before you pay.",
)
SUMS = {
    "call": Words("Appel à projets", "Call for projects"),
    "project": Words("Projet", "Project"),
    "agreement": Words("Convention", "Agreement"),
    "paid": Words("Subvention versée", "Grant paid"),
    "spent": Words("Emploi justifié", "Use accounted for"),
    "amount": Words("Reversement demandé", "Repayment asked for"),
}
ACCOUNT = {
    "holder": Words("Titulaire", "Account holder"),
    "iban": Words("IBAN", "IBAN"),
    "bic": Words("BIC", "BIC"),
    "quote": Words("Référence à rappeler", "Reference to quote"),
}
RECEIPT_COLUMNS = (
    Words("N°", "No."),
    Words("Reçu le", "Received on"),
    Words("Référence bancaire", "Bank reference"),
    Words("Montant", "Amount"),
)
OUTSTANDING = Words("Reste à reverser", "Still to be paid back")

Row = tuple[str, ...]


def repayment_demand_pdf(facts: Facts, *, language: str, instant: datetime) -> bytes:
    """The demand in that language (``fr`` or ``en``), dated ``instant``; what came since is not on it."""
    amount, due = euros(facts["amount"], language), day_in_paris(facts["due_on"], language)
    said = ASKED.of(language).format(amount=amount, project=facts["project"], day=due)
    return _pdf(
        facts,
        DEMAND,
        language,
        instant,
        {
            "date": DATE.of(language).format(day=day_in_paris(facts["asked_on"], language)),
            "said": [said],
            "why": paragraphs(facts["why"]),
            "account": _account(facts, language),
            "caution": CAUTION.of(language),
            "closing": [OBJECTION.of(language).format(contact=facts["contact"])],
            "columns": [],
            "receipts": [],
        },
    )


def repayment_receipt_pdf(facts: Facts, *, language: str, instant: datetime) -> bytes:
    """The receipt for the last sum that came, in that language, with those before it; dated ``instant``."""
    last = facts["receipts"][-1]
    said = RECEIVED.of(language).format(
        amount=euros(last["amount"], language),
        day=day_in_paris(last["received_on"], language),
        reference=facts["reference"],
    )
    return _pdf(
        facts,
        RECEIPT,
        language,
        instant,
        {
            "date": DATE.of(language).format(day=day_in_paris(last["received_on"], language)),
            "said": [said, _standing(facts, language)],
            "why": [],
            "account": [],
            "caution": "",
            "closing": [],
            "columns": [column.of(language) for column in RECEIPT_COLUMNS],
            "receipts": [_receipt(receipt, language) for receipt in facts["receipts"]],
        },
    )


def _pdf(facts: Facts, title: Words, language: str, instant: datetime, particular: dict[str, Any]) -> bytes:
    data = {
        "locale": language,
        "words": in_language(WORDS, language) | {"title": title.of(language)},
        "draft": "",
        "reference": facts["reference"],
        "sender": facts["sender"],
        "addressee": facts["addressee"],
        "object": f"{title.of(language)} {facts['reference']}",
        "sums": _sums(facts, language, outstanding=bool(particular["receipts"])),
        "signatory": facts["signatory"],
        "function": facts["function"],
        **particular,
    }
    return typeset("repayment", data, instant=instant)


def _sums(facts: Facts, language: str, *, outstanding: bool) -> list[Row]:
    said = {
        "call": call_title(facts["call"], language),
        "project": facts["project"],
        "agreement": facts["agreement"] or facts["award"],
        **{key: euros(facts[key], language) for key in ("paid", "spent", "amount")},
    }
    rows: list[Row] = [(label.of(language), said[key]) for key, label in SUMS.items() if said[key]]
    return rows + ([(OUTSTANDING.of(language), euros(facts["outstanding"], language))] if outstanding else [])


def _account(facts: Facts, language: str) -> list[Row]:
    if facts["account"] is None:
        return []
    said = {**facts["account"], "quote": facts["reference"]}
    return [(label.of(language), said[key]) for key, label in ACCOUNT.items() if said[key]]


def _standing(facts: Facts, language: str) -> str:

    if not Decimal(facts["outstanding"]):
        return SETTLED.of(language)
    return STILL_DUE.of(language).format(
        amount=euros(facts["outstanding"], language), day=day_in_paris(facts["due_on"], language)
    )


def _receipt(receipt: Facts, language: str) -> Row:
    day = day_in_paris(receipt["received_on"], language)
    return str(receipt["number"]), day, receipt["bank_reference"] or "–", euros(receipt["amount"], language)
