"""Whether a receipt or minutes are genuine, for whoever was given them: a page that shows nothing of a file.

GET /verifier?reference=…&empreinte=…
"""

from flask import Blueprint, render_template, request

from fund.edge.access import PUBLIC, access
from fund.edge.limits import limiter
from fund.edge.requests import current_session
from fund.models import CommitteeSession
from fund.services.minutes import verify_minutes
from fund.services.receipts import verify_receipt

blueprint = Blueprint("verify", __name__)

LONGEST = 200


@blueprint.get("/verifier")
@access(PUBLIC)
@limiter.limit("60 per 5 minutes")
def index() -> str:
    reference = request.args.get("reference", "").strip()[:LONGEST]
    digest = request.args.get("empreinte", "").strip()[:LONGEST]
    is_asked = bool(reference and digest)
    session = current_session()
    of_session = reference.upper().startswith(f"{CommitteeSession.reference_prefix}-")
    return render_template(
        "public/verify.html",
        reference=reference,
        digest=digest,
        is_asked=is_asked,
        is_begun=bool(reference or digest),
        receipt=verify_receipt(session, reference, digest) if is_asked and not of_session else None,
        sitting=verify_minutes(session, reference, digest) if is_asked and of_session else None,
    )
