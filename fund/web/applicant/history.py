"""What happened to a file, as its alliance may read it."""

from collections.abc import Set as AbstractSet
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from fund.edge.labels import label
from fund.edge.requests import current_session
from fund.edge.step_labels import event_label
from fund.models import Application, AuditEvent, ConsentAnswer, EndorsementState
from workflows.application import APPLICATION, ApplicationStep

# Acts beside the steps. Edits are not told: there is one at each saving.
OTHER_EVENTS: dict[str, Any] = {
    "application.create": _l("Draft begun"),
    "application.adopt_version": _l("Changed call taken over"),
    "application.extend_deadline": _l("Individual deadline given"),
    "application.join": _l("Co-author joined"),
    "application.consent": _l("Answer of a member"),
    "application.endorse": _l("Answer of a catalyst"),
}
# Who acted where it is neither an author nor the fund.
OTHER_PEOPLE: dict[str, Any] = {
    "application.join": _l("A former co-author"),
    "application.endorse": _l("A territorial catalyst"),
}
DECISIONS = frozenset(
    {ApplicationStep.FUND, ApplicationStep.WAITLIST, ApplicationStep.DECLINE, ApplicationStep.DEFER}
)
# The reasons that are written to the alliance; that of a recall is the fund's own.
TOLD_REASONS = frozenset(
    {
        ApplicationStep.RETURN,
        ApplicationStep.DECLARE_INELIGIBLE,
        ApplicationStep.REINSTATE,
        ApplicationStep.WAITLIST,
        ApplicationStep.FUND,
        ApplicationStep.DECLINE,
        ApplicationStep.DEFER,
        ApplicationStep.EXPIRE,
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
    told_reasons = TOLD_REASONS
    if not application.tells_motivation:
        told_reasons -= DECISIONS
    return [_entry(event, names, told_reasons) for event in current_session().scalars(query)]


def _body_of(action: str) -> str:
    """Who acted for the fund, without a name."""
    return str(gettext("The committee") if action in DECISIONS else gettext("The fund's team"))


def _named(event: AuditEvent) -> str | None:
    if event.action == "application.consent":
        return str(event.body["details"]["organisation"])
    return str(OTHER_PEOPLE[event.action]) if event.action in OTHER_PEOPLE else None


def _said(event: AuditEvent) -> str | None:
    """What a member or a catalyst answered."""
    details = event.body.get("details", {})
    if event.action == "application.consent":
        return label(ConsentAnswer(details["answer"]))
    return label(EndorsementState(details["endorsement"])) if event.action == "application.endorse" else None


def last_reason(history: list[dict[str, Any]]) -> str | None:
    """The reason of the latest return, for the page on which it is to be acted upon."""
    return next((entry["text"] for entry in history if entry["action"] == ApplicationStep.RETURN), None)


def _entry(event: AuditEvent, names: dict[str, str], told_reasons: AbstractSet[ApplicationStep]) -> dict[str, Any]:
    step = APPLICATION.find(event.action)
    return {
        "action": event.action,
        "title": event_label(step.name) if step else str(OTHER_EVENTS[event.action]),
        "when": event.occurred_at,
        "who": names.get(event.body["actor"]) or _named(event) or _body_of(event.action),
        "text": event.body.get("reason") if event.action in told_reasons else _said(event),
        "status": "done",
    }
