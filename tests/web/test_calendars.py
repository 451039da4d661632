"""Calendar files as a calendar program reads them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Alarm, Calendar, Event
from werkzeug.test import TestResponse

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Award, Call
from fund.models.base import utc_now
from fund.services import applications
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]
Make = Callable[..., str]
WEEK, DAY = timedelta(days=-7), timedelta(days=-1)


def events(answer: TestResponse) -> dict[str, Event]:
    """The events of the file, by what its UID says behind the reference."""
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.data)
    assert (str(calendar["VERSION"]), calendar.errors) == ("2.0", [])
    return {event.uid.partition("@")[0].rpartition("-")[2]: event for event in calendar.events}


def alarms(event: Event) -> list[timedelta]:
    """How long before (or after) the event's start it reminds."""
    found = (part.TRIGGER for part in event.subcomponents if isinstance(part, Alarm))
    return [trigger for trigger in found if isinstance(trigger, timedelta)]


def of_file(browser: Browser, reference: str) -> dict[str, Event]:
    return events(browser.get(f"/mes-dossiers/{reference}/calendrier.ics"))


# --- calls ---------------------------------------------------------------------------------------------------


def test_everybody_can_take_the_closing_of_a_call(
    browser: Browser, factory: SessionFactory, world: World, call_reference: str
) -> None:
    answer = browser.get(f"/appels/{call_reference}/calendrier.ics")
    name = f"fonds-odd17-{call_reference}.ics"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    (closing,) = events(answer).values()
    with factory() as session:
        closes_at = session.get_one(Call, world.call_id).closes_at
    assert closing.start == closes_at.replace(microsecond=0)
    # Instants in UTC: no time zone that a calendar program would have to know.
    assert f"DTSTART:{closes_at.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\n" in answer.text
    assert "TZID" not in answer.text
    assert closing.stamp.tzinfo is not None
    assert alarms(closing) == [WEEK, DAY]
    assert "Alliances pour les territoires" in closing.summary
    assert closing.url.endswith(f"/appels/{call_reference}")
    browser.get("/langue/en")
    (english,) = events(browser.get(f"/appels/{call_reference}/calendrier.ics")).values()
    assert english.summary == "Closing: Alliances for territories"
    assert english.uid == closing.uid


