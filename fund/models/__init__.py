"""The tables, one noun a file. Constraints make wrong data impossible; queries for screens are elsewhere."""

from sqlalchemy.orm import configure_mappers

from fund.models.application import Application, Collaborator, Member, Right
from fund.models.audit import AuditEvent, AuditPersonal
from fund.models.award import Award
from fund.models.base import Base, SubjectMixin
from fund.models.call import Call, Criterion
from fund.models.committee import AgendaItem, CommitteeSession, Outcome, SessionMember
from fund.models.disbursement import Disbursement
from fund.models.import_row import ImportedRow
from fund.models.organisation import Organisation, OrganisationKind
from fund.models.outbox import OutboxRow, OutboxState
from fund.models.person import ApiToken, Person, PersonRole
from fund.models.report import Report
from fund.models.review import Review, Score

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
    "Collaborator",
    "CommitteeSession",
    "Criterion",
    "Disbursement",
    "ImportedRow",
    "Member",
    "Organisation",
    "OrganisationKind",
    "OutboxRow",
    "OutboxState",
    "Outcome",
    "Person",
    "PersonRole",
    "Report",
    "Review",
    "Right",
    "Score",
    "SessionMember",
    "Subject",
    "SubjectMixin",
]
