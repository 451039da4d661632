"""Documents of a file: the alliance's page of them, and the download for everybody who may see the file.

GET  /mes-dossiers/<ref>/documents           every place, with its document and its earlier versions
POST /mes-dossiers/<ref>/documents           hand one in (slot, file); JSON for the page's script
POST /mes-dossiers/<ref>/documents/retirer   take one back (document)
GET  /documents/<ref>                        the content
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast
from urllib.parse import quote

import structlog
from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    get_template_attribute,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from config.settings import Settings
from fund.edge.access import SIGNED_IN, access
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session, wants_json, writing
from fund.edge.sentences import conflict_sentence, problem_sentence, reason_sentence
from fund.errors import Conflict, InvalidInput
from fund.forms.fields import Problem
from fund.models import Application, Document
from fund.services import documents
from fund.services.access import find_document
from fund.services.documents import Desk, Upload
from fund.services.perform import NotEditable
from fund.services.places import Place, is_open, leftovers_of, places_of
from fund.storage.blobs import SIZE_LIMIT, BlobStore
from fund.storage.kinds import KINDS
from fund.web.applicant.own import own_file
from fund.web.saving import REFUSED, UNUSABLE
from workflows.application import ApplicationState, CorrectionKind
from workflows.permissions import STAFF_ROLES

blueprint = Blueprint("documents", __name__)
log = structlog.get_logger()

CHUNK = 64 * 1024
# A file that a browser should open all the same has neither scripts nor an origin of ours.
SANDBOX = "sandbox; default-src 'none'"

Page = str | AnyResponse | tuple[str | AnyResponse, int]


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place as its card shows it. ``group`` is the heading under which it stands.

    ``correction`` is what the fund wants changed, ``error`` why the file that was just sent is not taken.
    """

    slot: str
    group: str
    title: str
    help: str
    required: bool
    kinds: str
    accept: str
    current: Document | None
    earlier: list[Document]
    is_open: bool
    correction: str = ""
    error: str = ""


@blueprint.get("/mes-dossiers/<reference>/documents")
@access(SIGNED_IN)
def index(reference: str) -> Page:
    return _page(own_file(reference))


@blueprint.post("/mes-dossiers/<reference>/documents")
@access(SIGNED_IN)
def upload(reference: str) -> Page:
    """Hand a document in; a refusal stands in its place, and everything else on the page is as it was."""
    application, slot = own_file(reference), request.form.get("slot", "")
    try:
        sent = _sent_file(request.files.get("file"))
        with writing() as session:
            document = documents.hand_in(session, current_actor(), application, slot, sent, desk=desk())
    except InvalidInput as refusal:
        return _refusal(application, slot, problem_sentence(refusal.errors["file"][0]), UNUSABLE)
    except NotEditable as refusal:
        return _refusal(application, slot, reason_sentence(refusal.reason), REFUSED)
    except Conflict as conflict:
        return _refusal(application, slot, conflict_sentence(conflict.code), REFUSED)
    message = gettext("“%(name)s” is handed in.", name=document.name)
    if wants_json():
        return jsonify(message=message, card=_card(application, slot))
    flash(message, "success")
    return redirect(url_for(".index", reference=reference, _anchor=slot), 303)


@blueprint.post("/mes-dossiers/<reference>/documents/retirer")
@access(SIGNED_IN)
def remove(reference: str) -> Page:
    application = own_file(reference)
    with writing() as session:
        document = documents.remove(session, current_actor(), application, request.form.get("document", ""))
    flash(gettext("“%(name)s” was taken back.", name=document.name), "success")
    return redirect(url_for(".index", reference=reference, _anchor=document.slot), 303)


@blueprint.get("/documents/<reference>")
@access(SIGNED_IN)
def download(reference: str) -> Response:
    """The content, to be kept and never shown by the browser itself."""
    actor = current_actor()
    document = find_document(current_session(), actor, reference)
    if actor.has_role(*STAFF_ROLES):
        log.info("file_read", actor=actor.reference, file=document.application.reference, part=reference)
    return send_document(document)


