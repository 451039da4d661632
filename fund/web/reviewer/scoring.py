"""The file beside its grid: reading, keeping what is typed, submitting."""

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, get_template_attribute, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from fund.edge.access import SIGNED_IN, access, only
from fund.edge.requests import current_actor, wants_json, writing
from fund.edge.sentences import problem_sentence
from fund.models import Review
from fund.services.reviews import GridConflict, save_grid, weighted_score
from fund.services.steps import take_step
from fund.web.applicant.section_page import Clash, saved_line
from fund.web.applicant.writing import decide, is_other_person
from fund.web.reviewer.blueprint import blueprint, find_review
from fund.web.reviewer.grid import GridForm, Typed, grid_of, labels_of, read_typed, unknown_criteria
from fund.web.reviewer.page import review_page
from fund.web.saving import REFUSED, UNUSABLE, save
from fund.web.sent_answers import seen_answers
from workflows.permissions import Role
from workflows.review import ReviewStep

Page = str | AnyResponse | tuple[Any, int]


@blueprint.get("/evaluations/<reference>")
@access(SIGNED_IN)
def show(reference: str) -> Page:
    return review_page(find_review(reference))


@blueprint.post("/evaluations/<reference>")
@access(only(Role.REVIEWER))
def write(reference: str) -> Page:
    """Keep what can be kept of the grid; with the button « submit », submit it once all of it is kept.

    Two units of work: what was typed stays kept when the submission is refused because a mark is missing.
    """
    review, form = find_review(reference), GridForm()
    if is_other_person():
        return jsonify(error="other_person"), 401
    typed, seen = read_typed(review, request.form), seen_answers(request.form)
    names = list(typed.texts)
    typed.drop_untouched(seen)
    decide(typed.values, seen)

    def keep(session: Session) -> object:
        return save_grid(session, current_actor(), review, typed.values, seen=seen)

    try:
        if wants_json():
            with writing() as session:
                keep(session)
            return _saved_reply(review, typed, names)
        if status := save(form, keep):
            return review_page(review, form, typed=typed), status
    except GridConflict as conflict:
        clashes = _clashes_of(review, conflict)
        if wants_json():
            return _clash_reply(review, clashes)
        return review_page(review, form, typed=typed, clashes=clashes), REFUSED
    if unknown_criteria(review, request.form):
        form.form_errors.append(problem_sentence("unknown_criterion"))
    if typed.problems or form.form_errors:
        return review_page(review, form, typed=typed), UNUSABLE
    return _submit(review, form) if "submit" in request.form else _kept(review)


def _kept(review: Review) -> Page:
    flash(gettext("Your marks and comments are kept. You can go on later."), "success")
    return redirect(url_for("reviewer.show", reference=review.reference), 303)


def _submit(review: Review, form: GridForm) -> Page:
    version, actor = review.version, current_actor()
    step = str(ReviewStep.SUBMIT)
    if status := save(form, lambda s: take_step(s, actor, review, step, expected_version=version)):
        flash(gettext("What you typed is kept all the same."), "info")
        return review_page(review, form), status
    flash(gettext("Your review is submitted. You now see those of the other reviewers."), "success")
    return redirect(url_for("reviewer.show", reference=review.reference), 303)


def _clashes_of(review: Review, conflict: GridConflict) -> list[Clash]:
    """The answers that another window of the same person changed."""
    labels = labels_of(review)
    return [
        Clash(key=name, label=labels[name], theirs=conflict.recorded[name], mine=mine, who="", when=None)
        for name, mine in conflict.typed.items()
    ]


def _saved_reply(review: Review, typed: Typed, names: list[str]) -> Response:
    """What the script learns from a saving: digests, what could not be kept, the running score, the flags."""
    grid, recorded = grid_of(review, typed), {cell.name: cell.seen for cell in grid_of(review).cells}
    fragments = {f"flag-{line.number}": _draw("threshold_flag", line) for line in grid.lines}
    return jsonify(
        number=review.version,
        state=saved_line(review.versions[-1].saved_at if review.versions else None),
        seen={name: recorded[name] for name in names},
        held=list(typed.problems),
        problems={name: [sentence] for name, sentence in typed.problems.items()},
        fragments={**fragments, "grid-sums": _draw("running_score", review, grid, weighted_score(review))},
    )


def _clash_reply(review: Review, clashes: list[Clash]) -> tuple[Response, int]:
    """For each answer both texts, and the control with what is recorded, to be put in the place of one's own."""
    grid = grid_of(review)
    controls: dict[str, str] = {"comment": _draw("whole_comment", grid.comment, "")}
    for line in grid.lines:
        controls[line.mark.name] = _draw("mark_answer", line)
        controls[line.comment.name] = _draw("comment_answer", line)
    seen: Mapping[str, str] = {cell.name: cell.seen for cell in grid.cells}
    told = {
        clash.key: {
            "seen": seen[clash.key],
            "box": render_template("applicant/_clash.html", clash=clash, is_scripted=True),
            "control": controls[clash.key],
        }
        for clash in clashes
    }
    return jsonify(clashes=told, number=review.version), REFUSED


def _draw(macro: str, *given: Any) -> str:
    """A part of the page as its template's macro draws it."""
    return str(get_template_attribute("reviewer/marks.html", macro)(*given))
