"""What comes in when a portfolio is asked for: the constraints, amounts in euros, files by their references."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, validates_schema

from fund.forms.answers import Number
from fund.forms.fields import Input, Money, Problem, Text, list_of, nested

BOUNDS_MAXIMUM = 40
FILES_MAXIMUM = 1_000


class BoundInput(Input):
    """A floor, a ceiling or both. ``what`` is a dimension and its value: ``territory:dep:31``, ``lever:2``."""

    what = Text(maximum=60, load_default="")
    floor = Money(allow_none=True, load_default=None)
    ceiling = Money(allow_none=True, load_default=None)

    @validates_schema
    def says_something(self, data: dict[str, Any], **_: Any) -> None:
        floor, ceiling = data["floor"], data["ceiling"]
        if not data["what"]:
            raise ValidationError(Problem("bound_of_nothing"), "what")
        if floor is None and ceiling is None:
            raise ValidationError(Problem("bound_is_empty"), "floor")
        if floor is not None and ceiling is not None and floor > ceiling:
            raise ValidationError(Problem("floor_above_ceiling"), "floor")


class SimulationInput(Input):
    """``envelope``: how much of what is left may be given; without one, all. ``minimum_score`` from 0 to 100."""

    envelope = Money(allow_none=True, load_default=None)
    minimum_score = Number(
        decimals=2, minimum=Decimal(0), maximum=Decimal(100), allow_none=True, load_default=None
    )
    bounds = list_of(nested(BoundInput), BOUNDS_MAXIMUM, load_default=list)
    fixed_in = list_of(Text(maximum=20), FILES_MAXIMUM, load_default=list)
    fixed_out = list_of(Text(maximum=20), FILES_MAXIMUM, load_default=list)
