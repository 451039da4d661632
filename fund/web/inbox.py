"""What the person was told: the in-app inbox, beside the mails that say the same."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from fund.edge.access import SIGNED_IN, access
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session, writing
from fund.messages.render import path_of, subject_of
from fund.models import OutboxRow
from fund.services.outbox import count_unread, inbox, mark_read
from fund.web.messages import PARKED_ROLES

blueprint = Blueprint("inbox", __name__)
PAGE_SIZE = 30
LARGEST_ID = 2**63 - 1  # of a BIGINT


@blueprint.get("/messages")
@access(SIGNED_IN)
def index() -> str:
    """The messages, the newest first; ``avant`` is the number of the last one of the page before."""
    before = request.args.get("avant", type=int)
    if before is not None and not 0 <= before <= LARGEST_ID:
        abort(404)
    rows = inbox(current_session(), current_actor(), before_id=before, limit=PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    return render_template(
        "inbox/index.html",
        messages=[(row, subject_of(row, current_language())) for row in shown],
        unread_count=count_unread(current_session(), current_actor()),
        next_before=shown[-1].id if len(rows) > PAGE_SIZE else None,
        is_first=before is None,
        sees_parked=current_actor().has_role(*PARKED_ROLES),
    )


@blueprint.post("/messages/<int:number>")
@access(SIGNED_IN)
def open_message(number: int) -> Response:
    """Mark the message as read and go where it leads."""
    row = None
    if number <= LARGEST_ID:
        query = select(OutboxRow).where(
            OutboxRow.id == number, OutboxRow.recipient_id == current_actor().person_id
        )
        row = current_session().scalar(query)
    if row is None:
        abort(404)
    target = path_of(row)
    with writing() as session:
        mark_read(session, current_actor(), [number])
    return redirect(target, 303)


@blueprint.post("/messages")
@access(SIGNED_IN)
def read_all() -> Response:
    """Mark all as read."""
    with writing() as session:
        mark_read(session, current_actor())
    return redirect(url_for("inbox.index"), 303)
