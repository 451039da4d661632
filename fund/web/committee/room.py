"""The room in which the committee decides: one page for all present, which follows what happens in it.

The page asks every other second for what it shows; while nothing has happened the answer is empty (304). Acts are
plain forms, so that the room also works where there is no JavaScript, by loading the page again.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from fund.edge.access import access
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session
from fund.models import AgendaItem
from fund.web.agenda import envelope_of
from fund.web.committee.look import Room, read_room, report_of, reviews_of, tag_of
from fund.web.committee.motions import ClosingForm, MotionForm, closing_form, motion_form
from fund.web.committee.own import READERS, blueprint
from workflows.committee import CommitteeState
from workflows.voting import Choice

ROOM_STATES = (
    CommitteeState.CONVENED,
    CommitteeState.OPEN,
    CommitteeState.CLOSED,
    CommitteeState.SIGNED,
    CommitteeState.RELEASED,
)


@dataclass
class Typed:
    """What a refused act leaves to be corrected: its form, or the notes that stood there and their file."""

    motion: MotionForm | None = None
    closing: ClosingForm | None = None
    noted: AgendaItem | None = None
    notes: str | None = None
    reason: str | None = None
    problems: list[str] = field(default_factory=list)


@blueprint.get("/comite/<reference>/seance")
@access(READERS)
def enter(reference: str) -> str | AnyResponse:
    room = read_room(current_session(), current_actor(), reference)
    if room.sitting.state not in ROOM_STATES:
        return redirect(url_for("committee.show", reference=reference))
    return page_of(room, Typed())


@blueprint.get("/comite/<reference>/seance/etat")
@access(READERS)
def state(reference: str) -> Response:
    """What the room shows, as a part of its page; empty (304) while it is what the asker has."""
    session, actor = current_session(), current_actor()
    tag = tag_of(session, actor, reference)
    if request.if_none_match.contains(_in_language(tag)):
        answer = Response(status=304)
    else:
        known = request.args.get("file", "")
        room = read_room(session, actor, reference, tag=tag, known_file=known)
        answer = Response(render_template("committee/_room.html", **_shown(room, Typed(), known)))
    answer.set_etag(_in_language(tag))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def page_of(room: Room, typed: Typed) -> str:
    """The whole page, with what was typed in an act that was refused."""
    return render_template("committee/room.html", **_shown(room, typed))


def _shown(room: Room, typed: Typed, known_file: str = "") -> dict[str, object]:
    shows_file = room.file_key != known_file
    item = room.current.item if room.current else None
    application = room.current.application if room.current else None
    noted = typed.noted or (item if application else None)
    return {
        "room": room,
        "sitting": room.sitting,
        "item": item,
        "application": application,
        "shows_file": shows_file,
        "reviews": reviews_of(application) if application and shows_file else [],
        "report": report_of(application) if application and shows_file else None,
        "envelope": envelope_of(room.sitting, room.lines),
        "motion_form": typed.motion or (motion_form(item) if item and room.offers_motion else None),
        "closing_form": typed.closing or (closing_form() if room.vote and room.presides else None),
        "noted": noted,
        "notes_key": f"{noted.id}-{sha256(noted.notes.encode()).hexdigest()[:12]}" if noted else "none",
        "choices": tuple(Choice),
        "typed": typed,
        "tag": _in_language(room.tag),
        "form": typed.motion or typed.closing,
    }


def _in_language(tag: str) -> str:
    return f"{tag}-{current_language()}"
