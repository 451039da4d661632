"""What a review said before: its sittings and what was given in, and the differences between two of them."""

from flask import abort, render_template
from werkzeug.wrappers import Response

from fund.edge.access import SIGNED_IN, access
from fund.edge.requests import current_actor, current_session
from fund.models import Application, Review, ReviewVersion
from fund.services.access import visible
from fund.services.review_versions import answers_of_version, content_sha256
from fund.web.comparison import Change, chosen_pair, word_changes
from fund.web.reviewer.blueprint import blueprint, find_review, is_own
from fund.web.reviewer.grid import labels_of
from workflows.permissions import STAFF_ROLES


@blueprint.get("/evaluations/<reference>/versions")
@access(SIGNED_IN)
def versions(reference: str) -> str | Response:
    """For whoever wrote it, also once the file is closed to her: the words are hers. And for the fund's people."""
    review = find_review(reference)
    session, actor = current_session(), current_actor()
    if not (is_own(review) or actor.has_role(*STAFF_ROLES)):
        abort(404)
    found = review.versions[::-1]
    later, earlier = chosen_pair(found)
    is_visible = visible(actor, Application).where(Application.id == review.application_id)
    return render_template(
        "reviewer/versions.html",
        review=review,
        application=session.scalar(is_visible),
        is_own=is_own(review),
        versions=found,
        hashes={v.number: content_sha256(v.marks, v.comment, v.score) for v in found if v.submitted},
        later=later,
        earlier=earlier,
        changes=_changes(review, earlier, later) if later is not None else [],
    )


def _changes(review: Review, earlier: ReviewVersion | None, later: ReviewVersion) -> list[Change]:
    before = answers_of_version(earlier) if earlier is not None else {}
    now = answers_of_version(later)
    found = []
    for name, label in labels_of(review).items():
        old, new = before.get(name, ""), now.get(name, "")
        if old != new:
            found.append(Change(label, word_changes(old, new)))
    return found
