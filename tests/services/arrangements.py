"""For every step of every machine: a subject from which it can be taken, by whom, and with what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
    approved_tranche,
    assigned,
    assigned_review,
    attended_sitting,
    award_cancelled_alone,
    award_closed_alone,
    closed_call,
    closed_sitting,
    complete_review,
    convened_sitting,
    decided_sitting,
    draft,
    draft_award,
    draft_call,
    draft_review,
    due_tranche,
    expected_report,
    failed_tranche,
    given_report,
    held_tranche,
    in_days,
    ineligible,
    offered_award,
    on_agenda,
    ordered_tranche,
    overdue_call,
    paid_tranche,
    placed,
    planned_tranche,
    prepared_sitting,
    published_call,
    releasable_sitting,
    released_as,
    returned,
    returned_report,
    scored,
    submitted,
    submitted_review,
    suspended_award,
    today,
    tranche_of_draft,
    waitlisted,
    written_report,
)
from workflows.application import ApplicationStep
from workflows.award import AwardStep
from workflows.call import CallStep
from workflows.committee import CommitteeStep
from workflows.disbursement import DisbursementStep
from workflows.report import ReportStep
from workflows.review import ReviewStep


@dataclass(frozen=True)
class Arrangement:
    """``make`` gives a subject ready for the step, which ``actor`` takes with ``inputs``."""

    make: Callable[[World, Session], Subject]
    actor: str
    inputs: Callable[[], Mapping[str, Any]] = field(default=dict)


def _because() -> Mapping[str, Any]:
    return BECAUSE


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
    AwardStep.OFFER: Arrangement(draft_award, "officer"),
    AwardStep.SIGN: Arrangement(offered_award, "applicant"),
    AwardStep.REFUSE: Arrangement(offered_award, "applicant", _because),
    AwardStep.SUSPEND: Arrangement(active_award, "officer", _because),
    AwardStep.RESUME: Arrangement(suspended_award, "officer"),
    AwardStep.CLOSE: Arrangement(accounted_award, "officer"),
    AwardStep.CANCEL: Arrangement(active_award, "officer", _because),
    DisbursementStep.RELEASE: Arrangement(planned_tranche, "officer"),
    DisbursementStep.HOLD: Arrangement(ordered_tranche, "finance", _because),
    DisbursementStep.LIFT: Arrangement(held_tranche, "officer", _because),
    DisbursementStep.ORDER: Arrangement(due_tranche, "officer"),
    DisbursementStep.REJECT: Arrangement(ordered_tranche, "finance", _because),
    DisbursementStep.APPROVE: Arrangement(ordered_tranche, "finance"),
    DisbursementStep.PAY: Arrangement(approved_tranche, "finance", lambda: {"paid_on": today()}),
    DisbursementStep.FAIL: Arrangement(paid_tranche, "finance", _because),
    DisbursementStep.REORDER: Arrangement(failed_tranche, "officer"),
    DisbursementStep.REPAY: Arrangement(paid_tranche, "finance", lambda: {**BECAUSE, "repaid_on": today()}),
    DisbursementStep.CANCEL: Arrangement(tranche_of_draft, "officer", _because),
    ReportStep.SUBMIT: Arrangement(written_report, "applicant"),
    ReportStep.RESUBMIT: Arrangement(returned_report, "applicant"),
    ReportStep.RETURN: Arrangement(given_report, "officer", _because),
    ReportStep.ACCEPT: Arrangement(given_report, "officer"),
    ReportStep.WAIVE: Arrangement(expected_report, "officer", _because),
}
