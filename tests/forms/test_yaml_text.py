"""YAML of officers: texts stay texts, and what is more than plain data is refused with its line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import InvalidInput
from fund.forms.content import read_yaml
from fund.forms.yaml_text import YamlRefused, format_yaml, parse_yaml
from tests.forms.generated import LINES

PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | LINES
    | st.sampled_from(
        ["true", "null", "~", "trueish", "nullify", "false alarm", "12.50", "No", "2027-01-01", "<<", "a: b"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LINES, inner, max_size=3),
    max_leaves=10,
)

BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{last}, *{last}]\n" for last, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@given(PLAIN)
def test_what_is_written_is_read_as_the_same(data: Any) -> None:
    assert parse_yaml(format_yaml(data)) == data


@given(st.text("ab \u00a0\u2028-#:\t\n", min_size=80, max_size=260))
def test_long_texts_keep_their_blanks(text: str) -> None:
    assert parse_yaml(format_yaml({"a": [text]})) == {"a": [text]}


@given(st.text() | st.text("ab:-[]{}|>&*!'\"#\n ?,%@`"))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        data = parse_yaml(text)
    except YamlRefused as error:
        assert error.problem in ("not_yaml", "yaml_reference", "yaml_name_twice", "yaml_too_deep")  # noqa: PT017
    else:
        assert data is None or isinstance(data, str | list | dict | bool)


def test_words_and_figures_are_texts() -> None:
    text = "fr: Oui\nen: No\ncode: 031\nrate: 1e3\nday: 2027-02-26\nfirst: true\nnone:\n"
    assert parse_yaml(text + "last: null and void\nbell: false alarm\n") == {
        "fr": "Oui",
        "en": "No",
        "code": "031",
        "rate": "1e3",
        "day": "2027-02-26",
        "first": True,
        "none": None,
        "last": "null and void",
        "bell": "false alarm",
    }


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (BOMB, "yaml_reference", 1),
        ("a: 1\nb: !!python/object/apply:os.getcwd []\n", "yaml_reference", 2),
        ("a: 1\nb: 2\na: 3\n", "yaml_name_twice", 3),
        ("[" * 40, "yaml_too_deep", 1),
        ("a: 1\nb: [\n", "not_yaml", 3),
        ("a: 1\n\x00", "not_yaml", 2),
        ("a: 1\n---\nb: 2\n", "not_yaml", 2),
        ("? [a]\n: b\n", "not_yaml", 1),
    ],
)
def test_a_refusal_says_which_line(text: str, code: str, line: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_yaml(text)
    (problem,) = caught.value.errors["file"]
    assert (problem, problem.params["line"]) == (code, line)


def test_a_file_has_a_largest_size() -> None:
    with pytest.raises(YamlRefused) as caught:
        parse_yaml("a: " + "é" * 500_000)
    assert caught.value.problem == "yaml_too_long"
