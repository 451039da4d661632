"""Least data: of a subject that somebody may see, which fields, agenda items and events are shown to them.

Whether the subject exists for them at all, ``fund.services.access`` has decided in the query.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import Application, AuditEvent, CommitteeSession, Disbursement, Subject
from fund.schemas.views import EventView, SubjectView
from fund.services.access import STAFF, visible_to
from workflows.permissions import Actor, Relation

OF_THE_ALLIANCE = (
    "contact_name",
    "contact_email",
    "corrections",
    "return_due_at",
    "extended_to",
    "waitlist_rank",
)
"""Of an application: between the alliance and the fund's team, not for reviewers and the committee."""

OF_THE_STAFF = ("hold_reason", "ordered_by", "approved_by")
"""Of a payment: the team's own affair."""


def represent(
    session: Session, actor: Actor, subjects: Sequence[Subject], view: type[SubjectView]
) -> list[dict[str, Any]]:
    """The subjects as this actor may see them; at most one statement more, however many they are."""
    shown = [dict(_schema(view, _hidden(actor, subject)).dump(subject)) for subject in subjects]
    for subject, line in zip(subjects, shown, strict=True):
        if isinstance(subject, Application) and _withholds_motivation(actor, subject):
            line["motivation"] = None
    sittings = [subject for subject in subjects if isinstance(subject, CommitteeSession)]
    if sittings:
        files = _visible_files(session, actor, sittings)
        for line in shown:
            line["items"] = [item for item in line["items"] if item["application"] in files]
    return shown


def may_read_journal(actor: Actor, subject: Subject) -> bool:
    """The staff, and whoever writes the file."""
    return actor.has_role(*STAFF) or Relation.AUTHOR in subject.relations(actor)


def represent_events(actor: Actor, events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    """Entries of a journal; to the alliance only what was done and where the file went, not by whom nor why."""
    return [_schema(EventView, ()).dump(_event(actor, event)) for event in events]


@cache
def _schema(view: type[Any], hidden: tuple[str, ...]) -> Any:
    return view(exclude=hidden)


def _hidden(actor: Actor, subject: Subject) -> tuple[str, ...]:
    match subject:
        case Application() if not (actor.has_role(*STAFF) or _collaborates(actor, subject)):
            return OF_THE_ALLIANCE
        case Disbursement() if not actor.has_role(*STAFF):
            return OF_THE_STAFF
    return ()


def _withholds_motivation(actor: Actor, application: Application) -> bool:
    """Whether the call keeps from the alliance why the committee decided as it did."""
    if application.motivation is None or actor.has_role(*STAFF) or not _collaborates(actor, application):
        return False
    return not application.tells_motivation


def _collaborates(actor: Actor, application: Application) -> bool:
    return any(collaborator.person_id == actor.person_id for collaborator in application.collaborators)


def _visible_files(session: Session, actor: Actor, sittings: Iterable[CommitteeSession]) -> set[str]:
    """The files of these agendas that exist for the actor: a recused person does not meet the file here either."""
    file_ids = {item.application_id for sitting in sittings for item in sitting.items}
    query = select(Application.reference).where(Application.id.in_(file_ids), visible_to(actor, Application))
    return set(session.scalars(query))


def _event(actor: Actor, event: AuditEvent) -> dict[str, Any]:
    body = event.body
    shown = {
        "seq": event.seq,
        "action": event.action,
        "occurred_at": event.occurred_at,
        "imported": bool(body.get("imported")),
    }
    if not actor.has_role(*STAFF):
        moved = body["changes"].get("state")
        return {**shown, "changes": {"state": moved} if moved else {}}
    personal: Mapping[str, Any] = event.personal.data if event.personal else {}
    return {
        **shown,
        "changes": {**body["changes"], **personal.get("changes", {})},
        # An erased name leaves the pseudonym, by which one person's acts are still told from another's.
        "actor": {"reference": body["actor"], "name": personal.get("actor") or ""},
        "recorded_at": event.recorded_at,
        "hash": event.hash.hex(),
        **{name: body[name] for name in ("reason", "details") if name in body},
    }
