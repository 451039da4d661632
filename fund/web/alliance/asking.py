"""Asking members for their confirmation, and catalysts for a word."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from fund.edge.access import SIGNED_IN, access
from fund.edge.limits import limiter
from fund.edge.requests import current_actor, current_session
from fund.models import Application, Member
from fund.services.alliance import find_member
from fund.services.consents import ask_consents, living_links, members_to_ask, take_back_request
from fund.services.endorsements import ask_endorsement
from fund.web.alliance.blueprint import attempt, blueprint
from fund.web.applicant.own import own_file

# Each press writes a mail: enough for any alliance, too few to pester anybody.
MAILS = "60 per hour"


@blueprint.post("/mes-dossiers/<reference>/alliance/demander")
@access(SIGNED_IN)
@limiter.limit(MAILS, key_func=lambda: current_actor().reference)
def ask(reference: str) -> Response:
    """Ask the member named, or (none named) all whose turn it is."""
    application = own_file(reference)
    if "member" in request.form:
        members = [_member_meant(application)]
    else:
        members = members_to_ask(application, living_links(current_session(), application))
    if members and attempt(lambda session: ask_consents(session, current_actor(), application, members)):
        sentence = ngettext("One message is on its way.", "%(num)s messages are on their way.", len(members))
        flash(sentence + " " + gettext("You will be told of each answer."), "success")
    return redirect(url_for("alliance.show", reference=reference, _anchor="members"), 303)


@blueprint.post("/mes-dossiers/<reference>/alliance/reprendre")
@access(SIGNED_IN)
def take_back(reference: str) -> Response:
    application = own_file(reference)
    member = _member_meant(application)
    if attempt(lambda session: take_back_request(session, current_actor(), application, member)):
        flash(gettext("The link of %(name)s no longer works.", name=member.organisation.name), "success")
    return redirect(url_for("alliance.show", reference=reference, _anchor="members"), 303)


@blueprint.post("/mes-dossiers/<reference>/alliance/catalyseurs")
@access(SIGNED_IN)
@limiter.limit(MAILS, key_func=lambda: current_actor().reference)
def ask_catalyst(reference: str) -> Response:
    application = own_file(reference)
    catalyst = request.form.get("catalyst", "")
    if attempt(lambda session: ask_endorsement(session, current_actor(), application, catalyst)):
        flash(gettext("The catalyst is asked, and can read your file. You will be told of the answer."), "success")
    return redirect(url_for("alliance.show", reference=reference, _anchor="catalysts"), 303)


def _member_meant(application: Application) -> Member:
    """Raises NotFound for a member that is gone."""
    number = request.form.get("member", "")
    return find_member(application, int(number) if number.isdecimal() and len(number) < 19 else 0)
