"""The grammar of "show if": when a field, a section or a document of a call is asked for.

    kind == "other"                       a choice or a text          themes has "energy"     a list contains it
    project.budget >= 20000 and not paid == no                        number in [1, 2.5]
    (starts_on > "2027-01-01" or site is filled) and notes is empty

A name is a field of the same section (in repeating rows: a column of the same row), or ``section.field``. What is
compared with an empty answer is not equal to it, and neither above nor below. Only these words are understood.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

Literal = str | Decimal | bool

MAX_LENGTH: Final = 500
MAX_DEPTH: Final = 20
RESERVED: Final = frozenset({"and", "or", "not", "in", "has", "is", "empty", "filled", "yes", "no"})

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\\n]|\\["\\])*")
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?)
    |(?P<name>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)
    |(?P<sign>[=!<>]=|[<>()\[\],])""",
    re.VERBOSE,
)


class ConditionError(ValueError):
    """A condition that cannot be read: at which character (from 1), and what stands there (empty at the end)."""

    def __init__(self, place: int, found: str) -> None:
        super().__init__(f"character {place}: {found!r}")
        self.place = place
        self.found = found


class Operator(StrEnum):
    EQUAL = "=="
    DIFFERENT = "!="
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


class Condition(ABC):
    """A condition; ``str`` writes it so that ``parse`` reads the same one."""

    __slots__ = ()

    @abstractmethod
    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether it holds for these loaded values; a name that is not there is an empty answer."""

    @abstractmethod
    def tests(self) -> Iterator["Test"]:
        """The single tests that it is made of, in the order of the text."""

    @property
    def names(self) -> frozenset[str]:
        """The names of the fields that it looks at."""
        return frozenset(test.name for test in self.tests())


class Test(Condition):
    """One test of one field against ``literals``."""

    __slots__ = ()
    name: str

    def tests(self) -> Iterator["Test"]:
        yield self

    @property
    @abstractmethod
    def literals(self) -> tuple[Literal, ...]: ...


@dataclass(frozen=True, slots=True)
class Compare(Test):
    name: str
    operator: Operator
    literal: Literal

    @property
    def literals(self) -> tuple[Literal, ...]:
        return (self.literal,)

    def holds(self, values: Mapping[str, Any]) -> bool:
        value = values.get(self.name)
        match self.operator:
            case Operator.EQUAL:
                return _equal(value, self.literal)
            case Operator.DIFFERENT:
                return not _equal(value, self.literal)
        pair = _ordered_pair(value, self.literal)
        return pair is not None and _ORDER[self.operator](*pair)

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {_written(self.literal)}"


@dataclass(frozen=True, slots=True)
class OneOf(Test):
    name: str
    literals: tuple[Literal, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        value = values.get(self.name)
        return any(_equal(value, literal) for literal in self.literals)

    def __str__(self) -> str:
        return f"{self.name} in [{', '.join(map(_written, self.literals))}]"


@dataclass(frozen=True, slots=True)
class Has(Test):
    """A list contains it."""

    name: str
    literal: Literal

    @property
    def literals(self) -> tuple[Literal, ...]:
        return (self.literal,)

    def holds(self, values: Mapping[str, Any]) -> bool:
        value = values.get(self.name)
        return isinstance(value, list | tuple) and any(_equal(part, self.literal) for part in value)

    def __str__(self) -> str:
        return f"{self.name} has {_written(self.literal)}"


@dataclass(frozen=True, slots=True)
class Filled(Test):
    name: str
    filled: bool

    @property
    def literals(self) -> tuple[Literal, ...]:
        return ()

    def holds(self, values: Mapping[str, Any]) -> bool:
        return is_filled(values.get(self.name)) is self.filled

    def __str__(self) -> str:
        return f"{self.name} is {'filled' if self.filled else 'empty'}"


@dataclass(frozen=True, slots=True)
class Not(Condition):
    part: Condition

    def holds(self, values: Mapping[str, Any]) -> bool:
        return not self.part.holds(values)

    def tests(self) -> Iterator[Test]:
        return self.part.tests()

    def __str__(self) -> str:
        return f"not {_enclosed(self.part, All, Either)}"


@dataclass(frozen=True, slots=True)
class All(Condition):
    parts: tuple[Condition, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        return all(part.holds(values) for part in self.parts)

    def tests(self) -> Iterator[Test]:
        return (test for part in self.parts for test in part.tests())

    def __str__(self) -> str:
        return " and ".join(_enclosed(part, All, Either) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Either(Condition):
    parts: tuple[Condition, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        return any(part.holds(values) for part in self.parts)

    def tests(self) -> Iterator[Test]:
        return (test for part in self.parts for test in part.tests())

    def __str__(self) -> str:
        return " or ".join(_enclosed(part, Either) for part in self.parts)


@lru_cache(maxsize=4096)
def parse(text: str) -> Condition:
    """Read a condition. Raises ConditionError where the text is none, is too long or too deep."""
    if len(text) > MAX_LENGTH:
        raise ConditionError(MAX_LENGTH + 1, text[MAX_LENGTH : MAX_LENGTH + 20])
    return _Parser(text).whole()


def is_filled(value: Any) -> bool:
    """Whether a loaded value says something: "no" and 0 do; nothing, blanks and empty lists do not."""
    match value:
        case None:
            return False
        case str():
            return bool(value.strip())
        case Mapping():
            return any(part not in ("", None) for part in value.values())
        case list() | tuple():
            return bool(value)
    return True


_ORDER: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    Operator.BELOW: lambda value, literal: bool(value < literal),
    Operator.AT_MOST: lambda value, literal: bool(value <= literal),
    Operator.ABOVE: lambda value, literal: bool(value > literal),
    Operator.AT_LEAST: lambda value, literal: bool(value >= literal),
}


def _equal(value: Any, literal: Literal) -> bool:
    if isinstance(literal, bool):
        return value is literal
    pair = _ordered_pair(value, literal)
    return pair is not None and bool(pair[0] == pair[1])


def _ordered_pair(value: Any, literal: Literal) -> tuple[Any, Any] | None:
    """The two in one kind that can be put in order, or None: a day is compared by its text ``YYYY-MM-DD``."""
    match value, literal:
        case bool(), _:
            return None
        case Decimal(), Decimal() if value.is_finite():
            return value, literal
        case int(), Decimal():
            return value, literal
        case date(), str():
            return value.isoformat(), literal
        case str(), str() if value:
            return value, literal
    return None


def _written(literal: Literal) -> str:
    match literal:
        case bool():
            return "yes" if literal else "no"
        case Decimal():
            return f"{literal:f}"
    escaped = literal.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _enclosed(part: Condition, *weaker: type[Condition]) -> str:
    return f"({part})" if isinstance(part, weaker) else str(part)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int


class _Parser:
    """A parser by descent: ``or`` binds less than ``and``, ``and`` less than ``not``."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.next = 0
        self.depth = 0

    def whole(self) -> Condition:
        condition = self.either()
        if self.here.kind != "end":
            raise self.unexpected()
        return condition

    def either(self) -> Condition:
        parts = [self.all()]
        while self.took("or"):
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def all(self) -> Condition:
        parts = [self.single()]
        while self.took("and"):
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def single(self) -> Condition:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.unexpected()
        if self.took("not"):
            condition: Condition = Not(self.single())
        elif self.took("("):
            condition = self.either()
            self.expect(")")
        else:
            condition = self.test()
        self.depth -= 1
        return condition

    def test(self) -> Test:
        if self.here.kind != "name" or self.here.text in RESERVED:
            raise self.unexpected()
        name = self.advance().text
        if self.took("in"):
            return OneOf(name, self.list())
        if self.took("has"):
            return Has(name, self.literal())
        if self.took("is"):
            if self.took("empty"):
                return Filled(name, filled=False)
            self.expect("filled")
            return Filled(name, filled=True)
        if self.here.kind != "sign" or self.here.text not in set(Operator):
            raise self.unexpected()
        return Compare(name, Operator(self.advance().text), self.literal())

    def list(self) -> tuple[Literal, ...]:
        self.expect("[")
        literals = [self.literal()]
        while self.took(","):
            literals.append(self.literal())
        self.expect("]")
        return tuple(literals)

    def literal(self) -> Literal:
        match self.here.kind, self.here.text:
            case "text", text:
                self.advance()
                return re.sub(r"\\(.)", r"\1", text[1:-1])
            case "number", text:
                self.advance()
                return Decimal(text)
            case "name", "yes" | "no":
                return self.advance().text == "yes"
        raise self.unexpected()

    @property
    def here(self) -> _Token:
        return self.tokens[self.next]

    def advance(self) -> _Token:
        token = self.here
        self.next += 1
        return token

    def took(self, text: str) -> bool:
        """Whether this word or sign stands here, which is then behind."""
        found = self.here.kind in ("name", "sign") and self.here.text == text
        self.next += found
        return found

    def expect(self, text: str) -> None:
        if not self.took(text):
            raise self.unexpected()

    def unexpected(self) -> ConditionError:
        return ConditionError(self.here.place, self.here.text)


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise ConditionError(place + 1, text[place : place + 20])
        yield _Token(found.lastgroup, found.group(), place + 1)
        place = found.end()
    yield _Token("end", "", len(text) + 1)
