"""The OpenAPI document: what the fields of our schemas are in JSON Schema, and what each operation answers."""

from functools import cache
from http import HTTPStatus
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask_smorest import Api
from flask_smorest.utils import prepare_response
from marshmallow import Schema, fields
from werkzeug.routing import BaseConverter

from fund.api.problems import CONTENT_TYPE
from fund.forms.fields import Choice, Commune, Day, Instant, Money, Rna, Siret, Text, Whole
from fund.schemas.steps import REASON_LENGTH, input_of
from fund.schemas.views import ProblemView, View
from workflows.engine import Step

OPENAPI: Final = "3.1.0"
REFERENCE_PATTERN: Final = "[A-Z]{2}-[2-9A-Z]{4}-[2-9A-Z]{4}"
DESCRIPTION: Final = """\
The Fonds ODD 17's calls, applications, reviews, committee sessions, awards, payments and reports.

Amounts are texts in euros with two decimals, instants are in UTC, days are days in France. What a person may see
and do is what they may see and do on the pages: a subject that is not theirs to see answers 404.

A write names the version that it was made from in `If-Match` (the `ETag` of what was read): a repeated request is
answered 412 and does nothing twice. `GET …/steps` says which steps are possible now, and why others are not.
Sentences are in French, or in English for `Accept-Language: en`.
"""

STATUS_HEADERS: Final[dict[int, dict[str, str]]] = {
    401: {"WWW-Authenticate": "How to send a token"},
    429: {"Retry-After": "Seconds to wait"},
    503: {"Retry-After": "Seconds to wait"},
}


SHAPES: Final[dict[type[fields.Field[Any]], dict[str, Any]]] = {
    Siret: {"type": "string", "pattern": "^([0-9]{14})?$", "description": "14 digits, the last a check digit."},
    Rna: {"type": "string", "pattern": "^(W[0-9A-Z]{9})?$"},
    Commune: {"type": "string", "pattern": "^([0-9][0-9AB][0-9]{3})?$", "description": "INSEE code."},
    Day: {"type": "string", "format": "date"},
    Instant: {"type": "string", "format": "date-time"},
}
MONEY_OUT: Final = {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "description": "Euros."}
MONEY_IN: Final = {"type": ["string", "number"], "description": "Euros, at most two decimals."}


class ReferenceConverter(BaseConverter):
    """A subject's reference; anything else is no address at all."""

    regex = REFERENCE_PATTERN
    part_isolating = True


class Document(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's document, with problem documents for errors."""

    ERROR_SCHEMA = ProblemView
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """None for the whole application: the pages answer their own errors, our blueprint its own."""

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            if status < 400:
                continue
            response: dict[str, Any] = {"description": status.phrase, "schema": self.ERROR_SCHEMA}
            prepare_response(response, self.spec, CONTENT_TYPE)
            headers = STATUS_HEADERS.get(status, {})
            response["headers"] = {name: _header(meaning) for name, meaning in headers.items()}
            self.spec.components.response(status.name, response, lazy=True)


def init_document(app: Flask) -> Document:
    """The document of this application, to which the blueprint adds its operations."""
    app.url_map.converters["reference"] = ReferenceConverter
    app.config.update(API_TITLE="Fonds ODD 17", API_VERSION="1", OPENAPI_VERSION=OPENAPI)
    options = {
        "info": {"description": DESCRIPTION},
        "security": [{"bearer": []}],
        "marshmallow_plugin": _plugin(),
    }
    document = Document(app, spec_kwargs=options)
    document.register_converter(ReferenceConverter, _reference_schema)
    bearer = {"type": "http", "scheme": "bearer", "description": "A token of your account."}
    document.spec.components.security_scheme("bearer", bearer)
    return document


def etag_header() -> dict[str, Any]:
    return _header("The subject's version, for If-Match", pattern='^"[0-9]+"$')


def _header(meaning: str, **schema: Any) -> dict[str, Any]:
    return {"description": meaning, "required": True, "schema": {"type": "string", **schema}}


def _reference_schema(_: ReferenceConverter) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{REFERENCE_PATTERN}$"}


@cache
def schema_of_inputs(step: Step) -> dict[str, Any]:
    """What comes with a step, as a JSON Schema; the reason is required where the step needs one."""
    plugin = _plugin()
    APISpec("inputs", "1", OPENAPI, plugins=[plugin])
    if plugin.converter is None:
        raise RuntimeError("a specification sets up its plugins")
    schema: dict[str, Any] = plugin.converter.schema2jsonschema(input_of(step)())  # type: ignore[no-untyped-call]  # apispec
    if step.needs_reason:
        schema["required"] = sorted({*schema.get("required", ()), "reason"})
        schema["properties"]["reason"] = _text(1, REASON_LENGTH)
    return schema


def _plugin() -> MarshmallowPlugin:
    return OurPlugin(schema_name_resolver=_name_of)


def _name_of(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__ + ("Changes" if getattr(schema, "partial", False) else "")


class OurPlugin(MarshmallowPlugin):
    """Knows our own kinds of field."""

    def init_spec(self, spec: APISpec) -> None:
        super().init_spec(spec)
        if self.converter is not None:
            self.converter.add_attribute_function(describe_field)  # type: ignore[no-untyped-call]  # apispec


def describe_field(_converter: Any, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
    """JSON Schema of a field of ours; nothing for the library's."""
    described = _described(field, going_out=isinstance(field.root, View))
    if described and field.allow_none:
        kinds = described["type"] if isinstance(described["type"], list) else [described["type"]]
        described["type"] = [*kinds, "null"]
        if "enum" in described:
            described["enum"] = [*described["enum"], None]
    return described


def _described(field: fields.Field[Any], *, going_out: bool) -> dict[str, Any]:
    if isinstance(field, Money):
        return dict(MONEY_OUT if going_out else MONEY_IN)
    match field:
        case Siret() | Rna() | Commune() | Day() | Instant():
            return dict(SHAPES[type(field)])
        case Text():
            return _text(0 if field.blank or going_out else 1, field.maximum)
        case Whole():
            return {"type": "integer", "minimum": field.minimum, "maximum": field.maximum}
        case Choice():
            return {"type": "string", "enum": [member.value for member in field.enum]}
    return {}


def _text(minimum: int, maximum: int) -> dict[str, Any]:
    least = {"minLength": minimum} if minimum else {}
    return {"type": "string", "maxLength": maximum, **least}


def body_of(schema: Any, *, required: bool = True) -> dict[str, Any]:
    """A request body in JSON; ``schema`` is one of ours or a JSON Schema over several."""
    content: dict[str, type[Schema] | Schema | dict[str, Any]] = {"schema": schema}
    return {"required": required, "content": {"application/json": content}}
