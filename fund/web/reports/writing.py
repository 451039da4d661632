"""Writing a report: what every report says, and the sections of the call's report form.

GET, POST /comptes-rendus/<ref>/ecrire/<part>

A saving that its page's script asks for (JSON) is answered as that of an application is (``autosave.js``).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import access
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, wants_json
from fund.forms.definition import Section
from fund.models import Report
from fund.services.report_writing import AnswersChanged, judge_part, part_form, raw_part, save_part
from fund.services.writing import digest_of
from fund.web.answers import Control, draw_section, padded, spoken
from fund.web.applicant.section_page import Clash
from fund.web.applicant.writing import decide, is_other_person
from fund.web.reports.frame import (
    frame_of,
    kept_after,
    parts_fragment,
    saved_now,
    shows_missing,
    try_to_save,
)
from fund.web.reports.own import WRITERS, Page, blueprint, writable_report
from fund.web.reports.parts import parts_of, url_of
from fund.web.saving import REFUSED, UNUSABLE
from fund.web.sent_answers import seen_answers, typed_answers


@blueprint.get("/comptes-rendus/<reference>/ecrire/<part>")
@access(WRITERS)
def write(reference: str, part: str) -> Page:
    report = writable_report(reference)
    return _page(report, part_form(report, part), raw_part(report, part))


@blueprint.post("/comptes-rendus/<reference>/ecrire/<part>")
@access(WRITERS)
def save(reference: str, part: str) -> Page:
    """Save what was typed, right or wrong. Only what somebody else changed meanwhile is asked about first."""
    report = writable_report(reference)
    section = part_form(report, part)
    if is_other_person():
        return jsonify(error="other_person"), 401
    typed, seen = typed_answers(section, request.form), seen_answers(request.form)
    decide(typed, seen)

    def act(session: Session) -> None:
        save_part(session, current_actor(), report, part, typed, seen=seen)

    match try_to_save(act):
        case None:
            return _saved_reply(report, section, typed) if wants_json() else after_saving(report, part)
        case AnswersChanged() as changed:
            clashes = clashes_of(section, changed)
            if wants_json():
                return _clash_reply(report, section, clashes)
            raw = kept_after(raw_part(report, part), typed, changed)
            return _page(report, section, raw, clashes=clashes), REFUSED
    if wants_json():
        return jsonify(error="too_long"), UNUSABLE
    flash_too_long()
    return _page(report, section, {**raw_part(report, part), **typed}), UNUSABLE


def clashes_of(section: Section, changed: AnswersChanged) -> list[Clash]:
    """The answers of a conflict, in the order of the form."""
    return [
        Clash(
            key=question.key,
            label=question.label.of(current_language()),
            theirs=spoken(question, changed.recorded[question.key]),
            mine=spoken(question, changed.typed[question.key]),
            who="",
            when=None,
        )
        for question in section.fields
        if question.key in changed.typed
    ]


def flash_too_long() -> None:
    flash(gettext("This part is too long to be saved. Shorten it: what you typed is below."), "danger")


def after_saving(report: Report, key: str) -> Response:
    """Back to the page, to the place where the button was; or to the next part, at the end to the handing in."""
    place = request.form.get("_go", "")
    removed = request.form.get("_remove", "").rpartition("-")[0]
    if place == "next":
        keys = [link.key for link in parts_of(report, [])]
        following = keys[keys.index(key) + 1 :] if key in keys else []
        if following:
            return redirect(url_of(report, following[0]), 303)
        return redirect(url_for("reports.hand_in", reference=report.reference), 303)
    if place.startswith("q-") or removed:
        return redirect(url_of(report, key, place or f"q-{removed}", shows_missing=shows_missing()), 303)
    flash(gettext("Saved. The report is not handed in yet."), "success")
    return redirect(url_of(report, key, shows_missing=shows_missing()), 303)


def _page(report: Report, section: Section, raw: Mapping[str, Any], *, clashes: list[Clash] | None = None) -> str:
    controls = _controls(report, section, raw, complete=shows_missing())
    if clashes:
        # What is recorded now was seen: sending one's own again is a decision.
        recorded = raw_part(report, section.key)
        controls = [replace(control, seen=digest_of(recorded.get(control.name))) for control in controls]
    documents_url = url_for("reports.documents", reference=report.reference)
    return render_template(
        "reports/part.html",
        section=section,
        controls=controls,
        clashes={clash.key: clash for clash in clashes or ()},
        is_refused=bool(clashes),
        files=_files(report),
        documents_url=documents_url,
        **frame_of(report, section.key),
    )


def _files(report: Report) -> dict[str, str]:
    """The names of the documents of the report by their place in its form (``form.section.field``)."""
    before = report.document_slot("")
    return {
        f"form.{document.slot.removeprefix(before)}": document.name
        for document in report.award.application.documents
        if document.slot.startswith(before) and document.is_present
    }


def _controls(report: Report, section: Section, raw: Mapping[str, Any], *, complete: bool) -> list[Control]:
    judged = judge_part(report, section.key, padded(section, raw), complete=complete)
    return draw_section(section, raw, shown=judged.shown, found=judged.problems, corrections={})


def _saved_reply(report: Report, section: Section, typed: Mapping[str, Any]) -> Response:
    recorded = raw_part(report, section.key)
    controls = _controls(report, section, recorded, complete=False)
    inner = [cell for control in controls for cell in control.walk()]
    return jsonify(
        number=report.version,
        state=saved_now(),
        seen={name: digest_of(recorded.get(name)) for name in typed},
        shown=[control.name for control in inner if control.is_shown],
        problems={control.name: control.problems for control in inner if control.problems},
        fragments={"parts": parts_fragment(report, section.key)},
    )


def _clash_reply(report: Report, section: Section, clashes: list[Clash]) -> tuple[Response, int]:
    recorded = raw_part(report, section.key)
    controls = {c.name: c for c in _controls(report, section, recorded, complete=False)}
    told = {
        clash.key: {
            "seen": digest_of(recorded.get(clash.key)),
            "box": render_template("applicant/_clash.html", clash=clash, is_scripted=True),
            "control": render_template(
                "applicant/_answer.html", control=controls[clash.key], files={}, documents_url=""
            ),
        }
        for clash in clashes
    }
    return jsonify(clashes=told, number=report.version), REFUSED
