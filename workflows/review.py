"""One reviewer's reading of one application (évaluation)."""

from enum import StrEnum
from typing import Any

from workflows.application import ApplicationState
from workflows.engine import Context, Step, Workflow
from workflows.guards import no_conflict_of_interest
from workflows.permissions import Permission
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Audience, Topic, tell


class ReviewState(StrEnum):
    DRAFT = "draft"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    RECUSED = "recused"
    CANCELLED = "cancelled"


class ReviewStep(StrEnum):
    ASSIGN = "review.assign"
    ACCEPT = "review.accept"
    DECLINE = "review.decline"
    RECUSE = "review.recuse"
    SUBMIT = "review.submit"
    REOPEN = "review.reopen"
    CANCEL = "review.cancel"


# A file is scored from the moment it is in review until the officer concludes the phase.
SCORING_PHASE = (ApplicationState.IN_REVIEW,)
ASSIGNING_PHASE = (ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)


def reviewer_has_no_interest(review: Any, _: Context) -> Reason | None:
    if review.application.is_interested(review.reviewer_as_actor):
        return Reason(ReasonCode.REVIEWER_INTERESTED)
    return None


def file_can_be_assigned(review: Any, _: Context) -> Reason | None:
    if review.application.state in ASSIGNING_PHASE:
        return None
    return Reason(ReasonCode.REVIEW_PHASE_OVER, {"state": review.application.state})


def scoring_is_open(review: Any, _: Context) -> Reason | None:
    if review.application.state in SCORING_PHASE:
        return None
    return Reason(ReasonCode.REVIEW_PHASE_OVER, {"state": review.application.state})


def every_criterion_is_scored(review: Any, _: Context) -> Reason | None:
    absent = review.count_missing_scores()
    return Reason(ReasonCode.SCORES_MISSING, {"count": absent}, field="scores") if absent else None


REVIEW = Workflow(
    name="review",
    states=ReviewState,
    initial=ReviewState.DRAFT,
    finals=(ReviewState.DECLINED, ReviewState.RECUSED, ReviewState.CANCELLED),
    steps=(
        Step(
            name=ReviewStep.ASSIGN,
            sources=(ReviewState.DRAFT,),
            target=ReviewState.ASSIGNED,
            permission=Permission.REVIEW_MANAGE,
            guards=(no_conflict_of_interest, file_can_be_assigned, reviewer_has_no_interest),
            notifies=(tell(Audience.REVIEWER, Topic.REVIEW_ASSIGNED),),
        ),
        Step(
            name=ReviewStep.ACCEPT,
            sources=(ReviewState.ASSIGNED,),
            target=ReviewState.ACCEPTED,
            permission=Permission.REVIEW_ANSWER,
            guards=(no_conflict_of_interest,),
        ),
        Step(
            name=ReviewStep.DECLINE,
            sources=(ReviewState.ASSIGNED, ReviewState.ACCEPTED),
            target=ReviewState.DECLINED,
            permission=Permission.REVIEW_ANSWER,
            notifies=(tell(Audience.OFFICERS, Topic.REVIEW_DECLINED),),
            needs_reason=True,
        ),
        Step(
            name=ReviewStep.RECUSE,
            sources=(ReviewState.ASSIGNED, ReviewState.ACCEPTED, ReviewState.SUBMITTED),
            target=ReviewState.RECUSED,
            permission=Permission.REVIEW_RECUSE,
            notifies=(tell(Audience.OFFICERS, Topic.REVIEW_DECLINED),),
            needs_reason=True,
        ),
        Step(
            name=ReviewStep.SUBMIT,
            sources=(ReviewState.ACCEPTED,),
            target=ReviewState.SUBMITTED,
            permission=Permission.REVIEW_ANSWER,
            guards=(no_conflict_of_interest, scoring_is_open, every_criterion_is_scored),
        ),
        Step(
            name=ReviewStep.REOPEN,
            sources=(ReviewState.SUBMITTED,),
            target=ReviewState.ACCEPTED,
            permission=Permission.REVIEW_ANSWER,
            guards=(no_conflict_of_interest, scoring_is_open),
        ),
        Step(
            name=ReviewStep.CANCEL,
            sources=(ReviewState.ASSIGNED, ReviewState.ACCEPTED),
            target=ReviewState.CANCELLED,
            permission=Permission.REVIEW_MANAGE,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.REVIEWER, Topic.REVIEW_CANCELLED),),
            needs_reason=True,
        ),
    ),
)
