"""The parts of a call that are one form each, and the page that leads to them all.

GET, POST /gestion/appels/nouveau                  a new draft, of which the texts, dates and amounts are the start
GET       /gestion/appels/<ref>/modifier           all parts, what is missing, what waits to be published
GET, POST /gestion/appels/<ref>/modifier/<part>    one part
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.content_words import changes_in_words, refusals_in_words
from fund.edge.formats import day
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.errors import InvalidInput
from fund.forms.accounts import plan
from fund.forms.content import dump_content, read_content, whole_content
from fund.forms.content_rules import content_faults, new_faults
from fund.forms.definition import (
    AidRegime,
    CallContent,
    Confirmations,
    Feedback,
    LateRule,
    OrganisationKind,
    Otherwise,
)
from fund.models import Call
from fund.services import call_versions
from fund.storage.kinds import Group
from fund.web.call_desk import reading
from fund.web.call_desk.own import blueprint, can_edit, find_call, find_editable, funder_of
from fund.web.forms import sent_version
from fund.web.saving import UNUSABLE, save
from fund.web.sheet import Problems, Sheet, posted, row_action, typed
from workflows.call import CallState
from workflows.permissions import Role

Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the editor; ``owns`` are the names of the content that it writes."""

    name: str
    title: Any
    owns: tuple[str, ...]
    read: reading.Reader


PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        Part("textes", _l("Texts, dates and amounts"), reading.BASICS, reading.read_basics),
        Part("alliance", _l("Alliance rule"), ("alliance",), reading.read_alliance),
        Part("eligibilite", _l("Questions before writing"), ("eligibility",), reading.read_eligibility),
        Part("budget", _l("Budget"), ("budget",), reading.read_budget),
        Part("pieces", _l("Documents asked for"), ("documents",), reading.read_documents),
        Part("grille", _l("Rubric"), ("rubric", "scoring"), reading.read_rubric),
        Part(
            "regles",
            _l("Deadline, feedback, regime, declaration and accounts"),
            ("deadline", "feedback", "regime", "declaration", "reporting"),
            reading.read_rules,
        ),
    )
}
FORMS: dict[str, tuple[str, Any]] = {
    "formulaire": ("form", _l("Application form")),
    "compte-rendu": ("report", _l("Report form")),
}
"""The two forms of a call by the name in their address: the name in the content, the title."""
ORDER = ("textes", "alliance", "eligibilite", "formulaire", "budget", "pieces", "grille", "compte-rendu", "regles")
PAGE_OF = {
    **{name: part.name for part in PARTS.values() for name in part.owns},
    **{inner: name for name, (inner, _) in FORMS.items()},
}
"""The page on which each name of the content is written."""

NEW: dict[str, Any] = {
    "grant": {"rate": "70"},
    "reviews": "2",
}


@blueprint.get("/gestion/appels/nouveau")
@access(only(Role.OFFICER))
def new() -> Page:
    return _part_page(PARTS["textes"], None, Sheet(NEW))


@blueprint.post("/gestion/appels/nouveau")
@access(only(Role.OFFICER))
def create() -> Page:
    """Keep a new draft; nobody else sees it before it is announced."""
    part, sheet = PARTS["textes"], Sheet(posted(request.form))
    content = _judge(part, None, sheet)
    if content is None:
        return _part_page(part, None, sheet), UNUSABLE
    funder_id = funder_of(current_session(), current_actor())
    if funder_id is None:
        sheet.form_errors.append(
            gettext("Your account belongs to no organisation. Ask the administration to tie it to the fund first.")
        )
        return _part_page(part, None, sheet), UNUSABLE
    made: list[Call] = []

    def act(session: Session) -> None:
        made.append(call_versions.create_from_content(session, current_actor(), content, funder_id=funder_id))

    if status := save(sheet, act):
        return _part_page(part, None, sheet), status
    flash(gettext("The draft is kept. Go on with its other parts, then announce it."), "success")
    return redirect(url_for("call_desk.edit", reference=made[0].reference), 303)


@blueprint.get("/gestion/appels/<reference>/modifier")
@access(only(Role.OFFICER))
def edit(reference: str) -> Page:
    """Where every part stands; from here each is written."""
    call = find_editable(reference)
    content = call_versions.revised_content(call)
    gaps = gaps_of(content)
    return render_template(
        "call_desk/edit.html",
        call=call,
        content=content,
        parts=[
            (name, title_of(name), _summary(content, name), sum(page == name for page, _, _ in gaps))
            for name in ORDER
        ],
        gaps=gaps,
        changes=changes_in_words(call.content, content) if call.revision is not None else [],
    )


@blueprint.get("/gestion/appels/<reference>/modifier/<part_name>")
@access(only(Role.OFFICER))
def edit_part(reference: str, part_name: str) -> Page:
    call, part = find_editable(reference), _part(part_name)
    return _part_page(part, call, Sheet(_drawn(call_versions.revised_content(call), part)))


@blueprint.post("/gestion/appels/<reference>/modifier/<part_name>")
@access(only(Role.OFFICER))
def save_part(reference: str, part_name: str) -> Page:
    """Keep the part; a button of a row only draws the page again, with what was typed."""
    call, part = find_call(reference), _part(part_name)
    sheet = Sheet(posted(request.form))
    if action := request.form.get("act", ""):
        row_action(sheet.data, action)
        return _part_page(part, call, sheet, version=request.form.get("version"))
    content = _judge(part, call, sheet)
    if content is None:
        return _part_page(part, call, sheet), UNUSABLE
    version = sent_version(request.form)

    def act(session: Session) -> object:
        return call_versions.save_content(session, current_actor(), call, content, expected_version=version)

    if status := save(sheet, act):
        return _part_page(part, call, sheet), status
    flash(saved_sentence(call), "success")
    return redirect(url_for("call_desk.edit", reference=reference), 303)


