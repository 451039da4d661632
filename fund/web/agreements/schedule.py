"""The schedule of an award whose agreement is not sent: GET, POST /attributions/<ref>/echeancier"""

from decimal import Decimal

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from fund.edge.access import access
from fund.edge.requests import current_actor
from fund.models import Award
from fund.services import awards
from fund.services.perform import NotEditable
from fund.services.schedules import describe_schedule
from fund.web.agreements.own import WRITERS, Page, blueprint, find_award
from fund.web.agreements.schedule_form import ScheduleForm
from fund.web.forms import sent_version
from fund.web.lists import version_shown
from fund.web.saving import REFUSED, UNUSABLE, save


@blueprint.get("/attributions/<reference>/echeancier")
@access(WRITERS)
def schedule(reference: str) -> Page:
    award = find_award(reference)
    if not award.is_draft:
        raise NotEditable(award.state)
    known = describe_schedule(award)
    return _page(award, ScheduleForm.of(award.amount, known["tranches"], known["reports"]))


@blueprint.post("/attributions/<reference>/echeancier")
@access(WRITERS)
def set_schedule(reference: str) -> Page:
    """Replace the schedule. The button that adds rows saves nothing and keeps what was typed."""
    award, version = find_award(reference), sent_version(request.form)
    form = ScheduleForm.typed(request.form, award.amount)
    if "add" in request.form:
        form.count()
        return _page(award, form), 200
    lines = form.read()
    if lines is None:
        return _page(award, form), UNUSABLE

    def act(session: Session) -> object:
        return awards.set_schedule(session, current_actor(), award, expected_version=version, **lines)

    if refused := save(form, act):
        return _page(award, form, stale=refused == REFUSED), refused
    flash(" ".join(filter(None, (gettext("The schedule is saved."), form.rounding()))), "success")
    return redirect(url_for("awards.show", reference=reference), 303)


def _page(award: Award, form: ScheduleForm, *, stale: bool = False) -> str:
    """``stale``: what refused it is shown, so that sending the form again is a decision."""
    total = form.written_total
    return render_template(
        "agreements/schedule.html",
        award=award,
        schedule=form,
        total=total,
        gap=abs(total - award.amount) if total != award.amount else Decimal(0),
        version=award.version if stale else version_shown(award),
    )
