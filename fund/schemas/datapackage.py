"""``datapackage.json``: what stands beside published files, so that a program can read them without asking.

The form is the Data Package standard of frictionless (version 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from marshmallow import fields, validate

from fund.schemas.giving import Publisher
from fund.schemas.scdl import ScdlRowSchema

LICENSE: Final = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte / Open Licence 2.0 (Etalab)",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}
CSV: Final = "attributions.csv"
JSON: Final = "attributions.json"
DESCRIPTION: Final = "datapackage.json"
MEDIA_TYPES: Final = {CSV: "text/csv", JSON: "application/json", DESCRIPTION: "application/json"}
_TITLES: Final = {
    CSV: "Attributions selon le schéma « subventions » 2.1.1 du socle commun des données locales (SCDL)",
    JSON: "Attributions selon le standard 360Giving 1.4.3",
}


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that is offered: its length in bytes, the SHA-256 of them, and how many awards it holds."""

    name: str
    size: int
    sha256: str
    rows: int


def describe_package(files: Sequence[Offered], publisher: Publisher, made_at: datetime) -> dict[str, Any]:
    """The description of the files that lie beside it. In French: it is data."""
    return {
        "profile": "data-package",
        "name": "attributions",
        "title": f"Attributions du {publisher.name}",
        "description": "Subventions dont la convention est signée : en vigueur, suspendues ou soldées.",
        "homepage": f"{publisher.url}/donnees-ouvertes",
        "created": made_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "licenses": [LICENSE],
        "contributors": [{"title": publisher.name, "path": publisher.url, "role": "publisher"}],
        "keywords": ["subventions", "SCDL", "360Giving", "ODD 17"],
        "resources": [_resource(file) for file in files],
    }


def _resource(file: Offered) -> dict[str, Any]:
    name, _, form = file.name.partition(".")
    resource: dict[str, Any] = {
        "name": f"{name}-{form}",
        "title": _TITLES[file.name],
        "path": file.name,
        "format": form,
        "mediatype": MEDIA_TYPES[file.name],
        "encoding": "utf-8",
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
        "licenses": [LICENSE],
    }
    if file.name == CSV:
        resource |= {"profile": "tabular-data-resource", "schema": _table_schema()}
    return resource


def _table_schema() -> dict[str, Any]:
    """The columns as ``ScdlRowSchema`` judges them."""
    columns = [_column(field) for field in ScdlRowSchema().fields.values()]
    return {"fields": columns, "missingValues": [""]}


def _column(field: fields.Field[Any]) -> dict[str, Any]:
    kinds: dict[type[Any], str] = {fields.Date: "date", fields.Integer: "integer", fields.Decimal: "number"}
    constraints: dict[str, Any] = {"required": True} if field.required else {}
    for check in field.validators:
        match check:
            case validate.OneOf():
                constraints["enum"] = list(map(str, check.choices))
            case validate.Range():
                constraints |= {"minimum": float(check.min), "maximum": float(check.max)}
            case validate.Length(max=int(most)):
                constraints["maxLength"] = most
    column = {"name": field.data_key, "type": kinds.get(type(field), "string")}
    return column | ({"constraints": constraints} if constraints else {})
