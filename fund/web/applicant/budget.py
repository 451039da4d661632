"""The budget of a file, in the plan of the Cerfa form.

GET, POST /mes-dossiers/<ref>/ecrire/budget          charges and products, totals, who pays
GET       /mes-dossiers/<ref>/ecrire/budget.xlsx     the same as a spreadsheet
POST      /mes-dossiers/<ref>/ecrire/budget/import   a spreadsheet read line by line, then taken over
"""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request, send_file
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from fund.documents.budget_sheet import read_budget_sheet, write_budget_sheet
from fund.edge.access import SIGNED_IN, access
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, wants_json, writing
from fund.edge.sentences import problem_sentence
from fund.forms.accounts import Side
from fund.forms.budget import Budget, financing_of, load_budget
from fund.forms.definition import BudgetRule
from fund.forms.posting import raw_of_post, storable
from fund.forms.project import BUDGET
from fund.models import Application
from fund.services.writing import (
    AnswersTooLong,
    SectionConflict,
    digest_of,
    raw_answers,
    read_part,
    save_part,
)
from fund.web.applicant.budget_section import (
    BUDGET_SECTION,
    account_options,
    in_order,
    lines_of,
    problems_in,
)
from fund.web.applicant.own import blueprint, own_file, writable_part
from fund.web.applicant.parts import url_of
from fund.web.applicant.section_page import Clash, clashes_of, frame_of, parts_fragment, state_line
from fund.web.applicant.writing import Answer, after_saving, decide, is_other_person, sent_number
from fund.web.sent_answers import seen_answers, without_removed

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/mes-dossiers/<reference>/ecrire/budget")
@access(SIGNED_IN)
def budget(reference: str) -> str:
    application = writable_part(reference, BUDGET)
    return _page(application, raw_answers(application, BUDGET))


@blueprint.post("/mes-dossiers/<reference>/ecrire/budget")
@access(SIGNED_IN)
def save_budget(reference: str) -> Answer:
    """Save the lines as typed, balanced or not."""
    application = writable_part(reference, BUDGET)
    if is_other_person():
        return jsonify(error="other_person"), 401
    typed = in_order(without_removed(raw_of_post(BUDGET_SECTION, request.form), request.form))
    seen = seen_answers(request.form)
    decide(typed, seen)
    try:
        with writing() as session:
            save_part(session, current_actor(), application, BUDGET, typed, base=sent_number(), seen=seen)
    except SectionConflict as conflict:
        clashes = clashes_of(application, BUDGET_SECTION, conflict.recorded, conflict.typed)
        if wants_json():
            return _clash_reply(application, clashes)
        kept = {name: raw for name, raw in typed.items() if digest_of(raw) != seen.get(name)}
        recorded = raw_answers(application, BUDGET)
        return _page(application, {**recorded, **kept}, clashes=clashes), 409
    except AnswersTooLong:
        if wants_json():
            return jsonify(error="too_long"), 422
        flash(gettext("This part is too long to be saved. Shorten it: what you typed is below."), "danger")
        return _page(application, typed), 422
    return _saved_reply(application, typed) if wants_json() else after_saving(application, BUDGET)


@blueprint.get("/mes-dossiers/<reference>/ecrire/budget.xlsx")
@access(SIGNED_IN)
def download_budget(reference: str) -> Response:
    """The budget as it is recorded, or the empty plan to fill in elsewhere."""
    application = own_file(reference)
    raw = raw_answers(application, BUDGET)
    content = write_budget_sheet(raw, rule_of(application), current_language())
    name = f"budget-{application.reference}.xlsx"
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


@blueprint.post("/mes-dossiers/<reference>/ecrire/budget/import")
@access(SIGNED_IN)
def import_budget(reference: str) -> Answer:
    """Show line by line what a spreadsheet gives; once that is confirmed, it takes the place of the budget."""
    application = writable_part(reference, BUDGET)
    if "raw" in request.form:
        return _take_over(application)
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        flash(gettext("Choose a spreadsheet first."), "danger")
        return redirect(url_of(application, BUDGET, anchor="import"), 303)
    read = read_budget_sheet(upload.read(), rule_of(application))
    rows = {taken.path: taken.row for taken in read.taken}
    taken = [
        (rows[f"{side}.{number}"], side, row)
        for side in Side
        for number, row in enumerate(read.raw[side])
        if f"{side}.{number}" in rows
    ]
    part = read_part(application, BUDGET)
    return render_template(
        "applicant/budget_import.html",
        application=application,
        name=upload.filename,
        taken=sorted(taken, key=lambda line: line[0]),
        refusals=[(refusal, problem_sentence(refusal.problem)) for refusal in read.refusals],
        raw=json.dumps(in_order(read.raw), ensure_ascii=False),
        part=part,
        labels={question.key: dict(_labels(question)) for question in BUDGET_SECTION.fields},
        seen={side.value: digest_of(part.answers.get(side)) for side in Side},
        replaces=any(map(digest_of, part.answers.values())),
    )


