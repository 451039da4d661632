"""From what a page sent of one part of a call to data of its content.

A reader leaves empty rows out of what was sent too, so that the paths of its refusals count the rows drawn.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fund.forms.content_schema import SCALE_LIMIT
from fund.forms.definition import USUAL_SCALE
from fund.forms.editing import give_keys
from fund.forms.fields import Problem
from fund.web.sheet import read_territories

Data = dict[str, Any]
Problems = dict[str, list[Problem]]
Reader = Callable[[Data], tuple[Data, Problems]]

BASICS = ("title", "summary", "opens_at", "closes_at", "envelope", "grant", "reviews")


def read_basics(sent: Data) -> tuple[Data, Problems]:
    return {name: sent.get(name, "") for name in BASICS if name in sent}, {}


def read_alliance(sent: Data) -> tuple[Data, Problems]:
    given = _object(sent.get("alliance"))
    problems: Problems = {}
    rows = given["members"] = [row for row in rows_of(given, "members") if row.get("kind")]
    rule = {
        **given,
        "members": [
            _filled({**row, "territory": _territory(row, f"alliance.members.{number}.territory", problems)})
            for number, row in enumerate(rows)
        ],
        "territory": _territory(given, "alliance.territory", problems),
        "endorsement": is_ticked(given, "endorsement"),
    }
    return {"alliance": _filled(rule)}, problems


def read_eligibility(sent: Data) -> tuple[Data, Problems]:
    rows = [row for row in rows_of(sent, "eligibility") if says_something(row, "question", "because")]
    give_keys(rows, "question")
    sent["eligibility"] = rows
    return {"eligibility": [{**row, "expected": row.get("expected") != "false"} for row in rows]}, {}


def read_budget(sent: Data) -> tuple[Data, Problems]:
    if not is_ticked(sent, "asked"):
        return {"budget": None}, {}
    given = _object(sent.get("budget"))
    rule = {
        "accounts": _texts(given, "accounts"),
        "in_kind": is_ticked(given, "in_kind"),
        "evidence": is_ticked(given, "evidence"),
    }
    return {"budget": rule}, {}


def read_documents(sent: Data) -> tuple[Data, Problems]:
    rows = [row for row in rows_of(sent, "documents") if says_something(row, "label", "help")]
    give_keys(rows, "label")
    sent["documents"] = rows
    documents = [
        {
            **row,
            "required": is_ticked(row, "required"),
            "per_member": is_ticked(row, "per_member"),
            "files": _texts(row, "files"),
        }
        for row in rows
    ]
    return {"documents": documents}, {}


def read_rubric(sent: Data) -> tuple[Data, Problems]:
    # The scale is filled in beforehand on every row: alone it does not make a criterion.
    rows = [row for row in rows_of(sent, "rubric") if says_something(row, "label") or row.get("weight")]
    give_keys(rows, "label")
    sent["rubric"] = rows
    lines = [_filled({**row, "anchors": _anchors(row)}) for row in rows]
    return {"rubric": lines, "scoring": _filled(_object(sent.get("scoring")))}, {}


def _anchors(row: Data) -> list[Any]:
    """What the marks mean: nothing where all are empty, else one for each mark of the scale.

    The page drew them before a new highest mark was typed: those that it lacks are empty, empty ones too many go.
    """
    anchors: list[Any] = [dict(anchor) for anchor in rows_of(row, "anchors")]
    scale = str(row.get("scale") or USUAL_SCALE)
    marks = int(scale) + 1 if scale.isdecimal() and len(scale) < 4 else 0
    while len(anchors) > marks and not _is_said(anchors[-1]):
        anchors.pop()
    if not any(map(_is_said, anchors)):
        return []
    return anchors + [{} for _ in range(min(marks, SCALE_LIMIT + 1) - len(anchors))]


def _is_said(anchor: Data) -> bool:
    return any(str(text).strip() for text in anchor.values())


def read_rules(sent: Data) -> tuple[Data, Problems]:
    deadline, regime = _object(sent.get("deadline")), _object(sent.get("regime"))
    return {
        "deadline": _filled(deadline),
        "feedback": sent.get("feedback", ""),
        "regime": {**regime, "republican_contract": is_ticked(regime, "republican_contract")},
        "declaration": _object(sent.get("declaration")),
        "reporting": _filled(_object(sent.get("reporting"))),
    }, {}


def rows_of(sent: Data, name: str) -> list[Data]:
    """The rows of that name; what is no row (somebody played with the form) is left out."""
    rows = sent.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def says_something(row: Mapping[str, Any], *names: str) -> bool:
    """Whether one of these texts is written, in either language."""
    for name in names:
        words = row.get(name)
        if isinstance(words, dict) and any(str(text).strip() for text in words.values()):
            return True
    return False


def is_ticked(given: Mapping[str, Any], name: str) -> bool:
    return given.get(name) == "true"


def _filled(given: Data) -> Data:
    """Without empty texts, whose place the defaults take."""
    return {name: value for name, value in given.items() if value != ""}


def _texts(given: Mapping[str, Any], name: str) -> list[str]:
    found = given.get(name)
    return [text for text in found if text] if isinstance(found, list) else []


def _territory(given: Mapping[str, Any], path: str, problems: Problems) -> list[str]:
    codes, found = read_territories(str(given.get("territory", "")))
    if found:
        problems[path] = found
    return codes


def _object(value: Any) -> Data:
    return value if isinstance(value, dict) else {}
