"""The names of steps: what the button says, and what the journal says once it is done."""

from enum import StrEnum
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from workflows.agreement import AgreementStep
from workflows.application import ApplicationStep
from workflows.award import AwardStep
from workflows.bank_account import BankAccountStep
from workflows.call import CallStep
from workflows.committee import CommitteeStep
from workflows.disbursement import DisbursementStep
from workflows.payment_file import PaymentFileStep
from workflows.repayment import RepaymentStep
from workflows.report import ReportStep
from workflows.review import ReviewStep

# A step's name begins with its machine, so that one table holds them all: (the button, the event).
STEPS: dict[StrEnum, tuple[Any, Any]] = {
    CallStep.PUBLISH: (_l("Announce the call"), _l("Call announced")),
    CallStep.UNPUBLISH: (_l("Take back to draft"), _l("Call taken back to draft")),
    CallStep.OPEN: (_l("Open the call"), _l("Call opened")),
    CallStep.EXTEND: (_l("Extend the deadline"), _l("Deadline extended")),
    CallStep.CLOSE: (_l("Close the call"), _l("Call closed")),
    CallStep.REOPEN: (_l("Reopen the call"), _l("Call reopened")),
    CallStep.SETTLE: (_l("Complete the call"), _l("Call completed")),
    CallStep.CANCEL: (_l("Cancel the call"), _l("Call cancelled")),
    ApplicationStep.SUBMIT: (_l("Submit the application"), _l("Application submitted")),
    ApplicationStep.RETURN: (_l("Ask for corrections"), _l("Corrections asked for")),
    ApplicationStep.RESUBMIT: (_l("Submit the corrections"), _l("Corrections submitted")),
    ApplicationStep.DECLARE_INELIGIBLE: (_l("Declare ineligible"), _l("Application declared ineligible")),
    ApplicationStep.REINSTATE: (_l("Reinstate the application"), _l("Application reinstated")),
    ApplicationStep.START_REVIEW: (_l("Start the review"), _l("Review started")),
    ApplicationStep.CONCLUDE_REVIEW: (_l("Conclude the review"), _l("Review concluded")),
    ApplicationStep.SEND_TO_COMMITTEE: (_l("Send to the committee"), _l("Application sent to the committee")),
    ApplicationStep.RECALL: (_l("Recall from the committee"), _l("Application recalled from the committee")),
    ApplicationStep.FUND: (_l("Fund the alliance"), _l("Alliance funded")),
    ApplicationStep.WAITLIST: (_l("Put on the waiting list"), _l("Application put on the waiting list")),
    ApplicationStep.DECLINE: (_l("Do not select"), _l("Application not selected")),
    ApplicationStep.DEFER: (_l("Defer to a later session"), _l("Decision deferred to a later session")),
    ApplicationStep.EXPIRE: (_l("Take off the waiting list"), _l("Application taken off the waiting list")),
    ApplicationStep.REPORT: (_l("Close the file"), _l("File closed, final report accepted")),
    ApplicationStep.REOPEN: (_l("Reopen the file"), _l("File reopened with its accounts")),
    ApplicationStep.WITHDRAW: (_l("Withdraw the application"), _l("Application withdrawn")),
    ApplicationStep.CANCEL: (_l("Cancel the application"), _l("Application cancelled")),
    ReviewStep.ASSIGN: (_l("Assign the review"), _l("Review assigned")),
    ReviewStep.ACCEPT: (_l("Accept to review"), _l("Review accepted")),
    ReviewStep.DECLINE: (_l("Decline to review"), _l("Review declined")),
    ReviewStep.RECUSE: (_l("Declare a conflict of interest"), _l("Reviewer recused")),
    ReviewStep.SUBMIT: (_l("Submit the review"), _l("Review submitted")),
    ReviewStep.REOPEN: (_l("Reopen the review"), _l("Review reopened")),
    ReviewStep.CANCEL: (_l("Cancel the review"), _l("Review cancelled")),
    CommitteeStep.CONVENE: (_l("Convene the committee"), _l("Committee convened")),
    CommitteeStep.OPEN: (_l("Open the session"), _l("Session opened")),
    CommitteeStep.CLOSE: (_l("Close the session"), _l("Session closed")),
    CommitteeStep.SIGN: (_l("Sign the minutes"), _l("Minutes signed")),
    CommitteeStep.RELEASE: (_l("Release the decisions"), _l("Decisions released")),
    CommitteeStep.CANCEL: (_l("Cancel the session"), _l("Session cancelled")),
    AwardStep.OFFER: (_l("Offer the award"), _l("Award offered")),
    AwardStep.RECALL: (_l("Take the offer back"), _l("Offer taken back")),
    AwardStep.SIGN: (_l("Put the award in force"), _l("Award in force")),
    AwardStep.REFUSE: (_l("Refuse the award"), _l("Award refused")),
    AwardStep.REOPEN: (_l("Reopen the accounts"), _l("Accounts reopened")),
    # Said of an agreement and of an amendment alike.
    AgreementStep.SEND: (_l("Send for signature"), _l("Sent for signature")),
    AgreementStep.WITHDRAW: (_l("Take the text back"), _l("Text taken back")),
    AgreementStep.SIGN: (_l("Conclude the signatures"), _l("All have signed")),
    AgreementStep.REFUSE: (_l("Refuse to sign"), _l("Signature refused")),
    AgreementStep.DROP: (_l("Drop the amendment"), _l("Amendment dropped")),
    BankAccountStep.VERIFY: (_l("Verify the bank details"), _l("Bank details verified")),
    BankAccountStep.REJECT: (_l("Reject the bank details"), _l("Bank details rejected")),
    BankAccountStep.CLOSE: (_l("Close the account"), _l("Account no longer used")),
    PaymentFileStep.TRANSMIT: (_l("Note that the bank has the file"), _l("File handed to the bank")),
    PaymentFileStep.CANCEL: (_l("Cancel the file"), _l("File cancelled")),
    PaymentFileStep.SETTLE: (_l("End the file"), _l("All transfers answered by the bank")),
    RepaymentStep.RECEIVE: (_l("Note the repayment"), _l("Repayment received")),
    RepaymentStep.RECEIVE_PART: (_l("Note a part of the repayment"), _l("Part of the repayment received")),
    RepaymentStep.WAIVE: (_l("Give up the repayment"), _l("Repayment given up")),
    AwardStep.SUSPEND: (_l("Suspend the agreement"), _l("Agreement suspended")),
    AwardStep.RESUME: (_l("Resume the agreement"), _l("Agreement resumed")),
    AwardStep.CLOSE: (_l("Close the agreement"), _l("Agreement closed")),
    AwardStep.CANCEL: (_l("Cancel the agreement"), _l("Agreement cancelled")),
    DisbursementStep.RELEASE: (_l("Release the payment"), _l("Payment released")),
    DisbursementStep.HOLD: (_l("Put the payment on hold"), _l("Payment put on hold")),
    DisbursementStep.LIFT: (_l("Lift the hold"), _l("Hold lifted")),
    DisbursementStep.REPLAN: (_l("Plan the payment anew"), _l("Payment planned anew")),
    DisbursementStep.ORDER: (_l("Order the payment"), _l("Payment ordered")),
    DisbursementStep.REJECT: (_l("Send the order back"), _l("Payment order sent back")),
    DisbursementStep.APPROVE: (_l("Approve the payment"), _l("Payment approved")),
    DisbursementStep.SEND: (_l("Put into a payment file"), _l("Taken into a payment file")),
    DisbursementStep.UNSEND: (_l("Take out of the payment file"), _l("Taken out of the payment file")),
    DisbursementStep.PAY: (_l("Record the payment"), _l("Payment made")),
    DisbursementStep.FAIL: (_l("Record the bank's rejection"), _l("Payment rejected by the bank")),
    DisbursementStep.REORDER: (_l("Order the payment again"), _l("Payment ordered again")),
    DisbursementStep.CANCEL: (_l("Cancel the payment"), _l("Payment cancelled")),
    ReportStep.SUBMIT: (_l("Submit the report"), _l("Report submitted")),
    ReportStep.RESUBMIT: (_l("Submit the corrected report"), _l("Corrected report submitted")),
    ReportStep.RETURN: (_l("Ask for a corrected report"), _l("Corrected report asked for")),
    ReportStep.ACCEPT: (_l("Accept the report"), _l("Report accepted")),
    ReportStep.ACCEPT_WITH_RESERVE: (_l("Accept with a reserve"), _l("Report accepted with a reserve")),
    ReportStep.WAIVE: (_l("Waive the report"), _l("Report waived")),
}