def rule_of(application: Application) -> BudgetRule:
    """What this call asks of a budget. Its absence was refused before (NotFound)."""
    rule = application.rules.budget
    if rule is None:
        raise TypeError("this call asks for no budget")
    return rule


def _labels(question: Any) -> list[tuple[str, str]]:
    return [(option.value, option.label.of(current_language())) for option in question.fields[0].options]


def _take_over(application: Application) -> AnyResponse:
    """Save what was confirmed. It came through the page, so it is judged again as if it had been typed."""
    try:
        sent = storable(json.loads(request.form["raw"]))
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict) or not all(isinstance(sent.get(side), list) for side in Side):
        flash(gettext("The lines could not be read again. Send the spreadsheet once more."), "danger")
        return redirect(url_of(application, BUDGET, anchor="import"), 303)
    answers = in_order({side.value: sent[side] for side in Side})
    try:
        with writing() as session:
            seen = seen_answers(request.form)
            save_part(session, current_actor(), application, BUDGET, answers, base=sent_number(), seen=seen)
    except SectionConflict:
        text = gettext(
            "Somebody changed the budget meanwhile, so nothing was taken over. Look at it, then try again."
        )
        flash(text, "danger")
    except AnswersTooLong:
        flash(gettext("The spreadsheet has too many lines."), "danger")
    else:
        flash(gettext("The lines of the spreadsheet are taken over."), "success")
    return redirect(url_of(application, BUDGET), 303)


def _judged(application: Application, raw: Mapping[str, Any], *, complete: bool) -> Budget:
    return load_budget(in_order(raw), rule_of(application), application.rules.grant, complete=complete)


def _page(application: Application, raw: Mapping[str, Any], *, clashes: list[Clash] | None = None) -> str:
    part = read_part(application, BUDGET)
    shows_missing = request.args.get("manques") == "1"
    rule = rule_of(application)
    shown = in_order(raw)
    return render_template(
        "applicant/budget.html",
        sides=lines_of(application, shown, _judged(application, raw, complete=shows_missing)),
        accounts={side.value: account_options(rule, side) for side in Side},
        seen={side.value: digest_of(part.answers.get(side)) for side in Side},
        clashes={clash.key: clash for clash in clashes or ()},
        is_refused=bool(clashes),
        shows_missing=shows_missing,
        **_sums(application, raw),
        **frame_of(application, part),
    )


def _sums(application: Application, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Totals, what does not fit together, and who pays."""
    budget = _judged(application, raw, complete=True)
    found = problems_in(budget)
    return {
        "budget": budget,
        "rule": rule_of(application),
        "grant": application.rules.grant,
        "gaps": [sentence for name in Side for sentence in found.get(name.value, [])],
        "faulty": sum("-" in name for name in found),
        "slices": financing_of(budget),
    }


def _saved_reply(application: Application, typed: Mapping[str, Any]) -> Response:
    part = read_part(application, BUDGET)
    return jsonify(
        number=part.number,
        state=state_line(part),
        seen={name: digest_of(part.answers.get(name)) for name in typed},
        problems=problems_in(_judged(application, part.answers, complete=False)),
        fragments={
            "parts": parts_fragment(application, BUDGET),
            "sums": render_template("applicant/_sums.html", **_sums(application, part.answers)),
        },
    )


def _clash_reply(application: Application, clashes: list[Clash]) -> tuple[Response, int]:
    part = read_part(application, BUDGET)
    sides = lines_of(application, in_order(part.answers), _judged(application, part.answers, complete=False))
    told = {}
    for clash in clashes:
        side = Side(clash.key)
        control = render_template(
            "applicant/_side.html",
            side=clash.key,
            lines=sides[clash.key],
            accounts=account_options(rule_of(application), side),
            seen=digest_of(part.answers.get(side)),
            documents_url=url_of(application, "documents"),
        )
        box = render_template("applicant/_clash.html", clash=clash, is_scripted=True)
        told[clash.key] = {"seen": digest_of(part.answers.get(side)), "box": box, "control": control}
    return jsonify(clashes=told, number=part.number), 409
