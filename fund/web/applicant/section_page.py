"""The page on which one part of a file is written, and what is answered to a saving that its script asks for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Response, jsonify, render_template, request, url_for
from flask_babel import gettext

from fund.edge.formats import moment
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session
from fund.forms.definition import Question, Section
from fund.models import Application, SectionVersion
from fund.models.base import utc_now
from fund.services.call_versions import newer_version
from fund.services.writing import Part, digest_of, judge_part, last_writers, read_part, section_form
from fund.web.answers import Control, draw_section, padded, spoken
from fund.web.applicant.corrections import corrections_by_place
from fund.web.applicant.missing import gaps_of
from fund.web.applicant.parts import DOCUMENTS, parts_of, title_of, url_of
from fund.web.people import current_person
from workflows.engine import PARIS


@dataclass(frozen=True, slots=True)
class Clash:
    """An answer that two people changed: what the other one wrote, and what was sent."""

    key: str
    label: str
    theirs: str
    mine: str
    who: str
    when: datetime | None


def form_of_part(application: Application, key: str) -> Section:
    """The fields of a part that has some."""
    form = section_form(application, key)
    if form is None:
        raise TypeError(f"{key} has no fields")
    return form


def section_page(
    application: Application, key: str, *, raw: Mapping[str, Any] | None = None, clashes: Sequence[Clash] = ()
) -> str:
    """The page of a part, with what is recorded or, after a conflict, with what was typed (``raw``)."""
    part = read_part(application, key)
    section = form_of_part(application, key)
    complete = request.args.get("manques") == "1"
    controls = controls_of(application, section, raw or part.answers, complete=complete)
    if raw is not None:
        controls = _as_recorded(controls, part)
    return render_template(
        "applicant/section.html",
        section=section,
        controls=controls,
        is_asked=_is_asked(application, key),
        clashes={clash.key: clash for clash in clashes},
        shows_missing=complete,
        is_refused=raw is not None,
        **frame_of(application, part),
    )


def frame_of(application: Application, part: Part) -> dict[str, Any]:
    """What every page of writing shows around its fields."""
    parts = parts_of(application, [gap.part for gap in gaps_of(application)])
    writable = [link for link in parts if link.is_open]
    place = next((index for index, link in enumerate(writable) if link.key == part.key), None)
    person = current_person()
    return {
        "application": application,
        "part": part,
        "title": title_of(application, part.key),
        "parts": parts,
        "previous_part": writable[place - 1] if place else None,
        "next_part": writable[place + 1] if place is not None and place + 1 < len(writable) else None,
        "state_line": state_line(part),
        "texts": autosave_texts(),
        "storage_key": f"fund:{person.reference if person else ''}:{application.reference}:{part.key}",
        "person_reference": current_actor().reference,
        "files": {document.slot: document.name for document in application.documents if document.is_present},
        "documents_url": url_of(application, DOCUMENTS),
        "whole_correction": corrections_by_place(application).get(part.key, ""),
        "is_outdated": newer_version(application) is not None,
        "sign_in_url": url_for("account.sign_in", next=request.path),
    }


def controls_of(
    application: Application, section: Section, raw: Mapping[str, Any], *, complete: bool
) -> list[Control]:
    """The controls of a part, judged with these answers."""
    judged = judge_part(application, section.key, padded(section, raw), complete=complete)
    return draw_section(
        section,
        raw,
        shown=judged.shown,
        found=judged.problems,
        corrections=corrections_by_place(application),
    )


def clashes_of(
    application: Application, section: Section, recorded: Mapping[str, Any], typed: Mapping[str, Any]
) -> list[Clash]:
    """The answers of a conflict, in the order of the form."""
    writers = last_writers(current_session(), application, section.key, typed)
    return [
        _clash(question, recorded.get(question.key), typed[question.key], writers.get(question.key))
        for question in section.fields
        if question.key in typed
    ]


def _clash(question: Question, theirs: Any, mine: Any, version: SectionVersion | None) -> Clash:
    return Clash(
        key=question.key,
        label=question.label.of(current_language()),
        theirs=spoken(question, theirs),
        mine=spoken(question, mine),
        who=version.saved_by.name if version is not None and version.saved_by is not None else "",
        when=version.saved_at if version is not None else None,
    )


def saved_reply(application: Application, key: str, names: Iterable[str]) -> Response:
    """What the script learns from a saving: number, digests, what is shown now, what is wrong, the parts anew."""
    part = read_part(application, key)
    controls = controls_of(application, form_of_part(application, key), part.answers, complete=False)
    inner = [cell for control in controls for cell in control.walk()]
    return jsonify(
        number=part.number,
        state=state_line(part),
        seen={name: digest_of(part.answers.get(name)) for name in names},
        shown=[control.name for control in inner if control.is_shown],
        problems={control.name: control.problems for control in inner if control.problems},
        fragments={"parts": parts_fragment(application, key)},
    )


def clash_reply(application: Application, section: Section, clashes: Iterable[Clash]) -> tuple[Response, int]:
    """For each answer both texts, and the control with what is recorded, to be put in the place of one's own."""
    part = read_part(application, section.key)
    controls = {
        control.name: control for control in controls_of(application, section, part.answers, complete=False)
    }
    frame = {"files": {}, "documents_url": url_of(application, DOCUMENTS)}
    told = {
        clash.key: {
            "seen": digest_of(part.answers.get(clash.key)),
            "box": render_template("applicant/_clash.html", clash=clash, is_scripted=True),
            "control": render_template("applicant/_answer.html", control=controls[clash.key], **frame),
        }
        for clash in clashes
    }
    return jsonify(clashes=told, number=part.number), 409


