"""Writing a report part by part, as an application is written: saved as typed, judged on reading.

The parts are what every report says (``OWN``), the account in the plan of the budget (``ACCOUNT``), and the
sections of the call's report form by their keys, which hold no hyphen and so cannot meet the first two. Who saves
says what she had before her of each answer (``seen``): an answer that somebody else changed since, to something
else, is a conflict, and nothing is saved. The journal tells the first saving of a person in a part, and one every
ten minutes.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import FundError, NotFound
from fund.forms.account import starting_rows
from fund.forms.accounts import Side
from fund.forms.compiler import Judged, judge
from fund.forms.definition import FieldType, Form, Question, Section, Words
from fund.models import AuditEvent, Report
from fund.models.base import utc_now
from fund.services import journal
from fund.services.perform import NotEditable, NotPermitted, lock
from fund.services.writing import ANSWERS_MAXIMUM, AnswersTooLong, digest_of
from workflows.permissions import Actor, Permission, allows

WRITE: Final = "report.write"
OWN: Final = "l-essentiel"
ACCOUNT: Final = "le-compte"
SITTING: Final = timedelta(minutes=10)
PEOPLE_REACHED: Final = "people_reached"
_NARRATIVE = Question(
    "narrative",
    FieldType.LONG_TEXT,
    Words("Ce qui a été fait", "What was done"),
    Words(
        "En une page : ce qui a été fait, avec qui, ce qui a changé sur le territoire, ce qui n’a pas marché.",
        "On one page: what was done, with whom, what changed in the territory, what did not work.",
    ),
    required=True,
    maximum=Decimal(20_000),
)
_PEOPLE = Question(
    PEOPLE_REACHED,
    FieldType.NUMBER,
    Words("Personnes touchées", "People reached"),
    minimum=Decimal(0),
    maximum=Decimal(2**31 - 1),
)


class AnswersChanged(FundError):
    """Somebody else changed the same answers; ``recorded`` and ``typed`` are the two texts of each."""

    def __init__(self, recorded: Mapping[str, Any], typed: Mapping[str, Any]) -> None:
        super().__init__(", ".join(typed))
        self.recorded = dict(recorded)
        self.typed = dict(typed)


def part_keys(report: Report) -> list[str]:
    """The parts that this report has now, in the order in which they are written."""
    shown = report.judge_answers(complete=False).shown
    return [OWN, ACCOUNT, *(section.key for section in report.rules.report.sections if section.key in shown)]


def part_form(report: Report, key: str) -> Section:
    """The fields of a part that has some. Raises NotFound, for the account too."""
    if key == OWN:
        people = () if _asks_people(report) else (_PEOPLE,)
        return Section(OWN, Words("L’essentiel", "In short"), fields=(_NARRATIVE, *people))
    section = report.rules.report.find(key)
    if section is None:
        raise NotFound(f"part {key}")
    return section


def raw_part(report: Report, key: str) -> dict[str, Any]:
    """What is recorded in a part, as typed. The account begins with the lines of the plan. Raises NotFound."""
    if key == ACCOUNT:
        rows = report.account_rows() or starting_rows(report.plan())
        return {**rows, **{explanation_name(chapter): text for chapter, text in report.explanations.items()}}
    recorded: dict[str, Any] = dict(report.answers.get(key) or {})
    if key == OWN:
        columns = {"narrative": report.narrative, PEOPLE_REACHED: report.people_reached}
        known = {question.key for question in part_form(report, OWN).fields}
        written = {name: str(value) for name, value in columns.items() if value is not None and name in known}
        return {**written, **recorded}
    part_form(report, key)
    return recorded


def judge_part(report: Report, key: str, raw: Mapping[str, Any], *, complete: bool) -> Judged:
    """A part with fields as it would be with these answers."""
    form = part_form(report, key)
    if key == OWN:
        return judge(Form((form,)), {OWN: raw}, complete=complete)
    answers = {**report.answers, key: raw}
    return judge(report.rules.report, answers, files=report.present_slots(), complete=complete)


def explanation_name(chapter: str) -> str:
    """The name among the account's answers under which a chapter is explained."""
    return f"because_{chapter}"


