"""The calendar file (iCalendar, RFC 5545) that goes with the invitation to a session of the committee.

An event keeps its UID for ever and its SEQUENCE grows with the session's version, so that the file of a session
that was moved, or cancelled, changes the event in a calendar instead of adding a second one.
"""

from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from fund.documents.committee_words import Facts, call_title, place_of
from fund.forms.definition import Words

PRODUCER = "-//Fonds ODD 17//fonds-odd17//FR"
LENGTH = timedelta(hours=3)
"""How long a calendar keeps free: a session has a beginning, and no end that is known before."""
SUMMARY = Words("Comité du Fonds ODD 17\u00a0: {title}", "Committee of the Fonds ODD 17: {title}")


def invitation_ics(
    session: Facts, *, url: str, version: int, cancelled: bool, language: str, instant: datetime
) -> bytes:
    """The event of a session, whose facts are those of the minutes.

    ``url`` is the session's page, ``version`` the session's own, ``instant`` (UTC) when this file is made.
    """
    event = Event()
    event.add("UID", f"{session['reference']}@fonds-odd17")
    event.add("SEQUENCE", version)
    event.add("DTSTAMP", instant)
    event.add("DTSTART", datetime.fromisoformat(session["held_at"]))
    event.add("DURATION", LENGTH)
    event.add("SUMMARY", SUMMARY.of(language).format(title=session["title"]))
    event.add("LOCATION", place_of(session, language, link=True))
    event.add("DESCRIPTION", f"{call_title(session['call'], language)}\n{session['reference']}\n{url}")
    event.add("URL", url)
    event.add("STATUS", "CANCELLED" if cancelled else "CONFIRMED")
    if not cancelled:
        event.add_component(_alarm(session["title"]))
    calendar = Calendar()
    calendar.add("PRODID", PRODUCER)
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _alarm(title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", title)
    alarm.add("TRIGGER", timedelta(days=-1))
    return alarm