def saved_sentence(call: Call) -> str:
    if call.state is CallState.DRAFT:
        return str(gettext("The changes are kept."))
    if call.revision is None:
        return str(gettext("The call now says again what is published: no changes wait."))
    return str(gettext("The changes are kept, and not published yet: publish them when they are complete."))


def title_of(name: str) -> str:
    return str(PARTS[name].title if name in PARTS else FORMS[name][1])


def _summary(content: CallContent, name: str) -> str:
    """A part in a few words, for the list of parts."""
    match name:
        case "textes":
            facts = {"opening": day(content.opens_at), "closing": day(content.closes_at)}
            return str(gettext("from %(opening)s to %(closing)s", **facts))
        case "alliance":
            rule = content.alliance
            return str(gettext("%(minimum)s to %(maximum)s members", minimum=rule.minimum, maximum=rule.maximum))
        case "eligibilite":
            return str(ngettext("one question", "%(num)s questions", len(content.eligibility)))
        case "formulaire" | "compte-rendu":
            sections = getattr(content, FORMS[name][0]).sections
            fields = sum(len(section.fields) for section in sections)
            in_sections = ngettext("in one section", "in %(num)s sections", len(sections))
            return f"{ngettext('one field', '%(num)s fields', fields)} {in_sections}"
        case "budget":
            asked = content.budget is not None
            return str(gettext("in the plan of the Cerfa form") if asked else gettext("two amounts, no plan"))
        case "pieces":
            return str(ngettext("one document", "%(num)s documents", len(content.documents)))
        case "grille":
            return str(ngettext("one criterion", "%(num)s criteria", len(content.rubric)))
    return label(content.deadline.rule)


def gaps_of(content: CallContent) -> list[tuple[str, str, str]]:
    """What keeps the call from being announced as it stands: page, place and sentence."""
    missing: dict[str, list[Any]] = {
        path: ["required"] for path, words in _texts_of(content).items() if not words.strip()
    }
    if not content.rubric:
        missing["rubric"] = ["required"]
    data = dump_content(content)
    found = refusals_in_words({**missing, **content_faults(content)}, data)
    return [(PAGE_OF.get(path.partition(".")[0], "textes"), place, sentence) for path, place, sentence in found]


def _texts_of(content: CallContent) -> dict[str, str]:
    return {
        f"{name}.{language}": getattr(getattr(content, name), language)
        for name in ("title", "summary")
        for language in ("fr", "en")
    }


def _part(name: str) -> Part:
    if name not in PARTS:
        abort(404)
    return PARTS[name]


def _drawn(content: CallContent, part: Part) -> dict[str, Any]:
    whole = whole_content(content)
    data: dict[str, Any] = typed({name: whole[name] for name in part.owns})
    if "budget" in part.owns:
        data["asked"] = typed(content.budget is not None)
    return data


def _judge(part: Part, call: Call | None, sheet: Sheet) -> CallContent | None:
    """The whole call with what was sent of the part, or None: then the sheet bears the sentences."""
    fragment, problems = part.read(sheet.data)
    before = call_versions.revised_content(call) if call is not None else None
    data = {**(dump_content(before) if before is not None else {}), **fragment}
    content, refused = judge(before, data)
    found: Problems = {**refused, **problems}
    sheet.show_refusals(found, part.owns, data)
    return None if found else content


def judge(before: CallContent | None, data: Mapping[str, Any]) -> tuple[CallContent | None, Problems]:
    """The content of the data, and what the change brings in that a call cannot be kept with."""
    try:
        content = read_content(data)
    except InvalidInput as refusal:
        return None, refusal.errors
    return content, new_faults(before, content) if before is not None else content_faults(content)


def _part_page(part: Part, call: Call | None, sheet: Sheet, *, version: str | None = None) -> str:
    # Read anew, because a refusal leaves the session without what it had read.
    content = call_versions.revised_content(call) if call is not None else None
    return render_template(
        f"call_desk/part_{part.name}.html",
        call=call,
        part=part,
        sheet=sheet,
        form=sheet,
        # The version that the person has seen travels on when a row is added; a refusal brings the present one.
        version=version or (call.version if call else None),
        can_edit=call is None or can_edit(call),
        is_open=call is not None and call.state is CallState.OPEN,
        following=_following(part.name),
        **_choices(content),
    )


def _following(name: str) -> str | None:
    place = ORDER.index(name) + 1
    return ORDER[place] if place < len(ORDER) else None


def _choices(content: CallContent | None) -> dict[str, Any]:
    """What the controls of the parts offer."""
    return {
        "kinds": list(OrganisationKind),
        "confirmations": list(Confirmations),
        "late_rules": list(LateRule),
        "feedbacks": list(Feedback),
        "regimes": list(AidRegime),
        "otherwises": list(Otherwise),
        "file_kinds": list(Group),
        "accounts": list(plan().values()),
        "names": names_of(content) if content is not None else [],
    }


def names_of(content: CallContent) -> list[tuple[str, Any]]:
    """What a condition of the call's documents may name: every field of the form, with its label."""
    return [
        (f"{section.key}.{question.key}", question)
        for section in content.form.sections
        for question in section.fields
    ]
