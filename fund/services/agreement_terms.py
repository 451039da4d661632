"""The terms of an award: what an agreement says of money and days, and what an amendment changes of it.

Terms are plain data: ``amount``, ``starts_on``, ``ends_on``, ``tranches`` (those that nothing changes any more
first, then the others; each ``tranche``: the reference of the one that it is, or None for a new one, ``amount``,
``due_on``, ``conditions``) and ``reports`` (``due_on``, ``final``), in the order of their days.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.forms.fields import Problem
from fund.models import Agreement, Award
from fund.models.base import utc_now
from fund.services import awards, outbox
from fund.services.holds import refresh_holds
from fund.services.journal import plain
from fund.services.perform import amend
from fund.services.schedules import (
    describe_line,
    describe_schedule,
    expected_reports,
    fixed_tranches,
    open_tranches,
    plan_schedule,
    require_conditions,
    require_reports,
)
from workflows.award import AwardState
from workflows.permissions import SYSTEM, Permission
from workflows.report import ReportState
from workflows.topics import Deadline

AMENDABLE = (AwardState.ACTIVE, AwardState.SUSPENDED)

Terms = Mapping[str, Any]


def describe_terms(award: Award) -> dict[str, Any]:
    """The terms of an award as they stand: where an amendment begins."""
    tranches = (*fixed_tranches(award), *open_tranches(award))
    terms: dict[str, Any] = plain(
        {
            "amount": award.amount,
            "starts_on": award.starts_on,
            "ends_on": award.ends_on,
            **describe_schedule(award),
            "tranches": [{"tranche": one.reference, **describe_line(one)} for one in tranches],
        }
    )
    return terms


def kept_terms(award: Award, terms: Terms) -> dict[str, Any]:
    """These terms as they are kept: plain, each line with the tranche that it is about, by its place.

    Raises InvalidInput where they cannot be agreed (``require_terms``).
    """
    places = [*fixed_tranches(award), *open_tranches(award), *([None] * len(terms["tranches"]))]
    lines = [
        {**line, "tranche": tranche.reference if tranche else None}
        for line, tranche in zip(terms["tranches"], places, strict=False)
    ]
    last = len(terms["reports"])
    reports = [
        {"due_on": line["due_on"], "final": place == last} for place, line in enumerate(terms["reports"], start=1)
    ]
    kept: dict[str, Any] = plain({**terms, "tranches": lines, "reports": reports})
    require_terms(award, kept)
    return kept


def require_terms(award: Award, terms: Terms) -> None:
    """Raise InvalidInput (``amount``, ``ends_on``, ``tranches``, ``reports``) where plain terms cannot be."""
    amount, lines = Decimal(terms["amount"]), terms["tranches"]
    fixed = fixed_tranches(award)
    _require_amount(award, amount, sum((tranche.amount for tranche in fixed), Decimal(0)))
    if terms.get("starts_on") and terms.get("ends_on") and terms["ends_on"] < terms["starts_on"]:
        raise InvalidInput({"ends_on": ["period_disordered"]})
    if [Decimal(line["amount"]) for line in lines[: len(fixed)]] != [tranche.amount for tranche in fixed]:
        raise InvalidInput({"tranches": ["tranche_ordered"]})
    if any(Decimal(line["amount"]) <= 0 for line in lines):
        raise InvalidInput({"tranches": [Problem("amount_too_small", minimum=Decimal("0.01"))]})
    if _total(lines) != amount:
        raise InvalidInput({"tranches": ["schedule_unbalanced"]})
    reports = [_with_day(line) for line in terms["reports"]]
    require_reports(reports)
    _require_handed_in(award, reports)
    require_conditions(lines, len(reports))


def _require_amount(award: Award, amount: Decimal, committed: Decimal) -> None:
    requested = award.application.requested_amount
    if amount <= 0 or amount < committed:
        raise InvalidInput({"amount": [Problem("amount_below_ordered", committed=committed)]})
    if requested is not None and amount > requested:
        raise InvalidInput({"amount": [Problem("amount_beyond_request", requested=requested)]})
    available = award.call.remaining_envelope()
    if amount - award.amount > available:
        raise InvalidInput({"amount": [Problem("amount_beyond_envelope", available=max(available, Decimal(0)))]})


def _require_handed_in(award: Award, lines: Sequence[Mapping[str, Any]]) -> None:
    """A report that was handed in keeps its place, its day, and whether it is the final one."""
    for place, report in enumerate(expected_reports(award)):
        if report.state is ReportState.EXPECTED:
            continue
        is_same = place < len(lines) and lines[place]["due_on"] == report.due_on
        if not is_same or report.final != (place == len(lines) - 1):
            raise InvalidInput({"reports": ["report_handed_in"]})


def apply_terms(session: Session, award: Award, agreement: Agreement) -> None:
    """Bring the terms of a signed amendment into force.

    Nothing is applied where they do not fit any more: raises Conflict ``tranche_ordered`` (a tranche was ordered
    while the paper went round, with another amount), ``report_handed_in`` (the final report was, and another is
    to follow it), ``terms_changed`` (the award was reduced meanwhile).
    """
    terms, fixed = agreement.terms, fixed_tranches(award)
    lines = {line["tranche"]: line for line in terms["tranches"]}
    for tranche in fixed:
        line = lines.get(tranche.reference)
        if line is None or Decimal(line["amount"]) != tranche.amount:
            raise Conflict("tranche_ordered")
    if agreement.facts is None or Decimal(agreement.facts["amends"]["terms"]["amount"]) != award.amount:
        raise Conflict("terms_changed")
    reports = [_with_day(line) for line in terms["reports"]]
    for place, report in enumerate(expected_reports(award), start=1):
        if report.state is not ReportState.EXPECTED and report.final != (place == len(reports)):
            raise Conflict("report_handed_in")
    ordered = {tranche.reference for tranche in fixed}
    left = [_line(line) for line in terms["tranches"] if line["tranche"] not in ordered]

    def change() -> Mapping[str, Any]:
        before = describe_terms(award)
        plan_schedule(session, SYSTEM, award, tranches=left, reports=reports)
        amount = Decimal(terms["amount"])
        award.amount, award.shared_total = amount, amount
        for name in ("starts_on", "ends_on"):
            setattr(award, name, date.fromisoformat(terms[name]) if terms.get(name) else None)
        return {"amendment": agreement.reference, "terms": [before, dict(terms)]}

    amend(session, SYSTEM, award, "award.amend", Permission.AWARD_CONCLUDE, states=AMENDABLE, change=change)
    # A report that has more time is late no more; what waited for other things may be due now.
    refresh_holds(session, award)
    awards.schedule_reminders(session, award, utc_now())
    outbox.schedule(session, award.call, Deadline.WAITLIST_MOVES, utc_now())


def _total(lines: Sequence[Mapping[str, Any]]) -> Decimal:
    return sum((Decimal(line["amount"]) for line in lines), Decimal(0))


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {**_with_day(line), "amount": Decimal(line["amount"])}


def _with_day(line: Mapping[str, Any]) -> dict[str, Any]:
    due_on = line.get("due_on")
    return {**line, "due_on": date.fromisoformat(due_on) if isinstance(due_on, str) else due_on}
