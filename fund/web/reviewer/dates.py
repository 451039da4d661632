"""Moving the date until which a review is expected."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.formats import moment
from fund.edge.requests import current_actor
from fund.services.review_dates import set_due
from fund.web.forms import sent_version
from fund.web.reviewer.blueprint import blueprint, find_review
from fund.web.reviewer.page import due_form, review_page
from fund.web.saving import UNUSABLE, save
from workflows.permissions import Role


@blueprint.post("/evaluations/<reference>/echeance")
@access(only(Role.OFFICER))
def move(reference: str) -> Response | tuple[str, int]:
    """The reminders move along; the reviewer sees the new date on her desk."""
    review, form = find_review(reference), due_form()
    given = form.read(partial=True)
    due_at = given.get("due_at") if given is not None else None
    if due_at is None:
        if given is not None:
            form.show_problems({"due_at": ["required"]})
        return review_page(review, due=form), UNUSABLE
    version = sent_version(request.form)
    if status := save(form, lambda s: set_due(s, current_actor(), review, due_at, expected_version=version)):
        return review_page(review, due=form), status
    flash(gettext("The review is now expected by %(when)s.", when=moment(due_at)), "success")
    return redirect(url_for("reviewer.show", reference=reference), 303)
