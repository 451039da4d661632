"""Preparing the agenda: files put on it, taken off, put in order."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import conflict_sentence, reason_sentence
from fund.errors import Conflict
from fund.models import Application, CommitteeSession
from fund.services import agenda, committee
from fund.services.access import find
from fund.services.steps import take_step
from fund.web.agenda import candidates_for, scores_of
from fund.web.committee.own import back_to, blueprint, find_item, find_sitting
from workflows.application import ApplicationStep
from workflows.engine import StepRefused
from workflows.permissions import Role

AGENDA = "ordre-du-jour"


@blueprint.post("/comite/<reference>/ordre-du-jour")
@access(only(Role.OFFICER))
def put_on_agenda(reference: str) -> Response:
    """Each file in a transaction of its own: what one of them is refused for does not hold up the others."""
    sitting = find_sitting(reference)
    limit = len(candidates_for(current_session(), current_actor(), sitting))
    wanted = request.form.getlist("application")[:limit]
    count = sum(_put_one(sitting, name) for name in wanted)
    if not wanted:
        flash(gettext("Tick at least one file to put on the agenda."), "warning")
    elif count:
        flash(gettext("Put on the agenda: %(count)s.", count=count), "success")
    return back_to(sitting, AGENDA)


def _put_one(sitting: CommitteeSession, reference: str) -> bool:
    application = find(current_session(), current_actor(), Application, reference)
    try:
        with writing() as session:
            committee.put_on_agenda(session, current_actor(), sitting, application)
    except StepRefused as refusal:
        sentence = " ".join(reason_sentence(reason) for reason in refusal.reasons)
    except Conflict as conflict:
        sentence = conflict_sentence(conflict.code)
    else:
        return True
    flash(
        gettext("%(reference)s is not put on the agenda. %(reason)s", reference=reference, reason=sentence),
        "danger",
    )
    return False


@blueprint.post("/comite/<reference>/ordre-du-jour/classement")
@access(only(Role.OFFICER))
def sort_agenda(reference: str) -> Response:
    sitting = find_sitting(reference)
    scores = {number: score.standing for number, score in scores_of(current_session(), sitting).items()}
    return _rearranged(sitting, lambda session: agenda.sort_agenda(session, current_actor(), sitting, scores))


@blueprint.post("/comite/<reference>/ordre-du-jour/<file>/place")
@access(only(Role.OFFICER))
def move_item(reference: str, file: str) -> Response:
    """One place up or down."""
    item = find_item(reference, file)
    to = item.position + (1 if request.form.get("to") == "down" else -1)
    return _rearranged(item.session, lambda session: agenda.move_item(session, current_actor(), item, to))


def _rearranged(sitting: CommitteeSession, act: Callable[[Session], object]) -> Response:
    with writing() as session:
        act(session)
    return back_to(sitting, AGENDA)


@blueprint.post("/comite/<reference>/ordre-du-jour/<file>")
@access(only(Role.OFFICER))
def take_off_agenda(reference: str, file: str) -> Response:
    item = find_item(reference, file)
    with writing() as session:
        take_step(session, current_actor(), item.application, ApplicationStep.RECALL)
    flash(gettext("%(reference)s is taken off the agenda.", reference=file), "success")
    return redirect(url_for("committee.show", reference=reference, _anchor=AGENDA), 303)
