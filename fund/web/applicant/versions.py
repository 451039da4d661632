"""The history of one part of a file.

GET  /mes-dossiers/<ref>/versions/<part>                     who wrote when; what changed between two
POST /mes-dossiers/<ref>/versions/<part>/<number>/restaurer  write an earlier one again, as a saving like others
"""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import SIGNED_IN, access
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session, writing
from fund.forms.definition import FieldType, Question
from fund.models import Application, SectionVersion
from fund.services.writing import (
    SectionConflict,
    digest_of,
    find_version,
    is_open_to_writing,
    list_versions,
    read_part,
    save_part,
    section_form,
)
from fund.web.answers import spoken
from fund.web.applicant.budget_section import BUDGET_SECTION
from fund.web.applicant.own import blueprint, may_write, own_file, writable_part
from fund.web.applicant.parts import title_of
from fund.web.applicant.writing import sent_number
from fund.web.comparison import Change, chosen_pair, word_changes


@blueprint.get("/mes-dossiers/<reference>/versions/<part>")
@access(SIGNED_IN)
def versions(reference: str, part: str) -> str:
    application = own_file(reference)
    section_form(application, part)
    found = list_versions(current_session(), application, part)
    later, earlier = chosen_pair(found)
    return render_template(
        "applicant/versions.html",
        application=application,
        part=read_part(application, part),
        title=title_of(application, part),
        versions=found,
        later=later,
        earlier=earlier,
        changes=_changes(application, part, earlier, later) if later else [],
        may_restore=may_write(application) and is_open_to_writing(application, part),
    )


@blueprint.post("/mes-dossiers/<reference>/versions/<part>/<int:number>/restaurer")
@access(SIGNED_IN)
def restore(reference: str, part: str, number: int) -> Response:
    """Save what the version held; what it did not hold is emptied."""
    application = writable_part(reference, part)
    version = find_version(current_session(), application, part, number)
    held = version.answers
    answers = {question.key: held.get(question.key) for question in _questions(application, part)}
    try:
        with writing() as session:
            save_part(session, current_actor(), application, part, answers, base=sent_number())
    except SectionConflict:
        flash(gettext("Somebody has written in this part since. Look at the versions again."), "danger")
    else:
        flash(gettext("The earlier version is written again. The one before it stays in the history."), "success")
    return redirect(url_for("applicant.versions", reference=reference, part=part), 303)


def _changes(
    application: Application, part: str, earlier: SectionVersion | None, later: SectionVersion
) -> list[Change]:
    before: dict[str, Any] = earlier.answers if earlier else {}
    return [
        Change(
            question.label.of(current_language()),
            word_changes(spoken(question, before.get(question.key)), spoken(question, now)),
        )
        for question in _questions(application, part)
        if digest_of(now := later.answers.get(question.key)) != digest_of(before.get(question.key))
    ]


def _questions(application: Application, part: str) -> list[Question]:
    section = section_form(application, part) or BUDGET_SECTION
    return [question for question in section.fields if question.type not in (FieldType.FILE, FieldType.NOTE)]
