"""The page of simulations and its acts."""

from decimal import Decimal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session, joinedload, selectinload
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.models import AgendaItem, Application, CommitteeSession, Simulation
from fund.services import simulations
from fund.services.access import visible
from fund.services.portfolios import Basis, Wanted, read_basis, wanted_of
from fund.web.agenda import Envelope
from fund.web.forms import SchemaForm
from fund.web.saving import save
from fund.web.simulation.constraints import ConstraintsForm, form_from, options_of, read_wanted, sent_form
from fund.web.simulation.look import Shown, show
from workflows.permissions import STAFF_ROLES, Role

blueprint = Blueprint("simulation", __name__)

READERS = only(Role.COMMITTEE, Role.CHAIR, *STAFF_ROLES)
MAKERS = only(Role.COMMITTEE, Role.CHAIR, Role.OFFICER)
ADOPTERS = only(Role.CHAIR, Role.OFFICER)
RESULT = "resultat"

Page = str | Response | tuple[str, int]


@blueprint.get("/comite/<reference>/simulation")
@access(READERS)
def index(reference: str) -> Page:
    """The latest simulation, and the form to have another computed."""
    sitting = _find(reference)
    latest = sitting.simulations[-1] if sitting.simulations else None
    wanted = wanted_of(latest.constraints) if latest else _wanted_at_first(sitting)
    return _page(sitting, form_from(wanted), latest)


@blueprint.get("/comite/<reference>/simulation/<int:number>")
@access(READERS)
def read(reference: str, number: int) -> Page:
    sitting = _find(reference)
    simulation = _simulation(sitting, number)
    return _page(sitting, form_from(wanted_of(simulation.constraints)), simulation)


@blueprint.post("/comite/<reference>/simulation")
@access(MAKERS)
def make(reference: str) -> Page:
    sitting, form = _find(reference), sent_form()
    latest = sitting.simulations[-1] if sitting.simulations else None
    if "more" in request.form:  # rows to write in, without a script
        return _page(sitting, form, latest)
    wanted = read_wanted(form, read_basis(current_session(), sitting))
    if wanted is None:
        return _page(sitting, form, latest), 422
    made: list[Simulation] = []

    def act(session: Session) -> None:
        made.append(simulations.simulate(session, current_actor(), sitting, wanted=wanted))

    if refused := save(form, act):
        return _page(_find(reference), form, latest), refused
    return _to(reference, made[0].number)


@blueprint.post("/comite/<reference>/simulation/<int:number>/adoption")
@access(ADOPTERS)
def adopt(reference: str, number: int) -> Page:
    sitting, form = _find(reference), SchemaForm()
    simulation = _simulation(sitting, number)

    def act(session: Session) -> object:
        return simulations.adopt(session, current_actor(), simulation)

    if refused := save(form, act):
        sitting = _find(reference)
        simulation = _simulation(sitting, number)
        constraints = form_from(wanted_of(simulation.constraints))
        constraints.form_errors.extend(form.form_errors)
        return _page(sitting, constraints, simulation), refused
    flash(
        gettext(
            "Simulation no. %(number)s is now what is proposed to the committee. Each file is still put to the "
            "vote.",
            number=number,
        ),
        "success",
    )
    return _to(reference, number)


def _to(reference: str, number: int) -> Response:
    return redirect(url_for("simulation.read", reference=reference, number=number, _anchor=RESULT), 303)


def _find(reference: str) -> CommitteeSession:
    """The session with all that the page tells of it, in a fixed number of statements. Raises NotFound."""
    query = visible(current_actor(), CommitteeSession).where(CommitteeSession.reference == reference)
    sitting: CommitteeSession | None = current_session().scalar(
        query.options(
            joinedload(CommitteeSession.call),
            selectinload(CommitteeSession.members),
            selectinload(CommitteeSession.items).joinedload(AgendaItem.application).joinedload(Application.lead),
            selectinload(CommitteeSession.simulations).joinedload(Simulation.made_by),
            selectinload(CommitteeSession.simulations).joinedload(Simulation.adopted_by),
        )
    )
    if sitting is None:
        raise NotFound(reference)
    return sitting


def _simulation(sitting: CommitteeSession, number: int) -> Simulation:
    found = next((one for one in sitting.simulations if one.number == number), None)
    if found is None:
        abort(404)
    return found


def _wanted_at_first(sitting: CommitteeSession) -> Wanted:
    """Before anybody asked: the score below which the call proposes no file."""
    return Wanted(minimum_score=sitting.call.content.scoring.minimum)


def _page(sitting: CommitteeSession, form: ConstraintsForm, simulation: Simulation | None) -> str:
    session, actor = current_session(), current_actor()
    basis = read_basis(session, sitting)
    kept_off = simulations.files_kept_off(session, actor, sitting)
    shown = show(sitting, simulation, basis, kept_off) if simulation else None
    still_open = basis.open_references
    return render_template(
        "simulation/index.html",
        sitting=sitting,
        form=form,
        options=options_of(basis),
        files=[item for item in sitting.items if item.application.reference in still_open],
        available=basis.available,
        may_make=simulations.may_make(actor, sitting) and not kept_off,
        may_adopt=simulations.may_adopt(actor, sitting) and not kept_off,
        kept_off=bool(kept_off) and simulations.may_make(actor, sitting),
        shown=shown,
        envelope=_envelope(sitting, basis, shown) if shown and shown.has_answer and shown.sees_all else None,
        history=list(reversed(sitting.simulations)),
    )


def _envelope(sitting: CommitteeSession, basis: Basis, shown: Shown) -> Envelope:
    """The envelope as it would be used, were the simulation followed."""
    decided = sum((line.amount or Decimal(0) for line in shown.chosen if line.is_decided), Decimal(0))
    open_lines = [item for item in sitting.items if item.is_open]
    return Envelope(
        total=sitting.call.envelope,
        remaining=basis.available - decided,
        decided=decided,
        proposed=shown.proposed.euros - decided,
        undecided=sum((item.application.requested_amount or Decimal(0) for item in open_lines), Decimal(0)),
    )
