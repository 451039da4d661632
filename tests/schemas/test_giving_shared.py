"""Against the official schemas of 360Giving, which stand beside the project."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from tests.schemas.giving import VARIED, package

pytestmark = pytest.mark.shared

SHARED = Path(__file__).parents[3] / "shared" / "data"


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SHARED / name).read_text(encoding="utf-8"))
    # Published with the old form of the draft's address, which no validator takes for the draft.
    schema["$schema"] = Draft202012Validator.META_SCHEMA["$schema"]
    return schema


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    whole = _schema("360-giving-package-1.4.3.schema.json")
    grant = Resource.from_contents(_schema("360-giving-1.4.3.schema.json"))
    # The package refers to the grant of the version before, by an address that is not asked.
    registry = Registry().with_resource(whole["properties"]["grants"]["items"]["$ref"], grant)
    return Draft202012Validator(whole, registry=registry, format_checker=FormatChecker())


def _faults(validator: Draft202012Validator, found: dict[str, Any]) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(found)]


def test_what_is_written_is_valid(validator: Draft202012Validator) -> None:
    found, written = package(VARIED)
    assert written.withheld == ()
    assert _faults(validator, found) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dateModified", "2027-01-31"),
        ("dateModified", "2027-02-31T00:00:00Z"),
        ("amountAwarded", "15000"),
        ("currency", "euros"),
        ("fundingOrganization", []),
        ("recipientOrganization", [{"name": "Sans identifiant"}]),
        ("beneficiaryLocation", [{"countryCode": "France"}]),
    ],
)
def test_the_official_check_finds_faults_where_there_are_some(
    validator: Draft202012Validator, field: str, value: object
) -> None:
    found = copy.deepcopy(package(VARIED)[0])
    found["grants"][0][field] = value
    assert len(_faults(validator, found)) == 1


def test_a_package_of_no_grants_is_none(validator: Draft202012Validator) -> None:
    assert _faults(validator, package([])[0])
