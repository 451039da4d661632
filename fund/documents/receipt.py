"""The receipt of a deposit, as the alliance keeps it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fund.documents.typesetting import typeset
from fund.documents.words import grouped_digest, in_language, instant_to_the_second, ordinal
from fund.forms.definition import Words
from fund.messages.formats import money

WORDS = {
    "fund": Words("Fonds ODD 17", "Fonds ODD 17"),
    "title": Words("Accusé de réception de dépôt", "Receipt of deposit"),
    "reference": Words("Référence", "Reference"),
    "page": Words("page", "page"),
    "received": Words(
        "Le Fonds ODD 17 a bien reçu la candidature décrite ci-dessous. Elle a été déposée le",
        "The Fonds ODD 17 has received the application described below. It was deposited on",
    ),
    "file": Words("La candidature", "The application"),
    "members": Words("L’alliance", "The alliance"),
    "declaration": Words("Déclaration signée au dépôt", "Declaration signed at deposit"),
    "proof": Words("Empreintes", "Fingerprints"),
    "check": Words("Pour vérifier cet accusé de réception\u00a0:", "To check this receipt:"),
    "scope": Words(
        "Cet accusé de réception atteste l’instant et le contenu du dépôt. Il ne préjuge ni de la complétude du "
        "dossier, ni de sa recevabilité, ni de la décision du comité. Les heures sont celles de Paris.",
        "This receipt certifies the instant and the content of the deposit. It says nothing yet on the file’s "
        "completeness or eligibility, nor on the committee’s decision. Times are those of Paris.",
    ),
}
FACTS = {
    "call_title": Words("Appel à projets", "Call for projects"),
    "project_title": Words("Projet", "Project"),
    "lead_name": Words("Organisme chef de file", "Lead organisation"),
    "total_budget": Words("Budget total", "Total budget"),
    "requested_amount": Words("Subvention demandée", "Grant requested"),
    "signatory": Words("Signataire", "Signatory"),
}
MEMBER_COLUMNS = (Words("Membre", "Member"), Words("Nature", "Kind"), Words("Accord", "Consent"))
CONTENT_DIGEST = Words("Contenu déposé (SHA-256)", "Deposited content (SHA-256)")
JOURNAL_DIGEST = Words("Inscription au journal", "Entry in the journal")


@dataclass(frozen=True, slots=True)
class ReceiptMember:
    """``kind`` and ``consent`` in words of the receipt's language (« Association », « A confirmé le 3 mars »)."""

    name: str
    kind: str
    consent: str


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What a receipt states. Texts are in its language; amounts are euros, None where the call has no budget.

    ``number`` counts the deposits of one application: above 1, this one followed a correction.
    """

    reference: str
    call_title: str
    project_title: str
    lead_name: str
    submitted_at: datetime
    signatory_name: str
    signatory_function: str
    declaration: str
    members: tuple[ReceiptMember, ...]
    requested_amount: Decimal | None
    total_budget: Decimal | None
    content_sha256: str
    journal_hash: str
    number: int
    verify_url: str


def render_receipt(facts: ReceiptFacts, locale: str) -> bytes:
    """The PDF in that language (``fr`` or ``en``); the same facts give the same bytes."""
    signatory = ", ".join(filter(None, (facts.signatory_name, facts.signatory_function)))
    data = {
        "locale": locale,
        "words": in_language(WORDS, locale),
        "reference": facts.reference,
        "deposit": _deposit(facts.number, locale),
        "instant": instant_to_the_second(facts.submitted_at, locale),
        "facts": _rows(facts, signatory, locale),
        "member-columns": [column.of(locale) for column in MEMBER_COLUMNS],
        "members": [(member.name, member.kind, member.consent) for member in facts.members],
        "declaration": facts.declaration,
        "signed": Words(f"Signé en ligne par {signatory}.", f"Signed online by {signatory}.").of(locale),
        "proof": [
            (CONTENT_DIGEST.of(locale), grouped_digest(facts.content_sha256)),
            (JOURNAL_DIGEST.of(locale), grouped_digest(facts.journal_hash)),
        ],
        "verify-url": facts.verify_url,
    }
    return typeset("receipt", data, instant=facts.submitted_at)


def _deposit(number: int, locale: str) -> str:
    nth = ordinal(number, locale)
    if number == 1:
        return Words(f"{nth} dépôt", f"{nth} deposit").of(locale)
    return Words(f"{nth} dépôt, après correction", f"{nth} deposit, after correction").of(locale)


def _rows(facts: ReceiptFacts, signatory: str, locale: str) -> list[tuple[str, str]]:
    said = {
        "call_title": facts.call_title,
        "project_title": facts.project_title,
        "lead_name": facts.lead_name,
        "signatory": signatory,
        "total_budget": "" if facts.total_budget is None else money(facts.total_budget, locale),
        "requested_amount": "" if facts.requested_amount is None else money(facts.requested_amount, locale),
    }
    return [(label.of(locale), said[key]) for key, label in FACTS.items() if said[key]]
