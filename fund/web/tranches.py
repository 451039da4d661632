"""What a tranche waits for, in words, and why somebody sent a thing back: said alike on several pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from fund.bank.return_reasons import closes_account, return_reason
from fund.edge.formats import day
from fund.edge.i18n import current_language
from fund.edge.requests import current_session
from fund.models import AuditEvent, Award, Disbursement, Organisation, PaymentOrder, Report, Subject
from fund.models.base import utc_now
from workflows.disbursement import DISBURSEMENT, ConditionKind, DisbursementState, DisbursementStep, HoldCause
from workflows.engine import Context, paris_day
from workflows.payment_file import PaymentFileState
from workflows.permissions import SYSTEM
from workflows.reasons import Reason, ReasonCode

OF_CONDITIONS = {
    ReasonCode.REPORT_AWAITED: ConditionKind.REPORT_ACCEPTED,
    ReasonCode.COFINANCING_UNPROVEN: ConditionKind.COFINANCING_PROVEN,
    ReasonCode.EVIDENCE_AWAITED: ConditionKind.EXPENSE_EVIDENCE,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the bank sent a payment back, and what helps."""

    reason: str
    advice: str


def loads_of_waits() -> tuple[ORMOption, ...]:
    """What ``waits_for`` reads of each tranche of a list, in a number of statements that does not grow with it."""
    award = joinedload(Disbursement.award)
    return (
        award.joinedload(Award.application),
        award.selectinload(Award.reports),
        award.joinedload(Award.beneficiary).selectinload(Organisation.bank_accounts),
        selectinload(Disbursement.payment_orders).joinedload(PaymentOrder.file),
    )


def waits_for(tranche: Disbursement) -> str | None:
    """What must happen next for the money to move; None where nothing more is to come."""
    return str(gettext("; ")).join(things_awaited(tranche)) or None


def things_awaited(tranche: Disbursement) -> list[str]:
    """The same, one by one."""
    match tranche.state:
        case DisbursementState.PLANNED:
            return _before_release(tranche)
        case DisbursementState.DUE:
            return [gettext("a fund officer to order it")]
        case DisbursementState.ORDERED:
            return [gettext("the approval of a second person, from finance")]
        case DisbursementState.APPROVED if tranche.evidence_id is not None:
            return [gettext("finance to record the payment, whose proof is handed in")]
        case DisbursementState.APPROVED:
            return [gettext("the transfer by finance")]
        case DisbursementState.HELD:
            return _behind_hold(tranche)
        case DisbursementState.SENT:
            return [_at_the_bank(tranche)]
        case DisbursementState.FAILED:
            return [gettext("a new order by a fund officer")]
    return []


def failure_of(tranche: Disbursement) -> Failure | None:
    """What the bank's reason means; None where the tranche did not fail."""
    if tranche.state is not DisbursementState.FAILED:
        return None
    code = tranche.return_code or ""
    if closes_account(code):
        advice = gettext(
            "These bank details cannot be used again. Ask the organisation for others; once they are verified, "
            "order the payment again."
        )
    else:
        advice = gettext("Check the bank details with the organisation, then order the payment again.")
    return Failure(return_reason(code).of(current_language()), str(advice))


def holder_of(tranche: Disbursement) -> str | None:
    """Who holds the tranche back; None for the program itself, or where the name was erased."""
    if tranche.hold_cause is not HoldCause.OFFICER:
        return None
    event = current_session().scalar(_last_events(tranche, DisbursementStep.HOLD).limit(1))
    return str(event.personal.data.get("actor") or "") if event is not None and event.personal else None


def _before_release(tranche: Disbursement) -> list[str]:
    """The reasons of the release itself, by the guards that enforce it, as things waited for."""
    release = DISBURSEMENT.steps[DisbursementStep.RELEASE]
    verdict = DISBURSEMENT.judge(tranche, release, Context(actor=SYSTEM, now=utc_now()))
    # A report that is awaited and late is one thing.
    awaited = dict.fromkeys(text for reason in verdict.reasons for text in _awaited(tranche, reason))
    return list(awaited) or [gettext("its release")]


