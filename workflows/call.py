"""The call for projects (appel à projets)."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from workflows.engine import Context, Step, Workflow
from workflows.guards import missing
from workflows.permissions import Permission
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Audience, Topic, tell


class CallState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    OPEN = "open"
    CLOSED = "closed"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class CallStep(StrEnum):
    PUBLISH = "call.publish"
    UNPUBLISH = "call.unpublish"
    OPEN = "call.open"
    EXTEND = "call.extend"
    CLOSE = "call.close"
    REOPEN = "call.reopen"
    SETTLE = "call.settle"
    CANCEL = "call.cancel"


def texts_complete(call: Any, _: Context) -> Reason | None:
    return missing(call, "title_fr", "title_en", "summary_fr", "summary_en")


def dates_in_order(call: Any, _: Context) -> Reason | None:
    if call.opens_at < call.closes_at:
        return None
    return Reason(ReasonCode.CALL_DATES_DISORDERED, field="closes_at")


def rubric_weighs_hundred(call: Any, _: Context) -> Reason | None:
    """A call of imported history has no rubric: how its files were scored was not published."""
    if call.imported:
        return None
    total = sum((criterion.weight for criterion in call.criteria), Decimal(0))
    if total == 100:
        return None
    return Reason(ReasonCode.CALL_RUBRIC_WEIGHTS, {"weights": total}, field="criteria")


def content_is_sound(call: Any, _: Context) -> Reason | None:
    """Form, alliance rule, documents and the rest hold together; dates and rubric have guards of their own."""
    count = 0 if call.imported else call.count_faults()
    return Reason(ReasonCode.CALL_CONTENT_FAULTY, {"count": count}) if count else None


def opening_reached(call: Any, context: Context) -> Reason | None:
    if context.now >= call.opens_at:
        return None
    return Reason(ReasonCode.CALL_NOT_YET_OPEN, {"instant": call.opens_at})


def closing_reached(call: Any, context: Context) -> Reason | None:
    if context.now >= call.closes_at:
        return None
    return Reason(ReasonCode.CALL_NOT_YET_CLOSED, {"instant": call.closes_at})


def new_closing_later(call: Any, context: Context) -> Reason | None:
    closes_at = context.inputs.get("closes_at")
    if closes_at is not None and closes_at > max(call.closes_at, context.now):
        return None
    return Reason(ReasonCode.CALL_CLOSING_NOT_LATER, {"instant": call.closes_at}, field="closes_at")


def nobody_has_begun(call: Any, _: Context) -> Reason | None:
    count = call.count_applications()
    return Reason(ReasonCode.CALL_HAS_APPLICATIONS, {"count": count}) if count else None


def nobody_has_submitted(call: Any, _: Context) -> Reason | None:
    count = call.count_submitted()
    return Reason(ReasonCode.CALL_HAS_APPLICATIONS, {"count": count}) if count else None


def every_file_is_decided(call: Any, _: Context) -> Reason | None:
    count = call.count_undecided()
    return Reason(ReasonCode.CALL_HAS_PENDING, {"count": count}) if count else None


CALL = Workflow(
    name="call",
    states=CallState,
    initial=CallState.DRAFT,
    finals=(CallState.SETTLED, CallState.CANCELLED),
    steps=(
        Step(
            name=CallStep.PUBLISH,
            sources=(CallState.DRAFT,),
            target=CallState.PUBLISHED,
            permission=Permission.CALL_MANAGE,
            guards=(texts_complete, dates_in_order, rubric_weighs_hundred, content_is_sound),
        ),
        Step(
            name=CallStep.UNPUBLISH,
            sources=(CallState.PUBLISHED,),
            target=CallState.DRAFT,
            permission=Permission.CALL_MANAGE,
            guards=(nobody_has_begun,),
            needs_reason=True,
        ),
        Step(
            name=CallStep.OPEN,
            sources=(CallState.PUBLISHED,),
            target=CallState.OPEN,
            permission=Permission.CALL_MANAGE,
            guards=(opening_reached,),
        ),
        Step(
            name=CallStep.EXTEND,
            sources=(CallState.OPEN,),
            target=CallState.OPEN,
            permission=Permission.CALL_MANAGE,
            checks=(new_closing_later,),
            notifies=(tell(Audience.DRAFTERS, Topic.CALL_EXTENDED),),
            needs_reason=True,
        ),
        Step(
            name=CallStep.CLOSE,
            sources=(CallState.OPEN,),
            target=CallState.CLOSED,
            permission=Permission.CALL_MANAGE,
            guards=(closing_reached,),
        ),
        Step(
            name=CallStep.REOPEN,
            sources=(CallState.CLOSED,),
            target=CallState.OPEN,
            permission=Permission.CALL_MANAGE,
            checks=(new_closing_later,),
            notifies=(tell(Audience.DRAFTERS, Topic.CALL_EXTENDED),),
            needs_reason=True,
        ),
        Step(
            name=CallStep.SETTLE,
            sources=(CallState.CLOSED,),
            target=CallState.SETTLED,
            permission=Permission.CALL_MANAGE,
            guards=(every_file_is_decided,),
        ),
        Step(
            name=CallStep.CANCEL,
            sources=(CallState.DRAFT, CallState.PUBLISHED, CallState.OPEN),
            target=CallState.CANCELLED,
            permission=Permission.CALL_MANAGE,
            guards=(nobody_has_submitted,),
            notifies=(tell(Audience.DRAFTERS, Topic.CALL_CANCELLED),),
            needs_reason=True,
        ),
    ),
)
