"""Writing a file part by part: several people at once, as often as they type, without losing a word.

A part (the project, the budget, a section of the call's form) is saved as typed. Who saves says which number
of the part she had read (``base``) or, more exactly, what she had before her of each answer (``seen``): an
answer that somebody else changed since, to something else, is a conflict, and then nothing is saved and both
texts are shown. Answers that only one of the two changed are both kept.

A saving is not an event of the journal, a sitting is: the first saving of a person in a part, and each after
a rest of ten minutes, appends one, and keeps a version of the part. What is handed in is hashed whole
(``receipts``).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import flag_modified

from fund.errors import FundError, NotFound
from fund.forms.compiler import Found, Judged, judge
from fund.forms.definition import Form, Question
from fund.forms.definition import Section as FormSection
from fund.forms.fields import Problem
from fund.forms.project import AMOUNTS, BUDGET, PROJECT, columns_of, project_section, raw_of_columns
from fund.models import Application, Section, SectionVersion
from fund.models.base import utc_now
from fund.services import journal
from fund.services.consents import schedule_asking_again
from fund.services.perform import NotEditable, NotPermitted, lock
from workflows.application import ApplicationState
from workflows.permissions import Actor, Permission, allows

EDITABLE = (ApplicationState.DRAFT, ApplicationState.RETURNED)
SITTING = timedelta(minutes=10)
ANSWERS_MAXIMUM = 200_000  # bytes of one part, as JSON
HELD_PROBLEMS = {"ends_on": "period_disordered", AMOUNTS[1]: "request_above_budget"}


class SectionConflict(FundError):
    """Somebody else changed the same answers; ``recorded`` and ``typed`` are the two texts of each."""

    def __init__(self, section: Section, recorded: Mapping[str, Any], typed: Mapping[str, Any]) -> None:
        super().__init__(f"{section.key}: {', '.join(typed)}")
        self.section = section
        self.recorded = dict(recorded)
        self.typed = dict(typed)


class AnswersTooLong(FundError):
    """One part holds more than a file may carry."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file as its writers see it: the raw answers, and the number that a saving must name."""

    key: str
    number: int
    answers: dict[str, Any]
    edited_at: datetime | None
    edited_by: str | None


def section_form(application: Application, key: str) -> FormSection | None:
    """The fields of the part; None for the budget, which has a plan instead. Raises NotFound."""
    if key == PROJECT:
        return project_section(application.rules)
    if key == BUDGET and application.rules.budget is not None:
        return None
    found = application.rules.form.find(key)
    if found is None:
        raise NotFound(f"section {key}")
    return found


def read_part(application: Application, key: str) -> Part:
    """The part as it is recorded. Raises NotFound for one that the call does not have."""
    answers = raw_answers(application, key)
    section = application.section(key)
    if section is None:
        return Part(key, 0, answers, None, None)
    edited_by = section.edited_by.name if section.edited_by else None
    return Part(key, section.number, answers, section.edited_at, edited_by)


def raw_answers(application: Application, key: str) -> dict[str, Any]:
    """What is recorded in the part, without who wrote it. Raises NotFound."""
    section_form(application, key)
    return _recorded(application, application.section(key), key)


def judge_part(application: Application, key: str, raw: Mapping[str, Any], *, complete: bool) -> Judged:
    """The part as it would be with these answers: values, problems, what is asked for. Not for the budget."""
    form = section_form(application, key)
    if key != PROJECT or form is None:
        answers = {**application.answers(), key: raw}
        return judge(application.rules.form, answers, files=application.present_slots(), complete=complete)
    judged = judge(Form((form,)), {PROJECT: raw}, complete=complete)
    _, held = columns_of(judged.values[PROJECT])
    contradictions = tuple(
        Found(f"{PROJECT}.{question.key}", Problem(HELD_PROBLEMS[question.key]), question.label)
        for question in form.fields
        if question.key in held
    )
    return Judged(judged.values, judged.problems + contradictions, judged.shown)


