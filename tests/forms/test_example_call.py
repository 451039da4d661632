"""The example call that comes with the program."""

from decimal import Decimal
from pathlib import Path

import pytest

from fund.forms.content import read_yaml, write_yaml
from fund.forms.definition import CallContent, FieldType, Question, Scoring

EXAMPLE = Path(__file__).parents[2] / "config/calls/exemple.yaml"


@pytest.fixture(scope="module")
def example() -> CallContent:
    return read_yaml(EXAMPLE.read_text(encoding="utf-8"))


def test_the_example_is_as_it_would_be_written(example: CallContent) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    comment, _, rest = text.partition("\n\n")
    assert all(line.startswith("#") for line in comment.splitlines())
    assert rest == write_yaml(example)


def test_the_example_has_every_type_of_field_in_both_languages(example: CallContent) -> None:
    questions = [question for section in example.form.sections for question in section.fields]
    questions += [column for question in questions for column in question.fields]
    assert {question.type for question in questions} == set(FieldType)
    assert all(_is_bilingual(question) for question in questions)


def test_the_example_says_what_every_mark_means_in_both_languages(example: CallContent) -> None:
    assert sum(line.threshold is not None for line in example.rubric) == 1
    assert example.scoring == Scoring(minimum=Decimal(50), divergence=Decimal(25), days=21)
    for line in example.rubric:
        texts = [line.help, *line.anchors]
        assert [bool(text.fr and text.en) for text in texts] == [True] * (line.scale + 2), line.label.fr


def _is_bilingual(question: Question) -> bool:
    texts = [question.label, *(option.label for option in question.options)]
    return all(text.fr and text.en for text in texts) and bool(question.help.fr) == bool(question.help.en)
