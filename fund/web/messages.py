"""Messages and deadlines that were given up after their last attempt: an officer sees why, and sends them again.

/messages-en-attente                  what was parked
/messages-en-attente/renvoyer         send all of it again
/messages-en-attente/<row>/renvoyer   send one again
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.i18n import current_language
from fund.edge.requests import current_session, writing
from fund.messages.render import subject_of
from fund.models import OutboxRow, OutboxState
from fund.services import outbox
from workflows.permissions import Role
from workflows.topics import Deadline

blueprint = Blueprint("messages", __name__)

PARKED_ROLES = (Role.OFFICER, Role.ADMIN)
DESK = only(*PARKED_ROLES)
SHOWN_MAXIMUM = 100
DEADLINES: dict[str, Any] = {
    Deadline.CALL_OPENS: _l("Opening of a call at its date"),
    Deadline.CALL_CLOSES: _l("Closing of a call at its date"),
    Deadline.CALL_REMINDER: _l("Reminder before a call closes"),
    Deadline.CONSENTS_OUTDATED: _l("Members to be asked again after a change"),
    Deadline.DOCUMENT_SCAN: _l("Virus scan of a document"),
    Deadline.DISBURSEMENT_DUE: _l("Release of a payment at its date"),
    Deadline.REPORT_DUE: _l("Reminder of a report"),
    Deadline.REVIEW_DUE: _l("Reminder of a review"),
    Deadline.ASSIGNMENT_PLAN: _l("Proposal of who reads what"),
    Deadline.SESSION_RELEASE: _l("Release of a session’s decisions"),
    Deadline.WAITLIST_MOVES: _l("Moving of a waiting list"),
    Deadline.LEDGER_CHECK: _l("Nightly check of the ledger"),
}


@blueprint.get("/messages-en-attente")
@access(DESK)
def index() -> str:
    rows = outbox.list_rows(current_session(), (OutboxState.PARKED,), limit=SHOWN_MAXIMUM + 1)
    return render_template(
        "outbox/index.html",
        rows=[(row, title_of(row)) for row in rows[:SHOWN_MAXIMUM]],
        is_cut=len(rows) > SHOWN_MAXIMUM,
        maximum=SHOWN_MAXIMUM,
    )


def title_of(row: OutboxRow) -> str:
    """What the row is about: the subject of its mail, or what the program was to do at that instant."""
    known = DEADLINES.get(row.topic)
    return str(known) if known is not None else subject_of(row, current_language())


@blueprint.post("/messages-en-attente/renvoyer")
@access(DESK)
def resend_all() -> Response:
    with writing() as session:
        count = outbox.retry_all(session)
    flash(
        ngettext("One message is on its way again.", "%(num)s messages are on their way again.", count), "success"
    )
    return redirect(url_for(".index"), 303)


@blueprint.post("/messages-en-attente/<int:row>/renvoyer")
@access(DESK)
def resend(row: int) -> Response:
    """Send one again; a row that is no longer parked is a 404."""
    with writing() as session:
        outbox.retry(session, row)
    flash(gettext("The message is on its way again."), "success")
    return redirect(url_for(".index"), 303)
