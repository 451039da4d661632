"""The account of a report: what was spent and who paid, line by line, beside what was planned.

GET, POST /comptes-rendus/<ref>/compte
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from flask import jsonify, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import access
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, wants_json
from fund.edge.sentences import problem_sentence
from fund.forms.account import EXPLANATION_LIMIT, Account, load_account
from fund.forms.accounts import GRANTS, Side, plan
from fund.forms.compiler import Found
from fund.forms.definition import FieldType, Option, Question, Section, Words
from fund.forms.posting import raw_of_post
from fund.models import Report
from fund.services.report_writing import ACCOUNT, AnswersChanged, explanation_name, raw_part, save_part
from fund.services.writing import digest_of
from fund.web.answers import Control, draw_section
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
from fund.web.reports.parts import chapter_label, control_of, side_words
from fund.web.reports.writing import after_saving, clashes_of, flash_too_long
from fund.web.saving import REFUSED, UNUSABLE
from fund.web.sent_answers import seen_answers, without_removed

COLUMNS: Final = ("account", "label", "amount")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the account as typed. ``planned`` (euros) is on the first row of its account alone."""

    side: str
    number: int
    typed: Mapping[str, str]
    problems: Mapping[str, list[str]]
    planned: Decimal | None
    is_spare: bool

    @property
    def name(self) -> str:
        return f"{self.side}-{self.number}"


@blueprint.get("/comptes-rendus/<reference>/compte")
@access(WRITERS)
def account(reference: str) -> Page:
    report = writable_report(reference)
    return _page(report, raw_part(report, ACCOUNT))


@blueprint.post("/comptes-rendus/<reference>/compte")
@access(WRITERS)
def save_account(reference: str) -> Page:
    """Save the lines and the explanations as typed, balanced or not."""
    report = writable_report(reference)
    if is_other_person():
        return jsonify(error="other_person"), 401
    section = _section(report)
    typed = without_removed(raw_of_post(section, request.form), request.form)
    seen = seen_answers(request.form)
    decide(typed, seen)

    def act(session: Session) -> None:
        save_part(session, current_actor(), report, ACCOUNT, typed, seen=seen)

    match try_to_save(act):
        case None:
            return _saved_reply(report, typed) if wants_json() else after_saving(report, ACCOUNT)
        case AnswersChanged() as changed:
            clashes = clashes_of(section, changed)
            if wants_json():
                return _clash_reply(report, clashes)
            raw = kept_after(raw_part(report, ACCOUNT), typed, changed)
            return _page(report, raw, clashes=clashes), REFUSED
    if wants_json():
        return jsonify(error="too_long"), UNUSABLE
    flash_too_long()
    return _page(report, {**raw_part(report, ACCOUNT), **typed}), UNUSABLE


def _section(report: Report) -> Section:
    """The account as a section of a form: two sides of rows, and an explanation for each chapter."""
    sides = (_side(side, side_words(side)) for side in Side)
    return Section(ACCOUNT, Words("Le compte", "The account"), fields=(*sides, *_explanations(report)))


def _side(side: Side, label: Words) -> Question:
    options = tuple(Option(a.code, a.label) for a in plan().values() if a.side is side)
    columns = [
        Question("account", FieldType.CHOICE, Words("Compte", "Account"), options=options),
        Question("label", FieldType.TEXT, Words("Intitulé", "Detail")),
        Question("amount", FieldType.AMOUNT, Words("Montant", "Amount")),
    ]
    if side is Side.PRODUCTS:
        columns.append(Question("fund", FieldType.TEXT, Words("Ce fonds", "This fund")))
    return Question(side.value, FieldType.ROWS, label, fields=tuple(columns))


def _explanations(report: Report) -> tuple[Question, ...]:
    """One for every chapter, because what is typed next may put any of them beyond the threshold."""
    chapters = {a.chapter for a in plan().values()} if report.has_plan else set(map(str, Side))
    return tuple(
        Question(
            explanation_name(key),
            FieldType.LONG_TEXT,
            Words(chapter_label(key), chapter_label(key)),
            required=True,
            maximum=Decimal(EXPLANATION_LIMIT),
        )
        for key in sorted(chapters, key=lambda key: (key[:1] == "7" or key == "87" or key == "products", key))
    )


def _judge(report: Report, raw: Mapping[str, Any], *, complete: bool) -> Account:
    before = explanation_name("")
    texts = {name.removeprefix(before): text for name, text in raw.items() if name.startswith(before)}
    return load_account(
        report.plan(),
        {side.value: raw.get(side.value) for side in Side},
        texts,
        threshold=report.rules.reporting.threshold,
        has_plan=report.has_plan,
        final=report.final,
        complete=complete,
    )


def _page(report: Report, raw: Mapping[str, Any], *, clashes: list[Clash] | None = None) -> str:
    recorded, raw = raw_part(report, ACCOUNT), _in_order(report, raw)
    found = _judge(report, raw, complete=shows_missing())
    return render_template(
        "reports/account.html",
        sides=_lines(raw, found),
        accounts=_account_options(),
        has_plan=report.has_plan,
        seen={side.value: digest_of(recorded.get(side.value)) for side in Side},
        controls=_controls(report, raw, recorded, found),
        clashes={clash.key: clash for clash in clashes or ()},
        is_refused=bool(clashes),
        **_sums(report, raw),
        **frame_of(report, ACCOUNT),
    )


