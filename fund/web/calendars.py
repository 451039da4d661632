"""Calendar files (iCalendar, RFC 5545) of what has to be done by when.

GET /appels/<ref>/calendrier.ics        a call: its closing, and its opening while that is ahead; for everybody
GET /mes-dossiers/<ref>/calendrier.ics  every deadline of one's own file

An event keeps its UID for ever and its SEQUENCE grows with the version of what it was taken from, so that a file
fetched again after an extension moves the event in a calendar instead of adding a second one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, Response, current_app, url_for
from flask_babel import gettext
from icalendar import Alarm, Calendar, Event
from werkzeug.exceptions import NotFound as PageNotFound

from fund.edge.access import PUBLIC, SIGNED_IN, access
from fund.edge.formats import moment
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session
from fund.models import Application, Call, Report
from fund.models.base import utc_now
from fund.services.access import find
from fund.web.applicant.own import own_file
from workflows.application import ApplicationState
from workflows.report import OWED_STATES

blueprint = Blueprint("calendars", __name__)

PRODUCER = "-//Fonds ODD 17//fonds-odd17//FR"
DAYS_BEFORE = (7, 1)
MORNING = timedelta(hours=9)
"""At which hour of the day one is reminded of a deadline that is a whole day."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One event. ``at`` is an instant (UTC), or a whole day; ``is_pending`` while something is still to be done.

    ``key`` tells the deadlines of one subject apart and, with ``reference``, makes the UID: never change either.
    """

    reference: str
    key: str
    sequence: int
    at: date
    title: str
    text: str
    page: str
    is_pending: bool


@blueprint.get("/appels/<reference>/calendrier.ics")
@access(PUBLIC)
def of_call(reference: str) -> Response:
    call: Call = find(current_session(), current_actor(), Call, reference)
    if not call.is_published:
        raise PageNotFound
    return _answer(call.reference, _deadlines_of_call(call))


@blueprint.get("/mes-dossiers/<reference>/calendrier.ics")
@access(SIGNED_IN)
def of_file(reference: str) -> Response:
    application = own_file(reference)
    return _answer(application.reference, _deadlines_of_file(application))


def _deadlines_of_call(call: Call) -> Iterator[Deadline]:
    now, title = utc_now(), call.title(current_language())
    if call.opens_at > now:
        yield Deadline(
            call.reference,
            "opening",
            call.version,
            call.opens_at,
            gettext("Opening: %(title)s", title=title),
            gettext("From %(instant)s on, files can be submitted.", instant=moment(call.opens_at)),
            url_for("calls.show", reference=call.reference),
            is_pending=True,
        )
    yield Deadline(
        call.reference,
        "closing",
        call.version,
        call.closes_at,
        gettext("Closing: %(title)s", title=title),
        gettext("Files are submitted before %(instant)s, Paris time.", instant=moment(call.closes_at)),
        url_for("calls.show", reference=call.reference),
        is_pending=call.closes_at > now,
    )


def _deadlines_of_file(application: Application) -> Iterator[Deadline]:
    """All of them, also those that are met: who fetches the file again is no longer reminded of these."""
    yield _closing_of(application)
    if application.return_due_at is not None:
        yield _corrections_of(application, application.return_due_at)
    for report in application.award.reports if application.award else ():
        yield _deadline_of_report(application, report)


def _closing_of(application: Application) -> Deadline:
    call = application.call
    # The closing that was published, without the grace that a call's rule may give: nobody should plan on that.
    closes_at = max(call.closes_at, application.extended_to or call.closes_at)
    return Deadline(
        application.reference,
        "closing",
        # The call may move it, and so may an extension of this file: both only ever grow, and so does their sum.
        call.version + application.version,
        closes_at,
        gettext("Submit: %(title)s", title=_title_of(application)),
        _what_to_submit(application, closes_at),
        url_for("applicant.show", reference=application.reference),
        is_pending=application.state is ApplicationState.DRAFT and not call.is_cancelled,
    )


def _what_to_submit(application: Application, closes_at: datetime) -> str:
    if application.submitted_at is None:
        return str(gettext("To be submitted before %(instant)s.", instant=moment(closes_at)))
    return str(gettext("Submitted on %(instant)s.", instant=moment(application.submitted_at)))


def _corrections_of(application: Application, due_at: datetime) -> Deadline:
    return Deadline(
        application.reference,
        "corrections",
        application.version,
        due_at,
        gettext("Corrections due: %(title)s", title=_title_of(application)),
        gettext("To be corrected and submitted again before %(instant)s.", instant=moment(due_at)),
        url_for("applicant.show", reference=application.reference),
        is_pending=application.state is ApplicationState.RETURNED,
    )


def _deadline_of_report(application: Application, report: Report) -> Deadline:
    name = gettext("Final report") if report.final else gettext("Interim report")
    return Deadline(
        report.reference,
        "due",
        report.version,
        report.due_on,
        gettext("%(report)s due: %(title)s", report=name, title=_title_of(application)),
        gettext("The report is to be submitted on this day at the latest."),
        url_for("reports.show", reference=report.reference),
        is_pending=report.state in OWED_STATES,
    )


def _title_of(application: Application) -> str:
    return application.title or application.call.title(current_language())


def _answer(reference: str, deadlines: Iterator[Deadline]) -> Response:
    calendar = Calendar()
    calendar.add("PRODID", PRODUCER)
    calendar.add("VERSION", "2.0")
    for deadline in deadlines:
        calendar.add_component(_event(deadline))
    answer = Response(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    # The reference as the database has it: letters, digits and hyphens.
    answer.headers.set("Content-Disposition", "attachment", filename=f"fonds-odd17-{reference}.ics")
    return answer


def _event(deadline: Deadline) -> Event:
    event = Event()
    event.add("UID", f"{deadline.reference}-{deadline.key}@fonds-odd17")
    event.add("SEQUENCE", deadline.sequence)
    event.add("DTSTAMP", utc_now())
    address = current_app.config["FUND_SETTINGS"].public_url + deadline.page
    event.add("SUMMARY", deadline.title)
    event.add("DESCRIPTION", f"{deadline.text}\n{deadline.reference}\n{address}")
    event.add("URL", address)
    event.add("DTSTART", deadline.at)
    # A deadline takes nobody's time: without this a calendar shows its owner as busy all day.
    event.add("TRANSP", "TRANSPARENT")
    if deadline.is_pending:
        for days in DAYS_BEFORE:
            event.add_component(_alarm(deadline, days))
    return event


def _alarm(deadline: Deadline, days: int) -> Alarm:
    is_day = not isinstance(deadline.at, datetime)
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", deadline.title)
    alarm.add("TRIGGER", timedelta(days=-days) + (MORNING if is_day else timedelta()))
    return alarm
