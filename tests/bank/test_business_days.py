"""Days on which banks move euros."""

from datetime import date, timedelta

import pytest

from fund.bank.business_days import is_business_day, next_business_day


def test_the_closing_days_of_a_year() -> None:
    """2027, by the calendar of the European Central Bank: Easter is on 28 March."""
    days = [date(2027, 1, 1) + timedelta(days=number) for number in range(365)]
    closed = [day for day in days if day.weekday() < 5 and not is_business_day(day)]
    assert closed == [date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29)]  # the other feasts fall on week-ends
    assert not any(is_business_day(day) for day in days if day.weekday() >= 5)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 12, 2), date(2026, 12, 2)),
        (date(2026, 12, 24), date(2026, 12, 24)),
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2026, 5, 1), date(2026, 5, 4)),
        (date(2026, 4, 3), date(2026, 4, 7)),  # Good Friday to the Tuesday after Easter
        (date(2026, 7, 14), date(2026, 7, 14)),  # a French feast, on which banks elsewhere work
    ],
)
def test_the_next_day(day: date, expected: date) -> None:
    assert next_business_day(day) == expected
