"""A proposal of who reads what: asked for, looked at with what it is worth, corrected, sent, put aside."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, load_only
from werkzeug.wrappers import Response

from fund.analysis.assignment import Weights
from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import conflict_sentence
from fund.errors import Conflict
from fund.models import Application, AssignmentPlan, Call, Organisation, Person
from fund.models.base import utc_now
from fund.services import assignment_plans
from fund.services.access import listed
from fund.services.assignment import list_readers, reading_due
from fund.services.assignment_plans import PlannedPair, find_plan, pairs_of
from fund.services.invitations import find_pending
from fund.web.assignment.blueprint import blueprint
from fund.web.assignment.forms import ProposalForm, SendingForm
from fund.web.call_desk.own import find_call
from fund.web.forms import SchemaForm, written
from fund.web.reviewers.own import WATCHERS
from fund.web.saving import UNUSABLE, save
from workflows.engine import paris_day
from workflows.permissions import Role

Page = str | Response | tuple[str, int]
PER_PAGE = 50
WEIGHTS = ("competence", "territory", "balance")


@blueprint.get("/gestion/appels/<reference>/repartition/proposer")
@access(only(Role.OFFICER))
def ask(reference: str) -> Page:
    call, form = find_call(reference), ProposalForm(formdata=None)
    form.needed.data = str(call.reviews_required)
    for name, weight in asdict(Weights()).items():
        form[name].data = str(round(weight))
    return _ask_page(call, form, None)


@blueprint.post("/gestion/appels/<reference>/repartition/proposer")
@access(only(Role.OFFICER))
def start(reference: str) -> Page:
    """Have a proposal computed; its page shows how far it is."""
    call, form = find_call(reference), ProposalForm()
    chosen = request.form.getlist("readers")
    given = form.read({"readers": chosen})
    if given is None:
        return _ask_page(call, form, chosen), UNUSABLE
    weights = Weights(**{name: given.pop(name) for name in WEIGHTS})
    made: list[AssignmentPlan] = []
    status = save(
        form,
        lambda session: made.append(
            assignment_plans.start_plan(session, current_actor(), call, weights=weights, **given)
        ),
    )
    if status:
        return _ask_page(call, form, chosen), status
    return redirect(url_for("assignment.show_plan", reference=reference, number=made[0].id), 303)


@blueprint.get("/gestion/appels/<reference>/repartition/propositions/<int:number>")
@access(only(*WATCHERS))
def show_plan(reference: str, number: int) -> Page:
    call = find_call(reference)
    plan, form = find_plan(current_session(), call, number), SendingForm(formdata=None)
    form.due_at.data = written(reading_due(call, utc_now()), form.schema().fields["due_at"])
    return _plan_page(call, plan, form)


@blueprint.get("/gestion/appels/<reference>/repartition/propositions/<int:number>/etat")
@access(only(*WATCHERS))
def progress(reference: str, number: int) -> Response:
    plan = find_plan(current_session(), find_call(reference), number)
    return jsonify(state=plan.state.value, done=plan.applied_count, text=_progress_text(plan))


@blueprint.post("/gestion/appels/<reference>/repartition/propositions/<int:number>/rayer")
@access(only(Role.OFFICER))
def strike(reference: str, number: int) -> Page:
    """Strike one pair out of the proposal, or (``back``) put it back."""
    plan = find_plan(current_session(), find_call(reference), number)
    pair = {"file": request.form.get("file", ""), "reader": request.form.get("reader", "")}
    is_back = "back" in request.form
    try:
        with writing() as session:
            assignment_plans.strike(session, current_actor(), plan, **pair, back=is_back)
    except Conflict as conflict:
        flash(conflict_sentence(conflict.code), "danger")
    page = request.form.get("page", "1")
    return redirect(
        url_for("assignment.show_plan", reference=reference, number=number, page=page, _anchor=pair["file"]), 303
    )


@blueprint.post("/gestion/appels/<reference>/repartition/propositions/<int:number>/envoyer")
@access(only(Role.OFFICER))
def send(reference: str, number: int) -> Page:
    """Have the pairs given, one after the other; reviewers are told from now on."""
    call = find_call(reference)
    plan, form = find_plan(current_session(), call, number), SendingForm()
    given = form.read()
    if given is None:
        return _plan_page(call, plan, form), UNUSABLE
    due_at = given["due_at"]
    status = save(form, lambda session: assignment_plans.send_plan(session, current_actor(), plan, due_at=due_at))
    if status:
        return _plan_page(call, plan, form), status
    return redirect(url_for("assignment.show_plan", reference=reference, number=number), 303)


@blueprint.post("/gestion/appels/<reference>/repartition/propositions/<int:number>/abandonner")
@access(only(Role.OFFICER))
def discard(reference: str, number: int) -> Page:
    plan = find_plan(current_session(), find_call(reference), number)
    try:
        with writing() as session:
            assignment_plans.discard_plan(session, current_actor(), plan)
    except Conflict as conflict:
        flash(conflict_sentence(conflict.code), "danger")
        return redirect(url_for("assignment.show_plan", reference=reference, number=number), 303)
    flash(gettext("The proposal is put aside. What was given already stays given."), "success")
    return redirect(url_for("assignment.index", reference=reference), 303)


def _ask_page(call: Call, form: SchemaForm, chosen: list[str] | None) -> str:
    """``chosen``: the reviewers ticked; at first all who have an account that is open."""
    session = current_session()
    readers = list_readers(session)
    pending = find_pending(session, [person for person, _, _ in readers])
    if chosen is None:
        chosen = [person.reference for person, _, _ in readers if person.id not in pending]
    return render_template(
        "assignment/propose.html",
        call=call,
        form=form,
        readers=readers,
        pending=pending,
        chosen=chosen,
        today=paris_day(utc_now()),
    )


# --- a proposal on its page ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """What a reviewer reads before and after the proposal, struck pairs aside."""

    person: Person
    before: int
    added: int


def _plan_page(call: Call, plan: AssignmentPlan, form: SchemaForm) -> str:
    """Pairs and gaps are shown of the files that exist for whoever looks: another officer may be kept off some."""
    session = current_session()
    pairs = pairs_of(plan)
    by_file: dict[str, list[PlannedPair]] = {}
    for pair in pairs:
        by_file.setdefault(pair.file, []).append(pair)
    references = list(by_file)
    last = max(ceil(len(references) / PER_PAGE), 1)
    number = min(max(request.args.get("page", 1, type=int), 1), last)
    shown = references[(number - 1) * PER_PAGE : number * PER_PAGE]
    unmet = plan.result.get("unmet", [])
    files = _files(session, [*shown, *(file for file, _, _ in unmet), *(one["file"] for one in plan.refused)])
    people = _people(session, plan, pairs)
    return render_template(
        "assignment/plan.html",
        call=call,
        plan=plan,
        form=form,
        result=plan.result,
        groups=[(files[reference], by_file[reference]) for reference in shown if reference in files],
        unmet=[(files[file], missing, because) for file, missing, because in unmet if file in files],
        refused=[(files.get(one["file"]), people.get(one["reader"]), one["because"]) for one in plan.refused],
        people=people,
        loads=_loads(plan, pairs, people),
        to_send=sum(not pair.struck for pair in pairs),
        struck=sum(pair.struck for pair in pairs),
        page=number,
        last=last,
        progress_text=_progress_text(plan),
        can_send=current_actor().has_role(Role.OFFICER),
    )


def _files(session: Session, references: Sequence[str]) -> dict[str, Application]:
    query = listed(current_actor(), Application).where(Application.reference.in_(references))
    query = query.options(
        load_only(Application.reference, Application.title, Application.state),
        joinedload(Application.lead, innerjoin=True).load_only(Organisation.name),
    )
    return {application.reference: application for application in session.scalars(query)}


def _people(session: Session, plan: AssignmentPlan, pairs: Sequence[PlannedPair]) -> dict[str, Person]:
    references = {*plan.result.get("loads", {}), *(pair.reader for pair in pairs)}
    query = (
        select(Person).where(Person.reference.in_(references)).options(load_only(Person.reference, Person.name))
    )
    return {person.reference: person for person in session.scalars(query)}


def _loads(plan: AssignmentPlan, pairs: Sequence[PlannedPair], people: dict[str, Person]) -> list[Load]:
    """The heaviest first."""
    added = Counter(pair.reader for pair in pairs if not pair.struck)
    before: dict[str, Any] = plan.result.get("loads", {})
    loads = [Load(people[key], before[key], added[key]) for key in before if key in people]
    return sorted(loads, key=lambda load: (-load.before - load.added, load.person.name))


def _progress_text(plan: AssignmentPlan) -> str:
    total = len(assignment_plans.pairs_to_send(plan))
    return str(gettext("%(done)s of %(total)s", done=plan.applied_count, total=total))
