"""Awards: their agreement, the schedule of tranches, the reports. The beneficiary sees its own.

/attributions                          the awards
/attributions/<reference>              one award
/attributions/<reference>/echeancier   its schedule, while it is a draft
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from marshmallow import ValidationError
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.fields import field_label
from fund.edge.formats import money
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import problem_sentence
from fund.errors import InvalidInput, StaleVersion
from fund.forms.fields import Money
from fund.models import Award, Disbursement
from fund.schemas.forms import TRANCHES_MAXIMUM, ScheduleInput, TrancheInput
from fund.services import awards
from fund.services.access import find, visible
from fund.services.listing import Order, paginate
from fund.services.perform import NotEditable
from fund.web.forms import read_rows, sent_version, written
from fund.web.lists import chosen, cursor, neighbours, version_shown
from fund.web.steps import STALE_SENTENCE, offers_of
from fund.web.tranches import last_reason, waits_for
from workflows.award import AwardState, AwardStep
from workflows.permissions import STAFF_ROLES, Permission, Role, allows

blueprint = Blueprint("awards", __name__)

READERS = only(*STAFF_ROLES, Role.APPLICANT)
LATEST_FIRST = Order((Award.moved_at, Award.id), descending=True)
SPARE_ROWS = 3
ROW_FIELDS = ("amount", "due_on", "needs_report")
# Steps after which the people concerned ask why.
EXPLAINED = {
    AwardState.SUSPENDED: AwardStep.SUSPEND,
    AwardState.REFUSED: AwardStep.REFUSE,
    AwardState.CANCELLED: AwardStep.CANCEL,
}


@blueprint.get("/attributions")
@access(READERS)
def index() -> str:
    state = chosen(AwardState)
    query = visible(current_actor(), Award).options(selectinload(Award.disbursements))
    if state is not None:
        query = query.where(Award.state == state)
    page = paginate(current_session(), query, LATEST_FIRST, cursor=cursor())
    return render_template(
        "awards/index.html",
        awards=page.items,
        state=state,
        states=AwardState,
        is_staff=current_actor().has_role(*STAFF_ROLES),
        **neighbours(page),
    )


@blueprint.get("/attributions/<reference>")
@access(READERS)
def show(reference: str) -> str:
    award, actor = _find(reference), current_actor()
    explained = EXPLAINED.get(award.state)
    return render_template(
        "awards/show.html",
        award=award,
        tranches=[(tranche, waits_for(tranche)) for tranche in award.disbursements],
        offers=offers_of(award),
        reason=last_reason(award, explained) if explained else None,
        is_staff=actor.has_role(*STAFF_ROLES),
        plans=award.is_draft and allows(Permission.AWARD_MANAGE, actor, frozenset()),
    )


@dataclass(slots=True)
class Row:
    """One line of the schedule's form: what is written in it, and the sentence beside each wrong field."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


@blueprint.get("/attributions/<reference>/echeancier")
@access(only(Role.OFFICER))
def schedule(reference: str) -> str:
    award = _find(reference)
    if not award.is_draft:
        raise NotEditable(award.state)
    return _schedule_page(award, [_row_of(tranche) for tranche in award.live_tranches])


@blueprint.post("/attributions/<reference>/echeancier")
@access(only(Role.OFFICER))
def set_schedule(reference: str) -> Response | tuple[str, int]:
    """Replace the schedule. The button that adds lines saves nothing and keeps what was typed."""
    award = _find(reference)
    rows = [Row(values) for values in read_rows(request.form, "tranches", ROW_FIELDS)]
    if "add" in request.form:
        return _schedule_page(award, rows), 200
    lines, problems = _read_schedule(rows)
    if lines is None:
        return _schedule_page(award, rows, problems), 422
    version = sent_version(request.form)
    try:
        with writing() as session:
            awards.set_schedule(session, current_actor(), award, tranches=lines, expected_version=version)
    except InvalidInput:
        return _schedule_page(award, rows, [_imbalance(award, rows)]), 422
    except StaleVersion:
        return _schedule_page(award, rows, [str(STALE_SENTENCE)], version=award.version), 409
    flash(gettext("The schedule is saved."), "success")
    return redirect(url_for(".show", reference=reference), 303)


def _read_schedule(rows: Sequence[Row]) -> tuple[list[dict[str, Any]] | None, list[str]]:
    """The tranches as the service takes them; or None, with the sentences that belong to no field."""
    sent = [{name: value for name, value in row.values.items() if value} for row in rows]
    try:
        loaded = ScheduleInput().load({"tranches": sent})
    except ValidationError as error:
        return None, _place(rows, error.messages_dict["tranches"])
    if not rows:
        return None, [gettext("Write at least one tranche.")]
    lines: list[dict[str, Any]] = loaded["tranches"]
    return lines, []


def _place(rows: Sequence[Row], problems: Any) -> list[str]:
    """Put each problem beside its field; what is left concerns the whole schedule."""
    if not isinstance(problems, dict):
        return [problem_sentence(problem) for problem in problems]
    for index, found in problems.items():
        rows[index].errors = {name: problem_sentence(codes[0]) for name, codes in found.items()}
    return []


def _row_of(tranche: Disbursement) -> Row:
    known = TrancheInput().fields
    values = {name: written(getattr(tranche, name), known[name]) for name in ("amount", "due_on")}
    return Row({**values, "needs_report": "on" if tranche.needs_report else ""})


def _schedule_page(
    award: Award, rows: Sequence[Row], problems: Sequence[str] = (), *, version: int | None = None
) -> str:
    spare = min(SPARE_ROWS, TRANCHES_MAXIMUM - len(rows))
    shown = [*rows, *(Row(dict.fromkeys(ROW_FIELDS, "")) for _ in range(spare))]
    return render_template(
        "awards/schedule.html",
        award=award,
        rows=shown,
        total=_total(rows),
        problems=problems,
        faults=[
            (index, name, gettext("Amount") if name == "amount" else field_label(name), sentence)
            for index, row in enumerate(shown)
            for name, sentence in row.errors.items()
        ],
        version=version or version_shown(award),
    )


def _imbalance(award: Award, rows: Sequence[Row]) -> str:
    total = _total(rows)
    values = {"total": money(total), "amount": money(award.amount), "gap": money(abs(award.amount - total))}
    if total < award.amount:
        sentence = gettext(
            "The tranches add up to %(total)s for an award of %(amount)s: %(gap)s are missing.", **values
        )
    else:
        sentence = gettext(
            "The tranches add up to %(total)s for an award of %(amount)s: %(gap)s too much.", **values
        )
    return str(sentence)


def _total(rows: Sequence[Row]) -> Decimal:
    """The sum of what can be read as an amount, in euros."""
    total = Decimal(0)
    for row in rows:
        try:
            total += Money().deserialize(row.values["amount"])
        except ValidationError:
            continue
    return total


def _find(reference: str) -> Award:
    award: Award = find(current_session(), current_actor(), Award, reference)
    return award
