"""The committee session (séance du comité)."""

from enum import StrEnum
from typing import Any

from workflows.engine import Context, Step, Workflow
from workflows.permissions import Permission
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Audience, Topic, tell
from workflows.voting import quorum_is_there


class CommitteeState(StrEnum):
    DRAFT = "draft"
    CONVENED = "convened"
    OPEN = "open"
    CLOSED = "closed"
    SIGNED = "signed"
    RELEASED = "released"
    CANCELLED = "cancelled"


class CommitteeStep(StrEnum):
    CONVENE = "committee.convene"
    OPEN = "committee.open"
    CLOSE = "committee.close"
    SIGN = "committee.sign"
    RELEASE = "committee.release"
    CANCEL = "committee.cancel"


def has_a_date_ahead(session: Any, context: Context) -> Reason | None:
    if session.held_at > context.now:
        return None
    return Reason(ReasonCode.DATE_MISSING, field="held_at")


def has_a_chair(session: Any, _: Context) -> Reason | None:
    return None if session.chair_id is not None else Reason(ReasonCode.CHAIR_MISSING, field="chair_id")


def has_an_agenda(session: Any, _: Context) -> Reason | None:
    return None if session.items else Reason(ReasonCode.AGENDA_EMPTY, field="items")


def has_a_quorum(session: Any, _: Context) -> Reason | None:
    return quorum_is_there(session, session.count_present())


def every_item_is_decided(session: Any, _: Context) -> Reason | None:
    count = session.count_open_items()
    return Reason(ReasonCode.ITEMS_OPEN, {"count": count}) if count else None


def no_vote_is_open(session: Any, _: Context) -> Reason | None:
    return Reason(ReasonCode.VOTE_OPEN) if session.has_open_vote() else None


def letters_are_checked(session: Any, _: Context) -> Reason | None:
    count = session.count_unchecked_letters()
    return Reason(ReasonCode.LETTERS_UNCHECKED, {"count": count}) if count else None


def embargo_is_over(session: Any, context: Context) -> Reason | None:
    if session.releases_at is not None and context.now >= session.releases_at:
        return None
    return Reason(ReasonCode.EMBARGO_AHEAD, {"instant": session.releases_at} if session.releases_at else {})


COMMITTEE = Workflow(
    name="committee",
    states=CommitteeState,
    initial=CommitteeState.DRAFT,
    finals=(CommitteeState.RELEASED, CommitteeState.CANCELLED),
    steps=(
        Step(
            name=CommitteeStep.CONVENE,
            sources=(CommitteeState.DRAFT,),
            target=CommitteeState.CONVENED,
            permission=Permission.COMMITTEE_MANAGE,
            guards=(has_a_date_ahead, has_a_chair, has_an_agenda),
            notifies=(tell(Audience.COMMITTEE, Topic.COMMITTEE_CONVENED),),
        ),
        Step(
            name=CommitteeStep.OPEN,
            sources=(CommitteeState.CONVENED,),
            target=CommitteeState.OPEN,
            permission=Permission.COMMITTEE_PRESIDE,
            guards=(has_an_agenda, has_a_quorum),
        ),
        Step(
            name=CommitteeStep.CLOSE,
            sources=(CommitteeState.OPEN,),
            target=CommitteeState.CLOSED,
            permission=Permission.COMMITTEE_PRESIDE,
            guards=(no_vote_is_open, every_item_is_decided),
        ),
        Step(
            name=CommitteeStep.SIGN,
            sources=(CommitteeState.CLOSED,),
            target=CommitteeState.SIGNED,
            permission=Permission.COMMITTEE_PRESIDE,
        ),
        Step(
            name=CommitteeStep.RELEASE,
            sources=(CommitteeState.SIGNED,),
            target=CommitteeState.RELEASED,
            permission=Permission.COMMITTEE_RELEASE,
            guards=(embargo_is_over, letters_are_checked),
            notifies=(
                tell(Audience.COMMITTEE, Topic.COMMITTEE_RELEASED),
                tell(Audience.OFFICERS, Topic.COMMITTEE_RELEASED),
            ),
        ),
        Step(
            name=CommitteeStep.CANCEL,
            sources=(CommitteeState.DRAFT, CommitteeState.CONVENED),
            target=CommitteeState.CANCELLED,
            permission=Permission.COMMITTEE_MANAGE,
            notifies=(tell(Audience.COMMITTEE, Topic.COMMITTEE_CANCELLED),),
            needs_reason=True,
        ),
    ),
)
