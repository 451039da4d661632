"""360Giving: what is written of a grant, what is left out, and that memory does not grow with their number."""

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from fund.schemas.giving import TITLE_LIMIT, GrantRules, describe_grant, write_grants
from fund.schemas.published import Grant
from fund.schemas.scdl import Reason
from tests.schemas.giving import GRANT, ISSUED, NUMBERLESS, PAST, PUBLISHER, VARIED, package


def test_a_grant_of_the_fund_is_told_in_the_words_of_the_standard() -> None:
    found, _ = package([GRANT])
    assert found["grants"] == [
        {
            "id": "360G-Exemple-AT-2345-6789",
            "title": "Un atelier partagé",
            "description": "Une recyclerie, une école et une entreprise.",
            "currency": "EUR",
            "amountAwarded": 15000.5,
            "awardDate": "2027-01-04",
            "recipientOrganization": [
                {"id": "FR-RCS-900000033", "name": "Association Exemple des Trois Rivières"}
            ],
            "fundingOrganization": [{"id": "FR-RCS-900000017", "name": "Fonds d’exemple"}],
            "grantProgramme": [{"code": "AP-2345-6789", "title": "Alliances pour les territoires"}],
            "dateModified": "2027-01-31T23:00:00Z",
            "dataSource": "https://fonds.example/donnees-ouvertes",
            "url": "https://fonds.example/alliances/AT-2345-6789",
            "fromOpenCall": "Yes",
            "plannedDates": [{"startDate": "2027-02-01", "endDate": "2027-12-31"}],
            "beneficiaryLocation": [
                {"name": "Roques", "countryCode": "FR", "geoCode": "31458", "geoCodeType": "INSEE-COM"}
            ],
        }
    ]


def test_what_is_not_known_of_imported_history_is_left_out() -> None:
    found, _ = package([PAST, NUMBERLESS])
    past, numberless = found["grants"]
    assert not {"url", "fromOpenCall", "plannedDates", "beneficiaryLocation"} & past.keys()
    assert past["recipientOrganization"][0]["id"] == "360G-Exemple-ORG-W9A1000001"
    assert numberless["recipientOrganization"][0]["id"] == "360G-Exemple-ORG-57"
    assert past["amountAwarded"] == 2400


def test_the_package_names_its_publisher_its_licence_and_its_day() -> None:
    found, written = package(VARIED)
    assert written.count == len(found["grants"]) == 4
    assert found["version"] == "1.4"
    assert found["issued"] == "2027-03-01"
    assert found["modified"] == "2027-03-01T23:30:00Z"
    assert found["license"] == "https://licence.example/ouverte"
    assert found["publisher"]["prefix"] == "360G-Exemple"


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"amount": Decimal(0)}, "amountAwarded", Reason.AMOUNT_NOT_POSITIVE),
        ({"title": " \n"}, "title", Reason.REQUIRED),
        ({"ends_on": date(2027, 1, 31)}, "plannedDates", Reason.PERIOD_INVERTED),
        ({"place_code": "Roques"}, "beneficiaryLocation", Reason.INVALID),
        ({"programme": ""}, "grantProgramme", Reason.REQUIRED),
        ({"reference": "AT_1"}, "id", Reason.INVALID),
    ],
)
def test_a_grant_that_breaks_a_rule_is_left_out_with_its_reason(
    change: dict[str, object], field: str, reason: Reason
) -> None:
    found, written = package([GRANT, replace(GRANT, **change), PAST])  # type: ignore[arg-type]  # of one row
    assert [grant["id"] for grant in found["grants"]] == ["360G-Exemple-AT-2345-6789", "360G-Exemple-AT-3456-7892"]
    assert [withheld.faults for withheld in written.withheld] == [{field: [reason]}]


def test_a_field_that_nobody_stated_is_a_fault() -> None:
    assert GrantRules().validate({**describe_grant(GRANT, PUBLISHER), "contactName": "Camille Essai"})


def test_a_long_title_ends_after_a_word() -> None:
    title = "Une alliance qui relie " * 10
    line = describe_grant(replace(GRANT, title=title), PUBLISHER)["title"]
    assert len(line) <= TITLE_LIMIT
    assert line.endswith(("relie…", "qui…", "alliance…", "Une…"))
    assert title.startswith(line.removesuffix("…"))


def test_memory_does_not_grow_with_the_number_of_grants(tmp_path: Path) -> None:
    def grants(count: int) -> Iterator[Grant]:
        for number in range(count):
            yield replace(GRANT, reference=f"AT-{number:04d}-0000")

    peaks = []
    for count in (50, 1_000):
        with (tmp_path / f"{count}.json").open("w", encoding="utf-8") as out:
            tracemalloc.start()
            assert write_grants(grants(count), out, PUBLISHER, ISSUED).count == count
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]
    assert len(json.loads((tmp_path / "1000.json").read_text(encoding="utf-8"))["grants"]) == 1_000
