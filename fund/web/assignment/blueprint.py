"""The blueprint of assignment, and how its codes read."""

from typing import Any

from flask import Blueprint
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from fund.analysis.assignment import Because, Why
from fund.services.assignment import Obstacle

blueprint = Blueprint("assignment", __name__)

WHY: dict[Why, Any] = {
    Why.SDG: _l("shared goals"),
    Why.LEVER: _l("shared levers"),
    Why.COMMUNE: _l("same commune"),
    Why.EPCI: _l("same group of communes"),
    Why.DEPARTEMENT: _l("same département"),
    Why.REGION: _l("same région"),
}
BECAUSE: dict[Because, Any] = {
    Because.NO_READER_LEFT: _l("there are not that many reviewers"),
    Because.CONFLICTS: _l("too many reviewers have an interest in it, or have declined it"),
    Because.UNAVAILABLE: _l("too many reviewers are away"),
    Because.CAPACITY: _l("the reviewers have as many files as they take"),
}
OBSTACLES: dict[Obstacle, Any] = {
    Obstacle.FILE_AWAY: _l(
        "the file cannot be given out by you: it was taken back, or you have an interest in it"
    ),
    Obstacle.PHASE_OVER: _l("the file is not to be read any more, or not yet"),
    Obstacle.INTEREST: _l("this person has an interest in the file"),
    Obstacle.HAS_IT: _l("this person has the file already"),
    Obstacle.NOT_A_REVIEWER: _l("this person is no reviewer any more"),
}


@blueprint.app_template_filter()
def why_words(codes: Any) -> str:
    """What speaks for a reader of a file, in the order of the house; of nothing, that nothing does."""
    found = [str(words) for code, words in WHY.items() if code in codes]
    return gettext(", ").join(found) if found else str(gettext("nothing in common that is known"))


@blueprint.app_template_filter()
def because_words(code: str) -> str:
    return str(BECAUSE[Because(code)])


@blueprint.app_template_filter()
def obstacle_words(code: str) -> str:
    return str(OBSTACLES[Obstacle(code)])
