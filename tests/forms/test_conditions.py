"""The grammar of "show if": what is well formed parses, what is not says where, and no answer makes it raise."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.forms import conditions
from fund.forms.conditions import MAX_DEPTH, MAX_LENGTH, RESERVED, Condition, ConditionError, parse

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,5}(\.[a-z][a-z0-9_]{0,5})?", fullmatch=True).filter(
    lambda name: not set(name.split(".")) & RESERVED
)
LITERALS: st.SearchStrategy[Any] = (
    st.text(st.characters(exclude_characters="\n"), max_size=8)
    | st.booleans()
    | st.decimals(-1000, 1000, places=2)
    | st.integers(-1000, 1000).map(Decimal)
)
TESTS = (
    st.builds(conditions.Compare, NAMES, st.sampled_from(conditions.Operator), LITERALS)
    | st.builds(conditions.OneOf, NAMES, st.lists(LITERALS, min_size=1, max_size=3).map(tuple))
    | st.builds(conditions.Has, NAMES, LITERALS)
    | st.builds(conditions.Filled, NAMES, st.booleans())
)


def _larger(part: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(part, min_size=2, max_size=3).map(tuple)
    return st.builds(conditions.Not, part) | st.builds(conditions.All, parts) | st.builds(conditions.Either, parts)


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(TESTS, _larger, max_leaves=5).filter(
    lambda condition: len(str(condition)) <= MAX_LENGTH
)
VALUES: st.SearchStrategy[Any] = (
    st.none()
    | st.text()
    | st.booleans()
    | st.decimals()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.lists(st.text())
    | st.just(Decimal("sNaN"))
    | st.dictionaries(st.text(), st.text() | st.none())
)


@given(CONDITIONS)
def test_what_is_written_is_read_as_the_same(condition: Condition) -> None:
    assert parse(str(condition)) == condition


@given(CONDITIONS, st.sampled_from([" ", "\n", "\t  "]))
def test_blanks_between_words_mean_nothing(condition: Condition, blank: str) -> None:
    text = str(condition)
    if '"' not in text:
        assert parse(f"{blank}{text.replace(' ', blank)}{blank}") == condition


@given(CONDITIONS, st.data())
def test_no_value_makes_it_raise(condition: Condition, data: st.DataObject) -> None:
    values = {name: data.draw(VALUES) for name in condition.names}
    assert conditions.Not(condition).holds(values) is not condition.holds(values)
    assert condition.holds({}) in (True, False)


@given(st.text(max_size=60) | st.text('ab=<>!()[]," .1-\\andoritshyef', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    refused_at = 1
    try:
        condition = parse(text)
    except ConditionError as error:
        refused_at = error.place
    else:
        assert parse(str(condition)) == condition
    assert 1 <= refused_at <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", 1),
        ("kind", 5),
        ('kind = "other"', 6),
        ('kind == "other', 9),
        ("kind == other", 9),
        ('a.b.c == "x"', 4),
        ("a is maybe", 6),
        ("(a is empty", 12),
        ("a is empty b", 12),
        ("a in []", 7),
        ('not == "x"', 5),
        ("kind == “other”", 9),
        ("__import__", 1),
        ("a is filled or " * 40 + "a is filled", MAX_LENGTH + 1),
    ],
)
def test_a_refusal_says_where(text: str, place: int) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(text)
    assert caught.value.place == place


def test_depth_is_bounded() -> None:
    deep: Callable[[int], str] = lambda depth: "(" * depth + "a is empty" + ")" * depth  # noqa: E731
    assert parse(deep(MAX_DEPTH - 1)) == parse("a is empty")
    with pytest.raises(ConditionError):
        parse(deep(MAX_DEPTH))
    with pytest.raises(ConditionError):
        parse("not " * MAX_DEPTH + "a is empty")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('kind == "other"', True),
        ('kind != "other"', False),
        ('kind in ["new", "other"]', True),
        ('absent == ""', False),
        ('absent != "other"', True),
        ("absent < 5", False),
        ("absent >= 5", False),
        ("people >= 12.5", True),
        ("people > 12.50", False),
        ('people == "12.5"', False),
        ("paid == no", True),
        ("paid is filled", True),
        ("paid == 0", False),
        ('start < "2027-03-01"', True),
        ('start >= "2027-03-01"', False),
        ('themes has "energy"', True),
        ('themes has "water"', False),
        ("place is empty", True),
        ("need.people == 3", True),
        ('not kind == "other" or paid == no and people == 12.5', True),
        ('not (kind == "other" or paid == no)', False),
        ("zero is filled", True),
    ],
)
def test_what_holds(text: str, holds: bool) -> None:
    values = {
        "kind": "other",
        "people": Decimal("12.5"),
        "paid": False,
        "start": date(2027, 2, 28),
        "themes": ["energy"],
        "place": {"street": "", "commune_code": None},
        "need.people": Decimal(3),
        "zero": Decimal(0),
    }
    assert parse(text).holds(values) is holds


def test_names_are_those_it_looks_at() -> None:
    assert parse('a is empty and (b.c has "x" or not a == 1)').names == {"a", "b.c"}
