"""What the committee's papers call things, and how they write what it weighed and decided."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fund.documents.words import capital, number_text, ordinal, percent
from fund.forms.definition import Words
from fund.messages.formats import day, money
from workflows.engine import PARIS
from workflows.voting import Majority, Method, MotionResult, Outcome, QuorumBasis

Facts = Mapping[str, Any]
"""Facts as JSON keeps them: texts, whole numbers, lists, mappings; decimals and instants (ISO, UTC) are texts."""

OUTCOMES = {
    Outcome.FUNDED: Words("Retenu", "Funded"),
    Outcome.WAITLISTED: Words("Liste d’attente", "Waiting list"),
    Outcome.DECLINED: Words("Non retenu", "Not selected"),
    Outcome.DEFERRED: Words("Reporté à une séance ultérieure", "Deferred to a later session"),
    Outcome.WITHDRAWN: Words("Retiré par l’alliance", "Withdrawn by the alliance"),
}
PROPOSALS = {
    Outcome.FUNDED: Words("retenir le projet", "fund the project"),
    Outcome.WAITLISTED: Words("inscrire le projet sur la liste d’attente", "put the project on the waiting list"),
    Outcome.DECLINED: Words("ne pas retenir le projet", "not select the project"),
    Outcome.DEFERRED: Words(
        "reporter la décision à une séance ultérieure", "defer the decision to a later session"
    ),
}
RESULTS = {
    MotionResult.ADOPTED: Words("Adoptée", "Adopted"),
    MotionResult.REJECTED: Words("Rejetée", "Rejected"),
    MotionResult.NO_QUORUM: Words("Sans effet, faute de quorum", "Without effect: quorum not met"),
    MotionResult.WITHDRAWN: Words("Retirée avant le vote", "Withdrawn before the vote"),
}
METHODS = {
    (Method.BALLOT, False): Words("scrutin public, chacun à l’écran", "recorded ballot on screen"),
    (Method.BALLOT, True): Words("scrutin secret, chacun à l’écran", "secret ballot on screen"),
    (Method.HANDS, False): Words("vote à main levée", "show of hands"),
    (Method.HANDS, True): Words("scrutin secret, compté par la présidence", "secret vote counted by the chair"),
}
MAJORITIES = {
    Majority.SIMPLE: Words(
        "majorité simple (plus de voix pour que de voix contre, sans compter les abstentions)",
        "simple majority (more votes for than against, abstentions not counted)",
    ),
    Majority.ABSOLUTE: Words(
        "majorité absolue (plus de la moitié des personnes présentes pour le dossier)",
        "absolute majority (more than half of those present for the file)",
    ),
    Majority.TWO_THIRDS: Words(
        "majorité des deux tiers des voix pour et contre", "two thirds of the votes for and against"
    ),
}
CASTING = Words(
    "en cas de partage des voix, celle de la présidence est prépondérante", "the chair’s vote breaks a tie"
)
SECRET = Words("scrutin secret", "secret ballot")
COLON = Words("\u00a0:", ":")
REMOTE = Words("à distance", "remotely")
RANK = Words("{rank}\u00a0rang", "ranked {rank}")
QUORUM = {
    QuorumBasis.PEOPLE: Words("quorum de {count} membres présents", "quorum of {count} members present"),
    QuorumBasis.PERCENT: Words("quorum de {count} des membres", "quorum of {count} of the members"),
}
QUORUM_OF_ONE = Words("quorum d’un membre présent", "quorum of one member present")
REVIEWS = Words("{count} évaluations", "{count} reviews")
ONE_REVIEW = Words("une évaluation", "one review")
ADJUSTED = Words("note ajustée {score}", "adjusted score {score}")
INTERVAL = Words("intervalle à 95\u00a0% de {low} à {high}", "95% interval {low} to {high}")
AGREED = Words("note de consensus {score}", "agreed score {score}")
RAW = Words("moyenne brute {score}", "raw mean {score}")


def euros(amount: str | None, language: str) -> str:
    """« 48 000,00 € »; nothing where there is no amount."""
    return "" if amount is None else money(Decimal(amount), language)


def points(value: str | float | None, language: str) -> str:
    """A score out of 100 or a mean mark, to the tenth: « 72,4 »; nothing where there is none."""
    return "" if value is None else number_text(Decimal(str(value)).quantize(Decimal("0.1")), language)


def day_in_paris(instant: str, language: str) -> str:
    """The day in Paris of an instant, or the day that is given: « 12 mai 2027 »."""
    if "T" in instant:
        return day(datetime.fromisoformat(instant).astimezone(PARIS).date(), language)
    return day(date.fromisoformat(instant), language)


def call_title(call: Facts, language: str) -> str:
    """A call's title from its facts (``title_fr``, ``title_en``)."""
    return Words(call["title_fr"], call["title_en"]).of(language)


