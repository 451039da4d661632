"""The days on which euros move between banks: those on which TARGET, the system of the central banks, is open.

It is closed on Saturdays and Sundays, on 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December
(Governing Council of the European Central Bank, 14 December 2000: long-term calendar of TARGET closing days).
"""

from datetime import date, timedelta
from typing import Final

from dateutil.easter import easter

_SATURDAY: Final = 5
_CLOSED: Final = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})
_FROM_EASTER: Final = frozenset({-2, 1})


def is_business_day(day: date) -> bool:
    """Whether banks carry out transfers on that day."""
    is_feast = (day.month, day.day) in _CLOSED or (day - easter(day.year)).days in _FROM_EASTER
    return day.weekday() < _SATURDAY and not is_feast


def next_business_day(day: date) -> date:
    """The first business day from that day on."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day
