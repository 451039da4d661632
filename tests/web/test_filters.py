"""How amounts, days and instants read in both languages."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from flask_babel import force_locale

from fund.edge import formats as filters


@pytest.fixture(autouse=True)
def request_in_hand(shell: FlaskClient) -> Iterator[None]:
    with shell.application.test_request_context():
        yield


def test_money_keeps_its_cents_and_parts_its_thousands() -> None:
    assert filters.money(Decimal("12450")) == "12\u202f450,00\u00a0€"
    assert filters.money(Decimal("-0.5")) == "-0,50\u00a0€"
    assert filters.money(None) == "—"
    with force_locale("en"):
        assert filters.money(Decimal("12450")) == "€12,450.00"


def test_a_share_is_a_percentage() -> None:
    assert filters.percent(Decimal("0.62")) == "62\u202f%"
    with force_locale("en"):
        assert filters.percent(0.62) == "62%"


def test_days() -> None:
    assert filters.day(date(2026, 2, 3)) == "3\u00a0février\u00a02026"
    assert filters.day(date(2026, 2, 1)) == "1er\u00a0février\u00a02026"
    with force_locale("en"):
        assert filters.day(date(2026, 2, 1)) == "1\u00a0February\u00a02026"


def test_an_instant_is_told_in_paris_time() -> None:
    winter, summer = datetime(2026, 2, 3, 13, 5, tzinfo=UTC), datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert filters.moment(winter) == "3\u00a0février\u00a02026 à 14\u00a0h\u00a005"
    assert filters.moment(summer) == "1er\u00a0juillet\u00a02026 à 00\u00a0h\u00a030"
    assert filters.day(summer) == "1er\u00a0juillet\u00a02026"
    with force_locale("en"):
        assert filters.moment(winter) == "3\u00a0February\u00a02026 at 14:05"


def test_an_instant_without_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="zone"):
        filters.moment(datetime(2026, 2, 3, 14, 5))  # noqa: DTZ001 - the mistake itself


def test_the_first_error_of_nested_errors() -> None:
    assert filters.first_error([["one"], "two"]) == "one"
    assert filters.first_error([{"amount": ["three"]}]) == "three"
    assert filters.first_error([]) == ""
