"""Answers judged: each kind of field with its refusals, what is hidden, what is missing, and no answer raises."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from fund.forms.compiler import Judged, judge, schema_of, slot_of
from fund.forms.content_schema import FormInput
from fund.forms.definition import FieldType, Form, Option, Question, Section, Words
from tests.forms.generated import JSON, answers_of, forms, without_limits

LABEL = Words("Champ", "Field")
OPTIONS = (Option("old", LABEL), Option("new", LABEL))


def question(kind: FieldType, key: str = "it", **settings: Any) -> Question:
    return Question(key, kind, LABEL, **settings)


def section(*fields: Question, show_if: str = "", key: str = "one") -> Section:
    return Section(key, LABEL, show_if=show_if, fields=fields)


def judged(field: Question, raw: Any, *, complete: bool = False) -> Judged:
    return judge(Form((section(field),)), {"one": {"it": raw}}, complete=complete)


def problems(result: Judged) -> dict[str, str]:
    return {found.path: str(found.problem) for found in result.problems}


RIGHT: list[tuple[FieldType, dict[str, Any], Any, Any]] = [
    (FieldType.TEXT, {}, "  <script>alert(1)</script> ", "<script>alert(1)</script>"),
    (FieldType.LONG_TEXT, {}, "un\r\ndeux", "un\ndeux"),
    (FieldType.NUMBER, {"decimals": 1}, "1\u202f250,5", Decimal("1250.5")),
    (FieldType.NUMBER, {}, "\N{MINUS SIGN}3", Decimal(-3)),
    (FieldType.NUMBER, {}, 12, Decimal(12)),
    (FieldType.AMOUNT, {}, "12\u00a0450,50 €", Decimal("12450.50")),
    (FieldType.DATE, {}, "2027-02-26", date(2027, 2, 26)),
    (FieldType.CHOICE, {"options": OPTIONS}, "old", "old"),
    (FieldType.CHOICES, {"options": OPTIONS}, ["new", "", "old"], ["new", "old"]),
    (FieldType.YES_NO, {}, "no", False),
    (FieldType.EMAIL, {}, "nom@exemple.example", "nom@exemple.example"),
    (FieldType.TELEPHONE, {}, "05 61.23-45 67", "+33561234567"),
    (FieldType.TELEPHONE, {}, "+33 (0)5 61 23 45 67", "+33561234567"),
    (FieldType.TELEPHONE, {}, "0032 2 555 12 12", "+3225551212"),
    (FieldType.TELEPHONE, {}, "0692 12 34 56", "+262692123456"),
    (FieldType.URL, {}, "www.exemple.example/a", "https://www.exemple.example/a"),
    (FieldType.URL, {}, "http://exemple.example:8080/?q=é", "http://exemple.example:8080/?q=é"),
    (
        FieldType.ADDRESS,
        {},
        {"street": "1 rue Haute", "postcode": "31 120", "commune": "Roques (Haute-Garonne)"},
        {"street": "1 rue Haute", "postcode": "31120", "commune_code": "31458"},
    ),
    (FieldType.TERRITORY, {}, ["reg:76", "Roques (Haute-Garonne)"], ["reg:76", "com:31458"]),
    (FieldType.TERRITORY, {"levels": ("dep",)}, ["Haute-Garonne"], ["dep:31"]),
    (FieldType.SDGS, {}, ["17", "3"], ["17", "3"]),
    (FieldType.LEVERS, {}, ["7"], ["7"]),
    (FieldType.MEASURES, {}, ["7.3"], ["7.3"]),
]


@pytest.mark.parametrize(("kind", "settings", "raw", "value"), RIGHT)
def test_a_right_answer_is_loaded(kind: FieldType, settings: dict[str, Any], raw: Any, value: Any) -> None:
    field = question(kind, **settings)
    result = judged(field, raw, complete=True)
    assert not result.problems
    assert result.values == {"one": {"it": value}}
    assert type(result.values["one"]["it"]) is type(value)
    assert schema_of(section(field))().load({"it": raw}) == {"it": value}


WRONG: list[tuple[FieldType, dict[str, Any], Any, str]] = [
    (FieldType.TEXT, {}, 5, "not_a_text"),
    (FieldType.TEXT, {"maximum": Decimal(5)}, "sixsix", "too_long"),
    (FieldType.TEXT, {}, "a\x00b", "control_characters"),
    (FieldType.NUMBER, {}, "douze", "not_a_number"),
    (FieldType.NUMBER, {}, True, "not_a_number"),
    (FieldType.NUMBER, {}, "1e5", "not_a_number"),
    (FieldType.NUMBER, {}, "٣", "not_a_number"),
    (FieldType.NUMBER, {}, "1.5", "not_a_whole_number"),
    (FieldType.NUMBER, {"decimals": 1}, "1.25", "too_precise"),
    (FieldType.NUMBER, {"maximum": Decimal(10)}, "11", "number_too_large"),
    (FieldType.NUMBER, {"minimum": Decimal(10)}, "9", "number_too_small"),
    (FieldType.AMOUNT, {}, "1e999999999", "not_an_amount"),
    (FieldType.AMOUNT, {}, "-1", "amount_too_small"),
    (FieldType.AMOUNT, {"maximum": Decimal(10)}, "10,01", "amount_too_large"),
    (FieldType.DATE, {}, "26/02/2027", "not_a_day"),
    (FieldType.DATE, {}, "2027-02-30", "not_a_day"),
    (FieldType.CHOICE, {"options": OPTIONS}, "other", "not_an_option"),
    (FieldType.CHOICE, {"options": OPTIONS}, ["old"], "not_a_text"),
    (FieldType.CHOICES, {"options": OPTIONS}, "old", "not_a_list"),
    (FieldType.CHOICES, {"options": OPTIONS}, ["old", "old"], "choice_twice"),
    (FieldType.CHOICES, {"options": OPTIONS}, ["old", "other"], "not_an_option"),
    (FieldType.CHOICES, {"options": OPTIONS, "maximum": Decimal(1)}, ["old", "new"], "too_many_choices"),
    (FieldType.YES_NO, {}, "maybe", "not_yes_or_no"),
    (FieldType.YES_NO, {}, ["yes"], "not_yes_or_no"),
    (FieldType.EMAIL, {}, "nom", "not_an_email"),
    (FieldType.TELEPHONE, {}, "05 61 23 45 6", "not_a_telephone"),
    (FieldType.TELEPHONE, {}, "15", "not_a_telephone"),
    (FieldType.URL, {}, "javascript:alert(1)", "not_a_web_address"),
    (FieldType.URL, {}, "https://banque.example@ailleurs.example", "not_a_web_address"),
    (FieldType.URL, {}, "http://[", "not_a_web_address"),
    (FieldType.URL, {}, "exemple", "not_a_web_address"),
    (FieldType.ADDRESS, {}, "1 rue Haute", "not_an_object"),
    (FieldType.ADDRESS, {}, {"city": "Roques"}, "unknown_field"),
    (FieldType.ADDRESS, {}, {"postcode": "3112"}, "not_a_postcode"),
    (FieldType.ADDRESS, {}, {"commune": "31999"}, "not_a_commune"),
    (FieldType.ADDRESS, {}, {"commune": "Roques"}, "which_place"),
    (FieldType.ADDRESS, {}, {"commune": "Nulle-Part-sur-Rien"}, "not_a_place"),
    (FieldType.TERRITORY, {}, ["com:31999"], "not_a_place"),
    (FieldType.TERRITORY, {}, ["Roques"], "which_place"),
    (FieldType.TERRITORY, {"levels": ("dep", "reg")}, ["com:31458"], "territory_of_other_level"),
    (FieldType.TERRITORY, {"maximum": Decimal(1)}, ["dep:31", "dep:32"], "too_many_choices"),
    (FieldType.TERRITORY, {}, ["dep:31", "Haute-Garonne (31)"], "choice_twice"),
    (FieldType.SDGS, {}, ["18"], "not_an_option"),
    (FieldType.ROWS, {"fields": (question(FieldType.TEXT),)}, "x", "not_a_list"),
    (FieldType.ROWS, {"fields": (question(FieldType.TEXT),)}, ["x"], "not_an_object"),
    (FieldType.ROWS, {"fields": (question(FieldType.TEXT),)}, [{"it": "x"}] * 101, "too_many_rows"),
]


@pytest.mark.parametrize(("kind", "settings", "raw", "code"), WRONG)
def test_a_wrong_answer_is_named_and_not_loaded(
    kind: FieldType, settings: dict[str, Any], raw: Any, code: str
) -> None:
    result = judged(question(kind, **settings), raw)
    assert problems(result) == {"one.it": code}
    assert result.values == {"one": {}}
    assert result.problems[0].label == LABEL


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    assert problems(judged(question(FieldType.NUMBER), 10**5000)) == {"one.it": "not_a_number"}
    assert problems(judged(question(FieldType.AMOUNT), 10**5000)) == {"one.it": "not_an_amount"}


@pytest.mark.parametrize("kind", [kind for kind in FieldType if kind is not FieldType.NOTE])
def test_an_empty_answer_is_missing_only_when_complete(kind: FieldType) -> None:
    columns = (question(FieldType.TEXT),) if kind is FieldType.ROWS else ()
    field = question(kind, required=True, fields=columns)
    for raw in (None, "", " "):
        assert not judged(field, raw).problems
        code = "file_missing" if kind is FieldType.FILE else "required"
        assert problems(judged(field, raw, complete=True)) == {"one.it": code}
    assert not judge(Form((section(field),)), {}, complete=False).problems


@pytest.mark.parametrize(
    ("kind", "raw", "code"),
    [
        (FieldType.TEXT, "ab", "too_short"),
        (FieldType.SDGS, ["1", "2"], "too_few_choices"),
        (FieldType.ROWS, [{"it": "a"}, {"it": ""}, {"it": "b"}], "too_few_rows"),
    ],
)
def test_too_little_is_said_only_when_complete(kind: FieldType, raw: Any, code: str) -> None:
    columns = (question(FieldType.TEXT),) if kind is FieldType.ROWS else ()
    field = question(kind, minimum=Decimal(3), fields=columns)
    draft, whole = judged(field, raw), judged(field, raw, complete=True)
    assert not draft.problems
    assert problems(whole) == {"one.it": code}
    assert whole.values == draft.values


def test_half_an_address_is_a_draft() -> None:
    raw = {"street": "", "commune": "2a004"}
    value = {"street": "", "postcode": "", "commune_code": "2A004"}
    assert judged(question(FieldType.ADDRESS), raw).values["one"]["it"] == value
    assert problems(judged(question(FieldType.ADDRESS), raw, complete=True)) == {"one.it": "address_incomplete"}


def test_a_file_is_there_by_its_slot() -> None:
    form = Form((section(question(FieldType.FILE, required=True)),))
    assert problems(judge(form, {}, files={"form.one.other"})) == {"one.it": "file_missing"}
    assert not judge(form, {}, files={slot_of("one", "it")}).problems


def test_rows_keep_their_places_and_lose_what_is_empty() -> None:
    columns = (
        question(FieldType.TEXT, "name", required=True),
        question(FieldType.YES_NO, "other"),
        question(FieldType.NUMBER, "count", required=True, show_if="other == yes"),
    )
    rows = [{"name": "first"}, {"name": " "}, {"name": "", "other": "yes", "count": "x"}]
    result = judged(question(FieldType.ROWS, fields=columns), rows, complete=True)
    assert result.values["one"]["it"] == [{"name": "first", "other": None}, {"name": "", "other": True}]
    assert problems(result) == {"one.it.2.name": "required", "one.it.2.count": "not_a_number"}
    assert {"one.it.1.name", "one.it.2.count"} <= result.shown
    assert "one.it.0.count" not in result.shown


HIDING = Form(
    (
        section(
            question(FieldType.YES_NO, "asks"),
            question(FieldType.TEXT, "why", required=True, show_if="asks == yes"),
            question(FieldType.TEXT, "more", required=True, show_if="why is filled"),
        ),
        section(question(FieldType.TEXT, required=True), show_if="one.asks == yes", key="two"),
    )
)


def test_what_is_hidden_is_neither_asked_nor_loaded() -> None:
    answers = {"one": {"asks": "no", "why": "x" * 10_000, "more": "kept"}, "two": {"it": 5}}
    result = judge(HIDING, answers)
    assert not result.problems
    assert result.values == {"one": {"asks": False}}
    assert result.shown == {"one", "one.asks"}


def test_what_is_shown_is_asked() -> None:
    result = judge(HIDING, {"one": {"asks": "yes", "why": "because"}})
    assert problems(result) == {"one.more": "required", "two.it": "required"}


def test_a_wrong_answer_hides_what_depends_on_it() -> None:
    assert "one.more" not in judge(HIDING, {"one": {"asks": "yes", "why": 5}}).shown


def test_the_schema_refuses_names_that_no_field_has() -> None:
    with pytest.raises(ValidationError) as caught:
        schema_of(section(question(FieldType.TEXT)))().load({"it": None, "other": "x"})
    assert caught.value.normalized_messages() == {"other": ["unknown_field"]}  # type: ignore[no-untyped-call]  # marshmallow's


@given(st.data())
@settings(deadline=None)
def test_no_answer_makes_it_raise(data: st.DataObject) -> None:
    form: Form = FormInput().load(data.draw(forms()))
    fields = {each.key: {one.key: JSON for one in each.fields} for each in form.sections}
    shaped = {key: JSON | st.fixed_dictionaries({}, optional=asked) for key, asked in fields.items()}
    answers: Any = data.draw(JSON | st.fixed_dictionaries({}, optional=shaped))
    for complete in (True, False):
        result = judge(form, answers, complete=complete)
        assert set(result.values) <= result.shown


@given(st.data())
@settings(deadline=None)
def test_a_draft_and_the_whole_load_the_same_values(data: st.DataObject) -> None:
    form: Form = FormInput().load(data.draw(forms()))
    answers = {each.key: data.draw(answers_of(each)) for each in form.sections}
    draft, whole = judge(form, answers, complete=False), judge(form, answers)
    assert whole.values == draft.values
    assert whole.shown == draft.shown
    assert set(draft.problems) <= set(whole.problems)
    if all(without_limits(one) for each in form.sections for one in each.fields):
        assert not draft.problems


@given(st.data())
@settings(deadline=None)
def test_hidden_answers_change_nothing(data: st.DataObject) -> None:
    form: Form = FormInput().load(data.draw(forms()))
    answers = {each.key: data.draw(answers_of(each)) for each in form.sections}
    result = judge(form, answers)
    assert _paths(result.values) <= result.shown
    kept = {
        key: {name: raw for name, raw in own.items() if f"{key}.{name}" in result.shown}
        for key, own in answers.items()
    }
    assert judge(form, kept) == result


def _paths(values: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {f"{key}.{name}" for key, own in values.items() for name in own}
