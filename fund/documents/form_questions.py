"""A question on paper: its number, what is said of it, and the space to answer by hand."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from fund.documents import form_words as say
from fund.documents.condition_words import Place, in_words
from fund.documents.words import choices_of, file_kinds, number_text, quoted
from fund.forms.conditions import parse
from fund.forms.definition import FieldType, Question, Section, Words

LINES_LEAST, LINES_USUAL, LINES_MOST = 3, 8, 20
CHARACTERS_A_LINE = 90
ROWS_USUAL, ROWS_MOST = 4, 8
TWO_COLUMNS_FROM = 6
CHOSEN = (FieldType.CHOICE, FieldType.CHOICES, FieldType.SDGS, FieldType.LEVERS, FieldType.MEASURES)

Data = dict[str, Any]


class Paper:
    """The sections of a form with their numbers, and the way from a name in a condition to its question."""

    def __init__(self, sections: Iterable[Section], locale: str) -> None:
        self.locale = locale
        self._sections = dict(enumerate(sections, 1))
        self._places = {
            f"{section.key}.{question.key}": Place(question, self._pointer(f"{number}.{place}"))
            for number, section in self._sections.items()
            for place, question in _answered(section)
        }

    def sections(self) -> list[Data]:
        return [
            {
                "number": number,
                "title": section.title.of(self.locale),
                "help": section.help.of(self.locale),
                "condition": self.condition(section.show_if, section.key),
                "fields": [
                    self._question(question, f"{number}.{place}", section)
                    for place, question in _numbered(section)
                ],
            }
            for number, section in self._sections.items()
        ]

    def condition(self, text: str, section: str) -> str:
        """« À remplir si … », or nothing; a name without a section is of this one."""
        return self._condition(
            say.SHOW_IF, text, lambda name: self._places[name if "." in name else f"{section}.{name}"]
        )

    def document_condition(self, text: str) -> str:
        """« À joindre si … », or nothing."""
        return self._condition(say.ATTACH_IF, text, self._places.__getitem__)

    def _condition(self, words: Words, text: str, find: Callable[[str], Place]) -> str:
        if not text:
            return ""
        return words.of(self.locale).format(condition=in_words(parse(text), find, self.locale))

    def _pointer(self, number: str) -> str:
        return say.QUESTION.of(self.locale).format(number=number)

    def _question(self, question: Question, number: str, section: Section) -> Data:
        note = question.type is FieldType.NOTE
        return {
            "number": "" if note else number,
            "label": question.label.of(self.locale),
            "required": question.required and not note,
            "help": question.help.of(self.locale),
            "condition": self.condition(question.show_if, section.key),
            "hint": ", ".join(_hints(question, self.locale)),
            "space": self._space(question),
        }

    def _space(self, question: Question) -> Data:
        match question.type:
            case FieldType.NOTE:
                return {"kind": "note"}
            case FieldType.LONG_TEXT:
                return {"kind": "lines", "count": _line_count(question.maximum)}
            case FieldType.NUMBER | FieldType.AMOUNT:
                return {"kind": "short", "unit": "€" if question.type is FieldType.AMOUNT else ""}
            case FieldType.DATE | FieldType.ADDRESS | FieldType.FILE | FieldType.YES_NO:
                return {"kind": str(question.type)}
            case FieldType.ROWS:
                return {"kind": "rows", "count": _row_count(question), "columns": self._columns(question)}
            case kind if kind in CHOSEN:
                labels = [label for _, label in choices_of(question, self.locale)]
                return {"kind": "boxes", "labels": labels, "columns": 2 if len(labels) >= TWO_COLUMNS_FROM else 1}
        return {"kind": "line"}

    def _columns(self, rows: Question) -> list[Data]:
        """The columns of repeating rows, each with what belongs into it in small print."""
        labels = {column.key: quoted(column.label.of(self.locale), self.locale) for column in rows.fields}
        questions = {column.key: column for column in rows.fields}

        def find(name: str) -> Place:
            if name not in questions:
                return self._places[name]
            return Place(questions[name], say.COLUMN.of(self.locale).format(label=labels[name]))

        return [
            {
                "label": column.label.of(self.locale),
                "required": column.required,
                "help": column.help.of(self.locale),
                "hint": ", ".join(_column_hints(column, self.locale)),
                "condition": self._condition(say.SHOW_IF, column.show_if, find),
            }
            for column in rows.fields
        ]


def yes_no(locale: str) -> list[str]:
    return [say.WORDS[key].of(locale) for key in ("yes", "no")]


def _numbered(section: Section) -> Iterator[tuple[int, Question]]:
    """The questions in order with their place; a note has none, and carries that of the question before it."""
    place = 0
    for question in section.fields:
        place += question.type is not FieldType.NOTE
        yield place, question


def _answered(section: Section) -> Iterator[tuple[int, Question]]:
    return ((place, question) for place, question in _numbered(section) if question.type is not FieldType.NOTE)


def _line_count(maximum: Decimal | None) -> int:
    if maximum is None:
        return LINES_USUAL
    return min(max(int(maximum) // CHARACTERS_A_LINE, LINES_LEAST), LINES_MOST)


def _row_count(question: Question) -> int:
    wanted = max(int(question.minimum or 0), ROWS_USUAL)
    return min(wanted, int(question.maximum or ROWS_MOST), ROWS_MOST)


def _hints(question: Question, locale: str) -> Iterator[str]:
    """What a person must know to answer within the limits."""
    match question.type:
        case FieldType.TEXT | FieldType.LONG_TEXT if question.maximum:
            yield _limit(say.CHARACTERS, question.maximum, locale)
        case FieldType.NUMBER | FieldType.AMOUNT:
            yield from _limits(say.AT_LEAST, say.AT_MOST, question, locale)
        case FieldType.CHOICE:
            yield say.ONE_ANSWER.of(locale)
        case FieldType.CHOICES | FieldType.SDGS | FieldType.LEVERS | FieldType.MEASURES:
            yield say.SEVERAL.of(locale)
            yield from _limits(say.AT_LEAST, say.AT_MOST, question, locale)
        case FieldType.TERRITORY:
            yield say.OR.of(locale).join(say.LEVELS[level].of(locale) for level in question.levels or say.LEVELS)
            yield from _limits(say.AT_LEAST, say.AT_MOST, question, locale)
        case FieldType.ROWS:
            yield from _limits(say.ROWS_AT_LEAST, say.ROWS_AT_MOST, question, locale)
        case FieldType.FILE:
            yield file_kinds(question.files, locale)


def _column_hints(column: Question, locale: str) -> Iterator[str]:
    if column.type is FieldType.AMOUNT:
        yield "€"
    elif column.type is FieldType.YES_NO:
        yield " / ".join(yes_no(locale)).lower()
    elif column.type in (FieldType.CHOICE, FieldType.CHOICES):
        yield " / ".join(label for _, label in choices_of(column, locale))


def _limits(least: Words, most: Words, question: Question, locale: str) -> Iterator[str]:
    if question.minimum:
        yield _limit(least, question.minimum, locale)
    if question.maximum is not None:
        yield _limit(most, question.maximum, locale)


def _limit(words: Words, value: Decimal, locale: str) -> str:
    text = number_text(value, locale)
    return words.of(locale).format(minimum=text, maximum=text)
