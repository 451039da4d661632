"""From a posted form to raw answers, with what a page does beside typing: choosing a place, removing a row."""

import re
from collections.abc import Sequence
from typing import Any, Final

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from fund.forms.answers import Territories
from fund.forms.definition import FieldType, Question, Section
from fund.forms.posting import raw_of_post
from fund.web.answers import texts_of

SEEN: Final = "_seen-"
_CHOICE = re.compile(r"(.+)-choice-([0-9]{1,3})")
_REMOVED = re.compile(r"(.+)-([0-9]{1,4})")


def typed_answers(section: Section, form: MultiDict[str, str]) -> dict[str, Any]:
    """The raw answers of a posted form: places chosen from a list taken, the row to be removed left out."""
    raw = raw_of_post(section, _with_choices(form))
    given = [question for question in section.fields if question.key in raw]
    raw = {question.key: _settled(question, raw[question.key]) for question in given}
    return without_removed(raw, form)


def without_removed(raw: dict[str, Any], form: MultiDict[str, str]) -> dict[str, Any]:
    """The answers without the row whose button was pressed."""
    removed = _REMOVED.fullmatch(form.get("_remove", ""))
    if removed and isinstance(rows := raw.get(removed[1]), list):
        return {**raw, removed[1]: rows[: int(removed[2])] + rows[int(removed[2]) + 1 :]}
    return raw


def seen_answers(form: MultiDict[str, str]) -> dict[str, str]:
    """The digests of the answers that the page showed."""
    return {name.removeprefix(SEEN): form[name] for name in form if name.startswith(SEEN)}


def _settled(question: Question, raw: Any) -> Any:
    """Typed names of places that can mean only one become its code; of one place alone the last counts."""
    if question.type is FieldType.ROWS and isinstance(raw, list):
        columns = {column.key: column for column in question.fields}
        return [{key: _settled(columns[key], cell) for key, cell in row.items()} for row in raw]
    if question.type is not FieldType.TERRITORY:
        return raw
    codes = [_code_of(question, text) for text in texts_of(raw)]
    if question.maximum == 1:
        return codes[-1:]
    return list(dict.fromkeys(codes))


def _code_of(question: Question, text: str) -> str:
    try:
        return Territories(question.levels, maximum=1).read(text.strip())
    except ValidationError:
        return text


def _with_choices(form: MultiDict[str, str]) -> MultiDict[str, str]:
    """The form with each choice of a place instead of the text for which it was offered, if that still stands."""
    changed = MultiDict(form)
    for posted in form:
        match = _CHOICE.fullmatch(posted)
        if match is None or not form[posted]:
            continue
        name, asked = match[1], form.get(f"{match[1]}-asked-{match[2]}", "")
        changed.setlist(name, _replaced(changed.getlist(name), asked, form[posted]))
    return changed


def _replaced(texts: Sequence[str], asked: str, chosen: str) -> list[str]:
    return [chosen if asked and text == asked else text for text in texts]
