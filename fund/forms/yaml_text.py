"""YAML as officers write it: texts, lists and mappings, nothing else.

Only ``true``, ``false`` and ``null`` are more than text, so that « No » is a label, 31 a code and a date a date as
written. Anchors, aliases and tags are refused: a few lines of aliases can stand for gigabytes.
"""

import re
from typing import Any, Final

import yaml

from fund.forms.fields import Problem

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 30
LONG: Final = 90  # characters from which a text stands in a block of its own


class YamlRefused(ValueError):
    """A text that cannot be taken; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def parse_yaml(text: str) -> Any:
    """Read YAML. Raises YamlRefused for what is too long, malformed, too deep, or more than plain data."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise YamlRefused(Problem("yaml_too_long", maximum=MAX_BYTES // 1000))
    try:
        loader = _Loader(text)
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise YamlRefused(Problem("not_yaml", line=line)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlRefused(Problem("not_yaml", line=line)) from error


def format_yaml(data: Any) -> str:
    """Write YAML that ``parse_yaml`` reads as the same data (whole numbers as texts), long texts as blocks."""
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))


class _Loader(yaml.SafeLoader):
    """The safe loader with fewer kinds of scalar, without references, and with a limit to its depth."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute; filled below
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # types-PyYAML leaves the parser untyped
        is_reference = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None
        if is_reference or getattr(event, "tag", None) is not None:
            raise _refused("yaml_reference", event)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _refused("yaml_too_deep", event)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping in which no key stands twice: the first of the two values would be lost without a word."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _refused("not_yaml", key)
            if key.value in seen:
                raise _refused("yaml_name_twice", key, text=key.value[:50])
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _refused(code: str, place: Any, **params: Any) -> YamlRefused:
    """A refusal at the line of an event or a node of PyYAML."""
    return YamlRefused(Problem(code, line=place.start_mark.line + 1, **params))


class _Dumper(yaml.SafeDumper):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute; filled below

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the same text twice is written twice
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Lines as they are (|), a long line folded (>); PyYAML quotes what would not come back exactly."""
    style = "|" if "\n" in text else ">" if len(text) > LONG else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(int, lambda dumper, number: _represent_text(dumper, str(number)))
for _kind in (_Loader, _Dumper):
    _kind.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)\Z"), ["t", "f"])
    _kind.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(null|~|)\Z"), ["n", "~", ""])