def send_document(document: Document) -> Response:
    """The content as an attachment, for whoever may read it. Raises Conflict (``document_infected``)."""
    content = documents.open_content(document, desk().store)
    return Response(
        _chunks(content),
        mimetype=None,
        content_type=document.media_type,
        headers={
            "Content-Disposition": _attachment(document.name),
            "Content-Length": str(document.size),
            "Content-Security-Policy": SANDBOX,
        },
    )


def desk() -> Desk:
    """Where this application keeps contents."""
    settings = cast(Settings, current_app.config["FUND_SETTINGS"])
    return Desk(BlobStore(settings.storage_url), scans=settings.clamd_url is not None)


def upload_of(sent: FileStorage) -> Upload:
    return Upload(sent.filename or "", cast(BinaryIO, sent.stream))


def views_of(application: Application, *, slot: str = "", error: str = "") -> list[PlaceView]:
    """Every place with what stands in it; ``error`` belongs to the place ``slot``."""
    versions = documents.list_versions(current_session(), application)
    may_write = documents.may_write(current_actor(), application)
    return [
        _view(application, place, versions.get(place.slot, []), may_write, error if place.slot == slot else "")
        for place in places_of(application)
    ]


def _view(
    application: Application, place: Place, versions: list[Document], may_write: bool, error: str
) -> PlaceView:
    current = next((document for document in versions if document.is_present), None)
    is_returned = application.state is ApplicationState.RETURNED
    mark = application.corrections.get(place.slot) if is_returned else None
    return PlaceView(
        slot=place.slot,
        group=_group(application, place),
        title=_title(place),
        help=place.help.of(current_language()),
        required=place.required,
        kinds=gettext(", ").join(label(group) for group in place.groups),
        accept=",".join(f".{name}" for name, kind in KINDS.items() if kind.group in place.groups),
        current=current,
        earlier=[document for document in versions if document is not current],
        is_open=may_write and is_open(application, place),
        correction=gettext("%(kind)s: %(reason)s", kind=label(CorrectionKind(mark["kind"])), reason=mark["reason"])
        if mark
        else "",
        error=error,
    )


def _group(application: Application, place: Place) -> str:
    section = application.rules.form.find(place.part)
    if section is not None:
        return section.title.of(current_language())
    return str(gettext("Evidence of co-financing") if place.line else gettext("Documents asked for by the call"))


def _title(place: Place) -> str:
    if place.line is not None:
        return str(gettext("Evidence of the grant: %(line)s", line=place.line.label or place.line.account))
    title = place.label.of(current_language())
    return f"{title} – {place.member.organisation.name}" if place.member else title


def _page(application: Application, *, slot: str = "", error: str = "") -> str:
    views = views_of(application, slot=slot, error=error)
    known = {view.slot for view in views}
    return render_template(
        "documents/index.html",
        application=application,
        views=views,
        leftovers=leftovers_of(application, places_of(application)),
        may_write=any(view.is_open for view in views),
        maximum=SIZE_LIMIT,
        # A place that is gone has no card to bear the sentence: it then stands above them all.
        refused=(slot if slot in known else "", error) if error else None,
    )


def _card(application: Application, slot: str) -> str:
    view = next(view for view in views_of(application) if view.slot == slot)
    return str(get_template_attribute("documents/_place.html", "place_card")(view, application.reference))


def _refusal(application: Application, slot: str, sentence: str, status: int) -> Page:
    if wants_json():
        return jsonify(message=sentence), status
    return _page(application, slot=slot, error=sentence), status


def _sent_file(sent: FileStorage | None) -> Upload:
    """Raises InvalidInput where no file was chosen."""
    if sent is None or not sent.filename:
        raise InvalidInput({"file": [Problem("file_absent")]})
    return upload_of(sent)


def _chunks(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while chunk := content.read(CHUNK):
            yield chunk


def _attachment(name: str) -> str:
    """RFC 6266: the name in full for every present browser, and plain ASCII for whatever else reads it."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
