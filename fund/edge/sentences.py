"""Codes of refusals as sentences: what is the matter, and what would lift it.

Reasons come from the guards of the workflows, problems from the schemas and services, conflicts from the
database's constraints. English is the source.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from config.territories import territory_label
from fund.edge.conflict_words import CONFLICTS
from fund.edge.fields import field_label
from fund.edge.formats import day, moment, money, number
from fund.edge.labels import label
from fund.edge.problem_words import PROBLEMS
from fund.edge.reason_words import REASONS
from fund.models import OrganisationKind
from workflows.permissions import PEOPLE_ROLES
from workflows.reasons import Reason

LEVELS: dict[str, Any] = {
    "com": _l("commune"),
    "epci": _l("group of communes (EPCI)"),
    "dep": _l("département"),
    "reg": _l("région"),
}


def reason_sentence(reason: Reason) -> str:
    """The sentence of a guard's reason."""
    return _fill(REASONS[reason.code], reason.params)


def problem_sentence(problem: object) -> str:
    """The sentence of a field's problem. What is no code of ours (a library's own text) is given as it is."""
    text = PROBLEMS.get(str(problem))
    return str(problem) if text is None else _fill(text, getattr(problem, "params", {}))


def conflict_sentence(code: str) -> str:
    """The sentence of a refusal by the database; a constraint without one of its own says so in general."""
    return str(CONFLICTS.get(code, CONFLICTS["constraint"]))


def _fill(text: Any, params: Mapping[str, Any]) -> str:
    values = {name: _written(name, value) for name, value in params.items()}
    # Filled even with nothing: "%%" in a sentence must come out as one sign.
    return str(text) % values


def _written(name: str, value: Any) -> str:  # noqa: C901 - a table: one line a kind of value
    match name, value:
        case "roles" | "levels", str():
            return str(gettext(", ")).join(_names(name, value.split(",")))
        case "field", str():
            return field_label(value)
        case "territory", str():
            return str(gettext(", ")).join(territory_label(code) for code in value.split(", ") if code)
        case "kind", str():
            return label(OrganisationKind(value))
        case "groups", tuple():
            return str(gettext(", ")).join(label(group) for group in value)
        case "problem", str():
            return problem_sentence(value)
        case "rate" | "weights" | "limit", Decimal():
            return number(value)
        case _, StrEnum():
            return label(value)
        case _, Decimal():
            return money(value)
        case _, datetime():
            return moment(value)
        case _, date():
            return day(value)
        case _, bool():
            return str(gettext("yes") if value else gettext("no"))
        case _, int():
            return number(value)
    return str(value)


def _names(name: str, codes: list[str]) -> list[str]:
    """Roles in the order of the house, levels of territory in the order given."""
    if name == "roles":
        return [label(role) for role in PEOPLE_ROLES if role.value in codes]
    return [str(LEVELS[level]) for level in codes]
