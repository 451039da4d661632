"""What can be told, and to whom. A topic without a template in both languages fails the architecture test."""

from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    """Whom a notification is for; ``fund.services.outbox`` turns it into people."""

    AUTHORS = "authors"
    OFFICERS = "officers"
    FINANCE = "finance"
    BANK_PARTIES = "bank_parties"
    BANK_STAFF = "bank_staff"
    REVIEWER = "reviewer"
    COMMITTEE = "committee"
    REVIEWERS = "reviewers"
    DRAFTERS = "drafters"


class Topic(StrEnum):
    """What a person is told, in the inbox and by mail."""

    CALL_EXTENDED = "call.extended"
    CALL_CANCELLED = "call.cancelled"
    CALL_REVISED = "call.revised"
    CALL_CLOSING_SOON = "call.closing_soon"
    ACCOUNT_REGISTER = "account.register"
    ACCOUNT_PASSWORD = "account.password"  # noqa: S105 - a topic, not a password
    ALLIANCE_CONSENT_ASKED = "alliance.consent_asked"
    ALLIANCE_CONSENT_RECEIVED = "alliance.consent_received"
    ALLIANCE_CONSENT_ANSWERED = "alliance.consent_answered"
    ALLIANCE_CO_AUTHOR_INVITED = "alliance.co_author_invited"
    ALLIANCE_DEPOSITED = "alliance.deposited"
    ENDORSEMENT_ASKED = "endorsement.asked"
    ENDORSEMENT_ANSWERED = "endorsement.answered"
    THREAD_MESSAGE = "thread.message"
    APPLICATION_SUBMITTED = "application.submitted"
    APPLICATION_RECEIVED = "application.received"
    APPLICATION_RETURNED = "application.returned"
    APPLICATION_INELIGIBLE = "application.ineligible"
    APPLICATION_REINSTATED = "application.reinstated"
    APPLICATION_IN_REVIEW = "application.in_review"
    APPLICATION_FUNDED = "application.funded"
    APPLICATION_WAITLISTED = "application.waitlisted"
    APPLICATION_DECLINED = "application.declined"
    APPLICATION_WITHDRAWN = "application.withdrawn"
    APPLICATION_CANCELLED = "application.cancelled"
    APPLICATION_REPORTED = "application.reported"
    APPLICATION_DEFERRED = "application.deferred"
    WAITLIST_MOVED = "application.waitlist_moved"
    INTEREST_FOUND = "interest.found"
    REVIEWER_INVITED = "reviewer.invited"
    ADVICE_ASKED = "advice.asked"
    ADVICE_GIVEN = "advice.given"
    DISCUSSION_OPENED = "discussion.opened"
    DISCUSSION_REPORT = "discussion.report"
    REVIEW_ASSIGNED = "review.assigned"
    REVIEW_DUE_SOON = "review.due_soon"
    REVIEW_OVERDUE = "review.overdue"
    REVIEW_DECLINED = "review.declined"
    REVIEW_CANCELLED = "review.cancelled"
    COMMITTEE_CONVENED = "committee.convened"
    COMMITTEE_CANCELLED = "committee.cancelled"
    COMMITTEE_RELEASED = "committee.released"
    AGREEMENT_SENT = "agreement.sent"
    AGREEMENT_WITHDRAWN = "agreement.withdrawn"
    AGREEMENT_SIGNED = "agreement.signed"
    AWARD_SIGNED = "award.signed"
    AWARD_REFUSED = "award.refused"
    AWARD_SUSPENDED = "award.suspended"
    AWARD_RESUMED = "award.resumed"
    AWARD_REOPENED = "award.reopened"
    DISBURSEMENT_ORDERED = "disbursement.ordered"
    DISBURSEMENT_REJECTED = "disbursement.rejected"
    DISBURSEMENT_PAID = "disbursement.paid"
    DISBURSEMENT_FAILED = "disbursement.failed"
    DISBURSEMENT_HELD = "disbursement.held"
    DISBURSEMENT_EVIDENCE = "disbursement.evidence"
    BANK_ACCOUNT_PROPOSED = "bank_account.proposed"
    BANK_ACCOUNT_VERIFIED = "bank_account.verified"
    BANK_ACCOUNT_REJECTED = "bank_account.rejected"
    BANK_ACCOUNT_CLOSED = "bank_account.closed"
    REPAYMENT_ASKED = "repayment.asked"
    REPAYMENT_RECEIVED = "repayment.received"
    REPAYMENT_WAIVED = "repayment.waived"
    LEDGER_FAULTY = "ledger.faulty"
    REPORT_SUBMITTED = "report.submitted"
    REPORT_RETURNED = "report.returned"
    REPORT_ACCEPTED = "report.accepted"
    REPORT_REMINDER = "report.reminder"


class Deadline(StrEnum):
    """What the program itself does at an instant: outbox rows with ``available_at`` and no recipient."""

    CALL_OPENS = "deadline.call_opens"
    CALL_CLOSES = "deadline.call_closes"
    CALL_REMINDER = "deadline.call_reminder"
    CONSENTS_OUTDATED = "deadline.consents_outdated"
    DOCUMENT_SCAN = "deadline.document_scan"
    DISBURSEMENT_DUE = "deadline.disbursement_due"
    REVIEW_DUE = "deadline.review_due"
    ASSIGNMENT_PLAN = "deadline.assignment_plan"
    SESSION_RELEASE = "deadline.session_release"
    WAITLIST_MOVES = "deadline.waitlist_moves"
    REPORT_DUE = "deadline.report_due"
    REPORT_LATE = "deadline.report_late"
    LEDGER_CHECK = "deadline.ledger_check"


@dataclass(frozen=True, slots=True)
class Notification:
    topic: Topic
    audience: Audience


def tell(audience: Audience, topic: Topic) -> Notification:
    return Notification(topic, audience)
