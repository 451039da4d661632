"""The minutes of a session: read, as a page or a PDF, and signed.

GET, POST /comite/<ref>/proces-verbal       all of it, and the chair's signature under exactly what was read
GET       /comite/<ref>/proces-verbal.pdf   the same on paper
"""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms import HiddenField

from fund.documents.minutes import MinutesSignature, minutes_pdf, minutes_texts
from fund.edge.access import access, only
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session
from fund.models import CommitteeSession
from fund.models.base import utc_now
from fund.schemas.steps import SignMinutesInput
from fund.services.access import find
from fund.services.minutes import describe_session, digest_of, minutes_for, signature_of
from fund.services.steps import take_step
from fund.web.forms import SchemaForm
from fund.web.saving import save
from workflows.committee import CommitteeState, CommitteeStep
from workflows.permissions import STAFF_ROLES, Permission, Role, allows

blueprint = Blueprint("minutes", __name__)

READERS = only(Role.COMMITTEE, Role.CHAIR, *STAFF_ROLES)

Page = str | AnyResponse | tuple[str, int]


class SignForm(SchemaForm):
    """The hash of what is on the page: nothing else can be signed with it."""

    schema = SignMinutesInput
    digest = HiddenField()


@blueprint.get("/comite/<reference>/proces-verbal")
@access(READERS)
def show(reference: str) -> Page:
    return _page(_find(reference), SignForm())


@blueprint.post("/comite/<reference>/proces-verbal")
@access(only(Role.CHAIR))
def sign(reference: str) -> Page:
    sitting, form = _find(reference), SignForm()
    inputs = form.read()
    if inputs is None:
        return _page(sitting, form), 422

    def act(session: Session) -> object:
        return take_step(session, current_actor(), sitting, CommitteeStep.SIGN, inputs=inputs)

    if refused := save(form, act):
        return _page(sitting, form), refused
    flash(gettext("The minutes are signed: nobody can change them any more."), "success")
    return redirect(url_for(".show", reference=reference), 303)


@blueprint.get("/comite/<reference>/proces-verbal.pdf")
@access(READERS)
def pdf(reference: str) -> Response:
    """The paper; unsigned it is marked as a draft, dated the instant at which it is made."""
    sitting = _find(reference)
    facts = minutes_for(current_session(), current_actor(), sitting)
    signed, language = _signature_of(sitting), current_language()
    instant = signed.signed_at if signed else utc_now()
    content = minutes_pdf(facts, signed=signed, language=language, instant=instant)
    name = f"{'proces-verbal' if language == 'fr' else 'minutes'}-{sitting.reference}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type="application/pdf", headers=headers)


def _page(sitting: CommitteeSession, form: SignForm) -> str:
    session, actor = current_session(), current_actor()
    whole, shown = describe_session(session, sitting), minutes_for(session, actor, sitting)
    presides = allows(Permission.COMMITTEE_PRESIDE, actor, sitting.relations(actor))
    # Drawn anew each time: after a refusal the page bears the hash of what it shows now.
    form.digest.data = digest_of(whole)
    texts: dict[str, Any] = minutes_texts(
        shown, signed=_signature_of(sitting), language=current_language(), instant=utc_now()
    )
    return render_template(
        "minutes/show.html",
        sitting=sitting,
        form=form,
        may_sign=presides and sitting.state is CommitteeState.CLOSED,
        hidden_count=sum(item["reference"] is None for item in shown["items"]),
        writes_letters=actor.has_role(*STAFF_ROLES, Role.CHAIR) and sitting.signed_at is not None,
        minutes=texts,
    )


def _signature_of(sitting: CommitteeSession) -> MinutesSignature | None:
    signature = signature_of(current_session(), sitting)
    if signature is None:
        return None
    return MinutesSignature(
        name=signature["name"],
        signed_at=datetime.fromisoformat(signature["instant"]),
        facts_sha256=signature["sha256"],
        journal_hash=signature["journal_hash"],
        verify_url=current_app.config["FUND_SETTINGS"].public_url + url_for("verify.index"),
    )


def _find(reference: str) -> CommitteeSession:
    """The session of that reference, once it has begun; before there is nothing to be read (404)."""
    sitting: CommitteeSession = find(current_session(), current_actor(), CommitteeSession, reference)
    if not sitting.has_begun:
        abort(404)
    return sitting