def save_part(
    session: Session,
    actor: Actor,
    application: Application,
    key: str,
    answers: Mapping[str, Any],
    *,
    base: int,
    seen: Mapping[str, str] | None = None,
) -> Section:
    """Save answers of a part; those that are not given stay. Commits nothing.

    ``seen`` holds the digests (``digest_of``) of the answers that the writer had before her. A page without
    JavaScript sends everything it shows: what is sent as it was seen was not changed. Without it ``base`` decides.
    Raises NotPermitted, NotEditable, NotFound, SectionConflict, AnswersTooLong.
    """
    lock(session, application)
    require_writable(actor, application, key)
    form = section_form(application, key)
    section = application.section(key)
    if section is None:
        section = Section(application_id=application.id, key=key, number=0, answers={}, stamps={})
        application.sections.append(section)
    recorded = _recorded(application, section, key)
    shown = seen or {}
    changed = {
        name: value
        for name, value in answers.items()
        if name in _known(form) and digest_of(value) not in (digest_of(recorded.get(name)), shown.get(name))
    }
    clashes = [name for name in changed if _is_clash(section, name, recorded.get(name), base, shown)]
    if clashes:
        raise SectionConflict(
            section, {name: recorded.get(name) for name in clashes}, {name: changed[name] for name in clashes}
        )
    if not changed:
        session.flush()
        return section
    whole = {**recorded, **changed}
    if len(journal.canonical(whole)) > ANSWERS_MAXIMUM:
        raise AnswersTooLong(key)
    now = utc_now()
    section.number += 1
    section.stamps = {**section.stamps, **dict.fromkeys(changed, section.number)}
    section.edited_at, section.edited_by_id = now, actor.person_id
    if key == PROJECT and form is not None:
        section.answers = _set_columns(application, form, whole)
    else:
        section.answers = whole
    if key == BUDGET:
        set_amounts(application)
    if key == PROJECT and "title" in changed:
        schedule_asking_again(session, application)  # what the members confirmed names the project
    # The file's version counts each saving: who signs what she read over must not sign what was written since.
    flag_modified(application, "title")
    _keep_version(session, actor, application, section, whole, now)
    session.flush()
    return section


def digest_of(raw: Any) -> str:
    """A short digest of a raw answer, the same for answers that say the same; empty where nothing is said."""
    told = _telling(raw)
    return "" if told is None else hashlib.sha256(journal.canonical(told)).hexdigest()[:16]


def _telling(raw: Any) -> Any:
    """What an answer says: without blanks, and what is ticked in no order. None where it says nothing."""
    match raw:
        case None | "":
            return None
        case dict():
            return {name: told for name, cell in raw.items() if (told := _telling(cell)) is not None} or None
        case list() if all(isinstance(part, str) for part in raw):
            return sorted(set(filter(None, raw))) or None
        case list():
            return [told for part in raw if (told := _telling(part)) is not None] or None
    return raw


def _is_clash(section: Section, name: str, recorded: Any, base: int, seen: Mapping[str, str]) -> bool:
    if name in seen:
        return digest_of(recorded) != seen[name]
    return bool(section.stamps.get(name, 0) > base)


def require_writable(actor: Actor, application: Application, key: str) -> None:
    """Whether the actor may write this part now. Raises NotPermitted, NotEditable."""
    if not allows(Permission.APPLICATION_WRITE, actor, application.relations(actor)):
        raise NotPermitted(Permission.APPLICATION_WRITE)
    if application.state not in EDITABLE or not is_open_to_writing(application, key):
        raise NotEditable(application.state)


def is_open_to_writing(application: Application, key: str) -> bool:
    """Of a file returned with marks only the marked parts can be written; of a draft all."""
    if application.state is not ApplicationState.RETURNED or not application.corrections:
        return True
    return key in {part_of(path) for path in application.corrections}


def part_of(path: str) -> str:
    """The part of a marked place: ``impact.beneficiaries`` lies in ``impact``, ``title`` in the project."""
    head, dot, rest = path.partition(".")
    if head == "asked":
        return "documents"
    if head == "form":  # a document of the form lies in its section
        return rest.partition(".")[0]
    if head == "members":
        return "alliance"
    return head if dot or head in (BUDGET, "alliance", "documents") else PROJECT


def clear_project_raw(application: Application, names: frozenset[str], now: datetime) -> None:
    """Forget what was typed of these fields: their columns were set by another way than the part."""
    section = application.section(PROJECT)
    if section is None:
        return
    section.number += 1
    section.answers = {name: value for name, value in section.answers.items() if name not in names}
    section.stamps = {**section.stamps, **dict.fromkeys(names, section.number)}
    section.edited_at = now


