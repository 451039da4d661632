"""The first draft of a letter of decision, which officers read and edit before it leaves."""

from fund.documents.committee_words import Facts, call_title, day_in_paris, euros
from fund.documents.words import quoted
from fund.forms.definition import Words
from workflows.voting import Outcome

SUBJECT = Words("décision du comité sur le projet {title}", "decision of the committee on the project {title}")
OPENING = Words(
    "Madame, Monsieur,\n\n"
    "Vous avez déposé le {submitted}, au nom de votre alliance, le projet {title} (dossier\u00a0{reference}) "
    "en réponse à l’appel à projets {call}. Le comité du Fonds\u00a0ODD\u00a017 l’a "
    "examiné lors de sa séance du {held}.",
    "Dear Sir or Madam,\n\n"
    "On {submitted} you submitted, on behalf of your alliance, the project {title} (file\u00a0{reference}) in "
    "response to the call for projects {call}. The committee of the Fonds\u00a0ODD\u00a017 examined it "
    "at its session of {held}.",
)
NEWS = {
    Outcome.FUNDED: Words(
        "J’ai le plaisir de vous informer que le comité a décidé de soutenir ce projet et de lui accorder une "
        "subvention de {amount}{requested}.",
        "I am pleased to inform you that the committee has decided to support this project and to award it a "
        "grant of {amount}{requested}.",
    ),
    Outcome.WAITLISTED: Words(
        "Les crédits de l’appel ne permettent pas au comité de soutenir dès maintenant tous les projets qu’il "
        "souhaite accompagner. Il a inscrit le vôtre sur la liste d’attente, au rang indiqué à la suite de cette "
        "lettre.",
        "The funds of the call do not allow the committee to support at once every project that it would like "
        "to. It has placed yours on the waiting list, at the rank shown after this letter.",
    ),
    Outcome.DECLINED: Words(
        "J’ai le regret de vous informer que le comité n’a pas retenu ce projet.",
        "I regret to inform you that the committee has not selected this project.",
    ),
    Outcome.DEFERRED: Words(
        "Le comité a choisi de reporter sa décision sur ce projet à une séance ultérieure.",
        "The committee has chosen to defer its decision on this project to a later session.",
    ),
}
REQUESTED = Words(", sur les {requested} demandés", ", of the {requested} requested")
ENCLOSED = {
    ("conditions", "motivation"): Words(
        "Les conditions dont cette décision est assortie et sa motivation figurent à la suite de cette lettre.",
        "The conditions attached to this decision and its reasons follow this letter.",
    ),
    ("conditions",): Words(
        "Les conditions dont cette décision est assortie figurent à la suite de cette lettre.",
        "The conditions attached to this decision follow this letter.",
    ),
    ("motivation",): Words(
        "La motivation de cette décision figure à la suite de cette lettre.",
        "The reasons for this decision follow this letter.",
    ),
}
NEXT = {
    Outcome.FUNDED: Words(
        "Le fonds prépare la convention qui fixera les modalités de versement et de suivi de la subvention. "
        "Elle sera proposée à la signature de la personne habilitée à engager votre organisme\u00a0; aucun "
        "versement ne peut intervenir avant cette signature.\n\n"
        "Le comité salue l’engagement de tous les membres de votre alliance et vous souhaite une pleine réussite.",
        "The fund is preparing the agreement that will set out how the grant is paid and followed. It will be "
        "submitted for signature to the person entitled to commit your organisation; no payment can be made "
        "before it is signed.\n\n"
        "The committee thanks every member of your alliance for their commitment and wishes you every success.",
    ),
    Outcome.WAITLISTED: Words(
        "Si des crédits se libèrent, les projets de cette liste seront soutenus dans l’ordre de leur rang. "
        "Nous vous écrirons alors aussitôt\u00a0; vous n’avez aucune démarche à faire. D’ici là, cette "
        "inscription n’engage pas financièrement le fonds.\n\n"
        "Si votre alliance devait renoncer à son projet, nous vous remercions de retirer le dossier depuis "
        "votre espace.",
        "Should funds become available, the projects on this list will be supported in the order of their "
        "rank. We shall then write to you at once; you need not do anything. Until then, this place on the "
        "list does not commit the fund financially.\n\n"
        "If your alliance were to give up its project, please withdraw the file from your space.",
    ),
    Outcome.DECLINED: Words(
        "Nous mesurons le travail que représente un tel dossier et vous remercions, ainsi que tous les membres "
        "de votre alliance, de la confiance que vous nous avez témoignée.\n\n"
        "Cette décision ne vous empêche pas de répondre à un prochain appel à projets. Le fonds se tient à "
        "votre disposition pour en parler avec vous.",
        "We know how much work such a file takes, and thank you and every member of your alliance for your "
        "trust.\n\n"
        "This decision does not prevent you from answering a future call for projects. The fund remains at "
        "your disposal to discuss it with you.",
    ),
    Outcome.DEFERRED: Words(
        "Votre dossier reste à l’examen. Si des précisions sont nécessaires, le fonds vous écrira pour vous "
        "les demander\u00a0; dans le cas contraire, vous n’avez aucune démarche à faire.",
        "Your file is still being examined. Should further details be needed, the fund will write to ask you "
        "for them; otherwise you need not do anything.",
    ),
}
CLOSING = Words(
    "Je vous prie d’agréer, Madame, Monsieur, l’expression de ma considération distinguée.", "Yours faithfully,"
)


def letter_subject(facts: Facts, language: str) -> str:
    """The line that says what the letter is about."""
    return SUBJECT.of(language).format(title=quoted(facts["title"], language))


def letter_body(outcome: str, facts: Facts, language: str) -> str:
    """Plain text, a blank line between paragraphs, from the greeting to the closing formula.

    ``facts`` are those of the letter (``fund.documents.letter``), without its texts. The rank on the waiting list
    is not repeated here: until the release it may still move. Raises KeyError for an outcome that no letter
    announces (a file that its alliance withdrew).
    """
    decision = Outcome(outcome)
    said = {
        "reference": facts["reference"],
        "title": quoted(facts["title"], language),
        "call": quoted(call_title(facts["call"], language), language),
        "submitted": day_in_paris(facts["submitted_at"], language),
        "held": day_in_paris(facts["held_at"], language),
        "amount": euros(facts["amount"], language),
        "requested": _requested(facts, language),
    }
    enclosed = tuple(key for key in ("conditions", "motivation") if facts[key])
    parts = (OPENING, NEWS[decision], ENCLOSED.get(enclosed, Words()), NEXT[decision], CLOSING)
    return "\n\n".join(text for part in parts if (text := part.of(language).format(**said)))


def _requested(facts: Facts, language: str) -> str:
    """What was asked, where less was given."""
    if facts["amount"] == facts["requested"]:
        return ""
    return REQUESTED.of(language).format(requested=euros(facts["requested"], language))
