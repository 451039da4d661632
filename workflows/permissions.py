"""Who may do what: roles, the relation of a person to a file, and what each permission asks for.

A permission is granted to a role, and where the role alone says too little (an applicant may submit, but only
her own alliance's file) also to a relation that the subject itself recognises. What no grant names is denied.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    APPLICANT = "applicant"
    PARTNER = "partner"
    CATALYST = "catalyst"
    REVIEWER = "reviewer"
    COMMITTEE = "committee"
    CHAIR = "chair"
    OFFICER = "officer"
    FINANCE = "finance"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SYSTEM = "system"
    IMPORT = "import"


STAFF_ROLES = (Role.OFFICER, Role.FINANCE, Role.AUDITOR, Role.ADMIN)
"""The fund's own people, who see every file that was submitted."""
PEOPLE_ROLES = tuple(role for role in Role if role not in (Role.SYSTEM, Role.IMPORT))


class Relation(StrEnum):
    """What ties a person to one subject; each subject says which of these hold for an actor."""

    AUTHOR = "author"
    SIGNATORY = "signatory"
    ASSIGNEE = "assignee"
    PRESIDING = "presiding"
    SEATED = "seated"
    TESTER = "tester"
    ENDORSER = "endorser"


class Permission(StrEnum):
    CALL_MANAGE = "call.manage"
    APPLICATION_WRITE = "application.write"
    APPLICATION_SIGN = "application.sign"
    APPLICATION_ENDORSE = "application.endorse"
    APPLICATION_PROCESS = "application.process"
    APPLICATION_DECIDE = "application.decide"
    REVIEW_ANSWER = "review.answer"
    REVIEW_RECUSE = "review.recuse"
    REVIEW_MANAGE = "review.manage"
    COMMITTEE_MANAGE = "committee.manage"
    COMMITTEE_PRESIDE = "committee.preside"
    COMMITTEE_VOTE = "committee.vote"
    COMMITTEE_RELEASE = "committee.release"
    INTEREST_DECLARE = "interest.declare"
    INTEREST_DECIDE = "interest.decide"
    AWARD_MANAGE = "award.manage"
    AWARD_CONCLUDE = "award.conclude"
    AWARD_REOPEN = "award.reopen"
    AGREEMENT_ANSWER = "agreement.answer"
    BANK_ENTER = "bank_account.enter"
    BANK_VERIFY = "bank_account.verify"
    BANK_CLOSE = "bank_account.close"
    DISBURSEMENT_ORDER = "disbursement.order"
    DISBURSEMENT_HOLD = "disbursement.hold"
    DISBURSEMENT_PAY = "disbursement.pay"
    DISBURSEMENT_SEND = "disbursement.send"
    PAYMENT_FILE_MANAGE = "payment_file.manage"
    PAYMENT_FILE_SETTLE = "payment_file.settle"
    REPAYMENT_ASK = "repayment.ask"
    REPAYMENT_RECEIVE = "repayment.receive"
    REPAYMENT_WAIVE = "repayment.waive"
    REPORT_WRITE = "report.write"
    REPORT_PROCESS = "report.process"
    SUBSIDY_IMPORT = "subsidy.import"


@dataclass(frozen=True, slots=True)
class Grant:
    """One way to hold a permission: the role and, where set, the relation to the subject."""

    role: Role
    relation: Relation | None = None


def _to(*roles: Role, relation: Relation | None = None) -> tuple[Grant, ...]:
    return tuple(Grant(role, relation) for role in roles)


