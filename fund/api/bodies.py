"""Reading what comes in: JSON without surprises, the query string, and the version in If-Match."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

from flask import Request, request
from marshmallow import Schema, ValidationError, fields, missing
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import (
    BadRequest,
    PreconditionFailed,
    PreconditionRequired,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from fund.api.problems import pointer
from fund.errors import InvalidInput
from fund.models import Subject

BODY_MAXIMUM: Final = 1024 * 1024
"""Bytes. The longest application has some 60,000 characters; nothing here takes a file."""


class BodyParser(FlaskParser):
    """Reads arguments by schema; a refusal names each value by its pointer (or query parameter)."""

    # None leaves it to the schemas, which refuse what they do not know.
    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {"json": None, "query": None}  # noqa: RUF012 - as webargs has it

    def load_json(self, req: Request, schema: Schema) -> Any:  # noqa: ARG002 - webargs' signature
        return read_json(req)

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> NoReturn:  # noqa: ARG002
        ((location, messages),) = error.messages_dict.items()
        raise refused_values(messages, schema, in_query=location == "query") from error


parser = BodyParser()


def read_json(req: Request) -> Any:
    """The body as JSON, ``missing`` where there is none. Numbers with a fraction are Decimals, never floats.

    Raises RequestEntityTooLarge, UnsupportedMediaType, BadRequest.
    """
    # One byte more than allowed is let through: a chunked body is cut at the limit without a word.
    req.max_content_length = BODY_MAXIMUM + 1
    text = req.get_data()
    if len(text) > BODY_MAXIMUM:
        raise RequestEntityTooLarge
    if not text:
        return missing
    if not is_json_request(req):
        raise UnsupportedMediaType
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    # RecursionError: nested too deep. InvalidOperation: an exponent beyond any number. ValueError: all the rest.
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise BadRequest from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def partial(schema: type[Schema]) -> Schema:
    """The schema with none of its own fields required; those of nested objects stay so."""
    return schema(partial=tuple(schema().fields))


def read_changes(schema: type[Schema], present: Mapping[str, Any]) -> dict[str, Any]:
    """The fields to change (a JSON Merge Patch), judged together with those ``present`` that they must agree with.

    Raises InvalidInput, UnsupportedMediaType, BadRequest.
    """
    reader = partial(schema)
    given = read_json(request)
    given = {} if given is missing else given
    merged = {**reader.dump(present), **given} if isinstance(given, dict) else given
    try:
        loaded = reader.load(merged)
    except ValidationError as error:
        raise refused_values(error.messages_dict, reader) from error
    return {name: value for name, value in loaded.items() if name in given}


def refused_values(messages: Mapping[Any, Any], schema: Schema, *, in_query: bool = False) -> InvalidInput:
    found: dict[str, list[Any]] = {}
    for path, problem in _flatten(messages, schema):
        found.setdefault(path[0] if in_query and path else pointer(path), []).append(problem)
    return InvalidInput(found)


def _flatten(messages: Any, shape: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """marshmallow's nested messages as pairs of path and problem; ``shape`` is the schema or field at the path."""
    if not isinstance(messages, Mapping):
        for problem in messages:
            yield path, problem
        return
    for name, below in messages.items():
        # "_schema" speaks of the whole object; "key" and "value" of an entry whose name is in the path already.
        own = name == "_schema" or isinstance(shape, _Entry)
        yield from _flatten(below, _shape_below(shape, name), path if own else (*path, str(name)))


class _Entry:
    """Marks, in place of a field, an entry of a mapping."""


def _shape_below(shape: Any, name: Any) -> Any:
    match shape:
        case Schema():
            return shape.fields.get(str(name))
        case fields.Nested():
            return shape.schema.fields.get(str(name))
        case fields.List():
            return shape.inner
        case fields.Dict():
            return _Entry()
    return None


def require_version(subject: Subject) -> int:
    """The version that the client read, which is the present one: what the gate compares again under the lock.

    Raises PreconditionRequired without a single strong tag to go by, PreconditionFailed for another version.
    """
    tags = request.if_match
    if "If-Match" not in request.headers or tags.star_tag:
        raise PreconditionRequired
    if not tags.contains(str(subject.version)):
        raise PreconditionFailed
    return subject.version
