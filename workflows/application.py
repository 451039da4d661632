"""The application of an alliance (dossier), from draft to closed accounts."""

from enum import StrEnum
from typing import Any

from workflows.completeness import COMPLETENESS, declaration_is_made, no_report_overdue
from workflows.engine import Context, Guard, Step, Workflow
from workflows.guards import no_conflict_of_interest
from workflows.permissions import Permission
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Audience, Topic, tell
from workflows.voting import Outcome


class ApplicationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    IN_REVIEW = "in_review"
    REVIEWED = "reviewed"
    COMMITTEE = "committee"
    WAITLISTED = "waitlisted"
    FUNDED = "funded"
    REPORTED = "reported"
    INELIGIBLE = "ineligible"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


class CorrectionKind(StrEnum):
    """What is the matter with a marked place of a file that is returned."""

    MISSING = "missing"
    WRONG = "wrong"
    OUTDATED = "outdated"


class ApplicationStep(StrEnum):
    SUBMIT = "application.submit"
    RETURN = "application.return"
    RESUBMIT = "application.resubmit"
    DECLARE_INELIGIBLE = "application.declare_ineligible"
    REINSTATE = "application.reinstate"
    START_REVIEW = "application.start_review"
    CONCLUDE_REVIEW = "application.conclude_review"
    SEND_TO_COMMITTEE = "application.send_to_committee"
    RECALL = "application.recall"
    FUND = "application.fund"
    WAITLIST = "application.waitlist"
    DECLINE = "application.decline"
    DEFER = "application.defer"
    EXPIRE = "application.expire"
    REPORT = "application.report"
    REOPEN = "application.reopen"
    WITHDRAW = "application.withdraw"
    CANCEL = "application.cancel"


def window_is_open(application: Any, context: Context) -> Reason | None:
    """A deadline is an instant: the call's closing, or the file's own extension when an officer gave one.

    When a file of imported history was submitted, within which window, is not known: it is not judged by one. An
    officer tries a call before it opens.
    """
    call = application.call
    if call.is_cancelled:
        return Reason(ReasonCode.CALL_CANCELLED)
    if application.is_test or (application.imported and call.is_published):
        return None
    if not call.is_published or context.now < call.opens_at:
        return Reason(ReasonCode.OPENING_AHEAD, {"instant": call.opens_at})
    deadline = application.submission_deadline
    if context.now >= deadline:
        return Reason(ReasonCode.DEADLINE_PASSED, {"instant": deadline})
    return None


def corrections_have_a_deadline(_: Any, context: Context) -> Reason | None:
    due = context.inputs.get("return_due_at")
    if due is not None and due > context.now:
        return None
    return Reason(ReasonCode.CORRECTION_DEADLINE_MISSING, field="return_due_at")


def correction_is_in_time(application: Any, context: Context) -> Reason | None:
    if application.return_due_at is None or context.now < application.return_due_at:
        return None
    return Reason(ReasonCode.CORRECTION_DEADLINE_PASSED, {"instant": application.return_due_at})


def enough_reviewers(application: Any, _: Context) -> Reason | None:
    required, assigned = application.call.reviews_required, application.count_reviewers()
    if assigned >= required:
        return None
    return Reason(ReasonCode.REVIEWERS_TOO_FEW, {"assigned": assigned, "required": required})


def reviews_are_in(application: Any, _: Context) -> Reason | None:
    if pending := application.count_pending_reviews():
        return Reason(ReasonCode.REVIEWS_PENDING, {"count": pending})
    submitted, required = application.count_submitted_reviews(), application.call.reviews_required
    if submitted < required:
        return Reason(ReasonCode.REVIEWS_TOO_FEW, {"submitted": submitted, "required": required})
    return None


def no_discussion_is_open(application: Any, _: Context) -> Reason | None:
    return Reason(ReasonCode.DISCUSSION_OPEN) if application.has_open_discussion else None


def is_on_an_agenda(application: Any, _: Context) -> Reason | None:
    """Imported history was decided elsewhere, in a session of which nothing was published."""
    if application.imported or application.current_item is not None:
        return None
    return Reason(ReasonCode.NOT_ON_AGENDA)


def session_is_not_open(application: Any, _: Context) -> Reason | None:
    item = application.current_item
    return Reason(ReasonCode.SESSION_OPEN) if item is not None and item.session.has_begun else None


def decided_as(outcome: Outcome) -> Guard:
    """A guard: the committee adopted this outcome, and the session's decisions are released.

    Before that instant no decision is in force, so no message can announce one. Imported history was decided
    elsewhere.
    """

    def decision_is_released(application: Any, _: Context) -> Reason | None:
        item = application.decided_item
        if application.imported or (item is not None and item.outcome is outcome and item.session.is_released):
            return None
        return Reason(ReasonCode.DECISION_NOT_RELEASED)

    return decision_is_released


