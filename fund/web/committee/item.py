"""One file on an agenda: read it, propose what to decide, and see what was decided."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session, joinedload, selectinload
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField

from fund.edge.access import access, only
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.models import AgendaItem, Review
from fund.schemas.sittings import ProposalInput
from fund.services import committee
from fund.services.access import visible
from fund.web.agenda import spread_of
from fund.web.committee.own import READERS, blueprint, find_item
from fund.web.committee.room import ROOM_STATES
from fund.web.forms import SchemaForm, form_of, written
from fund.web.reading import read_deposited
from fund.web.saving import save
from workflows.committee import CommitteeState
from workflows.permissions import Role
from workflows.review import ReviewState
from workflows.voting import DECISIONS

PROPOSABLE = (*committee.PREPARATION, CommitteeState.OPEN)


@blueprint.get("/comite/<reference>/dossiers/<file>")
@access(READERS)
def read(reference: str, file: str) -> str:
    item = find_item(reference, file)
    form = _form()
    form.outcome.data = item.proposed_outcome.value if item.proposed_outcome else ""
    form.amount.data = written(item.suggested_amount, ProposalInput().fields["amount"])
    return _page(item, form)


@blueprint.post("/comite/<reference>/dossiers/<file>/proposition")
@access(only(Role.OFFICER))
def propose(reference: str, file: str) -> Response | tuple[str, int]:
    item = find_item(reference, file)
    form = _form()
    inputs = form.read()
    if inputs is None:
        return _page(item, form), 422

    def act(session: Session) -> object:
        return committee.propose(session, current_actor(), item, **inputs)

    if refused := save(form, act):
        return _page(item, form), refused
    flash(gettext("The proposal for %(reference)s is kept.", reference=file), "success")
    return redirect(url_for("committee.show", reference=reference, _anchor="ordre-du-jour"), 303)


def _form() -> SchemaForm:
    choices = [SelectChoice(member.value, label(member)) for member in DECISIONS]
    none = SelectChoice("", gettext("No proposal"))
    body: dict[str, Any] = {
        "outcome": SelectField(gettext("Proposed decision"), choices=[none, *choices], validate_choice=False)
    }
    form: SchemaForm = type("ProposalForm", (form_of(ProposalInput),), body)()
    return form


def _page(item: AgendaItem, form: SchemaForm) -> str:
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
        form=form,
        proposes=actor.has_role(Role.OFFICER) and sitting.state in PROPOSABLE and item.is_open,
        has_room=sitting.state in ROOM_STATES,
    )
