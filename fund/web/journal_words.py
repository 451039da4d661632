"""The journal in words: what was done, by whom, and each changed field before and after."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, DateTime, Enum, Numeric, select
from sqlalchemy.orm import Session

from config.communes import commune_label
from fund.bank.accounts import masked_iban
from fund.edge.content_words import place_words
from fund.edge.fields import field_label
from fund.edge.formats import day, moment, money, number, percent
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.step_labels import event_label
from fund.models import (
    SUBJECTS,
    Application,
    AuditEvent,
    Base,
    Call,
    ConsentAnswer,
    Criterion,
    DiscussionOutcome,
    EndorsementState,
    InterestKind,
    InterestState,
    Organisation,
    Person,
    Right,
)
from fund.services.journal import Fault
from fund.web.journal_names import ACTIONS, FIELDS
from fund.web.reading import place_label
from workflows.application import CorrectionKind
from workflows.disbursement import ConditionKind, DisbursementStep, HoldCause
from workflows.permissions import Role
from workflows.voting import Choice, MotionResult, Outcome

# What is done without a step. The steps have their names in ``fund.edge.step_labels``.
FAULTS: dict[Fault, Any] = {
    Fault.MISSING_LINK: _l("an event is missing or out of order"),
    Fault.EDITED: _l("an event was altered"),
    Fault.WRONG_PREVIOUS: _l("an event does not follow the one before it"),
    Fault.MISPLACED: _l("an event belongs to another chain"),
    Fault.TAIL_MISSING: _l("the last events are missing"),
    Fault.UNKNOWN_EVENTS: _l("there are more events than were recorded"),
    Fault.PERSONAL_EDITED: _l("the personal data of an event were altered"),
}

SHORT_HASH = 12  # hexadecimal signs, enough to compare by eye; the whole stands beside
MONEY_COLUMNS_DIGITS = 14  # NUMERIC(14,2) is euros; other numerics are shares and scores


@dataclass(frozen=True, slots=True)
class Change:
    """One field, in words. ``before`` is None where nothing was there."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, in words."""

    seq: int
    title: str
    who: str
    when: datetime
    recorded_at: datetime | None
    states: tuple[StrEnum | None, StrEnum] | None
    changes: list[Change]
    reason: str | None
    digest: str
    request: str | None


def entry_of(session: Session, event: AuditEvent) -> Entry:
    """The event in the reader's language."""
    body = event.body
    model = SUBJECTS[event.subject_type]
    changed = dict(body.get("changes", {}))
    if event.personal is not None:
        changed.update(event.personal.data.get("changes", {}))
    if "corrections" in changed:
        changed["corrections"] = _with_place_names(session, event.subject_id, changed["corrections"])
    state = changed.pop("state", None)
    changes = [_change(session, model, name, before, after) for name, (before, after) in changed.items()]
    changes += [_detail(session, name, value) for name, value in body.get("details", {}).items()]
    return Entry(
        seq=event.seq,
        title=_title(model, event.action),
        who=_who(event),
        when=event.occurred_at,
        # History tells of long ago: when it was written down is then worth saying.
        recorded_at=event.recorded_at if body.get("imported") else None,
        states=_states(model, state) if state else None,
        changes=[change for change in changes if change.before or change.after],
        reason=_reason(event),
        digest=event.hash.hex(),
        request=body.get("request"),
    )


def fault_sentence(fault: Fault) -> str:
    return str(FAULTS[fault])


def _title(model: Any, action: str) -> str:
    step = model.workflow.find(action)
    if step is not None:
        return event_label(step.name)
    return str(ACTIONS.get(action, action))


def _who(event: AuditEvent) -> str:
    reference = event.body.get("actor")
    if reference in (Role.SYSTEM.value, Role.IMPORT.value):
        return label(Role(reference))
    if event.personal is None:
        return str(gettext("erased person (%(reference)s)", reference=reference))
    return str(event.personal.data.get("actor") or reference)


def _reason(event: AuditEvent) -> str | None:
    """What the program holds or lifts, it does for a cause and not in words of its own."""
    reason = event.body.get("reason")
    if event.action in (DisbursementStep.HOLD, DisbursementStep.LIFT) and reason in list(HoldCause):
        return label(HoldCause(reason))
    return reason


