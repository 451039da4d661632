"""Interests in files: declaring one's own, and what officers decide of those that were found.

GET, POST /dossiers/<ref>/deport                   declare an interest of one's own, which closes the file
GET, POST /dossiers/<ref>/liens/<person>/<kind>    confirm or lift one that was found; ?detail= says which
GET       /gestion/appels/<ref>/liens              every interest recorded in the files of a call

The interests of one file stand on its tab of reviews (``interests/_panel.html``).
"""

from enum import StrEnum

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import InputRequired

from fund.edge.access import access, only
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.forms.fields import Choice, Input, PageInput, Text
from fund.models import Application, Call, Interest, InterestState
from fund.schemas.steps import REASON_LENGTH
from fund.services import interests
from fund.services.access import find
from fund.services.interest_lists import KEPT_ROLES, Tie, in_call, list_for_file, tie_of
from fund.services.listing import Order, paginate
from fund.web.forms import SchemaForm
from fund.web.lists import address, chosen, cursor, neighbours
from fund.web.saving import UNUSABLE, save
from workflows.permissions import STAFF_ROLES, Actor, Role

blueprint = Blueprint("interests", __name__)

Page = str | Response | tuple[str, int]
NEWEST_FIRST = Order((Interest.id,))


class Decision(StrEnum):
    CONFIRM = "confirm"
    LIFT = "lift"


class DeclarationInput(PageInput):
    detail = Text(maximum=REASON_LENGTH, required=True, blank=False)


class DeclarationForm(SchemaForm):
    schema = DeclarationInput
    detail = TextAreaField(
        _l("What ties you to this file"), [InputRequired()], render_kw={"rows": 4, "maxlength": REASON_LENGTH}
    )


class DecisionInput(Input):
    decision = Choice(Decision, required=True)
    reason = Text(maximum=REASON_LENGTH, required=True, blank=False)


class DecisionForm(SchemaForm):
    """The reason; which of the two buttons was pressed is the decision."""

    schema = DecisionInput
    reason = TextAreaField(_l("Reason"), [InputRequired()], render_kw={"rows": 4, "maxlength": REASON_LENGTH})


# --- one's own ------------------------------------------------------------------------------------------------


@blueprint.get("/dossiers/<reference>/deport")
@access(only(*KEPT_ROLES))
def ask(reference: str) -> Page:
    return _declaration_page(_find(reference), DeclarationForm())


@blueprint.post("/dossiers/<reference>/deport")
@access(only(*KEPT_ROLES))
def declare(reference: str) -> Page:
    application, actor, form = _find(reference), current_actor(), DeclarationForm()
    given = form.read()
    if given is None:
        return _declaration_page(application, form), UNUSABLE
    if status := save(form, lambda session: interests.declare(session, actor, application, given["detail"])):
        return _declaration_page(application, form), status
    flash(
        gettext(
            "Your declaration is recorded. The file %(reference)s is closed to you from now on.",
            reference=reference,
        ),
        "success",
    )
    return redirect(_desk_of(actor), 303)


def _declaration_page(application: Application, form: DeclarationForm) -> str:
    desk = _desk_of(current_actor())
    return render_template("interests/declare.html", application=application, form=form, desk=desk)


def _desk_of(actor: Actor) -> str:
    """Where the person goes on: the page that she came from may not be open to her any more."""
    if actor.has_role(*STAFF_ROLES):
        return url_for("officer.index")
    return url_for("committee.index" if actor.has_role(Role.COMMITTEE, Role.CHAIR) else "reviewer.index")


# --- deciding -------------------------------------------------------------------------------------------------


@blueprint.get("/dossiers/<reference>/liens/<person>/<kind>")
@access(only(Role.OFFICER))
def consider(reference: str, person: str, kind: str) -> Page:
    application = _find_to_decide(reference)
    return _decision_page(application, _tie(application, person, kind), DecisionForm())


@blueprint.post("/dossiers/<reference>/liens/<person>/<kind>")
@access(only(Role.OFFICER))
def decide(reference: str, person: str, kind: str) -> Page:
    application, actor, form = _find_to_decide(reference), current_actor(), DecisionForm()
    tie = _tie(application, person, kind)
    given = form.read({"decision": request.form.get("decision", "")})
    if given is None:
        return _decision_page(application, tie, form), UNUSABLE
    lift = given["decision"] is Decision.LIFT

    def act(session: Session) -> object:
        interest = interests.find_interest(session, application, person, tie.kind, tie.detail)
        return interests.decide(session, actor, interest, lift=lift, reason=given["reason"])

    if status := save(form, act):
        return _decision_page(application, tie, form), status
    flash(_said(application, tie, lift=lift), "success")
    return redirect(url_for("officer.reviews", reference=reference, _anchor="liens"), 303)


def _said(application: Application, tie: Tie, *, lift: bool) -> str:
    """What the decision comes to: another interest of the same person may still stand."""
    name = tie.person.name
    if not lift:
        return str(gettext("The interest is confirmed: the file stays closed to %(name)s.", name=name))
    ties = list_for_file(current_session(), application)
    others = [other for other in ties if other.person.id == tie.person.id and other.is_in_force]
    if not others:
        return str(gettext("The interest is lifted: the file is open to %(name)s again.", name=name))
    kinds = ", ".join(label(other.kind) for other in others)
    return str(gettext("The interest is lifted. Another keeps %(name)s off: %(kinds)s.", name=name, kinds=kinds))


def _tie(application: Application, person: str, kind: str) -> Tie:
    """The interest that the address names, which can be decided on. Raises NotFound."""
    detail = request.args.get("detail", "")
    for tie in list_for_file(current_session(), application):
        if (tie.person.reference, tie.kind.value, tie.detail) == (person, kind, detail) and tie.can_be_decided:
            return tie
    raise NotFound(f"interest of {person} in {application.reference}")


def _find_to_decide(reference: str) -> Application:
    """An author may read her file, but not who is kept off it and why."""
    application = _find(reference)
    if application.is_interested(current_actor()):
        abort(404)
    return application


def _decision_page(application: Application, tie: Tie, form: DecisionForm) -> str:
    return render_template("interests/decide.html", application=application, tie=tie, form=form)


# --- a call's -------------------------------------------------------------------------------------------------


@blueprint.get("/gestion/appels/<reference>/liens")
@access(only(*STAFF_ROLES))
def of_call(reference: str) -> Page:
    session, actor = current_session(), current_actor()
    call: Call = find(session, actor, Call, reference)
    state = chosen(InterestState)
    page = paginate(session, in_call(actor, call, state), NEWEST_FIRST, cursor=cursor())
    tabs = [(gettext("All"), address(etat=None, page=None), state is None, None)]
    tabs += [(label(known), address(etat=known.value, page=None), known is state, None) for known in InterestState]
    return render_template(
        "interests/of_call.html",
        call=call,
        ties=[tie_of(interest) for interest in page.items],
        files=[interest.application for interest in page.items],
        tabs=tabs,
        may_decide=actor.has_role(Role.OFFICER),
        **neighbours(page),
    )


def _find(reference: str) -> Application:
    application: Application = find(current_session(), current_actor(), Application, reference)
    return application
