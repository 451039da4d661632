"""What a file must hold to be deposited: guards of the submission and of its repetition after a correction."""

from decimal import Decimal
from typing import Any

from workflows.engine import Context
from workflows.guards import missing
from workflows.reasons import Reason, ReasonCode

PUBLISHED_FIELDS = ("title", "requested_amount", "total_budget")
FORM_FIELDS = (*PUBLISHED_FIELDS, "summary", "commune_code", "starts_on", "ends_on")


def form_is_complete(application: Any, _: Context) -> Reason | None:
    """Of imported history only what was published is asked: not where nor when the project took place."""
    if application.imported:
        return missing(application, *PUBLISHED_FIELDS)
    reason = missing(application, *FORM_FIELDS)
    if reason is None and application.ends_on < application.starts_on:
        return Reason(ReasonCode.PROJECT_DATES_DISORDERED, field="ends_on")
    return reason


def amount_fits_call(application: Any, _: Context) -> Reason | None:
    grant, amount = application.rules.grant, application.requested_amount
    if amount is None or application.total_budget is None:
        return None  # form_is_complete names the empty field
    if not grant.minimum <= amount <= grant.maximum:
        limits = {"minimum": grant.minimum, "maximum": grant.maximum}
        return Reason(ReasonCode.AMOUNT_OUT_OF_RANGE, limits, field="requested_amount")
    if amount > application.total_budget * grant.rate / Decimal(100):
        return Reason(ReasonCode.RATE_TOO_HIGH, {"rate": grant.rate}, field="requested_amount")
    return None


def alliance_is_complete(application: Any, _: Context) -> Reason | None:
    """The members that the call asks for are there, where it asks for them, and have given their word."""
    if application.imported:
        return None
    gaps: tuple[Reason, ...] = application.compose_alliance().gaps
    return gaps[0] if gaps else None


def answers_are_complete(application: Any, _: Context) -> Reason | None:
    """The call's own form, by the version that the file was written with."""
    if application.imported:
        return None
    problems = application.judge_form().problems
    if not problems:
        return None
    return Reason(ReasonCode.ANSWERS_INCOMPLETE, {"count": len(problems)}, field=problems[0].path)


def budget_is_sound(application: Any, _: Context) -> Reason | None:
    budget = None if application.imported else application.judge_budget()
    if budget is None or not budget.problems:
        return None
    return Reason(ReasonCode.BUDGET_UNSOUND, {"count": len(budget.problems)}, field="budget")


def documents_are_there(application: Any, _: Context) -> Reason | None:
    absent = () if application.imported else application.missing_documents()
    return Reason(ReasonCode.DOCUMENTS_MISSING, {"count": len(absent)}, field=absent[0][0]) if absent else None


def declaration_is_made(application: Any, context: Context) -> Reason | None:
    """Where the call has a declaration, who signs has read it and says so, under her name."""
    if application.imported or not application.rules.declaration:
        return None
    if context.inputs.get("declared") and str(context.inputs.get("signatory_name") or "").strip():
        return None
    return Reason(ReasonCode.DECLARATION_MISSING, field="declared")


def no_report_overdue(application: Any, context: Context) -> Reason | None:
    """No new grant while a report on an earlier one is overdue (Cerfa 15059, domain page).

    What was granted in the past was granted by its own rules. An officer may waive it for one file, with a reason.
    """
    if application.imported or application.overdue_waived_at is not None:
        return None
    reference = application.find_overdue_report(context.now)
    return Reason(ReasonCode.REPORT_OVERDUE, {"reference": reference}) if reference else None


COMPLETENESS = (
    form_is_complete,
    amount_fits_call,
    answers_are_complete,
    budget_is_sound,
    alliance_is_complete,
    documents_are_there,
    no_report_overdue,
)
