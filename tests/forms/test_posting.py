"""From a browser's form to raw answers, and on to values."""

import json

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from fund.forms.compiler import judge
from fund.forms.content_schema import FormInput
from fund.forms.definition import FieldType, Form, Question, Section, Words
from fund.forms.posting import raw_of_post, storable
from tests.forms.generated import JSON, answers_of, forms, post_of

LABEL = Words("Champ", "Field")
ROWS = Question(
    "steps",
    FieldType.ROWS,
    LABEL,
    fields=(Question("name", FieldType.TEXT, LABEL), Question("place", FieldType.ADDRESS, LABEL)),
)
SECTION = Section(
    "one",
    LABEL,
    fields=(
        Question("title", FieldType.TEXT, LABEL),
        Question("goals", FieldType.SDGS, LABEL),
        Question("site", FieldType.ADDRESS, LABEL),
        Question("paper", FieldType.FILE, LABEL),
        ROWS,
    ),
)


@given(st.data())
def test_what_was_posted_is_what_was_typed(data: st.DataObject) -> None:
    form: Form = FormInput().load(data.draw(forms()))
    for section in form.sections:
        raw = data.draw(answers_of(section))
        read = raw_of_post(section, post_of(section.fields, raw))
        judged, expected = (judge(Form((section,)), {section.key: answers}) for answers in (read, raw))
        assert (judged.values, judged.problems) == (expected.values, expected.problems)
        plain = [q for q in section.fields if q.type is not FieldType.ROWS and q.key in raw]
        assert {q.key: read[q.key] for q in plain} == {q.key: raw[q.key] for q in plain}


def test_what_was_not_posted_is_not_answered() -> None:
    assert raw_of_post(SECTION, MultiDict({"csrf_token": "x", "other": "y"})) == {}
    assert raw_of_post(SECTION, MultiDict({"title": ""})) == {"title": ""}


def test_an_empty_mark_says_that_nothing_was_ticked() -> None:
    assert raw_of_post(SECTION, MultiDict({"goals": "", "steps": ""})) == {"goals": [], "steps": []}
    assert raw_of_post(SECTION, MultiDict([("goals", ""), ("goals", "3"), ("goals", "17")])) == {
        "goals": ["3", "17"]
    }


def test_rows_keep_their_order_and_lose_empty_ends() -> None:
    posted = {
        "steps-10-name": "third",
        "steps-2-name": "first\r\nline",
        "steps-4-name": "",
        "steps-11-name": "",
        "steps-11-place-street": "",
        "steps-x-name": "no row",
    }
    rows = raw_of_post(SECTION, MultiDict(posted))["steps"]
    assert [row["name"] for row in rows] == ["first\nline", "", "third"]


def test_an_address_has_three_parts() -> None:
    raw = raw_of_post(SECTION, MultiDict({"site-commune": "Roques (Haute-Garonne)"}))
    assert raw == {"site": {"street": "", "postcode": "", "commune": "Roques (Haute-Garonne)"}}


def test_signs_that_the_database_cannot_keep_are_replaced() -> None:
    assert raw_of_post(SECTION, MultiDict({"title": "a\x00b\ud800c<script>"})) == {
        "title": "a\ufffdb\ufffdc<script>"
    }


@given(JSON)
def test_anything_becomes_storable(raw: object) -> None:
    text = json.dumps(storable(raw), ensure_ascii=False)
    assert "\\u0000" not in text
    assert text.encode()


def test_what_is_nested_too_deep_is_cut() -> None:
    deep: object = "x"
    for _ in range(500):
        deep = [deep]
    assert len(json.dumps(storable(deep))) < 30
