"""Asking an alliance for corrections, place by place, and giving it more time for them.

GET, POST /dossiers/<ref>/corrections   marks with a kind and a reason each; the deadline; a word to the alliance
GET, POST /dossiers/<ref>/delai         more time for corrections
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.formats import moment
from fund.edge.requests import current_actor, current_session
from fund.edge.sentences import problem_sentence, reason_sentence
from fund.forms.compiler import slot_of
from fund.forms.definition import Confirmations, FieldType
from fund.forms.project import BUDGET
from fund.models import Application, ConsentState
from fund.services import applications
from fund.services.access import find
from fund.services.corrections import MEMBERS, places_to_mark
from fund.services.steps import take_step
from fund.services.writing import part_of
from fund.web.applicant.parts import title_of
from fund.web.forms import SchemaForm, sent_version
from fund.web.officer_forms import ExtensionForm, ReturnForm
from fund.web.reading import lines_of, place_label, read_deposited
from fund.web.readings import Reading
from fund.web.saving import UNUSABLE, save
from workflows.application import ApplicationState, ApplicationStep, CorrectionKind
from workflows.permissions import Role

blueprint = Blueprint("corrections", __name__)

Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class MarkControl:
    """One place that can be marked: what is written there, what the checks find, and what was typed of it."""

    path: str
    label: str
    now: str
    findings: tuple[str, ...]
    kind: str
    reason: str
    problems: Mapping[str, str]

    @property
    def id(self) -> str:
        return self.path.replace(".", "-")

    @property
    def is_open(self) -> bool:
        return bool(self.kind or self.reason or self.findings or self.problems)


@blueprint.get("/dossiers/<reference>/corrections")
@access(only(Role.OFFICER))
def ask(reference: str) -> Page:
    return _page(_find(reference), ReturnForm())


@blueprint.post("/dossiers/<reference>/corrections")
@access(only(Role.OFFICER))
def send(reference: str) -> Page:
    """Send the file back with a deadline, a message, and a mark at each place concerned."""
    application, form = _find(reference), ReturnForm()
    inputs = form.read({"corrections": dict(_typed_marks(application))})
    if inputs is None:
        _link_problems(application, form)
        return _page(application, form), UNUSABLE
    version = sent_version(request.form)

    def act(session: Session) -> object:
        step = str(ApplicationStep.RETURN)
        return take_step(session, current_actor(), application, step, expected_version=version, inputs=inputs)

    if status := save(form, act):
        return _page(application, form), status
    due = moment(inputs["return_due_at"])
    flash(gettext("The corrections were asked for; the alliance has until %(when)s.", when=due), "success")
    return redirect(url_for("officer.show", reference=reference), 303)


def _typed_marks(application: Application) -> Iterator[tuple[str, dict[str, str]]]:
    """What was typed at each place; nothing for a place that was left alone."""
    for path in places_to_mark(application):
        kind, reason = request.form.get(f"kind-{path}", ""), request.form.get(f"reason-{path}", "")
        if kind or reason.strip():
            yield path, {"reason": reason, **({"kind": kind} if kind else {})}


def _link_problems(application: Application, form: ReturnForm) -> None:
    for path, problems in form.mark_problems.items():
        for name, sentence in problems.items():
            label = gettext("%(field)s: %(sentence)s", field=place_label(application, path), sentence=sentence)
            link = Markup('<a href="#{}-{}">{}</a>').format(name, path.replace(".", "-"), label)
            form.form_errors.append(link)


def _page(application: Application, form: ReturnForm) -> str:
    reading = read_deposited(application, with_contact=True)
    now, findings = _written(reading), _findings(application)
    groups: dict[str, list[MarkControl]] = {}
    for path in places_to_mark(application):
        control = MarkControl(
            path=path,
            label=place_label(application, path),
            now=now.get(path, ""),
            findings=tuple(findings.get(path, ())),
            kind=request.form.get(f"kind-{path}", ""),
            reason=request.form.get(f"reason-{path}", ""),
            problems=form.mark_problems.get(path, {}),
        )
        groups.setdefault(title_of(application, part_of(path)), []).append(control)
    return render_template(
        "officer/corrections.html",
        application=application,
        form=form,
        groups=groups,
        kinds=list(CorrectionKind),
        maximum=form.reason_maximum,
    )


def _written(reading: Reading) -> dict[str, str]:
    """What stands at each place, in words."""
    lines = lines_of(reading)
    found = {path: line.text for path, line in lines.items()}
    found[MEMBERS] = gettext(", ").join(member.name for member in reading.members)
    sides = [found[path] for path in (f"{BUDGET}.charges", f"{BUDGET}.products") if path in found]
    return {**found, BUDGET: "\n\n".join(filter(None, sides))}


def _findings(application: Application) -> dict[str, list[str]]:
    """What the checks find in the file as it stands, by place: a help for who marks it, not a mark."""
    found: dict[str, list[str]] = {}

    def note(path: str, sentence: str) -> None:
        found.setdefault(path, []).append(sentence)

    for fault in application.judge_form().problems:
        note(_mark_of(application, fault.path), problem_sentence(fault.problem))
    budget = application.judge_budget()
    for path, problem in budget.problems if budget is not None else ():
        note(f"{BUDGET}.{path.partition('.')[0]}" if path else BUDGET, problem_sentence(problem))
    for slot, _, _ in application.missing_documents():
        note(slot, problem_sentence("file_missing"))
    for gap in application.compose_alliance().gaps:
        note(MEMBERS, reason_sentence(gap))
    if application.rules.alliance.confirmations is not Confirmations.NONE:
        for member in application.members:
            if member.consent_state is ConsentState.OUTDATED:
                note(f"{MEMBERS}.{member.id}", gettext("Its part changed after it had confirmed it."))
    return found


def _mark_of(application: Application, path: str) -> str:
    """The place that is marked for a problem: the question, of which it may be a row; a document by its slot."""
    section, key, *_ = *path.split("."), ""
    form = application.rules.form.find(section)
    question = next((q for q in form.fields if q.key == key), None) if form is not None else None
    if question is not None and question.type is FieldType.FILE:
        return slot_of(section, key)
    return f"{section}.{key}"


@blueprint.get("/dossiers/<reference>/delai")
@access(only(Role.OFFICER))
def ask_extension(reference: str) -> Page:
    return _extension_page(_find_returned(reference), ExtensionForm())


@blueprint.post("/dossiers/<reference>/delai")
@access(only(Role.OFFICER))
def extend(reference: str) -> Page:
    """Give the alliance more time for its corrections."""
    application, form = _find_returned(reference), ExtensionForm()
    given = form.read()
    if given is None:
        return _extension_page(application, form), UNUSABLE

    def act(session: Session) -> object:
        return applications.extend_deadline(session, current_actor(), application, **given)

    if status := save(form, act):
        return _extension_page(application, form), status
    flash(gettext("The alliance now has until %(when)s.", when=moment(given["until"])), "success")
    return redirect(url_for("officer.show", reference=reference), 303)


def _find_returned(reference: str) -> Application:
    application = _find(reference)
    if application.state is not ApplicationState.RETURNED:
        abort(404)
    return application


def _find(reference: str) -> Application:
    application: Application = find(current_session(), current_actor(), Application, reference)
    return application


def _extension_page(application: Application, form: SchemaForm) -> str:
    return render_template("officer/extension.html", application=application, form=form)