GRANTS: dict[Permission, tuple[Grant, ...]] = {
    Permission.CALL_MANAGE: _to(Role.OFFICER, Role.SYSTEM, Role.IMPORT),
    Permission.APPLICATION_WRITE: _to(Role.APPLICANT, relation=Relation.AUTHOR)
    + _to(Role.OFFICER, relation=Relation.TESTER)
    + _to(Role.IMPORT),
    Permission.APPLICATION_SIGN: _to(Role.APPLICANT, relation=Relation.SIGNATORY)
    + _to(Role.OFFICER, relation=Relation.TESTER)
    + _to(Role.IMPORT),
    Permission.APPLICATION_ENDORSE: _to(Role.CATALYST, relation=Relation.ENDORSER),
    Permission.APPLICATION_PROCESS: _to(Role.OFFICER, Role.SYSTEM, Role.IMPORT),
    Permission.APPLICATION_DECIDE: _to(Role.SYSTEM, Role.IMPORT),
    Permission.REVIEW_ANSWER: _to(Role.REVIEWER, relation=Relation.ASSIGNEE),
    Permission.REVIEW_RECUSE: _to(Role.REVIEWER, relation=Relation.ASSIGNEE) + _to(Role.OFFICER, Role.SYSTEM),
    Permission.REVIEW_MANAGE: _to(Role.OFFICER, Role.SYSTEM),
    Permission.COMMITTEE_MANAGE: _to(Role.OFFICER),
    Permission.COMMITTEE_PRESIDE: _to(Role.CHAIR, relation=Relation.PRESIDING),
    Permission.COMMITTEE_VOTE: _to(Role.COMMITTEE, Role.CHAIR, relation=Relation.SEATED),
    Permission.COMMITTEE_RELEASE: _to(Role.SYSTEM),
    Permission.INTEREST_DECLARE: _to(Role.REVIEWER, Role.COMMITTEE, Role.CHAIR, *STAFF_ROLES),
    Permission.INTEREST_DECIDE: _to(Role.OFFICER),
    Permission.AWARD_MANAGE: _to(Role.OFFICER, Role.SYSTEM, Role.IMPORT),
    Permission.AWARD_CONCLUDE: _to(Role.SYSTEM, Role.IMPORT),
    Permission.AWARD_REOPEN: _to(Role.FINANCE, Role.SYSTEM),
    Permission.AGREEMENT_ANSWER: _to(Role.APPLICANT, relation=Relation.SIGNATORY) + _to(Role.SYSTEM),
    Permission.BANK_ENTER: _to(Role.APPLICANT, relation=Relation.AUTHOR) + _to(Role.OFFICER, Role.FINANCE),
    Permission.BANK_VERIFY: _to(Role.OFFICER, Role.FINANCE),
    Permission.BANK_CLOSE: _to(Role.FINANCE, Role.SYSTEM),
    Permission.DISBURSEMENT_ORDER: _to(Role.OFFICER, Role.SYSTEM, Role.IMPORT),
    Permission.DISBURSEMENT_HOLD: _to(Role.OFFICER, Role.FINANCE, Role.SYSTEM),
    Permission.DISBURSEMENT_PAY: _to(Role.FINANCE, Role.IMPORT),
    Permission.DISBURSEMENT_SEND: _to(Role.SYSTEM),
    Permission.PAYMENT_FILE_MANAGE: _to(Role.FINANCE),
    Permission.PAYMENT_FILE_SETTLE: _to(Role.SYSTEM),
    Permission.REPAYMENT_ASK: _to(Role.OFFICER, Role.FINANCE),
    Permission.REPAYMENT_RECEIVE: _to(Role.FINANCE),
    Permission.REPAYMENT_WAIVE: _to(Role.FINANCE),
    Permission.REPORT_WRITE: _to(Role.APPLICANT, relation=Relation.AUTHOR) + _to(Role.IMPORT),
    Permission.REPORT_PROCESS: _to(Role.OFFICER, Role.SYSTEM, Role.IMPORT),
    Permission.SUBSIDY_IMPORT: _to(Role.OFFICER, Role.ADMIN, Role.IMPORT),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a signed-in person, the program itself, or an import of history.

    ``reference`` is the stable pseudonym that the journal keeps; ``name`` and ``email`` are personal data and
    stay beside the chain.
    """

    reference: str
    name: str
    roles: AbstractSet[Role]
    person_id: int | None = None
    email: str | None = None
    organisation_id: int | None = None
    siren: str | None = None
    request_id: str | None = field(default=None, compare=False)

    def has_role(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)


SYSTEM = Actor(reference="system", name="Fonds ODD 17", roles=frozenset({Role.SYSTEM}))
IMPORTER = Actor(reference="import", name="Import", roles=frozenset({Role.IMPORT}))
ANONYMOUS = Actor(reference="anonymous", name="", roles=frozenset())


def allows(permission: Permission, actor: Actor, relations: AbstractSet[Relation]) -> bool:
    """Whether the actor, standing in these relations to the subject, holds the permission."""
    return any(
        grant.role in actor.roles and (grant.relation is None or grant.relation in relations)
        for grant in GRANTS[permission]
    )


def people_of(permission: Permission) -> tuple[Role, ...]:
    """The people who can hold the permission, for the sentence of a refusal.

    The program itself is not named, nor who tries a call: nobody becomes that by asking.
    """
    grants = (grant for grant in GRANTS[permission] if grant.relation is not Relation.TESTER)
    return tuple(dict.fromkeys(grant.role for grant in grants if grant.role in PEOPLE_ROLES))
