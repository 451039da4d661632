"""The tables, one noun a file. Constraints make wrong data impossible; queries for screens are elsewhere."""

from typing import get_args

from sqlalchemy.orm import configure_mappers

from fund.forms.definition import OrganisationKind
from fund.models.advice import Advice
from fund.models.agreement import Agreement, AgreementSignature, Side
from fund.models.alliance import (
    Collaborator,
    Consent,
    ConsentAnswer,
    ConsentState,
    Endorsement,
    EndorsementState,
    LinkPurpose,
    Member,
    PersonalLink,
    Right,
)
from fund.models.application import Application
from fund.models.audit import AuditEvent, AuditPersonal
from fund.models.award import Award
from fund.models.bank import (
    BankAccount,
    BankLine,
    BankStatement,
    LineCause,
    LineStanding,
    PaymentFile,
    PaymentOrder,
)
from fund.models.base import Base, SubjectMixin
from fund.models.call import Call, Criterion
from fund.models.call_version import CallVersion
from fund.models.committee import AgendaItem, CommitteeSession, SessionMember
from fund.models.disbursement import Disbursement, TrancheCondition
from fund.models.discussion import Discussion, DiscussionNote, DiscussionOutcome, DiscussionPosition
from fund.models.document import Document, Scan
from fund.models.import_row import ImportedRow
from fund.models.interest import Interest, InterestKind, InterestState
from fund.models.ledger import LedgerCheck, LedgerEntry, LedgerLine
from fund.models.letter import Letter
from fund.models.motion import Ballot, Motion
from fund.models.organisation import Organisation
from fund.models.outbox import OutboxRow, OutboxState
from fund.models.person import ApiToken, Person, PersonRole
from fund.models.receipt import Receipt
from fund.models.repayment import Repayment, RepaymentReceipt
from fund.models.report import Report
from fund.models.review import Review, ReviewVersion, Score
from fund.models.reviewer import Affiliation, AssignmentPlan, PlanState, ReviewerProfile
from fund.models.simulation import Simulation
from fund.models.subsidy import Subsidy
from fund.models.thread import ThreadMessage, ThreadRead
from fund.models.writing import Section, SectionVersion
from workflows.voting import Outcome

Subject = (
    Call
    | Application
    | Review
    | CommitteeSession
    | Award
    | Agreement
    | BankAccount
    | Disbursement
    | PaymentFile
    | Repayment
    | Report
)
SUBJECTS: dict[str, type[Subject]] = {model.workflow.name: model for model in get_args(Subject)}

# Now, not at the first query: a subject starts in its initial state when it is made, which needs its mapper.
configure_mappers()

__all__ = [
    "SUBJECTS",
    "Advice",
    "Affiliation",
    "AgendaItem",
    "Agreement",
    "AgreementSignature",
    "ApiToken",
    "Application",
    "AssignmentPlan",
    "AuditEvent",
    "AuditPersonal",
    "Award",
    "Ballot",
    "BankAccount",
    "BankLine",
    "BankStatement",
    "Base",
    "Call",
    "CallVersion",
    "Collaborator",
    "CommitteeSession",
    "Consent",
    "ConsentAnswer",
    "ConsentState",
    "Criterion",
    "Disbursement",
    "Discussion",
    "DiscussionNote",
    "DiscussionOutcome",
    "DiscussionPosition",
    "Document",
    "Endorsement",
    "EndorsementState",
    "ImportedRow",
    "Interest",
    "InterestKind",
    "InterestState",
    "LedgerCheck",
    "LedgerEntry",
    "LedgerLine",
    "Letter",
    "LineCause",
    "LineStanding",
    "LinkPurpose",
    "Member",
    "Motion",
    "Organisation",
    "OrganisationKind",
    "OutboxRow",
    "OutboxState",
    "Outcome",
    "PaymentFile",
    "PaymentOrder",
    "Person",
    "PersonRole",
    "PersonalLink",
    "PlanState",
    "Receipt",
    "Repayment",
    "RepaymentReceipt",
    "Report",
    "Review",
    "ReviewVersion",
    "ReviewerProfile",
    "Right",
    "Scan",
    "Score",
    "Section",
    "SectionVersion",
    "SessionMember",
    "Side",
    "Simulation",
    "Subject",
    "SubjectMixin",
    "Subsidy",
    "ThreadMessage",
    "ThreadRead",
    "TrancheCondition",
]
