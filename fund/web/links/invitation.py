"""A co-author takes up an invitation: with her account, or by opening one right here."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import PUBLIC, access
from fund.edge.i18n import remember_language
from fund.edge.requests import current_session, writing
from fund.edge.sentences import conflict_sentence
from fund.errors import Conflict
from fund.models import LinkPurpose, Person, PersonalLink
from fund.services.registration import find_by_address, open_account
from fund.services.sharing import join
from fund.web.links.blueprint import blueprint, follow, guarded
from fund.web.links.passwords import NewAccountForm, save_password
from fund.web.people import begin_session, current_person, end_session
from fund.web.saving import REFUSED, UNUSABLE

Page = str | Response | tuple[str, int]


@blueprint.get("/invitation/<text>")
@access(PUBLIC)
@guarded
def invitation(text: str) -> Page:
    link = follow(text, LinkPurpose.CO_AUTHOR)
    form = NewAccountForm()
    form.name.data = link.name
    return _page(text, link, form)


@blueprint.post("/invitation/<text>")
@access(PUBLIC)
@guarded
def accept(text: str) -> Page:
    """Join with the account that is signed in, or open one. ``switch`` signs another account out."""
    link = follow(text, LinkPurpose.CO_AUTHOR)
    if request.form.get("action") == "switch":
        end_session()
        return redirect(url_for("account.sign_in", next=url_for("links.invitation", text=text)), 303)
    person = current_person()
    return _join(text, link, person) if person is not None else _open(text, link)


def _join(text: str, link: PersonalLink, person: Person) -> Page:
    try:
        with writing() as session:
            application = join(session, link, person)
    except Conflict as conflict:
        flash(conflict_sentence(conflict.code), "danger")
        return _page(text, link, NewAccountForm()), REFUSED
    flash(gettext("You have joined the file %(reference)s.", reference=application.reference), "success")
    return redirect(url_for("applicant.show", reference=application.reference), 303)


def _open(text: str, link: PersonalLink) -> Page:
    form = NewAccountForm()
    if not form.is_usable():
        return _page(text, link, form), UNUSABLE
    opened: list[Person] = []

    def act() -> None:
        with writing() as session:
            person = open_account(session, link, name=form.name.data or "", password=form.password.data or "")
            join(session, link, person)
            opened.append(person)

    if status := save_password(form, act):
        return _page(text, link, form), status
    begin_session(opened[0])
    flash(gettext("Your account is open, and you have joined the file."), "success")
    reference = link.application.reference if link.application else ""
    response = redirect(url_for("applicant.show", reference=reference), 303)
    remember_language(response, opened[0].locale)
    return response


def _page(text: str, link: PersonalLink, form: NewAccountForm) -> str:
    return render_template(
        "links/invitation.html",
        text=text,
        link=link,
        application=link.application,
        form=form,
        me=current_person(),
        account=find_by_address(current_session(), link.email),
    )
