"""One's own account: name and language, password, tokens for the API."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import login_user
from flask_wtf import FlaskForm
from marshmallow.validate import OneOf
from werkzeug.wrappers import Response
from wtforms import PasswordField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from config.settings import LOCALES
from config.territories import LEVELS
from fund.edge.access import SIGNED_IN, access, only
from fund.edge.i18n import LANGUAGE_NAMES, remember_language
from fund.edge.limits import limiter
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import problem_sentence
from fund.errors import InvalidInput
from fund.forms.fields import Input, Text
from fund.models import Person
from fund.models.base import utc_now
from fund.services.people import (
    change_password,
    edit_profile,
    issue_token,
    list_tokens,
    revoke_token,
    set_territories,
)
from fund.web.alliance.places import Place, find_place
from fund.web.forms import SchemaForm, form_of
from fund.web.people import SignedIn, current_person
from workflows.permissions import Role

blueprint = Blueprint("profile", __name__)


class ProfileInput(Input):
    name = Text(maximum=200, required=True, blank=False)
    locale = Text(maximum=2, required=True, validate=OneOf(LOCALES))


class TerritoryInput(Input):
    territory = Text(maximum=100, required=True)


class TokenInput(Input):
    name = Text(maximum=100, required=True, blank=False)


class PasswordForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A password is compared and hashed as it was typed, not read by a schema, which would trim it."""

    current = PasswordField(
        _l("Present password"), [InputRequired()], render_kw={"autocomplete": "current-password"}
    )
    new = PasswordField(
        _l("New password"),
        [InputRequired()],
        description=_l("At least 12 characters. Several words that only you put together are easy to remember."),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(_l("New password, again"), [InputRequired()], render_kw={"autocomplete": "new-password"})


@blueprint.get("/compte")
@access(SIGNED_IN)
def index() -> str:
    return _page()


@blueprint.post("/compte")
@access(SIGNED_IN)
def save() -> Response | tuple[str, int]:
    """Change name and language; the pages change with it."""
    form = _profile_form()
    inputs = form.read()
    if inputs is None:
        return _page(profile=form), 422
    with writing():
        edit_profile(_me(), **inputs)
    response = redirect(url_for("profile.index"), 303)
    remember_language(response, inputs["locale"])
    flash(gettext("Your profile is saved."), "success")
    return response


@blueprint.post("/compte/mot-de-passe")
@access(SIGNED_IN)
@limiter.limit("10 per 5 minutes", key_func=lambda: current_actor().reference)
def renew_password() -> Response | tuple[str, int]:
    """Change the password: every other session of this person ends, this one goes on."""
    form = PasswordForm()
    if form.new.data != form.again.data:
        form.again.errors = [problem_sentence("passwords_differ")]
        return _page(password=form), 422
    try:
        with writing():
            change_password(_me(), current=form.current.data or "", new=form.new.data or "")
    except InvalidInput as error:
        for name, problems in error.errors.items():
            form[name].errors = [problem_sentence(problem) for problem in problems]
        return _page(password=form), 422
    login_user(SignedIn(_me()))
    flash(gettext("Your password is changed. Your other sessions are signed out."), "success")
    return redirect(url_for("profile.index"), 303)


@blueprint.post("/compte/territoires")
@access(only(Role.CATALYST))
def save_territories() -> Response | tuple[str, int]:
    """Add a territory by its name, or (``remove``) take one away."""
    form = form_of(TerritoryInput)()
    place = find_place(request.form, "territory", LEVELS)
    removed = request.form.get("remove")
    if removed is None and place.code is None:
        form.territory.errors = [place.problem or problem_sentence("required")]
        return _page(territory=form, place=place), 422
    kept = [code for code in _me().territories if code != removed]
    try:
        with writing():
            set_territories(_me(), [*kept, place.code] if removed is None and place.code else kept)
    except InvalidInput as refusal:
        form.show_problems(refusal.errors)
        return _page(territory=form, place=place), 422
    flash(gettext("Your territories are saved."), "success")
    return redirect(url_for("profile.index", _anchor="territories"), 303)


@blueprint.post("/compte/jetons")
@access(SIGNED_IN)
def create_token() -> tuple[str, int]:
    """A new token, shown on this page and never again: hence no redirection."""
    form = form_of(TokenInput)()
    inputs = form.read()
    if inputs is None:
        return _page(token=form), 422
    with writing() as session:
        _, text = issue_token(session, _me().id, inputs["name"])
    return _page(new_token=text), 201


@blueprint.post("/compte/jetons/<int:number>/revoquer")
@access(SIGNED_IN)
def revoke(number: int) -> Response:
    with writing() as session:
        revoke_token(session, current_actor(), number)
    flash(gettext("The token is revoked: programs that use it are refused from now on."), "success")
    return redirect(url_for("profile.index", _anchor="tokens"), 303)


def _page(
    *,
    profile: SchemaForm | None = None,
    password: PasswordForm | None = None,
    token: SchemaForm | None = None,
    territory: SchemaForm | None = None,
    place: Place | None = None,
    new_token: str | None = None,
) -> str:
    if profile is None:
        profile = _profile_form(formdata=None)
        profile.fill(_me())
    token = token or form_of(TokenInput)(formdata=None)
    token.name.id = token.name.label.field_id = "token-name"  # beside the profile's own name on one page
    return render_template(
        "account/profile.html",
        form=next((form for form in (profile, password, token, territory) if form and form.errors), profile),
        profile=profile,
        password=password or PasswordForm(formdata=None),
        token=token,
        territory=territory or form_of(TerritoryInput)(formdata=None),
        places={"territory": place},
        is_catalyst=current_actor().has_role(Role.CATALYST),
        is_judge=current_actor().has_role(Role.REVIEWER, Role.COMMITTEE, Role.CHAIR),
        new_token=new_token,
        tokens=list_tokens(current_session(), current_actor()),
        now=utc_now(),
    )


def _profile_form(**given: None) -> SchemaForm:
    """The schema's form, with the languages to choose from."""
    choices = [SelectChoice(code, name) for code, name in LANGUAGE_NAMES.items()]
    languages = SelectField(gettext("Language"), choices=choices, validate_choice=False)
    kind = type("ProfileForm", (form_of(ProfileInput),), {"locale": languages})
    form: SchemaForm = kind(**given)
    return form


def _me() -> Person:
    person = current_person()
    if person is None:
        raise RuntimeError("a page for signed-in people was reached without one")
    return person
