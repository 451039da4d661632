"""The places of a call's content in words, and what differs between two contents, for officers and alliances."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _l

from config.territories import territory_label
from fund.edge.formats import moment, money, number
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.sentences import LEVELS, problem_sentence
from fund.forms.content import differences, whole_content
from fund.forms.definition import (
    AidRegime,
    CallContent,
    Confirmations,
    Feedback,
    FieldType,
    LateRule,
    OrganisationKind,
    Otherwise,
)
from fund.storage.kinds import Group

PLACES: dict[str, Any] = {
    "content": _l("The whole call"),
    "file": _l("The file"),
    "title": lazy_pgettext("content", "Title"),
    "summary": lazy_pgettext("content", "Summary"),
    "opens_at": _l("Opening"),
    "closes_at": _l("Closing"),
    "envelope": _l("Envelope"),
    "grant": lazy_pgettext("content", "Grant"),
    "rate": _l("Largest share of the budget (%)"),
    "reviews": _l("Reviews needed per file"),
    "alliance": _l("Alliance rule"),
    "members": _l("Members that the alliance needs"),
    "territory": lazy_pgettext("content", "Territory"),
    "confirmations": _l("Confirmations of members"),
    "endorsement": _l("Word of a territorial catalyst"),
    "deadline": _l("Drafts at the closing"),
    "rule": lazy_pgettext("content", "Rule"),
    "minutes": _l("Minutes of grace"),
    "feedback": _l("Feedback after the decision"),
    "regime": _l("Legal regime"),
    "aid": _l("Regime of the aid"),
    "republican_contract": _l("Contrat d’engagement républicain"),
    "declaration": lazy_pgettext("content", "Declaration"),
    "eligibility": _l("Questions before writing"),
    "question": lazy_pgettext("content", "Question"),
    "because": _l("What is said otherwise"),
    "expected": _l("Expected answer"),
    "otherwise": _l("Verdict otherwise"),
    "form": lazy_pgettext("content", "Form"),
    "report": _l("Report form"),
    "sections": lazy_pgettext("content", "Sections"),
    "fields": lazy_pgettext("content", "Fields"),
    "options": lazy_pgettext("content", "Options"),
    "label": lazy_pgettext("content", "Label"),
    "help": lazy_pgettext("content", "Help"),
    "type": lazy_pgettext("content", "Type"),
    "key": lazy_pgettext("content", "Key"),
    "kind": _l("Kind of organisation"),
    "value": lazy_pgettext("content", "Value"),
    "required": lazy_pgettext("content", "Required"),
    "show_if": _l("Condition of display"),
    "minimum": lazy_pgettext("content", "Minimum"),
    "maximum": lazy_pgettext("content", "Maximum"),
    "decimals": lazy_pgettext("content", "Decimals"),
    "levels": _l("Kinds of territory"),
    "files": _l("Kinds of file"),
    "budget": lazy_pgettext("content", "Budget"),
    "accounts": _l("Accounts offered"),
    "in_kind": _l("Contributions in kind"),
    "evidence": _l("Evidence of co-financing that is granted"),
    "documents": _l("Documents asked for"),
    "per_member": _l("One from every member"),
    "rubric": lazy_pgettext("content", "Rubric"),
    "weight": _l("Weight (%)"),
    "scale": _l("Highest mark"),
    "anchors": _l("What the marks mean"),
    "threshold": _l("Mark below which a file is discussed"),
    "scoring": _l("Use of the scores"),
    "reporting": _l("Accounts of the grants"),
    "reporting.threshold": _l("Difference from which a chapter is explained (%)"),
    "divergence": _l("Gap that is discussed (points)"),
    "days": _l("Days to read a file"),
    "fr": lazy_pgettext("content", "in French"),
    "en": lazy_pgettext("content", "in English"),
}
ITEMS: dict[str, Any] = {
    "sections": _l("section %(name)s"),
    "fields": _l("field %(name)s"),
    "options": _l("option %(name)s"),
    "members": _l("member %(name)s"),
    "documents": _l("document %(name)s"),
    "eligibility": _l("question %(name)s"),
    "rubric": _l("criterion %(name)s"),
    "anchors": _l("mark %(name)s"),
}
FROM_ZERO = ("anchors",)
"""Lists of which the first thing is number 0: a mark is called by what it is."""
CHOICES: dict[str, type[StrEnum]] = {
    "type": FieldType,
    "kind": OrganisationKind,
    "confirmations": Confirmations,
    "rule": LateRule,
    "feedback": Feedback,
    "otherwise": Otherwise,
    "aid": AidRegime,
    "files": Group,
}
NAMED = ("title", "label", "question")
LISTS = ("sections", "fields", "options", "members", "documents", "eligibility", "rubric", "anchors")


@dataclass(frozen=True, slots=True)
class ChangeInWords:
    """One difference: where, what was said there and what is said now; None where there was nothing."""

    place: str
    before: str | None
    after: str | None


def place_words(path: str, data: Any) -> str:
    """The place of a fault (``form.sections.0.fields.2.label.fr``) in data of that shape, in words."""
    return _joined(_steps(path, data, by_key=False))


def refusals_in_words(errors: Mapping[str, list[Any]], data: Any) -> list[tuple[str, str, str]]:
    """Path, place in words and sentence of each refusal."""
    return [
        (path, place_words(path, data), problem_sentence(problem))
        for path, problems in errors.items()
        for problem in problems
    ]


def changes_in_words(before: CallContent, after: CallContent) -> list[ChangeInWords]:
    """What changed from one content to the other, in the order of the contents."""
    old, new = whole_content(before), whole_content(after)
    found = []
    for difference in differences(before, after):
        # What is gone is named as it was.
        source = old if difference.after is None else new
        place = _joined(_steps(difference.path, source, by_key=True))
        name = difference.path.rpartition(".")[2]
        is_order = _is_order(difference.path, difference.before, source)
        siblings = _at(difference.path, new) if is_order else None
        found.append(
            ChangeInWords(
                place=gettext("%(place)s: order", place=place) if is_order else place,
                before=_written(name, difference.before, siblings),
                after=_written(name, difference.after, siblings),
            )
        )
    return found


def _joined(steps: Iterable[str]) -> str:
    return ", ".join(steps)


def _steps(path: str, data: Any, *, by_key: bool) -> Iterator[str]:
    """The words of a path, one a step; the list in which a named thing stands goes without saying."""
    here, parent = data, ""
    names = path.split(".")
    for place, name in enumerate(names):
        inside = place + 1 < len(names)
        if isinstance(here, list):
            here, position = _item(here, name, by_key=by_key)
            title = _title(here) or str(position if parent in FROM_ZERO else position + 1)
            yield str(ITEMS[parent]) % {"name": _quoted(title)} if parent in ITEMS else title
        else:
            here = here.get(name) if isinstance(here, Mapping) else None
            if not (inside and name in LISTS and isinstance(here, list)):
                yield str(PLACES.get(f"{parent}.{name}") or PLACES.get(name, name))
        parent = name


def _item(items: list[Any], name: str, *, by_key: bool) -> tuple[Any, int]:
    """The thing of that name (``differences`` names it by its key) or number, and its place."""
    for position, item in enumerate(items):
        if by_key and isinstance(item, Mapping) and name in (item.get("key"), item.get("kind"), item.get("value")):
            return item, position
    position = int(name) - by_key if name.isdigit() else 0
    return (items[position] if position < len(items) else None), position


def _at(path: str, data: Any) -> Any:
    here = data
    for name in path.split("."):
        here = _item(here, name, by_key=True)[0] if isinstance(here, list) else (here or {}).get(name)
    return here


def _title(item: Any) -> str:
    """What people call a section, a field, an option, a document; a kind of member by its name."""
    if not isinstance(item, Mapping):
        return ""
    if "kind" in item:
        return _named("kind", item["kind"])
    words: Mapping[str, str] = next((item[name] for name in NAMED if isinstance(item.get(name), Mapping)), {})
    first, second = ("en", "fr") if current_language() == "en" else ("fr", "en")
    return str(words.get(first) or words.get(second) or item.get("key") or "")


def _quoted(text: str) -> str:
    return text if text.isdigit() else gettext("“%(text)s”", text=text if len(text) <= 80 else f"{text[:79]}…")


def _is_order(path: str, before: Any, data: Any) -> bool:
    """Whether a difference says only that the same things stand in another order: then it gives their keys."""
    is_keys = isinstance(before, list) and bool(before) and all(isinstance(key, str) for key in before)
    return is_keys and path.rpartition(".")[2] in LISTS and isinstance(_at(path, data), list)


def _written(name: str, value: Any, siblings: Any) -> str | None:
    if siblings is not None:
        return ", ".join(_title(_item(siblings, key, by_key=True)[0]) or key for key in value)
    match value:
        case None | "" | []:
            return None
        case bool():
            return str(gettext("yes") if value else gettext("no"))
        case int():
            return number(value)
        case list():
            return ", ".join(filter(None, (_written(name, part, None) for part in value)))
        case Mapping():
            return _title(value) or _told(value)
    return _named(name, str(value))


def _told(value: Mapping[str, Any]) -> str:
    """A whole thing without a name: what it says, line by line."""
    lines = ((name, _written(name, part, None)) for name, part in value.items())
    return "; ".join(f"{PLACES.get(name, name)} {part}" for name, part in lines if part)


def _named(name: str, text: str) -> str:
    """A text of the content as people read it: choices by their names, codes of territories, money, instants."""
    if name in CHOICES and text in list(CHOICES[name]):
        return label(CHOICES[name](text))
    if name in ("opens_at", "closes_at"):
        return moment(datetime.fromisoformat(text))
    if name == "envelope":
        return money(Decimal(text))
    if name in ("minimum", "maximum", "rate", "weight", "divergence", "threshold"):
        return number(Decimal(text))
    if name == "levels" and text in LEVELS:
        return str(LEVELS[text])
    return territory_label(text) if name == "territory" else text
