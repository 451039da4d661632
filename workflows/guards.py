"""Guards that several machines share."""

from typing import Any

from workflows.engine import Context
from workflows.reasons import Reason, ReasonCode

INTERESTED = "interested"


def no_conflict_of_interest(subject: Any, context: Context) -> Reason | None:
    """Nobody acts on a file in which they have, or declared, an interest."""
    if INTERESTED not in context.facts:
        context.facts[INTERESTED] = subject.is_interested(context.actor)
    return Reason(ReasonCode.CONFLICT_OF_INTEREST) if context.facts[INTERESTED] else None


def missing(subject: Any, *fields: str) -> Reason | None:
    """The first of these fields that is empty, as a reason."""
    for name in fields:
        if getattr(subject, name) in (None, "", {}):
            return Reason(ReasonCode.FIELD_MISSING, {"field": name}, field=name)
    return None
