"""What an award is paid in and what is asked for it: its tranches, their conditions, its reports, planned anew.

Tranches and reports are subjects with chains of their own: one that falls away is cancelled or waived, never
deleted. Who may plan and when is the caller's matter (``fund.services.awards``, ``fund.services.agreements``).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import InvalidInput
from fund.models import AuditEvent, Award, Disbursement, Report, TrancheCondition
from fund.services.perform import amend, create, perform
from workflows.disbursement import ConditionKind, DisbursementState, DisbursementStep
from workflows.permissions import SYSTEM, Actor, Permission
from workflows.report import ReportState, ReportStep

OPEN_TO_CHANGE = (DisbursementState.PLANNED, DisbursementState.DUE, DisbursementState.HELD)
"""A tranche may be planned anew as long as nobody ordered it."""

UNHELD: Mapping[str, Any] = {"hold_reason": None, "hold_cause": None}
"""What a tranche that is held no more forgets."""

Lines = Sequence[Mapping[str, Any]]


def fixed_tranches(award: Award) -> list[Disbursement]:
    """The tranches that nothing changes any more: ordered, under way, paid, or returned by the bank."""
    return [tranche for tranche in award.live_tranches if tranche.state not in OPEN_TO_CHANGE]


def open_tranches(award: Award) -> list[Disbursement]:
    return [tranche for tranche in award.live_tranches if tranche.state in OPEN_TO_CHANGE]


def expected_reports(award: Award) -> list[Report]:
    """The reports that a condition may name, in their order: all but those that were done without."""
    return [report for report in award.reports if report.state is not ReportState.WAIVED]


def add_tranche(
    session: Session,
    actor: Actor,
    award: Award,
    position: int,
    line: Mapping[str, Any],
    *,
    reports: Sequence[Report] = (),
    at: datetime | None = None,
) -> Disbursement:
    """One more tranche; its conditions name ``reports`` by their places, from 1."""
    tranche = Disbursement(
        award=award,
        position=position,
        amount=line["amount"],
        due_on=line.get("due_on"),
        imported=award.imported,
        conditions=_conditions_of(line, reports),
    )
    create(session, actor, tranche, at=at, details={"conditions": wanted_conditions(line)})
    return tranche


def add_report(
    session: Session, actor: Actor, award: Award, *, due_on: date, final: bool, at: datetime | None = None
) -> Report:
    report = Report(award=award, final=final, due_on=due_on, imported=award.imported)
    create(session, actor, report, at=at)
    return report


def plan_schedule(
    session: Session, actor: Actor, award: Award, *, tranches: Lines, reports: Lines | None = None
) -> None:
    """Make the tranches that may still change, and the reports, these; without ``reports`` they stay.

    ``tranches`` are those that may still change, ``reports`` all of them. The caller has checked the sum; the
    database checks it again at the commit. Raises InvalidInput (``condition_report_unknown``).
    """
    expected = expected_reports(award) if reports is None else _plan_reports(session, actor, award, reports)
    plan_tranches(session, actor, award, tranches, expected)


def plan_tranches(
    session: Session, actor: Actor, award: Award, lines: Lines, reports: Sequence[Report] | None = None
) -> None:
    """Make the tranches that may still change these; those that were ordered stay as they are."""
    reports = expected_reports(award) if reports is None else reports
    live = open_tranches(award)
    for tranche, line in zip(live, lines, strict=False):
        _plan_tranche(session, actor, tranche, line, reports)
    last = max((tranche.position for tranche in award.disbursements), default=0)
    for position, line in enumerate(lines[len(live) :], start=last + 1):
        add_tranche(session, actor, award, position, line, reports=reports)
    for tranche in live[len(lines) :]:
        cancel_tranche(session, SYSTEM, tranche, inputs={"reason": award.reference})


def cancel_tranche(session: Session, actor: Actor, tranche: Disbursement, **given: Any) -> AuditEvent:
    """A tranche that nothing is paid for any more; what held it holds nothing."""
    return perform(session, actor, tranche, DisbursementStep.CANCEL, sets=UNHELD, **given)


def _plan_tranche(
    session: Session, actor: Actor, tranche: Disbursement, line: Mapping[str, Any], reports: Sequence[Report]
) -> None:
    wanted, due_on = wanted_conditions(line), tranche.due_on
    made = _conditions_of(line, reports)
    is_otherwise = [_key(one) for one in _standing(tranche)] != [_key(one) for one in made]

    def change() -> Mapping[str, Any] | None:
        if not is_otherwise:
            return None
        # Of what stays, what was proven stays proven.
        known = {_key(one): one for one in tranche.conditions}
        tranche.conditions = [known.get(_key(one), one) for one in made]
        return {"conditions": wanted}

    amend(
        session,
        actor,
        tranche,
        "disbursement.plan",
        Permission.AWARD_MANAGE,
        states=OPEN_TO_CHANGE,
        sets={"amount": line["amount"], "due_on": line.get("due_on")},
        change=change,
    )
    if tranche.state is DisbursementState.DUE and (is_otherwise or tranche.due_on != due_on):
        # What it waits for now may not have happened yet.
        perform(session, SYSTEM, tranche, DisbursementStep.REPLAN)


def _plan_reports(session: Session, actor: Actor, award: Award, lines: Lines) -> list[Report]:
    """Make the reports these, the last one final, and give them in this order; what was handed in stays."""
    present = expected_reports(award)
    for place, (report, line) in enumerate(zip(present, lines, strict=False), start=1):
        if report.state is ReportState.EXPECTED:
            amend(
                session,
                actor,
                report,
                "report.plan",
                Permission.REPORT_PROCESS,
                states=(ReportState.EXPECTED,),
                sets={"due_on": line["due_on"], "final": place == len(lines)},
            )
    added = [
        add_report(session, actor, award, due_on=line["due_on"], final=place == len(lines))
        for place, line in enumerate(lines[len(present) :], start=len(present) + 1)
    ]
    for report in present[len(lines) :]:
        if report.state is ReportState.EXPECTED:
            perform(session, SYSTEM, report, ReportStep.WAIVE, inputs={"reason": award.reference})
    session.flush()
    session.refresh(award, ["reports"])
    return [*present[: len(lines)], *added]


# --- conditions ----------------------------------------------------------------------------------------------


def wanted_conditions(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conditions of a line as plain facts, each once: ``kind``, ``label``, ``report`` (its place, or None)."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for wanted in line.get("conditions", ()):
        kind, label = ConditionKind(wanted["kind"]), wanted.get("label") or ""
        report = (wanted.get("report") or 1) if kind is ConditionKind.REPORT_ACCEPTED else None
        found[kind, label, report] = {"kind": kind.value, "label": label, "report": report}
    return list(found.values())


def require_conditions(lines: Lines, reports: int) -> None:
    """Raise InvalidInput (``condition_report_unknown``) where a condition names a report that there is not."""
    named = [one["report"] for line in lines for one in wanted_conditions(line) if one["report"] is not None]
    if any(not 1 <= place <= reports for place in named):
        raise InvalidInput({"tranches": ["condition_report_unknown"]})


def require_reports(lines: Lines) -> None:
    """Raise InvalidInput where no report is asked for, or the days do not follow each other.

    Reports are known by their numbers, which are the order of their days.
    """
    days = [line["due_on"] for line in lines]
    if not days:
        raise InvalidInput({"reports": ["reports_missing"]})
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise InvalidInput({"reports": ["reports_disordered"]})


def _conditions_of(line: Mapping[str, Any], reports: Sequence[Report]) -> list[TrancheCondition]:
    require_conditions([line], len(reports))
    return [
        TrancheCondition(
            kind=ConditionKind(wanted["kind"]),
            label=wanted["label"],
            report_id=reports[wanted["report"] - 1].id if wanted["report"] is not None else None,
        )
        for wanted in wanted_conditions(line)
    ]


def _standing(tranche: Disbursement) -> list[TrancheCondition]:
    """The conditions that a person would still name: a report that was done without holds nothing up."""
    named = {report.id for report in expected_reports(tranche.award)}
    return [one for one in tranche.conditions if one.report_id is None or one.report_id in named]


def _key(condition: TrancheCondition) -> tuple[Any, ...]:
    return condition.kind, condition.label, condition.report_id


# --- as plain facts ------------------------------------------------------------------------------------------


def describe_schedule(award: Award) -> dict[str, Any]:
    """The schedule as plain facts: what the journal keeps, and what an agreement says."""
    return {
        "tranches": [describe_line(tranche) for tranche in award.live_tranches],
        "reports": [{"due_on": report.due_on, "final": report.final} for report in expected_reports(award)],
    }


def describe_line(tranche: Disbursement) -> dict[str, Any]:
    """One tranche as plain facts."""
    places = {report.id: place for place, report in enumerate(expected_reports(tranche.award), start=1)}
    return {
        "amount": tranche.amount,
        "due_on": tranche.due_on,
        "conditions": [
            {
                "kind": one.kind.value,
                "label": one.label,
                "report": places[one.report_id] if one.report_id is not None else None,
            }
            for one in _standing(tranche)
        ],
    }
