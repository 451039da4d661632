"""What the fund publishes as open data, and what it withholds.

/donnees-ouvertes            the files, whole and valid, with their licence
/donnees-ouvertes/<name>     one file
/donnees-ouvertes/retenues   for staff: each award that is withheld, and why
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask_babel import lazy_gettext as _l

from config.settings import Settings
from fund.edge.access import PUBLIC, access, only
from fund.edge.open_data import OpenData, Publishing
from fund.edge.requests import current_actor, current_session
from fund.edge.scdl_words import SENTENCES
from fund.models import Award
from fund.schemas.datapackage import CSV, DESCRIPTION, JSON, LICENSE, MEDIA_TYPES
from fund.services.listing import Order, paginate
from fund.services.publication import WithheldBecause, count_withheld, reason_of, withheld_awards
from fund.web.lists import cursor, neighbours
from workflows.permissions import STAFF_ROLES

blueprint = Blueprint("open_data", __name__)

CHUNK = 64 * 1024
LATEST_FIRST = Order((Award.moved_at, Award.id))
KINDS = {
    CSV: _l("Table in the form SCDL “subventions” 2.1.1, for spreadsheets and for data.gouv.fr"),
    JSON: _l("Grants in the form 360Giving 1.4.3, for comparing funders"),
    DESCRIPTION: _l("Description of the two files (Data Package), for programs"),
}
REASONS = {
    WithheldBecause.UNSIGNED: _l("The agreement is not signed yet."),
    WithheldBecause.ENDED: _l("The award was refused by its beneficiary or cancelled: there is no grant."),
    WithheldBecause.FAULTY: _l("The standard does not allow it to be published as it is."),
}


@blueprint.get("/donnees-ouvertes")
@access(PUBLIC)
def index() -> str:
    _, data = _publishing().current(current_session())
    counts = {**count_withheld(current_session()), WithheldBecause.FAULTY: len(_by_award(data))}
    return render_template(
        "open_data/index.html",
        data=data,
        kinds=KINDS,
        license=LICENSE,
        withheld=[(REASONS[reason], count) for reason, count in counts.items() if count],
        left_out=Counter(each.file for each in data.left_out),
        is_staff=current_actor().has_role(*STAFF_ROLES),
    )


@blueprint.get("/donnees-ouvertes/<name>")
@access(PUBLIC)
def download(name: str) -> Response:
    """A file as it was made; whoever has it already is told so."""
    if name not in MEDIA_TYPES:
        abort(404)
    publishing = _publishing()
    key, data = publishing.current(current_session())
    offered = data.find(name)
    if offered is None:
        abort(404)
    response = Response(mimetype=MEDIA_TYPES[name])
    response.set_etag(offered.sha256)
    # Kept by whoever fetched it, and asked for again each time: never an old one.
    response.headers["Cache-Control"] = "public, no-cache"
    if request.if_none_match.contains(offered.sha256):
        response.status_code = 304
        return response
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Length"] = str(offered.size)
    response.response = _chunks(publishing.open(key, name))
    return response


@blueprint.get("/donnees-ouvertes/retenues")
@access(only(*STAFF_ROLES))
def withheld() -> str:
    _, data = _publishing().current(current_session())
    faults = _by_award(data)
    query = withheld_awards(current_actor(), faults)
    page = paginate(current_session(), query, LATEST_FIRST, cursor=cursor())
    return render_template(
        "open_data/withheld.html",
        page=page,
        lines=[(award, REASONS[reason_of(award)], faults.get(award.reference, [])) for award in page.items],
        **neighbours(page),
    )


def _publishing() -> Publishing:
    return Publishing.of(cast(Settings, current_app.config["FUND_SETTINGS"]))


def _by_award(data: OpenData) -> dict[str, list[tuple[str, str, Any]]]:
    """By the award's reference: file, column and what the form does not allow there."""
    found: dict[str, list[tuple[str, str, Any]]] = {}
    for each in data.left_out:
        told = [
            (each.file, name, SENTENCES[reason]) for name, reasons in each.faults.items() for reason in reasons
        ]
        found.setdefault(each.reference, []).extend(told)
    return found


def _chunks(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while chunk := content.read(CHUNK):
            yield chunk
