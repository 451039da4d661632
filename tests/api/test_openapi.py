"""The OpenAPI document: whole, true to our fields, and about every address."""

from typing import Any

import pytest
from flask import Flask

from fund.api.gate import PREFIX
from fund.api.kinds import KINDS
from tests.api.conftest import Api


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    answer = api.get(None, "/openapi.json")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    body: dict[str, Any] = answer.json
    return body


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]


def test_it_describes_every_address_of_the_api(app: Flask, document: dict[str, Any]) -> None:
    served = {
        (rule.rule.replace("reference:", "").replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in operations(document)} == served
    assert document["openapi"] == "3.1.0"


def test_each_operation_has_a_name_of_its_own_and_answers_by_problems(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for _, method, operation in operations(document):
        assert operation["summary"]
        assert {"401", "429", "500", "503"} <= set(operation["responses"])
        versioned = any(parameter.get("name") == "If-Match" for parameter in operation.get("parameters", ()))
        assert versioned == ("428" in operation["responses"])
        assert method != "patch" or versioned
    for response in document["components"]["responses"].values():
        assert list(response["content"]) == ["application/problem+json"]


def test_all_but_the_calls_need_a_token(document: dict[str, Any]) -> None:
    assert document["security"] == [{"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    public = {operation["operationId"] for _, _, operation in operations(document) if "security" in operation}
    assert public == {"list_calls", "show_call", "show_call_content"}


def test_fields_have_their_types_and_limits(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    given = schemas["ApplicationInputChanges"]
    assert given["additionalProperties"] is False
    assert "required" not in given
    fields = given["properties"]
    assert fields["title"] == {"type": "string", "maxLength": 200}
    assert fields["starts_on"] == {"type": ["string", "null"], "format": "date"}
    assert fields["total_budget"]["type"] == ["string", "number", "null"]
    assert fields["members"]["maxItems"] == 50
    member = schemas["MemberInput"]
    assert member["required"] == ["kind", "name"]
    assert member["properties"]["siret"]["pattern"] == "^([0-9]{14})?$"
    shown = schemas["ApplicationView"]
    assert shown["properties"]["requested_amount"]["type"] == ["string", "null"]
    assert "contact_name" not in shown["required"]
    assert schemas["AgendaItemView"]["properties"]["outcome"]["enum"][-1] is None


def test_each_kinds_steps_are_named_with_what_they_take(document: dict[str, Any]) -> None:
    for kind in KINDS:
        path = document["paths"][f"{PREFIX}/{kind.path}/{{reference}}/steps/{{name}}"]
        (name,) = (p for p in path.get("parameters", []) + path["post"]["parameters"] if p["name"] == "name")
        short = [step.partition(".")[2] for step in kind.workflow.steps]
        assert set(name["schema"]["enum"]) == {*short, *kind.workflow.steps}
        assert all(f"`{step}`" in path["post"]["description"] for step in short)
        body = path["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert all(option["$ref"].startswith("#/components/schemas/") for option in body["anyOf"])
