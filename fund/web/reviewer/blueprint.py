"""What the pages of the reviewer's desk share."""

from flask import Blueprint

from fund.edge.requests import current_actor, current_session
from fund.models import Review
from fund.services.access import find

blueprint = Blueprint("reviewer", __name__)


def find_review(reference: str) -> Review:
    """The review of that reference. Raises NotFound where it does not exist for whoever asks."""
    review: Review = find(current_session(), current_actor(), Review, reference)
    return review


def is_own(review: Review) -> bool:
    return review.reviewer_id == current_actor().person_id