def test_an_opening_that_is_ahead_is_in_it(browser: Browser, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        call = session.get_one(Call, world.call_id)
        reference, call.opens_at = call.reference, utc_now() + timedelta(days=3)
    found = events(browser.get(f"/appels/{reference}/calendrier.ics"))
    assert set(found) == {"opening", "closing"}
    assert found["opening"].start < found["closing"].start


def test_a_call_postponed_moves_its_event(
    browser: Browser, factory: SessionFactory, world: World, call_reference: str
) -> None:
    path = f"/appels/{call_reference}/calendrier.ics"
    before = events(browser.get(path))["closing"]
    with unit_of_work(factory) as session:
        call = session.get_one(Call, world.call_id)
        inputs = {"closes_at": call.closes_at + timedelta(days=30), "reason": "Plus de temps."}
        take_step(session, world["officer"], call, "extend", inputs=inputs)
    after = events(browser.get(path))["closing"]
    assert after.uid == before.uid
    assert after.sequence > before.sequence
    assert after.start == before.start + timedelta(days=30)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_a_title_says_stays_a_title(
    browser: Browser, factory: SessionFactory, world: World, call_reference: str, language: str
) -> None:
    title = "Terres, eaux ; forêts\\ \r\nATTACH:https://ailleurs.example\r\nEND:VEVENT " + "é" * 120
    with unit_of_work(factory) as session:
        call = session.get_one(Call, world.call_id)
        call.title_fr = call.title_en = title
    browser.get(f"/langue/{language}")
    answer = browser.get(f"/appels/{call_reference}/calendrier.ics")
    (closing,) = events(answer).values()
    assert "ATTACH" not in closing
    assert closing.summary.endswith(title.replace("\r\n", "\n"))
    assert max(len(line) for line in answer.data.split(b"\r\n")) <= 75


def test_an_unknown_call_and_an_unpublished_one_have_no_calendar(
    sign_in: SignIn, browser: Browser, factory: SessionFactory, world: World
) -> None:
    assert browser.get("/appels/AP-2345-6789/calendrier.ics").status_code == 404
    with unit_of_work(factory) as session:
        call = world.make_call(session)
        take_step(session, world["officer"], call, "cancel", inputs={"reason": "Annulé."})
        reference = call.reference
    for one in (browser, sign_in("officer")):
        assert one.get(f"/appels/{reference}/calendrier.ics").status_code == 404


def test_the_pages_lead_to_the_files(sign_in: SignIn, make: Make, call_reference: str) -> None:
    applicant, reference = sign_in("applicant"), make("draft")
    for page in (f"/appels/{call_reference}", f"/mes-dossiers/{reference}"):
        assert f'href="{page}/calendrier.ics"' in applicant.get(page).text


# --- one's own file ------------------------------------------------------------------------------------------


def test_an_extension_moves_the_event_of_the_same_uid(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World
) -> None:
    applicant, reference = sign_in("applicant"), make("draft")
    before = of_file(applicant, reference)["closing"]
    until = (utc_now() + timedelta(days=20)).replace(microsecond=0)
    with unit_of_work(factory) as session:
        file = session.query(Application).filter_by(reference=reference).one()
        applications.extend_deadline(session, world["officer"], file, until=until, reason="Crue.")
    after = of_file(applicant, reference)["closing"]
    assert after.uid == before.uid
    assert after.sequence > before.sequence
    assert (before.start < until, after.start) == (True, until)
    assert alarms(after) == [WEEK, DAY]


def test_what_is_done_reminds_nobody_any_more(sign_in: SignIn, make: Make) -> None:
    (closing,) = of_file(sign_in("applicant"), make("submitted")).values()
    assert alarms(closing) == []


def test_the_deadline_of_corrections_is_in_it(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World
) -> None:
    applicant, reference = sign_in("applicant"), make("submitted")
    due = (utc_now() + timedelta(days=9)).replace(microsecond=0)
    with unit_of_work(factory) as session:
        file = session.query(Application).filter_by(reference=reference).one()
        inputs = {"return_due_at": due, "reason": "Le budget manque.", "corrections": {}}
        take_step(session, world["officer"], file, "return", inputs=inputs)
    found = of_file(applicant, reference)
    assert found["corrections"].start == due
    assert [alarms(found[key]) for key in ("closing", "corrections")] == [[], [WEEK, DAY]]
    with unit_of_work(factory) as session:
        file = session.query(Application).filter_by(reference=reference).one()
        take_step(session, world["applicant"], file, "resubmit")
    assert alarms(of_file(applicant, reference)["corrections"]) == []


def test_the_day_of_a_report_is_a_whole_day(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        award: Award = world.active_award(session)
        reference, due_on = award.application.reference, award.reports[0].due_on
    applicant = sign_in("applicant")
    due = of_file(applicant, reference)["due"]
    assert type(due.start) is date
    assert due.start == due_on
    # In the morning of the seventh and of the last day before, not at midnight.
    morning = datetime.combine(due_on, datetime.min.time())
    assert [(morning + trigger).hour for trigger in alarms(due)] == [9, 9]
    assert [(due_on - (morning + trigger).date()).days for trigger in alarms(due)] == [7, 1]
    assert due.sequence >= 1


def test_only_the_authors_of_a_file_have_its_calendar(sign_in: SignIn, make: Make, browser: Browser) -> None:
    path = f"/mes-dossiers/{make('submitted')}/calendrier.ics"
    assert browser.get(path).status_code == 303
    for name in ("stranger", "officer", "reviewer", "partner"):
        assert sign_in(name).get(path).status_code == 404
