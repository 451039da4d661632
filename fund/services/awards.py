"""Verbs on awards: the schedule of tranches, the agreement, the end."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import InvalidInput
from fund.models import Application, AuditEvent, Award, Disbursement, Report
from fund.models.award import SETTLED_TRANCHES
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.perform import amend, create, perform
from workflows.application import ApplicationState, ApplicationStep
from workflows.award import AwardState, AwardStep
from workflows.disbursement import DisbursementState, DisbursementStep
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
    """The award of a funded application, in draft, with a schedule (by default one tranche) and its final report.

    Called by the decision itself, in its transaction; it asks for no permission of its own.
    """
    lead, imported = application.lead, application.imported
    fields = {
        "shared_total": amount,
        "purpose": application.title[:256],
        "beneficiary_name": lead.name,
        "imported": imported,
        # A new award has none yet: nothing to be read from the database.
        "disbursements": [],
        "reports": [],
        **fields,
    }
    award = Award(application=application, call=application.call, beneficiary=lead, amount=amount, **fields)
    create(session, actor, award, at=at)
    for position, line in enumerate(schedule or [{"amount": amount, "due_on": application.starts_on}], start=1):
        tranche = Disbursement(award=award, position=position, imported=imported, **line)
        create(session, actor, tranche, at=at)
    due_on = report_due_on(application.ends_on or paris_day(at or utc_now()))
    create(session, actor, Report(award=award, final=True, due_on=due_on, imported=imported), at=at)
    return award


def report_due_on(project_end: date) -> date:
    """Six months after the end of the exercise (31 December) in which the project ends."""
    return date(project_end.year + 1, REPORT_MONTHS, 30)


def set_schedule(
    session: Session,
    actor: Actor,
    award: Award,
    *,
    tranches: Sequence[Mapping[str, Any]],
    expected_version: int | None = None,
) -> AuditEvent | None:
    """Replace the schedule of an award not yet offered (``amount`` in euros, ``due_on``, ``needs_report``).

    Raises InvalidInput unless the tranches sum exactly to the award.
    """
    total = sum((line["amount"] for line in tranches), Decimal(0))
    if total != award.amount:
        raise InvalidInput({"tranches": ["schedule_unbalanced"]})

    def change() -> Mapping[str, Any] | None:
        before = [_tranche_line(tranche) for tranche in award.live_tranches]
        _rewrite(session, actor, award, tranches)
        after = [_tranche_line(tranche) for tranche in award.live_tranches]
        return None if before == after else {"tranches": [before, after]}

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


def _rewrite(session: Session, actor: Actor, award: Award, lines: Sequence[Mapping[str, Any]]) -> None:
    """Tranches are subjects with chains of their own: one that falls away is cancelled, never deleted."""
    live = award.live_tranches
    for tranche, line in zip(live, lines, strict=False):
        amend(
            session,
            actor,
            tranche,
            "disbursement.plan",
            Permission.AWARD_MANAGE,
            states=(DisbursementState.PLANNED,),
            sets=line,
        )
    last = max((tranche.position for tranche in award.disbursements), default=0)
    for position, line in enumerate(lines[len(live) :], start=last + 1):
        create(session, actor, Disbursement(award=award, position=position, **line))
    for tranche in live[len(lines) :]:
        perform(session, SYSTEM, tranche, DisbursementStep.CANCEL, inputs={"reason": award.reference})


def _tranche_line(tranche: Disbursement) -> dict[str, Any]:
    return {"amount": tranche.amount, "due_on": tranche.due_on, "needs_report": bool(tranche.needs_report)}


def sign(
    session: Session,
    actor: Actor,
    award: Award,
    *,
    inputs: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    **given: Any,
) -> AuditEvent:
    """Sign the agreement (input ``signed_on``, today by default); tranches and reports get their deadlines."""
    inputs = inputs or {}
    now = at or utc_now()
    sets = {"signed_on": inputs.get("signed_on") or paris_day(now)}
    event = perform(session, actor, award, AwardStep.SIGN, inputs=inputs, sets=sets, at=at, **given)
    if not award.imported:
        _schedule_deadlines(session, award, now)
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


def _schedule_deadlines(session: Session, award: Award, now: datetime) -> None:
    schedule_releases(session, award, now)
    for report in award.reports:
        reminder = start_of(report.due_on, now) - timedelta(days=REMINDER_DAYS)
        outbox.schedule(session, report, Deadline.REPORT_DUE, max(now, reminder))


def start_of(day: date | None, otherwise: datetime) -> datetime:
    """The first instant of that day in Paris."""
    return datetime.combine(day, time.min, PARIS) if day else otherwise


def close(session: Session, actor: Actor, award: Award, **given: Any) -> AuditEvent:
    """Close the accounts: the application is reported."""
    event = perform(session, actor, award, AwardStep.CLOSE, **given)
    perform(session, actor, award.application, ApplicationStep.REPORT, at=given.get("at"))
    return event


def cancel(session: Session, actor: Actor, award: Award, **given: Any) -> AuditEvent:
    """Cancel an award nothing of which was paid; its tranches, reports and application follow."""
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
            perform(session, SYSTEM, tranche, DisbursementStep.CANCEL, inputs=because)
    for report in award.reports:
        if report.state in OWED_STATES:
            perform(session, SYSTEM, report, ReportStep.WAIVE, inputs=because)
    if award.application.state is ApplicationState.FUNDED:
        perform(session, SYSTEM, award.application, ApplicationStep.CANCEL, inputs=because)
