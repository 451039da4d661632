"""Opening an account, and a forgotten password, each by a link that is sent to the address.

Whoever asks reads the same words whether or not the address has an account.
"""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import PUBLIC, access
from fund.edge.i18n import current_language, remember_language
from fund.edge.limits import limiter
from fund.edge.requests import current_actor, writing
from fund.models import LinkPurpose, Person
from fund.schemas.alliance import AccountInput, AddressInput
from fund.services.registration import ask_account, ask_password, open_account, renew_password
from fund.web.forms import form_of
from fund.web.links.blueprint import blueprint, follow, guarded
from fund.web.links.passwords import NewAccountForm, PasswordForm, save_password
from fund.web.navigation import desk_of
from fund.web.people import begin_session, end_session
from fund.web.saving import UNUSABLE

Page = str | Response | tuple[str, int]
PER_PLACE, PER_ADDRESS = "30 per hour", "4 per hour"


def _typed_address() -> str:
    return request.form.get("email", "").strip().lower()[:254]


@blueprint.get("/inscription")
@access(PUBLIC)
def register() -> Page:
    actor = current_actor()
    if actor.person_id is not None:
        return redirect(desk_of(frozenset(actor.roles)), 303)
    return render_template("links/register.html", form=form_of(AccountInput)())


@blueprint.post("/inscription")
@access(PUBLIC)
@limiter.limit(PER_PLACE)
@limiter.limit(PER_ADDRESS, key_func=_typed_address)
def ask_registration() -> Page:
    """Each asking writes a mail: limited per network address and per mail address."""
    form = form_of(AccountInput)()
    inputs = form.read()
    if inputs is None:
        return render_template("links/register.html", form=form), UNUSABLE
    with writing() as session:
        ask_account(session, locale=current_language(), **inputs)
    return render_template("links/sent.html", address=inputs["email"], purpose=LinkPurpose.REGISTER)


@blueprint.get("/inscription/<text>")
@access(PUBLIC)
@guarded
def choose(text: str) -> Page:
    link = follow(text, LinkPurpose.REGISTER)
    form = NewAccountForm()
    form.name.data = link.name
    return render_template("links/choose.html", form=form, link=link)


@blueprint.post("/inscription/<text>")
@access(PUBLIC)
@guarded
def open_it(text: str) -> Page:
    """Open the account and sign in."""
    link = follow(text, LinkPurpose.REGISTER)
    form = NewAccountForm()
    opened: list[Person] = []

    def act() -> None:
        given = {"name": form.name.data or "", "password": form.password.data or ""}
        with writing() as session:
            opened.append(open_account(session, link, **given))

    status = save_password(form, act) if form.is_usable() else UNUSABLE
    if status:
        return render_template("links/choose.html", form=form, link=link), status
    begin_session(opened[0])
    flash(gettext("Your account is open. You can begin a file in an open call."), "success")
    response = redirect(desk_of(opened[0].roles), 303)
    remember_language(response, opened[0].locale)
    return response


@blueprint.get("/mot-de-passe-oublie")
@access(PUBLIC)
def forget() -> Page:
    return render_template("links/forget.html", form=form_of(AddressInput)())


@blueprint.post("/mot-de-passe-oublie")
@access(PUBLIC)
@limiter.limit(PER_PLACE)
@limiter.limit(PER_ADDRESS, key_func=_typed_address)
def ask_renewal() -> Page:
    form = form_of(AddressInput)()
    inputs = form.read()
    if inputs is None:
        return render_template("links/forget.html", form=form), UNUSABLE
    with writing() as session:
        ask_password(session, locale=current_language(), **inputs)
    return render_template("links/sent.html", address=inputs["email"], purpose=LinkPurpose.PASSWORD)


@blueprint.get("/mot-de-passe/<text>")
@access(PUBLIC)
@guarded
def renew(text: str) -> Page:
    link = follow(text, LinkPurpose.PASSWORD)
    return render_template("links/renew.html", form=PasswordForm(), link=link)


@blueprint.post("/mot-de-passe/<text>")
@access(PUBLIC)
@guarded
def save_renewed(text: str) -> Page:
    """Set the new password. Signing in with it is a step of its own, like any other time."""
    link = follow(text, LinkPurpose.PASSWORD)
    form = PasswordForm()

    def act() -> None:
        with writing() as session:
            renew_password(session, link, password=form.password.data or "")

    status = save_password(form, act) if form.is_usable() else UNUSABLE
    if status:
        return render_template("links/renew.html", form=form, link=link), status
    end_session()
    flash(gettext("Your password is changed. Sign in with it."), "success")
    return redirect(url_for("account.sign_in"), 303)