def set_amounts(application: Application) -> None:
    """The budget's totals become the amounts of the file; what does not fit together yet stays empty."""
    budget = application.judge_budget(complete=False)
    if budget is None:
        return
    total, asked = budget.total_charges or None, budget.requested or None
    application.total_budget = total
    application.requested_amount = asked if total is not None and asked is not None and asked <= total else None


def list_versions(session: Session, application: Application, key: str) -> list[SectionVersion]:
    """The versions of a part, the latest first."""
    query = select(SectionVersion).where(
        SectionVersion.application_id == application.id, SectionVersion.key == key
    )
    latest_first = query.order_by(SectionVersion.number.desc()).options(joinedload(SectionVersion.saved_by))
    return list(session.scalars(latest_first))


def last_writers(
    session: Session, application: Application, key: str, names: Iterable[str]
) -> dict[str, SectionVersion]:
    """Of answers that were changed, the version of whoever changed each last."""
    section = application.section(key)
    stamps = section.stamps if section is not None else {}
    versions = list_versions(session, application, key)[::-1]
    # A version bears the number of its sitting's last saving, and nobody else saved within a sitting.
    found = {name: next((v for v in versions if v.number >= stamps.get(name, 0)), None) for name in names}
    return {name: version for name, version in found.items() if version is not None}


def find_version(session: Session, application: Application, key: str, number: int) -> SectionVersion:
    """One version of a part. Raises NotFound."""
    query = select(SectionVersion).where(
        SectionVersion.application_id == application.id,
        SectionVersion.key == key,
        SectionVersion.number == number,
    )
    version = session.scalar(query)
    if version is None:
        raise NotFound(f"version {number} of {key}")
    return version


def _known(form: FormSection | None) -> frozenset[str]:
    """The names of a part's answers; the budget's are its two sides."""
    if form is None:
        return frozenset({"charges", "products"})
    return frozenset(question.key for question in form.fields)


def _recorded(application: Application, section: Section | None, key: str) -> dict[str, Any]:
    if key != PROJECT:
        return dict(section.answers) if section else {}
    fields = project_section(application.rules).fields
    columns = raw_of_columns({question.key: getattr(application, question.key) for question in fields})
    return {**columns, **(section.answers if section else {})}


def _set_columns(application: Application, form: FormSection, whole: Mapping[str, Any]) -> dict[str, Any]:
    """Write what is valid into the columns; returns what is not, as typed."""
    judged = judge(Form((form,)), {PROJECT: whole}, complete=False)
    refused = {found.path.split(".")[1] for found in judged.problems}
    values = {name: value for name, value in judged.values.get(PROJECT, {}).items() if name not in refused}
    columns, held = columns_of(values)
    for question in form.fields:
        value = None if question.key in held else columns.get(question.key)
        setattr(application, question.key, _empty(question) if value is None else value)
    return {name: value for name, value in whole.items() if name in refused | held}


def _empty(question: Question) -> str | None:
    return "" if question.key in ("title", "summary") else None


def _keep_version(
    session: Session,
    actor: Actor,
    application: Application,
    section: Section,
    whole: Mapping[str, Any],
    now: datetime,
) -> None:
    """Go on with the sitting's version, or begin one, which the journal then tells."""
    last = session.scalar(
        select(SectionVersion)
        .where(SectionVersion.application_id == application.id, SectionVersion.key == section.key)
        .order_by(SectionVersion.number.desc())
        .limit(1)
    )
    is_same_sitting = (
        last is not None
        and last.saved_by_id == actor.person_id
        and now - last.saved_at < SITTING
        and (application.submitted_at is None or last.begun_at > application.moved_at)
    )
    if last is not None and is_same_sitting:
        last.answers, last.number, last.saved_at = dict(whole), section.number, now
        return
    session.add(
        SectionVersion(
            application_id=application.id,
            key=section.key,
            number=section.number,
            answers=dict(whole),
            saved_by_id=actor.person_id,
            begun_at=now,
            saved_at=now,
        )
    )
    details = {"section": section.key, "number": section.number}
    journal.append(session, actor, application, "application.write", at=now, details=details)
