"""The tables, one noun a file. Constraints make wrong data impossible; queries for screens are elsewhere."""

from sqlalchemy.orm import configure_mappers

from fund.forms.definition import OrganisationKind
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
from fund.models.base import Base, SubjectMixin
from fund.models.call import Call, Criterion
from fund.models.call_version import CallVersion
from fund.models.committee import AgendaItem, CommitteeSession, Outcome, SessionMember
from fund.models.disbursement import Disbursement
from fund.models.document import Document, Scan
from fund.models.import_row import ImportedRow
from fund.models.organisation import Organisation
from fund.models.outbox import OutboxRow, OutboxState
from fund.models.person import ApiToken, Person, PersonRole
from fund.models.receipt import Receipt
from fund.models.report import Report
from fund.models.review import Review, Score
from fund.models.subsidy import Subsidy
from fund.models.thread import ThreadMessage, ThreadRead
from fund.models.writing import Section, SectionVersion

Subject = Call | Application | Review | CommitteeSession | Award | Disbursement | Report
SUBJECTS: dict[str, type[Subject]] = {
    model.workflow.name: model
    for model in (Call, Application, Review, CommitteeSession, Award, Disbursement, Report)
}

# Now, not at the first query: a subject starts in its initial state when it is made, which needs its mapper.
configure_mappers()

__all__ = [
    "SUBJECTS",
    "AgendaItem",
    "ApiToken",
    "Application",
    "AuditEvent",
    "AuditPersonal",
    "Award",
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
    "Document",
    "Endorsement",
    "EndorsementState",
    "ImportedRow",
    "LinkPurpose",
    "Member",
    "Organisation",
    "OrganisationKind",
    "OutboxRow",
    "OutboxState",
    "Outcome",
    "Person",
    "PersonRole",
    "PersonalLink",
    "Receipt",
    "Report",
    "Review",
    "Right",
    "Scan",
    "Score",
    "Section",
    "SectionVersion",
    "SessionMember",
    "Subject",
    "SubjectMixin",
    "Subsidy",
    "ThreadMessage",
    "ThreadRead",
]
