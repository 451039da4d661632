"""The packet that a member of the committee reads before a session: the agenda, then one sheet per file.

It is made for one reader. A file in which the reader has an interest is a line that says so, and nothing else of
it is taken from the facts.

- ``session``: as in the minutes (``fund.documents.minutes``), the two instants of opening and closing not needed.
- ``members``: names; ``envelope``, euros: ``total``, ``remaining``.
- ``items``: ``position`` and ``recused``; where that is false also ``reference``, ``title``, ``lead``,
  ``territory`` (a label), ``requested``, ``total_budget``, ``starts_on``, ``ends_on`` (ISO days or None),
  ``sdgs``, ``levers`` (codes), ``summary``, ``score`` (as in the minutes, or None), and
  ``members``: ``name``, ``kind``, ``part``;
  ``criteria``: ``label_fr``, ``label_en``, ``weight`` (percent), ``scale``, ``mean``, ``low``, ``high`` (or None),
  ``threshold`` (or None), ``comments`` (texts, without names);
  ``comments``: the reviewers' overall texts;
  ``divergence``, or None: ``spread`` (points), ``outcome`` (``open``, ``consensus``, ``dissent``), ``text``;
  ``advice``: ``of`` (who gave it), ``question``, ``answer``;
  ``remark``; ``proposed``: ``outcome``, ``amount``, ``rank``; or None.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from config.vocabularies import Term, levers, sdgs
from fund.documents import session_pack_words as say
from fund.documents.committee_words import (
    Facts,
    call_title,
    day_in_paris,
    euros,
    paragraphs,
    place_of,
    points,
    proposed,
    rules_of,
    score_of,
)
from fund.documents.typesetting import typeset
from fund.documents.words import KINDS, capital, in_language, percent, term_label
from fund.forms.definition import Words
from fund.messages.formats import moment

Data = dict[str, Any]
Row = tuple[str, str]


def session_pack_pdf(facts: Facts, language: str, instant: datetime) -> bytes:
    """The PDF in that language (``fr`` or ``en``), dated ``instant``."""
    session = facts["session"]
    data = {
        "locale": language,
        "words": in_language(say.WORDS, language),
        "draft": "",
        "reference": session["reference"],
        "title": session["title"],
        "session": list(_session(facts, language)),
        "agenda-columns": [column.of(language) for column in say.AGENDA_COLUMNS],
        "member-columns": [column.of(language) for column in say.MEMBER_COLUMNS],
        "criterion-columns": [column.of(language) for column in say.CRITERION_COLUMNS],
        "items": [_item(item, language) for item in facts["items"]],
    }
    return typeset("session_pack", data, instant=instant)


def _session(facts: Facts, language: str) -> Iterator[Row]:
    session, envelope = facts["session"], facts["envelope"]
    said = {
        "call": call_title(session["call"], language),
        "held_at": moment(datetime.fromisoformat(session["held_at"]), language),
        "place": place_of(session, language, link=True),
        "chair": session["chair"],
        "members": ", ".join(facts["members"]),
        "rules": rules_of(session["rules"], language),
        "total": euros(envelope["total"], language),
        "remaining": euros(envelope["remaining"], language),
    }
    return ((label.of(language), said[key]) for key, label in say.SESSION.items() if said[key])


def _item(item: Facts, language: str) -> Data:
    position = str(item["position"])
    file = {
        "position": position,
        "recused": item["recused"],
        "file": say.FILE.of(language).format(position=position),
    }
    if item["recused"]:
        return file
    score = item["score"] or {}
    return file | {
        "reference": item["reference"],
        "title": item["title"],
        "heading": f"{position}. {item['title']}",
        "lead": item["lead"],
        "requested": euros(item["requested"], language),
        "points": points(score.get("adjusted") or score.get("raw"), language),
        "facts": _facts(item, language),
        "summary": paragraphs(item["summary"]),
        "members": [
            (member["name"], KINDS[member["kind"]].of(language), member["part"]) for member in item["members"]
        ],
        "proposal": capital(proposed(item["proposed"], language)) if item["proposed"] else "",
        "score": score_of(item["score"], language),
        "gauge": _gauge(score),
        "criteria": [_criterion(criterion, language) for criterion in item["criteria"]],
        "comments": _comments(item, language),
        "divergence": _divergence(item["divergence"], language) if item["divergence"] else None,
        "advice": [
            {"of": advice["of"], "question": advice["question"], "answer": paragraphs(advice["answer"])}
            for advice in item["advice"]
        ],
        "remark": paragraphs(item["remark"]),
    }


def _facts(item: Facts, language: str) -> list[Row]:
    said = {
        "lead": item["lead"],
        "territory": item["territory"],
        "dates": _dates(item["starts_on"], item["ends_on"], language),
        "requested": _request(item, language),
        "total_budget": euros(item["total_budget"], language),
        "sdgs": _terms(item["sdgs"], sdgs(), language),
        "levers": _terms(item["levers"], levers(), language),
    }
    return [(label.of(language), said[key]) for key, label in say.ITEM.items() if said[key]]


def _dates(start: str | None, end: str | None, language: str) -> str:
    if start is None or end is None:
        return ""
    return say.DATES.of(language).format(start=day_in_paris(start, language), end=day_in_paris(end, language))


def _request(item: Facts, language: str) -> str:
    amount = euros(item["requested"], language)
    if not item["requested"] or not item["total_budget"]:
        return amount
    rate = 100 * Decimal(item["requested"]) / Decimal(item["total_budget"])
    return say.RATE.of(language).format(amount=amount, rate=percent(rate.quantize(Decimal("0.1")), language))


def _terms(codes: Sequence[str], vocabulary: Mapping[str, Term], language: str) -> str:
    """Labels, a line each; a code that the list no longer holds as it is."""
    return "\n".join(term_label(vocabulary[code], language) if code in vocabulary else code for code in codes)


def _gauge(score: Facts) -> Data | None:
    """Where the score and its interval stand between 0 and 100, to be drawn."""
    said = {key: score.get(key) for key in ("raw", "adjusted", "low", "high")}
    if any(value is None for value in said.values()):
        return None
    return {key: min(max(float(str(value)), 0.0), 100.0) for key, value in said.items()}


def _criterion(criterion: Facts, language: str) -> Data:
    mean, threshold = criterion["mean"], criterion["threshold"]
    is_below = mean is not None and threshold is not None and Decimal(str(mean)) < threshold
    return {
        "label": Words(criterion["label_fr"], criterion["label_en"]).of(language),
        "weight": percent(Decimal(str(criterion["weight"])), language),
        "mean": "–" if mean is None else say.MARK.of(language).format(
            mark=points(mean, language), scale=criterion["scale"]
        ),
        "range": "–" if mean is None else say.RANGE.of(language).format(
            low=points(criterion["low"], language), high=points(criterion["high"], language)
        ),
        "below": say.BELOW.of(language).format(threshold=threshold) if is_below else "",
    }  # fmt: skip


def _comments(item: Facts, language: str) -> list[Data]:
    """What reviewers wrote, criterion by criterion, then on the whole."""
    groups = [(Words(line["label_fr"], line["label_en"]), line["comments"]) for line in item["criteria"]]
    groups.append((say.WORDS["overall"], item["comments"]))
    return [
        {"label": label.of(language), "texts": [paragraphs(text) for text in texts]}
        for label, texts in groups
        if texts
    ]


def _divergence(divergence: Facts, language: str) -> Data:
    spread = say.DIVERGENCE.of(language).format(spread=points(divergence["spread"], language))
    return {
        "said": f"{spread} {say.OUTCOMES[divergence['outcome']].of(language)}",
        "texts": paragraphs(divergence["text"]),
    }