def _awaited(tranche: Disbursement, reason: Reason) -> Iterator[str]:
    if reason.code in OF_CONDITIONS:
        yield from _unmet(tranche, OF_CONDITIONS[reason.code])
        return
    match reason.code:
        case ReasonCode.NOT_YET_DUE:
            yield gettext("its date, %(date)s", date=day(reason.params["date"]))
        case ReasonCode.BANK_DETAILS_MISSING:
            yield gettext("the beneficiary’s bank details")
        case ReasonCode.BANK_DETAILS_UNVERIFIED:
            yield gettext("the verification of the beneficiary’s bank details by a second person")
        case ReasonCode.REPORT_LATE:
            yield _late_report(tranche)
        case _:
            yield gettext("an agreement in force")


def _unmet(tranche: Disbursement, kind: ConditionKind) -> Iterator[str]:
    for condition in tranche.conditions:
        if condition.kind is not kind or condition.is_met:
            continue
        if condition.report is not None:
            yield _awaited_report(condition.report)
        elif kind is ConditionKind.COFINANCING_PROVEN:
            yield _labelled(gettext("the proof of the co-financing"), condition.label)
        else:
            yield _labelled(gettext("the evidence of the expenses"), condition.label)


def _labelled(what: str, label: str) -> str:
    return str(gettext("%(what)s (%(label)s)", what=what, label=label)) if label else what


def _awaited_report(report: Report) -> str:
    name = gettext("the final report") if report.final else gettext("the interim report")
    if not report.is_owed:
        return str(gettext("%(report)s, handed in, to be accepted", report=name))
    if report.due_on < paris_day(utc_now()):
        return str(gettext("%(report)s, late since %(date)s", report=name, date=day(report.due_on)))
    return str(gettext("%(report)s, due on %(date)s", report=name, date=day(report.due_on)))


def _late_report(tranche: Disbursement) -> str:
    report = tranche.award.late_report(paris_day(utc_now()))
    return _awaited_report(report) if report is not None else str(gettext("a report that was late"))


def _behind_hold(tranche: Disbursement) -> list[str]:
    """What lifts the hold: a person for her own, the cause's end for the program's."""
    if tranche.hold_cause is HoldCause.LATE_REPORT:
        return [_late_report(tranche)]
    if tranche.hold_cause is HoldCause.BANK_DETAILS:
        if tranche.award.beneficiary.has_unverified_account:
            return [gettext("the verification of the beneficiary’s bank details by a second person")]
        return [gettext("the beneficiary’s bank details")]
    return [gettext("the hold to be lifted")]


def _at_the_bank(tranche: Disbursement) -> str:
    order = next((one for one in reversed(tranche.payment_orders) if one.cancelled_at is None), None)
    if order is None:
        return str(gettext("the answer of the bank"))
    if order.file.state is PaymentFileState.MADE:
        return str(gettext("the file %(file)s to be handed to the bank", file=order.file.reference))
    since = order.file.transmitted_at or order.file.created_at
    return str(
        gettext(
            "the answer of the bank, which has it since %(date)s in the file %(file)s",
            date=day(paris_day(since)),
            file=order.file.reference,
        )
    )


def last_reason(subject: Subject, *steps: StrEnum) -> str | None:
    """The reason given the last time that one of these steps was taken; the journal keeps it."""
    event = current_session().scalar(_last_events(subject, *steps).limit(1))
    return event.body.get("reason") if event is not None else None


def _last_events(subject: Subject, *steps: StrEnum) -> Select[AuditEvent]:
    return (
        select(AuditEvent)
        .where(
            AuditEvent.subject_type == subject.workflow.name,
            AuditEvent.subject_id == subject.id,
            AuditEvent.action.in_([str(step) for step in steps]),
        )
        .order_by(AuditEvent.seq.desc())
    )
