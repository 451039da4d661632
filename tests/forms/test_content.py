"""A call's content: in and out without a change, and each fault at its own path."""

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fund.errors import InvalidInput
from fund.forms.compiler import judge, schema_of
from fund.forms.content import (
    compose_content,
    content_bytes,
    differences,
    digest,
    dump_content,
    load_content,
    parts_of,
    read_json,
    read_yaml,
    whole_content,
    write_yaml,
)
from fund.forms.definition import CallContent, FieldType, OrganisationKind, RubricLine, Words
from tests.forms.generated import contents

EXAMPLE = Path(__file__).parents[2] / "config/calls/exemple.yaml"
GENERATED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def example() -> CallContent:
    return read_yaml(EXAMPLE.read_text(encoding="utf-8"))


def faults(data: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as caught:
        load_content(data)
    return {path: [str(problem) for problem in problems] for path, problems in caught.value.errors.items()}


@GENERATED
@given(contents())
def test_a_content_goes_out_and_in_unchanged(data: dict[str, Any]) -> None:
    content = load_content(data)
    dumped = dump_content(content)
    assert load_content(dumped) == content
    assert (
        load_content(json.loads(content_bytes(content))) == content == read_json(content_bytes(content).decode())
    )
    assert dump_content(load_content(dumped)) == dumped


@GENERATED
@given(contents())
def test_yaml_goes_out_and_in_unchanged(data: dict[str, Any]) -> None:
    content = load_content(data)
    text = write_yaml(content)
    assert read_yaml(text) == content
    assert write_yaml(read_yaml(text)) == text


@GENERATED
@given(contents())
def test_every_form_that_is_taken_compiles(data: dict[str, Any]) -> None:
    content = load_content(data)
    for form in (content.form, content.report):
        assert judge(form, {}, complete=False).problems == ()
        for section in form.sections:
            assert schema_of(section)().load({}) == {}


SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    "minimum": st.integers(-5, 200_000),
    "maximum": st.decimals(-5, 200_000, places=1).map(str),
    "decimals": st.integers(-1, 9),
    "options": st.lists(st.just({"value": "a", "label": {"fr": "A"}}), max_size=2),
    "levels": st.lists(st.sampled_from(["dep", "pays"]), max_size=2),
    "files": st.lists(st.sampled_from(["pdf", "exe"]), max_size=2),
    "fields": st.lists(
        st.fixed_dictionaries(
            {
                "key": st.sampled_from("ab"),
                "type": st.sampled_from(FieldType).map(str),
                "label": st.just({"fr": "A"}),
            }
        ),
        max_size=2,
    ),
    "show_if": st.sampled_from(["", "b is filled", "one.b == yes", 'b has "1"', "b ==", "a is empty"]),
    "required": st.booleans(),
}


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(FieldType), st.fixed_dictionaries({}, optional=SETTINGS)), max_size=2))
def test_whatever_settings_are_taken_compile(fields: list[tuple[FieldType, dict[str, Any]]]) -> None:
    questions = [
        {"key": key, "type": kind.value, "label": {"fr": "A"}, **extra}
        for key, (kind, extra) in zip("ba", fields, strict=False)
    ]
    data = minimal(form={"sections": [{"key": "one", "title": {"fr": "A"}, "fields": questions}]})
    try:
        content = load_content(data)
    except InvalidInput as error:
        refused = set(error.errors)
    else:
        refused = set()
        assert judge(content.form, {"one": {"a": "1", "b": ["1"]}}).shown
        assert load_content(dump_content(content)) == content
    assert all(path.startswith("form.sections.0.fields.") for path in refused)


def minimal(**parts: Any) -> dict[str, Any]:
    return {
        "title": {"fr": "Un appel"},
        "summary": {},
        "opens_at": "2026-12-01T09:00",
        "closes_at": "2027-02-26T18:00",
        "envelope": "1 000 000",
        "grant": {"minimum": 1000, "maximum": 2000, "rate": "80"},
        **parts,
    }


def field(**settings: Any) -> dict[str, Any]:
    question = {"key": "it", "type": "text", "label": {"fr": "Champ"}, **settings}
    return minimal(form={"sections": [{"key": "one", "title": {"fr": "Un"}, "fields": [question]}]})


def rubric(**settings: Any) -> dict[str, Any]:
    line = {"label": {"fr": "Critère"}, "weight": 50}
    return minimal(rubric=[line | settings, line | {"key": "second"}])


