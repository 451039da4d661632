"""The versions of a call, and putting the changes that wait in force.

GET   /gestion/appels/<ref>/versions          what was published, when, by whom, and what each version changed
POST  /gestion/appels/<ref>/publier           the changes that wait become the next version
POST  /gestion/appels/<ref>/abandonner        they are dropped
GET   /gestion/appels/<ref>/versions/<n>.yaml one version as a file; travail.yaml: what is being written
GET, POST  /gestion/appels/importer           a new call from a file
GET, POST  /gestion/appels/<ref>/importer     a file into a call; both show what it would do before they do it
"""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.content_words import changes_in_words, refusals_in_words
from fund.edge.requests import current_actor, current_session
from fund.errors import InvalidInput
from fund.forms.content import read_yaml, write_yaml
from fund.forms.definition import CallContent
from fund.forms.fields import Problem
from fund.forms.yaml_text import MAX_BYTES, YamlRefused, parse_yaml
from fund.models import Call, Person
from fund.services import call_versions
from fund.web.call_desk.own import blueprint, can_edit, find_call, find_editable, funder_of
from fund.web.call_desk.parts import Page, saved_sentence
from fund.web.forms import sent_version
from fund.web.saving import REFUSED, UNUSABLE, save
from fund.web.sheet import Sheet
from workflows.permissions import STAFF_ROLES, Role

CARRIED_MAXIMUM = 400_000
"""Bytes of a file that the page of its differences carries on; the fields of a form hold little more."""


@blueprint.get("/gestion/appels/<reference>/versions")
@access(only(*STAFF_ROLES))
def versions(reference: str) -> Page:
    call = find_call(reference)
    history = call_versions.history_of(call)
    return render_template(
        "call_desk/versions.html",
        call=call,
        can_edit=can_edit(call),
        versions=[
            (version, changes_in_words(before, version.read()) if before else []) for version, before in history
        ],
        authors=_names(current_session(), {version.made_by for version, _ in history}),
        changes=changes_in_words(call.content, call_versions.revised_content(call)),
    )


def _names(session: Session, references: set[str]) -> dict[str, str]:
    query = select(Person.reference, Person.name).where(Person.reference.in_(references))
    return {row[0]: row[1] for row in session.execute(query)}


@blueprint.post("/gestion/appels/<reference>/publier")
@access(only(Role.OFFICER))
def publish(reference: str) -> Page:
    return _settle(
        reference, call_versions.publish_revision, gettext("The changes are published, and in force now.")
    )


@blueprint.post("/gestion/appels/<reference>/abandonner")
@access(only(Role.OFFICER))
def discard(reference: str) -> Page:
    return _settle(reference, call_versions.discard_revision, gettext("The changes that waited are discarded."))


def _settle(reference: str, verb: call_versions.Verb, done: str) -> Response:
    """Take the verb; a refusal is told on the page of the call's parts, where it can be mended."""
    call, sheet, version = find_call(reference), Sheet({}), sent_version(request.form)

    def act(session: Session) -> object:
        return verb(session, current_actor(), call, expected_version=version)

    if save(sheet, act) is None:
        flash(done, "success")
    for sentence in sheet.errors:
        flash(sentence, "danger")
    return redirect(url_for("call_desk.edit" if can_edit(call) else "call_desk.show", reference=reference), 303)


@blueprint.get("/gestion/appels/<reference>/versions/<int:number>.yaml")
@access(only(*STAFF_ROLES))
def version_file(reference: str, number: int) -> Response:
    call = find_call(reference)
    version = next((version for version in call.versions if version.number == number), None)
    if version is None:
        abort(404)
    return _file(f"{reference}-v{number}.yaml", version.read())


@blueprint.get("/gestion/appels/<reference>/travail.yaml")
@access(only(*STAFF_ROLES))
def working_file(reference: str) -> Response:
    return _file(f"{reference}.yaml", call_versions.revised_content(find_call(reference)))


def _file(name: str, content: CallContent) -> Response:
    response = Response(write_yaml(content), mimetype="application/yaml")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/gestion/appels/importer")
@access(only(Role.OFFICER))
def choose_file() -> Page:
    return _file_page(None)


@blueprint.post("/gestion/appels/importer")
@access(only(Role.OFFICER))
def take_file() -> Page:
    return _take(None)


@blueprint.get("/gestion/appels/<reference>/importer")
@access(only(Role.OFFICER))
def choose_file_into(reference: str) -> Page:
    return _file_page(find_editable(reference))


@blueprint.post("/gestion/appels/<reference>/importer")
@access(only(Role.OFFICER))
def take_file_into(reference: str) -> Page:
    return _take(find_editable(reference))


def _take(call: Call | None) -> Page:
    """First what the file would do, then, confirmed, do it. What is confirmed is what was shown."""
    text = request.form.get("text")
    if text is None:
        upload = request.files.get("file")
        raw = upload.stream.read(MAX_BYTES + 1) if upload is not None and upload.filename else b""
        if not raw:
            return _file_page(call, [("file", "", gettext("Choose a file first."))]), UNUSABLE
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            return _file_page(
                call, [("file", "", gettext("The file is no UTF-8 text. Save it as UTF-8."))]
            ), UNUSABLE
    try:
        content = read_yaml(text)
    except InvalidInput as refusal:
        return _file_page(call, refusals_in_words(refusal.errors, _data(text))), UNUSABLE
    carried = write_yaml(content)
    if len(carried.encode()) > CARRIED_MAXIMUM:
        problem = Problem("yaml_too_long", maximum=CARRIED_MAXIMUM // 1000)
        return _file_page(call, refusals_in_words({"file": [problem]}, {})), UNUSABLE
    if "confirmed" not in request.form:
        return _file_page(call, content=content, text=carried)
    return _write(call, content, carried)


def _write(call: Call | None, content: CallContent, text: str) -> Page:
    sheet, version = Sheet({}), sent_version(request.form)
    made: list[str] = []
    funder_id = funder_of(current_session(), current_actor())
    if call is None and funder_id is None:
        sentence = gettext(
            "Your account belongs to no organisation. Ask the administration to tie it to the fund first."
        )
        return _file_page(call, [("", "", sentence)]), UNUSABLE

    def act(session: Session) -> None:
        if call is not None:
            call_versions.save_content(session, current_actor(), call, content, expected_version=version)
            made.append(call.reference)
        elif funder_id is not None:
            new = call_versions.create_from_content(session, current_actor(), content, funder_id=funder_id)
            made.append(new.reference)

    if save(sheet, act) is not None:
        refusals = [("", "", sentence) for sentence in sheet.errors]
        return _file_page(call, refusals, content=content, text=text), REFUSED
    flash(saved_sentence(call) if call is not None else gettext("The draft is kept. Read it through."), "success")
    return redirect(url_for("call_desk.edit", reference=made[0]), 303)


def _file_page(
    call: Call | None,
    refusals: list[tuple[str, str, str]] | None = None,
    *,
    content: CallContent | None = None,
    text: str = "",
) -> str:
    present = call_versions.revised_content(call) if call is not None else None
    return render_template(
        "call_desk/import.html",
        call=call,
        refusals=refusals or [],
        content=content,
        text=text,
        changes=changes_in_words(present, content) if present is not None and content is not None else [],
        version=call.version if call is not None else None,
        can_edit=call is None or can_edit(call),
    )


def _data(text: str) -> object:
    """The file's own data, to name the places of its refusals; what cannot be read has none."""
    try:
        return parse_yaml(text)
    except YamlRefused:
        return {}
