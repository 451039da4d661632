"""The officers' list of reviewers and committee members, and invitations by mail."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.limits import limiter
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import conflict_sentence
from fund.errors import Conflict
from fund.models import Person
from fund.models.base import utc_now
from fund.services.invitations import find_pending, invite, invite_again
from fund.services.reviewers import list_reviewers
from fund.web.lists import cursor, neighbours
from fund.web.reviewers.forms import InvitationForm
from fund.web.reviewers.own import WATCHERS, blueprint, find_judge
from fund.web.saving import UNUSABLE, save
from workflows.engine import paris_day
from workflows.permissions import Role

Page = str | Response | tuple[str, int]
LISTED = (Role.REVIEWER, Role.COMMITTEE)


@blueprint.get("/evaluateurs")
@access(only(*WATCHERS))
def index() -> Page:
    asked = request.args.get("role", Role.REVIEWER.value)
    role = next((role for role in LISTED if role.value == asked), None)
    if role is None:
        abort(404)
    text = request.args.get("texte", "").strip()[:100]
    page = list_reviewers(current_session(), role=role, text=text, cursor=cursor())
    return render_template(
        "reviewers/index.html",
        page=page,
        neighbours=neighbours(page),
        role=role,
        roles=LISTED,
        text=text,
        now=utc_now(),
        today=paris_day(utc_now()),
        can_invite=current_actor().has_role(Role.OFFICER),
    )


@blueprint.get("/evaluateurs/inviter")
@access(only(Role.OFFICER))
def ask() -> Page:
    return render_template("reviewers/invite.html", form=InvitationForm())


@blueprint.post("/evaluateurs/inviter")
@access(only(Role.OFFICER))
@limiter.limit("60 per hour", key_func=lambda: current_actor().reference)
def send() -> Page:
    """Invite by mail; an account that exists gets the role at once, and a message."""
    form = InvitationForm()
    given = form.read()
    invited: list[Person] = []
    if given is not None:
        chosen = {Role.REVIEWER: given["reviewer"], Role.COMMITTEE: given["committee"]}
        roles = [role for role, is_chosen in chosen.items() if is_chosen]
        name, email = given["name"], given["email"]
        status = save(
            form,
            lambda session: invited.append(invite(session, current_actor(), email=email, name=name, roles=roles)),
        )
    else:
        status = UNUSABLE
    if status:
        return render_template("reviewers/invite.html", form=form), status
    [person] = invited
    if find_pending(current_session(), [person]):
        sentence = gettext(
            "An invitation is on its way to %(address)s. It is good for 14 days.", address=person.email
        )
    else:
        sentence = gettext(
            "%(name)s has an account already, has the role from now on, and is told.", name=person.name
        )
    flash(sentence, "success")
    return redirect(url_for("reviewers.show", reference=person.reference), 303)


@blueprint.post("/evaluateurs/<reference>/relancer")
@access(only(Role.OFFICER))
def send_again(reference: str) -> Page:
    """A new link for who has not taken the invitation up; the earlier one ends."""
    person = find_judge(reference)
    try:
        with writing() as session:
            invite_again(session, current_actor(), person)
    except Conflict as conflict:
        flash(conflict_sentence(conflict.code), "danger")
    else:
        flash(gettext("A new invitation is on its way to %(address)s.", address=person.email), "success")
    return redirect(url_for("reviewers.show", reference=reference), 303)
