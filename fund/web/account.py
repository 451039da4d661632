"""Signing in and out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from fund.edge.access import PUBLIC, SIGNED_IN, access
from fund.edge.i18n import local_path, remember_language
from fund.edge.limits import limiter
from fund.edge.requests import current_actor, writing
from fund.services.people import authenticate
from fund.web.navigation import desk_of
from fund.web.people import begin_session, end_session

blueprint = Blueprint("account", __name__)


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    email = StringField(
        _l("E-mail address"), [InputRequired()], render_kw={"autocomplete": "username", "type": "email"}
    )
    password = PasswordField(_l("Password"), [InputRequired()], render_kw={"autocomplete": "current-password"})


def _typed_address() -> str:
    return request.form.get("email", "").strip().lower()[:254]


def _was_refused(response: Response) -> bool:
    return response.status_code == 422


@blueprint.get("/connexion")
@access(PUBLIC)
def sign_in() -> str | Response:
    """The form; whoever is signed in already is sent on."""
    target = request.args.get("next", "")
    if current_actor().person_id is not None:
        return redirect(local_path(target, desk_of(frozenset(current_actor().roles))), 303)
    return render_template("account/sign_in.html", form=SignInForm(), next=target)


@blueprint.post("/connexion")
@access(PUBLIC)
@limiter.limit("30 per 5 minutes", deduct_when=_was_refused)
@limiter.limit("10 per 5 minutes", key_func=_typed_address, deduct_when=_was_refused)
def enter() -> Response | tuple[str, int]:
    """Open a session.

    Refusals are limited per network address and per account, so that passwords cannot be tried out; successes are
    not counted, so that a whole office behind one address can sign in.
    """
    form = SignInForm()
    with writing() as database:
        person = authenticate(database, form.email.data or "", form.password.data or "")
    if person is None:
        form.form_errors.append(gettext("This address and password do not go together. Check both and try again."))
        page = render_template("account/sign_in.html", form=form, next=request.form.get("next", ""))
        return page, 422
    begin_session(person)
    response = redirect(local_path(request.form.get("next"), desk_of(person.roles)), 303)
    remember_language(response, person.locale)
    return response


@blueprint.post("/deconnexion")
@access(SIGNED_IN)
def sign_out() -> Response:
    end_session()
    flash(gettext("You are signed out."), "info")
    response = redirect(url_for("home.show"), 303)
    # Texts that could not be sent wait in the browser's storage: who signs out leaves none behind.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response