def _controls(
    report: Report, raw: Mapping[str, Any], recorded: Mapping[str, Any], account: Account
) -> list[Control]:
    """The explanations: of chapters beyond the threshold, and of those that have a text already."""
    questions = _explanations(report)
    section = Section(ACCOUNT, Words("", ""), fields=questions)
    wanted = {explanation_name(chapter.key) for chapter in account.to_explain}
    shown = {question.key for question in questions if question.key in wanted or raw.get(question.key)}
    problems = [
        Found(f"{ACCOUNT}.{control_of(path)}", problem, Words())
        for path, problem in account.problems
        if path.startswith("explanations.")
    ]
    paths = {f"{ACCOUNT}.{key}" for key in shown}
    controls = draw_section(section, raw, shown=paths, found=problems, corrections={})
    return [replace(control, seen=digest_of(recorded.get(control.name))) for control in controls]


def _lines(raw: Mapping[str, Any], account: Account) -> dict[str, list[Line]]:
    """The rows of both sides (``_in_order``), with what is wrong in each, and a spare one at the end."""
    found = _problems(account)
    planned = {
        (chapter.side.value, entry.account, entry.fund): entry.amounts.planned
        for chapter in account.chapters
        for entry in chapter.entries
        if entry.amounts.planned
    }
    sides: dict[str, list[Line]] = {}
    for side in Side:
        rows = [*raw[side.value], {}]
        sides[side.value] = [
            Line(
                side.value,
                number,
                row,
                {column: found.get(f"{side}-{number}-{column}", []) for column in COLUMNS},
                planned.pop((side.value, row.get("account", ""), row.get("fund") == "yes"), None),
                is_spare=number == len(rows) - 1,
            )
            for number, row in enumerate(rows)
        ]
    return sides


def _in_order(report: Report, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The same answers, their rows as texts, with this fund's own line at the head of the products."""
    sides = {side.value: _texts(raw.get(side.value)) for side in Side}
    products = sides[Side.PRODUCTS.value]
    own = next((row for row in products if row.get("fund") == "yes"), None)
    others = [row for row in products if row is not own]
    own = own or {"fund": "yes", **({"account": GRANTS} if report.has_plan else {})}
    return {**raw, **sides, Side.PRODUCTS.value: [own, *others]}


def _texts(rows: Any) -> list[dict[str, str]]:
    return [
        {name: "" if cell is None else str(cell) for name, cell in row.items()}
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping)
    ]


def _problems(account: Account) -> dict[str, list[str]]:
    """Sentences by the name of the control."""
    found: dict[str, list[str]] = {}
    for path, problem in account.problems:
        found.setdefault(control_of(path), []).append(problem_sentence(problem))
    return found


def _sums(report: Report, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The comparison, and what does not fit together yet."""
    account = _judge(report, raw, complete=True)
    found = _problems(account)
    return {
        "account": account,
        "threshold": report.rules.reporting.threshold,
        "gaps": [sentence for side in Side for sentence in found.get(side.value, [])],
        "to_explain": [chapter for chapter in account.to_explain if not chapter.explanation],
        "faulty": sum("-" in name for name in found),
        "chapter_label": chapter_label,
    }


def _account_options() -> dict[str, list[tuple[str, str]]]:
    """Accounts to choose from, in the order of the plan."""
    locale = current_language()
    return {
        side.value: [
            (a.code, f"{'' if a.code == a.chapter else chr(0x2003)}{a.code} {a.label.of(locale)}")
            for a in plan().values()
            if a.side is side
        ]
        for side in Side
    }


def _saved_reply(report: Report, typed: Mapping[str, Any]) -> Response:
    recorded = raw_part(report, ACCOUNT)
    ordered = _in_order(report, recorded)
    account = _judge(report, ordered, complete=False)
    controls = _controls(report, recorded, recorded, account)
    cells = [
        f"{line.name}-{column}"
        for lines in _lines(ordered, account).values()
        for line in lines
        for column in COLUMNS
    ]
    return jsonify(
        number=report.version,
        state=saved_now(),
        seen={name: digest_of(recorded.get(name)) for name in typed},
        shown=[*map(str, Side), *cells, *(control.name for control in controls if control.is_shown)],
        problems=_problems(account),
        fragments={
            "parts": parts_fragment(report, ACCOUNT),
            "sums": render_template("reports/_sums.html", **_sums(report, recorded), report=report),
        },
    )


def _clash_reply(report: Report, clashes: list[Clash]) -> tuple[Response, int]:
    recorded = raw_part(report, ACCOUNT)
    ordered = _in_order(report, recorded)
    account = _judge(report, ordered, complete=False)
    sides = _lines(ordered, account)
    controls = {control.name: control for control in _controls(report, recorded, recorded, account)}
    told = {}
    for clash in clashes:
        seen = digest_of(recorded.get(clash.key))
        if clash.key in sides:
            control = render_template(
                "reports/_side.html",
                side=clash.key,
                lines=sides[clash.key],
                accounts=_account_options()[clash.key],
                seen=seen,
                has_plan=report.has_plan,
            )
        else:
            control = render_template(
                "applicant/_answer.html", control=controls[clash.key], files={}, documents_url=""
            )
        box = render_template("applicant/_clash.html", clash=clash, is_scripted=True)
        told[clash.key] = {"seen": seen, "box": box, "control": control}
    return jsonify(clashes=told, number=report.version), REFUSED
