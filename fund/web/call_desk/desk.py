"""All calls, one call with its files and steps, and more time for one draft.

GET       /gestion/appels                   all calls
GET       /gestion/appels/<ref>             one call, its files by state, its steps
GET, POST /gestion/appels/<ref>/delai       more time for one draft of this call
"""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.formats import moment
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.models import Application, Call, OrganisationKind
from fund.services import applications
from fund.services.access import visible
from fund.services.listing import Order, paginate
from fund.web.call_desk.own import blueprint, can_edit, find_call
from fund.web.lists import cursor, neighbours
from fund.web.officer_forms import DraftExtensionForm
from fund.web.saving import UNUSABLE, save
from fund.web.steps import offers_of
from workflows.application import ApplicationState
from workflows.permissions import STAFF_ROLES, Role

Page = str | Response | tuple[str, int]
TRIALS_SHOWN = 20
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


@blueprint.get("/gestion/appels/<reference>")
@access(only(*STAFF_ROLES))
def show(reference: str) -> Page:
    call = find_call(reference)
    return render_template(
        "call_desk/show.html",
        call=call,
        offers=offers_of(call),
        kinds=gettext(", ").join(label(OrganisationKind(kind)) for kind in call.required_kinds),
        counts=_files_by_state(current_session(), call),
        can_edit=can_edit(call),
        can_extend=current_actor().has_role(Role.OFFICER) and call.is_published,
        trials=_own_trials(current_session(), call),
    )


def _files_by_state(session: Session, call: Call) -> list[tuple[ApplicationState, int]]:
    """Drafts are counted, not shown: they say how many alliances to expect."""
    query = select(Application.state, func.count()).where(
        Application.call_id == call.id, Application.is_test.is_(False)
    )
    found = {row[0]: row[1] for row in session.execute(query.group_by(Application.state))}
    return [(state, found[state]) for state in ApplicationState if state in found]


def _own_trials(session: Session, call: Call) -> list[Application]:
    """The signed-in officer's test files of this call, the latest first; nobody else's exist for her."""
    query = visible(current_actor(), Application).where(Application.call_id == call.id, Application.is_test)
    return list(session.scalars(query.order_by(Application.id.desc()).limit(TRIALS_SHOWN)))


@blueprint.get("/gestion/appels/<reference>/delai")
@access(only(Role.OFFICER))
def ask_extension(reference: str) -> Page:
    return render_template("call_desk/extension.html", call=find_call(reference), form=DraftExtensionForm())


@blueprint.post("/gestion/appels/<reference>/delai")
@access(only(Role.OFFICER))
def extend_draft(reference: str) -> Page:
    """Give one draft more time. Its authors, who alone see it, gave the officer its reference."""
    call, form = find_call(reference), DraftExtensionForm()
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
