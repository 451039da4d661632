"""The order of a session's agenda, until it opens."""

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from sqlalchemy.orm import Session

from fund.models import AgendaItem, AuditEvent, CommitteeSession
from fund.services.committee import PREPARATION
from fund.services.perform import amend
from workflows.permissions import Actor, Permission


def move_item(session: Session, actor: Actor, item: AgendaItem, to: int) -> AuditEvent | None:
    """Put an item at another place of the agenda; those between move up or down."""

    def rearrange(items: list[AgendaItem]) -> list[AgendaItem]:
        items.remove(item)
        items.insert(max(0, min(to - 1, len(items))), item)
        return items

    return _rearrange(session, actor, item.session, "committee.move_item", rearrange)


def sort_agenda(
    session: Session, actor: Actor, sitting: CommitteeSession, scores: Mapping[int, float]
) -> AuditEvent | None:
    """Put the best scored files first. ``scores`` is by the file's number; files without one come last."""

    def rearrange(items: list[AgendaItem]) -> list[AgendaItem]:
        return sorted(items, key=lambda item: scores.get(item.application_id, -inf), reverse=True)

    return _rearrange(session, actor, sitting, "committee.sort_agenda", rearrange)


def _rearrange(
    session: Session,
    actor: Actor,
    sitting: CommitteeSession,
    action: str,
    rearrange: Callable[[list[AgendaItem]], list[AgendaItem]],
) -> AuditEvent | None:
    def change() -> Mapping[str, Any] | None:
        before = [item.application.reference for item in sitting.items]
        order = rearrange(list(sitting.items))
        for position, item in enumerate(order, start=1):
            item.position = position
        after = [item.application.reference for item in order]
        return None if before == after else {"agenda": [before, after]}

    event = amend(session, actor, sitting, action, Permission.COMMITTEE_MANAGE, states=PREPARATION, change=change)
    session.expire(sitting, ["items"])  # it is read in its new order
    return event
