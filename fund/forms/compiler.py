"""One compiler for every reader of answers: page, API and import judge with the same fields.

Raw answers are JSON as typed, per section; loaded values are Decimal, date, bool, texts, lists, addresses
(``street``, ``postcode``, ``commune_code``). An empty answer loads as "", None or []. Files have no value: they
are present or not, by their slot ``form.<section>.<field>``.
"""

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, cast

from marshmallow import ValidationError
from marshmallow.fields import Field

from config.vocabularies import levers, measures, sdgs
from fund.forms import answers as kinds
from fund.forms.conditions import Condition, is_filled, parse
from fund.forms.definition import FieldType, Form, Question, Section, Words
from fund.forms.fields import COMMON, Day, Email, Input, Messages, Problem, Text, YesNo

TEXT_LIMIT: Final = 500
LONG_TEXT_LIMIT: Final = 20_000
LIST_LIMIT: Final = 100
ROWS_LIMIT: Final = 100
WITHOUT_VALUE: Final = (FieldType.FILE, FieldType.NOTE)


@dataclass(frozen=True, slots=True)
class Found:
    """A problem where it stands: ``section.field``, or in repeating rows ``section.field.2.column`` (from 0)."""

    path: str
    problem: Problem
    label: Words


@dataclass(frozen=True, slots=True)
class Judged:
    """``values``: by section, then field, what could be read. ``shown``: the paths asked for, sections too.

    Rows of which nothing is filled in are left out of ``values``; paths keep the places that the rows have in what
    was typed.
    """

    values: dict[str, dict[str, Any]]
    problems: tuple[Found, ...]
    shown: frozenset[str]


def slot_of(section: str, key: str) -> str:
    """Where the documents of a field of type file are kept."""
    return f"form.{section}.{key}"


def judge(
    form: Form,
    answers: Mapping[str, Any],
    *,
    files: AbstractSet[str] = frozenset(),
    complete: bool = True,
) -> Judged:
    """Load the answers that the form asks for, and say what is wrong with them; never raises, whatever they are.

    ``files`` are the slots that hold a document. A draft (not ``complete``) may lack anything. What a condition
    hides is neither asked nor loaded.
    """
    judging = _Judging(answers if isinstance(answers, Mapping) else {}, files, complete)
    for section in form.sections:
        judging.section(section)
    return Judged(judging.values, tuple(judging.problems), frozenset(judging.shown))


@lru_cache(maxsize=1024)
def schema_of(section: Section) -> type[Input]:
    """The schema of a section's draft: every field known by name and kind, and each may be empty or absent."""
    fields = {part.question.key: part.field for part in _compile(section.fields) if part.field is not None}
    return cast(type[Input], Input.from_dict(dict(fields)))


@dataclass(frozen=True, slots=True)
class _Part:
    """A question, ready: ``field`` is None where there is nothing to load."""

    question: Question
    field: kinds.Answer | None
    condition: Condition | None
    columns: tuple["_Part", ...] = ()


@lru_cache(maxsize=1024)
def _compile(questions: tuple[Question, ...]) -> tuple[_Part, ...]:
    return tuple(_part(question) for question in questions)


def _part(question: Question) -> _Part:
    condition = parse(question.show_if) if question.show_if else None
    if question.type in WITHOUT_VALUE:
        return _Part(question, None, condition)
    return _Part(question, _answer(question), condition, _compile(question.fields))


def _answer(question: Question) -> kinds.Answer:
    inner, empty = _BUILDERS[question.type]
    return kinds.Answer(inner(question), empty)


def _count(limit: Decimal | None, otherwise: int) -> int:
    return otherwise if limit is None else int(limit)


def _offered(question: Question) -> tuple[str, ...]:
    return tuple(option.value for option in question.options)


def _vocabulary(terms: Callable[[], Mapping[str, Any]]) -> Callable[[Question], Field[Any]]:
    return lambda q: kinds.SeveralOptions(tuple(terms()), maximum=_count(q.maximum, LIST_LIMIT))


class _YesNo(YesNo):
    """Yes or no, without the other words that a box may send."""

    truthy = {"yes", True}  # noqa: RUF012 - marshmallow's own attribute
    falsy = {"no", False}  # noqa: RUF012


class _Rows(Field[list[Any]]):
    """Repeating rows as the schema of a draft loads them, each with all of its columns."""

    default_error_messages: Messages = COMMON

    def __init__(self, question: Question) -> None:
        super().__init__()
        columns = {part.question.key: part.field for part in _compile(question.fields) if part.field is not None}
        self.row = Input.from_dict(dict(columns))()
        self.maximum = _count(question.maximum, ROWS_LIMIT)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:  # noqa: ARG002
        rows = check_rows(value, self.maximum)
        return cast(list[Any], self.row.load(rows, many=True))


def check_rows(value: Any, maximum: int) -> list[Any]:
    """A list of at most ``maximum`` filled rows, as it was typed. Raises ValidationError."""
    if not isinstance(value, list):
        raise ValidationError(Problem("not_a_list"))
    filled = sum(map(_is_typed, value))
    if filled > maximum or len(value) > 2 * ROWS_LIMIT:
        raise ValidationError(Problem("too_many_rows", maximum=maximum))
    return value


def _is_typed(row: Any) -> bool:
    """Whether anything at all stands in a row."""
    if not isinstance(row, Mapping):
        return True
    return any(
        is_filled(list(filter(is_filled, cell)) if isinstance(cell, list) else cell) for cell in row.values()
    )