def require_writable(actor: Actor, report: Report) -> None:
    """Raises NotPermitted, NotEditable."""
    if not allows(Permission.REPORT_WRITE, actor, report.relations(actor)):
        raise NotPermitted(Permission.REPORT_WRITE)
    if not report.is_owed:
        raise NotEditable(report.state)


def save_part(
    session: Session,
    actor: Actor,
    report: Report,
    key: str,
    answers: Mapping[str, Any],
    *,
    seen: Mapping[str, str] | None = None,
) -> None:
    """Save answers of a part; those that are not given stay. Commits nothing.

    Raises NotPermitted, NotEditable, NotFound, AnswersChanged, AnswersTooLong.
    """
    lock(session, report)
    require_writable(actor, report)
    recorded, shown = raw_part(report, key), seen or {}
    changed = {
        name: value
        for name, value in answers.items()
        if _is_known(report, key, name)
        and digest_of(value) not in (digest_of(recorded.get(name)), shown.get(name))
    }
    clashes = [name for name in changed if name in shown and digest_of(recorded.get(name)) != shown[name]]
    if clashes:
        raise AnswersChanged(
            {name: recorded.get(name) for name in clashes}, {name: changed[name] for name in clashes}
        )
    if not changed:
        return
    whole = {**recorded, **changed}
    if len(journal.canonical(whole)) > ANSWERS_MAXIMUM:
        raise AnswersTooLong(key)
    _write(report, key, whole)
    _note(session, actor, report, key, whole)
    session.flush()


def _is_known(report: Report, key: str, name: str) -> bool:
    if key == ACCOUNT:
        return name in set(Side) or name.startswith(explanation_name(""))
    return any(question.key == name for question in part_form(report, key).fields)


def _write(report: Report, key: str, whole: Mapping[str, Any]) -> None:
    """Keep a part as typed, and its figures where lists, exports and the balance use them."""
    if key == ACCOUNT:
        before = explanation_name("")
        report.realised = {side.value: whole.get(side.value) or [] for side in Side}
        report.explanations = {
            name.removeprefix(before): text for name, text in whole.items() if name.startswith(before) and text
        }
        account = report.judge_account(complete=False)
        has_charges = any(line.side is Side.CHARGES and line.amount is not None for line in account.lines)
        report.spent_amount = account.spent if has_charges else None
        return
    report.answers = {**report.answers, key: dict(whole)}
    values = judge_part(report, key, whole, complete=False).values.get(key, {})
    if key == OWN:
        report.narrative = values.get("narrative", "")
    if any(question.key == PEOPLE_REACHED for question in part_form(report, key).fields):
        reached = values.get(PEOPLE_REACHED)
        report.people_reached = None if reached is None else int(reached)


def _asks_people(report: Report) -> bool:
    """Whether the call's own report form asks for the people reached: then its answer is the one that counts."""
    return any(
        question.key == PEOPLE_REACHED and question.type is FieldType.NUMBER
        for section in report.rules.report.sections
        for question in section.fields
    )


def _note(session: Session, actor: Actor, report: Report, key: str, whole: Mapping[str, Any]) -> None:
    now = utc_now()
    query = (
        select(AuditEvent)
        .where(AuditEvent.subject_type == report.workflow.name, AuditEvent.subject_id == report.id)
        .order_by(AuditEvent.seq.desc())
        .limit(1)
    )
    last = session.scalar(query)
    if last is not None and last.action == WRITE and now - last.occurred_at < SITTING:
        is_same_sitting = (last.body["actor"], last.body["details"]["section"]) == (actor.reference, key)
        if is_same_sitting:
            return
    details = {"section": key, "sha256": hashlib.sha256(journal.canonical(whole)).hexdigest()}
    journal.append(session, actor, report, WRITE, at=now, details=details, changes=journal.Changes())
