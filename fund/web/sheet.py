"""A part of a call's content as a page draws it and gets it back: texts as typed, under the content's paths.

The path of a fault (``documents.0.label.fr``) is the name of the control, so that its sentence stands beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from config.territories import LEVELS, territory_label
from fund.edge.content_words import place_words
from fund.edge.sentences import problem_sentence
from fund.forms.answers import Territories
from fund.forms.content_schema import TERRITORIES_LIMIT
from fund.forms.fields import Problem
from workflows.engine import PARIS

INSTANTS: Final = ("opens_at", "closes_at")
DECIMALS: Final = ("envelope", "minimum", "maximum", "rate", "weight", "divergence")
BOXES: Final = ("levels", "files", "accounts")
"""Names of which a form sends as many values as boxes are ticked."""
ROWS_MOST: Final = 200
DEPTH_MOST: Final = 8

_TERRITORIES: Final = Territories(LEVELS, maximum=TERRITORIES_LIMIT)
Problems = Mapping[str, list[Any]]


@dataclass
class Sheet:
    """What a page shows of a part: texts, and the sentences of what was refused.

    ``names`` are those of controls that are none of a call's content.
    """

    data: dict[str, Any]
    problems: dict[str, list[str]] = field(default_factory=dict)
    form_errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> list[str]:
        """Every sentence; a page with any says so in its title."""
        return [*self.form_errors, *(text for texts in self.problems.values() for text in texts), *self.elsewhere]

    def at(self, path: str) -> Any:
        """The text at that path; empty where there is none."""
        here: Any = self.data
        for name in path.split("."):
            if isinstance(here, list):
                here = here[int(name)] if name.isdigit() and int(name) < len(here) else None
            else:
                here = here.get(name) if isinstance(here, Mapping) else None
        return "" if here is None else here

    def rows(self, path: str) -> int:
        found = self.at(path)
        return len(found) if isinstance(found, list) else 0

    def errors_at(self, path: str) -> list[str]:
        """What was refused at that path or below it."""
        return [
            text
            for place, texts in self.problems.items()
            if place == path or place.startswith(f"{path}.")
            for text in texts
        ]

    def place(self, path: str) -> str:
        """The name of the control that a refusal stands beside."""
        return self.names.get(path) or place_words(path, self.data)

    def show_problems(self, problems: Problems) -> None:
        """Put each refusal beside its control."""
        for path, found in problems.items():
            self.problems.setdefault(path, []).extend(problem_sentence(problem) for problem in found)

    def show_refusals(self, problems: Problems, owned: Iterable[str], data: Any, prefix: str = "") -> None:
        """The same, where some refusals may stand elsewhere in the call: those are told with their place.

        ``owned`` are the paths that the page draws, under ``prefix`` in the call's ``data``.
        """
        names = tuple(owned)
        for path, found in problems.items():
            inner = path.removeprefix(prefix)
            is_here = path.startswith(prefix) and inner.partition(".")[0] in names
            if is_here:
                self.show_problems({inner: found})
            else:
                place = place_words(path, data)
                self.elsewhere.extend(f"{place}\u00a0: {problem_sentence(problem)}" for problem in found)


def typed(value: Any, name: str = "") -> Any:
    """Data of a content as people type it: decimal commas, Paris time, territories by their names."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Mapping():
            return {key: typed(part, key) for key, part in value.items()}
        case list() if name == "territory":
            return "\n".join(map(_territory_text, value))
        case list():
            return [typed(part, name) for part in value]
    text = str(value)
    if name in INSTANTS:
        local = datetime.fromisoformat(text).astimezone(PARIS)
        return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")
    return text.removesuffix(".00").replace(".", ",") if name in DECIMALS else text


def posted(form: MultiDict[str, str]) -> dict[str, Any]:
    """The nested texts of a form whose names are paths; rows in the order of their numbers, gaps left out."""
    tree: dict[str, Any] = {}
    for name in form:
        *steps, last = name.split(".", DEPTH_MOST)
        here = tree
        for step in steps:
            inner = here.setdefault(step, {})
            here = inner if isinstance(inner, dict) else {}
        here[last] = form.getlist(name) if last in BOXES else form[name]
    nested: dict[str, Any] = _lists(tree)
    return nested


def read_territories(text: str) -> tuple[list[str], list[Problem]]:
    """The codes of territories typed one a line, by name or by code, and what could not be read."""
    try:
        codes: list[str] = _TERRITORIES.deserialize(text.splitlines())
    except ValidationError as error:
        return [], [message for message in error.messages if isinstance(message, Problem)]
    return codes, []


def row_action(data: dict[str, Any], action: str) -> None:
    """Add, remove or move a row as its button says: ``add:documents``, ``up:documents:2``."""
    verb, _, rest = action.partition(":")
    path, _, number = rest.partition(":")
    here: Any = data
    *steps, last = path.split(".")
    for step in steps:
        here = here.setdefault(step, {}) if isinstance(here, dict) else {}
    rows = here.setdefault(last, []) if isinstance(here, dict) else []
    if not isinstance(rows, list):
        return
    place = int(number) if number.isdecimal() and len(number) < 4 else -1
    if verb == "add" and len(rows) < ROWS_MOST:
        rows.append({})
    elif 0 <= place < len(rows):
        row = rows.pop(place)
        if verb in ("up", "down"):
            rows.insert(max(place - 1, 0) if verb == "up" else place + 1, row)


def _territory_text(code: str) -> str:
    """The name, where it leads back to the code."""
    name = territory_label(code)
    return name if read_territories(name)[0] == [code] else code


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() and len(key) < 4 for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(part) for key, part in value.items()}
