"""What a form of a call must hold to beyond its shape, so that every form that passes compiles."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from config.territories import LEVELS
from config.vocabularies import levers, measures, sdgs
from fund.forms.compiler import LIST_LIMIT, LONG_TEXT_LIMIT, ROWS_LIMIT, TEXT_LIMIT, WITHOUT_VALUE
from fund.forms.conditions import (
    RESERVED,
    Compare,
    Condition,
    ConditionError,
    Filled,
    Has,
    Operator,
    Test,
    parse,
)
from fund.forms.definition import FieldType, Form, Question, Section, Words
from fund.forms.fields import MONEY_LIMIT, Problem
from fund.forms.project import RESERVED as OWN_SECTIONS

Fault = tuple[str, Problem]
"""A path such as ``form.sections.0.key``, and what speaks against what stands there."""

FILE_KINDS: Final = ("pdf", "image", "office", "sheet")
FORM_NAMES: Final = frozenset({"csrf_token"})  # what a page posts beside the answers

_T = FieldType
_LIMITS = {"minimum", "maximum"}
SETTINGS: Final[Mapping[FieldType, set[str]]] = {
    _T.TEXT: _LIMITS,
    _T.LONG_TEXT: _LIMITS,
    _T.NUMBER: {*_LIMITS, "decimals"},
    _T.AMOUNT: _LIMITS,
    _T.CHOICE: {"options"},
    _T.CHOICES: {*_LIMITS, "options"},
    _T.TERRITORY: {*_LIMITS, "levels"},
    _T.SDGS: _LIMITS,
    _T.LEVERS: _LIMITS,
    _T.MEASURES: _LIMITS,
    _T.ROWS: {*_LIMITS, "fields"},
    _T.FILE: {"files"},
}
_ALL_SETTINGS: Final = frozenset().union(*SETTINGS.values())
_PLAIN: Final = Question("plain", FieldType.NOTE, Words())
_NEEDED: Final[Mapping[FieldType, str]] = {_T.CHOICE: "options", _T.CHOICES: "options", _T.ROWS: "fields"}
_MOST: Final[Mapping[FieldType, int]] = {  # the largest limit that counts something
    _T.TEXT: TEXT_LIMIT,
    _T.LONG_TEXT: LONG_TEXT_LIMIT,
    _T.CHOICES: LIST_LIMIT,
    _T.TERRITORY: LIST_LIMIT,
    _T.SDGS: LIST_LIMIT,
    _T.LEVERS: LIST_LIMIT,
    _T.MEASURES: LIST_LIMIT,
    _T.ROWS: ROWS_LIMIT,
}
_EQUALITY: Final = (Operator.EQUAL, Operator.DIFFERENT)


@dataclass(frozen=True, slots=True)
class _Comparable:
    """How a condition may look at a type: the kind of its literals, and whether they stand in an order."""

    literal: type[str] | type[Decimal] | type[bool]
    is_ordered: bool = False
    is_list: bool = False


_COMPARABLE: Final[Mapping[FieldType, _Comparable]] = {
    **dict.fromkeys((_T.TEXT, _T.LONG_TEXT, _T.EMAIL, _T.TELEPHONE, _T.URL, _T.CHOICE), _Comparable(str)),
    **dict.fromkeys((_T.NUMBER, _T.AMOUNT), _Comparable(Decimal, is_ordered=True)),
    **dict.fromkeys((_T.CHOICES, _T.TERRITORY, _T.SDGS, _T.LEVERS, _T.MEASURES), _Comparable(str, is_list=True)),
    _T.DATE: _Comparable(str, is_ordered=True),
    _T.YES_NO: _Comparable(bool),
}


def form_faults(form: Form, path: str) -> Iterator[Fault]:
    """Everything that speaks against a form; ``path`` is where it stands in the call."""
    yield from twice((section.key for section in form.sections), f"{path}.sections", "key")
    known: dict[str, Question] = {}
    for number, section in enumerate(form.sections):
        yield from _section_faults(section, known, f"{path}.sections.{number}")
        known |= qualified(section)


def qualified(section: Section) -> dict[str, Question]:
    """The fields of a section that a condition may name, by ``section.field``."""
    return {f"{section.key}.{key}": question for key, question in _nameable(section.fields).items()}


def condition_fault(text: str, known: Mapping[str, Question]) -> Problem | None:
    """What is wrong with a condition that may look at these fields; None for an empty or a good one."""
    if not text:
        return None
    try:
        condition = parse(text)
    except ConditionError as error:
        return Problem("not_a_condition", place=error.place, text=error.found)
    return next(_test_faults(condition, known), None)


def twice(values: Iterable[str], path: str, name: str = "") -> Iterator[Fault]:
    """A fault at each value that stood before."""
    seen: Counter[str] = Counter()
    for number, value in enumerate(values):
        seen[value] += 1
        if seen[value] > 1:
            yield f"{path}.{number}{'.' if name else ''}{name}", Problem("value_twice", text=value)


def unknown(values: Iterable[str], offered: Iterable[str], path: str) -> Iterator[Fault]:
    """A fault at each value that is none of those offered."""
    allowed = tuple(offered)
    for number, value in enumerate(values):
        if value not in allowed:
            yield f"{path}.{number}", Problem("not_a_choice", allowed=", ".join(allowed))


def _nameable(questions: Iterable[Question]) -> dict[str, Question]:
    return {question.key: question for question in questions if question.type not in WITHOUT_VALUE}


def _section_faults(section: Section, known: Mapping[str, Question], path: str) -> Iterator[Fault]:
    if section.key in OWN_SECTIONS or section.key in RESERVED:
        yield f"{path}.key", Problem("key_reserved", text=section.key)
    if problem := condition_fault(section.show_if, known):
        yield f"{path}.show_if", problem
    yield from _questions_faults(section.fields, known, f"{path}.fields")


def _questions_faults(
    questions: tuple[Question, ...], known: Mapping[str, Question], path: str
) -> Iterator[Fault]:
    yield from twice((question.key for question in questions), path, "key")
    for number, question in enumerate(questions):
        place = f"{path}.{number}"
        if question.key in RESERVED | FORM_NAMES:
            yield f"{place}.key", Problem("key_reserved", text=question.key)
        if problem := condition_fault(question.show_if, {**known, **_nameable(questions[:number])}):
            yield f"{place}.show_if", problem
        yield from _question_faults(question, place)
        if question.type is FieldType.ROWS:
            yield from _columns_faults(question, known, f"{place}.fields")


def _columns_faults(question: Question, known: Mapping[str, Question], path: str) -> Iterator[Fault]:
    for number, column in enumerate(question.fields):
        if column.type in (FieldType.ROWS, *WITHOUT_VALUE):
            yield f"{path}.{number}.type", Problem("not_in_rows")
    yield from _questions_faults(question.fields, known, path)


def _question_faults(question: Question, path: str) -> Iterator[Fault]:
    settings = {name for name in _ALL_SETTINGS if getattr(question, name) != getattr(_PLAIN, name)}
    for name in sorted(settings - SETTINGS.get(question.type, set())):
        yield f"{path}.{name}", Problem("setting_unused", text=question.type.value)
    if question.required and question.type is FieldType.NOTE:
        yield f"{path}.required", Problem("setting_unused", text=question.type.value)
    needed = _NEEDED.get(question.type)
    if needed and needed not in settings:
        yield f"{path}.{needed}", Problem("required")
    yield from twice((option.value for option in question.options), f"{path}.options", "value")
    yield from unknown(question.levels, LEVELS, f"{path}.levels")
    yield from unknown(question.files, FILE_KINDS, f"{path}.files")
    yield from _limit_faults(question, path)


def _limit_faults(question: Question, path: str) -> Iterator[Fault]:
    low, high = question.minimum, question.maximum
    if low is not None and high is not None and low > high:
        yield f"{path}.maximum", Problem("limits_disordered")
    most = _MOST.get(question.type)
    for name, limit in (("minimum", low), ("maximum", high)):
        if limit is None:
            continue
        if most is not None:
            if limit != limit.to_integral_value():
                yield f"{path}.{name}", Problem("not_a_whole_number")
            elif not int(name == "maximum") <= limit <= most:
                yield f"{path}.{name}", Problem("out_of_range", minimum=int(name == "maximum"), maximum=most)
        elif question.type is FieldType.AMOUNT and not 0 <= limit <= MONEY_LIMIT:
            yield f"{path}.{name}", Problem("not_an_amount")


def _test_faults(condition: Condition, known: Mapping[str, Question]) -> Iterator[Problem]:
    for test in condition.tests():
        question = known.get(test.name)
        if question is None:
            yield Problem("condition_of_unknown", text=test.name)
        elif not _fits(test, question):
            yield Problem("condition_misfit", text=test.name)


def _fits(test: Test, question: Question) -> bool:
    """Whether the test could ever hold: of a fitting kind, with literals that the field may have."""
    if isinstance(test, Filled):
        return True
    kind = _COMPARABLE.get(question.type)
    if kind is None or isinstance(test, Has) != kind.is_list:
        return False
    if isinstance(test, Compare) and test.operator not in _EQUALITY and not kind.is_ordered:
        return False
    if not all(isinstance(literal, kind.literal) for literal in test.literals):
        return False
    offered = _offered(question)
    return offered is None or all(literal in offered for literal in test.literals)


def _offered(question: Question) -> Iterable[object] | None:
    """The values that the field may take, where they can be listed."""
    match question.type:
        case FieldType.CHOICE | FieldType.CHOICES:
            return [option.value for option in question.options]
        case FieldType.SDGS:
            return sdgs()
        case FieldType.LEVERS:
            return levers()
        case FieldType.MEASURES:
            return measures()
    return None