def test_what_is_absent_or_null_takes_its_default() -> None:
    content = load_content(minimal(budget=None, deadline=None))
    assert content.budget is None
    assert (content.reviews, content.form.sections, content.summary.fr) == (2, (), "")
    assert content.opens_at == datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_the_same_content_has_the_same_bytes() -> None:
    same = minimal(
        envelope=1000000.0,
        opens_at="2026-12-01T08:00:00+00:00",
        grant={"rate": 80, "minimum": "1000,00", "maximum": Decimal("2e3")},
        summary={"en": ""},
    )
    first, second = load_content(minimal()), load_content(same)
    assert content_bytes(first) == content_bytes(second)
    assert digest(first) == digest(second)
    assert dump_content(first)["envelope"] == "1000000.00"
    assert len(digest(first)) == 64
    zero, same_zero = (load_content(field(type="number", minimum=zero)) for zero in ("0", "-0,0"))
    assert content_bytes(zero) == content_bytes(same_zero)


PLAIN_RUBRIC = [
    {"label": {"fr": "Intérêt", "en": "Interest"}, "weight": 60},
    {"label": {"fr": "Faisabilité"}, "weight": 40, "scale": 10},
]


def test_a_content_without_what_came_later_keeps_its_digest() -> None:
    """It is the digest that the first versions were published with."""
    plain = load_content(minimal(rubric=PLAIN_RUBRIC))
    assert digest(plain) == "7d547f5526c039d9dfcc2c4aa1c04f06a724a0a6d527a5f7b81d84b461857ab8"
    assert dump_content(plain)["rubric"][1] == {
        "label": {"fr": "Faisabilité", "en": ""},
        "weight": "40",
        "scale": 10,
    }
    assert "scoring" not in dump_content(plain)
    assert whole_content(plain)["scoring"] == {"minimum": None, "divergence": "25", "days": 21}
    same = minimal(rubric=[{**line, "anchors": [], "help": {}, "threshold": None} for line in PLAIN_RUBRIC])
    assert digest(load_content(same | {"scoring": {"days": 21, "divergence": "25,0"}})) == digest(plain)
    for more in ({"key": "a"}, {"help": {"fr": "A"}}, {"anchors": [{"fr": "A"}] * 6}, {"threshold": 5}):
        other = minimal(rubric=[PLAIN_RUBRIC[0] | more, PLAIN_RUBRIC[1]])
        assert digest(load_content(other)) != digest(plain), more
    assert digest(load_content(minimal(rubric=PLAIN_RUBRIC, scoring={"days": 20}))) != digest(plain)
    assert whole_content(plain)["reporting"] == {"threshold": "20"}
    assert digest(load_content(minimal(rubric=PLAIN_RUBRIC, reporting={"threshold": "20,0"}))) == digest(plain)
    assert digest(load_content(minimal(rubric=PLAIN_RUBRIC, reporting={"threshold": 15}))) != digest(plain)


