"""A call's content in and out: data, canonical bytes, YAML, and what differs between two of them."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, Final, cast

from marshmallow import ValidationError

from fund.errors import InvalidInput
from fund.forms.content_rules import content_faults
from fund.forms.content_schema import CallContentInput, PartsInput
from fund.forms.definition import (
    AllianceRule,
    CallContent,
    GrantRule,
    MemberRule,
    OrganisationKind,
    RubricLine,
    Words,
)
from fund.forms.yaml_text import YamlRefused, format_yaml, parse_yaml
from workflows.engine import PARIS

LATER: Final = {
    (RubricLine, "key"),
    (RubricLine, "help"),
    (RubricLine, "anchors"),
    (RubricLine, "threshold"),
    (CallContent, "scoring"),
    (CallContent, "reporting"),
}
"""What contents were published without: left out at its default, so that their digests stay what they were."""
MONEY: Final = {(CallContent, "envelope"), (GrantRule, "minimum"), (GrantRule, "maximum")}
IN_COLUMNS: Final = ("title", "summary", "opens_at", "closes_at", "envelope", "grant", "reviews", "rubric")
"""The parts of a content that the table of calls holds in columns and rows of its own."""

_CONTENT = CallContentInput()
_PARTS = PartsInput()


def load_content(data: Any) -> CallContent:
    """The content that the data describes; what is absent takes its default.

    Raises InvalidInput with the path of each fault (``form.sections.0.fields.2.show_if``).
    """
    content = read_content(data)
    if faults := content_faults(content):
        raise InvalidInput(faults)
    return content


def dump_content(content: CallContent) -> dict[str, Any]:
    """The content as data for JSON: the same content is the same data. Instants in UTC."""
    data: dict[str, Any] = _plain(content, UTC, LATER.__contains__)
    return data


def whole_content(content: CallContent) -> dict[str, Any]:
    """The same with every key, for those who compare, name or draw the places of a content."""
    data: dict[str, Any] = _plain(content, UTC, lambda _: False)
    return data


def content_bytes(content: CallContent) -> bytes:
    """The content as canonical JSON."""
    return json.dumps(dump_content(content), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(content: CallContent) -> str:
    """The SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(content_bytes(content)).hexdigest()


def read_content(data: Any) -> CallContent:
    """The content that the data describes, be it one that contradicts itself (``content_faults`` says where).

    For what is still being written, and for what was frozen: a territory may have merged since. Raises
    InvalidInput for data of another shape.
    """
    content: CallContent = _load(_CONTENT, data)
    return content


def read_json(text: str) -> CallContent:
    """A content that was frozen."""
    return read_content(json.loads(text))


def read_yaml(text: str) -> CallContent:
    """The content that a YAML file describes. Raises InvalidInput; what is no YAML is at ``file``."""
    try:
        data = parse_yaml(text)
    except YamlRefused as error:
        raise InvalidInput({"file": [error.problem]}) from error
    return load_content(data)


def write_yaml(content: CallContent) -> str:
    """The content as a file for an officer: what has its default is left out, instants are in Paris time."""
    return format_yaml(_plain(content, PARIS, lambda _: True))


def compose_content(
    parts: Mapping[str, Any],
    *,
    title: tuple[str, str],
    summary: tuple[str, str],
    opens_at: datetime,
    closes_at: datetime,
    envelope: Decimal,
    grant: tuple[Decimal, Decimal, Decimal],
    kinds: Sequence[str],
    reviews: int,
    rubric: Sequence[RubricLine],
) -> CallContent:
    """A content out of the columns of a call and the parts that no column holds (``parts_of``).

    ``kinds`` are the kinds of member that the call asks for: each has a rule, be it the plainest. Rules are not
    checked here (``content_faults``): a call that is being prepared may still contradict itself.
    """
    found = _read_parts(json.dumps(parts, sort_keys=True))
    alliance: AllianceRule = found.get("alliance", AllianceRule())
    detailed = {rule.kind: rule for rule in alliance.members}
    members = tuple(detailed.get(kind) or MemberRule(OrganisationKind(kind)) for kind in kinds)
    others = {name: part for name, part in found.items() if name != "alliance"}
    return CallContent(
        title=Words(*title),
        summary=Words(*summary),
        opens_at=opens_at.astimezone(UTC),
        closes_at=closes_at.astimezone(UTC),
        envelope=envelope,
        grant=GrantRule(*grant),
        reviews=reviews,
        alliance=dataclasses.replace(alliance, members=members),
        rubric=tuple(rubric),
        **others,
    )


