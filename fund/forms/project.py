"""The project's own fields, which every file has whatever its call asks; drawn and judged like a call's section.

Their values live in columns, so that lists, exports and the money can use them.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from fund.forms.definition import CallContent, FieldType, Question, Section, Words

PROJECT = "project"
BUDGET = "budget"
RESERVED = (PROJECT, BUDGET, "alliance", "documents")
"""Names that a call's own sections may not take."""
COMMUNE = "commune_code"
AMOUNTS = ("total_budget", "requested_amount")

_CENT = Decimal("0.01")
_FIELDS = (
    Question(
        "title",
        FieldType.TEXT,
        Words("Titre du projet", "Title of the project"),
        required=True,
        maximum=Decimal(200),
    ),
    Question(
        "summary",
        FieldType.LONG_TEXT,
        Words("Résumé du projet", "Summary of the project"),
        Words(
            "En quelques phrases, pour des lecteurs qui ne vous connaissent pas\u00a0: ce que vous faites "
            "ensemble, pour qui, où.",
            "In a few sentences, for readers who do not know you: what you do together, for whom, where.",
        ),
        required=True,
        maximum=Decimal(4_000),
    ),
    Question(
        COMMUNE,
        FieldType.TERRITORY,
        Words("Commune du projet", "Commune of the project"),
        Words(
            "Son nom, par exemple Roques (Haute-Garonne), ou son code Insee, qui n’est pas le code postal.",
            "Its name, for instance Roques (Haute-Garonne), or its INSEE code, which is not the postal code.",
        ),
        required=True,
        maximum=Decimal(1),
        levels=("com",),
    ),
    Question("starts_on", FieldType.DATE, Words("Début", "Start"), required=True),
    Question("ends_on", FieldType.DATE, Words("Fin", "End"), required=True),
    Question(
        "total_budget",
        FieldType.AMOUNT,
        Words("Budget total", "Total budget"),
        required=True,
        minimum=_CENT,
    ),
    Question(
        "requested_amount",
        FieldType.AMOUNT,
        Words("Subvention demandée", "Grant asked"),
        required=True,
        minimum=_CENT,
    ),
    Question(
        "contact_name",
        FieldType.TEXT,
        Words("Personne à contacter", "Person to contact"),
        maximum=Decimal(200),
    ),
    Question("contact_email", FieldType.EMAIL, Words("Adresse de cette personne", "Address of that person")),
)
_SECTION = Section(PROJECT, Words("Le projet", "The project"), fields=_FIELDS)
_SECTION_WITHOUT_AMOUNTS = replace(
    _SECTION, fields=tuple(question for question in _FIELDS if question.key not in AMOUNTS)
)


def project_section(content: CallContent) -> Section:
    """The project's fields as this call asks them: where it asks for a budget, the amounts come from there."""
    return _SECTION if content.budget is None else _SECTION_WITHOUT_AMOUNTS


def columns_of(values: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """Loaded values as the columns take them, and the fields whose values no column may hold together.

    An end before its start, or a grant above its budget, is kept as typed until it is mended.
    """
    columns = {name: _column(name, value) for name, value in values.items()}
    held: set[str] = set()
    start, end = columns.get("starts_on"), columns.get("ends_on")
    if isinstance(start, date) and isinstance(end, date) and end < start:
        held.add("ends_on")
    budget, asked = columns.get("total_budget"), columns.get("requested_amount")
    if isinstance(budget, Decimal) and isinstance(asked, Decimal) and asked > budget:
        held.add("requested_amount")
    return columns, frozenset(held)


def _column(name: str, value: Any) -> Any:
    if name == COMMUNE:
        return str(value[0]).removeprefix("com:") if value else None
    if name in ("title", "summary"):
        return value or ""
    return value or None


def raw_of_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as they would have been typed."""
    return {name: _raw(name, value) for name, value in columns.items()}


def _raw(name: str, value: Any) -> Any:
    if name == COMMUNE:
        return [f"com:{value}"] if value else []
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:.2f}".replace(".", ",")
        case date():
            return value.isoformat()
    return str(value)
