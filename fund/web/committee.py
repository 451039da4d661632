"""The committee: its sessions, their agenda, the decisions, the minutes.

/comite                                    the sessions
/comite/nouvelle                           plan one
/comite/<reference>                        one session: agenda, envelope, who is present
/comite/<reference>/modifier               its date, place, quorum
/comite/<reference>/presence               who is present
/comite/<reference>/ordre-du-jour          put files on the agenda
/comite/<reference>/ordre-du-jour/<file>   take one off again
/comite/<reference>/dossiers/<file>        read one file, and decide
/comite/<reference>/proces-verbal          the minutes
"""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from fund.edge.access import access, only
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import conflict_sentence, reason_sentence
from fund.errors import Conflict
from fund.models import AgendaItem, Application, Call, CommitteeSession, Person, Review
from fund.schemas.forms import NewSessionInput, SessionInput
from fund.schemas.steps import FundInput, input_of
from fund.services import committee, people
from fund.services.access import find, visible
from fund.services.listing import Order, paginate
from fund.services.perform import NotEditable
from fund.services.steps import take_step
from fund.web.agenda import (
    Choices,
    agenda_of,
    candidates_for,
    choices_of,
    decision_form,
    envelope_of,
    granted_by,
    short_name,
    spread_of,
)
from fund.web.forms import SchemaForm, form_of, sent_version
from fund.web.lists import cursor, neighbours, version_shown
from fund.web.reading import read_deposited
from fund.web.saving import save
from fund.web.steps import offers_of
from workflows.application import APPLICATION, ApplicationStep
from workflows.call import CallState
from workflows.committee import CommitteeState
from workflows.engine import StepRefused
from workflows.permissions import STAFF_ROLES, Permission, Role, allows
from workflows.review import ReviewState

blueprint = Blueprint("committee", __name__)

READERS = only(Role.COMMITTEE, Role.CHAIR, *STAFF_ROLES)
NEWEST_FIRST = Order((CommitteeSession.held_at, CommitteeSession.id), descending=True)
PLANNABLE = (CallState.PUBLISHED, CallState.OPEN, CallState.CLOSED)
WITH_MINUTES = (CommitteeState.OPEN, CommitteeState.CLOSED, CommitteeState.SIGNED)