_BUILDERS: Final[Mapping[FieldType, tuple[Callable[[Question], Field[Any]], Callable[[], Any]]]] = {
    FieldType.TEXT: (lambda q: Text(maximum=_count(q.maximum, TEXT_LIMIT)), str),
    FieldType.LONG_TEXT: (lambda q: Text(maximum=_count(q.maximum, LONG_TEXT_LIMIT)), str),
    FieldType.NUMBER: (
        lambda q: kinds.Number(decimals=q.decimals, minimum=q.minimum, maximum=q.maximum),
        lambda: None,
    ),
    FieldType.AMOUNT: (
        lambda q: kinds.Amount(minimum=q.minimum or Decimal(0), maximum=q.maximum),
        lambda: None,
    ),
    FieldType.DATE: (lambda _: Day(), lambda: None),
    FieldType.CHOICE: (lambda q: kinds.OneOption(_offered(q)), str),
    FieldType.CHOICES: (
        lambda q: kinds.SeveralOptions(_offered(q), maximum=_count(q.maximum, max(len(q.options), 1))),
        list,
    ),
    FieldType.YES_NO: (lambda _: _YesNo(), lambda: None),
    FieldType.EMAIL: (lambda _: Email(), str),
    FieldType.TELEPHONE: (lambda _: kinds.Telephone(), str),
    FieldType.URL: (lambda _: kinds.WebAddress(), str),
    FieldType.ADDRESS: (lambda _: kinds.Address(), lambda: None),
    FieldType.TERRITORY: (
        lambda q: kinds.Territories(q.levels, maximum=_count(q.maximum, LIST_LIMIT)),
        list,
    ),
    FieldType.SDGS: (_vocabulary(sdgs), list),
    FieldType.LEVERS: (_vocabulary(levers), list),
    FieldType.MEASURES: (_vocabulary(measures), list),
    FieldType.ROWS: (_Rows, list),
}


@dataclass(slots=True)
class _Judging:
    """One judgement: sections and fields in their order, since a condition may look at what came before."""

    answers: Mapping[str, Any]
    files: AbstractSet[str]
    complete: bool
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[Found] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    known: dict[str, Any] = field(default_factory=dict)  # by ``section.field``

    def section(self, section: Section) -> None:
        if section.show_if and not parse(section.show_if).holds(self.known):
            return
        self.shown.add(section.key)
        raw = self.answers.get(section.key)
        if not isinstance(raw, Mapping):
            if raw is not None:
                self.problems.append(Found(section.key, Problem("not_an_object"), section.title))
            raw = {}
        values: dict[str, Any] = {}
        self.values[section.key] = values
        scope = ChainMap(values, self.known)
        for part in _compile(section.fields):
            path = f"{section.key}.{part.question.key}"
            if part.condition is not None and not part.condition.holds(scope):
                continue
            self.shown.add(path)
            if part.question.type is FieldType.FILE:
                self.file(part.question, path)
            elif part.field is not None and self.load(part, part.field, raw, values, path):
                self.known[path] = values[part.question.key]

    def file(self, question: Question, path: str) -> None:
        if self.complete and question.required and f"form.{path}" not in self.files:
            self.problems.append(Found(path, Problem("file_missing"), question.label))

    def load(
        self, part: _Part, loader: kinds.Answer, raw: Mapping[str, Any], values: dict[str, Any], path: str
    ) -> bool:
        """Load one answer into ``values``; whether it could be read."""
        question = part.question
        typed = raw.get(question.key)
        try:
            if question.type is FieldType.ROWS:
                value: Any = self.rows(part, typed, path)
            else:
                value = loader.deserialize(typed)
        except ValidationError as error:
            self.problems += [Found(path, problem, question.label) for problem in _problems(error)]
            return False
        values[question.key] = value
        if self.complete:
            self.problems += [Found(path, problem, question.label) for problem in _gaps(question, value)]
        return True

    def rows(self, part: _Part, typed: Any, path: str) -> list[dict[str, Any]]:
        if typed is None or (isinstance(typed, str) and not typed.strip()):
            return []
        raw_rows = check_rows(typed, _count(part.question.maximum, ROWS_LIMIT))
        rows = [self.row(part.columns, raw, f"{path}.{place}") for place, raw in enumerate(raw_rows)]
        return [row for row in rows if row is not None]

    def row(self, columns: Sequence[_Part], raw: Any, path: str) -> dict[str, Any] | None:
        """One row, or None where nothing is filled in: its columns are shown, and nothing is missing."""
        if not isinstance(raw, Mapping):
            raise ValidationError(Problem("not_an_object"))
        is_typed = _is_typed(raw)
        row: dict[str, Any] = {}
        scope = ChainMap(row, self.known)
        for column in columns:
            cell = f"{path}.{column.question.key}"
            if column.condition is not None and not column.condition.holds(scope):
                continue
            self.shown.add(cell)
            if is_typed and column.field is not None:
                self.load(column, column.field, raw, row, cell)
        return row if is_typed else None


def _problems(error: ValidationError) -> Iterator[Problem]:
    messages = error.messages if isinstance(error.messages, list) else [error.messages]
    for message in messages:
        yield message if isinstance(message, Problem) else Problem("invalid")


def _gaps(question: Question, value: Any) -> Iterator[Problem]:
    """What keeps a readable answer from being complete."""
    if not is_filled(value):
        if question.required:
            yield Problem("required")
        return
    if question.type is FieldType.ADDRESS and not kinds.is_whole_address(value):
        yield Problem("address_incomplete")
    if question.minimum is None or not isinstance(value, str | list) or len(value) >= question.minimum:
        return
    least = int(question.minimum)
    match question.type:
        case FieldType.TEXT | FieldType.LONG_TEXT:
            yield Problem("too_short", minimum=least, length=len(value))
        case FieldType.ROWS:
            yield Problem("too_few_rows", minimum=least)
        case _:
            yield Problem("too_few_choices", minimum=least, count=len(value))
