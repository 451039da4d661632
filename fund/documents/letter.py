"""The letter of decision to the lead of an alliance.

The letter proper is ``subject`` and ``body``, as officers left them. The decision itself follows the signature,
from the facts: no editing of the letter can change what was decided.

Facts:

- ``reference``, ``title``, ``call`` (``title_fr``, ``title_en``), ``submitted_at``, ``held_at`` (of the session),
  ``requested`` (euros);
- ``outcome``, ``amount`` (euros or None), ``rank`` (or None), ``conditions``, ``motivation`` (empty where the call
  does not tell it);
- ``sender`` and ``addressee``: name and address, a line each; ``subject``: one line; ``body``: plain text,
  paragraphs at its blank lines;
  ``recourse``: ways and delays of appeal, likewise; ``chair``: who signs;
- ``released_at``: the instant of release, or None while the letter is being checked.
"""

from datetime import datetime
from typing import Any

from fund.documents.committee_words import COLON, OUTCOMES, Facts, call_title, day_in_paris, euros, paragraphs
from fund.documents.typesetting import typeset
from fund.documents.words import in_language, ordinal
from fund.forms.definition import Words
from workflows.voting import Outcome

WORDS = {
    "fund": Words("Fonds ODD 17", "Fonds ODD 17"),
    "title": Words("Décision du comité", "Decision of the committee"),
    "page": Words("page", "page"),
    "colon": COLON,
    "reference": Words("Nos références", "Our reference"),
    "object": Words("Objet", "Subject"),
    "for": Words("Pour le comité, la présidence", "For the committee, the chair"),
    "decision": Words("La décision", "The decision"),
    "conditions": Words("Conditions", "Conditions"),
    "motivation": Words("Motivation", "Reasons"),
    "recourse": Words("Voies et délais de recours", "How and until when to appeal"),
}
DRAFT = Words("Projet de lettre", "Draft letter")
DATE = Words("Le {day}", "{day}")
DECISION = {
    "call": Words("Appel à projets", "Call for projects"),
    "title": Words("Projet", "Project"),
    "outcome": Words("Décision", "Decision"),
    "amount": Words("Subvention accordée", "Grant awarded"),
    "rank": Words("Rang sur la liste d’attente", "Rank on the waiting list"),
}


def letter_pdf(facts: Facts, language: str, instant: datetime) -> bytes:
    """The PDF in that language (``fr`` or ``en``), dated ``instant``; before its release it says it is a draft."""
    released = facts["released_at"]
    data: dict[str, Any] = {
        "locale": language,
        "words": in_language(WORDS, language),
        "draft": "" if released else DRAFT.of(language),
        "reference": facts["reference"],
        "sender": facts["sender"],
        "addressee": facts["addressee"],
        "date": DATE.of(language).format(day=day_in_paris(released, language)) if released else "",
        "object": facts["subject"],
        "body": paragraphs(facts["body"]),
        "chair": facts["chair"],
        "decision": _decision(facts, language),
        "conditions": paragraphs(facts["conditions"]),
        "motivation": paragraphs(facts["motivation"]),
        "recourse": paragraphs(facts["recourse"]),
    }
    return typeset("letter", data, instant=instant)


def _decision(facts: Facts, language: str) -> list[tuple[str, str]]:
    outcome = Outcome(facts["outcome"])
    said = {
        "call": call_title(facts["call"], language),
        "title": facts["title"],
        "outcome": OUTCOMES[outcome].of(language),
        # Of a file that waits, the amount is what it would get: a letter promises nothing.
        "amount": euros(facts["amount"], language) if outcome is Outcome.FUNDED else "",
        "rank": ordinal(facts["rank"], language) if facts["rank"] else "",
    }
    return [(label.of(language), said[key]) for key, label in DECISION.items() if said[key]]