def parts_fragment(application: Application, key: str) -> str:
    parts = parts_of(application, [gap.part for gap in gaps_of(application)])
    return render_template("applicant/_parts.html", parts=parts, current=key)


def state_line(part: Part) -> str:
    return saved_line(part.edited_at)


def saved_line(saved_at: datetime | None) -> str:
    """« Enregistré à 14:03 »: when what is on the page was last saved."""
    if saved_at is None:
        return str(gettext("Nothing is saved here yet. What you type is saved as you go."))
    saved = saved_at.astimezone(PARIS)
    if saved.date() == utc_now().astimezone(PARIS).date():
        return str(gettext("Saved at %(time)s", time=saved.strftime("%H:%M")))
    return str(gettext("Saved on %(instant)s", instant=moment(saved_at)))


def autosave_texts() -> dict[str, str]:
    """The sentences of the script that saves, in the page's language."""
    return {
        "saving": gettext("Saving…"),
        "retry": gettext("Not saved: trying again in %(seconds)s s", seconds="{seconds}"),
        "offline": gettext("Not saved: there is no connection. Your text is kept here and sent when it is back."),
        "expired": gettext("Your session has expired: sign in again, your text is kept here."),
        "sign-in": gettext("Sign in (new tab)"),
        "clash": gettext("Somebody else changed the same answer: choose below which text to keep."),
        "restored": gettext("Text that had not been sent was found on this computer and put back."),
        "refused": gettext("Not saved: this part cannot be written any more. Your text is kept here."),
        "too-long": gettext("Not saved: this part is too long. Shorten it."),
        "no-place": gettext("No place of this name"),
        "error": gettext("Error:"),
    }


def _as_recorded(controls: list[Control], part: Part) -> list[Control]:
    """The same controls, which say that what is recorded now was seen: sending them again is a decision."""
    return [replace(control, seen=digest_of(part.answers.get(control.name))) for control in controls]


def _is_asked(application: Application, key: str) -> bool:
    is_own = application.rules.form.find(key) is None
    return is_own or key in application.judge_form(complete=False).shown
