"""The desk of calls: writing them in two languages, announcing, opening, extending, closing them.

GET       /gestion/appels                   all calls
GET, POST /gestion/appels/nouveau           a new draft
GET       /gestion/appels/<ref>             one call, its files by state, its steps
GET, POST /gestion/appels/<ref>/modifier    change it while nobody can answer yet
GET, POST /gestion/appels/<ref>/delai       more time for one draft of this call
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.formats import moment
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.models import Application, Call, OrganisationKind
from fund.services import applications, calls
from fund.services.access import find, visible
from fund.services.listing import Order, paginate
from fund.web.call_desk_forms import ROW_LABELS, CallForm, call_form
from fund.web.forms import sent_version
from fund.web.lists import cursor, neighbours
from fund.web.officer_forms import DraftExtensionForm
from fund.web.saving import UNUSABLE, save
from fund.web.steps import offers_of
from workflows.application import ApplicationState
from workflows.permissions import STAFF_ROLES, Actor, Role

blueprint = Blueprint("call_desk", __name__)

Page = str | Response | tuple[str, int]
BY_OPENING = Order((Call.opens_at, Call.id))


@blueprint.get("/gestion/appels")
@access(only(*STAFF_ROLES))
def index() -> Page:
    page = paginate(current_session(), visible(current_actor(), Call), BY_OPENING, cursor=cursor())
    return render_template(
        "call_desk/index.html",
        page=page,
        neighbours=neighbours(page),
        can_write=current_actor().has_role(Role.OFFICER),
    )


@blueprint.get("/gestion/appels/nouveau")
@access(only(Role.OFFICER))
def new() -> Page:
    form = call_form()
    form.max_rate.data, form.reviews_required.data = "80", "2"
    return _form_page(form, None)


@blueprint.post("/gestion/appels/nouveau")
@access(only(Role.OFFICER))
def create() -> Page:
    """Keep a new draft; nobody else sees it before it is announced."""
    form = call_form()
    if "more" in request.form:
        return _form_page(form, None, more=1)
    given = form.read_call()
    if given is None:
        return _form_page(form, None), UNUSABLE
    funder_id = _funder(current_session(), current_actor())
    if funder_id is None:
        form.form_errors.append(
            gettext("Your account belongs to no organisation. Ask the administration to tie it to the fund first.")
        )
        return _form_page(form, None), UNUSABLE
    made: list[Call] = []

    def act(session: Session) -> None:
        made.append(calls.create_call(session, current_actor(), funder_id=funder_id, **given))

    if status := save(form, act):
        return _form_page(form, None), status
    flash(gettext("The draft is kept. Read it through, then announce it."), "success")
    return redirect(url_for("call_desk.show", reference=made[0].reference), 303)


def _funder(session: Session, actor: Actor) -> int | None:
    """Who gives the money: the organisation that the officer works for, else that of the latest call."""
    if actor.organisation_id is not None:
        return actor.organisation_id
    return session.scalar(select(Call.funder_id).where(Call.imported.is_(False)).order_by(Call.id.desc()).limit(1))


@blueprint.get("/gestion/appels/<reference>")
@access(only(*STAFF_ROLES))
def show(reference: str) -> Page:
    call = _find(reference)
    return render_template(
        "call_desk/show.html",
        call=call,
        offers=offers_of(call),
        kinds=gettext(", ").join(label(OrganisationKind(kind)) for kind in call.required_kinds),
        counts=_files_by_state(current_session(), call),
        can_edit=_can_edit(call),
        can_extend=current_actor().has_role(Role.OFFICER) and call.is_published,
    )


def _files_by_state(session: Session, call: Call) -> list[tuple[ApplicationState, int]]:
    """Drafts are counted, not shown: they say how many alliances to expect."""
    query = select(Application.state, func.count()).where(Application.call_id == call.id)
    found = {row[0]: row[1] for row in session.execute(query.group_by(Application.state))}
    return [(state, found[state]) for state in ApplicationState if state in found]


def _can_edit(call: Call) -> bool:
    return call.state in calls.EDITABLE and current_actor().has_role(Role.OFFICER)


@blueprint.get("/gestion/appels/<reference>/modifier")
@access(only(Role.OFFICER))
def edit(reference: str) -> Page:
    call, form = _find_editable(reference), call_form()
    form.fill(call)
    return _form_page(form, call)


@blueprint.post("/gestion/appels/<reference>/modifier")
@access(only(Role.OFFICER))
def change(reference: str) -> Page:
    call, form = _find(reference), call_form()
    if "more" in request.form:
        return _form_page(form, call, more=1)
    given = form.read_call()
    if given is None:
        return _form_page(form, call), UNUSABLE
    version = sent_version(request.form)

    def act(session: Session) -> object:
        return calls.edit_call(session, current_actor(), call, expected_version=version, **given)

    if status := save(form, act):
        return _form_page(form, call), status
    flash(gettext("The changes are kept."), "success")
    return redirect(url_for("call_desk.show", reference=reference), 303)


def _find_editable(reference: str) -> Call:
    call = _find(reference)
    if not _can_edit(call):
        abort(404)
    return call


def _find(reference: str) -> Call:
    call: Call = find(current_session(), current_actor(), Call, reference)
    return call


def _form_page(form: CallForm, call: Call | None, *, more: int = 0) -> str:
    return render_template(
        "call_desk/form.html",
        form=form,
        call=call,
        rows=form.drawn_rows(more=more),
        row_labels=ROW_LABELS,
        kinds=list(OrganisationKind),
        # The version that the person has seen travels on when a row is added; a refusal brings the present one.
        version=request.form.get("version") if more else call.version if call else None,
    )


@blueprint.get("/gestion/appels/<reference>/delai")
@access(only(Role.OFFICER))
def ask_extension(reference: str) -> Page:
    return render_template("call_desk/extension.html", call=_find(reference), form=DraftExtensionForm())


@blueprint.post("/gestion/appels/<reference>/delai")
@access(only(Role.OFFICER))
def extend_draft(reference: str) -> Page:
    """Give one draft more time. Its authors, who alone see it, gave the officer its reference."""
    call, form = _find(reference), DraftExtensionForm()
    given = form.read()
    draft = _draft_of(current_session(), call, given["reference"]) if given else None
    if given and draft is None:
        form.reference.errors = [gettext("No draft of this call has this reference. Look for a typing error.")]
    if given is None or draft is None:
        return render_template("call_desk/extension.html", call=call, form=form), UNUSABLE

    def act(session: Session) -> object:
        until, reason = given["until"], given["reason"]
        return applications.extend_deadline(session, current_actor(), draft, until=until, reason=reason)

    if status := save(form, act):
        return render_template("call_desk/extension.html", call=call, form=form), status
    flash(
        gettext(
            "The file %(reference)s can be submitted until %(when)s.",
            reference=draft.reference,
            when=moment(given["until"]),
        ),
        "success",
    )
    return redirect(url_for("call_desk.show", reference=reference), 303)


def _draft_of(session: Session, call: Call, reference: str) -> Application | None:
    """The draft itself is its authors' own: nothing of it is shown here, it is only given more time."""
    query = select(Application).where(
        Application.reference == reference.upper(),
        Application.call_id == call.id,
        Application.state == ApplicationState.DRAFT,
    )
    return session.scalar(query)