def _states(model: Any, change: list[Any]) -> tuple[StrEnum | None, StrEnum]:
    before, after = change
    states = model.workflow.states
    return (states(before) if before else None), states(after)


def _change(session: Session, model: Any, name: str, before: Any, after: Any) -> Change:
    column = model.__mapper__.columns.get(name)
    return Change(_name(name), _value(session, column, name, before), _value(session, column, name, after))


def _detail(session: Session, name: str, value: Any) -> Change:
    """What is told beside the columns: a pair is before and after, anything else simply is so."""
    if name in ROWS:
        before, after = value if _is_pair(name, value) else (None, value)
        return Change(_name(name), _rows(session, name, before), _rows(session, name, after))
    if name in TERMS:
        before, after = value
        return Change(_name(name), _terms(before), _terms(after))
    if name in ("added", "amount") and value is not None:
        before, after = value if isinstance(value, list) else (None, value)
        return Change(_name(name), _euros(before), _euros(after))
    if name == "person":
        return Change(_name(name), None, _person(session, value))
    if name == "due_on":  # of external advice; that of a tranche is inside its row
        return Change(str(gettext("Due by")), None, day(date.fromisoformat(value)) if value else None)
    if name == "due_at":
        return Change(_name(name), None, moment(datetime.fromisoformat(value)) if value else None)
    if name in KINDS:
        return Change(_name(name), None, label(KINDS[name](value)))
    if name == "part" and isinstance(value, dict):  # what a member read when it answered
        lines = (f"{_name(key)}{gettext(': ')}{text}" for key, text in value.items() if text)
        return Change(_name(name), None, "\n".join(lines))
    return Change(_name(name), None, _value(session, None, name, value))


def _is_pair(name: str, value: Any) -> bool:
    """Whether this is before and after, rather than the rows: those are objects or texts, never lists."""
    return name == "scores" or (len(value) == 2 and all(isinstance(side, list) for side in value))


def _rows(session: Session, name: str, value: Any) -> str | None:
    """Rows (members, criteria, marks), one a line."""
    rows = value.items() if isinstance(value, dict) else value or ()
    return "\n".join(ROWS[name](session, row) for row in rows) or None


def _member(session: Session, row: Any) -> str:
    if isinstance(row, str):  # a session's: the reference of a person
        return _person(session, row)
    return _listed(row.get("organisation"), row.get("part"), _euros(row.get("contribution")))


def _criterion(_session: Session, row: Mapping[str, Any]) -> str:
    title = row.get("label_en") if current_language() == "en" else row.get("label_fr")
    weight = percent(Decimal(row["weight"]) / 100) if "weight" in row else None
    return _listed(title, weight, gettext("0 to %(most)s", most=row["scale_max"]) if "scale_max" in row else None)


def _mark(session: Session, row: tuple[str, list[Any]]) -> str:
    number_of_row, (value, comment) = row
    criterion = session.get(Criterion, int(number_of_row))
    title = criterion.label(current_language()) if criterion else number_of_row
    return _listed(title + gettext(": ") + (gettext("no mark yet") if value is None else str(value)), comment)


def _tranche(_session: Session | None, row: Mapping[str, Any]) -> str:
    due_on = row.get("due_on")
    waits = field_label("needs_report") if row.get("needs_report") else None
    conditions = [_condition(_session, one) for one in row.get("conditions", ())]
    due = day(date.fromisoformat(due_on)) if due_on else None
    return _listed(_euros(row.get("amount")), due, waits, *conditions)


def _condition(_session: Session | None, row: Mapping[str, Any]) -> str:
    """What a tranche waits for; a report by its place among those of the award."""
    what = label(ConditionKind(row["kind"]))
    place = gettext("report %(number)s", number=row["report"]) if row.get("report") else None
    about = place or row.get("label")
    return f"{what} ({about})" if about else what


def _planned_report(row: Mapping[str, Any]) -> str:
    name = gettext("Final report") if row.get("final") else gettext("Interim report")
    return _listed(name, day(date.fromisoformat(row["due_on"])))


