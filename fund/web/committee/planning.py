"""The list of sessions, and the form by which one is planned or changed."""

from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from fund.edge.access import access, only
from fund.edge.fields import field_label
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.models import Call, CommitteeSession, Person
from fund.schemas.forms import NewSessionInput, SessionInput
from fund.services import committee, people
from fund.services.access import visible
from fund.services.listing import Order, paginate
from fund.services.perform import NotEditable
from fund.web.committee.own import READERS, back_to, blueprint, find_sitting
from fund.web.forms import SchemaForm, form_of, sent_version
from fund.web.lists import cursor, neighbours, version_shown
from fund.web.saving import save
from workflows.call import CallState
from workflows.permissions import Role
from workflows.voting import Majority, QuorumBasis

NEWEST_FIRST = Order((CommitteeSession.held_at, CommitteeSession.id), descending=True)
PLANNABLE = (CallState.PUBLISHED, CallState.OPEN, CallState.CLOSED)
DRAWN = ("held_at", "quorum", "secret_ballot", "casting_vote")


class MultiCheckboxField(SelectMultipleField):  # type: ignore[misc]  # WTForms has no types
    """Several of a list, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


@blueprint.get("/comite")
@access(READERS)
def index() -> str:
    query = visible(current_actor(), CommitteeSession).options(
        joinedload(CommitteeSession.call), selectinload(CommitteeSession.items)
    )
    page = paginate(current_session(), query, NEWEST_FIRST, cursor=cursor())
    return render_template(
        "committee/index.html",
        sittings=page.items,
        may_plan=current_actor().has_role(Role.OFFICER),
        **neighbours(page),
    )


@blueprint.get("/comite/nouvelle")
@access(only(Role.OFFICER))
def plan() -> str:
    form = _form(NewSessionInput)
    for name in ("quorum", "quorum_basis", "majority"):
        form[name].data = str(SessionInput().fields[name].load_default)
    return _plan_page(form)


@blueprint.post("/comite/nouvelle")
@access(only(Role.OFFICER))
def plan_it() -> Response | tuple[str, int]:
    form = _form(NewSessionInput)
    inputs = form.read({"members": form.members.data or []})
    if inputs is None or (asked := _resolve(form, inputs)) is None:
        return _plan_page(form), 422
    made: list[CommitteeSession] = []

    def act(session: Session) -> None:
        made.append(committee.plan_session(session, current_actor(), **asked))

    if refused := save(form, act):
        return _plan_page(form), refused
    flash(gettext("The session is planned. Now put files on its agenda."), "success")
    return back_to(made[0])


@blueprint.get("/comite/<reference>/modifier")
@access(only(Role.OFFICER))
def edit(reference: str) -> str:
    sitting = find_sitting(reference)
    if sitting.state not in committee.PREPARATION:
        raise NotEditable(sitting.state)
    form = _form(SessionInput)
    form.fill(sitting)
    for person, name in ((sitting.chair, "chair"), (sitting.deputy, "deputy")):
        form[name].data = person.reference if person else ""
    form.members.data = [member.person.reference for member in sitting.members]
    return _edit_page(form, sitting, sitting.version)


@blueprint.post("/comite/<reference>/modifier")
@access(only(Role.OFFICER))
def change(reference: str) -> Response | tuple[str, int]:
    sitting = find_sitting(reference)
    form = _form(SessionInput)
    inputs = form.read({"members": form.members.data or []})
    if inputs is None or (asked := _resolve(form, inputs)) is None:
        return _edit_page(form, sitting, version_shown(sitting)), 422
    version = sent_version(request.form)

    def act(session: Session) -> object:
        return committee.edit_session(session, current_actor(), sitting, expected_version=version, **asked)

    if refused := save(form, act):
        return _edit_page(form, sitting, sitting.version), refused
    flash(gettext("The session is changed."), "success")
    return back_to(sitting)


def _form(schema: type[SessionInput]) -> SchemaForm:
    """The people and the call are chosen among those that there are."""
    none, nobody = SelectChoice("", gettext("Choose…")), SelectChoice("", gettext("Nobody"))
    chairs = _named(Role.CHAIR)
    members = {choice.value: choice for choice in (*chairs, *_named(Role.COMMITTEE))}
    body: dict[str, Any] = {
        "title": StringField(gettext("Title of the session"), render_kw={"maxlength": 200}),
        "place": StringField(field_label("place"), render_kw={"maxlength": 500}),
        "link": StringField(field_label("link"), render_kw={"type": "url", "maxlength": 2000}),
        "quorum_basis": _radio("quorum_basis", QuorumBasis),
        "majority": _radio("majority", Majority),
        "chair": SelectField(field_label("chair"), choices=[none, *chairs], validate_choice=False),
        "deputy": SelectField(field_label("deputy"), choices=[nobody, *chairs], validate_choice=False),
        "members": MultiCheckboxField(
            gettext("Members of the committee"),
            choices=sorted(members.values(), key=lambda choice: choice.label),
            validate_choice=False,
        ),
    }
    if schema is NewSessionInput:
        body["call"] = SelectField(gettext("Call"), choices=[none, *_calls()], validate_choice=False)
    form: SchemaForm = type("SittingForm", (form_of(schema, DRAWN),), body)()
    return form


def _radio(name: str, kind: type[Majority] | type[QuorumBasis]) -> RadioField:
    choices = [SelectChoice(member.value, label(member)) for member in kind]
    return RadioField(field_label(name), choices=choices, validate_choice=False)


def _calls() -> list[SelectChoice]:
    calls = visible(current_actor(), Call).where(Call.state.in_(PLANNABLE)).order_by(Call.closes_at, Call.id)
    return [
        SelectChoice(call.reference, call.title(current_language())) for call in current_session().scalars(calls)
    ]


def _named(role: Role) -> list[SelectChoice]:
    return [SelectChoice(person.reference, person.name) for person in people.list_people(current_session(), role)]


def _resolve(form: SchemaForm, inputs: dict[str, Any]) -> dict[str, Any] | None:
    """The call and the people behind the references, or None: then the form says which is unknown."""
    session, asked = current_session(), dict(inputs)
    names = [*inputs["members"], inputs["chair"], inputs["deputy"]]
    found = session.scalars(select(Person).where(Person.reference.in_(names), Person.active))
    known = {person.reference: person for person in found}
    asked["chair"] = known.get(inputs["chair"])
    asked["deputy"] = known.get(inputs["deputy"])
    asked["members"] = [known.get(name) for name in inputs["members"]]
    unknown = {"chair"} if asked["chair"] is None else set()
    unknown |= {"deputy"} if inputs["deputy"] and asked["deputy"] is None else set()
    unknown |= {"members"} if None in asked["members"] else set()
    if "call" in inputs:
        asked["call"] = session.scalar(visible(current_actor(), Call).where(Call.reference == inputs["call"]))
        unknown |= {"call"} if asked["call"] is None else set()
    form.show_problems({name: ["unknown_reference"] for name in sorted(unknown)})
    return None if unknown else asked


def _plan_page(form: SchemaForm) -> str:
    return render_template("committee/form.html", form=form, sitting=None, version=None)


def _edit_page(form: SchemaForm, sitting: CommitteeSession, version: int | str) -> str:
    return render_template("committee/form.html", form=form, sitting=sitting, version=version)
