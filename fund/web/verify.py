"""Whether a receipt, minutes or an agreement are genuine, for whoever was given them: it shows nothing of a file.

GET /verifier?reference=…&empreinte=…
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from fund.edge.access import PUBLIC, access
from fund.edge.limits import limiter
from fund.edge.requests import current_session
from fund.models import Agreement, CommitteeSession
from fund.services.minutes import verify_minutes
from fund.services.receipts import verify_receipt
from fund.services.signatures import verify_agreement

blueprint = Blueprint("verify", __name__)

LONGEST = 200
# By what the reference begins with; any other is a receipt's. The page knows each by its name.
KINDS: dict[str, tuple[str, Callable[[Session, str, str], Any]]] = {
    CommitteeSession.reference_prefix: ("sitting", verify_minutes),
    Agreement.reference_prefix: ("agreement", verify_agreement),
}


@blueprint.get("/verifier")
@access(PUBLIC)
@limiter.limit("60 per 5 minutes")
def index() -> str:
    reference = request.args.get("reference", "").strip()[:LONGEST]
    digest = request.args.get("empreinte", "").strip()[:LONGEST]
    is_asked = bool(reference and digest)
    kind, verify = KINDS.get(reference.upper().partition("-")[0], ("receipt", verify_receipt))
    found = {kind: verify(current_session(), reference, digest)} if is_asked else {}
    return render_template(
        "public/verify.html",
        reference=reference,
        digest=digest,
        is_asked=is_asked,
        is_begun=bool(reference or digest),
        **found,
    )
