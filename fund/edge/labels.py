"""The names on screen of what the code calls by enums: states with their tone, roles, kinds, rules of a call.

A state's message carries its machine as context, because French adjectives agree with what they describe
(« Annulé » of a file, « Annulée » of a session).
"""

from enum import StrEnum
from typing import Any

from flask import Flask
from flask_babel import lazy_pgettext

from fund.forms.definition import (
    AidRegime,
    Confirmations,
    Feedback,
    FieldType,
    LateRule,
    OrganisationKind,
    Otherwise,
)
from fund.models.alliance import ConsentAnswer, ConsentState, EndorsementState, Right
from fund.models.bank import LineCause, LineStanding
from fund.models.discussion import DiscussionOutcome
from fund.models.document import Scan
from fund.models.interest import InterestKind, InterestState
from fund.schemas.agreements import Language
from fund.storage.kinds import Group
from workflows.agreement import AgreementState
from workflows.application import ApplicationState, CorrectionKind
from workflows.award import AwardState
from workflows.bank_account import BankAccountState, VerifiedHow
from workflows.call import CallState
from workflows.committee import CommitteeState
from workflows.disbursement import ConditionKind, DisbursementState, HoldCause
from workflows.ledger import LedgerAccount
from workflows.payment_file import PaymentFileState
from workflows.permissions import Role
from workflows.repayment import RepaymentState
from workflows.report import ReportState
from workflows.review import ReviewState
from workflows.voting import Choice, Majority, Method, MotionResult, Outcome, QuorumBasis

NEUTRAL, INFO, PROGRESS, SUCCESS, DANGER = "neutral", "info", "progress", "success", "danger"