def test_the_repeated_hour_of_autumn_is_kept() -> None:
    content = load_content(minimal(closes_at="2027-10-31T02:30"))
    assert content.closes_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert read_yaml(write_yaml(content)) == content


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    (minimal(title={}), "title.fr", "required"),
    (minimal(titel={"fr": "x"}), "titel", "unknown_field"),
    (minimal(closes_at="2026-12-01T09:00"), "closes_at", "period_disordered"),
    (minimal(grant={"minimum": 3, "maximum": 2, "rate": 80}), "grant.maximum", "grants_disordered"),
    (minimal(grant={"minimum": 1, "maximum": 2, "rate": 0}), "grant.rate", "number_too_small"),
    (minimal(rubric=[{"label": {"fr": "A"}, "weight": 99}]), "rubric", "weights_unbalanced"),
    (rubric(key="Été"), "rubric.0.key", "not_a_key"),
    (rubric(key="second"), "rubric.1.key", "value_twice"),
    (rubric(anchors=[{"fr": "A"}] * 5), "rubric.0.anchors", "anchors_misfit"),
    (rubric(anchors=[{}] * 7), "rubric.0.anchors", "anchors_misfit"),
    (rubric(anchors=["A"] + [{}] * 5), "rubric.0.anchors.0", "not_an_object"),
    (rubric(scale=4, threshold=5), "rubric.0.threshold", "threshold_above_scale"),
    (rubric(threshold=0), "rubric.0.threshold", "out_of_range"),
    (minimal(scoring={"minimum": 101}), "scoring.minimum", "number_too_large"),
    (minimal(scoring={"divergence": 0}), "scoring.divergence", "number_too_small"),
    (minimal(scoring={"days": 0}), "scoring.days", "out_of_range"),
    (minimal(deadline={"rule": "grace"}), "deadline.minutes", "grace_misfit"),
    (minimal(deadline={"minutes": 5}), "deadline.minutes", "grace_misfit"),
    (minimal(alliance={"members": [{"kind": "friend"}]}), "alliance.members.0.kind", "not_a_choice"),
    (minimal(alliance={"members": [{"kind": "other"}] * 2}), "alliance.members.1.kind", "value_twice"),
    (minimal(alliance={"maximum": 2, "minimum": 3}), "alliance.maximum", "limits_disordered"),
    (
        minimal(alliance={"maximum": 2, "members": [{"kind": "other", "minimum": 3}]}),
        "alliance.members",
        "members_above_maximum",
    ),
    (minimal(alliance={"territory": ["dep:31", "dep:999"]}), "alliance.territory.1", "not_a_territory_code"),
    (minimal(budget={"accounts": ["60", "6O"]}), "budget.accounts.1", "not_a_choice"),
    (
        minimal(documents=[{"key": "a", "label": {"fr": "A"}, "show_if": "one.it is filled"}]),
        "documents.0.show_if",
        "condition_of_unknown",
    ),
    (
        minimal(documents=[{"key": "a", "label": {"fr": "A"}, "files": ["exe"]}]),
        "documents.0.files.0",
        "not_a_choice",
    ),
    (minimal(form={"sections": [{"key": "budget", "title": {"fr": "A"}}]}), "form.sections.0.key", "key_reserved"),
    (minimal(form={"sections": [{"key": "a", "title": {"fr": "A"}}] * 2}), "form.sections.1.key", "value_twice"),
    (minimal(form=[]), "form", "not_an_object"),
    (minimal(form={"sections": {}}), "form.sections", "not_a_list"),
    (field(key="Été"), "form.sections.0.fields.0.key", "not_a_key"),
    (field(key="yes"), "form.sections.0.fields.0.key", "key_reserved"),
    (field(key="csrf_token"), "form.sections.0.fields.0.key", "key_reserved"),
    (field(type="colour"), "form.sections.0.fields.0.type", "not_a_choice"),
    (field(label={"fr": False}), "form.sections.0.fields.0.label.fr", "not_a_text"),
    (field(show_if="it is filled"), "form.sections.0.fields.0.show_if", "condition_of_unknown"),
    (field(show_if="it is"), "form.sections.0.fields.0.show_if", "not_a_condition"),
    (field(decimals=1), "form.sections.0.fields.0.decimals", "setting_unused"),
    (field(type="date", maximum=1), "form.sections.0.fields.0.maximum", "setting_unused"),
    (field(type="note", required=True), "form.sections.0.fields.0.required", "setting_unused"),
    (field(type="choice"), "form.sections.0.fields.0.options", "required"),
    (field(type="rows"), "form.sections.0.fields.0.fields", "required"),
    (field(minimum=5, maximum=4), "form.sections.0.fields.0.maximum", "limits_disordered"),
    (field(maximum=501), "form.sections.0.fields.0.maximum", "out_of_range"),
    (field(maximum="1.5"), "form.sections.0.fields.0.maximum", "not_a_whole_number"),
    (field(type="amount", minimum=-1), "form.sections.0.fields.0.minimum", "not_an_amount"),
    (
        field(type="rows", fields=[{"key": "a", "type": "file", "label": {"fr": "A"}}]),
        "form.sections.0.fields.0.fields.0.type",
        "not_in_rows",
    ),
    (
        field(type="choice", options=[{"value": "a", "label": {"fr": "A"}}] * 2),
        "form.sections.0.fields.0.options.1.value",
        "value_twice",
    ),
]


@pytest.mark.parametrize(("data", "path", "code"), FAULTS)
def test_a_fault_is_named_where_it_stands(data: dict[str, Any], path: str, code: str) -> None:
    assert faults(data) == {path: [code]}


@pytest.mark.parametrize("data", [None, [], "call", 5])
def test_what_is_no_object_is_no_call(data: Any) -> None:
    assert faults(data) == {"content": ["not_an_object"]}


