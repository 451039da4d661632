"""What is done in the room: coming and going, calling a file, putting to the vote, voting, closing, writing notes.

Each act leads back to the room; one that is refused shows it again with the reason and with what was typed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.edge.sentences import problem_sentence
from fund.models import AgendaItem, CommitteeSession, Motion
from fund.schemas.sittings import BecauseInput, NotesInput, VoteInput
from fund.services import committee, voting
from fund.services.steps import take_step
from fund.web.committee.look import read_room
from fund.web.committee.motions import closing_form, sent_motion
from fund.web.committee.own import blueprint, find_item, find_sitting
from fund.web.committee.room import Typed, page_of
from fund.web.saving import save
from workflows.committee import CommitteeState, CommitteeStep
from workflows.permissions import Role
from workflows.voting import Choice, Method, MotionResult

SEATED = only(Role.COMMITTEE, Role.CHAIR)
PRESIDING = only(Role.CHAIR)
WRITING = only(Role.CHAIR, Role.OFFICER)
Answer = Response | tuple[str, int]


@dataclass
class Button:
    """An act without a form: it bears the sentences of its refusal."""

    form_errors: list[str] = field(default_factory=list)

    def show_problems(self, problems: Mapping[str, Any]) -> None:
        for found in problems.values():
            self.form_errors.extend(problem_sentence(problem) for problem in found)


@blueprint.post("/comite/<reference>/seance/ouverture")
@access(PRESIDING)
def open_sitting(reference: str) -> Answer:
    sitting = find_sitting(reference)
    return _press(sitting, lambda session: take_step(session, current_actor(), sitting, CommitteeStep.OPEN))


@blueprint.post("/comite/<reference>/seance/cloture")
@access(PRESIDING)
def close_sitting(reference: str) -> Answer:
    """Of two who close at once one does; the other reads that it is done."""
    sitting = find_sitting(reference)

    def act(session: Session) -> None:
        take_step(session, current_actor(), sitting, CommitteeStep.CLOSE)

    button = Button()
    refused = save(button, act)
    if refused and find_sitting(reference).state is not CommitteeState.CLOSED:
        return _refused(reference, Typed(problems=button.form_errors), refused)
    said = gettext("The session had just been closed.") if refused else gettext("The session is closed.")
    flash(said, "info" if refused else "success")
    return redirect(url_for("committee.show", reference=reference), 303)


@blueprint.post("/comite/<reference>/seance/presence")
@access(PRESIDING)
def note_attendance(reference: str) -> Answer:
    sitting = find_sitting(reference)
    ticked = set(request.form.getlist("present"))
    present = {member.person_id for member in sitting.members if member.person.reference in ticked}
    return _press(sitting, lambda session: committee.set_attendance(session, current_actor(), sitting, present))


@blueprint.post("/comite/<reference>/seance/venue")
@access(SEATED)
def attend(reference: str) -> Answer:
    """A member says that she is there, or that she leaves."""
    sitting, present = find_sitting(reference), request.form.get("present") == "1"
    return _press(sitting, lambda session: committee.attend(session, current_actor(), sitting, present=present))


@blueprint.post("/comite/<reference>/seance/appel")
@access(PRESIDING)
def call_item(reference: str) -> Answer:
    sitting, text = find_sitting(reference), request.form.get("position", "")
    position = int(text) if text.isdecimal() and len(text) < 6 else 0
    return _press(sitting, lambda session: committee.call_item(session, current_actor(), sitting, position))


@blueprint.post("/comite/<reference>/seance/dossiers/<file>/vote")
@access(PRESIDING)
def open_vote(reference: str, file: str) -> Answer:
    item = find_item(reference, file)
    form = sent_motion()
    inputs = form.read()
    if inputs is None:
        return _refused(reference, Typed(motion=form), 422)

    def act(session: Session) -> object:
        return voting.open_motion(session, current_actor(), item, **inputs)

    if refused := save(form, act):
        return _refused(reference, Typed(motion=form), refused)
    return _back(item.session)


@blueprint.post("/comite/<reference>/seance/dossiers/<file>/vote/<int:number>")
@access(SEATED)
def cast_vote(reference: str, file: str, number: int) -> Answer:
    motion = _motion(find_item(reference, file), number)
    found = VoteInput(unknown="exclude").validate(request.form)
    if found:
        return _refused(reference, Typed(problems=[gettext("Choose for, against or abstention.")]), 422)
    choice = Choice(request.form["choice"])
    done = gettext("Your vote is cast.")
    return _press(
        motion.item.session, lambda session: voting.cast_vote(session, current_actor(), motion, choice), said=done
    )


@blueprint.post("/comite/<reference>/seance/dossiers/<file>/vote/<int:number>/cloture")
@access(PRESIDING)
def close_vote(reference: str, file: str, number: int) -> Answer:
    motion = _motion(find_item(reference, file), number)
    form = closing_form()
    inputs = form.read()
    if inputs is None:
        return _refused(reference, Typed(closing=form), 422)
    hands = inputs["votes_for"], inputs["votes_against"], inputs["votes_abstain"]
    results: list[MotionResult] = []

    def act(session: Session) -> None:
        counted = hands if motion.method is Method.HANDS else None
        results.append(
            voting.close_motion(session, current_actor(), motion, hands=counted, casting=inputs["casting"])
        )

    if refused := save(form, act):
        return _refused(reference, Typed(closing=form), refused)
    is_adopted = results[0] is MotionResult.ADOPTED
    flash(
        gettext("The vote is closed. Result: %(result)s.", result=label(results[0])),
        "success" if is_adopted else "warning",
    )
    return _back(motion.item.session)


@blueprint.post("/comite/<reference>/seance/dossiers/<file>/vote/<int:number>/retrait")
@access(PRESIDING)
def withdraw_vote(reference: str, file: str, number: int) -> Answer:
    motion = _motion(find_item(reference, file), number)
    return _press(motion.item.session, lambda session: voting.withdraw_motion(session, current_actor(), motion))


@blueprint.post("/comite/<reference>/seance/dossiers/<file>/reprise")
@access(PRESIDING)
def reconsider(reference: str, file: str) -> Answer:
    return _because(find_item(reference, file), voting.reconsider)


@blueprint.post("/comite/<reference>/seance/dossiers/<file>/report")
@access(WRITING)
def postpone(reference: str, file: str) -> Answer:
    return _because(find_item(reference, file), voting.postpone)


@blueprint.post("/comite/<reference>/seance/dossiers/<file>/notes")
@access(WRITING)
def write_notes(reference: str, file: str) -> Answer:
    item = find_item(reference, file)
    button, notes = Button(), request.form.get("notes", "")
    if found := NotesInput(unknown="exclude").validate(request.form):
        button.show_problems(found)
        return _refused(reference, Typed(noted=item, notes=notes, problems=button.form_errors), 422)
    seen = _as_kept(request.form.get("seen", ""))

    def act(session: Session) -> object:
        return committee.write_notes(session, current_actor(), item, _as_kept(notes), seen=seen)

    if refused := save(button, act):
        return _refused(reference, Typed(noted=item, notes=notes, problems=button.form_errors), refused)
    flash(gettext("The notes on %(reference)s are kept.", reference=file), "success")
    return _back(item.session)


def _as_kept(text: str) -> str:
    """A text of a form as the database has it: browsers send other line ends."""
    kept: str = NotesInput().fields["notes"].deserialize(text)
    return kept


def _because(item: AgendaItem, verb: Callable[[Session, Any, AgendaItem, str], None]) -> Answer:
    """An act that needs a reason."""
    button, reason = Button(), request.form.get("reason", "")
    if found := BecauseInput(unknown="exclude").validate(request.form):
        button.show_problems(found)
        return _refused(item.session.reference, Typed(reason=reason, problems=button.form_errors), 422)
    reference = item.session.reference
    if refused := save(button, lambda session: verb(session, current_actor(), item, reason)):
        return _refused(reference, Typed(reason=reason, problems=button.form_errors), refused)
    return _back(item.session)


def _press(sitting: CommitteeSession, act: Callable[[Session], object], said: str | None = None) -> Answer:
    """An act by a button alone."""
    button, reference = Button(), sitting.reference
    if refused := save(button, act):
        return _refused(reference, Typed(problems=button.form_errors), refused)
    if said:
        flash(said, "success")
    return _back(sitting)


def _motion(item: AgendaItem, number: int) -> Motion:
    found = next((motion for motion in item.motions if motion.number == number), None)
    if found is None:
        abort(404)
    return found


def _refused(reference: str, typed: Typed, status: int) -> tuple[str, int]:
    return page_of(read_room(current_session(), current_actor(), reference), typed), status


def _back(sitting: CommitteeSession) -> Response:
    return redirect(url_for("committee.enter", reference=sitting.reference), 303)