# Keyed by class first: members of two StrEnums with the same text are equal and would overwrite each other.
STATES: dict[type[StrEnum], dict[StrEnum, tuple[Any, str]]] = {
    CallState: {
        CallState.DRAFT: (lazy_pgettext("call", "Draft"), NEUTRAL),
        CallState.PUBLISHED: (lazy_pgettext("call", "Announced"), INFO),
        CallState.OPEN: (lazy_pgettext("call", "Open"), SUCCESS),
        CallState.CLOSED: (lazy_pgettext("call", "Closed, being decided"), PROGRESS),
        CallState.SETTLED: (lazy_pgettext("call", "Completed"), NEUTRAL),
        CallState.CANCELLED: (lazy_pgettext("call", "Cancelled"), DANGER),
    },
    ApplicationState: {
        ApplicationState.DRAFT: (lazy_pgettext("application", "Draft"), NEUTRAL),
        ApplicationState.SUBMITTED: (lazy_pgettext("application", "Submitted"), INFO),
        ApplicationState.RETURNED: (lazy_pgettext("application", "To be corrected"), PROGRESS),
        ApplicationState.IN_REVIEW: (lazy_pgettext("application", "Being reviewed"), INFO),
        ApplicationState.REVIEWED: (lazy_pgettext("application", "Reviewed"), INFO),
        ApplicationState.COMMITTEE: (lazy_pgettext("application", "Before the committee"), INFO),
        ApplicationState.WAITLISTED: (lazy_pgettext("application", "On the waiting list"), PROGRESS),
        ApplicationState.FUNDED: (lazy_pgettext("application", "Funded"), SUCCESS),
        ApplicationState.REPORTED: (lazy_pgettext("application", "Final report accepted"), SUCCESS),
        ApplicationState.INELIGIBLE: (lazy_pgettext("application", "Ineligible"), DANGER),
        ApplicationState.DECLINED: (lazy_pgettext("application", "Not selected"), DANGER),
        ApplicationState.WITHDRAWN: (lazy_pgettext("application", "Withdrawn"), NEUTRAL),
        ApplicationState.CANCELLED: (lazy_pgettext("application", "Cancelled"), DANGER),
    },
    ReviewState: {
        ReviewState.DRAFT: (lazy_pgettext("review", "Being prepared"), NEUTRAL),
        ReviewState.ASSIGNED: (lazy_pgettext("review", "Awaiting an answer"), PROGRESS),
        ReviewState.ACCEPTED: (lazy_pgettext("review", "Under way"), INFO),
        ReviewState.SUBMITTED: (lazy_pgettext("review", "Submitted"), SUCCESS),
        ReviewState.DECLINED: (lazy_pgettext("review", "Declined"), NEUTRAL),
        ReviewState.RECUSED: (lazy_pgettext("review", "Recused"), DANGER),
        ReviewState.CANCELLED: (lazy_pgettext("review", "Cancelled"), NEUTRAL),
    },
    CommitteeState: {
        CommitteeState.DRAFT: (lazy_pgettext("committee", "Being prepared"), NEUTRAL),
        CommitteeState.CONVENED: (lazy_pgettext("committee", "Convened"), INFO),
        CommitteeState.OPEN: (lazy_pgettext("committee", "Sitting"), PROGRESS),
        CommitteeState.CLOSED: (lazy_pgettext("committee", "Closed, minutes to be signed"), PROGRESS),
        CommitteeState.SIGNED: (lazy_pgettext("committee", "Minutes signed"), PROGRESS),
        CommitteeState.RELEASED: (lazy_pgettext("committee", "Decisions released"), SUCCESS),
        CommitteeState.CANCELLED: (lazy_pgettext("committee", "Cancelled"), DANGER),
    },
    AwardState: {
        AwardState.DRAFT: (lazy_pgettext("award", "Being prepared"), NEUTRAL),
        AwardState.OFFERED: (lazy_pgettext("award", "Awaiting signature"), PROGRESS),
        AwardState.ACTIVE: (lazy_pgettext("award", "In force"), SUCCESS),
        AwardState.SUSPENDED: (lazy_pgettext("award", "Suspended"), DANGER),
        AwardState.CLOSED: (lazy_pgettext("award", "Closed"), NEUTRAL),
        AwardState.REFUSED: (lazy_pgettext("award", "Refused"), DANGER),
        AwardState.CANCELLED: (lazy_pgettext("award", "Cancelled"), DANGER),
    },
    DisbursementState: {
        DisbursementState.PLANNED: (lazy_pgettext("disbursement", "Planned"), NEUTRAL),
        DisbursementState.DUE: (lazy_pgettext("disbursement", "Due"), PROGRESS),
        DisbursementState.HELD: (lazy_pgettext("disbursement", "On hold"), DANGER),
        DisbursementState.ORDERED: (lazy_pgettext("disbursement", "Awaiting approval"), PROGRESS),
        DisbursementState.APPROVED: (lazy_pgettext("disbursement", "Approved"), INFO),
        DisbursementState.SENT: (lazy_pgettext("disbursement", "With the bank"), INFO),
        DisbursementState.PAID: (lazy_pgettext("disbursement", "Paid"), SUCCESS),
        DisbursementState.FAILED: (lazy_pgettext("disbursement", "Rejected by the bank"), DANGER),
        DisbursementState.CANCELLED: (lazy_pgettext("disbursement", "Cancelled"), NEUTRAL),
    },
    AgreementState: {
        AgreementState.DRAFT: (lazy_pgettext("agreement", "Being prepared"), NEUTRAL),
        AgreementState.SENT: (lazy_pgettext("agreement", "Awaiting signature"), PROGRESS),
        AgreementState.SIGNED: (lazy_pgettext("agreement", "Signed by all"), SUCCESS),
        AgreementState.REFUSED: (lazy_pgettext("agreement", "Signature refused"), DANGER),
        AgreementState.DROPPED: (lazy_pgettext("agreement", "Dropped"), NEUTRAL),
    },
    BankAccountState: {
        BankAccountState.PROPOSED: (lazy_pgettext("bank_account", "To be verified"), PROGRESS),
        BankAccountState.VERIFIED: (lazy_pgettext("bank_account", "Verified"), SUCCESS),
        BankAccountState.REJECTED: (lazy_pgettext("bank_account", "Rejected"), DANGER),
        BankAccountState.CLOSED: (lazy_pgettext("bank_account", "No longer used"), NEUTRAL),
    },
    PaymentFileState: {
        PaymentFileState.MADE: (lazy_pgettext("payment_file", "To be handed to the bank"), PROGRESS),
        PaymentFileState.TRANSMITTED: (lazy_pgettext("payment_file", "With the bank"), INFO),
        PaymentFileState.SETTLED: (lazy_pgettext("payment_file", "Answered"), SUCCESS),
        PaymentFileState.CANCELLED: (lazy_pgettext("payment_file", "Cancelled"), NEUTRAL),
    },
    RepaymentState: {
        RepaymentState.ASKED: (lazy_pgettext("repayment", "Asked for"), PROGRESS),
        RepaymentState.RECEIVED: (lazy_pgettext("repayment", "Received"), SUCCESS),
        RepaymentState.WAIVED: (lazy_pgettext("repayment", "Given up"), NEUTRAL),
    },
    LineStanding: {
        LineStanding.MATCHED: (lazy_pgettext("bank_line", "Matched"), SUCCESS),
        LineStanding.PROPOSED: (lazy_pgettext("bank_line", "To be confirmed"), PROGRESS),
        LineStanding.OPEN: (lazy_pgettext("bank_line", "Without match"), DANGER),
        LineStanding.IGNORED: (lazy_pgettext("bank_line", "Set aside"), NEUTRAL),
    },
    ReportState: {
        ReportState.EXPECTED: (lazy_pgettext("report", "Expected"), PROGRESS),
        ReportState.SUBMITTED: (lazy_pgettext("report", "Submitted"), INFO),
        ReportState.RETURNED: (lazy_pgettext("report", "To be corrected"), PROGRESS),
        ReportState.ACCEPTED: (lazy_pgettext("report", "Accepted"), SUCCESS),
        ReportState.WAIVED: (lazy_pgettext("report", "Waived"), NEUTRAL),
    },
    Scan: {
        Scan.NOT_SCANNED: (lazy_pgettext("scan", "Not yet scanned for viruses"), NEUTRAL),
        Scan.CLEAN: (lazy_pgettext("scan", "No virus found"), SUCCESS),
        Scan.INFECTED: (lazy_pgettext("scan", "Virus found"), DANGER),
    },
    ConsentState: {
        ConsentState.NOT_ASKED: (lazy_pgettext("consent", "Not asked yet"), NEUTRAL),
        ConsentState.ASKED: (lazy_pgettext("consent", "Answer awaited"), PROGRESS),
        ConsentState.CONFIRMED: (lazy_pgettext("consent", "Confirmed"), SUCCESS),
        ConsentState.OUTDATED: (lazy_pgettext("consent", "Changed since it confirmed"), PROGRESS),
        ConsentState.CHANGE_ASKED: (lazy_pgettext("consent", "Asks for a change"), PROGRESS),
        ConsentState.DECLINED: (lazy_pgettext("consent", "Declined"), DANGER),
    },
    EndorsementState: {
        EndorsementState.ASKED: (lazy_pgettext("endorsement", "Word awaited"), PROGRESS),
        EndorsementState.GIVEN: (lazy_pgettext("endorsement", "Supports the file"), SUCCESS),
        EndorsementState.DECLINED: (lazy_pgettext("endorsement", "Declined"), NEUTRAL),
    },
    InterestState: {
        InterestState.STANDING: (lazy_pgettext("interest", "In force"), PROGRESS),
        InterestState.CONFIRMED: (lazy_pgettext("interest", "Confirmed"), DANGER),
        InterestState.LIFTED: (lazy_pgettext("interest", "Lifted"), NEUTRAL),
    },
    DiscussionOutcome: {
        DiscussionOutcome.CONSENSUS: (lazy_pgettext("discussion", "Consensus"), SUCCESS),
        DiscussionOutcome.DISSENT: (lazy_pgettext("discussion", "Dissent recorded"), PROGRESS),
    },
    Outcome: {
        Outcome.FUNDED: (lazy_pgettext("outcome", "Funded"), SUCCESS),
        Outcome.WAITLISTED: (lazy_pgettext("outcome", "Waiting list"), PROGRESS),
        Outcome.DECLINED: (lazy_pgettext("outcome", "Not selected"), DANGER),
        Outcome.DEFERRED: (lazy_pgettext("outcome", "Deferred"), NEUTRAL),
        Outcome.WITHDRAWN: (lazy_pgettext("outcome", "Withdrawn"), NEUTRAL),
    },
    MotionResult: {
        MotionResult.ADOPTED: (lazy_pgettext("motion", "Adopted"), SUCCESS),
        MotionResult.REJECTED: (lazy_pgettext("motion", "Rejected"), DANGER),
        MotionResult.NO_QUORUM: (lazy_pgettext("motion", "Without effect: no quorum"), PROGRESS),
        MotionResult.WITHDRAWN: (lazy_pgettext("motion", "Withdrawn"), NEUTRAL),
    },
}

