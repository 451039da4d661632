"""What a session gives to take along: its event for a calendar, and its papers as one PDF."""

from flask import Response, abort, current_app, url_for

from fund.documents.invitation import invitation_ics
from fund.documents.session_pack import session_pack_pdf
from fund.edge.access import access
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session
from fund.models.base import utc_now
from fund.services.minutes import describe_session
from fund.services.session_papers import describe_pack
from fund.web.committee.own import READERS, blueprint, find_sitting
from workflows.committee import CommitteeState

ANNOUNCED = tuple(state for state in CommitteeState if state is not CommitteeState.DRAFT)


@blueprint.get("/comite/<reference>/calendrier.ics")
@access(READERS)
def calendar(reference: str) -> Response:
    """The event; before the session is convened it has no date that holds (404)."""
    sitting = find_sitting(reference)
    if sitting.state not in ANNOUNCED:
        abort(404)
    content = invitation_ics(
        describe_session(current_session(), sitting)["session"],
        url=current_app.config["FUND_SETTINGS"].public_url + url_for("committee.show", reference=reference),
        version=sitting.version,
        cancelled=sitting.state is CommitteeState.CANCELLED,
        language=current_language(),
        instant=utc_now(),
    )
    return _file(content, "text/calendar; charset=utf-8", f"{sitting.reference}.ics")


@blueprint.get("/comite/<reference>/dossier.pdf")
@access(READERS)
def pack(reference: str) -> Response:
    """The papers for the one who asks: without the files in which she has an interest."""
    sitting, language = find_sitting(reference), current_language()
    facts = describe_pack(current_session(), current_actor(), sitting)
    name = f"{'dossier-de-seance' if language == 'fr' else 'papers'}-{sitting.reference}.pdf"
    return _file(session_pack_pdf(facts, language, utc_now()), "application/pdf", name)


def _file(content: bytes, kind: str, name: str) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
