"""Amendments of an award in force, as drafts; they are sent and signed like the agreement.

GET, POST /attributions/<ref>/avenants/nouveau
GET, POST /conventions/<ref>/modifier
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from fund.edge.access import access
from fund.edge.formats import day, money
from fund.edge.labels import label
from fund.edge.requests import current_actor
from fund.errors import Conflict
from fund.models import Agreement, Award
from fund.schemas.agreements import AmendmentInput
from fund.services.agreement_terms import AMENDABLE, describe_terms
from fund.services.agreements import draft_amendment, edit
from fund.services.perform import NotEditable
from fund.services.schedules import describe_line, expected_reports, fixed_tranches
from fund.web.agreements.overview import address_of_page
from fund.web.agreements.own import WRITERS, Page, blueprint, find_agreement, find_award
from fund.web.agreements.schedule_form import Fixed, FixedLines, ScheduleForm
from fund.web.forms import SchemaForm, form_of, sent_version
from fund.web.lists import version_shown
from fund.web.saving import REFUSED, UNUSABLE, save
from workflows.agreement import AgreementState
from workflows.report import ReportState


@dataclass(slots=True)
class AmendmentForm:
    """The fields of an amendment and its schedule, as one form that bears what refused it."""

    basic: SchemaForm
    schedule: ScheduleForm
    form_errors: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.form_errors = self.basic.form_errors

    def show_problems(self, problems: Mapping[str, Any], /) -> None:
        of_schedule = {name: found for name, found in problems.items() if name in ("tranches", "reports")}
        self.schedule.show_problems(of_schedule)
        self.basic.show_problems({name: found for name, found in problems.items() if name not in of_schedule})

    def read(self) -> dict[str, Any] | None:
        """All that was typed, or None: both parts are judged, so that one sees everything at once."""
        basic, lines = self.basic.read(), self.schedule.read()
        return None if basic is None or lines is None else {**basic, **lines}


@blueprint.get("/attributions/<reference>/avenants/nouveau")
@access(WRITERS)
def new_amendment(reference: str) -> Page:
    award = _amendable(reference)
    return _page(award, None, _form_of(award, describe_terms(award), reason=""))


@blueprint.post("/attributions/<reference>/avenants/nouveau")
@access(WRITERS)
def draft(reference: str) -> Page:
    award, version = find_award(reference), sent_version(request.form)

    def act(session: Session, terms: dict[str, Any], reason: str) -> Agreement:
        return draft_amendment(
            session, current_actor(), award, terms=terms, reason=reason, expected_version=version
        )

    return _take(award, None, act)


@blueprint.get("/conventions/<reference>/modifier")
@access(WRITERS)
def amend(reference: str) -> Page:
    agreement = find_agreement(reference)
    if agreement.state is not AgreementState.DRAFT or agreement.number == 0:
        raise NotEditable(agreement.state)
    return _page(agreement.award, agreement, _form_of(agreement.award, agreement.terms, reason=agreement.reason))


@blueprint.post("/conventions/<reference>/modifier")
@access(WRITERS)
def correct(reference: str) -> Page:
    agreement, version = find_agreement(reference), sent_version(request.form)

    def act(session: Session, terms: dict[str, Any], reason: str) -> Agreement:
        edit(session, current_actor(), agreement, terms=terms, reason=reason, expected_version=version)
        return agreement

    return _take(agreement.award, agreement, act)


def _amendable(reference: str) -> Award:
    award = find_award(reference)
    if award.state not in AMENDABLE or award.imported:
        raise Conflict("award_not_amendable")
    if award.has_open_amendment:
        raise Conflict("amendment_open")
    return award


def _take(award: Award, agreement: Agreement | None, act: Any) -> Page:
    """Read what was typed and keep it as a draft. The button that adds rows saves nothing."""
    form = _typed_form(award)
    if "add" in request.form:
        form.schedule.count()
        return _page(award, agreement, form), 200
    typed = form.read()
    if typed is None:
        return _page(award, agreement, form), UNUSABLE
    reason = typed.pop("reason")
    made: list[Agreement] = []
    terms = {
        **typed,
        "tranches": [*_fixed_lines(award), *typed["tranches"]],
        "reports": _all_reports(award, typed),
    }
    if refused := save(form, lambda session: made.append(act(session, terms, reason))):
        return _page(award, agreement, form, stale=refused == REFUSED), refused
    said = gettext("The draft is saved. Nothing changes before it is sent and everybody has signed it.")
    flash(" ".join(filter(None, (said, form.schedule.rounding()))), "success")
    return redirect(address_of_page(made[0]), 303)


# --- what can still change, and what cannot ------------------------------------------------------------------


def _form_of(award: Award, terms: Mapping[str, Any], *, reason: str) -> AmendmentForm:
    """The terms of an award or of a draft, to be written over."""
    fixed = {tranche.reference for tranche in fixed_tranches(award)}
    lines = [line for line in terms["tranches"] if line["tranche"] not in fixed]
    handed_in = _handed_in(award)
    reports = [line for place, line in enumerate(terms["reports"], start=1) if place not in handed_in]
    basic = form_of(AmendmentInput)()
    values = {
        "reason": reason,
        "amount": f"{Decimal(terms['amount']):.2f}".replace(".", ","),
        "starts_on": terms["starts_on"] or "",
        "ends_on": terms["ends_on"] or "",
    }
    for name, control in basic.drawn().items():
        control.data = values[name]
    schedule = ScheduleForm.of(Decimal(terms["amount"]), lines, reports, _fixed(award))
    return AmendmentForm(_named(basic), schedule)


def _typed_form(award: Award) -> AmendmentForm:
    basic = _named(form_of(AmendmentInput)())
    return AmendmentForm(basic, ScheduleForm.typed(request.form, _amount_typed(award), _fixed(award)))


def _amount_typed(award: Award) -> Decimal:
    """What the shares are of: the amount as it was typed, as far as it can be read."""
    known = AmendmentInput()
    errors = known.validate({"amount": request.form.get("amount", "")}, partial=True)
    if errors:
        return award.amount
    amount: Decimal = known.load({"amount": request.form["amount"]}, partial=True)["amount"]
    return amount


def _named(form: SchemaForm) -> SchemaForm:
    form.drawn()["reason"].label.text = gettext("Why the agreement is amended")
    return form


def _fixed(award: Award) -> FixedLines:
    """What was ordered, paid or handed in, by its number, in words."""
    numbers = {tranche: number for number, tranche in enumerate(award.live_tranches, start=1)}
    handed_in = _handed_in(award)
    return FixedLines(
        tuple(
            Fixed(numbers[one], f"{money(one.amount)}{gettext(', ')}{label(one.state)}", one.amount)
            for one in fixed_tranches(award)
        ),
        tuple(
            Fixed(place, f"{day(report.due_on)}{gettext(', ')}{label(report.state)}")
            for place, report in enumerate(expected_reports(award), start=1)
            if place in handed_in
        ),
    )


def _handed_in(award: Award) -> frozenset[int]:
    reports = enumerate(expected_reports(award), start=1)
    return frozenset(place for place, report in reports if report.state is not ReportState.EXPECTED)


def _fixed_lines(award: Award) -> list[dict[str, Any]]:
    return [describe_line(tranche) for tranche in fixed_tranches(award)]


def _all_reports(award: Award, typed: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The reports in their places: those that were handed in keep theirs, what was typed fills the others."""
    handed_in, rows = _handed_in(award), list(typed["reports"])
    found: list[Mapping[str, Any]] = []
    for place, report in enumerate(expected_reports(award), start=1):
        if place in handed_in:
            found.append({"due_on": report.due_on})
        elif rows:
            found.append(rows.pop(0))
    return [*found, *rows]


def _page(award: Award, agreement: Agreement | None, form: AmendmentForm, *, stale: bool = False) -> str:
    subject = agreement or award
    return render_template(
        "agreements/amendment.html",
        award=award,
        agreement=agreement,
        form=form.basic,
        schedule=form.schedule,
        total=form.schedule.written_total,
        version=subject.version if stale else version_shown(subject),
    )
