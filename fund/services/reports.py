"""Verbs on reports."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fund.forms.account import Use, use_of_grant
from fund.forms.definition import FieldType, Words
from fund.models import AuditEvent, Person, Report
from fund.models.base import utc_now
from fund.services import journal
from fund.services.awards import close_if_settled
from fund.services.holds import refresh_holds
from fund.services.overdue import free_waiting_files
from fund.services.perform import amend, perform
from fund.services.report_writing import ACCOUNT, OWN, PEOPLE_REACHED, save_part
from workflows.permissions import Actor, Permission
from workflows.report import OWED_STATES, ReportStep


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure that the report form asks for, as it was answered."""

    path: str
    label: Words
    value: Decimal


def edit_report(
    session: Session,
    actor: Actor,
    report: Report,
    *,
    expected_version: int | None = None,
    account: Mapping[str, Any] | None = None,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
    **fields: Any,
) -> AuditEvent | None:
    """Write the report as a whole: narrative, people reached, and by call the account and the answers as typed.

    ``account`` has the parts ``charges``, ``products`` and ``because_<chapter>``; ``answers`` are by section.
    ``spent_amount`` (euros) alone is the account where the call has no budget plan. Raises NotEditable once it is
    in, StaleVersion.
    """
    # What is typed on the page stands before the columns: what is set here takes its place.
    own = {name: value for name, value in (report.answers.get(OWN) or {}).items() if name not in fields}
    sets = {**fields, **({"answers": {**report.answers, OWN: own}} if report.answers.get(OWN) else {})}
    event = amend(
        session,
        actor,
        report,
        "report.edit",
        Permission.REPORT_WRITE,
        states=OWED_STATES,
        expected_version=expected_version,
        sets=sets,
    )
    for key, part in {**(answers or {}), **({ACCOUNT: account} if account is not None else {})}.items():
        save_part(session, actor, report, key, part)
    return event


def submit(
    session: Session, actor: Actor, report: Report, *, at: datetime | None = None, **given: Any
) -> AuditEvent:
    """Hand the report in, under the name of the inputs ``signatory_name`` and ``signatory_function``."""
    return _hand_in(session, actor, report, ReportStep.SUBMIT, at=at, **given)


def resubmit(session: Session, actor: Actor, report: Report, **given: Any) -> AuditEvent:
    return _hand_in(session, actor, report, ReportStep.RESUBMIT, **given)


def send_back(session: Session, actor: Actor, report: Report, **given: Any) -> AuditEvent:
    """Return the report to be corrected: past its date it is late again, and payments are held for it."""
    event = perform(session, actor, report, ReportStep.RETURN, **given)
    refresh_holds(session, report.award)
    return event


def accept(session: Session, actor: Actor, report: Report, **given: Any) -> AuditEvent:
    """Accept the report; tranches that waited for it are released."""
    return _clear(session, actor, report, ReportStep.ACCEPT, **given)


def accept_with_reserve(
    session: Session, actor: Actor, report: Report, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    """Accept the report and say what the fund reserves (input ``reserve``), which the alliance reads."""
    sets = {"reserve": str(inputs.get("reserve") or "").strip()}
    return _clear(session, actor, report, ReportStep.ACCEPT_WITH_RESERVE, inputs=inputs, sets=sets, **given)


def waive(session: Session, actor: Actor, report: Report, **given: Any) -> AuditEvent:
    """Do without the report; tranches that waited for it are released."""
    return _clear(session, actor, report, ReportStep.WAIVE, **given)


def use_of(report: Report) -> Use | None:
    """What the final report makes of the grant, beside what was paid and neither came back nor was asked back.

    None for an interim report, and while nothing of the account is written.
    """
    account = report.judge_account(complete=False)
    if not report.final or not account.lines:
        return None
    award = report.award
    return use_of_grant(account, awarded=award.amount, paid=award.net_paid, rate=report.rules.grant.rate)


def indicators_of(report: Report) -> list[Indicator]:
    """The figures of the report: every number that its call's form asks for and that was answered."""
    values = report.judge_answers(complete=False).values
    found = [
        Indicator(f"{section.key}.{question.key}", question.label, values[section.key][question.key])
        for section in report.rules.report.sections
        for question in section.fields
        if question.type is FieldType.NUMBER and values.get(section.key, {}).get(question.key) is not None
    ]
    asks_people = any(indicator.path.endswith(f".{PEOPLE_REACHED}") for indicator in found)
    if report.people_reached is None or asks_people:
        return found
    people = Words("Personnes touchées", "People reached")
    return [Indicator(PEOPLE_REACHED, people, Decimal(report.people_reached)), *found]


def _hand_in(
    session: Session,
    actor: Actor,
    report: Report,
    step: ReportStep,
    *,
    inputs: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    **given: Any,
) -> AuditEvent:
    inputs = inputs or {}
    sets: dict[str, Any] = {"submitted_at": at or utc_now()}
    details: dict[str, Any] = {}
    if not report.imported:
        sets |= {
            "planned": report.plan(),
            "signatory_name": str(inputs.get("signatory_name") or "").strip() or _name_of(session, actor),
            "signatory_function": str(inputs.get("signatory_function") or "").strip(),
        }
        details = {"sha256": _digest(report)}
    event = perform(session, actor, report, step, inputs=inputs, sets=sets, details=details, at=at, **given)
    # What was held because it was late is so no longer.
    refresh_holds(session, report.award)
    free_waiting_files(session, report)
    return event


def _name_of(session: Session, actor: Actor) -> str:
    person = session.get(Person, actor.person_id) if actor.person_id is not None else None
    return person.name if person is not None else ""


def _digest(report: Report) -> str:
    """The hash of everything that is handed in, documents included."""
    before = report.document_slot("")
    documents = {
        document.slot: document.sha256
        for document in report.award.application.documents
        if document.slot.startswith(before) and document.is_present
    }
    whole = {
        "narrative": report.narrative,
        "people_reached": report.people_reached,
        "planned": report.plan(),
        "realised": report.account_rows(),
        "explanations": report.explanations,
        "answers": report.answers,
        "documents": documents,
    }
    return hashlib.sha256(journal.canonical(whole)).hexdigest()


def _clear(session: Session, actor: Actor, report: Report, step: ReportStep, **given: Any) -> AuditEvent:
    event = perform(session, actor, report, step, **given)
    if not report.imported:
        refresh_holds(session, report.award)
        free_waiting_files(session, report)
        close_if_settled(session, report.award)
    return event
