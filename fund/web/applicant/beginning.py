"""Beginning a draft in a call: which organisation leads, and whether an earlier file is copied."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session, writing
from fund.models import Call
from fund.schemas.forms import OrganisationInput
from fund.services.access import find
from fund.services.applications import require_open_draft, start_application
from fund.services.copying import copy_file, list_sources
from fund.services.organisations import find_or_create
from fund.web.applicant.copying import say_copied
from fund.web.applicant.own import blueprint, own_file
from fund.web.calls import list_own_files
from fund.web.forms import SchemaForm, form_of
from fund.web.people import current_person
from workflows.permissions import Role


@blueprint.get("/mes-dossiers/nouveau")
@access(only(Role.APPLICANT))
def new() -> str:
    """Which organisation leads the alliance."""
    call = _call_of(request.args.get("appel", ""))
    form = form_of(OrganisationInput)()
    person = current_person()
    if person is not None and person.organisation is not None:
        form.fill(person.organisation)
    return _new_page(call, form)


@blueprint.post("/mes-dossiers/nouveau")
@access(only(Role.APPLICANT))
def begin() -> Response | tuple[str, int]:
    """Begin the draft, with what is copied from an earlier file, and go on to write it."""
    call = _call_of(request.form.get("appel", ""))
    form = form_of(OrganisationInput)()
    inputs = form.read()
    if inputs is None:
        return _new_page(call, form), 422
    source = own_file(request.form["copie"]) if request.form.get("copie") else None
    with writing() as session:
        require_open_draft(call)
        numbers = {name: inputs[name] or None for name in ("siret", "rna")}
        lead = find_or_create(session, name=inputs["name"], kind=inputs["kind"], **numbers)
        application = start_application(session, current_actor(), call, lead)
        done = copy_file(session, current_actor(), source, application) if source else ()
    flash(
        gettext("Your draft %(reference)s is begun. Only you see it.", reference=application.reference), "success"
    )
    if inputs["name"].casefold() != lead.name.casefold():
        flash(
            gettext(
                "The number that you gave for “%(typed)s” is that of “%(name)s”, under which it is recorded.",
                typed=inputs["name"],
                name=lead.name,
            ),
            "warning",
        )
    if source is not None:
        say_copied(source, application, done)
        return redirect(url_for("applicant.show", reference=application.reference), 303)
    return redirect(url_for("applicant.edit", reference=application.reference), 303)


def _call_of(reference: str) -> Call:
    call: Call = find(current_session(), current_actor(), Call, reference)
    return call


def _new_page(call: Call, form: SchemaForm) -> str:
    return render_template(
        "applicant/new.html",
        call=call,
        form=form,
        own_files=list_own_files(call),
        sources=list_sources(current_session(), current_actor()),
        copied=request.form.get("copie", ""),
    )
