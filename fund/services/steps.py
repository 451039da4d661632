"""From the name of a step to its verb: the one way in which pages and API take any step of any subject."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import FundError
from fund.models import AuditEvent, Subject
from fund.services import (
    agreements,
    applications,
    awards,
    bank_accounts,
    calls,
    committee,
    disbursements,
    interests,
    minutes,
    payment_files,
    repayments,
    reports,
    reviews,
    schedules,
    signatures,
    waitlist,
)
from fund.services.perform import perform
from workflows.agreement import AgreementStep
from workflows.application import ApplicationStep
from workflows.award import AwardStep
from workflows.bank_account import BankAccountStep
from workflows.call import CallStep
from workflows.committee import CommitteeStep
from workflows.disbursement import DisbursementStep
from workflows.payment_file import PaymentFileStep
from workflows.permissions import Actor
from workflows.repayment import RepaymentStep
from workflows.report import ReportStep
from workflows.review import ReviewStep

Verb = Callable[..., AuditEvent]

# Steps whose verb does more than move the state. All others are taken by ``perform`` as they are.
VERBS: dict[str, Verb] = {
    CallStep.PUBLISH: calls.publish,
    CallStep.UNPUBLISH: calls.unpublish,
    CallStep.EXTEND: calls.extend,
    CallStep.REOPEN: calls.reopen,
    ApplicationStep.SUBMIT: applications.submit,
    ApplicationStep.RESUBMIT: applications.resubmit,
    ApplicationStep.RETURN: applications.return_for_correction,
    ApplicationStep.WITHDRAW: applications.withdraw,
    ApplicationStep.RECALL: committee.take_off_agenda,
    ApplicationStep.FUND: awards.fund,
    ApplicationStep.EXPIRE: waitlist.expire,
    ReviewStep.RECUSE: interests.recuse,
    ReviewStep.SUBMIT: reviews.submit,
    ReviewStep.REOPEN: reviews.reopen,
    CommitteeStep.OPEN: committee.open_session,
    CommitteeStep.CLOSE: committee.close_session,
    CommitteeStep.CANCEL: committee.cancel,
    CommitteeStep.SIGN: minutes.sign,
    AwardStep.SIGN: awards.sign,
    AwardStep.REFUSE: awards.refuse,
    AwardStep.RESUME: awards.resume,
    AwardStep.REOPEN: awards.reopen,
    AwardStep.CLOSE: awards.close,
    AwardStep.CANCEL: awards.cancel,
    AgreementStep.SEND: agreements.send,
    AgreementStep.WITHDRAW: agreements.withdraw,
    AgreementStep.REFUSE: signatures.refuse,
    AgreementStep.DROP: agreements.drop,
    BankAccountStep.VERIFY: bank_accounts.verify,
    BankAccountStep.REJECT: bank_accounts.reject,
    BankAccountStep.CLOSE: bank_accounts.close,
    DisbursementStep.HOLD: disbursements.hold,
    DisbursementStep.LIFT: disbursements.lift,
    DisbursementStep.ORDER: disbursements.order,
    DisbursementStep.REORDER: disbursements.reorder,
    DisbursementStep.REJECT: disbursements.reject,
    DisbursementStep.APPROVE: disbursements.approve,
    DisbursementStep.PAY: disbursements.pay,
    DisbursementStep.FAIL: disbursements.fail,
    DisbursementStep.CANCEL: schedules.cancel_tranche,
    PaymentFileStep.TRANSMIT: payment_files.transmit,
    PaymentFileStep.CANCEL: payment_files.cancel,
    RepaymentStep.RECEIVE: repayments.receive,
    RepaymentStep.RECEIVE_PART: repayments.receive,
    RepaymentStep.WAIVE: repayments.waive,
    ReportStep.SUBMIT: reports.submit,
    ReportStep.RESUBMIT: reports.resubmit,
    ReportStep.RETURN: reports.send_back,
    ReportStep.ACCEPT: reports.accept,
    ReportStep.ACCEPT_WITH_RESERVE: reports.accept_with_reserve,
    ReportStep.WAIVE: reports.waive,
}


class UnknownStep(FundError):
    """The workflow has no step of that name; ``allowed`` are those that leave the subject's present state."""

    def __init__(self, name: str, allowed: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name = name
        self.allowed = allowed


def take_step(
    session: Session,
    actor: Actor,
    subject: Subject,
    name: str,
    *,
    expected_version: int | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Take the step of that name, with or without the workflow's prefix.

    Raises UnknownStep, and what ``perform`` raises.
    """
    step = subject.workflow.find(name)
    if step is None:
        raise UnknownStep(name, tuple(str(s.name) for s in subject.workflow.steps_from(subject.state)))
    given = dict(inputs or {})
    verb = VERBS.get(step.name)
    if verb is not None:
        return verb(session, actor, subject, expected_version=expected_version, inputs=given)
    return perform(session, actor, subject, step.name, expected_version=expected_version, inputs=given)
