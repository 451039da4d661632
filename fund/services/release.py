"""The release: at one instant every decision of a session comes into force, with its award and its message.

Until then the decisions stand on the agenda alone. All of it is one transaction, so that no message announces what
is not in force, and nobody learns before the others.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.models import AgendaItem, Application, AuditEvent, CommitteeSession, Outcome
from fund.models.base import utc_now
from fund.services import awards, outbox
from fund.services.committee import files_of
from fund.services.letters import describe_letter, ranks_to_come
from fund.services.minutes import signature_of
from fund.services.perform import amend, lock, perform
from workflows.application import ApplicationState, ApplicationStep
from workflows.committee import CommitteeState, CommitteeStep, letters_are_checked
from workflows.completeness import no_report_overdue
from workflows.engine import Context, Refused
from workflows.permissions import SYSTEM, Actor, Permission
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Deadline

STEPS = {
    Outcome.FUNDED: ApplicationStep.FUND,
    Outcome.WAITLISTED: ApplicationStep.WAITLIST,
    Outcome.DECLINED: ApplicationStep.DECLINE,
    Outcome.DEFERRED: ApplicationStep.DEFER,
}


def schedule_release(
    session: Session, actor: Actor, sitting: CommitteeSession, at: datetime, *, expected_version: int | None = None
) -> AuditEvent | None:
    """Set the instant (UTC) at which everybody learns together; it may be moved until it has come.

    Raises Refused while a letter is unchecked or a grant would go to an organisation that owes an overdue report,
    InvalidInput for an instant that is past.
    """
    now = utc_now()
    if at < now.replace(second=0, microsecond=0):
        raise InvalidInput({"releases_at": ["deadline_behind"]})

    def change() -> Mapping[str, Any] | None:
        context = Context(actor=actor, now=now)
        reasons = [letters_are_checked(sitting, context), _grantees_owe_nothing(sitting, context)]
        if found := tuple(reason for reason in reasons if reason is not None):
            raise Refused("committee.schedule_release", found)
        outbox.schedule(session, sitting, Deadline.SESSION_RELEASE, at)
        return None

    return amend(
        session,
        actor,
        sitting,
        "committee.schedule_release",
        Permission.COMMITTEE_MANAGE,
        states=(CommitteeState.SIGNED,),
        expected_version=expected_version,
        sets={"releases_at": at},
        change=change,
    )


def release(session: Session, sitting: CommitteeSession) -> AuditEvent:
    """Bring every decision into force, as the program.

    Raises Refused before the instant, or with a letter unchecked.

    Files are locked first, by their numbers, then the session: the order of everybody.
    """
    files = files_of(sitting)
    for application in files:
        lock(session, application)
    event = perform(session, SYSTEM, sitting, CommitteeStep.RELEASE)
    if files_of(sitting) != [file for file in files if _awaits(sitting, file)]:
        raise Conflict("busy")
    ranks = ranks_to_come(session, sitting)
    signature = signature_of(session, sitting)
    signer = signature["name"] if signature else ""
    for item in sorted(sitting.items, key=lambda item: (ranks.get(item.id, 0), item.id)):
        if item.awaits_force:
            _enforce(session, item, rank=ranks.get(item.id), signer=signer)
    if any(item.outcome is Outcome.FUNDED and item.lapsed_at is not None for item in sitting.items):
        # What the withdrawal of a granted file freed is for those who wait, these decisions' own now among them.
        outbox.schedule(session, sitting.call, Deadline.WAITLIST_MOVES, utc_now())
    session.flush()
    return event


def _grantees_owe_nothing(sitting: CommitteeSession, context: Context) -> Reason | None:
    granted = [item.application for item in sitting.items if item.outcome is Outcome.FUNDED and item.awaits_force]
    owing = [application.reference for application in granted if no_report_overdue(application, context)]
    return Reason(ReasonCode.GRANTEE_REPORT_OVERDUE, {"files": ", ".join(owing)}) if owing else None


def _awaits(sitting: CommitteeSession, application: Application) -> bool:
    """Whether the file still awaits this session's decision: it may have been withdrawn before its row's lock."""
    return any(
        item.application_id == application.id and item.in_force_at is None and item.lapsed_at is None
        for item in sitting.items
    )


def _enforce(session: Session, item: AgendaItem, *, rank: int | None, signer: str) -> None:
    """Take the step that the committee decided. Off the agenda first: the envelope counts the award instead."""
    application, outcome = item.application, item.outcome
    if outcome is None or application.state is not ApplicationState.COMMITTEE:
        raise Conflict("busy")
    now = utc_now()
    item.in_force_at = now
    if item.letter is not None:
        item.letter.facts = describe_letter(item, rank=rank, signer=signer, released_at=now)
        item.letter.sent_at = now
    session.flush()
    inputs = {"motivation": item.motivation, "conditions": item.conditions, "rank": rank, "letter": "decision.pdf"}
    details = {"session": item.session.reference}
    if outcome is Outcome.FUNDED:
        awards.fund(session, SYSTEM, application, inputs={**inputs, "amount": item.amount}, details=details)
        return
    sets = {"motivation": item.motivation, "waitlist_rank": rank}
    perform(session, SYSTEM, application, STEPS[outcome], inputs=inputs, sets=sets, details=details)
