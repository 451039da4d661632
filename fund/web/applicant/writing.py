"""Beginning a draft in a call, and writing it."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import SIGNED_IN, access, only
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import conflict_sentence
from fund.errors import Conflict, InvalidInput, StaleVersion
from fund.models import Application, Call, Organisation, OrganisationKind
from fund.schemas.forms import OrganisationInput
from fund.services.access import find
from fund.services.applications import edit_application, require_open_draft, start_application
from fund.services.organisations import find_or_create
from fund.services.perform import NotEditable, NotPermitted
from fund.web.applicant.files import corrections_of
from fund.web.applicant.form import DraftForm
from fund.web.applicant.own import blueprint, may_write, own_file
from fund.web.calls import list_own_files
from fund.web.forms import SchemaForm, form_of, sent_version
from fund.web.people import current_person
from workflows.permissions import Permission, Role, allows


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
    """Begin the draft, and go on to write it."""
    call = _call_of(request.form.get("appel", ""))
    form = form_of(OrganisationInput)()
    inputs = form.read()
    if inputs is None:
        return _new_page(call, form), 422
    with writing() as session:
        require_open_draft(call)
        lead = _organisation_of(session, inputs, known=[])
        application = start_application(session, current_actor(), call, lead)
    _say_known_names([(inputs, lead)])
    flash(
        gettext("Your draft %(reference)s is begun. Only you see it.", reference=application.reference), "success"
    )
    return redirect(url_for("applicant.edit", reference=application.reference), 303)


@blueprint.get("/mes-dossiers/<reference>/modifier")
@access(SIGNED_IN)
def edit(reference: str) -> str:
    application = _writable(reference)
    return _edit_page(application, DraftForm(application))


@blueprint.post("/mes-dossiers/<reference>/modifier")
@access(SIGNED_IN)
def save(reference: str) -> Response | str | tuple[str, int]:
    """Save the draft as it is, complete or not. What cannot be kept is shown again with what was typed."""
    application = _writable(reference)
    form = DraftForm(application)
    if request.form.get("action") == "commune":
        form.search_commune()
        return _edit_page(application, form)
    if "remove" in request.form or request.form.get("action") == "add":
        return _edit_page(application, form)  # the form itself has left the row out, or offers an empty one
    inputs = form.read()
    if inputs is None:
        return _edit_page(application, form), 422
    return _save(application, form, inputs)


def _save(application: Application, form: DraftForm, inputs: dict[str, Any]) -> Response | tuple[str, int]:
    rows = inputs.pop("members")
    try:
        with writing() as session:
            members = _lines_of(session, application, rows)
            edit_application(
                session,
                current_actor(),
                application,
                expected_version=sent_version(request.form),
                members=members,
                **inputs,
            )
    except InvalidInput as error:
        form.show_service_problems(error.errors)
        return _edit_page(application, form), 422
    except StaleVersion:
        form.show_recorded()
        return _edit_page(application, form, is_stale=True), 409
    except Conflict as conflict:
        form.project.form_errors.append(conflict_sentence(conflict.code))
        return _edit_page(application, form), 409
    _say_known_names([(row, line["organisation"]) for row, line in zip(rows, members, strict=True)])
    flash(gettext("Your file is saved. It is not submitted yet."), "success")
    return redirect(url_for("applicant.show", reference=application.reference), 303)


def _call_of(reference: str) -> Call:
    call: Call = find(current_session(), current_actor(), Call, reference)
    return call


def _new_page(call: Call, form: SchemaForm) -> str:
    return render_template("applicant/new.html", call=call, form=form, own_files=list_own_files(call))


def _edit_page(application: Application, draft: DraftForm, *, is_stale: bool = False) -> str:
    # After a stale version the page bears the present one: saving again is then a decision.
    version = application.version if is_stale else request.form.get("version", application.version)
    return render_template(
        "applicant/edit.html",
        application=application,
        draft=draft,
        form=draft.project,
        corrections={name: text for name, _, text in corrections_of(application)},
        version=version,
        is_stale=is_stale,
        kinds=[OrganisationKind(kind) for kind in application.call.required_kinds],
    )


def _writable(reference: str) -> Application:
    """One's own file, if it can be written now. Raises NotFound, NotPermitted, NotEditable."""
    application = own_file(reference)
    if not allows(Permission.APPLICATION_WRITE, current_actor(), application.relations(current_actor())):
        raise NotPermitted(Permission.APPLICATION_WRITE)
    if not may_write(application):
        raise NotEditable(application.state)
    return application


def _lines_of(session: Session, application: Application, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The members as the service takes them; the first row is the lead's."""
    known = [member.organisation for member in application.members]
    organisations = [application.lead, *(_organisation_of(session, row, known) for row in rows[1:])]
    return [
        {"organisation": organisation, "part": row["part"], "contribution": row["contribution"]}
        for organisation, row in zip(organisations, rows, strict=True)
    ]


def _organisation_of(session: Session, row: Mapping[str, Any], known: list[Organisation]) -> Organisation:
    """The organisation of a row; one without any number is recognised, by its name, among the file's own."""
    siret, rna = row["siret"] or None, row["rna"] or None
    if siret is None and rna is None:
        same = (o for o in known if not o.siret and not o.rna and o.name == row["name"] and o.kind is row["kind"])
        if found := next(same, None):
            return found
    return find_or_create(session, name=row["name"], kind=row["kind"], siret=siret, rna=rna)


def _say_known_names(pairs: list[tuple[Mapping[str, Any], Organisation]]) -> None:
    """An organisation known by its number keeps its recorded name: say so where another was typed."""
    for row, organisation in pairs:
        if row["name"].casefold() != organisation.name.casefold():
            flash(
                gettext(
                    "The number that you gave for “%(typed)s” is that of “%(name)s”, under which it is recorded.",
                    typed=row["name"],
                    name=organisation.name,
                ),
                "warning",
            )
