"""What a letter of decision states, and its first draft, from the facts that the services give."""

from collections.abc import Mapping
from typing import Any

from config.communes import commune_label
from fund.documents.letter_drafts import letter_body, letter_subject
from fund.forms.definition import Words
from fund.models import Letter

RECOURSE = Words(
    "Si vous contestez cette décision, votre alliance peut en demander le réexamen au fonds, par une demande "
    "motivée, dans les deux mois qui suivent la date de cette lettre, à l’adresse {contact}. Une réponse "
    "écrite vous sera faite.",
    "If you dispute this decision, your alliance may ask the fund to examine it again, by a reasoned request, "
    "within two months of the date of this letter, at {contact}. You will receive a written answer.",
)


def draft_of(described: Mapping[str, Any], language: str) -> tuple[str, str, str]:
    """Language, subject and body of the letter that officers begin with.

    ``described`` is what ``fund.services.letters.describe_letter`` says of the decision.
    """
    return language, letter_subject(described, language), letter_body(described["outcome"], described, language)


def paper_of(described: Mapping[str, Any], letter: Letter, *, contact: str) -> dict[str, Any]:
    """The facts of the paper (``fund.documents.letter``); ``contact`` is the fund's mail address."""
    commune = described["commune"]
    addressee = (described["lead"], described["attention"], commune_label(commune) if commune else "")
    return {
        **described,
        "sender": contact,  # the fund's name stands above it
        "addressee": "\n".join(line for line in addressee if line),
        "subject": letter.subject,
        "body": letter.body,
        "recourse": RECOURSE.of(letter.locale).format(contact=contact),
    }