@pytest.mark.parametrize(
    ("kind", "condition", "fits"),
    [
        ("choice", 'first == "a"', True),
        ("choice", 'first in ["a", "c"]', False),
        ("choice", 'first > "a"', False),
        ("choices", 'first has "b"', True),
        ("choices", 'first == "b"', False),
        ("yes_no", "first == yes", True),
        ("yes_no", 'first == "yes"', False),
        ("number", "first >= 2.5", True),
        ("number", 'first >= "2"', False),
        ("date", 'first >= "2027-01-01"', True),
        ("sdgs", 'first has "18"', False),
        ("measures", 'first has "1.1"', True),
        ("address", "first is filled", True),
        ("address", 'first == "x"', False),
        ("file", "first is filled", None),
    ],
)
def test_a_condition_asks_what_its_field_can_be(kind: str, condition: str, fits: bool | None) -> None:
    first: dict[str, Any] = {"key": "first", "type": kind, "label": {"fr": "A"}}
    if kind.startswith("choice"):
        first["options"] = [{"value": value, "label": {"fr": value}} for value in "ab"]
    second = {"key": "second", "type": "text", "label": {"fr": "B"}, "show_if": condition}
    data = minimal(form={"sections": [{"key": "one", "title": {"fr": "Un"}, "fields": [first, second]}]})
    if fits:
        assert load_content(data).form.sections[0].fields[1].show_if == condition
    else:
        code = "condition_of_unknown" if fits is None else "condition_misfit"
        assert faults(data) == {"form.sections.0.fields.1.show_if": [code]}


def test_differences_follow_keys_not_places(example: CallContent) -> None:
    data = dump_content(example)
    changed = copy.deepcopy(data)
    need = changed["form"]["sections"][0]
    need["fields"].insert(0, {"key": "added", "type": "yes_no", "label": {"fr": "Ajouté", "en": ""}})
    need["fields"][1]["label"]["fr"] = "À lire"
    changed["form"]["sections"].reverse()
    changed["envelope"] = "5"
    for section in changed["form"]["sections"]:
        for one in section["fields"]:
            one["show_if"] = ""
    changed["documents"] = []
    found = {one.path: (one.before, one.after) for one in differences(example, load_content(changed))}
    assert found["envelope"] == ("1200000.00", "5.00")
    assert found["form.sections.need.fields.before_you_write.label.fr"] == ("Avant d’écrire", "À lire")
    assert found["form.sections.need.fields.added"][0] is None
    assert found["form.sections.need.fields.site.show_if"] == ("has_site == yes", "")
    assert found["documents.mandate"][1] is None
    assert found["form.sections"][1] == ["practical", "impact", "partnership", "need"]
    assert "form.sections.need.fields.need.label.fr" not in found
    assert differences(example, load_content(data)) == ()


def test_a_criterion_is_found_by_its_key_once_every_criterion_has_one() -> None:
    lines = [line | {"key": key} for line, key in zip(PLAIN_RUBRIC, ("interest", "means"), strict=True)]
    plain = load_content(minimal(rubric=PLAIN_RUBRIC))
    keyed = load_content(minimal(rubric=lines))
    turned = load_content(minimal(rubric=lines[::-1], scoring={"minimum": 40}))
    assert [(one.path, one.before, one.after) for one in differences(plain, keyed)] == [
        ("rubric.1.key", "", "interest"),
        ("rubric.2.key", "", "means"),
    ]
    assert [(one.path, one.before, one.after) for one in differences(keyed, turned)] == [
        ("rubric", ["interest", "means"], ["means", "interest"]),
        ("scoring.minimum", None, "40"),
    ]
    told = load_content(minimal(rubric=[lines[0] | {"anchors": [{"fr": "Rien"}, *[{}] * 5]}, lines[1]]))
    assert differences(keyed, told)[0].path == "rubric.interest.anchors.1"


def test_only_another_measure_gives_marks_another_meaning() -> None:
    line = RubricLine(Words("Intérêt"), Decimal(60), threshold=2)
    named = replace(line, key="interest")
    reworded = replace(named, label=Words("L’intérêt"), help=Words("Aide"), anchors=(Words("Rien"),) * 6)
    assert named.is_marked_like(line)
    assert reworded.is_marked_like(named)
    for change in ({"weight": Decimal(50)}, {"scale": 4}, {"threshold": None}, {"key": "other"}, {"key": ""}):
        assert not replace(named, **change).is_marked_like(named), change


def test_columns_and_parts_make_the_content_again(example: CallContent) -> None:
    columns: dict[str, Any] = {
        "title": (example.title.fr, example.title.en),
        "summary": (example.summary.fr, example.summary.en),
        "opens_at": example.opens_at,
        "closes_at": example.closes_at,
        "envelope": example.envelope,
        "grant": (example.grant.minimum, example.grant.maximum, example.grant.rate),
        "kinds": [rule.kind for rule in example.alliance.members],
        "reviews": example.reviews,
        "rubric": example.rubric,
    }
    assert compose_content(parts_of(example), **columns) == example
    plain = compose_content({}, **(columns | {"kinds": ["research"]}))
    assert [rule.kind for rule in plain.alliance.members] == [OrganisationKind.RESEARCH]
    assert plain.form.sections == ()
