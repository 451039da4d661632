"""What every page on which a report is written shows around its fields, and what a saving from it is given."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from fund.edge.requests import current_actor, writing
from fund.models import Report
from fund.models.base import utc_now
from fund.services.report_writing import AnswersChanged
from fund.services.writing import AnswersTooLong
from fund.web.applicant.section_page import autosave_texts, saved_line
from fund.web.people import current_person
from fund.web.reports.parts import gaps_of, parts_of, title_of


def frame_of(report: Report, key: str) -> dict[str, Any]:
    """The parts with their states, the way on, and what the script that saves needs."""
    parts = parts_of(report, gaps_of(report))
    place = next((number for number, link in enumerate(parts) if link.key == key), None)
    person = current_person()
    return {
        "report": report,
        "award": report.award,
        "part_key": key,
        "title": title_of(report, key),
        "parts": parts,
        "previous_part": parts[place - 1] if place else None,
        "next_part": parts[place + 1] if place is not None and place + 1 < len(parts) else None,
        "state_line": gettext("What you type is saved as you go."),
        "texts": autosave_texts(),
        "storage_key": f"fund:{person.reference if person else ''}:{report.reference}:{key}",
        "person_reference": current_actor().reference,
        "sign_in_url": url_for("account.sign_in", next=request.path),
        "shows_missing": shows_missing(),
    }


def shows_missing() -> bool:
    return request.args.get("manques") == "1"


def parts_fragment(report: Report, key: str) -> str:
    return render_template("applicant/_parts.html", parts=parts_of(report, gaps_of(report)), current=key)


def saved_now() -> str:
    """What the page says right after a saving."""
    return saved_line(utc_now())


def try_to_save(act: Callable[[Session], None]) -> AnswersChanged | AnswersTooLong | None:
    """Run ``act`` as one unit of work; what keeps the answers from being saved is returned."""
    try:
        with writing() as session:
            act(session)
    except (AnswersChanged, AnswersTooLong) as refusal:
        return refusal
    return None


def kept_after(recorded: Mapping[str, Any], typed: Mapping[str, Any], changed: AnswersChanged) -> dict[str, Any]:
    """What the page shows after a conflict: what is recorded, and what was typed of the answers in dispute."""
    return {**recorded, **{name: typed[name] for name in changed.typed if name in typed}}