def parts_of(content: CallContent) -> dict[str, Any]:
    """The parts that no column holds, as data that ``compose_content`` takes."""
    return {name: part for name, part in dump_content(content).items() if name not in IN_COLUMNS}


@lru_cache(maxsize=256)
def _read_parts(text: str) -> dict[str, Any]:
    parts: dict[str, Any] = _load(_PARTS, json.loads(text))
    return parts


def _load(schema: CallContentInput | PartsInput, data: Any) -> Any:
    try:
        return schema.load(data)
    except ValidationError as error:
        raise InvalidInput(_flat(cast(dict[str, Any], error.messages))) from error


def _flat(messages: Mapping[Any, Any], path: str = "") -> dict[str, list[Any]]:
    """Nested messages by dotted path; those on a whole object stand at the object (``content`` for the call)."""
    found: dict[str, list[Any]] = {}
    for name, message in messages.items():
        place = path or "content" if name == "_schema" else f"{path}.{name}" if path else str(name)
        if isinstance(message, Mapping):
            found |= _flat(message, place)
        else:
            found.setdefault(place, []).extend(message if isinstance(message, list) else [message])
    return found


def _plain(value: Any, zone: tzinfo, can_go: Callable[[tuple[type, str]], bool]) -> Any:
    """The value as data; a field that has its default is left out where it ``can_go``."""
    match value:
        case Enum():
            return value.value
        case Decimal():
            return _figure(value)
        case datetime():
            return value.astimezone(zone).isoformat()
        case tuple():
            return [_plain(part, zone, can_go) for part in value]
        case _ if dataclasses.is_dataclass(value):
            return dict(_plain_fields(value, zone, can_go))
    return value


def _plain_fields(
    value: Any, zone: tzinfo, can_go: Callable[[tuple[type, str]], bool]
) -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(value):
        part, place = getattr(value, field.name), (type(value), field.name)
        if part == _default(field) and can_go(place):
            continue
        yield field.name, f"{part:.2f}" if place in MONEY else _plain(part, zone, can_go)


def _default(field: dataclasses.Field[Any]) -> Any:
    """The field's default; a field without one is equal to nothing."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _figure(value: Decimal) -> str:
    """A number without exponent and without zeros at its end, so that equal numbers are the same text."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """What one place said before and says now; None where it was not there. Things with a key are found by it.

    A path such as ``form.sections.projet.fields.besoin.label.fr``. Where the same things stand in another order,
    ``before`` and ``after`` are their keys.
    """

    path: str
    before: Any
    after: Any


def differences(old: CallContent, new: CallContent) -> tuple[Difference, ...]:
    """What changed from one content to another, in the order of the contents."""
    return tuple(_differ("", whole_content(old), whole_content(new)))


def _differ(path: str, old: Any, new: Any) -> Iterator[Difference]:
    if old == new:
        return
    before, after = _keyed(old, new), _keyed(new, old)
    if before is None or after is None:
        yield Difference(path, old, new)
        return
    for key in (*before, *(key for key in after if key not in before)):
        yield from _differ(f"{path}.{key}" if path else key, before.get(key), after.get(key))
    if isinstance(old, list):
        kept = [key for key in before if key in after], [key for key in after if key in before]
        if kept[0] != kept[1]:
            yield Difference(path, *kept)


def _keyed(value: Any, other: Any) -> dict[str, Any] | None:
    """A mapping, or a list of things by key; None for what is compared as a whole.

    By number where one of them, or of those they are compared with, has no key.
    """
    if isinstance(value, dict):
        return value
    parts = [*value, *(other if isinstance(other, list) else ())] if isinstance(value, list) else [value]
    if not all(isinstance(part, dict) for part in parts):
        return None
    by_key = all(map(_key_of, parts))
    return {_key_of(part) if by_key else str(number): part for number, part in enumerate(value, start=1)}


def _key_of(part: Mapping[str, Any]) -> str:
    return str(part.get("key") or part.get("kind") or part.get("value") or "")
