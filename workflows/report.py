"""The account that an alliance gives of a grant (compte rendu, Cerfa 15059)."""

from enum import StrEnum
from typing import Any

from workflows.engine import Context, Step, Workflow
from workflows.guards import no_conflict_of_interest
from workflows.permissions import Permission
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Audience, Topic, tell


class ReportState(StrEnum):
    EXPECTED = "expected"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    WAIVED = "waived"


OWED_STATES = (ReportState.EXPECTED, ReportState.RETURNED)
"""The alliance still owes the report: it may write it, is reminded of it, and it may be late."""


class ReportStep(StrEnum):
    SUBMIT = "report.submit"
    RESUBMIT = "report.resubmit"
    RETURN = "report.return"
    ACCEPT = "report.accept"
    ACCEPT_WITH_RESERVE = "report.accept_with_reserve"
    WAIVE = "report.waive"


def narrative_is_given(report: Any, _: Context) -> Reason | None:
    if report.narrative.strip():
        return None
    return Reason(ReasonCode.NARRATIVE_MISSING, field="narrative")


def spent_amount_is_given(report: Any, _: Context) -> Reason | None:
    return (
        None if report.spent_amount is not None else Reason(ReasonCode.SPENT_AMOUNT_MISSING, field="spent_amount")
    )


def account_is_complete(report: Any, _: Context) -> Reason | None:
    """The account, its explanations and the answers to the call's report form; imported history has none."""
    count = 0 if report.imported else report.count_missing()
    return Reason(ReasonCode.REPORT_INCOMPLETE, {"count": count}) if count else None


def reserve_is_given(_: Any, context: Context) -> Reason | None:
    if str(context.inputs.get("reserve") or "").strip():
        return None
    return Reason(ReasonCode.RESERVE_MISSING, field="reserve")


REPORT = Workflow(
    name="report",
    states=ReportState,
    initial=ReportState.EXPECTED,
    finals=(ReportState.ACCEPTED, ReportState.WAIVED),
    steps=(
        Step(
            name=ReportStep.SUBMIT,
            sources=(ReportState.EXPECTED,),
            target=ReportState.SUBMITTED,
            permission=Permission.REPORT_WRITE,
            guards=(narrative_is_given, spent_amount_is_given, account_is_complete),
            notifies=(tell(Audience.OFFICERS, Topic.REPORT_SUBMITTED),),
        ),
        Step(
            name=ReportStep.RESUBMIT,
            sources=(ReportState.RETURNED,),
            target=ReportState.SUBMITTED,
            permission=Permission.REPORT_WRITE,
            guards=(narrative_is_given, spent_amount_is_given, account_is_complete),
            notifies=(tell(Audience.OFFICERS, Topic.REPORT_SUBMITTED),),
        ),
        Step(
            name=ReportStep.RETURN,
            sources=(ReportState.SUBMITTED,),
            target=ReportState.RETURNED,
            permission=Permission.REPORT_PROCESS,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.AUTHORS, Topic.REPORT_RETURNED),),
            needs_reason=True,
        ),
        Step(
            name=ReportStep.ACCEPT,
            sources=(ReportState.SUBMITTED,),
            target=ReportState.ACCEPTED,
            permission=Permission.REPORT_PROCESS,
            guards=(no_conflict_of_interest,),
            notifies=(tell(Audience.AUTHORS, Topic.REPORT_ACCEPTED),),
        ),
        Step(
            name=ReportStep.ACCEPT_WITH_RESERVE,
            sources=(ReportState.SUBMITTED,),
            target=ReportState.ACCEPTED,
            permission=Permission.REPORT_PROCESS,
            guards=(no_conflict_of_interest,),
            checks=(reserve_is_given,),
            notifies=(tell(Audience.AUTHORS, Topic.REPORT_ACCEPTED),),
        ),
        Step(
            name=ReportStep.WAIVE,
            sources=(ReportState.EXPECTED, ReportState.RETURNED),
            target=ReportState.WAIVED,
            permission=Permission.REPORT_PROCESS,
            guards=(no_conflict_of_interest,),
            needs_reason=True,
        ),
    ),
)
