"""What happened to a file, as its alliance may read it."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from fund.edge.requests import current_session
from fund.edge.step_labels import event_label
from fund.models import Application, AuditEvent
from workflows.application import APPLICATION, ApplicationStep

# Acts beside the steps. Edits are not told: there is one at each saving.
OTHER_EVENTS: dict[str, Any] = {
    "application.create": _l("Draft begun"),
    "application.extend_deadline": _l("Individual deadline given"),
}
DECISIONS = frozenset(
    {ApplicationStep.FUND, ApplicationStep.WAITLIST, ApplicationStep.DECLINE, ApplicationStep.DEFER}
)
# The reasons that are written to the alliance; those of a deferral or a recall are the committee's own.
TOLD_REASONS = frozenset(
    {
        ApplicationStep.RETURN,
        ApplicationStep.DECLARE_INELIGIBLE,
        ApplicationStep.REINSTATE,
        ApplicationStep.WAITLIST,
        ApplicationStep.FUND,
        ApplicationStep.DECLINE,
        ApplicationStep.WITHDRAW,
        ApplicationStep.CANCEL,
    }
)


def history_of(application: Application) -> list[dict[str, Any]]:
    """The entries of the macro ``timeline``, the latest first. Staff and reviewers are not named."""
    names = {collaborator.person.reference: collaborator.person.name for collaborator in application.collaborators}
    told = (*APPLICATION.steps, *OTHER_EVENTS)
    query = (
        select(AuditEvent)
        .where(
            AuditEvent.subject_type == APPLICATION.name,
            AuditEvent.subject_id == application.id,
            AuditEvent.action.in_(told),
        )
        .order_by(AuditEvent.seq.desc())
    )
    return [_entry(event, names) for event in current_session().scalars(query)]


def _body_of(action: str) -> str:
    """Who acted for the fund, without a name."""
    return str(gettext("The committee") if action in DECISIONS else gettext("The fund's team"))


def last_reason(history: list[dict[str, Any]]) -> str | None:
    """The reason of the latest return, for the page on which it is to be acted upon."""
    return next((entry["text"] for entry in history if entry["action"] == ApplicationStep.RETURN), None)


def _entry(event: AuditEvent, names: dict[str, str]) -> dict[str, Any]:
    step = APPLICATION.find(event.action)
    return {
        "action": event.action,
        "title": event_label(step.name) if step else str(OTHER_EVENTS[event.action]),
        "when": event.occurred_at,
        "who": names.get(event.body["actor"]) or _body_of(event.action),
        "text": event.body.get("reason") if event.action in TOLD_REASONS else None,
        "status": "done",
    }
