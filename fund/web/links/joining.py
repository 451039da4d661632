"""Whoever is invited to read files or to decide on them chooses a password, and goes on to the own profile."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import PUBLIC, access
from fund.edge.i18n import current_language, remember_language
from fund.edge.requests import writing
from fund.models import LinkPurpose, Person
from fund.services.invitations import take_up
from fund.web.links.blueprint import blueprint, follow, guarded
from fund.web.links.passwords import NewAccountForm, save_password
from fund.web.people import begin_session
from fund.web.saving import UNUSABLE

Page = str | Response | tuple[str, int]


@blueprint.get("/rejoindre/<text>")
@access(PUBLIC)
@guarded
def join(text: str) -> Page:
    link = follow(text, LinkPurpose.INVITATION)
    form = NewAccountForm()
    form.name.data = link.name
    return render_template("links/join.html", form=form, link=link)


@blueprint.post("/rejoindre/<text>")
@access(PUBLIC)
@guarded
def take_part(text: str) -> Page:
    """Open the account and sign in; whoever was signed in at this browser is signed out by it."""
    link = follow(text, LinkPurpose.INVITATION)
    form = NewAccountForm()
    opened: list[Person] = []

    def act() -> None:
        given = {"name": form.name.data or "", "password": form.password.data or ""}
        with writing() as session:
            opened.append(take_up(session, link, locale=current_language(), **given))

    status = save_password(form, act) if form.is_usable() else UNUSABLE
    if status:
        return render_template("links/join.html", form=form, link=link), status
    [person] = opened
    begin_session(person)
    flash(gettext("Your account is open. Say now what you can judge, and whom you are tied to."), "success")
    response = redirect(url_for("reviewers.show", reference=person.reference), 303)
    remember_language(response, person.locale)
    return response
