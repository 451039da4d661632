"""The blueprint of the ranking."""

from flask import Blueprint

from fund.documents.tables import Kind, Value, shown
from fund.edge.i18n import current_language

blueprint = Blueprint("ranking", __name__)


@blueprint.app_template_filter()
def points(value: float | None) -> str:
    """A score, or a number of points, with one decimal; nothing for None."""
    return shown(value, Kind.POINTS, current_language())


@blueprint.app_template_filter()
def cell(value: Value, kind: str) -> str:
    """A value of a table of figures as people read it."""
    return shown(value, Kind(kind), current_language())
