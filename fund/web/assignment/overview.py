"""The call's files and their readers, and giving several files to several reviewers at once."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.models import Call, Person
from fund.models.application import ENGAGED_REVIEWS
from fund.models.base import utc_now
from fund.services.assignment import (
    Given,
    assign_many,
    count_places,
    list_readers,
    list_to_read,
    reading_due,
)
from fund.services.assignment_plans import latest_plan
from fund.services.invitations import find_pending
from fund.web.assignment.blueprint import blueprint
from fund.web.assignment.forms import GivingForm
from fund.web.call_desk.own import find_call
from fund.web.forms import SchemaForm, written
from fund.web.lists import cursor, neighbours
from fund.web.reviewers.own import WATCHERS
from fund.web.saving import UNUSABLE, save
from workflows.engine import paris_day
from workflows.permissions import Role

Page = str | Response | tuple[str, int]


@blueprint.get("/gestion/appels/<reference>/repartition")
@access(only(*WATCHERS))
def index(reference: str) -> Page:
    call, form = find_call(reference), GivingForm(formdata=None)
    form.due_at.data = written(reading_due(call, utc_now()), form.schema().fields["due_at"])
    return _page(call, form)


@blueprint.post("/gestion/appels/<reference>/repartition")
@access(only(Role.OFFICER))
def give(reference: str) -> Page:
    """Give each ticked file to each ticked reviewer; what is refused is named, the rest is done."""
    call, form = find_call(reference), GivingForm()
    ticked = {"files": request.form.getlist("files"), "readers": request.form.getlist("readers")}
    given = form.read(ticked)
    if given is None:
        return _page(call, form), UNUSABLE
    done: list[Given] = []
    if status := save(form, lambda session: done.extend(assign_many(session, current_actor(), **given))):
        return _page(call, form), status
    refused = [pair for pair in done if pair.obstacle is not None]
    count = len(done) - len(refused)
    if count:
        sentence = ngettext(
            "One review is asked for; the reviewer is told by e-mail.",
            "%(num)s reviews are asked for; the reviewers are told by e-mail.",
            count,
        )
        flash(sentence, "success")
    if refused:
        return _page(call, form, refused=refused)
    return redirect(url_for("assignment.index", reference=reference, incomplets=_filter()), 303)


def _page(call: Call, form: SchemaForm, *, refused: Sequence[Given] = ()) -> str:
    session, actor = current_session(), current_actor()
    lacking = _filter() is not None
    page = list_to_read(session, actor, call, lacking=lacking, cursor=cursor())
    readers = list_readers(session)
    return render_template(
        "assignment/index.html",
        call=call,
        form=form,
        page=page,
        neighbours=neighbours(page),
        lacking=lacking,
        places=count_places(session, actor, call),
        readers=readers,
        pending=find_pending(session, [person for person, _, _ in readers]),
        engaged=ENGAGED_REVIEWS,
        plan=latest_plan(session, call),
        ticked={"files": request.form.getlist("files"), "readers": request.form.getlist("readers")},
        refused=refused,
        names=_names(readers, refused),
        can_give=actor.has_role(Role.OFFICER),
        incomplets=_filter(),
        today=paris_day(utc_now()),
    )


def _filter() -> str | None:
    """The list's filter as its address has it: whoever gives files goes on in the same list."""
    return "oui" if request.args.get("incomplets") == "oui" else None


def _names(readers: Sequence[tuple[Person, object, int]], refused: Sequence[Given]) -> dict[str, str]:
    """The names of people who were refused, by reference; some may be reviewers no more."""
    known = {person.reference: person.name for person, _, _ in readers}
    absent = {pair.reader for pair in refused} - known.keys()
    if absent:
        query = select(Person.reference, Person.name).where(Person.reference.in_(absent))
        known |= {row.reference: row.name for row in current_session().execute(query)}
    return known
