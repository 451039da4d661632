"""For every step of every machine: a subject from which it can be taken, by whom, and with what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from fund.models import Outcome, Subject
from tests.scenario import World
from tests.services.makers import (
    BECAUSE,
    GRANT,
    MARK,
    MOTIVATED,
    accounted_award,
    active_award,
    answered_call,
    assigned,
    assigned_review,
    attended_sitting,
    award_cancelled_alone,
    award_closed_alone,
    award_reopened_alone,
    closed_award,
    closed_call,
    closed_sitting,
    complete_review,
    convened_sitting,
    decided_sitting,
    draft,
    draft_award,
    draft_call,
    draft_review,
    in_days,
    ineligible,
    offered_award,
    on_agenda,
    overdue_call,
    placed,
    prepared_sitting,
    published_call,
    releasable_sitting,
    released_as,
    returned,
    scored,
    submitted,
    submitted_review,
    suspended_award,
    today,
    waitlisted,
)
from tests.services.money_makers import (
    answered_file,
    approved_tranche,
    asked_repayment,
    draft_agreement,
    draft_amendment,
    due_tranche,
    expected_report,
    failed_tranche,
    given_report,
    held_tranche,
    made_file,
    ordered_tranche,
    paid_tranche,
    planned_tranche,
    proposed_account,
    proven_tranche,
    returned_report,
    sent_agreement,
    sent_tranche,
    signed_alone,
    tranche_of_draft,
    verified_account,
    written_report,
)
from workflows.agreement import AgreementStep
from workflows.application import ApplicationStep
from workflows.award import AwardStep
from workflows.bank_account import BankAccountStep, VerifiedHow
from workflows.call import CallStep
from workflows.committee import CommitteeStep
from workflows.disbursement import DisbursementStep
from workflows.engine import Step
from workflows.payment_file import PaymentFileStep
from workflows.repayment import RepaymentStep
from workflows.report import ReportStep
from workflows.review import ReviewStep
from workflows.topics import Topic


@dataclass(frozen=True)
class Arrangement:
    """``make`` gives a subject ready for the step, which ``actor`` takes with ``inputs``."""

    make: Callable[[World, Session], Subject]
    actor: str
    inputs: Callable[[], Mapping[str, Any]] = field(default=dict)


def _because() -> Mapping[str, Any]:
    return BECAUSE


def _verified() -> Mapping[str, Any]:
    return {"verified_how": VerifiedHow.CALL_BACK, "verified_note": "Appel au secrétariat."}


def _later_closing() -> Mapping[str, Any]:
    return {**BECAUSE, "closes_at": in_days(30)}


ARRANGEMENTS: dict[StrEnum, Arrangement] = {
    CallStep.PUBLISH: Arrangement(draft_call, "officer"),
    CallStep.UNPUBLISH: Arrangement(published_call, "officer", _because),
    CallStep.OPEN: Arrangement(published_call, "officer"),
    CallStep.EXTEND: Arrangement(answered_call, "officer", _later_closing),
    CallStep.CLOSE: Arrangement(overdue_call, "officer"),
    CallStep.REOPEN: Arrangement(closed_call, "officer", _later_closing),
    CallStep.SETTLE: Arrangement(closed_call, "officer"),
    CallStep.CANCEL: Arrangement(answered_call, "officer", _because),
    ApplicationStep.SUBMIT: Arrangement(draft, "applicant"),
    ApplicationStep.RETURN: Arrangement(
        submitted,
        "officer",
        lambda: {**BECAUSE, "return_due_at": in_days(7), "corrections": {"title": MARK}},
    ),
    ApplicationStep.RESUBMIT: Arrangement(returned, "applicant"),
    ApplicationStep.DECLARE_INELIGIBLE: Arrangement(submitted, "officer", _because),
    ApplicationStep.REINSTATE: Arrangement(ineligible, "officer", _because),
    ApplicationStep.START_REVIEW: Arrangement(assigned, "officer"),
    ApplicationStep.CONCLUDE_REVIEW: Arrangement(scored, "officer"),
    ApplicationStep.SEND_TO_COMMITTEE: Arrangement(placed, "officer"),
    ApplicationStep.RECALL: Arrangement(on_agenda, "officer"),
    ApplicationStep.FUND: Arrangement(released_as(Outcome.FUNDED), "system", lambda: GRANT),
    ApplicationStep.WAITLIST: Arrangement(released_as(Outcome.WAITLISTED), "system", lambda: MOTIVATED),
    ApplicationStep.DECLINE: Arrangement(released_as(Outcome.DECLINED), "system", lambda: MOTIVATED),
    ApplicationStep.DEFER: Arrangement(released_as(Outcome.DEFERRED), "system", lambda: MOTIVATED),
    ApplicationStep.EXPIRE: Arrangement(waitlisted, "officer", _because),
    ApplicationStep.REPORT: Arrangement(award_closed_alone, "officer"),
    ApplicationStep.WITHDRAW: Arrangement(assigned, "applicant", _because),
    ApplicationStep.REOPEN: Arrangement(award_reopened_alone, "system"),
    ApplicationStep.CANCEL: Arrangement(award_cancelled_alone, "officer", _because),
    ReviewStep.ASSIGN: Arrangement(draft_review, "officer"),
    ReviewStep.ACCEPT: Arrangement(assigned_review, "reviewer"),
    ReviewStep.DECLINE: Arrangement(assigned_review, "reviewer", _because),
    ReviewStep.RECUSE: Arrangement(submitted_review, "reviewer", _because),
    ReviewStep.SUBMIT: Arrangement(complete_review, "reviewer"),
    ReviewStep.REOPEN: Arrangement(submitted_review, "reviewer"),
    ReviewStep.CANCEL: Arrangement(assigned_review, "officer", _because),
    CommitteeStep.CONVENE: Arrangement(prepared_sitting, "officer"),
    CommitteeStep.OPEN: Arrangement(attended_sitting, "chair"),
    CommitteeStep.CLOSE: Arrangement(decided_sitting, "chair"),
    CommitteeStep.SIGN: Arrangement(closed_sitting, "chair"),
    CommitteeStep.RELEASE: Arrangement(releasable_sitting, "system"),
    CommitteeStep.CANCEL: Arrangement(convened_sitting, "officer", _because),
    AwardStep.OFFER: Arrangement(draft_award, "system"),
    AwardStep.RECALL: Arrangement(offered_award, "system"),
    AwardStep.SIGN: Arrangement(offered_award, "system"),
    AwardStep.REFUSE: Arrangement(offered_award, "system", _because),
    AwardStep.REOPEN: Arrangement(closed_award, "finance", _because),
    AwardStep.SUSPEND: Arrangement(active_award, "officer", _because),
    AwardStep.RESUME: Arrangement(suspended_award, "officer"),
    AwardStep.CLOSE: Arrangement(accounted_award, "officer"),
    AwardStep.CANCEL: Arrangement(active_award, "officer", _because),
    AgreementStep.SEND: Arrangement(draft_agreement, "officer"),
    AgreementStep.WITHDRAW: Arrangement(sent_agreement, "officer", _because),
    AgreementStep.SIGN: Arrangement(signed_alone, "system"),
    AgreementStep.REFUSE: Arrangement(sent_agreement, "applicant", _because),
    AgreementStep.DROP: Arrangement(draft_amendment, "officer"),
    BankAccountStep.VERIFY: Arrangement(proposed_account, "finance", _verified),
    BankAccountStep.REJECT: Arrangement(proposed_account, "finance", _because),
    BankAccountStep.CLOSE: Arrangement(verified_account, "finance", _because),
    PaymentFileStep.TRANSMIT: Arrangement(made_file, "finance"),
    PaymentFileStep.CANCEL: Arrangement(made_file, "finance", _because),
    PaymentFileStep.SETTLE: Arrangement(answered_file, "system"),
    RepaymentStep.RECEIVE_PART: Arrangement(
        asked_repayment, "finance", lambda: {"received_on": today(), "amount": Decimal(400)}
    ),
    RepaymentStep.RECEIVE: Arrangement(asked_repayment, "finance", lambda: {"received_on": today()}),
    RepaymentStep.WAIVE: Arrangement(asked_repayment, "finance", _because),
    DisbursementStep.RELEASE: Arrangement(planned_tranche, "officer"),
    DisbursementStep.HOLD: Arrangement(ordered_tranche, "finance", _because),
    DisbursementStep.LIFT: Arrangement(held_tranche, "officer", _because),
    DisbursementStep.REPLAN: Arrangement(due_tranche, "system"),
    DisbursementStep.ORDER: Arrangement(due_tranche, "officer"),
    DisbursementStep.REJECT: Arrangement(ordered_tranche, "finance", _because),
    DisbursementStep.APPROVE: Arrangement(ordered_tranche, "finance"),
    DisbursementStep.SEND: Arrangement(approved_tranche, "system"),
    DisbursementStep.UNSEND: Arrangement(sent_tranche, "system"),
    DisbursementStep.PAY: Arrangement(proven_tranche, "finance", lambda: {"paid_on": today()}),
    DisbursementStep.FAIL: Arrangement(paid_tranche, "finance", _because),
    DisbursementStep.REORDER: Arrangement(failed_tranche, "officer", _because),
    DisbursementStep.CANCEL: Arrangement(tranche_of_draft, "officer", _because),
    ReportStep.SUBMIT: Arrangement(written_report, "applicant"),
    ReportStep.RESUBMIT: Arrangement(returned_report, "applicant"),
    ReportStep.RETURN: Arrangement(given_report, "officer", _because),
    ReportStep.ACCEPT: Arrangement(given_report, "officer"),
    ReportStep.ACCEPT_WITH_RESERVE: Arrangement(given_report, "officer", lambda: {"reserve": "Une réserve."}),
    ReportStep.WAIVE: Arrangement(expected_report, "officer", _because),
}


def topics_of(step: Step) -> set[str]:
    """What a step tells people: by its declaration, or by its verb where the same step is silent elsewhere."""
    declared = {notification.topic.value for notification in step.notifies}
    # An account that another one takes the place of is closed by this step too, and nobody has to act on it.
    return declared | ({Topic.BANK_ACCOUNT_CLOSED.value} if step.name is BankAccountStep.CLOSE else set())