def grant_is_decided(application: Any, context: Context) -> Reason | None:
    """In session; or by the waiting list, which the committee ranked: whoever is next on it."""
    if application.state is not ApplicationState.WAITLISTED:
        return decided_as(Outcome.FUNDED)(application, context)
    return None if application.is_next_on_waitlist() else Reason(ReasonCode.NOT_NEXT_ON_WAITLIST)


def amount_is_grantable(application: Any, context: Context) -> Reason | None:
    amount = context.inputs.get("amount")
    if amount is None or amount <= 0:
        return Reason(ReasonCode.AMOUNT_MISSING, field="amount")
    if amount > application.requested_amount:
        limit = {"requested": application.requested_amount}
        return Reason(ReasonCode.AMOUNT_ABOVE_REQUEST, limit, field="amount")
    remaining = application.call.remaining_envelope()
    if amount > remaining:
        return Reason(ReasonCode.ENVELOPE_EXCEEDED, {"remaining": remaining}, field="amount")
    return None


def waiting_organisation_owes_nothing(application: Any, context: Context) -> Reason | None:
    """Who comes up from the waiting list owes no overdue report.

    What the committee granted in session was judged when its release was prepared (``services.release``): at the
    instant itself one organisation must not hold up everybody's letters.
    """
    if application.state is not ApplicationState.WAITLISTED or no_report_overdue(application, context) is None:
        return None
    return Reason(ReasonCode.GRANTEE_REPORT_OVERDUE, {"files": application.reference})


def decision_is_motivated(_: Any, context: Context) -> Reason | None:
    if str(context.inputs.get("motivation") or "").strip():
        return None
    return Reason(ReasonCode.MOTIVATION_MISSING, field="motivation")


def award_is_closed(application: Any, _: Context) -> Reason | None:
    award = application.award
    return None if award is not None and award.is_closed else Reason(ReasonCode.AWARD_NOT_CLOSED)


def award_is_cancelled(application: Any, _: Context) -> Reason | None:
    award = application.award
    over = award is not None and (award.is_cancelled or award.is_refused)
    return None if over else Reason(ReasonCode.AWARD_NOT_CANCELLED)


