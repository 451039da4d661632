"""The calendar file of a session as a calendar program reads it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Alarm, Calendar, Event

from fund.documents.invitation import invitation_ics
from tests.documents.sessions import SESSION

INSTANT = datetime(2027, 5, 2, 8, tzinfo=UTC)
PAGE = "https://fonds-odd17.example/seances/CO-2027-MAIX"


def read(*, version: int = 3, cancelled: bool = False, language: str = "fr", **changes: Any) -> Event:
    content = invitation_ics(
        SESSION | changes, url=PAGE, version=version, cancelled=cancelled, language=language, instant=INSTANT
    )
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    calendar = Calendar.from_ical(content)
    assert (str(calendar["VERSION"]), str(calendar["METHOD"]), calendar.errors) == ("2.0", "PUBLISH", [])
    (event,) = calendar.events
    return event


def alarms(event: Event) -> list[timedelta]:
    found = (part.TRIGGER for part in event.subcomponents if isinstance(part, Alarm))
    return [trigger for trigger in found if isinstance(trigger, timedelta)]


def test_it_says_when_where_and_what() -> None:
    event = read()
    assert event.start == datetime(2027, 5, 12, 12, tzinfo=UTC)
    assert event.end - event.start == timedelta(hours=3)
    assert event.summary == "Comité du Fonds ODD 17\u00a0: Séance de printemps"
    assert event["LOCATION"] == "Toulouse, salle Exemple, à distance\u00a0: https://visio.example/comite"
    assert event["DESCRIPTION"] == f"Alliances pour l’eau des territoires\nCO-2027-MAIX\n{PAGE}"
    assert alarms(event) == [timedelta(days=-1)]
    assert read(language="en").summary == "Committee of the Fonds ODD 17: Séance de printemps"


def test_a_session_moved_keeps_its_event() -> None:
    before, after = read(), read(version=4, held_at="2027-05-19T12:00:00+00:00")
    assert (after.uid, after.sequence) == (before.uid, 4)
    assert after.start == before.start + timedelta(days=7)


def test_a_session_cancelled_is_struck_out_and_reminds_nobody() -> None:
    event = read(version=5, cancelled=True)
    assert (event.uid, event.sequence, str(event["STATUS"])) == (read().uid, 5, "CANCELLED")
    assert alarms(event) == []


def test_what_a_title_says_stays_a_title() -> None:
    event = read(title="Eaux ; forêts, \r\nATTACH:https://ailleurs.example\r\nEND:VEVENT " + "é" * 120)
    assert "ATTACH" not in event
    assert "é" * 120 in event.summary
