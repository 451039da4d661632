"""A call as its applicants will see it, before it is published: the preview, and test files.

GET        /gestion/appels/<ref>/apercu             the public page, and the way to every part of the form
GET, POST  /gestion/appels/<ref>/apercu/<form>/<section>   one part; what is typed shows its conditions, unkept
GET        /gestion/appels/<ref>/apercu.pdf         the form on paper
POST       /gestion/appels/<ref>/essai              begin a test file, then write and deposit it as applicants do
"""

from dataclasses import replace

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session, writing
from fund.forms.compiler import judge
from fund.forms.definition import CallContent, Form, Section
from fund.forms.posting import raw_of_post
from fund.forms.project import project_section
from fund.models import Call, Organisation
from fund.services import call_versions
from fund.web.answers import Control, draw_section, padded
from fund.web.call_desk.own import blueprint, find_call, funder_of
from fund.web.call_desk.parts import FORMS, Page
from fund.web.calls import paper
from workflows.call import CallState
from workflows.permissions import STAFF_ROLES, Role


@blueprint.get("/gestion/appels/<reference>/apercu")
@access(only(*STAFF_ROLES))
def preview(reference: str) -> Page:
    call = find_call(reference)
    content = call_versions.revised_content(call)
    return render_template(
        "call_desk/preview.html",
        call=call,
        content=content,
        sections=_sections(content),
        report=content.report.sections,
        can_try=_can_try(call),
    )


@blueprint.get("/gestion/appels/<reference>/apercu/<form_name>/<key>")
@access(only(*STAFF_ROLES))
def preview_section(reference: str, form_name: str, key: str) -> Page:
    return _section_page(reference, form_name, key)


@blueprint.post("/gestion/appels/<reference>/apercu/<form_name>/<key>")
@access(only(*STAFF_ROLES))
def try_section(reference: str, form_name: str, key: str) -> Page:
    """Draw the part with what was typed: conditions, limits and refusals as applicants meet them."""
    return _section_page(reference, form_name, key)


def _section_page(reference: str, form_name: str, key: str) -> Page:
    call = find_call(reference)
    content = call_versions.revised_content(call)
    if form_name not in FORMS:
        abort(404)
    sections = _sections(content) if form_name == "formulaire" else list(content.report.sections)
    place = next((number for number, section in enumerate(sections) if section.key == key), None)
    if place is None:
        abort(404)
    return render_template(
        "call_desk/preview_section.html",
        call=call,
        form_name=form_name,
        section=sections[place],
        controls=_controls(sections[place]),
        following=sections[place + 1] if place + 1 < len(sections) else None,
    )


def _sections(content: CallContent) -> list[Section]:
    return [project_section(content), *content.form.sections]


def _controls(section: Section) -> list[Control]:
    raw = raw_of_post(section, request.form)
    # What stands in other parts is not typed here: the part itself is shown always.
    form = Form((replace(section, show_if=""),))
    judged = judge(form, {section.key: padded(section, raw)}, complete=False)
    found = judged.problems if request.method == "POST" else ()
    return draw_section(section, raw, shown=judged.shown, found=found, corrections={})


@blueprint.get("/gestion/appels/<reference>/apercu.pdf")
@access(only(*STAFF_ROLES))
def preview_form(reference: str) -> Response:
    return paper(call_versions.revised_content(find_call(reference)), reference)


@blueprint.post("/gestion/appels/<reference>/essai")
@access(only(Role.OFFICER))
def try_out(reference: str) -> Response:
    """Begin a test file with the officer's own organisation, or the funder, as its lead."""
    call = find_call(reference)
    if not _can_try(call):
        flash(gettext("This call is over: a test file can no longer be begun."), "danger")
        return redirect(url_for("call_desk.show", reference=reference), 303)
    with writing() as session:
        lead = session.get_one(Organisation, funder_of(current_session(), current_actor()) or call.funder_id)
        application = call_versions.begin_trial(session, current_actor(), call, lead)
    flash(
        gettext(
            "Your test file %(reference)s is begun. Only you see it; write and submit it as an applicant would.",
            reference=application.reference,
        ),
        "success",
    )
    return redirect(url_for("applicant.show", reference=application.reference), 303)


def _can_try(call: Call) -> bool:
    return current_actor().has_role(Role.OFFICER) and call.state not in (CallState.CANCELLED, CallState.SETTLED)
