"""A condition in words, for a form on paper: « si vous avez répondu « oui » à la question 2.1 »."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fund.documents.words import choice_label, number_text, quoted
from fund.forms.conditions import All, Compare, Condition, Either, Filled, Has, Literal, Not, OneOf, Operator, Test
from fund.forms.definition import FieldType, Question, Words
from fund.messages.formats import day

NEGATED = {
    Operator.EQUAL: Operator.DIFFERENT,
    Operator.DIFFERENT: Operator.EQUAL,
    Operator.BELOW: Operator.AT_LEAST,
    Operator.AT_LEAST: Operator.BELOW,
    Operator.ABOVE: Operator.AT_MOST,
    Operator.AT_MOST: Operator.ABOVE,
}
ORDER = {
    Operator.BELOW: Words("est inférieure à", "is below"),
    Operator.AT_MOST: Words("est inférieure ou égale à", "is at most"),
    Operator.ABOVE: Words("est supérieure à", "is above"),
    Operator.AT_LEAST: Words("est supérieure ou égale à", "is at least"),
}
ORDER_OF_DAYS = {
    Operator.BELOW: Words("est avant le", "is before"),
    Operator.AT_MOST: Words("est au plus tard le", "is no later than"),
    Operator.ABOVE: Words("est après le", "is after"),
    Operator.AT_LEAST: Words("est au plus tôt le", "is no earlier than"),
}
ANSWERED = {
    True: Words("vous avez répondu {answer} à {place}", "you answered {answer} to {place}"),
    False: Words("vous n’avez pas répondu {answer} à {place}", "you did not answer {answer} to {place}"),
}
TICKED = {
    True: Words("vous avez coché {answer} à {place}", "you ticked {answer} in {place}"),
    False: Words("vous n’avez pas coché {answer} à {place}", "you did not tick {answer} in {place}"),
}
FILLED = {
    True: Words("vous avez répondu à {place}", "you answered {place}"),
    False: Words("vous n’avez pas répondu à {place}", "you did not answer {place}"),
}
COMPARED = Words("la réponse à {place} {order} {answer}", "the answer to {place} {order} {answer}")
AND, OR, IF = Words(" et ", " and "), Words(" ou ", " or "), Words("si ", "if ")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name of a condition stands on paper: its question, and how to point to it (« la question 2.1 »)."""

    question: Question
    pointer: str


def in_words(condition: Condition, find: Callable[[str], Place], locale: str, *, holds: bool = True) -> str:
    """The condition, or with ``holds`` false its contrary: « si vous avez coché … ou (si … et si …) »."""
    match condition:
        case Not(part):
            return in_words(part, find, locale, holds=not holds)
        case All(parts) | Either(parts):
            # Not (A and B) is: not A, or not B.
            word = AND if isinstance(condition, All) is holds else OR
            return word.of(locale).join(_part(part, find, locale, holds) for part in parts)
        case Test():
            return IF.of(locale) + _test(condition, find(condition.name), locale, holds)
    raise TypeError(f"no words for {type(condition).__name__}")


def _part(part: Condition, find: Callable[[str], Place], locale: str, holds: bool) -> str:
    words = in_words(part, find, locale, holds=holds)
    return f"({words})" if isinstance(part, All | Either) else words


def _test(test: Test, place: Place, locale: str, holds: bool) -> str:
    answers = [_answer(literal, place.question, locale) for literal in test.literals]
    answer = OR.of(locale).join(answers)
    match test:
        case Filled(filled=filled):
            sentence = FILLED[filled is holds]
        case Has():
            sentence = TICKED[holds]
        case OneOf():
            sentence = ANSWERED[holds]
        case Compare(operator=operator):
            operator = operator if holds else NEGATED[operator]
            if operator in ORDER:
                table = ORDER_OF_DAYS if place.question.type is FieldType.DATE else ORDER
                order = table[operator].of(locale)
                return COMPARED.of(locale).format(place=place.pointer, order=order, answer=answers[0])
            sentence = ANSWERED[operator is Operator.EQUAL]
        case _:
            raise TypeError(f"no words for {type(test).__name__}")
    return sentence.of(locale).format(place=place.pointer, answer=answer)


def _answer(literal: Literal, question: Question, locale: str) -> str:
    match literal:
        case bool():
            return quoted((Words("oui", "yes") if literal else Words("non", "no")).of(locale), locale)
        case Decimal():
            return number_text(literal, locale)
    if question.type is FieldType.DATE:
        return _day_text(literal, locale)
    return quoted(choice_label(question, literal, locale), locale)


def _day_text(text: str, locale: str) -> str:
    try:
        return day(date.fromisoformat(text), locale)
    except ValueError:
        return text
