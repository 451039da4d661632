"""The minutes of a session of the committee (procès-verbal): who sat, who left the room, what was put to the vote,
what was decided and why.

The facts are frozen in the database and their hash is signed: the same facts give the same paper for ever.

Every key is always there: a text is empty, a list is empty or a value is None where there is nothing.

- ``session``: ``reference``, ``title``, ``call`` (``reference``, ``title_fr``, ``title_en``), ``place``, ``link``,
  ``held_at``, ``opened_at``, ``closed_at``, ``chair``, ``deputy``, and ``rules``: ``quorum``, ``quorum_basis``,
  ``majority`` (``workflows.voting``), ``casting_vote``, ``secret_ballot``.
- ``members``: ``name``, ``present``, ``role`` (``chair``, ``deputy`` or ``member``).
- ``envelope``, euros: ``total``, ``before`` (committed outside this session), ``decided``, ``remaining``.
- ``simulation``: ``used`` (``none``, ``ignored``, ``adopted``, ``edited``), ``number``, ``differences``
  (``reference``, ``proposed``, ``decided``; euros, None where it would get nothing).
- ``items``: ``position``, ``reference``, ``title``, ``lead``, ``requested``, ``score`` (``raw``, ``adjusted``,
  ``low``, ``high``, ``agreed``, ``reviews``; or None), ``recused`` (``name``, ``because``: an ``InterestKind``, or
  None where it is no longer known), ``notes``, ``motions``, ``withdrawn_at`` (by the alliance; or None),
  ``decision`` (``outcome``, ``amount``, ``rank``, ``conditions``, ``motivation``; or None). Of an item that is not
  shown to this reader ``reference`` is None.
- a motion: what a decision has, and ``number``, ``method``, ``secret``, ``present``, ``quorum``, ``for``,
  ``against``, ``abstain``, ``casting`` (the presiding vote that broke a tie, or None), ``result``, ``roll``
  (``name``, ``choice``: ``for``, ``against``, ``abstain``, ``voted``, ``present``, ``absent``, ``recused``).
- ``notes``: on the session as a whole.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fund.documents import minutes_words as say
from fund.documents.committee_words import (
    COLON,
    METHODS,
    RESULTS,
    Facts,
    call_title,
    decided,
    euros,
    paragraphs,
    place_of,
    proposed,
    rules_of,
    score_of,
)
from fund.documents.typesetting import typeset
from fund.documents.words import capital, grouped_digest, in_language, instant_to_the_second
from fund.forms.definition import Words
from fund.messages.formats import moment
from fund.models.interest import InterestKind
from workflows.voting import Choice, Method, MotionResult

INTERESTS = {
    InterestKind.DECLARED: Words("lien d’intérêts déclaré", "declared interest"),
    InterestKind.NOTED: Words("lien d’intérêts relevé par le fonds", "interest noted by the fund"),
    InterestKind.ORGANISATION: Words("même organisme qu’un membre de l’alliance", "same organisation as a member"),
    InterestKind.SIREN: Words("même SIREN qu’un membre de l’alliance", "same SIREN as a member"),
    InterestKind.MAIL_DOMAIN: Words("même domaine de messagerie qu’un membre", "same mail domain as a member"),
    InterestKind.NAMED: Words("adresse citée dans le dossier", "address named in the file"),
    InterestKind.AUTHOR: Words("a participé à l’écriture du dossier", "took part in writing the file"),
    InterestKind.ENDORSER: Words("a soutenu ou accompagné le dossier", "endorsed or accompanied the file"),
    InterestKind.PAST_LINK: Words("lien passé déclaré avec un membre", "declared past link with a member"),
}
CHOICES = frozenset(Choice)

Data = dict[str, Any]
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MinutesSignature:
    """Who signed the minutes and when (UTC), over which facts, and the event of the journal that says so.

    ``verify_url`` is where anybody can check that.
    """

    name: str
    signed_at: datetime
    facts_sha256: str
    journal_hash: str
    verify_url: str


def minutes_pdf(facts: Facts, *, signed: MinutesSignature | None, language: str, instant: datetime) -> bytes:
    """The PDF in that language (``fr`` or ``en``), dated ``instant``; unsigned, it says on every page that it is.

    Of a secret vote only the counts are printed and who took part, whatever the facts hold.
    """
    return typeset(
        "minutes", minutes_texts(facts, signed=signed, language=language, instant=instant), instant=instant
    )


def minutes_texts(facts: Facts, *, signed: MinutesSignature | None, language: str, instant: datetime) -> Data:
    """All that the minutes say, in words: for the paper, and for the page that shows the same."""
    session = facts["session"]
    return {
        "locale": language,
        "words": in_language(say.WORDS, language),
        "draft": "" if signed else say.DRAFT.of(language),
        "draft-notice": "" if signed else say.DRAFT_NOTICE.of(language).format(instant=moment(instant, language)),
        "reference": session["reference"],
        "title": session["title"],
        "session": _session(session, language),
        "member-columns": [column.of(language) for column in say.MEMBER_COLUMNS],
        "members": [_member(member, language) for member in facts["members"]],
        "envelope": _envelope(facts["envelope"], language),
        "simulation": _simulation(facts["simulation"], language),
        "summary-columns": [column.of(language) for column in say.SUMMARY_COLUMNS],
        "summary": [_summary(item, language) for item in facts["items"]],
        "items": [_item(item, language) for item in facts["items"]],
        "notes": paragraphs(facts["notes"]),
        "signature": _signature(signed, language) if signed else None,
    }


def _envelope(envelope: Facts, language: str) -> list[Row]:
    return [
        (label.of(language), euros(envelope[key], language))
        for key, label in say.ENVELOPE.items()
        if envelope[key] is not None
    ]


def _session(session: Facts, language: str) -> list[Row]:
    said = {
        "call": f"{call_title(session['call'], language)} ({session['call']['reference']})",
        # The address of a meeting is often used again: it does not belong in a paper that is handed on.
        "place": place_of(session, language, link=False),
        "chair": session["chair"],
        "deputy": session["deputy"],
        "rules": rules_of(session["rules"], language),
    }
    for key in ("held_at", "opened_at", "closed_at"):
        said[key] = moment(datetime.fromisoformat(session[key]), language) if session[key] else ""
    return [(label.of(language), said[key]) for key, label in say.SESSION.items() if said[key]]


def _member(member: Facts, language: str) -> Row:
    return member["name"], say.ROLES[member["role"]].of(language), say.PRESENCE[member["present"]].of(language)


def _simulation(simulation: Facts, language: str) -> Data:
    rows = [
        (row["reference"], euros(row["proposed"], language) or "–", euros(row["decided"], language) or "–")
        for row in simulation["differences"]
    ]
    return {
        "said": say.SIMULATION[simulation["used"]].of(language).format(number=simulation["number"]),
        "columns": [column.of(language) for column in say.DIFFERENCE_COLUMNS],
        "differences": rows,
    }


def _summary(item: Facts, language: str) -> Data:
    return {
        "position": str(item["position"]),
        "reference": item["reference"] or "",
        "title": _title(item, language),
        "lead": item["lead"],
        "requested": euros(item["requested"], language),
        "decision": decided(item["decision"], language) if item["decision"] else "–",
    }


def _title(item: Facts, language: str) -> str:
    return item["title"] if item["reference"] else say.NOT_SHOWN.of(language)


def _item(item: Facts, language: str) -> Data:
    decision = item["decision"]
    withdrawn_at = item["withdrawn_at"]
    said = {
        say.LEAD: f"{item['lead']} ({item['reference']})" if item["reference"] else "",
        say.REQUESTED: euros(item["requested"], language),
        say.SCORE: score_of(item["score"], language),
        say.WITHDRAWN: moment(datetime.fromisoformat(withdrawn_at), language) if withdrawn_at else "",
    }
    return {
        "heading": f"{item['position']}. {_title(item, language)}",
        "shown": bool(item["reference"]),
        "facts": [(label.of(language), text) for label, text in said.items() if text],
        "recused": [_recusal(person, language) for person in item["recused"]],
        "notes": paragraphs(item["notes"]),
        "motions": [_motion(motion, decision, language) for motion in item["motions"]],
        "decision": {"said": decided(decision, language), **_reasons(decision)} if decision else None,
    }


def _recusal(person: Facts, language: str) -> str:
    if person["because"] is None:
        return str(person["name"])
    return f"{person['name']} ({INTERESTS[InterestKind(person['because'])].of(language)})"


def _reasons(decision: Facts) -> Data:
    return {key: paragraphs(decision[key]) for key in ("conditions", "motivation")}


def _motion(motion: Facts, decision: Facts | None, language: str) -> Data:
    """A motion and its vote. What became the decision is not said twice; a motion withdrawn has no counts."""
    method = METHODS[Method(motion["method"]), motion["secret"]].of(language)
    result = MotionResult(motion["result"])
    counts = {key: str(motion[key]) for key in ("present", "quorum", "for", "against", "abstain")}
    counts["result"] = RESULTS[result].of(language)
    reasons, decision_reasons = _reasons(motion), _reasons(decision) if decision else {}
    number = say.MOTION.of(language).format(number=motion["number"])
    voted = result is not MotionResult.WITHDRAWN
    return {
        "heading": f"{number}{COLON.of(language)} {proposed(motion, language)}",
        "method": capital(method) if voted else "",
        **{key: [] if text == decision_reasons.get(key) else text for key, text in reasons.items()},
        "columns": [label.of(language) for label in say.COUNTS.values()],
        "counts": [counts[key] for key in say.COUNTS] if voted else [],
        "result": counts["result"],
        "casting": say.CASTING_USED.of(language) if motion["casting"] else "",
        "roll": _roll(motion, language) if voted else [],
    }


def _roll(motion: Facts, language: str) -> list[Row]:
    """Who voted what; of a secret vote, who voted."""
    names: dict[str, list[str]] = {choice: [] for choice in say.ROLL}
    for line in motion["roll"]:
        hidden = motion["secret"] and line["choice"] in CHOICES
        names["voted" if hidden else line["choice"]].append(line["name"])
    labels = say.ROLL | ({"present": say.AT_HANDS} if motion["method"] == Method.HANDS else {})
    return [(label.of(language), ", ".join(names[choice])) for choice, label in labels.items() if names[choice]]


def _signature(signed: MinutesSignature, language: str) -> Data:
    return {
        "by": say.SIGNED.of(language).format(name=signed.name),
        "instant": instant_to_the_second(signed.signed_at, language),
        "proof": [
            (say.FACTS_DIGEST.of(language), grouped_digest(signed.facts_sha256)),
            (say.JOURNAL_DIGEST.of(language), grouped_digest(signed.journal_hash)),
            (say.VERIFY.of(language), signed.verify_url),
        ],
    }