NAMES: dict[type[StrEnum], dict[StrEnum, Any]] = {
    LedgerAccount: {
        LedgerAccount.ENDOWMENT: lazy_pgettext("ledger", "Endowment"),
        LedgerAccount.AVAILABLE: lazy_pgettext("ledger", "Envelopes available"),
        LedgerAccount.COMMITTED: lazy_pgettext("ledger", "Committed"),
        LedgerAccount.APPROVED: lazy_pgettext("ledger", "Approved for payment"),
        LedgerAccount.ORDERED: lazy_pgettext("ledger", "Ordered from the bank"),
        LedgerAccount.PAID: lazy_pgettext("ledger", "Paid"),
        LedgerAccount.TO_RECOVER: lazy_pgettext("ledger", "Asked back"),
        LedgerAccount.RECOVERED: lazy_pgettext("ledger", "Paid back"),
    },
    LineCause: {
        LineCause.AMOUNT_DIFFERS: lazy_pgettext("cause", "The amount is not the one expected."),
        LineCause.NO_REFERENCE: lazy_pgettext("cause", "The bank gives no reference: the amount fits."),
        LineCause.SEVERAL_FIT: lazy_pgettext("cause", "Several fit: choose."),
        LineCause.ANSWERED_BEFORE: lazy_pgettext(
            "cause", "The bank had said this before: it told it twice, or the money moved twice. Ask the bank."
        ),
        LineCause.ORDER_CANCELLED: lazy_pgettext(
            "cause",
            "Its file had been taken back. If the bank carried it out all the same, note the payment by hand with "
            "the statement as its proof, then set the movement aside.",
        ),
        LineCause.RETURN_UNSAID: lazy_pgettext(
            "cause", "It has the reference of a transfer, but the bank does not say that it came back."
        ),
        LineCause.REPAYMENT: lazy_pgettext("cause", "It quotes a demand for repayment: confirm that it is one."),
        LineCause.KEPT_OFF: lazy_pgettext(
            "cause", "Whoever read the statement keeps off this file: somebody else of the treasury confirms it."
        ),
        LineCause.REFUSED: lazy_pgettext(
            "cause", "It could not be noted as things stood. Look at what it concerns, then settle it here."
        ),
    },
    HoldCause: {
        HoldCause.OFFICER: lazy_pgettext("hold", "decided by the fund"),
        HoldCause.LATE_REPORT: lazy_pgettext("hold", "a report is late"),
        HoldCause.BANK_DETAILS: lazy_pgettext("hold", "bank details are not verified"),
    },
    Language: {
        Language.FRENCH: lazy_pgettext("language", "French"),
        Language.ENGLISH: lazy_pgettext("language", "English"),
    },
    ConditionKind: {
        ConditionKind.REPORT_ACCEPTED: lazy_pgettext("condition", "A report is accepted"),
        ConditionKind.COFINANCING_PROVEN: lazy_pgettext("condition", "The co-financing is proven"),
        ConditionKind.EXPENSE_EVIDENCE: lazy_pgettext("condition", "The expenses are evidenced"),
    },
    VerifiedHow: {
        VerifiedHow.CALL_BACK: lazy_pgettext("verified", "By telephone, at a number known before"),
        VerifiedHow.MEETING: lazy_pgettext("verified", "In person"),
        VerifiedHow.BANK: lazy_pgettext("verified", "Confirmed by the bank"),
        VerifiedHow.LETTER: lazy_pgettext("verified", "By letter"),
    },
    Choice: {
        Choice.FOR: lazy_pgettext("vote", "For"),
        Choice.AGAINST: lazy_pgettext("vote", "Against"),
        Choice.ABSTAIN: lazy_pgettext("vote", "Abstention"),
    },
    Method: {
        Method.BALLOT: lazy_pgettext("vote", "Each votes on a screen of her own"),
        Method.HANDS: lazy_pgettext("vote", "Show of hands, counted by whoever presides"),
    },
    Majority: {
        Majority.SIMPLE: lazy_pgettext(
            "majority", "Simple majority: more votes for than against; abstentions do not count"
        ),
        Majority.ABSOLUTE: lazy_pgettext(
            "majority", "Absolute majority: votes for from more than half of the people present"
        ),
        Majority.TWO_THIRDS: lazy_pgettext(
            "majority", "Two-thirds majority: at least two thirds of the votes for and against"
        ),
    },
    QuorumBasis: {
        QuorumBasis.PEOPLE: lazy_pgettext("quorum", "A number of people"),
        QuorumBasis.PERCENT: lazy_pgettext("quorum", "A share of the members, in percent, rounded up"),
    },
    Role: {
        Role.APPLICANT: lazy_pgettext("role", "Applicant"),
        Role.PARTNER: lazy_pgettext("role", "Member of the alliance"),
        Role.CATALYST: lazy_pgettext("role", "Territorial catalyst"),
        Role.REVIEWER: lazy_pgettext("role", "Reviewer"),
        Role.COMMITTEE: lazy_pgettext("role", "Committee"),
        Role.CHAIR: lazy_pgettext("role", "Chair of the committee"),
        Role.OFFICER: lazy_pgettext("role", "Fund officer"),
        Role.FINANCE: lazy_pgettext("role", "Finance"),
        Role.AUDITOR: lazy_pgettext("role", "Auditor"),
        Role.ADMIN: lazy_pgettext("role", "Administration"),
        Role.SYSTEM: lazy_pgettext("role", "The program"),
        Role.IMPORT: lazy_pgettext("role", "Import of past awards"),
    },
    InterestKind: {
        InterestKind.DECLARED: lazy_pgettext("interest", "Declared by the person"),
        InterestKind.NOTED: lazy_pgettext("interest", "Noted by an officer"),
        InterestKind.ORGANISATION: lazy_pgettext("interest", "Belongs to a member of the alliance"),
        InterestKind.SIREN: lazy_pgettext("interest", "Belongs to another site of a member (same SIREN)"),
        InterestKind.MAIL_DOMAIN: lazy_pgettext("interest", "Same e-mail domain as the alliance"),
        InterestKind.NAMED: lazy_pgettext("interest", "Address named in the file (contact or representative)"),
        InterestKind.AUTHOR: lazy_pgettext("interest", "Writes the file, or reads it with the alliance"),
        InterestKind.ENDORSER: lazy_pgettext("interest", "Accompanies the file as a catalyst"),
        InterestKind.PAST_LINK: lazy_pgettext("interest", "Declared a link with a member of the alliance"),
    },
    Group: {
        Group.PDF: lazy_pgettext("file", "PDF"),
        Group.IMAGE: lazy_pgettext("file", "image (PNG, JPEG, WebP, GIF)"),
        Group.OFFICE: lazy_pgettext("file", "text or presentation (DOCX, ODT, PPTX, ODP)"),
        Group.SHEET: lazy_pgettext("file", "spreadsheet (XLSX, ODS, CSV)"),
    },
    Right: {
        Right.READ: lazy_pgettext("right", "Read"),
        Right.WRITE: lazy_pgettext("right", "Read and write"),
        Right.SIGN: lazy_pgettext("right", "Read, write and sign"),
    },
    ConsentAnswer: {
        ConsentAnswer.CONFIRMED: lazy_pgettext("answer", "We confirm our part"),
        ConsentAnswer.CHANGE_ASKED: lazy_pgettext("answer", "We ask for a change"),
        ConsentAnswer.DECLINED: lazy_pgettext("answer", "We do not take part"),
    },
    OrganisationKind: {
        OrganisationKind.LOCAL_AUTHORITY: lazy_pgettext("organisation", "Local authority"),
        OrganisationKind.ASSOCIATION: lazy_pgettext("organisation", "Association"),
        OrganisationKind.COMPANY: lazy_pgettext("organisation", "Company"),
        OrganisationKind.RESEARCH: lazy_pgettext("organisation", "Research body"),
        OrganisationKind.FOUNDATION: lazy_pgettext("organisation", "Foundation"),
        OrganisationKind.OTHER: lazy_pgettext("organisation", "Other organisation"),
    },
    FieldType: {
        FieldType.TEXT: lazy_pgettext("field", "Short text"),
        FieldType.LONG_TEXT: lazy_pgettext("field", "Long text"),
        FieldType.NUMBER: lazy_pgettext("field", "Number"),
        FieldType.AMOUNT: lazy_pgettext("field", "Amount in euros"),
        FieldType.DATE: lazy_pgettext("field", "Date"),
        FieldType.CHOICE: lazy_pgettext("field", "One choice"),
        FieldType.CHOICES: lazy_pgettext("field", "Several choices"),
        FieldType.YES_NO: lazy_pgettext("field", "Yes or no"),
        FieldType.EMAIL: lazy_pgettext("field", "E-mail address"),
        FieldType.TELEPHONE: lazy_pgettext("field", "Telephone number"),
        FieldType.URL: lazy_pgettext("field", "Web address"),
        FieldType.ADDRESS: lazy_pgettext("field", "Postal address with its commune"),
        FieldType.TERRITORY: lazy_pgettext("field", "Territories"),
        FieldType.SDGS: lazy_pgettext("field", "Sustainable Development Goals"),
        FieldType.LEVERS: lazy_pgettext("field", "Levers of the fund"),
        FieldType.MEASURES: lazy_pgettext("field", "Measures of the fund"),
        FieldType.ROWS: lazy_pgettext("field", "Repeating rows"),
        FieldType.FILE: lazy_pgettext("field", "Document"),
        FieldType.NOTE: lazy_pgettext("field", "Text to read"),
    },
    CorrectionKind: {
        CorrectionKind.MISSING: lazy_pgettext("correction", "Missing"),
        CorrectionKind.WRONG: lazy_pgettext("correction", "Wrong"),
        CorrectionKind.OUTDATED: lazy_pgettext("correction", "Outdated"),
    },
    Confirmations: {
        Confirmations.NONE: lazy_pgettext("confirmations", "Nobody has to confirm"),
        Confirmations.REQUIRED: lazy_pgettext(
            "confirmations", "As many members of each kind as the rule asks for"
        ),
        Confirmations.ALL: lazy_pgettext("confirmations", "Every member"),
    },
    LateRule: {
        LateRule.STRICT: lazy_pgettext("deadline", "No submission after the closing"),
        LateRule.GRACE: lazy_pgettext("deadline", "Drafts can still be submitted for some minutes"),
    },
    Feedback: {
        Feedback.NONE: lazy_pgettext("feedback", "The decision only"),
        Feedback.MOTIVATION: lazy_pgettext("feedback", "The decision and its motivation"),
        Feedback.COMMENTS: lazy_pgettext(
            "feedback", "The decision, its motivation and the reviewers’ comments, without their names"
        ),
    },
    Otherwise: {
        Otherwise.NO: lazy_pgettext("eligibility", "No"),
        Otherwise.ASK: lazy_pgettext("eligibility", "Ask us"),
    },
    AidRegime: {
        AidRegime.NONE: lazy_pgettext("regime", "No State aid"),
        AidRegime.DE_MINIMIS: lazy_pgettext("regime", "De minimis aid, Regulation (EU) 2023/2831"),
        AidRegime.SGEI_DE_MINIMIS: lazy_pgettext(
            "regime", "De minimis aid to services of general economic interest, Regulation (EU) 2023/2832"
        ),
        AidRegime.GBER: lazy_pgettext("regime", "Aid exempted from notification, Regulation (EU) No 651/2014"),
    },
}


def init_labels(app: Flask) -> None:
    """Give the templates the filters ``label`` and ``tone``."""
    app.jinja_env.filters["label"] = label
    app.jinja_env.filters["tone"] = tone


def label(member: StrEnum) -> str:
    """The name of a state, role, kind or rule in the reader's language."""
    kind = type(member)
    return str(STATES[kind][member][0] if kind in STATES else NAMES[kind][member])


def tone(state: StrEnum) -> str:
    """The tone of a state's badge: neutral, info, progress (someone must act), success, danger."""
    return STATES[type(state)][state][1]