# Steps that end or undo something for the people concerned: their buttons are drawn apart.
DESTRUCTIVE: frozenset[StrEnum] = frozenset(
    {
        CallStep.CANCEL,
        ApplicationStep.DECLARE_INELIGIBLE,
        ApplicationStep.DECLINE,
        ApplicationStep.EXPIRE,
        ApplicationStep.WITHDRAW,
        ApplicationStep.CANCEL,
        ReviewStep.DECLINE,
        ReviewStep.RECUSE,
        ReviewStep.CANCEL,
        CommitteeStep.CANCEL,
        AwardStep.REFUSE,
        AgreementStep.REFUSE,
        AgreementStep.DROP,
        BankAccountStep.REJECT,
        BankAccountStep.CLOSE,
        PaymentFileStep.CANCEL,
        RepaymentStep.WAIVE,
        AwardStep.SUSPEND,
        AwardStep.CANCEL,
        DisbursementStep.HOLD,
        DisbursementStep.REJECT,
        DisbursementStep.FAIL,
        DisbursementStep.CANCEL,
    }
)


def init_step_labels(app: Flask) -> None:
    """Give the templates the filters ``step_label`` and ``event_label``."""
    app.jinja_env.filters["step_label"] = step_label
    app.jinja_env.filters["event_label"] = event_label


def step_label(step: StrEnum) -> str:
    """What the button of a step says."""
    return str(STEPS[step][0])


def event_label(step: StrEnum) -> str:
    """What the timeline says once the step is taken."""
    return str(STEPS[step][1])