class MultiCheckboxField(SelectMultipleField):  # type: ignore[misc]  # WTForms has no types
    """Several of a list, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


@blueprint.get("/comite")
@access(READERS)
def index() -> str:
    query = visible(current_actor(), CommitteeSession).options(
        joinedload(CommitteeSession.call),
        joinedload(CommitteeSession.chair),
        selectinload(CommitteeSession.items),
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
    form = plan_form()
    form.quorum.data = str(SessionInput().fields["quorum"].load_default)
    return _plan_page(form)


@blueprint.post("/comite/nouvelle")
@access(only(Role.OFFICER))
def plan_it() -> Response | tuple[str, int]:
    form = plan_form()
    inputs = form.read({"members": form.members.data or []})
    asked = _resolve(form, inputs) if inputs is not None else None
    if asked is None:
        return _plan_page(form), 422
    with writing() as session:
        sitting = committee.plan_session(session, current_actor(), **asked)
    flash(gettext("The session is planned. Now put files on its agenda."), "success")
    return _back_to(sitting)


def plan_form() -> SchemaForm:
    """A new session: its call, its chair and its members are chosen among those that there are."""
    session = current_session()
    calls = session.scalars(
        visible(current_actor(), Call).where(Call.state.in_(PLANNABLE)).order_by(Call.closes_at, Call.id)
    )
    titles = [SelectChoice(call.reference, call.title(current_language())) for call in calls]
    none = SelectChoice("", gettext("Choose…"))
    body: dict[str, Any] = {
        "call": SelectField(gettext("Call"), choices=[none, *titles], validate_choice=False),
        "chair": SelectField(gettext("Chair"), choices=[none, *_named(Role.CHAIR)], validate_choice=False),
        "members": MultiCheckboxField(
            gettext("Members of the committee"), choices=_named(Role.COMMITTEE), validate_choice=False
        ),
    }
    form: SchemaForm = type("PlanForm", (form_of(NewSessionInput, ("held_at", "quorum")),), {**_texts(), **body})()
    return form


def _texts() -> dict[str, Any]:
    """The two texts of a session, each on one line."""
    return {
        "title": StringField(gettext("Title of the session"), render_kw={"maxlength": 200}),
        "place": StringField(gettext("Place or link"), render_kw={"maxlength": 500}),
    }


def edit_form() -> SchemaForm:
    form: SchemaForm = type("EditForm", (form_of(SessionInput, ("held_at", "quorum")),), _texts())()
    return form


def _named(role: Role) -> list[SelectChoice]:
    return [SelectChoice(person.reference, person.name) for person in people.list_people(current_session(), role)]


def _resolve(form: SchemaForm, inputs: dict[str, Any]) -> dict[str, Any] | None:
    """The call and the people behind the references, or None: then the form says which is unknown."""
    session, actor = current_session(), current_actor()
    asked = dict(inputs)
    members = session.scalars(
        select(Person).where(Person.reference.in_([*inputs["members"], inputs["chair"]]), Person.active)
    )
    known = {person.reference: person for person in members}
    asked["call"] = session.scalar(visible(actor, Call).where(Call.reference == inputs["call"]))
    asked["chair"] = known.get(inputs["chair"])
    asked["members"] = [known.get(reference) for reference in inputs["members"]]
    unknown = [name for name in ("call", "chair") if asked[name] is None]
    unknown += ["members"] if None in asked["members"] else []
    form.show_problems({name: ["unknown_reference"] for name in unknown})
    return None if unknown else asked


def _plan_page(form: SchemaForm) -> str:
    return render_template("committee/form.html", form=form, sitting=None, version=None)


@blueprint.get("/comite/<reference>")
@access(READERS)
def show(reference: str) -> str:
    return _session_page(_find(reference))


def _session_page(sitting: CommitteeSession) -> str:
    session, actor = current_session(), current_actor()
    lines = agenda_of(session, actor, sitting)
    prepares = sitting.state in committee.PREPARATION and allows(Permission.COMMITTEE_MANAGE, actor, frozenset())
    presides = allows(Permission.COMMITTEE_PRESIDE, actor, sitting.relations(actor))
    return render_template(
        "committee/show.html",
        sitting=sitting,
        lines=lines,
        envelope=envelope_of(sitting, lines),
        granted=granted_by(lines),
        offers=offers_of(sitting),
        prepares=prepares,
        candidates=candidates_for(session, actor, sitting) if prepares else [],
        notes_attendance=presides and sitting.state in (CommitteeState.CONVENED, CommitteeState.OPEN),
        has_minutes=sitting.state in WITH_MINUTES,
    )


@blueprint.get("/comite/<reference>/modifier")
@access(only(Role.OFFICER))
def edit(reference: str) -> str:
    sitting = _find(reference)
    if sitting.state not in committee.PREPARATION:
        raise NotEditable(sitting.state)
    form = edit_form()
    form.fill(sitting)
    return _edit_page(form, sitting, sitting.version)


@blueprint.post("/comite/<reference>/modifier")
@access(only(Role.OFFICER))
def change(reference: str) -> Response | tuple[str, int]:
    sitting = _find(reference)
    form = edit_form()
    inputs = form.read()
    if inputs is None:
        return _edit_page(form, sitting, version_shown(sitting)), 422
    version = sent_version(request.form)

    def act(session: Session) -> object:
        return committee.edit_session(session, current_actor(), sitting, expected_version=version, **inputs)

    if refused := save(form, act):
        return _edit_page(form, sitting, sitting.version), refused
    flash(gettext("The session is changed."), "success")
    return _back_to(sitting)


def _edit_page(form: SchemaForm, sitting: CommitteeSession, version: int | str) -> str:
    return render_template("committee/form.html", form=form, sitting=sitting, version=version)


@blueprint.post("/comite/<reference>/presence")
@access(only(Role.CHAIR))
def note_attendance(reference: str) -> Response:
    sitting = _find(reference)
    ticked = set(request.form.getlist("present"))
    present = {member.person_id for member in sitting.members if member.person.reference in ticked}
    with writing() as session:
        committee.set_attendance(session, current_actor(), sitting, present)
    flash(gettext("Attendance is noted."), "success")
    return _back_to(sitting)


@blueprint.post("/comite/<reference>/ordre-du-jour")
@access(only(Role.OFFICER))
def put_on_agenda(reference: str) -> Response:
    """Each file in a transaction of its own: what one of them is refused for does not hold up the others."""
    sitting = _find(reference)
    wanted = request.form.getlist("application")[
        : len(candidates_for(current_session(), current_actor(), sitting))
    ]
    count = sum(_put_one(sitting, name) for name in wanted)
    if not wanted:
        flash(gettext("Tick at least one file to put on the agenda."), "warning")
    elif count:
        flash(gettext("Put on the agenda: %(count)s.", count=count), "success")
    return _back_to(sitting, "ordre-du-jour")


def _put_one(sitting: CommitteeSession, reference: str) -> bool:
    application = find(current_session(), current_actor(), Application, reference)
    try:
        with writing() as session:
            committee.put_on_agenda(session, current_actor(), sitting, application)
    except StepRefused as refusal:
        sentence = " ".join(reason_sentence(reason) for reason in refusal.reasons)
    except Conflict as conflict:
        sentence = conflict_sentence(conflict.code)
    else:
        return True
    flash(
        gettext("%(reference)s is not put on the agenda. %(reason)s", reference=reference, reason=sentence),
        "danger",
    )
    return False


@blueprint.post("/comite/<reference>/ordre-du-jour/<file>")
@access(only(Role.OFFICER))
def take_off_agenda(reference: str, file: str) -> Response:
    item = _find_item(reference, file)
    with writing() as session:
        take_step(session, current_actor(), item.application, ApplicationStep.RECALL)
    flash(gettext("%(reference)s is taken off the agenda.", reference=file), "success")
    return redirect(url_for(".show", reference=reference, _anchor="ordre-du-jour"), 303)


@blueprint.get("/comite/<reference>/dossiers/<file>")
@access(READERS)
def read(reference: str, file: str) -> str:
    item = _find_item(reference, file)
    choices = choices_of(current_actor(), item)
    return _item_page(item, choices, decision_form(choices.allowed), item.application.version)


@blueprint.post("/comite/<reference>/dossiers/<file>")
@access(only(Role.CHAIR))
def decide(reference: str, file: str) -> Response | tuple[str, int]:
    """Take one of the four decisions; a refusal shows the page again with what was typed."""
    item = _find_item(reference, file)
    application, actor = item.application, current_actor()
    choices = choices_of(actor, item)
    if not choices.presides:
        abort(403)
    steps = {short_name(name): APPLICATION.steps[str(name)] for name in choices.allowed}
    step = steps.get(request.form.get("decision", ""))
    form = decision_form(choices.allowed, FundInput if step is None else input_of(step))
    if step is None:
        form.show_problems({"decision": [gettext("Choose one of the decisions.")]})
        return _item_page(item, choices, form, version_shown(application)), 422
    # To defer takes a reason and no motivation: it decides nothing. One control serves both.
    inputs = form.read({"reason": form.motivation.data or ""} if step.needs_reason else None)
    if inputs is None:
        return _item_page(item, choices, form, version_shown(application)), 422
    version = sent_version(request.form)

    def act(session: Session) -> object:
        return take_step(session, actor, application, step.name, expected_version=version, inputs=inputs)

    if refused := save(form, act):
        return _item_page(item, choices_of(actor, item), form, application.version), refused
    flash(gettext("Decided: %(reference)s, %(state)s.", reference=file, state=label(application.state)), "success")
    return redirect(url_for(".show", reference=reference, _anchor="ordre-du-jour"), 303)


def _item_page(item: AgendaItem, choices: Choices, form: SchemaForm, version: int | str) -> str:
    session, actor = current_session(), current_actor()
    application, sitting = item.application, item.session
    reviews = session.scalars(
        visible(actor, Review)
        .where(Review.application_id == application.id, Review.state == ReviewState.SUBMITTED)
        .options(joinedload(Review.reviewer), selectinload(Review.scores))
        .order_by(Review.id)
    ).all()
    return render_template(
        "committee/item.html",
        item=item,
        sitting=sitting,
        application=application,
        reading=read_deposited(application),
        reviews=reviews,
        spread=spread_of(application),
        remaining=sitting.call.remaining_envelope(),
        choices=choices,
        form=form,
        version=version,
    )


@blueprint.get("/comite/<reference>/proces-verbal")
@access(READERS)
def minutes(reference: str) -> str:
    """The decisions of the session, to read or to print; before the session opens there are none (404)."""
    sitting = _find(reference)
    if sitting.state not in WITH_MINUTES:
        abort(404)
    lines = agenda_of(current_session(), current_actor(), sitting)
    return render_template(
        "committee/minutes.html",
        sitting=sitting,
        lines=lines,
        envelope=envelope_of(sitting, lines),
        granted=granted_by(lines),
    )


def _find(reference: str) -> CommitteeSession:
    sitting: CommitteeSession = find(current_session(), current_actor(), CommitteeSession, reference)
    return sitting


def _find_item(reference: str, file: str) -> AgendaItem:
    """The place of the file on the agenda, where both exist for the actor; else 404."""
    sitting = _find(reference)
    application = find(current_session(), current_actor(), Application, file)
    found = next((item for item in sitting.items if item.application_id == application.id), None)
    if found is None:
        abort(404)
    return found


def _back_to(sitting: CommitteeSession, anchor: str | None = None) -> Response:
    return redirect(url_for(".show", reference=sitting.reference, _anchor=anchor), 303)