def decided(decision: Facts, language: str) -> str:
    """An outcome with its amount or rank: « Retenu, 45 000,00 € », « Liste d’attente, 3e rang »."""
    return _with_terms(OUTCOMES[Outcome(decision["outcome"])].of(language), decision, language)


def proposed(motion: Facts, language: str) -> str:
    """The same, of what is put to the vote: « retenir le projet, 45 000,00 € »."""
    return _with_terms(PROPOSALS[Outcome(motion["outcome"])].of(language), motion, language)


def place_of(session: Facts, language: str, *, link: bool) -> str:
    """Where it meets: « Toulouse, à distance »; with ``link``, the address of the meeting too."""
    remote = REMOTE.of(language)
    if session["link"] and link:
        remote = f"{remote}{COLON.of(language)} {session['link']}"
    return ", ".join(filter(None, (session["place"], remote if session["link"] else "")))


def rules_of(rules: Facts, language: str) -> str:
    """Quorum and majority in words, a line each."""
    lines = [_quorum(rules, language), MAJORITIES[Majority(rules["majority"])].of(language)]
    lines += [CASTING.of(language)] if rules["casting_vote"] else []
    lines += [SECRET.of(language)] if rules["secret_ballot"] else []
    return "\n".join(capital(line) for line in lines)


def score_of(score: Facts | None, language: str) -> str:
    """« Note ajustée 72,4 (intervalle à 95 % de 65,1 à 79,8), moyenne brute 70,2, 3 évaluations ».

    Before it, where the reviewers settled on a score (``agreed``): « Note de consensus 71,0 ».
    """
    if score is None:
        return ""
    said = {key: points(score[key], language) for key in ("raw", "adjusted", "low", "high")}
    adjusted = ADJUSTED.of(language).format(score=said["adjusted"]) if said["adjusted"] else ""
    if adjusted and said["low"] and said["high"]:
        adjusted += f" ({INTERVAL.of(language).format(low=said['low'], high=said['high'])})"
    raw = RAW.of(language).format(score=said["raw"]) if said["raw"] else ""
    agreed = AGREED.of(language).format(score=points(score["agreed"], language)) if score.get("agreed") else ""
    return capital(", ".join(filter(None, (agreed, adjusted, raw, _reviews(score["reviews"], language)))))


def paragraphs(text: str) -> list[str]:
    """A text at its blank lines."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n")]
    return [part.strip("\n") for part in "\n".join(lines).split("\n\n") if part.strip("\n")]


def _reviews(count: int, language: str) -> str:
    return ONE_REVIEW.of(language) if count == 1 else REVIEWS.of(language).format(count=count)


def _with_terms(name: str, decision: Facts, language: str) -> str:
    rank = decision["rank"]
    placed = RANK.of(language).format(rank=ordinal(rank, language)) if rank else ""
    return ", ".join(filter(None, (name, euros(decision["amount"], language), placed)))


def _quorum(rules: Facts, language: str) -> str:
    basis, count = QuorumBasis(rules["quorum_basis"]), rules["quorum"]
    if basis is QuorumBasis.PERCENT:
        return QUORUM[basis].of(language).format(count=percent(Decimal(count), language))
    return QUORUM_OF_ONE.of(language) if count == 1 else QUORUM[basis].of(language).format(count=count)