APPLICATION = Workflow(
    name="application",
    states=ApplicationState,
    initial=ApplicationState.DRAFT,
    finals=(
        ApplicationState.DECLINED,
        ApplicationState.WITHDRAWN,
        ApplicationState.CANCELLED,
    ),
    steps=(
        Step(
            name=ApplicationStep.SUBMIT,
            sources=(ApplicationState.DRAFT,),
            target=ApplicationState.SUBMITTED,
            permission=Permission.APPLICATION_SIGN,
            guards=(window_is_open, *COMPLETENESS),
            checks=(declaration_is_made,),
            notifies=(
                tell(Audience.AUTHORS, Topic.APPLICATION_SUBMITTED),
                tell(Audience.OFFICERS, Topic.APPLICATION_RECEIVED),
            ),
        ),
        Step(
            name=ApplicationStep.RETURN,
            sources=(ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW),
            target=ApplicationState.RETURNED,
            permission=Permission.APPLICATION_PROCESS,
            guards=(no_conflict_of_interest,),
            checks=(corrections_have_a_deadline,),
            notifies=(tell(Audience.AUTHORS, Topic.APPLICATION_RETURNED),),
            needs_reason=True,
        ),
        Step(
            name=ApplicationStep.RESUBMIT,
            sources=(ApplicationState.RETURNED,),
            target=ApplicationState.SUBMITTED,
            permission=Permission.APPLICATION_SIGN,
            guards=(correction_is_in_time, *COMPLETENESS),
            checks=(declaration_is_made,),
            notifies=(
                tell(Audience.AUTHORS, Topic.APPLICATION_SUBMITTED),
                tell(Audience.OFFICERS, Topic.APPLICATION_RECEIVED),
            ),
        ),
        Step(
            name=ApplicationStep.DECLARE_INELIGIBLE,
            sources=(ApplicationState.SUBMITTED, ApplicationState.RETURNED),
            target=ApplicationState.INELIGIBLE,
            permission=Permission.APPLICATION_PROCESS,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.AUTHORS, Topic.APPLICATION_INELIGIBLE),),
            needs_reason=True,
        ),
        Step(
            name=ApplicationStep.REINSTATE,
            sources=(ApplicationState.INELIGIBLE,),
            target=ApplicationState.SUBMITTED,
            permission=Permission.APPLICATION_PROCESS,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.AUTHORS, Topic.APPLICATION_REINSTATED),),
            needs_reason=True,
        ),
        Step(
            name=ApplicationStep.START_REVIEW,
            sources=(ApplicationState.SUBMITTED,),
            target=ApplicationState.IN_REVIEW,
            permission=Permission.APPLICATION_PROCESS,
            guards=(no_conflict_of_interest, enough_reviewers),
            notifies=(tell(Audience.AUTHORS, Topic.APPLICATION_IN_REVIEW),),
        ),
        Step(
            name=ApplicationStep.CONCLUDE_REVIEW,
            sources=(ApplicationState.IN_REVIEW,),
            target=ApplicationState.REVIEWED,
            permission=Permission.APPLICATION_PROCESS,
            guards=(no_conflict_of_interest, reviews_are_in, no_discussion_is_open),
        ),
        Step(
            name=ApplicationStep.SEND_TO_COMMITTEE,
            sources=(ApplicationState.REVIEWED,),
            target=ApplicationState.COMMITTEE,
            permission=Permission.APPLICATION_PROCESS,
            guards=(no_conflict_of_interest, is_on_an_agenda),
        ),
        Step(
            name=ApplicationStep.RECALL,
            sources=(ApplicationState.COMMITTEE,),
            target=ApplicationState.REVIEWED,
            permission=Permission.APPLICATION_PROCESS,
            guards=(session_is_not_open,),
        ),
        Step(
            name=ApplicationStep.FUND,
            sources=(ApplicationState.COMMITTEE, ApplicationState.WAITLISTED),
            target=ApplicationState.FUNDED,
            permission=Permission.APPLICATION_DECIDE,
            guards=(grant_is_decided, waiting_organisation_owes_nothing),
            checks=(amount_is_grantable, decision_is_motivated),
            notifies=(tell(Audience.AUTHORS, Topic.APPLICATION_FUNDED),),
        ),
        Step(
            name=ApplicationStep.WAITLIST,
            sources=(ApplicationState.COMMITTEE,),
            target=ApplicationState.WAITLISTED,
            permission=Permission.APPLICATION_DECIDE,
            guards=(decided_as(Outcome.WAITLISTED),),
            checks=(decision_is_motivated,),
            notifies=(tell(Audience.AUTHORS, Topic.APPLICATION_WAITLISTED),),
        ),
        Step(
            name=ApplicationStep.DECLINE,
            sources=(ApplicationState.COMMITTEE,),
            target=ApplicationState.DECLINED,
            permission=Permission.APPLICATION_DECIDE,
            guards=(decided_as(Outcome.DECLINED),),
            checks=(decision_is_motivated,),
            notifies=(tell(Audience.AUTHORS, Topic.APPLICATION_DECLINED),),
        ),
        Step(
            name=ApplicationStep.DEFER,
            sources=(ApplicationState.COMMITTEE,),
            target=ApplicationState.REVIEWED,
            permission=Permission.APPLICATION_DECIDE,
            guards=(decided_as(Outcome.DEFERRED),),
            checks=(decision_is_motivated,),
            notifies=(tell(Audience.AUTHORS, Topic.APPLICATION_DEFERRED),),
        ),
        Step(
            name=ApplicationStep.EXPIRE,
            sources=(ApplicationState.WAITLISTED,),
            target=ApplicationState.DECLINED,
            permission=Permission.APPLICATION_PROCESS,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.AUTHORS, Topic.APPLICATION_DECLINED),),
            needs_reason=True,
        ),
        Step(
            name=ApplicationStep.REPORT,
            sources=(ApplicationState.FUNDED,),
            target=ApplicationState.REPORTED,
            permission=Permission.APPLICATION_PROCESS,
            guards=(no_conflict_of_interest, award_is_closed),
            notifies=(tell(Audience.AUTHORS, Topic.APPLICATION_REPORTED),),
        ),
        Step(
            name=ApplicationStep.REOPEN,
            sources=(ApplicationState.REPORTED,),
            target=ApplicationState.FUNDED,
            permission=Permission.APPLICATION_DECIDE,
        ),
        Step(
            name=ApplicationStep.WITHDRAW,
            sources=(
                ApplicationState.DRAFT,
                ApplicationState.SUBMITTED,
                ApplicationState.RETURNED,
                ApplicationState.IN_REVIEW,
                ApplicationState.REVIEWED,
                ApplicationState.COMMITTEE,
                ApplicationState.WAITLISTED,
            ),
            target=ApplicationState.WITHDRAWN,
            permission=Permission.APPLICATION_SIGN,
            notifies=(tell(Audience.OFFICERS, Topic.APPLICATION_WITHDRAWN),),
            needs_reason=True,
        ),
        Step(
            name=ApplicationStep.CANCEL,
            sources=(ApplicationState.FUNDED,),
            target=ApplicationState.CANCELLED,
            permission=Permission.APPLICATION_PROCESS,
            guards=(no_conflict_of_interest, award_is_cancelled),
            notifies=(tell(Audience.AUTHORS, Topic.APPLICATION_CANCELLED),),
            needs_reason=True,
        ),
    ),
)
