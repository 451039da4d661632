"""Who writes the file: the people and their rights, and invitations by mail."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from fund.edge.access import SIGNED_IN, access
from fund.edge.labels import label
from fund.edge.limits import limiter
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.models import Application, Collaborator, Person, Right
from fund.schemas.alliance import InvitationInput, RightInput
from fund.services.perform import NotPermitted
from fund.services.sharing import (
    end_right,
    give_right,
    invite,
    list_invitations,
    take_back_invitation,
)
from fund.web.alliance.asking import MAILS
from fund.web.alliance.blueprint import attempt, blueprint
from fund.web.applicant.own import own_file
from fund.web.forms import form_of
from fund.web.saving import UNUSABLE, save
from workflows.permissions import Permission, allows

Page = str | Response | tuple[str, int]


@blueprint.get("/mes-dossiers/<reference>/equipe")
@access(SIGNED_IN)
def team(reference: str) -> Page:
    return _page(own_file(reference), form_of(InvitationInput)())


@blueprint.post("/mes-dossiers/<reference>/equipe")
@access(SIGNED_IN)
@limiter.limit(MAILS, key_func=lambda: current_actor().reference)
def send_invitation(reference: str) -> Page:
    application = _managed(reference)
    form = form_of(InvitationInput)()
    inputs = form.read()
    if inputs is None:
        return _page(application, form), UNUSABLE
    if status := save(form, lambda session: invite(session, current_actor(), application, **inputs)):
        return _page(application, form), status
    flash(gettext("The invitation is on its way to %(address)s.", address=inputs["email"]), "success")
    return redirect(url_for("alliance.team", reference=reference), 303)


@blueprint.post("/mes-dossiers/<reference>/equipe/<person>")
@access(SIGNED_IN)
def change_right(reference: str, person: str) -> Page:
    application = _managed(reference)
    found = _person_of(application, person)
    inputs = form_of(RightInput)().read()
    right = inputs["right"] if inputs else None
    if right and attempt(lambda session: give_right(session, current_actor(), application, found, right)):
        text = gettext("%(name)s can now: %(right)s.", name=found.name, right=label(right).lower())
        flash(text, "success")
    return redirect(url_for("alliance.team", reference=reference), 303)


@blueprint.post("/mes-dossiers/<reference>/equipe/<person>/retirer")
@access(SIGNED_IN)
def take_off(reference: str, person: str) -> Page:
    application = _managed(reference)
    found = _person_of(application, person)
    is_done = attempt(lambda session: end_right(session, current_actor(), application, found))
    if is_done:
        flash(gettext("%(name)s no longer sees this file.", name=found.name), "success")
    if is_done and found.id == current_actor().person_id:
        return redirect(url_for("applicant.index"), 303)
    return redirect(url_for("alliance.team", reference=reference), 303)


@blueprint.post("/mes-dossiers/<reference>/equipe/invitations/<int:number>/reprendre")
@access(SIGNED_IN)
def take_invitation_back(reference: str, number: int) -> Page:
    application = _managed(reference)
    if attempt(lambda session: take_back_invitation(session, current_actor(), application, number)):
        flash(gettext("The invitation no longer works."), "success")
    return redirect(url_for("alliance.team", reference=reference), 303)


def _page(application: Application, form: Any) -> str:
    actor = current_actor()
    form.right.choices = [choice for choice in form.right.choices if choice.value]
    if not form.is_submitted():
        form.right.data = Right.WRITE.value
    return render_template(
        "alliance/team.html",
        application=application,
        form=form,
        people=_people_of(application),
        invitations=list_invitations(current_session(), application),
        rights=list(Right),
        may_manage=allows(Permission.APPLICATION_SIGN, actor, application.relations(actor)),
        me=actor.reference,
    )


def _people_of(application: Application) -> list[tuple[Person, Right]]:
    """Those who may sign first, then by name."""
    query = (
        select(Person, Collaborator.right)
        .join(Collaborator, Collaborator.person_id == Person.id)
        .where(Collaborator.application_id == application.id)
    )
    order = list(reversed(Right))
    rows = current_session().execute(query).all()
    return sorted(((row[0], row[1]) for row in rows), key=lambda pair: (order.index(pair[1]), pair[0].name))


def _person_of(application: Application, reference: str) -> Person:
    found = next((c.person for c in application.collaborators if c.person.reference == reference), None)
    if found is None:
        raise NotFound(reference)
    return found


def _managed(reference: str) -> Application:
    """One's own file, if one may sign it. Raises NotFound, NotPermitted."""
    application, actor = own_file(reference), current_actor()
    if not allows(Permission.APPLICATION_SIGN, actor, application.relations(actor)):
        raise NotPermitted(Permission.APPLICATION_SIGN)
    return application
