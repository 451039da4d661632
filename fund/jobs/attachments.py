"""What goes along with a message: the calendar file of a session of the committee.

It is made from the row alone, like the message: a session that was moved since sends a row of its own, whose
higher sequence replaces this event in a calendar.
"""

from email.message import EmailMessage

from fund.documents.invitation import invitation_ics
from fund.messages.render import path_of
from fund.models import OutboxRow
from workflows.topics import Topic

WITH_CALENDAR = {Topic.COMMITTEE_CONVENED: False, Topic.COMMITTEE_CANCELLED: True}
"""By topic, whether the event is called off."""


def attach_files(mail: EmailMessage, row: OutboxRow, locale: str, *, public_url: str) -> None:
    payload = row.payload
    if row.topic not in WITH_CALENDAR or "version" not in payload:  # rows of former releases know no version
        return
    session = {
        "reference": payload["reference"],
        "title": payload["title"],
        "held_at": payload["held_at"],
        "place": payload.get("place", ""),
        "link": payload.get("link", ""),
        "call": {"title_fr": payload["call_title_fr"], "title_en": payload["call_title_en"]},
    }
    content = invitation_ics(
        session,
        url=public_url + path_of(row),
        version=payload["version"],
        cancelled=WITH_CALENDAR[Topic(row.topic)],
        language=locale,
        instant=row.created_at,
    )
    mail.add_attachment(
        content,
        maintype="text",
        subtype="calendar",
        params={"method": "PUBLISH", "charset": "utf-8"},
        filename=f"{payload['reference']}.ics",
    )