def _terms(terms: Mapping[str, Any]) -> str | None:
    """What is agreed: amount, dates, tranches and reports, one a line."""
    lines = [_euros(terms.get("amount"))]
    lines += [
        f"{_name(name)}{gettext(': ')}{day(date.fromisoformat(terms[name]))}"
        for name in ("starts_on", "ends_on")
        if terms.get(name)
    ]
    lines += [_tranche(None, row) for row in terms.get("tranches", ())]
    lines += [_planned_report(row) for row in terms.get("reports", ())]
    return "\n".join(line for line in lines if line) or None


def _content_place(_session: Session, path: str) -> str:
    return place_words(path, {})


def _interest(session: Session, row: Mapping[str, Any]) -> str:
    return f"{_person(session, row['person'])}{gettext(': ')}{label(InterestKind(row['kind']))}"


def _euros(value: Any) -> str | None:
    return None if value is None else money(Decimal(value))


def _person(session: Session, reference: str) -> str:
    return session.scalar(select(Person.name).where(Person.reference == reference)) or reference


KINDS: dict[str, type[StrEnum]] = {
    "right": Right,
    "answer": ConsentAnswer,
    "endorsement": EndorsementState,
    "interest": InterestKind,
    "interest_state": InterestState,
    "discussion_outcome": DiscussionOutcome,
    "outcome": Outcome,
    "former_outcome": Outcome,
    "result": MotionResult,
    "choice": Choice,
    "condition": ConditionKind,
}
TERMS = ("schedule", "terms")
"""What was agreed, before and after."""
ROWS: dict[str, Callable[[Session, Any], str]] = {
    "members": _member,
    "criteria": _criterion,
    "scores": _mark,
    "tranches": _tranche,
    "conditions": _condition,
    "present": _person,
    "agenda": lambda _session, reference: str(reference),
    "interests": _interest,
    "changed": _content_place,
    "dropped": _content_place,
}


def _listed(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def _name(name: str) -> str:
    return str(FIELDS[name]) if name in FIELDS else field_label(name)


def _value(session: Session, column: Any, name: str, value: Any) -> str | None:
    if value in (None, "", [], {}):
        return None
    if name == "commune_code":
        return commune_label(value)
    if name == "iban":
        return masked_iban(value)
    if name == "terms":
        return _terms(value)
    if name == "corrections":
        return "\n".join(_correction(path, mark) for path, mark in value.items())
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if column is not None and column.foreign_keys:
        return _named(session, column, value)
    return _written(column.type if column is not None else None, value)


def _with_place_names(session: Session, application_id: int, sides: Iterable[Any]) -> list[Any]:
    """Marks before and after, under the names that their places have in the file."""
    application = session.get(Application, application_id)
    if application is None:
        return list(sides)
    return [{place_label(application, path): mark for path, mark in (marks or {}).items()} for marks in sides]


def _correction(place: str, mark: Any) -> str:
    """A mark as the journal keeps it; once it was a sentence alone."""
    if isinstance(mark, str):
        return f"{place}{gettext(': ')}{mark}"
    return f"{place} ({label(CorrectionKind(mark['kind']))}){gettext(': ')}{mark['reason']}"


def _written(kind: Any, value: Any) -> str:
    match kind:
        case Enum(enum_class=known) if known is not None and issubclass(known, StrEnum):
            return label(known(value))
        case Numeric() if kind.precision == MONEY_COLUMNS_DIGITS:
            return money(Decimal(value))
        case Numeric():
            return number(Decimal(value))
        case DateTime():
            return moment(datetime.fromisoformat(value))
        case Date():
            return day(date.fromisoformat(value))
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return number(value) if isinstance(value, int) else str(value)


def _named(session: Session, column: Any, number_of_row: int) -> str:
    """What a reference to another row is called; the row may be gone."""
    table = next(iter(column.foreign_keys)).column.table
    model = next(mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is table)
    row = session.get(model, number_of_row)
    if isinstance(row, Organisation | Person):
        return row.name
    if isinstance(row, Call):
        return f"{row.title_fr} ({row.reference})"
    return str(getattr(row, "reference", number_of_row))
