"""Verbs on awards: their schedule while they are drafted, what their agreement makes of them, the end."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.forms.fields import Problem
from fund.models import Agreement, Application, AuditEvent, Award, Disbursement
from fund.models.award import SETTLED_TRANCHES
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.links import revoke_links
from fund.services.perform import amend, create, judge_steps, lock, perform
from fund.services.schedules import (
    OPEN_TO_CHANGE,
    add_report,
    add_tranche,
    cancel_tranche,
    describe_line,
    describe_schedule,
    plan_schedule,
    plan_tranches,
    require_reports,
)
from workflows.agreement import AgreementState, AgreementStep
from workflows.application import ApplicationState, ApplicationStep
from workflows.award import AwardState, AwardStep
from workflows.disbursement import DisbursementState
from workflows.engine import PARIS, paris_day
from workflows.permissions import SYSTEM, Actor, Permission
from workflows.report import OWED_STATES, ReportStep
from workflows.topics import Deadline

REPORT_MONTHS = 6
"""A report is due within six months of the end of the exercise (loi 2000-321, art. 10; Cerfa 15059)."""
REMINDER_DAYS = 30


def fund(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    inputs: Mapping[str, Any],
    award: Mapping[str, Any] | None = None,
    **given: Any,
) -> AuditEvent:
    """Grant an amount: the application is funded and its award stands, in one transaction.

    ``award`` are fields of the award that are known already (imported history).
    """
    sets = {"motivation": inputs.get("motivation"), "waitlist_rank": None}
    event = perform(session, actor, application, ApplicationStep.FUND, inputs=inputs, sets=sets, **given)
    open_award(session, actor, application, amount=inputs["amount"], at=given.get("at"), **(award or {}))
    return event


def open_award(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    amount: Decimal,
    at: datetime | None = None,
    schedule: Sequence[Mapping[str, Any]] | None = None,
    **fields: Any,
) -> Award:
    """The award of a funded application in draft: schedule (by default one tranche), final report, agreement.

    Called by the decision itself, in its transaction; it asks for no permission of its own.
    """
    lead, imported = application.lead, application.imported
    fields = {
        "shared_total": amount,
        "purpose": application.title[:256],
        "beneficiary_name": lead.name,
        "starts_on": application.starts_on,
        "ends_on": application.ends_on,
        "imported": imported,
        # A new award has none yet: nothing to be read from the database.
        **{name: [] for name in ("disbursements", "reports", "agreements", "repayments")},
        **fields,
    }
    award = Award(application=application, call=application.call, beneficiary=lead, amount=amount, **fields)
    create(session, actor, award, at=at)
    for position, line in enumerate(schedule or [{"amount": amount, "due_on": application.starts_on}], start=1):
        add_tranche(session, actor, award, position, line, at=at)
    due_on = report_due_on(application.ends_on or paris_day(at or utc_now()))
    add_report(session, actor, award, due_on=due_on, final=True, at=at)
    if not imported:
        create(session, actor, Agreement(award=award, number=0, terms={}, signatures=[]), at=at)
    return award


def report_due_on(project_end: date) -> date:
    """Six months after the end of the exercise (31 December) in which the project ends."""
    return date(project_end.year + 1, REPORT_MONTHS, 30)


# --- the schedule ------------------------------------------------------------------------------------------


def set_schedule(
    session: Session,
    actor: Actor,
    award: Award,
    *,
    tranches: Sequence[Mapping[str, Any]],
    reports: Sequence[Mapping[str, Any]] | None = None,
    expected_version: int | None = None,
) -> AuditEvent | None:
    """Replace the schedule of an award whose agreement is not yet sent.

    A tranche has ``amount`` in euros, ``due_on`` and ``conditions`` (each ``kind``, ``label``, and for a report
    ``report``: its place in the order of reports, from 1). A report has ``due_on``; the last one is the final
    report, the others are interim. Raises InvalidInput unless the tranches sum exactly to the award, or where a
    condition names a report that there is not, or reports are not in the order of their days.
    """
    total = sum((line["amount"] for line in tranches), Decimal(0))
    if total != award.amount:
        raise InvalidInput({"tranches": ["schedule_unbalanced"]})
    if reports is not None:
        require_reports(reports)

    def change() -> Mapping[str, Any] | None:
        before = describe_schedule(award)
        plan_schedule(session, actor, award, tranches=tranches, reports=reports)
        after = describe_schedule(award)
        return None if before == after else {"schedule": [before, after]}

    return amend(
        session,
        actor,
        award,
        "award.set_schedule",
        Permission.AWARD_MANAGE,
        states=(AwardState.DRAFT,),
        expected_version=expected_version,
        change=change,
    )


# --- the agreement's effects -----------------------------------------------------------------------------------


def sign(
    session: Session,
    actor: Actor,
    award: Award,
    *,
    inputs: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    **given: Any,
) -> AuditEvent:
    """The agreement is signed (input ``signed_on``, else today); tranches and reports get their deadlines."""
    inputs = inputs or {}
    now = at or utc_now()
    sets = {"signed_on": inputs.get("signed_on") or paris_day(now)}
    event = perform(session, actor, award, AwardStep.SIGN, inputs=inputs, sets=sets, at=at, **given)
    if not award.imported:
        schedule_releases(session, award, now)
        schedule_reminders(session, award, now)
    return event


def resume(session: Session, actor: Actor, award: Award, **given: Any) -> AuditEvent:
    event = perform(session, actor, award, AwardStep.RESUME, **given)
    schedule_releases(session, award, utc_now())
    return event


def schedule_releases(session: Session, award: Award, now: datetime) -> None:
    """Have the program release each planned tranche when its date comes, or at once where it has come.

    Called whenever something that a tranche may have waited for has happened.
    """
    for tranche in award.live_tranches:
        if tranche.state is DisbursementState.PLANNED:
            outbox.schedule(session, tranche, Deadline.DISBURSEMENT_DUE, max(now, start_of(tranche.due_on, now)))


def schedule_reminders(session: Session, award: Award, now: datetime) -> None:
    for report in award.reports:
        if report.is_owed:
            reminder = start_of(report.due_on, now) - timedelta(days=REMINDER_DAYS)
            outbox.schedule(session, report, Deadline.REPORT_DUE, max(now, reminder))


def start_of(day: date | None, otherwise: datetime) -> datetime:
    """The first instant of that day in Paris."""
    return datetime.combine(day, time.min, PARIS) if day else otherwise


# --- the end -----------------------------------------------------------------------------------------------


def close(session: Session, actor: Actor, award: Award, **given: Any) -> AuditEvent:
    """Close the accounts: the application is reported."""
    event = perform(session, actor, award, AwardStep.CLOSE, **given)
    perform(session, actor, award.application, ApplicationStep.REPORT, at=given.get("at"))
    return event


def close_if_settled(session: Session, award: Award) -> None:
    """Close the accounts by themselves, once the final report is accepted and no euro is on its way."""
    lock(session, award)
    if any(verdict.step.name is AwardStep.CLOSE and verdict.allowed for verdict in judge_steps(SYSTEM, award)):
        close(session, SYSTEM, award)


def reopen(session: Session, actor: Actor, award: Award, **given: Any) -> AuditEvent:
    """Open closed accounts again: the bank returned a payment, or money is to be asked back."""
    event = perform(session, actor, award, AwardStep.REOPEN, **given)
    perform(session, SYSTEM, award.application, ApplicationStep.REOPEN)
    return event


def reduce(session: Session, actor: Actor, award: Award, amount: Decimal, *, reason: str) -> AuditEvent | None:
    """Bring the award down to what the final account earned, in euros: tranches not yet ordered shrink or go.

    What was ordered or paid cannot be taken back here: that is a repayment. Raises InvalidInput (``amount``,
    ``reason``), Conflict (``kept_off``), NotPermitted, NotEditable.
    """
    lock(session, award)
    if award.is_interested(actor):
        raise Conflict("kept_off")
    if not reason.strip():
        raise InvalidInput({"reason": ["required"]})
    kept = [(tranche, left) for tranche, left in reduced_tranches(award, amount) if left]

    def change() -> Mapping[str, Any]:
        before = award.amount
        lines = [{**describe_line(tranche), "amount": left} for tranche, left in kept]
        plan_tranches(session, SYSTEM, award, lines)
        award.amount = amount
        award.shared_total = amount
        return {"amount": [before, amount]}

    event = amend(
        session,
        actor,
        award,
        "award.reduce",
        Permission.AWARD_MANAGE,
        states=(AwardState.ACTIVE,),
        change=change,
        reason=reason.strip(),
    )
    outbox.schedule(session, award.call, Deadline.WAITLIST_MOVES, utc_now())
    # The last tranche may be gone with it.
    close_if_settled(session, award)
    return event


def reduced_tranches(award: Award, amount: Decimal) -> list[tuple[Disbursement, Decimal]]:
    """Each tranche that may still change, with what an award of that amount would leave of it, in euros.

    The earliest keep what they have. Raises InvalidInput for an amount below what was ordered or paid, or not
    below the award.
    """
    committed = sum((t.amount for t in award.live_tranches if t.state not in OPEN_TO_CHANGE), Decimal(0))
    if not committed <= amount < award.amount or amount <= 0:
        raise InvalidInput({"amount": [Problem("amount_not_reducible", committed=committed, award=award.amount)]})
    left, found = amount - committed, []
    for tranche in award.live_tranches:
        if tranche.state in OPEN_TO_CHANGE:
            found.append((tranche, min(tranche.amount, left)))
            left -= found[-1][1]
    return found


def cancel(session: Session, actor: Actor, award: Award, **given: Any) -> AuditEvent:
    """Cancel an award nothing of which was paid; its tranches, reports, agreements and application follow."""
    event = perform(session, actor, award, AwardStep.CANCEL, **given)
    _wind_up(session, award, given)
    return event


def refuse(session: Session, actor: Actor, award: Award, **given: Any) -> AuditEvent:
    """The beneficiary refuses the agreement: the envelope is freed."""
    event = perform(session, actor, award, AwardStep.REFUSE, **given)
    _wind_up(session, award, given)
    return event


def _wind_up(session: Session, award: Award, given: Mapping[str, Any]) -> None:
    """What hangs on an award that is over ends for the same reason."""
    because = {"reason": given["inputs"]["reason"]}
    outbox.schedule(session, award.call, Deadline.WAITLIST_MOVES, utc_now())
    for tranche in award.disbursements:
        if tranche.state not in SETTLED_TRANCHES:
            cancel_tranche(session, SYSTEM, tranche, inputs=because)
    for report in award.reports:
        if report.state in OWED_STATES:
            perform(session, SYSTEM, report, ReportStep.WAIVE, inputs=because)
    for agreement in award.agreements:
        if agreement.state is AgreementState.SENT:
            perform(session, SYSTEM, agreement, AgreementStep.WITHDRAW, inputs=because)
            revoke_links(session, utc_now(), agreement_id=agreement.id)
        if agreement.state is AgreementState.DRAFT and agreement.number:
            perform(session, SYSTEM, agreement, AgreementStep.DROP)
    if award.application.state is ApplicationState.FUNDED:
        perform(session, SYSTEM, award.application, ApplicationStep.CANCEL, inputs=because)
